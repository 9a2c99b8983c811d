// The settings of a fit as JSON.
#include "nn/train/fit_settings.h"

#include "base/digest.h"
#include "base/json.h"
#include "nn/data/shards.h"
#include "nn/io/safetensors.h"

namespace hone::nn::train {
namespace {

Json parsed(const std::string& text) { return JsonDocument(text, "settings").json(); }

std::string digest_of(const Tensor& tensor) {
  const io::TensorData data = io::download("data", tensor);
  return digest_hex(data.bytes.data(), data.bytes.size());
}

// Labels and columns tell data sets of one size but different splits apart; the samples are read
// only where there is nothing else.
Json data_json(const data::Dataset& data) {
  Json json = Json::object({{"count", data.count()}});
  if (data.shard_rows() > 0) json.set("shard_rows", data.shard_rows());
  if (data.shards() != nullptr) {
    json.set("shards", data.shards()->digest());
    return json;
  }
  if (data.labels().defined()) json.set("labels", digest_of(data.labels()));
  for (const data::Column& column : data.columns()) {
    json.set("column " + column.name, digest_of(column.values));
    if (column.standardization.empty()) continue;
    json.set("mean of " + column.name, column.standardization.mean);
    json.set("deviation of " + column.name, column.standardization.scale);
  }
  if (!data.labels().defined() && data.columns().empty())
    json.set("samples", digest_of(data.samples()));
  if (!data.standardization().empty()) {
    json.set("mean", data.standardization().mean);
    json.set("deviation", data.standardization().scale);
  }
  json.set("scale", data.normalization().scale);
  json.set("offset", data.normalization().offset);
  return json;
}

}  // namespace

std::string fit_settings(const Model& model, const Training& training, const data::Dataset& train,
                         const data::Dataset* validation,
                         const std::vector<std::shared_ptr<Callback>>& callbacks) {
  Json json = Json::object(
      {{"network", model.network() ? parsed(to_json(*model.network())) : Json("a module")},
       {"input", model.input().str()},
       {"seed", model.seed()},
       {"optimizer", parsed(optim::to_json(training.optimizer))},
       {"batch", training.batch},
       {"shuffle", training.shuffle},
       {"data", data_json(train)}});
  if (validation != nullptr) json.set("validation", data_json(*validation));
  json.set("best_monitor", monitor_of(training));
  json.set("restore_best", training.restore_best);
  Json list = Json::array();
  for (const auto& callback : callbacks) list.push_back(callback->settings());
  json.set("callbacks", std::move(list));
  if (training.accumulate != 1) json.set("accumulate", training.accumulate);
  if (training.ema > 0) json.set("ema", training.ema);
  if (training.loss != Loss()) json.set("loss", training.loss.text());
  if (!training.metrics.empty()) {
    Json names = Json::array();
    for (const Metric& metric : training.metrics) names.push_back(metric.name());
    json.set("metrics", std::move(names));
  }
  if (!training.augment.empty()) {
    Json kinds = Json::array();
    for (const Augmentation& kind : training.augment) kinds.push_back(kind.text());
    json.set("augment", std::move(kinds));
  }
  // A schedule is a function of the step and of how many there are.
  if (!training.schedule.constant()) {
    json.set("schedule", training.schedule.text());
    json.set("epochs", training.epochs);
  }
  return write_json(json);
}

}  // namespace hone::nn::train
