// Reading the space, and what its keys mean.
#include "apps/hone_tune/space.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "tune/json_text.h"

namespace hone::app {
namespace {

// What a key may be, and its value where the space does not name it.
struct Key {
  const char* name;
  double low = 0, high = 0;             // of a number
  bool whole = false;                   // only whole numbers
  std::vector<const char*> texts = {};  // the values of a text, the first is the default
  double standard = 0;                  // of a number
  bool pictures_only = false, classes_only = false;
};

const std::vector<Key>& keys() {
  static const std::vector<Key> all = {
      {.name = "layers", .low = 0, .high = 20, .whole = true, .standard = 2},
      {.name = "width", .low = 1, .high = 8192, .whole = true, .standard = 64},
      {.name = "dropout", .low = 0, .high = 0.95},
      {.name = "batch_norm", .texts = {"no", "yes"}},
      {.name = "optimizer", .texts = {"adam", "sgd"}},
      {.name = "lr", .low = 1e-8, .high = 100, .standard = 1e-3},
      {.name = "momentum", .low = 0, .high = 0.999, .standard = 0.9},
      {.name = "weight_decay", .low = 0, .high = 1},
      {.name = "schedule", .texts = {"constant", "cosine", "one_cycle"}},
      {.name = "label_smoothing", .low = 0, .high = 0.9, .classes_only = true},
      {.name = "ema", .low = 0, .high = 0.99999},
      {.name = "augment", .texts = {"none", "shift", "flip", "full"}, .pictures_only = true},
      {.name = "batch", .low = 2, .high = 65536, .whole = true, .standard = 64},
      {.name = "accumulate", .low = 1, .high = 1024, .whole = true, .standard = 1},
      {.name = "epochs", .low = 1, .high = 100000, .whole = true, .standard = 20}};
  return all;
}

// One value, checked.
tune::Value checked(const Key& key, const JsonNode& node) {
  if (!key.texts.empty()) {
    const std::string text = node.get<std::string>();
    std::string known;
    for (const char* one : key.texts) {
      if (text == one) return text;
      known += (known.empty() ? "" : ", ") + std::string(one);
    }
    node.fail(fmt::format("is '{}', it must be one of: {}", printable(text), known));
  }
  if (key.whole)
    return node.get_between<std::int64_t>(static_cast<std::int64_t>(key.low),
                                          static_cast<std::int64_t>(key.high));
  const double number = node.get<double>();
  if (!(number >= key.low && number <= key.high))
    node.fail(fmt::format("is {}, it must be {} to {}", number, key.low, key.high));
  return number;
}

// A distribution that the tuner takes.
tune::Distribution checked(const Key& key, const JsonNode& node, tune::Distribution made) {
  try {
    tune::check_distribution(key.name, made);
  } catch (const Error& error) {
    node.fail(error.what());
  }
  return made;
}

tune::Distribution range(const Key& key, const JsonNode& node) {
  node.allow_only({"low", "high", "log", "step"});
  if (!key.texts.empty()) node.fail("a range is for numbers, choose from a list");
  const tune::Value low = checked(key, node.at("low")), high = checked(key, node.at("high"));
  const bool log = node.find("log") ? node.at("log").get<bool>() : false;
  const auto step = node.find("step");
  tune::Distribution made;
  if (key.whole)
    made = tune::IntDistribution{std::get<std::int64_t>(low), std::get<std::int64_t>(high), log,
                                 step ? step->get<std::int64_t>() : 1};
  else
    made = tune::FloatDistribution{std::get<double>(low), std::get<double>(high), log,
                                   step ? std::optional(step->get<double>()) : std::nullopt};
  made = tune::on_grid(checked(key, node, made));
  if (step && tune::is_single(made) && low != high)
    node.fail("its step is larger than the range, so that low is the only value");
  return made;
}

// Where the space does not name the key.
tune::Value standard_value(const std::string& key) {
  for (const Key& one : keys())
    if (one.name == key) {
      if (!one.texts.empty()) return std::string(one.texts[0]);
      if (one.whole) return static_cast<std::int64_t>(one.standard);
      return one.standard;
    }
  fail(ErrorKind::internal, "space: there is no key '{}'", key);
}

// The value of the distribution that is nearest to this one; of choices the first one where it is
// none of them.
tune::Value nearest(const tune::Distribution& distribution, const tune::Value& value) {
  if (const auto* choices = std::get_if<tune::CategoricalDistribution>(&distribution)) {
    const auto& all = choices->choices;
    return std::find(all.begin(), all.end(), value) == all.end() ? all[0] : value;
  }
  if (const auto* whole = std::get_if<tune::IntDistribution>(&distribution)) {
    const std::int64_t held = std::clamp(std::get<std::int64_t>(value), whole->low, whole->high);
    const std::int64_t below = whole->low + (held - whole->low) / whole->step * whole->step;
    const bool up = held - below > whole->step / 2 && below + whole->step <= whole->high;
    return up ? below + whole->step : below;
  }
  const auto& range = std::get<tune::FloatDistribution>(distribution);
  const double held = std::clamp(std::get<double>(value), range.low, range.high);
  if (!range.step) return held;
  return std::min(range.low + std::round((held - range.low) / *range.step) * *range.step,
                  range.high);
}

tune::Distribution distribution(const Key& key, const JsonNode& node) {
  if (node.json().get_if<Json::Object>() != nullptr) return range(key, node);
  if (node.json().get_if<Json::Array>() == nullptr)
    return tune::CategoricalDistribution{{checked(key, node)}};
  tune::CategoricalDistribution choices;
  for (const JsonNode& one : node.items()) choices.choices.push_back(checked(key, one));
  if (choices.choices.empty()) node.fail("has no choice");
  return checked(key, node, choices);
}

}  // namespace

Space::Space(const std::string& json, const std::string& name, const NetworkTask& task)
    : task_(task) {
  const JsonDocument document(json, name);
  for (const auto& member : document.root().members()) {
    const std::string& text = member.first;
    const JsonNode& node = member.second;
    const auto key = std::find_if(keys().begin(), keys().end(),
                                  [&](const Key& one) { return one.name == text; });
    if (key == keys().end()) {
      std::string known;
      for (const Key& one : keys()) known += (known.empty() ? "" : ", ") + std::string(one.name);
      node.fail("is no key of a space; there are: " + known);
    }
    if (key->pictures_only && task.input.rank() != 3) node.fail("is for pictures");
    if (key->classes_only && !task.classifies) node.fail("is for --task classify");
    distributions_.emplace(text, distribution(*key, node));
  }
}

std::string Space::standard(const NetworkTask& task) {
  const bool pictures = task.input.rank() == 3;
  const auto between = [](auto low, auto high, bool log) {
    Json json = Json::object({{"low", low}, {"high", high}});
    if (log) json.set("log", true);
    return json;
  };
  const auto choices = [](std::initializer_list<const char*> texts) {
    Json list = Json::array();
    for (const char* text : texts) list.push_back(text);
    return list;
  };
  Json json = Json::object({{"layers", between(1, 3, false)},
                            {"width", pictures ? between(8, 48, true) : between(16, 256, true)},
                            {"dropout", between(0.0, 0.5, false)},
                            {"batch_norm", choices({"no", "yes"})},
                            {"optimizer", choices({"adam", "sgd"})},
                            {"lr", between(1e-4, 1e-1, true)},
                            {"schedule", choices({"constant", "one_cycle"})}});
  if (pictures) json.set("augment", choices({"none", "shift"}));
  json.set("batch", 32);
  json.set("epochs", pictures ? 8 : 30);
  return write_json(json, {.indent = 2, .strict = true}) + "\n";
}

tune::Value Space::value(tune::Trial& trial, const std::string& key) const {
  const auto found = distributions_.find(key);
  if (found != distributions_.end())
    return tune::to_external(found->second, trial.suggest(key, found->second));
  return standard_value(key);
}

double Space::number(tune::Trial& trial, const std::string& key) const {
  const tune::Value held = value(trial, key);
  if (const auto* whole = std::get_if<std::int64_t>(&held)) return static_cast<double>(*whole);
  return std::get<double>(held);
}

std::string Space::text(tune::Trial& trial, const std::string& key) const {
  return std::get<std::string>(value(trial, key));
}

bool Space::varies(const std::string& key) const {
  const auto found = distributions_.find(key);
  return found != distributions_.end() && !tune::is_single(found->second);
}

int Space::most_epochs() const {
  const auto found = distributions_.find("epochs");
  if (found == distributions_.end())
    return static_cast<int>(std::get<std::int64_t>(standard_value("epochs")));
  std::int64_t most = 1;
  if (const auto* range = std::get_if<tune::IntDistribution>(&found->second)) most = range->high;
  if (const auto* choices = std::get_if<tune::CategoricalDistribution>(&found->second))
    for (const tune::Value& one : choices->choices)
      most = std::max(most, std::get<std::int64_t>(one));
  return static_cast<int>(most);
}

std::vector<std::pair<std::string, tune::Value>> Space::default_configuration() const {
  std::vector<std::pair<std::string, tune::Value>> all;
  for (const auto& [key, distribution] : distributions_)
    all.emplace_back(key, nearest(distribution, standard_value(key)));
  // Some keys are asked for only where others have a certain value.
  tune::Trial trial = tune::Trial::fixed(all);
  describe(trial);
  return trial.record().param_values();
}

void Space::add_vector_layers(nn::Network& network, tune::Trial& trial) const {
  const int layers = static_cast<int>(number(trial, "layers"));
  const int width = static_cast<int>(number(trial, "width"));
  const auto dropout = static_cast<float>(number(trial, "dropout"));
  const bool normalise = text(trial, "batch_norm") == "yes";
  if (task_.input.rank() > 1) network.add(nn::Flatten{});
  for (int i = 0; i < layers; ++i) {
    network.add(nn::Linear{.out = width});
    if (normalise) network.add(nn::BatchNorm{});
    network.add(nn::ReLU{});
    if (dropout > 0) network.add(nn::Dropout{.p = dropout});
  }
}

// Blocks of a convolution and pooling; a picture that is too small for pooling is not pooled.
void Space::add_picture_layers(nn::Network& network, tune::Trial& trial) const {
  const int layers = static_cast<int>(number(trial, "layers"));
  const int width = static_cast<int>(number(trial, "width"));
  const auto dropout = static_cast<float>(number(trial, "dropout"));
  const bool normalise = text(trial, "batch_norm") == "yes";
  std::int64_t side = std::min(task_.input[0], task_.input[1]);
  for (int i = 0; i < layers; ++i) {
    network.add(
        nn::Conv2d{.out = width << std::min(i, 3), .kernel = 3, .padding = nn::Padding::same});
    if (normalise) network.add(nn::BatchNorm{});
    network.add(nn::ReLU{});
    if (side >= 4) network.add(nn::MaxPool2d{});
    if (side >= 4) side /= 2;
  }
  network.add(nn::Flatten{});
  if (dropout > 0) network.add(nn::Dropout{.p = dropout});
}

void Space::set_optimizer(nn::train::Training& training, tune::Trial& trial) const {
  const bool adam = text(trial, "optimizer") == "adam";
  const auto lr = static_cast<float>(number(trial, "lr"));
  const auto decay = static_cast<float>(number(trial, "weight_decay"));
  if (adam) {
    training.optimizer = optim::Adam{.lr = lr, .weight_decay = decay};
  } else {
    const auto momentum = static_cast<float>(number(trial, "momentum"));
    training.optimizer =
        optim::SGD{.lr = lr, .momentum = momentum, .nesterov = momentum > 0, .weight_decay = decay};
  }
  const std::string schedule = text(trial, "schedule");
  if (schedule == "cosine") training.schedule = optim::Cosine{};
  if (schedule == "one_cycle") training.schedule = optim::OneCycle{};
}

void Space::set_augmentation(nn::train::Training& training, tune::Trial& trial) const {
  using namespace nn::train;
  const std::string augment = text(trial, "augment");
  const auto part = [&](int axis) { return static_cast<int>(task_.input[axis] / 12); };
  if (augment != "none") training.augment.push_back(Shift{.rows = part(0), .columns = part(1)});
  if (augment == "flip" || augment == "full") training.augment.push_back(Flip{});
  if (augment == "full") {
    training.augment.push_back(Rotate{.degrees = 10});
    training.augment.push_back(Erase{.p = 0.3, .largest = 0.2});
  }
}

nn::train::Training Space::describe(tune::Trial& trial) const {
  using namespace nn::train;
  Training training;
  if (task_.input.rank() == 3)
    add_picture_layers(training.network, trial);
  else
    add_vector_layers(training.network, trial);
  training.network.add(nn::Linear{.out = static_cast<int>(task_.outputs)});
  set_optimizer(training, trial);
  if (task_.input.rank() == 3) set_augmentation(training, trial);
  training.batch = static_cast<int>(number(trial, "batch"));
  training.accumulate = static_cast<int>(number(trial, "accumulate"));
  training.ema = static_cast<float>(number(trial, "ema"));
  training.epochs = static_cast<int>(number(trial, "epochs"));
  training.seed = trial.seed();
  if (task_.classifies) {
    const double smoothing = number(trial, "label_smoothing");
    if (smoothing > 0) training.loss = CrossEntropy{.label_smoothing = smoothing};
  } else {
    training.loss = MeanSquaredError{};
    training.metrics = {MeanAbsoluteError{}, RootMeanSquaredError{}, R2{}};
    training.monitor = "val_rmse";
  }
  return training;
}

}  // namespace hone::app
