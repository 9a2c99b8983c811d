// Learning features and working them out.
#include "nn/data/table_encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/json.h"

namespace hone::nn::data {
namespace {

std::size_t present(const TableColumn& column) {
  if (column.is_number)
    return static_cast<std::size_t>(std::count_if(column.numbers.begin(), column.numbers.end(),
                                                  [](double v) { return !std::isnan(v); }));
  return static_cast<std::size_t>(
      std::count_if(column.codes.begin(), column.codes.end(), [](int code) { return code >= 0; }));
}

// Throws for a number that is too large for f32.
void check_numbers(const TableColumn& column, const Table& table, double offset = 0) {
  for (std::size_t row = 0; row < column.numbers.size(); ++row)
    if (std::isinf(static_cast<float>(column.numbers[row] - offset)))
      fail(ErrorKind::data,
           "{}: the column '{}' holds a number that is too large for f32, {}; correct it, leave "
           "the cell empty where the value is missing, or leave the column out",
           table.place(static_cast<std::int64_t>(row)), printable(column.name),
           column.numbers[row]);
}

TableFeature number_feature(const TableColumn& column) {
  double sum = 0, low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : column.numbers) {
    if (std::isnan(value)) continue;
    sum += value;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const std::size_t count = present(column);
  const double mean = sum / static_cast<double>(count);
  return {.column = column.name,
          .mean = mean,
          .tells_missing = count < column.numbers.size(),
          .offset = low < high && f32_steps(low, high) < kFewSteps ? mean : 0};
}

// The categories that occur: a part of a table may not have all of the table's.
std::vector<std::string> occurring(const TableColumn& column) {
  std::vector<bool> there(column.categories.size());
  for (const std::int32_t code : column.codes)
    if (code >= 0) there[static_cast<std::size_t>(code)] = true;
  std::vector<std::string> list;
  for (std::size_t i = 0; i < there.size(); ++i)
    if (there[i]) list.push_back(column.categories[i]);
  return list;
}

// The column of a feature, of the right kind.
const TableColumn& column_for(const TableFeature& feature, const Table& table) {
  for (const TableColumn& column : table.columns) {
    if (column.name != feature.column) continue;
    const bool wants_number = feature.categories.empty();
    if (column.is_number != wants_number && present(column) > 0)
      fail(ErrorKind::data, "{}: the column '{}' holds {}, {} are needed", table.file,
           printable(column.name), column.is_number ? "numbers" : "texts",
           wants_number ? "numbers" : "texts");
    return column;
  }
  fail(ErrorKind::data, "{}: the column '{}' is missing", table.file, printable(feature.column));
}

// Writes the feature of every row, `width` apart.
void write_feature(const TableFeature& feature, const TableColumn& column, float* out,
                   std::size_t width, std::size_t rows) {
  std::vector<std::int32_t> place;  // of the table's categories among the feature's
  for (const std::string& text : column.categories) {
    const auto& known = feature.categories;
    const auto found = std::lower_bound(known.begin(), known.end(), text);
    place.push_back(found != known.end() && *found == text
                        ? static_cast<std::int32_t>(found - known.begin())
                        : -1);
  }
  for (std::size_t row = 0; row < rows; ++row, out += width) {
    if (feature.categories.empty()) {
      const bool missing = !column.is_number || std::isnan(column.numbers[row]);
      out[0] = static_cast<float>((missing ? feature.mean : column.numbers[row]) - feature.offset);
      if (feature.tells_missing) out[1] = missing ? 1.0f : 0.0f;
      continue;
    }
    const std::int32_t code = column.is_number ? -1 : column.codes[row];
    if (code >= 0 && place[static_cast<std::size_t>(code)] >= 0)
      out[place[static_cast<std::size_t>(code)]] = 1;
  }
}

}  // namespace

double f32_steps(double low, double high) {
  const auto largest = static_cast<float>(std::max(std::abs(low), std::abs(high)));
  return (high - low) /
         (static_cast<double>(largest) - static_cast<double>(std::nextafter(largest, 0.0f)));
}

std::int64_t TableFeature::width() const {
  if (!categories.empty()) return static_cast<std::int64_t>(categories.size());
  return tells_missing ? 2 : 1;
}

TableEncoder::TableEncoder(const Table& train, const TableEncoderOptions& options) {
  for (const std::string& name : options.without) train.column(name);  // throws for an unknown one
  for (const TableColumn& column : train.columns) {
    const auto& without = options.without;
    if (std::find(without.begin(), without.end(), column.name) != without.end()) continue;
    if (present(column) == 0) {
      left_out_.push_back(column.name + ": has no value");
      continue;
    }
    if (column.is_number) {
      check_numbers(column, train);
      features_.push_back(number_feature(column));
      continue;
    }
    std::vector<std::string> categories = occurring(column);
    if (categories.size() > options.most_categories)
      left_out_.push_back(
          fmt::format("{}: has {} different texts", column.name, categories.size()));
    else
      features_.push_back({.column = column.name, .categories = std::move(categories)});
  }
  if (features_.empty())
    fail(ErrorKind::data, "{}: none of its {} columns can be a feature", train.file,
         train.columns.size());
}

std::int64_t TableEncoder::width() const {
  std::int64_t width = 0;
  for (const TableFeature& feature : features_) width += feature.width();
  return width;
}

std::vector<std::string> TableEncoder::names() const {
  std::vector<std::string> names;
  for (const TableFeature& feature : features_) {
    for (const std::string& category : feature.categories)
      names.push_back(feature.column + " = " + category);
    if (feature.categories.empty()) names.push_back(feature.column);
    if (feature.tells_missing) names.push_back(feature.column + " missing");
  }
  return names;
}

std::vector<float> TableEncoder::encode(const Table& table) const {
  const auto width = static_cast<std::size_t>(this->width());
  const auto rows = static_cast<std::size_t>(table.rows);
  std::vector<float> values(rows * width);
  std::size_t at = 0;
  for (const TableFeature& feature : features_) {
    const TableColumn& column = column_for(feature, table);
    check_numbers(column, table, feature.offset);
    write_feature(feature, column, values.data() + at, width, rows);
    at += static_cast<std::size_t>(feature.width());
  }
  return values;
}

std::vector<UnseenCells> TableEncoder::unseen(const Table& table) const {
  std::vector<UnseenCells> list;
  for (const TableFeature& feature : features_) {
    const TableColumn& column = column_for(feature, table);
    const auto& known = feature.categories;
    UnseenCells cells{.column = feature.column};
    const auto add = [&](std::int64_t row, const std::string& text) {
      if (cells.count == 0) {
        cells.first = row;
        cells.text = text;
      }
      ++cells.count;
    };
    std::vector<bool> is_known;
    for (const std::string& text : column.categories)
      is_known.push_back(std::binary_search(known.begin(), known.end(), text));
    for (std::int64_t row = 0; row < table.rows; ++row) {
      const auto at = static_cast<std::size_t>(row);
      if (!known.empty()) {
        const std::int32_t code = column.is_number ? -1 : column.codes[at];
        if (code >= 0 && !is_known[static_cast<std::size_t>(code)])
          add(row, column.categories[static_cast<std::size_t>(code)]);
      } else if (!feature.tells_missing && (!column.is_number || std::isnan(column.numbers[at]))) {
        add(row, "");
      }
    }
    if (cells.count > 0) list.push_back(std::move(cells));
  }
  return list;
}

std::string TableEncoder::json() const {
  Json list = Json::array();
  for (const TableFeature& feature : features_) {
    Json entry = Json::object({{"column", feature.column}});
    if (feature.categories.empty()) {
      entry.set("mean", feature.mean);
      entry.set("tells_missing", feature.tells_missing);
      if (feature.offset != 0) entry.set("offset", feature.offset);
    } else {
      entry.set("categories", feature.categories);
    }
    list.push_back(std::move(entry));
  }
  return write_json(list);
}

TableEncoder TableEncoder::from_json(const std::string& text, const std::string& name) {
  const JsonDocument document(text, name);
  TableEncoder encoder;
  for (const JsonNode& node : document.root().items()) {
    TableFeature feature{.column = node.at("column").get<std::string>()};
    if (const auto categories = node.find("categories")) {
      for (const JsonNode& category : categories->items())
        feature.categories.push_back(category.get<std::string>());
      if (feature.categories.empty() ||
          !std::is_sorted(feature.categories.begin(), feature.categories.end()))
        categories->fail("is empty or not in order");
    } else {
      feature.mean = node.at("mean").get<double>();
      if (!std::isfinite(feature.mean)) node.at("mean").fail("is not finite");
      feature.tells_missing = node.at("tells_missing").get<bool>();
      if (const auto offset = node.find("offset")) {
        feature.offset = offset->get<double>();
        if (!std::isfinite(feature.offset)) offset->fail("is not finite");
      }
    }
    encoder.features_.push_back(std::move(feature));
  }
  if (encoder.features_.empty()) document.root().fail("has no features");
  return encoder;
}

}  // namespace hone::nn::data
