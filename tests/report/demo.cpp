// The made-up study.
#include "tests/report/demo.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace hone::report {

namespace {

using tune::TrialRecord;
using tune::TrialState;

constexpr std::array<const char*, 10> kClasses = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                                  "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                                  "Bag",         "Ankle boot"};

// A small generator of its own: the pages of two runs must be equal byte by byte.
class Random {
 public:
  double uniform() {
    state_ = state_ * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<double>(state_ >> 40) / static_cast<double>(1u << 24);
  }
  double between(double lo, double hi) { return lo + (hi - lo) * uniform(); }

 private:
  std::uint64_t state_ = 20201230;
};

void put32(std::vector<std::uint8_t>& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(v >> shift));
}

std::uint32_t crc32(const std::vector<std::uint8_t>& bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ ((crc & 1) ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

void put_chunk(std::vector<std::uint8_t>& out, std::string_view type,
               const std::vector<std::uint8_t>& data) {
  std::vector<std::uint8_t> body(type.begin(), type.end());
  body.insert(body.end(), data.begin(), data.end());
  put32(out, static_cast<std::uint32_t>(data.size()));
  out.insert(out.end(), body.begin(), body.end());
  put32(out, crc32(body));
}

tune::Parameter real(const std::string& name, double low, double high, bool log, double value) {
  return {name, tune::FloatDistribution{.low = low, .high = high, .log = log}, value};
}

TrialRecord finished(Random& random, int number, double skill) {
  TrialRecord trial;
  trial.number = number;
  trial.state = TrialState::complete;
  const double rate =
      std::pow(10.0, random.between(-5, -1) * (1 - skill) + random.between(-3.4, -2.6) * skill);
  const int blocks = skill > 0.5 ? 2 + static_cast<int>(random.uniform() * 2)
                                 : 1 + static_cast<int>(random.uniform() * 4);
  const bool adam = random.uniform() < 0.5 + 0.45 * skill;
  const double dropout = random.between(0, 0.5);
  const std::vector<tune::Value> choices = {std::string("Adam"), std::string("SGD")};
  trial.params = {
      {"n_blocks", tune::IntDistribution{.low = 1, .high = 4}, static_cast<double>(blocks)},
      real("dropout_rate", 0, 0.5, false, dropout),
      {"optimizer", tune::CategoricalDistribution{choices}, adam ? 0.0 : 1.0},
      real(adam ? "adam_lr" : "sgd_lr", 1e-5, 1e-1, true, rate)};
  if (!adam)
    trial.params.push_back(
        real("sgd_momentum", 1e-5, 1e-1, true, std::pow(10.0, random.between(-5, -1))));

  const double off = std::log10(rate) - (adam ? -3.0 : -1.6);
  double final = 0.927 - 0.011 * off * off - 0.06 * (dropout - 0.2) * (dropout - 0.2) -
                 0.004 * std::abs(blocks - 2.4);
  if (adam && rate > 0.012) final = 0.1;  // diverged
  final = std::max(0.1, final + random.between(-0.003, 0.003));
  for (int epoch = 1; epoch <= 12; ++epoch) {
    const double value =
        final - (final - 0.1) * 0.35 * std::exp(-epoch / 2.2) + random.between(-0.004, 0.004);
    trial.intermediate[epoch - 1] = epoch == 12 ? final : value;
  }
  trial.values = {final};
  trial.start_time = 1609459200000000;  // 2021-01-01
  trial.end_time =
      trial.start_time + static_cast<std::int64_t>((30 + 22 * blocks + random.between(0, 6)) * 1e6);
  return trial;
}

// Leaves the first `epochs` reports.
void cut(TrialRecord& trial, int epochs) {
  trial.intermediate.erase(trial.intermediate.lower_bound(epochs), trial.intermediate.end());
}

void prune(TrialRecord& trial, double median) {
  trial.state = TrialState::pruned;
  cut(trial, 4);
  trial.values = {trial.intermediate.at(3)};
  trial.end_time = trial.start_time + (trial.end_time - trial.start_time) / 3;
  trial.user_attrs["prune_reason"] = fmt::format(
      "\"stopped at epoch 4: {:.1f}%, median of the finished trials there {:.1f}%; saved 8 "
      "epochs\"",
      trial.values[0] * 100, median * 100);
}

void add_trials(ReportData& data) {
  Random random;
  for (int i = 0; i < 30; ++i) {
    TrialRecord trial = finished(random, i, i < 8 ? 0.0 : 0.55 + 0.015 * i);
    if (i == 0) {
      trial = finished(random, i, 1.0);
      for (auto& [step, value] : trial.intermediate) value -= 0.014;
      trial.values[0] -= 0.014;
    } else if (i == 5) {
      trial.state = TrialState::fail;
      trial.values.clear();
      cut(trial, 3);
      trial.user_attrs["fail_reason"] =
          "\"the loss was not finite in epoch 4 (learning rate 0.0871): gradients exploded in "
          "conv2d_3\"";
    } else if (i > 5 && trial.intermediate.at(3) < 0.86) {
      prune(trial, 0.868);
    }
    data.trials.push_back(trial);
  }
  const TrialRecord* best = nullptr;
  for (const TrialRecord& trial : data.trials) {
    if (trial.state != TrialState::complete) continue;
    if (best == nullptr || trial.values[0] > best->values[0]) best = &trial;
  }
  data.best_trial = best->number;
  data.best_standard_error = std::sqrt(best->values[0] * (1 - best->values[0]) / 5000);
  data.default_trial = 0;
  data.startup_median_value = 0.8714;
}

void add_history(ReportData& data) {
  Random random;
  for (int epoch = 1; epoch <= 30; ++epoch) {
    const bool cut = epoch > 21;
    const double t = epoch;
    nn::train::EpochRecord row;
    row.epoch = epoch;
    row.loss = cut ? 0.045 - 0.002 * (t - 22)
                   : 0.56 * std::exp(-t / 9) + 0.02 + random.between(-0.006, 0.006);
    row.accuracy = cut ? 0.986 + 0.0009 * (t - 22)
                       : 0.985 - 0.19 * std::exp(-t / 6.5) + random.between(-0.002, 0.002);
    row.val_loss = cut ? 0.24 + 0.002 * (t - 22)
                       : 0.36 * std::exp(-t / 5) + 0.19 + 0.003 * t + random.between(-0.02, 0.02);
    row.val_accuracy = cut ? 0.9305 + random.between(-0.001, 0.001)
                           : 0.922 - 0.06 * std::exp(-t / 4) + random.between(-0.005, 0.005);
    row.learning_rate = cut ? 1.12e-4f : 1.12e-3f;
    data.history.epochs.push_back(row);
  }
}

void add_confusion(ReportData& data) {
  for (const char* name : kClasses) data.class_names.emplace_back(name);
  data.confusion = {{885, 2, 14, 12, 3, 0, 74, 0, 10, 0}, {1, 987, 0, 8, 2, 0, 2, 0, 0, 0},
                    {15, 1, 859, 9, 58, 0, 56, 0, 2, 0},  {14, 5, 8, 928, 22, 0, 21, 0, 2, 0},
                    {0, 1, 47, 23, 882, 0, 47, 0, 0, 0},  {0, 0, 0, 0, 0, 984, 0, 12, 0, 4},
                    {99, 0, 55, 23, 54, 0, 766, 0, 3, 0}, {0, 0, 0, 0, 0, 8, 0, 976, 0, 16},
                    {3, 1, 2, 2, 2, 2, 3, 1, 984, 0},     {0, 0, 0, 0, 0, 5, 1, 25, 0, 969}};
  for (std::size_t c = 0; c < kClasses.size(); ++c) {
    for (std::size_t i = 0; i < 10; ++i) {
      data.samples.push_back({.png = demo_png(static_cast<std::uint8_t>(20 * c + i)),
                              .truth = kClasses[c],
                              .predicted = {}});
    }
  }
  for (std::size_t i = 0; i < 12; ++i) {
    data.mistakes.push_back({.png = demo_png(static_cast<std::uint8_t>(255 - i)),
                             .truth = kClasses[i % 10],
                             .predicted = kClasses[(i + 6) % 10],
                             .confidence = 0.9999 - 0.001 * static_cast<double>(i)});
  }
  data.pictures_light_on_black = true;
}

nn::LayerCost layer(const std::string& name, const std::string& text, const Shape& output,
                    std::int64_t parameters, std::int64_t flops, std::int64_t activation_bytes) {
  nn::LayerCost cost;
  cost.name = name;
  cost.text = text;
  cost.output = output;
  cost.parameters = parameters;
  cost.flops = flops;
  cost.activation_bytes = activation_bytes;
  return cost;
}

}  // namespace

std::vector<std::uint8_t> demo_png(std::uint8_t shade) {
  constexpr std::uint8_t kSide = 8;
  std::vector<std::uint8_t> raw;
  for (int y = 0; y < kSide; ++y) {
    raw.push_back(0);  // no filter
    for (int x = 0; x < kSide; ++x) raw.push_back((x - 4) * (y - 4) > 0 ? shade : 0);
  }
  std::uint32_t a = 1, b = 0;
  for (const std::uint8_t byte : raw) a = (a + byte) % 65521, b = (b + a) % 65521;
  const std::uint8_t size = static_cast<std::uint8_t>(raw.size());
  // One stored block: a zlib stream that needs no compressor.
  std::vector<std::uint8_t> zlib = {0x78, 0x01, 0x01, size, 0, static_cast<std::uint8_t>(~size),
                                    0xFF};
  zlib.insert(zlib.end(), raw.begin(), raw.end());
  put32(zlib, (b << 16) | a);
  std::vector<std::uint8_t> png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  put_chunk(png, "IHDR", {0, 0, 0, kSide, 0, 0, 0, kSide, 8, 0, 0, 0, 0});
  put_chunk(png, "IDAT", zlib);
  put_chunk(png, "IEND", {});
  return png;
}

ReportData demo_report() {
  ReportData data;
  data.value_name = "validation accuracy";
  data.value_is_fraction = true;
  data.step_name = "epoch";
  data.first_step = 1;
  data.title = "Tuning a network for Fashion-MNIST";
  data.study = "fmnist";
  data.preset = "standard";
  data.device = "cpu, 2 cores, AVX-512";
  data.seed = 42;
  data.date = "30 December 2026";
  data.reproduce = {
      "fmnist_tune tune --preset standard --trials 30 --seed 42 --storage sqlite:///fmnist.db",
      "fmnist_tune retrain --storage sqlite:///fmnist.db --study fmnist --epochs 30"};
  add_trials(data);
  add_history(data);
  add_confusion(data);
  data.importances = {
      {"adam_lr", 0.58}, {"optimizer", 0.21}, {"n_blocks", 0.13}, {"dropout_rate", 0.08}};
  data.test_accuracy = Measured{0.9220, 0.00268};
  data.test_loss = 0.3183;
  data.test_images = 10000;
  data.search_seconds = 2811;
  data.retraining_seconds = 725;
  data.images_per_second = 18450;
  data.network.layers = {
      layer("conv2d_1", "conv2d 64 7x7 same", Shape{14, 14, 64}, 3200, 4917248, 62720),
      layer("conv2d_2", "conv2d 128 3x3 same", Shape{14, 14, 128}, 73856, 28901376, 100352),
      layer("conv2d_3", "conv2d 128 3x3 same", Shape{7, 7, 128}, 147584, 57802752, 31360),
      layer("flatten_1", "flatten", Shape{6272}, 0, 0, 0),
      layer("linear_1", "linear 128", Shape{128}, 802944, 1605632, 512),
      layer("dropout_1", "dropout 0.21", Shape{128}, 0, 128, 512),
      layer("linear_2", "linear 10", Shape{10}, 1290, 2560, 40)};
  return data;
}

}  // namespace hone::report
