// Rows of values, printed as a table for people, or as JSON or CSV for programs.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace CLI {
class App;
}

namespace hone::command {

enum class Format { table, json, csv };

// --format table|json|csv
void add_format(CLI::App& app, Format& format);

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Json>> rows;  // null: an empty cell
  bool single = false;                  // one row: JSON gives its object, not a list
};

// On standard output. In a table and in CSV texts stand without quotes; lists and objects are JSON.
// A table is printable; JSON is strict and ASCII. A CSV cell that a spreadsheet would take for a
// formula gets a leading apostrophe.
void print(const Table& table, Format format);

}  // namespace hone::command
