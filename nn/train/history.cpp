// CSV and JSON of a training's history.
#include "nn/train/history.h"

#include <cmath>
#include <limits>
#include <utility>

#include "base/csv.h"
#include "base/json.h"
#include "base/numbers.h"
#include "nn/train/history_csv.h"

namespace hone::nn::train {
namespace {

constexpr const char* kHead = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,images";
constexpr std::size_t kFixed = 7;  // columns before the metrics

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

// The rows of cells that csv_cell() wrote.
std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && quoted && text.substr(i + 1, 1) == "\"")
      row.back() += text[i++];
    else if (c == '"')
      quoted = !quoted;
    else if (quoted || (c != ',' && c != '\n'))
      row.back() += c;
    else if (c == ',')
      row.emplace_back();
    else
      rows.push_back(std::exchange(row, std::vector<std::string>(1)));
  }
  if (quoted || row.size() > 1 || !row[0].empty())
    fail(ErrorKind::data, "history: line {} is not whole", rows.size() + 1);
  return rows;
}

// The number of a cell, which is nothing where it is empty.
std::optional<double> read_cell(const std::vector<std::string>& row, std::size_t column,
                                std::size_t line) {
  if (row[column].empty()) return std::nullopt;
  if (const auto number = parse_double(row[column])) return number;
  fail(ErrorKind::data, "history: line {}: '{}' is no number", line, printable(row[column]));
}

}  // namespace

std::optional<double> find_metric(const EpochRecord& record, const std::string& name) {
  if (name == "loss") return record.loss;
  if (name == "accuracy" && !std::isnan(record.accuracy)) return record.accuracy;
  if (name == "learning_rate") return static_cast<double>(record.learning_rate);
  if (name == "val_loss" && record.val_loss) return *record.val_loss;
  if (name == "val_accuracy" && record.val_accuracy) return *record.val_accuracy;
  for (const auto& [own, value] : record.metrics)
    if (own == name) return value;
  return std::nullopt;
}

double metric(const EpochRecord& record, const std::string& name, const std::string& who) {
  if (const auto value = find_metric(record, name)) return *value;
  std::string known = "loss, ";
  if (!std::isnan(record.accuracy)) known += "accuracy, ";
  if (record.val_loss) known += "val_loss, ";
  if (record.val_accuracy) known += "val_accuracy, ";
  for (const auto& [own, value] : record.metrics) known += own + ", ";
  fail(ErrorKind::usage, "{}: there is no metric '{}'; this training has {}learning_rate{}", who,
       printable(name), printable(known), record.val_loss ? "" : " (val_... need validation data)");
}

bool lower_is_better(const std::string& metric) {
  if (metric == "loss" || metric == "val_loss") return true;
  check(metric == "accuracy" || metric == "val_accuracy",
        "metric '{}': whether less or more of it is better cannot be told; choose Mode::minimize "
        "or Mode::maximize",
        printable(metric));
  return false;
}

std::string History::csv() const {
  std::string text = kHead;
  if (!epochs.empty())
    for (const auto& [name, value] : epochs.front().metrics) text += "," + csv_cell(name);
  text += "\n";
  for (const EpochRecord& r : epochs) {
    text += fmt::format("{},{},{},{},{},{},{}", r.epoch, r.loss,
                        std::isnan(r.accuracy) ? "" : fmt::format("{}", r.accuracy),
                        cell(r.val_loss), cell(r.val_accuracy), r.learning_rate, r.images);
    for (const auto& [name, value] : r.metrics) text += fmt::format(",{}", value);
    text += "\n";
  }
  return text;
}

History history_from_csv(const std::string& text) {
  const std::vector<std::vector<std::string>> rows = csv_rows(text);
  if (!text.starts_with(kHead)) fail(ErrorKind::data, "history: line 1: is not {}", kHead);
  History history;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    if (row.size() != rows[0].size())
      fail(ErrorKind::data, "history: line {}: has {} cells, the first line has {}", i + 1,
           row.size(), rows[0].size());
    const auto measured = [&](std::size_t column) { return read_cell(row, column, i + 1); };
    const auto number = [&](std::size_t column) {
      const auto value = measured(column);
      if (!value) fail(ErrorKind::data, "history: line {}: {} is missing", i + 1, rows[0][column]);
      return *value;
    };
    constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();
    EpochRecord epoch{.epoch = static_cast<int>(number(0)),
                      .loss = number(1),
                      .accuracy = measured(2).value_or(kNotMeasured),
                      .val_loss = measured(3),
                      .val_accuracy = measured(4),
                      .learning_rate = static_cast<float>(number(5)),
                      .images = static_cast<std::int64_t>(number(6))};
    for (std::size_t column = kFixed; column < row.size(); ++column)
      epoch.metrics.emplace_back(rows[0][column], number(column));
    history.epochs.push_back(std::move(epoch));
  }
  return history;
}

std::string History::json() const {
  Json list = Json::array();
  for (const EpochRecord& r : epochs) {
    Json record = Json::object({{"epoch", r.epoch}, {"loss", r.loss}});
    if (!std::isnan(r.accuracy)) record.set("accuracy", r.accuracy);
    if (r.val_loss) record.set("val_loss", *r.val_loss);
    if (r.val_accuracy) record.set("val_accuracy", *r.val_accuracy);
    record.set("learning_rate", r.learning_rate);
    record.set("images", r.images);
    if (!r.metrics.empty()) {
      Json metrics = Json::object();
      for (const auto& [name, value] : r.metrics) metrics.set(name, value);
      record.set("metrics", std::move(metrics));
    }
    list.push_back(std::move(record));
  }
  return write_json(Json::object({{"epochs", std::move(list)}}), {.strict = true});
}

History History::from_json(const std::string& text) {
  const auto optional = [](const JsonNode& record, const char* field) -> std::optional<double> {
    const auto value = record.find(field);
    return value ? std::optional(value->get<double>()) : std::nullopt;
  };
  const JsonDocument document(text, "history");
  History history;
  for (const JsonNode& record : document.root().at("epochs").items()) {
    EpochRecord r;
    r.epoch = record.at("epoch").get<int>();
    r.loss = record.at("loss").get<double>();
    r.accuracy = optional(record, "accuracy").value_or(std::numeric_limits<double>::quiet_NaN());
    r.val_loss = optional(record, "val_loss");
    r.val_accuracy = optional(record, "val_accuracy");
    r.learning_rate = record.at("learning_rate").get<float>();
    r.images = record.at("images").get<std::int64_t>();
    if (const auto metrics = record.find("metrics"))
      for (const auto& [name, value] : metrics->members())
        r.metrics.emplace_back(name, value.get<double>());
    history.epochs.push_back(r);
  }
  return history;
}

}  // namespace hone::nn::train
