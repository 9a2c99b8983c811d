// CSV files as people have them: what divides their cells, and what a column may not be meant as.
#pragma once

#include <string>
#include <vector>

#include "apps/hone_tune/options.h"
#include "nn/data/table.h"

namespace hone::app {

// As nn::data::read_csv(), with the signs that the options name. `categories`: columns of them.
// Throws Error(data) with a hint where the names seem to be divided by another sign.
nn::data::Table read_table(const OwnOptions& options, const std::filesystem::path& file,
                           const std::vector<std::string>& categories = {});

// That most texts of a column are numbers, or numbers with the other decimal sign, with the first
// cell that shows it and what to do; empty: neither, or it is a column of numbers.
std::string note_of_texts(const OwnOptions& options, const nn::data::Table& table,
                          const nn::data::TableColumn& column);

// What is to be known of the columns, a line each: the above, and of those that are not the target,
// that every row has another text or the next number, as names and keys do.
std::vector<std::string> notes_of_columns(const OwnOptions& options, const nn::data::Table& table);

}  // namespace hone::app
