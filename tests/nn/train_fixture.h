// Small data sets and models for the tests of nn/train and nn/io.
#pragma once

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "base/philox.h"
#include "nn/data/dataset.h"
#include "nn/model.h"
#include "nn/train/trainer.h"

namespace train_test {

using namespace hone;

// 8x8 images of four classes: one bright quadrant, under noise.
inline nn::data::ImageSet quadrants(std::int64_t count, std::uint64_t seed, int noise = 120) {
  nn::data::ImageSet set{count, 8, 8, 1, {}, {}};
  PhiloxStream random(seed);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<std::int32_t>(random.below(4));
    set.labels.push_back(label);
    for (int y = 0; y < 8; ++y)
      for (int x = 0; x < 8; ++x) {
        const bool bright = (y / 4) * 2 + x / 4 == label;
        const auto value = random.below(static_cast<std::uint64_t>(noise)) + (bright ? 100 : 0);
        set.pixels.push_back(static_cast<std::uint8_t>(value));
      }
  }
  return set;
}

inline nn::Network small_cnn() {
  return {nn::Conv2d{.out = 4, .kernel = 3},
          nn::ReLU{},
          nn::MaxPool2d{},
          nn::Flatten{},
          nn::Dropout{.p = 0.2f},
          nn::Linear{.out = 8},
          nn::ReLU{},
          nn::Linear{.out = 4}};
}

// The same with running statistics behind the convolution, which folds, and behind a dense layer.
inline nn::Network batch_norm_cnn() {
  return {nn::Conv2d{.out = 4, .kernel = 3},
          nn::BatchNorm{},
          nn::ReLU{},
          nn::MaxPool2d{},
          nn::Flatten{},
          nn::Dropout{.p = 0.2f},
          nn::Linear{.out = 8},
          nn::BatchNorm{.momentum = 0.9f},
          nn::ReLU{},
          nn::Linear{.out = 4}};
}

// A device with data and, from it, models: everything a test of training needs.
struct World {
  explicit World(const std::string& name = "cpu", std::int64_t train_count = 150)
      : device(open_device(name)),
        train(nn::data::upload(*device, quadrants(train_count, 1), 4)),
        validation(nn::data::upload(*device, quadrants(70, 2), 4)) {}

  std::unique_ptr<nn::Model> model(std::uint64_t seed = 7, int threads = 1) const {
    return model(seed, threads, network);
  }
  std::unique_ptr<nn::Model> model(std::uint64_t seed, int threads, const nn::Network& of) const {
    return std::make_unique<nn::Model>(of, train.shape(), device->new_backend({.threads = threads}),
                                       seed);
  }

  std::shared_ptr<Device> device;
  nn::data::Dataset train, validation;
  nn::Network network = small_cnn();
};

inline std::vector<float> weights(const nn::Model& model) {
  return model.parameters().values().to_vector();
}

// Equal bits, so that NaN equals itself and 0 is not -0.
inline bool same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// A folder that disappears with the object.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "hone-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// The message of the Error that `call` throws, after its kind: "data: ..."; "" when it throws none.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    const char* kinds[] = {"", "internal", "usage", "data", "storage", "device"};
    return std::string(kinds[error.exit_code()]) + ": " + error.what();
  }
  return "";
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace train_test
