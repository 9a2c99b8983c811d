// Naming garments with a trained model.
#include <algorithm>
#include <numeric>

#include "apps/fmnist_tune/problem.h"
#include "base/error.h"
#include "kernels/backend.h"
#include "nn/data/png.h"
#include "nn/io/model_file.h"

namespace hone::app {
namespace {

// The picture with # for bright pixels, at half the height: terminal cells are twice as tall as
// wide.
std::vector<std::string> ascii_rows(const nn::data::Image& image) {
  constexpr const char* kShades = " .:-=+*#%@";
  std::vector<std::string> rows;
  for (std::int64_t y = 0; y + 1 < image.height; y += 2) {
    std::string row = "  ";
    for (std::int64_t x = 0; x < image.width; ++x) {
      const auto at = [&](std::int64_t line) {
        return static_cast<int>(image.pixels[static_cast<std::size_t>(line * image.width + x)]);
      };
      row += kShades[(at(y) + at(y + 1)) * 10 / 512];
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

void predict(const Options& options, Console& console) {
  const auto device = device_named(options.device);
  nn::io::LoadedModel loaded = nn::io::load_model(options.model, device->new_backend());
  check(loaded.model->input() == Shape({28, 28, 1}),
        "{}: the model takes samples of shape {}, pictures are [28, 28, 1]",
        printable(options.model.string()), loaded.model->input().str());
  for (const auto& path : options.images) {
    const nn::data::Image image = nn::data::to_fashion_mnist(nn::data::read_png(path));
    const Tensor pixels =
        Tensor::from(*device, std::span<const std::uint8_t>(image.pixels), Shape{1, 28, 28, 1});
    const std::vector<float> p = loaded.model->predict(pixels);
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return p[a] > p[b]; });
    const auto name = [&](std::size_t i) {
      return i < loaded.classes.size() ? loaded.classes[i] : fmt::format("{}", i);
    };
    console.result(path.string() + ": " + bold(name(order[0])));
    if (console.is_live())
      for (const std::string& row : ascii_rows(image)) console.result(row);
    for (const std::size_t i : order)
      if (p[i] >= 0.001f)
        console.result(
            fmt::format("  {:<12} {:5.1f}%", name(i), 100.0 * static_cast<double>(p[i])));
  }
}

}  // namespace hone::app
