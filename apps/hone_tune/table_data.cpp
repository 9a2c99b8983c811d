// Tables: the target, the features.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "apps/hone_tune/samples.h"
#include "base/error.h"
#include "base/numbers.h"
#include "nn/data/table.h"
#include "nn/data/table_encoder.h"

namespace hone::app {
namespace {

// The target of a table as labels or numbers.
void take_target(Samples& v, const nn::data::Table& table, const OwnOptions& o) {
  const nn::data::TableColumn& column = table.column(o.target);
  const auto refuse = [&](const std::string& what) {
    fail(ErrorKind::data, "{}: the target '{}' {}", table.file, printable(column.name), what);
  };
  if (o.task == Task::regress) {
    if (!column.is_number) refuse("holds texts; --task regress needs numbers");
    for (std::size_t row = 0; row < column.numbers.size(); ++row) {
      v.targets.push_back(static_cast<float>(column.numbers[row]));
      if (!std::isfinite(v.targets.back()))
        fail(ErrorKind::data, "{}: the target '{}' is {}, too large for f32",
             table.place(static_cast<std::int64_t>(row)), printable(column.name),
             column.numbers[row]);
    }
    check_targets(fmt::format("{}: the target '{}'", table.file, printable(column.name)), v.targets,
                  1);
    return;
  }
  if (!column.is_number) {
    v.labels = column.codes;
    v.class_names = column.categories;
    if (2 * v.class_names.size() > v.labels.size())
      refuse(fmt::format("has {} different texts in {} rows, too many to be classes",
                         v.class_names.size(), v.labels.size()));
  } else {
    std::map<double, std::int32_t> classes;
    for (const double value : column.numbers) classes.emplace(value, 0);
    const bool whole = std::all_of(classes.begin(), classes.end(), [](const auto& one) {
      return one.first == std::floor(one.first);
    });
    if (classes.size() > 200 || !whole ||
        (classes.size() > 20 && 2 * classes.size() > column.numbers.size()))
      refuse(fmt::format("has {} different {}numbers; is this --task regress?", classes.size(),
                         whole ? "" : "fractional "));
    for (auto& [value, label] : classes) {
      label = static_cast<std::int32_t>(v.class_names.size());
      v.class_names.push_back(fmt::format("{}", value));
    }
    for (const double value : column.numbers) v.labels.push_back(classes.at(value));
  }
}

// A table of one column whose name has what divides cells elsewhere was made with that.
void check_delimiter(const nn::data::Table& table) {
  const std::string& name = table.columns.front().name;
  const std::size_t at = name.find_first_of(";\t|");
  if (table.columns.size() > 1 || at == std::string::npos) return;
  const std::string sign = name[at] == '\t' ? "tabs" : fmt::format("'{}'", name[at]);
  fail(ErrorKind::data,
       "{}: its cells seem to be divided by {}; write the table with commas between them, and "
       "points "
       "in numbers",
       table.file, sign);
}

// What is to be known of a column of texts most of whose cells are numbers; empty: it is none.
std::string note_of_texts(const nn::data::Table& table, const nn::data::TableColumn& column) {
  std::vector<bool> is_number;
  for (const std::string& text : column.categories)
    is_number.push_back(parse_double(text).has_value());
  std::int64_t numbers = 0, texts = 0, first = -1;
  for (std::int64_t row = 0; row < table.rows; ++row) {
    const std::int32_t code = column.is_number ? -1 : column.codes[static_cast<std::size_t>(row)];
    if (code < 0) continue;
    const bool number = is_number[static_cast<std::size_t>(code)];
    if (!number && texts == 0) first = row;
    ++(number ? numbers : texts);
  }
  if (texts == 0 || numbers <= texts) return "";
  const auto code = static_cast<std::size_t>(column.codes[static_cast<std::size_t>(first)]);
  return fmt::format("'{}' is taken as texts: line {} has '{}', though {} of {} cells are numbers",
                     printable(column.name), table.lines[static_cast<std::size_t>(first)],
                     printable(column.categories[code]), numbers, numbers + texts);
}

// That little is left of a column's differences in f32; empty: enough is.
std::string note_of_digits(const nn::data::TableColumn& column) {
  constexpr double kSteps = 1000;  // of f32 from the least to the largest value
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : column.numbers) {
    low = std::isfinite(value) ? std::min(low, value) : low;
    high = std::isfinite(value) ? std::max(high, value) : high;
  }
  const auto largest = static_cast<float>(std::max(std::abs(low), std::abs(high)));
  if (!(low < high) || !std::isfinite(largest)) return "";
  const double step =
      static_cast<double>(largest) - static_cast<double>(std::nextafter(largest, 0.0f));
  if (high - low >= kSteps * step) return "";
  return fmt::format(
      "'{}' goes from {:.10g} to {:.10g}: as 32-bit numbers such values lie {:.3g} apart; subtract "
      "an offset where smaller differences matter",
      printable(column.name), low, high, step);
}

// The rows whose target is there.
Indices rows_with(const nn::data::TableColumn& column, std::int64_t rows) {
  Indices list;
  for (std::size_t i = 0; i < static_cast<std::size_t>(rows); ++i)
    if (column.is_number ? !std::isnan(column.numbers[i]) : column.codes[i] >= 0)
      list.push_back(static_cast<std::int32_t>(i));
  return list;
}

}  // namespace

Problem load_table(const OwnOptions& o, Device& device) {
  check(!o.target.empty(), "--target is missing: which column is to be predicted?");
  const nn::data::Table whole = nn::data::read_csv(o.data);
  check_delimiter(whole);
  const Indices rows = rows_with(whole.column(o.target), whole.rows);
  const nn::data::Table table = whole.select(rows);
  Samples v;
  take_target(v, table, o);
  const Parts parts =
      split_parts(o, table.rows, v.labels, static_cast<std::int32_t>(v.class_names.size()),
                  o.test.value_or(kShare));
  if (!v.labels.empty()) check_classes(table.file, v.labels, parts.train, v.class_names);
  Problem data;
  data.sample_name = "rows";
  const nn::data::TableEncoder encoder(table.select(parts.train), {.without = {o.target}});
  data.metadata["encoder"] = encoder.json();
  v.x = encoder.encode(table);
  v.shape = {encoder.width()};
  upload_samples(data, v, parts, data.metadata["encoder"], device);
  data.notes.push_back(
      fmt::format("{} columns become {} numbers", encoder.features().size(), encoder.width()));
  if (const std::int64_t missing = whole.rows - table.rows; missing > 0)
    data.notes.push_back(fmt::format("{} rows without a target are left out", missing));
  for (const nn::data::TableColumn& column : table.columns)
    if (const std::string note = note_of_texts(table, column); !note.empty())
      data.notes.push_back(note);
  for (const nn::data::TableColumn& column : table.columns)
    if (column.name != o.target || v.labels.empty())  // classes are counted
      if (const std::string note = note_of_digits(column); !note.empty())
        data.notes.push_back(note);
  for (const std::string& column : encoder.left_out()) data.notes.push_back("left out: " + column);
  return data;
}

}  // namespace hone::app
