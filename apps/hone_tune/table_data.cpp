// Tables: the target, the features.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "apps/hone_tune/samples.h"
#include "apps/hone_tune/table_reading.h"
#include "base/error.h"
#include "nn/data/table.h"
#include "nn/data/table_encoder.h"

namespace hone::app {
namespace {

// A word on how 32-bit numbers hold a column of numbers, of which `offset` is taken off first; or
// nothing. Throws what `note_of` does.
std::string range_note(const nn::data::Table& table, const std::string& column, double offset,
                       std::string (*note_of)(const std::string& where, const Range& range)) {
  Range range;
  for (const double value : table.column(column).numbers) range.add(value - offset);
  return note_of(fmt::format("{}: the column '{}'", table.file, printable(column)), range);
}

// The target of a table as labels or numbers; what is to be known of its numbers, or nothing.
std::string take_target(Samples& v, const nn::data::Table& table, const OwnOptions& o) {
  const nn::data::TableColumn& column = table.column(o.target);
  const auto refuse = [&](const std::string& what) {
    fail(ErrorKind::data, "{}: the target '{}' {}", table.file, printable(column.name), what);
  };
  if (o.task == Task::regress) {
    if (!column.is_number) {
      const std::string note = note_of_texts(o, table, column);
      refuse("holds texts; --task regress needs numbers" + (note.empty() ? "" : "\n" + note));
    }
    for (std::size_t row = 0; row < column.numbers.size(); ++row) {
      v.targets.push_back(static_cast<float>(column.numbers[row]));
      if (!std::isfinite(v.targets.back()))
        fail(ErrorKind::data,
             "{}: the target '{}' is {}, too large for f32; correct it, or leave the row out",
             table.place(static_cast<std::int64_t>(row)), printable(column.name),
             column.numbers[row]);
    }
    const std::string note = range_note(table, column.name, 0, note_of_target);
    check_targets(fmt::format("{}: the target '{}'", table.file, printable(column.name)), v.targets,
                  1, note);
    return note;
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
      return std::isfinite(one.first) && one.first == std::floor(one.first);
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
  return "";
}

// The columns that --drop names: a whole name, or several with commas between them.
std::vector<std::string> dropped(const OwnOptions& o, const nn::data::Table& table) {
  std::vector<std::string> names;
  const auto is_column = [&](const std::string& name) {
    return std::any_of(table.columns.begin(), table.columns.end(),
                       [&](const nn::data::TableColumn& column) { return column.name == name; });
  };
  for (const std::string& text : o.drop) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end =
          is_column(text) ? text.size() : std::min(text.find(',', at), text.size());
      parts.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    names.insert(names.end(), parts.begin(), parts.end());
  }
  for (const std::string& name : names) {
    table.column(name);  // throws for an unknown one
    check(name != o.target, "--drop {}: is the target", printable(name));
  }
  return names;
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
  nn::data::Table whole = read_table(o, o.data);
  const Indices rows = rows_with(whole.column(o.target), whole.rows);
  const std::vector<std::string> without = dropped(o, whole);
  std::erase_if(whole.columns, [&](const nn::data::TableColumn& column) {
    return std::find(without.begin(), without.end(), column.name) != without.end();
  });
  const nn::data::Table table = whole.select(rows);
  Samples v;
  const std::string target_note = take_target(v, table, o);
  const Parts parts =
      split_parts(o, table.rows, v.labels, static_cast<std::int32_t>(v.class_names.size()),
                  o.test.value_or(kShare));
  if (!v.labels.empty()) check_classes(table.file, v.labels, parts.train, v.class_names);
  Problem data;
  data.sample_name = "rows";
  const nn::data::TableEncoder encoder(table.select(parts.train), {.without = {o.target}});
  data.metadata["encoder"] = encoder.json();
  data.late_settings["dropped columns"] = fmt::format("{}", fmt::join(without, ", "));
  v.x = encoder.encode(table);
  v.shape = {encoder.width()};
  upload_samples(data, v, parts, data.metadata["encoder"], device);
  data.notes.push_back(
      fmt::format("{} columns become {} numbers", encoder.features().size(), encoder.width()));
  if (const std::int64_t missing = whole.rows - table.rows; missing > 0)
    data.notes.push_back(fmt::format("{} rows without a target are left out", missing));
  for (const std::string& one : notes_of_columns(o, table)) data.notes.push_back(one);
  for (const nn::data::TableFeature& feature : encoder.features())
    if (feature.categories.empty())
      data.notes.push_back(range_note(table, feature.column, feature.offset, note_of_feature));
  data.notes.push_back(target_note);
  std::erase(data.notes, "");
  for (const std::string& column : encoder.left_out()) data.notes.push_back("left out: " + column);
  return data;
}

}  // namespace hone::app
