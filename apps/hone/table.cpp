// The three forms of a table.
#include "apps/hone/table.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>

#include "base/csv.h"
#include "base/error.h"
#include "base/utf8.h"

namespace hone::command {
namespace {

std::string cell_text(const Json& cell) {
  if (cell.is_null()) return {};
  if (const auto* text = cell.get_if<std::string>()) return *text;
  return write_json(cell);
}

bool is_formula(const std::string& text) {
  return !text.empty() && std::string_view("=+-@\t\r").find(text[0]) != std::string_view::npos;
}

// Characters as a terminal counts them, near enough: not the bytes that continue one.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

void print_table(const Table& table) {
  std::vector<std::vector<std::string>> lines(table.rows.size());
  std::vector<std::size_t> widths;
  std::vector<bool> right(table.columns.size(), true);  // numbers
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    widths.push_back(width_of(printable(table.columns[column])));
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const Json& cell = table.rows[row][column];
      lines[row].push_back(printable(cell_text(cell)));
      widths.back() = std::max(widths.back(), width_of(lines[row].back()));
      if (!cell.is_null() && !cell.is_number()) right[column] = false;
    }
  }
  std::string rule = "+";
  for (const std::size_t width : widths) rule += std::string(width + 2, '-') + "+";
  const auto line = [&](const auto& cells, bool head) {
    std::string text = "|";
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string cell = printable(cells[i]), pad(widths[i] - width_of(cell), ' ');
      text += " " + (right[i] && !head ? pad + cell : cell + pad) + " |";
    }
    fmt::print("{}\n", text);
  };
  fmt::print("{}\n", rule);
  line(table.columns, true);
  fmt::print("{}\n", rule);
  for (const auto& cells : lines) line(cells, false);
  fmt::print("{}\n", rule);
}

void print_json(const Table& table) {
  Json list = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      object.members().push_back({table.columns[i], row[i]});
    list.push_back(std::move(object));
  }
  const auto* rows = list.get_if<Json::Array>();
  fmt::print("{}\n", write_json(table.single && rows->size() == 1 ? rows->front() : list,
                                {.strict = true}));
}

void print_csv(const Table& table) {
  const auto line = [](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i > 0 ? "," : "") + csv_cell(cells[i]);
    fmt::print("{}\r\n", text);
  };
  line(table.columns);
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const Json& cell : row) {
      std::string text = cell_text(cell);
      if (cell.get_if<std::string>() != nullptr && is_formula(text)) text.insert(0, "'");
      cells.push_back(std::move(text));
    }
    line(cells);
  }
}

}  // namespace

void add_format(CLI::App& app, Format& format) {
  static const std::map<std::string, Format> kNames = {
      {"table", Format::table}, {"json", Format::json}, {"csv", Format::csv}};
  app.add_option("-f,--format", format, "table, json or csv (default table)")
      ->transform(CLI::CheckedTransformer(kNames).description(""));
}

void print(const Table& table, Format format) {
  if (format == Format::json) return print_json(table);
  format == Format::csv ? print_csv(table) : print_table(table);
}

}  // namespace hone::command
