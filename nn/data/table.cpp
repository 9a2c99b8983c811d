// Splitting CSV into cells, and finding out what the columns hold.
#include "nn/data/table.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/numbers.h"
#include "base/utf8.h"

namespace hone::nn::data {
namespace {

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// Cells one after the other. A cell without quotes is a piece of the text; others are put together.
class CsvCells {
 public:
  CsvCells(std::string_view text, const std::string& name, char delimiter)
      : text_(text), name_(name), delimiter_(delimiter) {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
  }

  // The cells of the next line that is not empty; false at the end.
  bool next(std::vector<std::string>& cells) {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n")) {
      at_ += text_[at_] == '\n' ? 1 : 2;
      ++line_;
    }
    if (at_ >= text_.size()) return false;
    first_line_ = line_;
    cells.clear();
    do {
      if (cells.size() == kMostTableColumns) refuse("has more than 10000 cells");
      cells.push_back(cell());
    } while (more_);
    return true;
  }
  std::size_t line() const { return first_line_; }

  [[noreturn]] void refuse(const std::string& what) const {
    fail(ErrorKind::data, "{}: line {}: {}", name_, first_line_, what);
  }

 private:
  // Also moves behind the delimiter (more_) or the end of the line.
  std::string cell() {
    std::string value;
    if (at_ < text_.size() && text_[at_] == '"') {
      quoted(value);
    } else {
      const char stops[] = {delimiter_, '\n'};
      const std::size_t end =
          std::min(text_.find_first_of(std::string_view(stops, 2), at_), text_.size());
      value = text_.substr(at_, end - at_);
      at_ = end;
      if ((at_ == text_.size() || text_[at_] == '\n') && value.ends_with('\r')) value.pop_back();
      if (value.find('"') != std::string::npos)
        refuse("has a quote inside of a cell without quotes");
      if (value.find('\r') != std::string::npos) refuse("has a carriage return inside of a cell");
    }
    if (value.find('\0') != std::string::npos || !is_utf8(value)) refuse("is not UTF-8");
    more_ = at_ < text_.size() && text_[at_] == delimiter_;
    if (at_ < text_.size()) {
      if (!more_) ++line_;
      ++at_;
    }
    return value;
  }

  void quoted(std::string& value) {
    ++at_;
    for (;;) {
      const std::size_t end = text_.find('"', at_);
      if (end == std::string_view::npos) refuse("has a quote without an end");
      const std::string_view piece = text_.substr(at_, end - at_);
      value += piece;
      line_ += static_cast<std::size_t>(std::count(piece.begin(), piece.end(), '\n'));
      at_ = end + 1;
      if (at_ >= text_.size() || text_[at_] != '"') break;
      value += '"';
      ++at_;
    }
    if (text_.substr(at_, 2) == "\r\n") ++at_;
    if (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n')
      refuse("has text behind the quotes of a cell");
  }

  std::string_view text_;
  const std::string& name_;
  char delimiter_;
  std::size_t at_ = 0, line_ = 1, first_line_ = 1;
  bool more_ = false;
};

// Of a cell without surrounding blanks. One that is too large for a double is infinite.
std::optional<double> number_of(std::string_view text, char decimal) {
  if (decimal != '.' && text.find_first_of(".,") != std::string_view::npos) {
    std::string pointed(text);
    for (char& c : pointed) c = c == decimal ? '.' : c == '.' ? ' ' : c;
    return number_of(pointed, '.');
  }
  if (text.empty() || text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  if (const std::optional<double> value = parse_double(text)) return value;
  double ignored = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ignored);
  if (error != std::errc::result_out_of_range || end != text.data() + text.size())
    return std::nullopt;
  const double infinite = std::numeric_limits<double>::infinity();
  return text.starts_with('-') ? -infinite : infinite;
}

// The different texts of a column of categories, with the rows they are in.
class Categories {
 public:
  // False: too many of them.
  bool add(std::string_view text) {
    const auto [entry, added] =
        codes_.try_emplace(std::string(text), static_cast<std::int32_t>(codes_.size()));
    rows_.push_back(entry->second);
    return codes_.size() <= kMostCategories;
  }
  void add_missing() { rows_.push_back(-1); }

  void finish(TableColumn& column) {
    std::vector<std::int32_t> place(codes_.size());
    for (const auto& [text, code] : codes_) {  // in the order of their bytes
      place[static_cast<std::size_t>(code)] = static_cast<std::int32_t>(column.categories.size());
      column.categories.push_back(text);
    }
    for (const std::int32_t code : rows_)
      column.codes.push_back(code < 0 ? -1 : place[static_cast<std::size_t>(code)]);
  }

 private:
  std::map<std::string, std::int32_t> codes_;
  std::vector<std::int32_t> rows_;
};

// The columns by the line of names, without values.
std::vector<TableColumn> named_columns(const std::vector<std::string>& names, const CsvCells& cells,
                                       const CsvOptions& options) {
  std::set<std::string> known;
  std::vector<TableColumn> columns;
  for (std::size_t i = 0; i < names.size(); ++i) {
    TableColumn column;
    column.name = without_blanks(names[i]);
    if (column.name.empty())
      cells.refuse(fmt::format("column {} has no name{}", i + 1,
                               i > 0 ? ""
                                     : "; where it is the index that pandas writes, "
                                       "to_csv(..., index=False) leaves it out"));
    if (!known.insert(column.name).second)
      cells.refuse(fmt::format("two columns have the name '{}'", printable(column.name)));
    columns.push_back(std::move(column));
  }
  for (const std::string& name : options.categories) {
    if (!known.contains(name))
      cells.refuse(fmt::format("has no column '{}' to take as categories", printable(name)));
    for (TableColumn& column : columns)
      if (column.name == name) column.is_number = false;
  }
  return columns;
}

void fill(Table& table, CsvCells cells, char decimal,
          const std::function<bool(std::string_view)>& is_missing) {
  std::vector<std::string> line;
  cells.next(line);  // the names
  std::vector<Categories> categories(table.columns.size());
  while (cells.next(line))
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string_view cell = without_blanks(line[i]);
      TableColumn& column = table.columns[i];
      if (column.is_number)
        column.numbers.push_back(is_missing(cell) ? std::numeric_limits<double>::quiet_NaN()
                                                  : *number_of(cell, decimal));
      else if (is_missing(cell))
        categories[i].add_missing();
      else if (!categories[i].add(cell))
        cells.refuse(fmt::format("column '{}' has more than {} different texts",
                                 printable(column.name), kMostCategories));
    }
  for (std::size_t i = 0; i < categories.size(); ++i)
    if (!table.columns[i].is_number) categories[i].finish(table.columns[i]);
}

}  // namespace

const TableColumn& Table::column(std::string_view name) const {
  std::string known;
  for (const TableColumn& column : columns) {
    if (column.name == name) return column;
    known += (known.empty() ? "" : ", ") + column.name;
  }
  fail(ErrorKind::usage, "{}: there is no column '{}'; its columns: {}", file,
       printable(std::string(name)), printable(known));
}

std::string Table::place(std::int64_t row) const {
  const auto at = static_cast<std::size_t>(row);
  return at < lines.size() ? fmt::format("{}: line {}", file, lines[at])
                           : fmt::format("{}: row {}", file, row + 1);
}

Table Table::select(std::span<const std::int32_t> chosen) const {
  Table part;
  part.rows = static_cast<std::int64_t>(chosen.size());
  part.file = file;
  for (const std::int32_t row : chosen) {
    check(row >= 0 && row < rows, "{}: there is no row {}, it has {}", file, row, rows);
    if (!lines.empty()) part.lines.push_back(lines[static_cast<std::size_t>(row)]);
  }
  for (const TableColumn& from : columns) {
    TableColumn to{.name = from.name, .is_number = from.is_number, .categories = from.categories};
    for (const std::int32_t row : chosen) {
      const auto at = static_cast<std::size_t>(row);
      if (from.is_number)
        to.numbers.push_back(from.numbers[at]);
      else
        to.codes.push_back(from.codes[at]);
    }
    part.columns.push_back(std::move(to));
  }
  return part;
}

Table parse_csv(std::string_view text, const std::string& name, const CsvOptions& options) {
  check(options.delimiter != '"' && options.delimiter != '\n' && options.delimiter != '\r',
        "csv: the delimiter cannot be a quote or a line end");
  check((options.decimal == '.' || options.decimal == ',') && options.decimal != options.delimiter,
        "csv: a fraction stands behind a point or a comma, and not behind the delimiter");
  if (text.size() > options.byte_limit)
    fail(ErrorKind::data, "{}: has {} bytes, the limit is {}", name, text.size(),
         options.byte_limit);
  const std::set<std::string, std::less<>> missing(options.missing.begin(), options.missing.end());
  const auto is_missing = [&](std::string_view cell) {
    return cell.empty() || missing.contains(cell);
  };
  // Twice through the text: what a column holds is known when its last cell is.
  CsvCells cells(text, name, options.delimiter);
  std::vector<std::string> line;
  if (!cells.next(line)) fail(ErrorKind::data, "{}: is empty, a line of names is needed", name);
  Table table{.columns = named_columns(line, cells, options), .file = name};
  while (cells.next(line)) {
    if (line.size() != table.columns.size())
      cells.refuse(fmt::format("has {} cells, the first line names {} columns", line.size(),
                               table.columns.size()));
    if (table.rows == std::numeric_limits<std::int32_t>::max()) cells.refuse("is one row too many");
    ++table.rows;
    table.lines.push_back(static_cast<std::int64_t>(cells.line()));
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string_view cell = without_blanks(line[i]);
      bool& is_number = table.columns[i].is_number;
      is_number = is_number && (is_missing(cell) || number_of(cell, options.decimal).has_value());
    }
  }
  if (table.rows == 0) fail(ErrorKind::data, "{}: has names of columns and no row", name);
  fill(table, CsvCells(text, name, options.delimiter), options.decimal, is_missing);
  return table;
}

Table read_csv(const std::string& path, const CsvOptions& options) {
  return parse_csv(read_text_file(path, options.byte_limit), printable(path), options);
}

}  // namespace hone::nn::data
