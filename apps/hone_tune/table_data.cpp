// Tables: the target, the features.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "apps/hone_tune/samples.h"
#include "base/error.h"
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
  for (const std::string& column : encoder.left_out()) data.notes.push_back("left out: " + column);
  return data;
}

}  // namespace hone::app
