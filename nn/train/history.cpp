// CSV and JSON of a training's history.
#include "nn/train/history.h"

#include "base/json.h"

namespace hone::nn::train {
namespace {

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
    Json record = Json::object({{"epoch", r.epoch}, {"loss", r.loss}, {"accuracy", r.accuracy}});
    if (r.val_loss) record.set("val_loss", *r.val_loss);
    if (r.val_accuracy) record.set("val_accuracy", *r.val_accuracy);
    record.set("learning_rate", r.learning_rate);
    record.set("images", r.images);
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
    r.accuracy = record.at("accuracy").get<double>();
    r.val_loss = optional(record, "val_loss");
    r.val_accuracy = optional(record, "val_accuracy");
    r.learning_rate = record.at("learning_rate").get<float>();
    r.images = record.at("images").get<std::int64_t>();
    history.epochs.push_back(r);
  }
  return history;
}

}  // namespace hone::nn::train
