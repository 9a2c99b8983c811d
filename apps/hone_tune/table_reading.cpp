// Reading, and finding what looks odd.
#include "apps/hone_tune/table_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/error.h"
#include "base/files.h"
#include "base/numbers.h"
#include "nn/data/table_encoder.h"

namespace hone::app {
namespace {

using nn::data::CsvOptions;
using nn::data::Table;
using nn::data::TableColumn;

char csv_delimiter(const OwnOptions& options) {
  return options.delimiter.empty() ? ',' : options.delimiter[0];
}

char decimal_of(const OwnOptions& options) {
  return options.decimal.empty() ? '.' : options.decimal[0];
}

std::string name_of_sign(char sign) { return sign == '\t' ? "tabs" : fmt::format("'{}'", sign); }

// Names that the delimiter does not divide, but another sign does, were made with that one.
void check_delimiter(std::string_view text, const std::string& file, char delimiter) {
  char sign = '\0';
  bool quoted = false;
  for (const char c : text) {
    quoted = quoted != (c == '"');
    if (quoted) continue;
    if (c == delimiter) return;
    if (c == '\n') break;
    if (sign == '\0' && (c == ',' || c == ';' || c == '\t' || c == '|')) sign = c;
  }
  if (sign == '\0') return;
  fail(ErrorKind::data,
       "{}: its cells seem to be divided by {}, not by {}; --delimiter {} reads it", file,
       name_of_sign(sign), name_of_sign(delimiter),
       sign == '\t' ? "tab" : fmt::format("'{}'", sign));
}

// As a table with this sign before fractions has it.
bool is_number(std::string text, char decimal) {
  if (text.find(decimal == '.' ? ',' : '.') != std::string::npos) return false;
  std::replace(text.begin(), text.end(), decimal, '.');
  return parse_double(text).has_value();
}

// How many cells of a column of texts `holds` is true for, and the first one of each kind.
struct Cells {
  std::int64_t yes = 0, no = 0, first_yes = -1, first_no = -1;
};
Cells cells_where(const TableColumn& column,
                  const std::function<bool(const std::string& text)>& holds) {
  std::vector<bool> is;
  for (const std::string& text : column.categories) is.push_back(holds(text));
  Cells cells;
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] < 0) continue;
    const bool yes = is[static_cast<std::size_t>(column.codes[row])];
    std::int64_t& first = yes ? cells.first_yes : cells.first_no;
    if (first < 0) first = static_cast<std::int64_t>(row);
    ++(yes ? cells.yes : cells.no);
  }
  return cells;
}

std::string note_of_keys(const TableColumn& column) {
  if (!column.is_number) {
    if (column.categories.size() > nn::data::TableEncoderOptions{}.most_categories)
      return "";  // left out, with a word of its own
    const auto there = static_cast<std::size_t>(
        std::count_if(column.codes.begin(), column.codes.end(), [](int c) { return c >= 0; }));
    return column.categories.size() == there
               ? fmt::format("'{}' has another text in every row", printable(column.name))
               : "";
  }
  std::vector<double> sorted = column.numbers;
  for (const double value : sorted)
    if (!std::isfinite(value)) return "";
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != std::floor(sorted[0]) + static_cast<double>(i)) return "";
  return fmt::format("'{}' counts the rows from {} to {}", printable(column.name), sorted.front(),
                     sorted.back());
}

}  // namespace

std::string note_of_texts(const OwnOptions& options, const Table& table,
                          const TableColumn& column) {
  const auto cell = [&](std::int64_t row) {
    const auto code = static_cast<std::size_t>(column.codes[static_cast<std::size_t>(row)]);
    return printable(column.categories[code]);
  };
  const char sign = decimal_of(options), other = sign == '.' ? ',' : '.';
  const Cells foreign = cells_where(column, [&](const std::string& text) {
    return text.find(other) != std::string::npos && is_number(text, other);
  });
  if (foreign.yes > foreign.no && other == ',' && csv_delimiter(options) == ',')
    return fmt::format(
        "{}: '{}' is taken as texts: '{}' has a comma; where it groups thousands, write the "
        "numbers without; where it is a decimal comma, divide the cells by another sign "
        "(--delimiter) and say --decimal ,",
        table.place(foreign.first_yes), printable(column.name), cell(foreign.first_yes));
  if (foreign.yes > foreign.no)
    return fmt::format("{}: '{}' is taken as texts: '{}' has a decimal {}; --decimal {} reads it",
                       table.place(foreign.first_yes), printable(column.name),
                       cell(foreign.first_yes), other == ',' ? "comma" : "point", other);
  const Cells numbers =
      cells_where(column, [&](const std::string& text) { return is_number(text, sign); });
  if (numbers.no == 0 || numbers.yes <= numbers.no) return "";
  return fmt::format(
      "{}: '{}' is taken as texts: it has '{}', though {} of {} cells are numbers; correct such "
      "cells, or leave them empty where the value is missing",
      table.place(numbers.first_no), printable(column.name), cell(numbers.first_no), numbers.yes,
      numbers.yes + numbers.no);
}

Table read_table(const OwnOptions& options, const std::filesystem::path& file,
                 const std::vector<std::string>& categories) {
  const CsvOptions csv{.delimiter = csv_delimiter(options),
                       .decimal = decimal_of(options),
                       .categories = categories};
  const std::string text = read_text_file(file, csv.byte_limit);
  const std::string name = printable(file.string());
  check_delimiter(text, name, csv.delimiter);
  return nn::data::parse_csv(text, name, csv);
}

std::vector<std::string> notes_of_columns(const OwnOptions& options, const Table& table) {
  std::vector<std::string> notes;
  for (const TableColumn& column : table.columns) {
    if (std::string note = note_of_texts(options, table, column); !note.empty())
      notes.push_back(std::move(note));
    else if (column.name == options.target)
      continue;
    else if (note = note_of_keys(column); !note.empty())
      notes.push_back(fmt::format("{}; where it is a name or a key, --drop '{}' leaves it out",
                                  note, printable(column.name)));
  }
  return notes;
}

}  // namespace hone::app
