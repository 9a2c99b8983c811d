// The made-up study.
#include "tests/report/demo.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace hone::report {

namespace {

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

TrialRow finished(Random& random, std::int64_t number, double skill) {
  TrialRow trial;
  trial.number = number;
  const double rate =
      std::pow(10.0, random.between(-5, -1) * (1 - skill) + random.between(-3.4, -2.6) * skill);
  const int blocks = skill > 0.5 ? 2 + static_cast<int>(random.uniform() * 2)
                                 : 1 + static_cast<int>(random.uniform() * 4);
  const bool adam = random.uniform() < 0.5 + 0.45 * skill;
  const double dropout = random.between(0, 0.5);
  trial.params = {
      {.name = "n_blocks", .kind = ParamKind::integer, .value = static_cast<double>(blocks)},
      {.name = "dropout_rate", .value = dropout},
      {.name = "optimizer",
       .kind = ParamKind::categorical,
       .value = adam ? 0.0 : 1.0,
       .label = adam ? "Adam" : "SGD"},
      {.name = adam ? "adam_lr" : "sgd_lr", .log = true, .value = rate}};
  if (!adam)
    trial.params.push_back(
        {.name = "sgd_momentum", .log = true, .value = std::pow(10.0, random.between(-5, -1))});

  const double off = std::log10(rate) - (adam ? -3.0 : -1.6);
  double final = 0.927 - 0.011 * off * off - 0.06 * (dropout - 0.2) * (dropout - 0.2) -
                 0.004 * std::abs(blocks - 2.4);
  if (adam && rate > 0.012) final = 0.1;  // diverged
  final = std::max(0.1, final + random.between(-0.003, 0.003));
  for (int epoch = 1; epoch <= 12; ++epoch) {
    const double value =
        final - (final - 0.1) * 0.35 * std::exp(-epoch / 2.2) + random.between(-0.004, 0.004);
    trial.intermediate.push_back({epoch, epoch == 12 ? final : value});
  }
  trial.value = final;
  trial.seconds = 30 + 22 * blocks + random.between(0, 6);
  return trial;
}

void prune(TrialRow& trial, double median) {
  trial.state = TrialState::pruned;
  trial.intermediate.resize(4);
  trial.value = trial.intermediate.back().value;
  trial.seconds /= 3;
  trial.reason = fmt::format(
      "stopped at epoch 4: {:.1f}%, median of the finished trials there {:.1f}%; saved 8 epochs",
      *trial.value * 100, median * 100);
}

void add_trials(ReportData& data) {
  Random random;
  for (int i = 0; i < 30; ++i) {
    TrialRow trial = finished(random, i, i < 8 ? 0.0 : 0.55 + 0.015 * i);
    if (i == 0) {
      trial = finished(random, i, 1.0);
      trial.is_default = true;
      for (StepValue& step : trial.intermediate) step.value -= 0.014;
      trial.value = *trial.value - 0.014;
    } else if (i == 5) {
      trial.state = TrialState::failed;
      trial.value.reset();
      trial.intermediate.resize(3);
      trial.reason =
          "the loss was not finite in epoch 4 (learning rate 0.0871): gradients exploded in "
          "conv2d_3";
    } else if (i > 5 && trial.intermediate[3].value < 0.86) {
      prune(trial, 0.868);
    }
    data.trials.push_back(trial);
  }
  const TrialRow* best = nullptr;
  for (const TrialRow& trial : data.trials) {
    if (trial.state != TrialState::complete) continue;
    if (best == nullptr || *trial.value > *best->value) best = &trial;
  }
  data.best_trial = best->number;
  data.best_value = Measured{*best->value, std::sqrt(*best->value * (1 - *best->value) / 5000)};
  data.default_value = data.trials[0].value;
  data.startup_median_value = 0.8714;
  for (const ParamValue& p : best->params) {
    data.best_params.push_back(
        {p.name, p.kind == ParamKind::categorical ? p.label : fmt::format("{:.4g}", p.value)});
  }
}

void add_history(ReportData& data) {
  Random random;
  for (int epoch = 1; epoch <= 30; ++epoch) {
    const bool cut = epoch > 21;
    const double t = epoch;
    EpochRow row;
    row.epoch = epoch;
    row.loss = cut ? 0.045 - 0.002 * (t - 22)
                   : 0.56 * std::exp(-t / 9) + 0.02 + random.between(-0.006, 0.006);
    row.accuracy = cut ? 0.986 + 0.0009 * (t - 22)
                       : 0.985 - 0.19 * std::exp(-t / 6.5) + random.between(-0.002, 0.002);
    row.val_loss = cut ? 0.24 + 0.002 * (t - 22)
                       : 0.36 * std::exp(-t / 5) + 0.19 + 0.003 * t + random.between(-0.02, 0.02);
    row.val_accuracy = cut ? 0.9305 + random.between(-0.001, 0.001)
                           : 0.922 - 0.06 * std::exp(-t / 4) + random.between(-0.005, 0.005);
    row.learning_rate = cut ? 1.12e-4 : 1.12e-3;
    data.history.push_back(row);
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
  data.layers = {
      {"Conv2d(64, 7x7, same) + ReLU + MaxPool2d(2)", "14 x 14 x 64", 3200, 4917248, 62720},
      {"Conv2d(128, 3x3, same) + ReLU", "14 x 14 x 128", 73856, 28901376, 100352},
      {"Conv2d(128, 3x3, same) + ReLU + MaxPool2d(2)", "7 x 7 x 128", 147584, 57802752, 31360},
      {"Flatten", "6272", 0, 0, 0},
      {"Linear(128) + ReLU", "128", 802944, 1605632, 512},
      {"Dropout(0.21)", "128", 0, 128, 512},
      {"Linear(10)", "10", 1290, 2560, 40}};
  return data;
}

}  // namespace hone::report
