// CSV and JSON of a training's history.
#include "nn/train/history.h"

#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "base/error.h"

namespace hone::nn::train {
namespace {

using Json = nlohmann::ordered_json;

// JSON has no infinities and no NaN: these are written as strings.
Json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_from(const Json& record, const char* field) {
  const Json& value = record.at(field);
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
    if (text == "inf") return std::numeric_limits<double>::infinity();
    if (text == "-inf") return -std::numeric_limits<double>::infinity();
  }
  return value.get<double>();
}

std::optional<double> optional_from(const Json& record, const char* field) {
  if (!record.contains(field)) return std::nullopt;
  return number_from(record, field);
}

std::string cell(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

}  // namespace

double metric(const EpochRecord& record, const std::string& name, const std::string& who) {
  if (name == "loss") return record.loss;
  if (name == "accuracy") return record.accuracy;
  if (name == "learning_rate") return static_cast<double>(record.learning_rate);
  if (name == "val_loss" && record.val_loss) return *record.val_loss;
  if (name == "val_accuracy" && record.val_accuracy) return *record.val_accuracy;
  const bool validated = record.val_loss.has_value();
  fail(ErrorKind::usage, "{}: there is no metric '{}'; this training has loss, accuracy, {}{}", who,
       printable(name), validated ? "val_loss, val_accuracy, " : "",
       validated ? "learning_rate" : "learning_rate (val_... need validation data)");
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
  std::string text = "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,images\n";
  for (const EpochRecord& r : epochs)
    text += fmt::format("{},{},{},{},{},{},{}\n", r.epoch, r.loss, r.accuracy, cell(r.val_loss),
                        cell(r.val_accuracy), r.learning_rate, r.images);
  return text;
}

std::string History::json() const {
  Json list = Json::array();
  for (const EpochRecord& r : epochs) {
    Json record = {{"epoch", r.epoch}, {"loss", number(r.loss)}, {"accuracy", number(r.accuracy)}};
    if (r.val_loss) record["val_loss"] = number(*r.val_loss);
    if (r.val_accuracy) record["val_accuracy"] = number(*r.val_accuracy);
    record["learning_rate"] = number(static_cast<double>(r.learning_rate));
    record["images"] = r.images;
    list.push_back(std::move(record));
  }
  return Json{{"epochs", std::move(list)}}.dump();
}

History History::from_json(const std::string& text) {
  History history;
  try {
    const Json json = Json::parse(text);
    for (const Json& record : json.at("epochs")) {
      EpochRecord r;
      r.epoch = record.at("epoch").get<int>();
      r.loss = number_from(record, "loss");
      r.accuracy = number_from(record, "accuracy");
      r.val_loss = optional_from(record, "val_loss");
      r.val_accuracy = optional_from(record, "val_accuracy");
      r.learning_rate = static_cast<float>(number_from(record, "learning_rate"));
      r.images = record.at("images").get<std::int64_t>();
      history.epochs.push_back(r);
    }
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::data, "history: record {} cannot be read: {}", history.epochs.size() + 1,
         printable(error.what()));
  }
  return history;
}

}  // namespace hone::nn::train
