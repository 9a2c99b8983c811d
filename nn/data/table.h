// Tables of numbers and categories from CSV files.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone::nn::data {

// One column. Missing cells are NaN and -1.
struct TableColumn {
  std::string name;
  bool is_number = true;
  std::vector<double> numbers = {};          // [rows], of a column of numbers; may be infinite
  std::vector<std::string> categories = {};  // the different texts, in the order of their bytes
  std::vector<std::int32_t> codes = {};      // [rows]: which of them
};

struct Table {
  std::vector<TableColumn> columns;
  std::int64_t rows = 0;
  std::string file = "table";            // what errors begin with
  std::vector<std::int64_t> lines = {};  // [rows], from 1: where a row begins in it; or empty

  // Throws Error(usage) that lists the columns when there is none of this name.
  const TableColumn& column(std::string_view name) const;
  // A copy of these rows, in this order; categories stay as they are.
  Table select(std::span<const std::int32_t> rows) const;
  // For errors: "houses.csv: line 3", or where the lines are not known "table: row 2", from 1.
  std::string place(std::int64_t row) const;
};

struct CsvOptions {
  char delimiter = ',';
  char decimal = '.';  // or ',': what stands before the fraction of a number
  // Cells that hold no value, besides empty ones; compared without surrounding blanks.
  std::vector<std::string> missing = {"NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  // Columns that are categories though all their cells are numbers.
  std::vector<std::string> categories = {};
  std::uint64_t byte_limit = std::uint64_t{1} << 30;
};

inline constexpr std::size_t kMostTableColumns = 10000;
inline constexpr std::size_t kMostCategories = 65536;  // of one column

// RFC 4180: a line of names, then the rows, all with as many cells; quoted cells may hold
// delimiters, quotes (doubled) and line ends; lines end with LF or CRLF; a byte-order mark and
// empty lines are passed over. A column in which every cell that is not missing reads as a number
// is one of numbers, every other one of categories. As elsewhere "inf" and "1e400" are numbers that
// are infinite, and "NaN" in any case is a missing one. Throws Error(data) that names the file (by
// `name`) and the line: no name or one twice, rows of another length, a quote without an end, text
// that is not UTF-8, no row, more than the limits.
Table parse_csv(std::string_view text, const std::string& name, const CsvOptions& options = {});
Table read_csv(const std::string& path, const CsvOptions& options = {});

}  // namespace hone::nn::data
