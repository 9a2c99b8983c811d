// Sets of shards: written, read, and trained on from the disk.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "nn/data/shards.h"
#include "nn/data/split.h"
#include "nn/train/callbacks.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;
using nn::data::Dataset;
using nn::data::open_shards;
using nn::data::ShardWriter;
using nn::data::write_shards;

namespace {

constexpr std::int64_t kRows = 32;  // of a shard

// Quadrants with a weight for each sample, in shards of kRows.
Dataset pictures(Device& device, std::int64_t count, std::uint64_t seed) {
  const Dataset plain = nn::data::upload(device, quadrants(count, seed), 4);
  std::vector<float> weights;
  for (std::int64_t i = 0; i < count; ++i) weights.push_back(0.5f + static_cast<float>(i % 3));
  return Dataset({.samples = plain.samples(),
                  .labels = plain.labels(),
                  .columns = {{.name = "weight",
                               .values = Tensor::from<float>(device, weights, Shape{count})}},
                  .standardization = {{0.3f}, {2.0f}},
                  .class_names = {"a", "b", "c", "d"},
                  .shard_rows = kRows});
}

// The same twice: in memory, and on disk.
struct Sets {
  explicit Sets(const std::string& name = "cpu", std::int64_t count = 150)
      : device(open_device(name)),
        train(pictures(*device, count, 1)),
        validation(pictures(*device, 70, 2)) {
    write_shards(folder / "train", train, kRows);
    write_shards(folder / "validation", validation, kRows);
    streamed = open_shards(*device, folder / "train");
    streamed_validation = open_shards(*device, folder / "validation");
  }
  TempFolder folder;
  std::shared_ptr<Device> device;
  Dataset train, validation, streamed, streamed_validation;
};

Training training() {
  return {.network = small_cnn(),
          .optimizer = optim::Adam{.lr = 0.01f},
          .loss = CrossEntropy{.weight = "weight"},
          .augment = {Shift{.rows = 1, .columns = 1}, Mixup{.p = 0.5}},
          .epochs = 3,
          .batch = 12,
          .seed = 5};
}

struct Outcome {
  std::vector<float> weights;
  std::string history;
  Stop stop;
  bool operator==(const Outcome& other) const {
    return same_bits(weights, other.weights) && history == other.history;
  }
};

Outcome fit(Device& device, const Training& training, const Dataset& train,
            const Dataset& validation, FitOptions options = {}, bool capture = true) {
  Trainer trainer(training, train.shape(), device.new_backend({.threads = 1}),
                  {.capture = capture});
  options.validation = &validation;
  options.validation_batch = 20;
  const FitResult result = trainer.fit(train, options);
  return {weights(trainer.model()), result.history.json(), result.stop};
}

// The most memory that this process has held, in KiB, since it was last reset.
void reset_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }
std::int64_t status(const std::string& field) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(field + ":")) return std::stoll(line.substr(field.size() + 1));
  return 0;
}

}  // namespace

TEST_CASE("the order of an epoch in shards is one of shards, then one within each") {
  const auto order = nn::data::epoch_order(7, 3, 107, 10);
  REQUIRE(order.size() == 107);
  std::vector<std::int32_t> sorted = order, shards;
  std::sort(sorted.begin(), sorted.end());
  for (std::int32_t i = 0; i < 107; ++i) CHECK(sorted[static_cast<std::size_t>(i)] == i);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i % 10 == 0) shards.push_back(order[i] / 10);
    CHECK(order[i] / 10 == shards.back());
  }
  CHECK(shards.back() == 10);  // what is left comes last
  CHECK_FALSE(std::is_sorted(shards.begin(), shards.end()));
  CHECK_FALSE(std::is_sorted(order.begin(), order.begin() + 10));
  CHECK(order != nn::data::epoch_order(7, 4, 107, 10));
  // Without shards, and with one that holds all, it is what it always was.
  CHECK(nn::data::epoch_order(7, 3, 107) == nn::data::epoch_order(7, 3, 107, 0));
  CHECK(nn::data::epoch_order(7, 3, 107) == nn::data::epoch_order(7, 3, 107, 1000));
}

TEST_CASE("training from disk gives the bits of training from memory") {
  for (const char* name : {"cpu", "ref"}) {
    const Sets sets(name);
    const Training spec = training();
    const Outcome expected = fit(*sets.device, spec, sets.train, sets.validation);
    CHECK(fit(*sets.device, spec, sets.streamed, sets.streamed_validation) == expected);
    CHECK(fit(*sets.device, spec, nn::data::load_shards(*sets.device, sets.folder / "train"),
              sets.validation) == expected);
    if (name == std::string("ref")) continue;
    CHECK(fit(*sets.device, spec, sets.streamed, sets.validation, {}, false) == expected);
    // A batch that is as large as a shard, a set of whole shards, no shuffling, parts of a batch.
    for (const std::int64_t count : {std::int64_t{128}, std::int64_t{129}, std::int64_t{20}}) {
      const Sets other(name, count);
      Training changed = spec;
      changed.batch = kRows;
      changed.shuffle = count != 129;
      if (count == 128) {
        changed.batch = 8;
        changed.accumulate = 4;
      }
      CHECK(fit(*other.device, changed, other.streamed, other.streamed_validation) ==
            fit(*other.device, changed, other.train, other.validation));
    }
  }
}

TEST_CASE("the data set says of itself on disk what it said in memory") {
  const Sets sets;
  const Dataset& disk = sets.streamed;
  CHECK(disk.count() == 150);
  CHECK(disk.shape() == sets.train.shape());
  CHECK(disk.class_names() == sets.train.class_names());
  CHECK(disk.standardization() == sets.train.standardization());
  CHECK(disk.shard_rows() == kRows);
  CHECK(disk.column("weight", "test").values.shape() == Shape{1});
  CHECK(contains(error_of([&] { disk.samples(); }),
                 "usage: dataset: the samples of a set of shards"));
  CHECK(contains(error_of([&] { disk.labels(); }), "stay on disk"));
  Trainer trainer(training(), disk.shape(), sets.device->new_backend({.threads = 1}));
  CHECK(same_bits(trainer.predict(disk), trainer.predict(sets.train)));
  const Evaluation a = trainer.evaluate(disk, 32), b = trainer.evaluate(sets.train, 32);
  CHECK(a.loss == b.loss);
  CHECK(a.accuracy == b.accuracy);
  CHECK(a.count == 150);
}

TEST_CASE("a training from disk that is cancelled anywhere goes on with the same bits") {
  const Sets sets;
  const Outcome expected = fit(*sets.device, training(), sets.streamed, sets.validation);
  for (const int every : {1, 5, 7}) {
    Outcome last;
    int runs = 0;
    do {
      std::atomic<bool> flag{false};
      int batches = 0;
      // Progress is told when a checkpoint is due: here after each batch.
      const auto count = [&](const Progress& now) {
        flag = ++batches == every && now.batch < now.batches;
      };
      last = fit(*sets.device, training(), sets.streamed, sets.validation,
                 {.cancel = CancelToken(flag),
                  .checkpoint = sets.folder / fmt::format("c{}", every),
                  .checkpoint_every = 1,
                  .progress = count});
    } while (last.stop == Stop::cancelled && ++runs < 100);
    CHECK(runs >= 1);
    CHECK(last == expected);
  }
}

TEST_CASE("a shard that cannot be read ends the training with its name, and mended it goes on") {
  const Sets sets;
  const auto file = sets.folder / "train/shard-00003.safetensors";
  const std::string good = read_text(file);
  const Outcome expected = fit(*sets.device, training(), sets.streamed, sets.validation);
  const auto run = [&] {
    return fit(*sets.device, training(), sets.streamed, sets.validation,
               {.checkpoint = sets.folder / "c", .checkpoint_every = 1});
  };
  std::filesystem::remove(file);
  CHECK(contains(error_of(run), "data: "));
  CHECK(contains(error_of(run), "shard-00003.safetensors"));
  std::string bad = good;
  bad[bad.size() / 2] = static_cast<char>(bad[bad.size() / 2] ^ 4);
  write_text(file, bad);
  CHECK(contains(error_of(run), "shard-00003.safetensors: is damaged"));
  CHECK(contains(error_of([&] {
                   Trainer trainer(training(), sets.train.shape(),
                                   sets.device->new_backend({.threads = 1}));
                   trainer.evaluate(sets.streamed, 16);
                 }),
                 "shard-00003.safetensors: is damaged"));
  write_text(file, good);
  CHECK(run() == expected);
}

TEST_CASE("a set many times larger than what is held is trained on") {
  const TempFolder folder;
  const auto device = open_device("cpu");
  constexpr std::int64_t kShard = 128, kShards = 48;  // of 1 MiB each
  {
    ShardWriter writer(folder / "set", kShard);
    for (std::int64_t i = 0; i < kShards; ++i) {
      std::vector<std::uint8_t> bytes(kShard * 64 * 64 * 2, static_cast<std::uint8_t>(i));
      std::vector<std::int32_t> labels(kShard, static_cast<std::int32_t>(i % 4));
      writer.append(
          Dataset({.samples = Tensor::from<std::uint8_t>(*device, bytes, Shape{kShard, 64, 64, 2}),
                   .labels = Tensor::from<std::int32_t>(*device, labels, Shape{kShard}),
                   .classes = 4}));
    }
    writer.finish();
  }
  const auto fresh = open_device("cpu");
  const Dataset data = open_shards(*fresh, folder / "set");
  CHECK(data.count() == kShard * kShards);
  Trainer trainer(
      {.network = {nn::AvgPool2d{.kernel = 8}, nn::Flatten{}, nn::Linear{.out = 4}}, .batch = 64},
      data.shape(), fresh->new_backend({.threads = 1}));
  reset_peak();
  const std::int64_t before = status("VmRSS");
  trainer.fit(data);
  const std::int64_t grown = status("VmHWM") - before;
  CHECK(grown < 20 * 1024);  // KiB, of the 48 MiB on disk
  CHECK(fresh->pool()->stats().peak_bytes < (std::uint64_t{12} << 20));
}

TEST_CASE("writing a set refuses what does not belong together") {
  const Sets sets;
  CHECK(contains(error_of([&] { write_shards(sets.folder / "train", sets.train, 8); }),
                 "there is a set in this folder"));
  CHECK(
      contains(error_of([&] { write_shards(sets.folder / "none", sets.train, 0); }), "rows is 0"));
  ShardWriter writer(sets.folder / "mixed", 16);
  CHECK(contains(error_of([&] { writer.finish(); }), "there are no samples"));
  writer.append(sets.train);
  CHECK(
      contains(error_of([&] { writer.append(nn::data::upload(*sets.device, quadrants(4, 1), 4)); }),
               "all parts must agree"));
  // Nothing is a set before finish().
  CHECK(
      contains(error_of([&] { open_shards(*sets.device, sets.folder / "mixed"); }), "shards.json"));
  writer.append(sets.validation);
  writer.finish();
  CHECK(open_shards(*sets.device, sets.folder / "mixed").count() == 220);
}

TEST_CASE("a description that does not fit is refused with its place") {
  const Sets sets;
  const auto file = sets.folder / "train/shards.json";
  const std::string good = read_text(file);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    write_text(file, text.replace(at, from.size(), to));
    return error_of([&] { open_shards(*sets.device, sets.folder / "train"); });
  };
  CHECK(
      contains(with("hone shards 1", "hone shards 9"), "shards.json: format: is not that of this"));
  CHECK(contains(with("\"rows\": 32", "\"rows\": 0"), "rows"));
  CHECK(contains(with("\"rows\": 32", "\"rows\": 31"), "the array"));
  CHECK(contains(with("\"rows\": 32", "\"rows\": 16"), "digests: has 5 entries"));
  CHECK(contains(with("\"column weight\"", "\"column other\""), "is not the next field"));
  CHECK(contains(with("{", "["), "data: "));
}

TEST_CASE("what does not go with samples on disk is said") {
  const Sets sets;
  Training spec = training();
  spec.batch = 33;
  CHECK(contains(error_of([&] { fit(*sets.device, spec, sets.streamed, sets.validation); }),
                 "a batch of 33 is larger than a shard of 32 samples"));
  spec = training();
  spec.metrics = {F1{}};
  CHECK(error_of([&] { fit(*sets.device, spec, sets.streamed, sets.validation); }) == "");
  CHECK(contains(error_of([&] { fit(*sets.device, spec, sets.train, sets.streamed_validation); }),
                 "needs all samples at once"));
  // A checkpoint belongs to one set.
  const FitOptions options{.checkpoint = sets.folder / "c"};
  fit(*sets.device, training(), sets.streamed, sets.validation, options);
  CHECK(contains(error_of([&] {
                   fit(*sets.device, training(), sets.streamed_validation, sets.validation,
                       options);
                 }),
                 "data was"));
}
