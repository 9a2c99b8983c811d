// Filters, activations and gradients of a network.
#include "apps/report/inside.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apps/report/figures.h"
#include "apps/report/html.h"
#include "base/error.h"
#include "base/files.h"
#include "nn/data/png.h"
#include "tensor/tape.h"

namespace hone::report {

namespace {

constexpr double kWidth = 720;

// A plane of numbers as grey bytes: `black` becomes 0, `white` 255.
std::vector<std::uint8_t> grey_png(const std::vector<float>& values, std::int64_t height,
                                   std::int64_t width, float black, float white) {
  std::vector<std::uint8_t> pixels;
  const float range = white > black ? white - black : 1;
  for (const float v : values) {
    const float share = std::isfinite(v) ? std::clamp((v - black) / range, 0.0f, 1.0f) : 0.0f;
    pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * share)));
  }
  return nn::data::encode_png_grey(pixels, height, width);
}

// Channel c of [H, W, C] or one filter of [.., C]: every C-th number from c on.
std::vector<float> channel_of(std::span<const float> values, std::int64_t c,
                              std::int64_t channels) {
  std::vector<float> plane;
  for (auto i = static_cast<std::size_t>(c); i < values.size();
       i += static_cast<std::size_t>(channels))
    plane.push_back(values[i]);
  return plane;
}

const optim::ParameterInfo& convolution(const nn::Model& model, const std::string& name) {
  std::string known;
  for (const optim::ParameterInfo& entry : model.parameters().entries()) {
    if (entry.shape.rank() != 4) continue;
    if (name.empty() || entry.name == name) return entry;
    known += (known.empty() ? "" : ", ") + entry.name;
  }
  fail(ErrorKind::usage, "filters: the model has no convolution {}; there are: {}",
       name.empty() ? "weights" : name, known.empty() ? "none" : known);
}

}  // namespace

std::string filters_svg(const nn::Model& model, const std::string& parameter) {
  const optim::ParameterInfo& entry = convolution(model, parameter);
  const BackendScope scope(model.backend());
  const std::vector<float> weights = model.parameters().tensor(entry.name).to_vector<float>();
  const std::int64_t h = entry.shape[1], w = entry.shape[2], inputs = entry.shape[3];
  const std::int64_t filters = std::min<std::int64_t>(entry.shape[0], 32);
  const std::int64_t shown = std::min<std::int64_t>(inputs, 16);
  float most = 0;
  for (const float v : weights) most = std::max(most, std::abs(v));
  // Filters of one input fill rows of 12; else each has a row of its own.
  const std::int64_t columns = inputs == 1 ? 12 : shown;
  const std::int64_t rows = inputs == 1 ? (filters + columns - 1) / columns : filters;
  const double side = std::min(48.0, (kWidth - 60) / static_cast<double>(columns) - 6);
  Svg svg(kWidth, 52 + static_cast<double>(rows) * (side + 6));
  svg.text({0, 18},
           fmt::format("{} {}, grey is 0, white {}", entry.name, entry.shape.str(),
                       number(static_cast<double>(most), 3)),
           "panel");
  const auto each = static_cast<std::size_t>(h * w * inputs);
  for (std::int64_t f = 0; f < filters; ++f)
    for (std::int64_t c = 0; c < shown; ++c) {
      const auto filter = std::span(weights).subspan(static_cast<std::size_t>(f) * each, each);
      const std::int64_t row = inputs == 1 ? f / columns : f,
                         column = inputs == 1 ? f % columns : c;
      const Rect rect{static_cast<double>(column) * (side + 6),
                      36 + static_cast<double>(row) * (side + 6), side, side};
      svg.image(rect, grey_png(channel_of(filter, c, inputs), h, w, -most, most),
                fmt::format("filter {}, input {}", f, c));
    }
  return svg.document("Filters", "The weights of " + entry.name);
}

void write_filters(const std::filesystem::path& path, const nn::Model& model,
                   const std::string& parameter) {
  write_file_atomic(path, std::string_view(filters_svg(model, parameter)));
}

std::string activations_svg(nn::Model& model, const nn::data::Dataset& data, std::int64_t sample) {
  const std::vector<nn::train::NamedValues> layers = nn::train::layer_outputs(model, data, sample);
  constexpr double kSide = 42, kStrip = 16, kTitle = 26;
  double height = 8;
  for (const auto& layer : layers)
    height += kTitle + (layer.shape.rank() == 3 ? kSide : kStrip) + 14;
  Svg svg(kWidth, height);
  double y = 8;
  for (const auto& [name, shape, values] : layers) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    svg.text(
        {0, y + 14},
        fmt::format("{} {}, {} to {}", name, shape.str(), number(static_cast<double>(*least), 3),
                    number(static_cast<double>(*most), 3)),
        "panel");
    y += kTitle;
    if (shape.rank() == 3) {
      const std::int64_t channels = std::min<std::int64_t>(shape[2], 16);
      for (std::int64_t c = 0; c < channels; ++c)
        svg.image({static_cast<double>(c) * (kSide + 3), y, kSide, kSide},
                  grey_png(channel_of(values, c, shape[2]), shape[0], shape[1], *least, *most),
                  fmt::format("{} channel {}", name, c));
      y += kSide + 14;
    } else {
      const auto n = static_cast<std::int64_t>(std::min<std::size_t>(values.size(), 4096));
      const std::vector<float> first(values.begin(), values.begin() + n);
      svg.image({0, y, std::min(kWidth, 12 * static_cast<double>(n)), kStrip},
                grey_png(first, 1, n, *least, *most), name);
      y += kStrip + 14;
    }
  }
  return svg.document("Activations", fmt::format("What the layers give for sample {}", sample));
}

void write_activations(const std::filesystem::path& path, nn::Model& model,
                       const nn::data::Dataset& data, std::int64_t sample) {
  write_file_atomic(path, std::string_view(activations_svg(model, data, sample)));
}

namespace {

// One panel: how many of the gradients have which size.
void draw_histogram(Svg& svg, const Rect& area, const nn::train::NamedValues& gradient, double lo,
                    double hi) {
  constexpr int kBins = 30;
  std::vector<double> bins(kBins, 0);
  std::size_t zeros = 0, finite = 0;
  for (const float v : gradient.values) {
    const double size = std::abs(static_cast<double>(v));
    if (!std::isfinite(size)) continue;
    ++finite;
    if (size == 0)
      ++zeros;
    else {
      const double place = (std::log10(size) - lo) / (hi - lo) * kBins;
      bins[static_cast<std::size_t>(std::clamp(place, 0.0, kBins - 1.0))] += 1;
    }
  }
  const double total = std::max(1.0, static_cast<double>(finite));
  double most = 0;
  for (double& bin : bins) most = std::max(most, bin /= total);
  Panel panel(svg, area, log_axis(std::pow(10, lo), std::pow(10, hi), 5),
              linear_axis(0, std::max(most, 0.01), {.ticks = 3, .format = TickFormat::percent}));
  const std::string zero =
      zeros > 0 ? fmt::format(", {} are 0", percent(static_cast<double>(zeros) / total, 0)) : "";
  panel.frame({});
  svg.text({area.x - 40, area.y - 14}, gradient.name + zero, "panel");
  for (int b = 0; b < kBins; ++b) {
    const double left = panel.px(std::pow(10, lo + (hi - lo) * b / kBins));
    const double right = panel.px(std::pow(10, lo + (hi - lo) * (b + 1) / kBins));
    const double top = panel.py(bins[static_cast<std::size_t>(b)]);
    if (bins[static_cast<std::size_t>(b)] > 0)
      svg.rect({left, top, right - left - 1, area.y + area.h - top}, "b-main",
               percent(bins[static_cast<std::size_t>(b)], 1));
  }
}

}  // namespace

std::string gradients_svg(nn::Model& model, const nn::train::Loss& loss,
                          const nn::data::Dataset& data, int batch) {
  const std::vector<nn::train::NamedValues> gradients =
      nn::train::parameter_gradients(model, loss, data, batch);
  double lo = 0, hi = -12;  // powers of ten over all of them
  for (const auto& gradient : gradients)
    for (const float v : gradient.values) {
      const double size = std::abs(static_cast<double>(v));
      if (size == 0 || !std::isfinite(size)) continue;
      lo = std::min(lo, std::log10(size));
      hi = std::max(hi, std::log10(size));
    }
  lo = std::max(std::floor(lo), std::ceil(hi) - 8);  // what is smaller counts in the first bin
  hi = std::max(std::ceil(hi), lo + 1);
  constexpr double kPanelWidth = 290, kPanelHeight = 96, kRow = 178;
  const std::size_t rows = (gradients.size() + 1) / 2;
  Svg svg(kWidth, 24 + static_cast<double>(rows) * kRow);
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const std::size_t column = i % 2, row = i / 2;
    const Rect area{48 + static_cast<double>(column) * (kPanelWidth + 72),
                    40 + static_cast<double>(row) * kRow, kPanelWidth, kPanelHeight};
    draw_histogram(svg, area, gradients[i], lo, hi);
  }
  return svg.document("Gradients", "The sizes of the gradients of each parameter.");
}

void write_gradients(const std::filesystem::path& path, nn::Model& model,
                     const nn::train::Loss& loss, const nn::data::Dataset& data, int batch) {
  write_file_atomic(path, std::string_view(gradients_svg(model, loss, data, batch)));
}

}  // namespace hone::report
