// Trainings that take their steps together: each gets, to the bit, what it gets alone.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>

#include "nn/io/model_file.h"
#include "nn/train/checkpoint.h"
#include "nn/train/fit_together.h"
#include "tensor/tape.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

nn::Network network_with(float first, float second) {
  return {nn::Conv2d{.out = 4, .kernel = 3},
          nn::BatchNorm{},
          nn::ReLU{},
          nn::MaxPool2d{},
          nn::Residual{.body = {nn::Conv2d{.out = 4, .padding = nn::Padding::same},
                                nn::Dropout{.p = first}}},
          nn::Flatten{},
          nn::Dropout{.p = second},
          nn::Linear{.out = 8},
          nn::ReLU{},
          nn::Linear{.out = 4}};
}

// 150 samples in batches of 16: the last one has 6.
Training training_of(const optim::OptimizerSpec& optimizer, std::uint64_t seed, float first,
                     float second, int epochs = 3) {
  return {.network = network_with(first, second),
          .optimizer = optimizer,
          .plateau = optim::PlateauOptions{.factor = 0.5, .patience = 0, .min_delta = 0.05},
          .epochs = epochs,
          .batch = 16,
          .seed = seed,
          .restore_best = seed % 2 == 0};
}

std::vector<Training> adam_trainings() {
  return {training_of(optim::Adam{.lr = 0.01f}, 1, 0.2f, 0.5f),
          training_of(optim::Adam{.lr = 0.003f, .beta1 = 0.8f, .weight_decay = 0.01f}, 2, 0, 0.3f),
          training_of(optim::Adam{.lr = 0.03f, .beta2 = 0.99f}, 3, 0.1f, 0, 5),
          training_of(optim::Adam{.lr = 0.02f, .epsilon = 1e-5f}, 4, 0, 0)};
}

std::vector<Training> sgd_trainings() {
  std::vector<Training> all;
  for (const float momentum : {0.5f, 0.9f, 0.99f}) {
    const auto seed = static_cast<std::uint64_t>(momentum * 100);
    all.push_back(training_of(optim::SGD{.lr = 0.02f, .momentum = momentum, .nesterov = true}, seed,
                              0.1f, momentum / 2));
    all.back().schedule = optim::OneCycle{.momentum_low = static_cast<double>(momentum) / 2};
    all.back().accumulate = 2;
    all.back().metrics = {TopK{.k = 2}, F1{}};
  }
  return all;
}

// What a fit leaves, as bytes.
struct Left {
  std::string history, reason, error;
  std::vector<float> state;
  std::vector<double> optimizer;
  Stop stop = Stop::completed;
  int best_epoch = 0;
  std::vector<std::string> messages;
};

void check_same(const Left& a, const Left& b) {
  CHECK(a.history == b.history);
  CHECK(a.reason == b.reason);
  CHECK(a.error == b.error);
  CHECK(same_bits(a.state, b.state));
  CHECK(a.optimizer == b.optimizer);
  CHECK(a.stop == b.stop);
  CHECK(a.best_epoch == b.best_epoch);
  CHECK(a.messages == b.messages);
}

// Stops the fit in the way of a pruner after some epoch.
class StopAfter : public Callback {
 public:
  explicit StopAfter(int epoch) : epoch_(epoch) {}
  std::string name() const override { return "stop_after"; }
  void on_epoch_end(EpochContext& context) override {
    if (context.record.epoch == epoch_) context.stop("as told", Stop::pruned);
  }

 private:
  int epoch_;
};

struct Setting {
  std::string device = "cpu";
  std::vector<Training> trainings;
  std::vector<int> stop_after = {};     // by training; 0: not
  std::string checkpoint = {};          // a prefix of names
  std::atomic<bool>* cancel = nullptr;  // set by the first training in its batch 25
  bool capture = true;
  int threads = 1;
};

// The trainers of a setting and what their fits left.
class Run {
 public:
  Run(const World& world, const Setting& setting) : world_(world), setting_(setting) {
    for (std::size_t i = 0; i < setting.trainings.size(); ++i) {
      std::vector<std::shared_ptr<Callback>> callbacks;
      if (i < setting.stop_after.size() && setting.stop_after[i] > 0)
        callbacks.push_back(std::make_shared<StopAfter>(setting.stop_after[i]));
      trainers_.push_back(std::make_unique<Trainer>(
          setting.trainings[i], world.train.shape(),
          world.device->new_backend({.threads = setting.threads}),
          TrainerOptions{.callbacks = callbacks, .capture = setting.capture}));
    }
    left_.resize(trainers_.size());
  }

  FitOptions options(std::size_t i) {
    FitOptions options{.validation = &world_.validation, .validation_batch = 32};
    if (!setting_.checkpoint.empty()) options.checkpoint = setting_.checkpoint + std::to_string(i);
    if (setting_.cancel == nullptr) return options;
    options.cancel = CancelToken(*setting_.cancel);
    options.checkpoint_every = 1;  // progress is told at each batch then
    options.progress = [this, i](const Progress& progress) {
      if (i == 0 && progress.epoch == 2 && progress.batch == 3) *setting_.cancel = true;
    };
    return options;
  }

  void note(std::size_t i, const FitEnd& end) {
    Left& left = left_[i];
    const FitResult& result = end.result;
    left = {result.history.json(), result.reason,  "", {}, {}, result.stop,
            result.best_epoch,     result.messages};
    if (end.error) left.error = error_of([&] { std::rethrow_exception(end.error); });
    left.state = trainers_[i]->model().parameters().state().to_vector();
    for (const optim::StateTensor& state : trainers_[i]->optimizer().state())
      for (const double value : state.tensor.to_vector<double>()) left.optimizer.push_back(value);
  }

  std::vector<Left> together() {
    std::vector<FitMember> members;
    for (std::size_t i = 0; i < trainers_.size(); ++i)
      members.push_back({*trainers_[i], options(i)});
    fit_together(members, world_.train, [&](std::size_t i, FitEnd end) {
      ended_.push_back(i);
      note(i, end);
    });
    return left_;
  }

  std::vector<Left> alone() {
    for (std::size_t i = 0; i < trainers_.size(); ++i) {
      if (setting_.cancel != nullptr && i > 0) continue;
      FitEnd end;
      try {
        end.result = trainers_[i]->fit(world_.train, options(i));
      } catch (...) {
        end.error = std::current_exception();
      }
      note(i, end);
    }
    return left_;
  }

  const std::vector<std::size_t>& ended() const { return ended_; }
  Trainer& trainer(std::size_t i) { return *trainers_[i]; }

 private:
  const World& world_;
  Setting setting_;
  std::vector<std::unique_ptr<Trainer>> trainers_;
  std::vector<Left> left_;
  std::vector<std::size_t> ended_;
};

void check_setting(const Setting& setting) {
  CAPTURE(setting.device);
  const World world(setting.device);
  const std::vector<Left> together = Run(world, setting).together();
  const std::vector<Left> alone = Run(world, setting).alone();
  for (std::size_t i = 0; i < alone.size(); ++i) {
    CAPTURE(i);
    check_same(together[i], alone[i]);
    CHECK((alone[i].history.size() > 100 || !alone[i].error.empty()));
    if (i > 0) CHECK(!same_bits(together[i].state, together[0].state));
  }
}

}  // namespace

TEST_CASE("trainings together equal trainings alone: Adam, dropout, batch norm, plateau") {
  check_setting({.device = "ref", .trainings = adam_trainings()});
  for (const bool capture : {true, false})
    check_setting({.trainings = adam_trainings(), .capture = capture, .threads = capture ? 2 : 1});
}

TEST_CASE("trainings together equal trainings alone: momentum, schedules, parts, own metrics") {
  check_setting({.trainings = sgd_trainings()});
}

TEST_CASE("trainings together on an asynchronous device that takes several models at once") {
  ::setenv("HONE_PLUGIN_PATH", HONE_TEST_PLUGINS, 1);
  check_setting({.device = "deferred", .trainings = adam_trainings()});
  check_setting({.device = "deferred", .trainings = sgd_trainings()});
  ::unsetenv("HONE_PLUGIN_PATH");
}

TEST_CASE("a training that is stopped leaves the others, which keep their bits") {
  const Setting setting{.trainings = adam_trainings(), .stop_after = {2, 1, 0, 1}};
  check_setting(setting);
  const World world;
  Run run(world, setting);
  const std::vector<Left> left = run.together();
  CHECK(run.ended() == std::vector<std::size_t>{1, 3, 0, 2});
  CHECK(left[1].stop == Stop::pruned);
  CHECK(left[2].stop == Stop::completed);
}

TEST_CASE("a training whose loss is not finite fails by itself, with the words of a single one") {
  Setting setting{.trainings = adam_trainings()};
  setting.trainings[1].optimizer = optim::Adam{.lr = 1e30f};
  check_setting(setting);
  const World world;
  const std::vector<Left> left = Run(world, setting).together();
  CHECK(contains(left[1].error, "is not finite"));
  CHECK(left[0].error.empty());
}

TEST_CASE("checkpoints of trainings together are those of single ones, byte for byte") {
  const TempFolder here;
  const World world;
  Setting setting{.trainings = adam_trainings(), .checkpoint = here / "together-"};
  Run(world, setting).together();
  setting.checkpoint = here / "alone-";
  Run(world, setting).alone();
  for (const char* member : {"0", "1", "2", "3"}) {
    const auto read = [&](const std::string& name) {
      const std::string text = read_text(here / (name + member));
      Checkpoint checkpoint =
          checkpoint_from_bytes(std::vector<std::uint8_t>(text.begin(), text.end()), name + member);
      for (EpochRecord& record : checkpoint.history.epochs) record.seconds = 0;
      return to_bytes(checkpoint);
    };
    CHECK(read("together-") == read("alone-"));
  }
}

TEST_CASE("trainings together that are cancelled go on together, or each alone, to the same bits") {
  const World world;
  const std::vector<Training> trainings = adam_trainings();
  const std::vector<Left> whole = Run(world, {.trainings = trainings}).alone();
  for (const bool cancel_together : {true, false})
    for (const bool resume_together : {true, false}) {
      const TempFolder here;
      std::atomic<bool> cancel{false};
      Setting setting{.trainings = trainings, .checkpoint = here / "c-", .cancel = &cancel};
      Run first(world, setting);
      const std::vector<Left> cut = cancel_together ? first.together() : first.alone();
      CHECK(cut[0].stop == Stop::cancelled);
      CHECK(cut[0].reason == "cancelled in epoch 2 after batch 3 of 10");
      if (cancel_together) CHECK(cut[3].reason == cut[0].reason);
      setting.cancel = nullptr;
      // Where the first alone was cancelled, the others begin anew.
      Run second(world, setting);
      const std::vector<Left> left = resume_together ? second.together() : second.alone();
      for (std::size_t i = 0; i < whole.size(); ++i) check_same(left[i], whole[i]);
    }
}

TEST_CASE("a member is an ordinary model afterwards, with what a single one has in its file") {
  const World world;
  const Setting setting{.trainings = adam_trainings()};
  Run together(world, setting), alone(world, setting);
  together.together();
  alone.alone();
  CHECK(together.trainer(2).predict(world.validation) ==
        alone.trainer(2).predict(world.validation));
  CHECK(together.trainer(2).evaluate(world.validation).loss ==
        alone.trainer(2).evaluate(world.validation).loss);
  const TempFolder here;
  nn::io::save_model(here / "together", together.trainer(2).model(), {});
  nn::io::save_model(here / "alone", alone.trainer(2).model(), {});
  CHECK(read_text(here / "together") == read_text(here / "alone"));
  // And it can be trained on.
  together.trainer(2).fit(world.train, {.validation = &world.validation});
}

TEST_CASE("what cannot be trained together is refused with the reason") {
  const Training base = adam_trainings()[0];
  const auto why = [&](const std::function<void(Training&)>& change) {
    Training other = base;
    change(other);
    return why_not_together(base, other);
  };
  CHECK(why([](Training&) {}).empty());
  CHECK(why([](Training& t) { t.epochs = 9, t.seed = 8, t.plateau = {}, t.shuffle = false; }) ==
        "");
  CHECK(contains(why([](Training& t) { t.network.add(nn::ReLU{}); }), "networks differ"));
  CHECK(contains(why([](Training& t) {
                   t.network = network_with(0.2f, 0.5f);
                   t.network = {nn::Residual{.body = t.network}};
                 }),
                 "networks differ"));
  CHECK(contains(why([](Training& t) { t.optimizer = optim::SGD{}; }), "optimizers differ"));
  CHECK(contains(why([](Training& t) { t.optimizer = optim::Adam{.clip = {.norm = 1}}; }),
                 "optimizers differ"));
  CHECK(contains(why([](Training& t) { t.batch = 8; }), "batches differ"));
  CHECK(contains(why([](Training& t) { t.loss = MeanSquaredError{}; }), "losses differ"));
  CHECK(contains(why([](Training& t) { t.metrics = {F1{}}; }), "metrics differ"));
  CHECK(contains(why([](Training& t) { t.schedule = optim::OneCycle{}; }), "schedule"));
  CHECK(contains(why([](Training& t) { t.ema = 0.9f; }), "average"));
  CHECK(contains(why([](Training& t) { t.augment = {Erase{}}; }), "augmented"));

  const World world;
  Setting setting{.trainings = {base, base}};
  setting.trainings[1].batch = 8;
  CHECK(contains(error_of([&] { Run(world, setting).together(); }), "the batches differ"));
}

TEST_CASE("members that would share a trainer, a model, a checkpoint or no backend are refused") {
  const World world;
  const Training training = adam_trainings()[0];
  const auto trainer = [&](Device& device) {
    return std::make_unique<Trainer>(training, world.train.shape(), device.new_backend());
  };
  const auto one = trainer(*world.device), two = trainer(*world.device);
  int ends = 0;
  const auto refused = [&](const std::vector<FitMember>& members) {
    return error_of(
        [&] { fit_together(members, world.train, [&](std::size_t, FitEnd) { ++ends; }); });
  };
  CHECK(contains(refused({{*one}, {*two}, {*one}}), "members 0 and 2 are the same trainer"));
  nn::Model& model = one->model();
  Trainer again(model, training);
  CHECK(contains(refused({{*one}, {again}}), "members 0 and 1 train the same model"));
  const TempFolder here;
  const auto with = [&](const std::string& path, const std::string& other) {
    return refused({{*one, {.checkpoint = here / path}}, {*two, {.checkpoint = here / other}}});
  };
  CHECK(contains(with("a", "a"), "checkpoints of members 0 and 1"));
  CHECK(contains(with("a", "./a"), "give each its own"));
  CHECK(contains(with("a.prev", "a"), "a.prev; give each its own"));
  const auto device = open_device("cpu");
  const auto elsewhere = trainer(*device);
  CHECK(contains(refused({{*one}, {*elsewhere}}), "was opened for each of them; open it once"));
  Trainer forced(training, world.train.shape(), world.device->new_backend({.conv2d = "im2col"}));
  CHECK(contains(refused({{*one}, {forced}}), "im2col"));
  CHECK(contains(error_of([&] { fit_together({{*one}}, world.train, nullptr); }), "is empty"));
  CHECK(ends == 0);
}

TEST_CASE("a model of members refuses to be used as one, and members that do not fit") {
  const World world;
  const auto one = world.model(1), two = world.model(2);
  nn::Model both({one.get(), two.get()}, world.device->new_backend());
  CHECK(both.models() == 2);
  CHECK(same_bits(both.parameters().state().model(1).to_vector(),
                  two->parameters().state().to_vector()));
  CHECK(contains(error_of([&] { both.predict(world.validation.samples()); }), "holds 2 models"));
  const auto other = world.model(1, 1, batch_norm_cnn());
  CHECK(contains(error_of([&] {
                   nn::Model({one.get(), other.get()}, world.device->new_backend());
                 }),
                 "differ in dropout rates alone"));
  CHECK(
      contains(error_of([&] { nn::Model({&both}, world.device->new_backend()); }), "has members"));
}
