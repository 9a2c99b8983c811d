// Callbacks against what Keras itself did, and their state.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "nn/io/model_file.h"
#include "nn/train/callbacks.h"
#include "nn/train/history_csv.h"
#include "tests/nn/train_fixture.h"
#include "tests/test_paths.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;
using Json = nlohmann::json;

namespace {

double number(const Json& value) {
  if (!value.is_string()) return value.get<double>();
  const auto text = value.get<std::string>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  return text == "inf" ? std::numeric_limits<double>::infinity()
                       : -std::numeric_limits<double>::infinity();
}

Json golden(const std::string& name) {
  return Json::parse(read_text(hone::test::goldens_dir() + "/" + name));
}

// Runs callbacks over a column of metrics without training.
struct Replay {
  Replay() : device(open_device("ref")), slots(model) {}

  TrainContext train_context() {
    return {model,    *optimizer,
            training, data,
            history,  true,
            slots,    [this](const std::string& line) {
              messages.push_back(line); }};
  }
  // One epoch whose val_loss (or val_accuracy) is `value`. Returns false when a callback stopped.
  bool epoch(Callback& callback, double value) {
    EpochRecord record;
    record.epoch = static_cast<int>(history.epochs.size()) + 1;
    record.val_loss = record.val_accuracy = value;
    history.epochs.push_back(record);
    bool stopped = false;
    EpochContext context{train_context(), record, [&](Stop kind, const std::string& why) {
                           stopped = true;
                           stop = kind;
                           reason = why;
                         }};
    callback.on_epoch_end(context);
    return !stopped;
  }

  std::shared_ptr<Device> device;
  nn::Model model{{nn::Flatten{}, nn::Linear{.out = 1}}, {1, 1, 1}, device->new_backend(), 1};
  std::unique_ptr<optim::Optimizer> optimizer =
      optim::make_optimizer(optim::SGD{}, model.parameters());
  Training training;
  nn::data::Dataset data;
  History history;
  WeightSlots slots;
  std::vector<std::string> messages;
  Stop stop = Stop::completed;
  std::string reason;
};

// A fresh callback with the state of another, as after a resume.
template <class C>
void move_state(C& from, C& to, Replay& replay) {
  TrainContext context = replay.train_context();
  to.on_train_begin(context);
  to.restore(from.state());
}

}  // namespace

TEST_CASE("the learning rate follows the path that Keras took, also across a resume") {
  const Json cases = golden("plateau.json").at("keras");
  REQUIRE(cases.size() >= 20);
  for (const Json& item : cases) {
    CAPTURE(item.at("name").get<std::string>());
    const Json& o = item.at("options");
    const bool maximize = o.at("mode") == "max";
    const optim::PlateauOptions options{.factor = o.at("factor"),
                                        .patience = o.at("patience"),
                                        .min_delta = o.at("min_delta"),
                                        .cooldown = o.at("cooldown"),
                                        .min_lr = o.at("min_lr"),
                                        .maximize = maximize};
    const std::string monitor = maximize ? "val_accuracy" : "val_loss";
    Replay replay;
    replay.optimizer->set_learning_rate(o.at("initial_lr").get<float>());
    auto callback = std::make_unique<ReduceLROnPlateau>(monitor, options);
    TrainContext context = replay.train_context();
    callback->on_train_begin(context);
    for (std::size_t e = 0; e < item.at("values").size(); ++e) {
      replay.epoch(*callback, number(item.at("values")[e]));
      CHECK(replay.optimizer->learning_rate() ==
            doctest::Approx(item.at("rates")[e].get<double>()).epsilon(1e-6));
      auto resumed = std::make_unique<ReduceLROnPlateau>(monitor, options);
      move_state(*callback, *resumed, replay);
      callback = std::move(resumed);
    }
  }
}

TEST_CASE("the tutorial's validation losses cut the rate exactly once, after epoch 21") {
  const double losses[] = {.3602, .3058, .3119, .2789, .2852, .2629, .2638, .2407, .2378, .2578,
                           .2294, .2688, .2734, .2525, .2913, .2868, .2778, .3161, .2810, .3122,
                           .3241, .3113, .3200, .3224, .3206, .3241, .3254, .3282, .3269, .3415};
  Replay replay;
  replay.optimizer->set_learning_rate(0.0635f);
  ReduceLROnPlateau plateau;
  TrainContext context = replay.train_context();
  plateau.on_train_begin(context);
  std::vector<float> in_force;
  for (const double loss : losses) {
    in_force.push_back(replay.optimizer->learning_rate());
    replay.epoch(plateau, loss);
  }
  for (int e = 0; e < 30; ++e)
    CHECK(in_force[static_cast<std::size_t>(e)] == doctest::Approx(e <= 20 ? 0.0635 : 0.00635));
  REQUIRE(replay.messages.size() == 1);
  CHECK(replay.messages[0] ==
        "epoch 21: val_loss did not improve for 10 epochs; learning rate 0.0635 -> 0.00635");
}

TEST_CASE("early stopping stops where Keras stopped and restores what Keras restored") {
  const Json cases = golden("early_stopping.json").at("keras");
  REQUIRE(cases.size() >= 20);
  for (const Json& item : cases) {
    CAPTURE(item.at("name").get<std::string>());
    const Json& o = item.at("options");
    const bool maximize = o.at("mode") == "max";
    EarlyStoppingOptions options{.monitor = maximize ? "val_accuracy" : "val_loss",
                                 .min_delta = o.at("min_delta"),
                                 .patience = o.at("patience"),
                                 .start_from_epoch = o.at("start_from_epoch"),
                                 .restore_best_weights = true};
    if (!o.at("baseline").is_null()) options.baseline = number(o.at("baseline"));
    Replay replay;
    const Tensor& weight = replay.model.parameters().tensor("linear_1.weight");
    auto callback = std::make_unique<EarlyStopping>(options);
    TrainContext context = replay.train_context();
    callback->on_train_begin(context);
    std::size_t run = 0;
    bool going = true;
    while (going && run < item.at("values").size()) {
      weight.assign(std::vector<float>{static_cast<float>(run)});  // marks the epoch
      going = replay.epoch(*callback, number(item.at("values")[run]));
      ++run;
      auto resumed = std::make_unique<EarlyStopping>(options);
      move_state(*callback, *resumed, replay);
      callback = std::move(resumed);
    }
    CHECK(run == item.at("epochs_run").get<std::size_t>());
    CHECK(going == item.at("stopped_epoch").is_null());
    if (!going) CHECK(replay.stop == Stop::early_stopped);
    const int best = item.at("best_epoch").is_null() ? 0 : item.at("best_epoch").get<int>() + 1;
    CHECK(callback->best_epoch() == best);
    callback->on_train_end(context);
    const double restored = item.at("restored_epoch").is_null()
                                ? static_cast<double>(run) - 1
                                : item.at("restored_epoch").get<double>();
    CHECK(weight.item() == restored);
  }
}

TEST_CASE("fit ends early with the callback's reason, and the best weights are back") {
  const World world("cpu");
  auto model = world.model();
  const auto stopping = std::make_shared<EarlyStopping>(
      EarlyStoppingOptions{.monitor = "val_accuracy", .patience = 2, .restore_best_weights = true});
  Trainer trainer(*model, {.optimizer = optim::SGD{.lr = 0.0f}, .epochs = 10},
                  {.callbacks = {stopping}});
  const auto result = trainer.fit(world.train, {.validation = &world.validation});
  CHECK(result.stop == Stop::early_stopped);
  CHECK(result.history.epochs.size() == 3);
  CHECK(contains(result.reason, "epoch 3: early stopping, val_accuracy did not improve for 2"));
  CHECK(stopping->best_epoch() == 1);
  CHECK(contains(result.messages.back(), "weights of epoch 1"));
}

TEST_CASE("a callback ends the fit as pruned, with its reason") {
  const World world("cpu");
  auto model = world.model();
  const auto pruning = std::make_shared<LambdaCallback>([](EpochContext& context) {
    if (context.record.epoch == 2) context.stop("worse than the median", Stop::pruned);
  });
  Trainer trainer(*model, {.epochs = 5}, {.callbacks = {pruning}});
  const auto result = trainer.fit(world.train, {.validation = &world.validation});
  CHECK(result.stop == Stop::pruned);
  CHECK(result.reason == "worse than the median");
  CHECK(result.history.epochs.size() == 2);
}

TEST_CASE("the best model is in the file that ModelCheckpoint wrote") {
  const World world("cpu");
  const TempFolder folder;
  auto model = world.model();
  const auto saving = std::make_shared<ModelCheckpoint>(
      ModelCheckpointOptions{.path = folder / "best.safetensors",
                             .monitor = "val_loss",
                             .class_names = {"a", "b", "c", "d"}});
  const auto spoil = std::make_shared<LambdaCallback>(
      [](EpochContext& c) { c.set_learning_rate(c.record.epoch < 3 ? 0.02f : 0.5f); });
  Trainer trainer(*model, {.optimizer = optim::SGD{.lr = 0.02f, .momentum = 0.9f}, .epochs = 6},
                  {.callbacks = {saving, spoil}});
  const auto result = trainer.fit(world.train, {.validation = &world.validation});
  double best = std::numeric_limits<double>::infinity();
  for (const auto& epoch : result.history.epochs) best = std::min(best, *epoch.val_loss);
  auto loaded = nn::io::load_model(folder / "best.safetensors", world.device->new_backend());
  CHECK(loaded.classes == std::vector<std::string>{"a", "b", "c", "d"});
  Trainer other(*loaded.model);
  CHECK(other.evaluate(world.validation).loss == doctest::Approx(best).epsilon(1e-12));
}

TEST_CASE("a metric that is not there is refused before the first epoch, with those that are") {
  const World world("cpu");
  auto model = world.model();
  Trainer trainer(*model, {.plateau = optim::PlateauOptions{}});
  const std::string error = error_of([&] { trainer.fit(world.train); });
  CHECK(contains(error, "usage: reduce_lr_on_plateau: there is no metric 'val_loss'"));
  CHECK(contains(error, "loss, accuracy, learning_rate"));
  CHECK(model->step_counter().item() == 0);
  CHECK(contains(error_of([] { EarlyStopping({.monitor = "speed"}); }), "metric 'speed'"));
  CHECK(contains(error_of([] { ReduceLROnPlateau("val_loss", {.factor = 1.0}); }), "factor is 1"));
}

TEST_CASE("saved states that nobody wrote are refused") {
  EarlyStopping stopping;
  ModelCheckpoint saving({.path = "x"});
  ReduceLROnPlateau plateau;
  for (const char* text : {"", "{}", "[]", "{\"best\": \"x\", \"best_epoch\": 1, \"wait\": 0}"}) {
    CHECK(contains(error_of([&] { stopping.restore(text); }), "data: early_stopping"));
    CHECK(contains(error_of([&] { saving.restore(text); }), "data: model_checkpoint"));
    CHECK(contains(error_of([&] { plateau.restore(text); }), "data: plateau"));
  }
}

TEST_CASE("a history is the same after CSV's and JSON's round trip") {
  History history;
  history.epochs.push_back({1, 0.1 + 0.2, 1.0 / 3, 0.25, 0.5, 0.0635f, 12.5, 150});
  history.epochs.push_back({2, 1e-9, 1, std::nullopt, std::nullopt, 0.00635f, 1, 150});
  history.epochs.push_back({3, 1, 1, std::numeric_limits<double>::infinity(), 0.0, 1e-5f, 1, 150});
  const History again = History::from_json(history.json());
  CHECK(again.json() == history.json());
  CHECK(again.csv() == history.csv());
  CHECK(again.epochs[0].loss == 0.1 + 0.2);
  CHECK(std::isinf(*again.epochs[2].val_loss));
  CHECK(history.csv() ==
        "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,images\n"
        "1,0.30000000000000004,0.3333333333333333,0.25,0.5,0.0635,150\n"
        "2,1e-09,1,,,0.00635,150\n"
        "3,1,1,inf,0,1e-05,150\n");
  history.epochs.resize(1);
  history.epochs[0].metrics = {{"top 3, \"strict\"", 0.5}};
  CHECK(history.csv() ==
        "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,images,\"top 3, \"\"strict\"\"\"\n"
        "1,0.30000000000000004,0.3333333333333333,0.25,0.5,0.0635,150,0.5\n");
  CHECK(contains(error_of([] { History::from_json("{\"epochs\": [{\"epoch\": 1}]}"); }),
                 "data: history: epochs[0]: 'loss' is missing"));
  CHECK(contains(error_of([] { History::from_json("nonsense"); }), "data: history"));
}

TEST_CASE("what the CSV of a history says is read again, and damage is told with its line") {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  History history;
  history.epochs.push_back({1, 0.1 + 0.2, 1.0 / 3, 0.25, 0.5, 0.0635f, 0, 150});
  history.epochs.push_back({2, kNaN, kNaN, std::nullopt, std::nullopt, 1e-5f, 0, 150});
  for (EpochRecord& epoch : history.epochs)
    epoch.metrics = {
        {"top 3, \"strict\"", 1.0 / epoch.epoch}, {"two\nlines", -kNaN}, {"mae", 1e-300}};
  const std::string csv = history.csv();
  const History again = history_from_csv(csv);
  CHECK(again.csv() == csv);
  CHECK(again.json() == history.json());
  REQUIRE(again.epochs.size() == 2);
  CHECK(again.epochs[0].learning_rate == 0.0635f);
  CHECK(again.epochs[0].metrics[0] == history.epochs[0].metrics[0]);
  CHECK_FALSE(again.epochs[1].val_loss.has_value());
  CHECK(std::isnan(again.epochs[1].accuracy));
  CHECK(history_from_csv(History{}.csv()).epochs.empty());
  const std::string head = History{}.csv();
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "line 1: is not epoch,loss"},
           {"epoch\n1\n", "line 1: is not epoch,loss"},
           {csv.substr(0, csv.size() - 1), "is not whole"},
           {head + "1,2,3\n", "line 2: has 3 cells, the first line has 7"},
           {head + "1,x,,,,0.1,150\n", "line 2: 'x' is no number"},
           {head + "1,1,,,,0.1,150\n2,,,,,0.1,150\n", "line 3: loss is missing"}}) {
    const std::string damaged = text;
    const std::string error = error_of([&] { history_from_csv(damaged); });
    CHECK(contains(error, "data: history: "));
    CHECK(contains(error, part));
  }
}
