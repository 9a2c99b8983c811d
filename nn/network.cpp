// Shapes, costs and the table of a network, from its description alone.
#include "nn/network.h"

#include <algorithm>
#include <map>

#include "base/byte_size.h"
#include "base/error.h"
#include "nn/layers/dropout.h"

namespace hone::nn {
namespace {

std::string thousands(std::int64_t n) {
  std::string digits = fmt::format("{}", n);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

void add(std::int64_t& total, std::int64_t more) { total = sum_of({total, more}); }

// Name, text and cost of one layer; errors begin with the name.
LayerCost line_of(const Layer& layer, const std::string& name, const Shape& in) {
  LayerCost line;
  try {
    line = layer.cost(in);
  } catch (const Error& error) {
    fail(error.kind(), "{}: {}", name, error.what());
  }
  line.name = name;
  line.text = layer.text();
  return line;
}

// Whether two layers differ in nothing but the networks inside of them, which differ in dropout.
bool same_around_dropout(const Layer& a, const Layer& b) {
  bool same = a.kind() == b.kind(), inside = false;
  a.look_at_fields([&](std::span<const Field> of_a, std::span<const Field>) {
    b.look_at_fields([&](std::span<const Field> of_b, std::span<const Field>) {
      same = same && of_a.size() == of_b.size();
      for (std::size_t i = 0; same && i < of_a.size(); ++i) {
        if (of_a[i].equals(of_b[i])) continue;
        const Field::Value left = of_a[i].value(), right = of_b[i].value();
        const auto* net_a = std::get_if<Network*>(&left);
        const auto* net_b = std::get_if<Network*>(&right);
        inside = net_a != nullptr && net_b != nullptr && same_but_dropout(**net_a, **net_b);
        same = inside;
      }
    });
  });
  return same && inside;
}

}  // namespace

bool same_but_dropout(const Network& a, const Network& b) {
  const auto same = [](const Layer& one, const Layer& other) {
    return one == other || (one.as<Dropout>() != nullptr && other.as<Dropout>() != nullptr) ||
           same_around_dropout(one, other);
  };
  return std::equal(a.layers().begin(), a.layers().end(), b.layers().begin(), b.layers().end(),
                    same);
}

NetworkCost cost(const Network& network, const Shape& input, bool fuse) {
  const std::vector<Layer>& layers = network.layers();
  check(!layers.empty(), "network: it has no layers");
  NetworkCost total;
  std::map<std::string, int> counts;
  total.output = input;
  bool first_weights = true;
  for (const Layer& layer : layers) {
    const std::string kind = layer.kind();
    LayerCost line = line_of(layer, fmt::format("{}_{}", kind, ++counts[kind]), total.output);
    total.output = line.output;
    add(total.parameters, line.parameters);
    add(total.flops, line.flops);
    // Backward: one product for the weights, one for the input, but the first layer's input needs
    // none.
    const int passes = line.parameters > 0 && first_weights ? 2 : 3;
    add(total.training_flops, product({line.flops, passes}));
    if (line.parameters > 0) first_weights = false;
    total.layers.push_back(std::move(line));
  }
  // A block keeps what its last layer would keep, and what layers in its middle need of their
  // input.
  for (std::size_t i = 0, end; i < layers.size(); i = end) {
    const auto next = std::span(layers).subspan(i + 1);
    end = i + 1 + (fuse ? layers[i].absorbs(next) : 0);
    std::int64_t bytes = total.layers[end - 1].activation_bytes;
    for (std::size_t k = i + 1; k < end; ++k) {
      add(bytes, total.layers[k].input_bytes);
      total.layers[k].folded_into = total.layers[i].name;
      total.layers[k].activation_bytes = 0;
    }
    total.layers[i].activation_bytes = bytes;
    add(total.activation_bytes, bytes);
  }
  return total;
}

namespace {

// The lines of the table: each layer, and below it those inside of it.
void add_rows(const std::vector<LayerCost>& layers, const std::string& indent,
              std::vector<LayerCost>& rows) {
  for (const LayerCost& layer : layers) {
    rows.push_back(layer);
    rows.back().name = indent + layer.name;
    add_rows(layer.inner, indent + "  ", rows);
  }
}

}  // namespace

std::string summary(const Network& network, const Shape& input, bool fuse) {
  const NetworkCost total = cost(network, input, fuse);
  std::vector<LayerCost> rows;
  add_rows(total.layers, "", rows);
  std::size_t name_width = 12, text_width = 22;
  for (const LayerCost& layer : rows) {
    name_width = std::max(name_width, layer.name.size());
    if (layer.inner.empty()) text_width = std::max(text_width, layer.text.size());
  }
  const auto row = [&](const std::string& name, const std::string& text, const std::string& shape,
                       const std::string& parameters, const std::string& flops,
                       const std::string& memory, const std::string& note) {
    std::string line =
        fmt::format("{:<{}} {:<{}} {:<14} {:>11} {:>13} {:>11}  {}", name, name_width, text,
                    text_width, shape, parameters, flops, memory, note);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  const auto size = [](std::int64_t bytes) {
    return bytes_text(static_cast<std::uint64_t>(bytes));
  };
  std::string text =
      row("layer", "description", "output", "parameters", "FLOPs", "activations", "");
  const std::string rule(text.size() + 12, '-');
  text += rule + "\n" + row("input", "", input.str(), "", "", "", "");
  for (const LayerCost& layer : rows) {
    // The text of what has layers inside would repeat them.
    text += row(layer.name, layer.inner.empty() ? layer.text : "", layer.output.str(),
                layer.parameters ? thousands(layer.parameters) : "", thousands(layer.flops),
                layer.activation_bytes ? size(layer.activation_bytes) : "",
                layer.folded_into.empty() ? "" : "in " + layer.folded_into);
  }
  text +=
      rule + "\n" +
      fmt::format("{} parameters; per sample {} FLOPs forward, {} training, {} of activations\n",
                  thousands(total.parameters), thousands(total.flops),
                  thousands(total.training_flops), size(total.activation_bytes));
  return text;
}

}  // namespace hone::nn
