// Shapes, costs and the table of a network, from its description alone.
#include "nn/network.h"

#include <map>

#include "base/error.h"
#include "nn/fold.h"

namespace hone::nn {
namespace {

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;

std::string thousands(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

// What one layer makes of `in` (one sample); fills output, parameters and flops.
void describe(const Layer& layer, const Shape& in, LayerCost& cost) {
  const std::string& name = cost.name;
  const auto image = [&] {
    check(in.rank() == 3, "{}: needs images [H, W, C], gets {}; put it before flatten", name,
          in.str());
  };
  std::visit(
      Overloaded{
          [&](const Conv2d& conv) {
            image();
            check(conv.out >= 1 && conv.kernel >= 1 && conv.stride >= 1,
                  "{}: out {}, kernel {} and stride {} must be at least 1", name, conv.out,
                  conv.kernel, conv.stride);
            const Shape batch{1, in[0], in[1], in[2]},
                weight{conv.out, conv.kernel, conv.kernel, in[2]};
            Conv2dParams params;
            try {
              params = ops::conv2d_params(batch, weight,
                                          {.stride = conv.stride, .padding = conv.padding});
            } catch (const Error& error) {
              fail(ErrorKind::usage, "{}: {}", name, error.what());
            }
            cost.output = Shape{params.out_h(in[0]), params.out_w(in[1]), conv.out};
            cost.parameters = weight.count() + (conv.bias ? conv.out : 0);
            const std::int64_t area = static_cast<std::int64_t>(conv.kernel) * conv.kernel * in[2];
            cost.flops = cost.output.count() * (2 * area + (conv.bias ? 1 : 0));
          },
          [&](const ReLU&) {
            cost.output = in;
            cost.flops = in.count();
          },
          [&](const MaxPool2d& pool) {
            image();
            const Pool2dParams params{pool.kernel, pool.stride == 0 ? pool.kernel : pool.stride};
            check(pool.kernel >= 1 && pool.kernel <= 16 && params.stride >= 1,
                  "{}: kernel {} (1 to 16) and stride {} (at least 1) are out of range", name,
                  pool.kernel, params.stride);
            cost.output = Shape{params.out(in[0]), params.out(in[1]), in[2]};
            check(cost.output.count() > 0,
                  "{0}: a {1}x{1} window does not fit {2}; use fewer pooling layers", name,
                  pool.kernel, in.str());
            cost.flops = cost.output.count() * pool.kernel * pool.kernel;
          },
          [&](const Flatten&) { cost.output = Shape{in.count()}; },
          [&](const Dropout& dropout) {
            check(dropout.p >= 0 && dropout.p <= 1, "{}: p is {}, it must be 0 to 1", name,
                  dropout.p);
            cost.output = in;
            cost.flops = in.count();
          },
          [&](const Linear& linear) {
            check(in.rank() == 1,
                  "{}: needs one axis of features, gets {}; put a flatten before it", name,
                  in.str());
            check(linear.out >= 1, "{}: out is {}, it must be at least 1", name, linear.out);
            cost.output = Shape{linear.out};
            cost.parameters = in[0] * linear.out + (linear.bias ? linear.out : 0);
            cost.flops = linear.out * (2 * in[0] + (linear.bias ? 1 : 0));
          }},
      layer);
}

bool is_linear_algebra(const Layer& layer) {
  return std::holds_alternative<Conv2d>(layer) || std::holds_alternative<Linear>(layer);
}

}  // namespace

const char* kind_of(const Layer& layer) {
  constexpr const char* kNames[] = {"conv2d", "relu", "maxpool2d", "flatten", "dropout", "linear"};
  static_assert(std::size(kNames) == std::variant_size_v<Layer>);
  return kNames[layer.index()];
}

std::string to_text(const Layer& layer) {
  return std::visit(Overloaded{[](const Conv2d& c) {
                                 return fmt::format(
                                     "conv2d {0} {1}x{1}{2}{3}{4}", c.out, c.kernel,
                                     c.padding == Padding::same ? " same" : "",
                                     c.stride == 1 ? "" : fmt::format(" stride {}", c.stride),
                                     c.bias ? "" : " no bias");
                               },
                               [](const ReLU&) { return std::string("relu"); },
                               [](const MaxPool2d& p) {
                                 return fmt::format("maxpool2d {0}x{0}{1}", p.kernel,
                                                    p.stride == 0 || p.stride == p.kernel
                                                        ? ""
                                                        : fmt::format(" stride {}", p.stride));
                               },
                               [](const Flatten&) { return std::string("flatten"); },
                               [](const Dropout& d) { return fmt::format("dropout {:.4g}", d.p); },
                               [](const Linear& l) {
                                 return fmt::format("linear {}{}", l.out, l.bias ? "" : " no bias");
                               }},
                    layer);
}

NetworkCost cost(const Network& network, const Shape& input, bool fuse) {
  check(!network.layers().empty(), "network: it has no layers");
  NetworkCost total;
  std::map<std::string, int> counts;
  Shape shape = input;
  bool first_weights = true;
  for (const Layer& layer : network.layers()) {
    LayerCost line;
    const std::string kind = kind_of(layer);
    line.name = fmt::format("{}_{}", kind, ++counts[kind]);
    line.text = to_text(layer);
    describe(layer, shape, line);
    shape = line.output;
    total.parameters += line.parameters;
    total.flops += line.flops;
    // Backward: one product for the weights, one for the input, but the first layer's input needs
    // none.
    total.training_flops += line.flops * (is_linear_algebra(layer) && first_weights ? 2 : 3);
    if (is_linear_algebra(layer)) first_weights = false;
    total.layers.push_back(std::move(line));
  }
  // A block keeps its (pooled) output and a byte of arg-max per pooled value; flatten keeps
  // nothing.
  for (const Block& block : fold(network, fuse)) {
    LayerCost& last = total.layers[block.layers.back()];
    for (std::size_t i = 1; i < block.layers.size(); ++i)
      total.layers[block.layers[i]].folded_into = total.layers[block.layers[0]].name;
    const std::string kind = kind_of(network.layers()[block.layers.back()]);
    std::int64_t bytes = kind == "flatten" ? 0 : last.output.count() * 4;
    if (kind == "maxpool2d") bytes += last.output.count();
    total.layers[block.layers[0]].activation_bytes = bytes;
    total.activation_bytes += bytes;
  }
  total.output = shape;
  return total;
}

std::string summary(const Network& network, const Shape& input, bool fuse) {
  const NetworkCost total = cost(network, input, fuse);
  const auto row = [](const std::string& name, const std::string& text, const std::string& shape,
                      const std::string& parameters, const std::string& flops,
                      const std::string& memory, const std::string& note) {
    std::string line = fmt::format("{:<12} {:<22} {:<14} {:>11} {:>13} {:>11}  {}", name, text,
                                   shape, parameters, flops, memory, note);
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
  };
  std::string text =
      row("layer", "description", "output", "parameters", "FLOPs", "activations", "");
  const std::string rule(text.size() + 12, '-');
  text += rule + "\n" + row("input", "", input.str(), "", "", "", "");
  for (const LayerCost& layer : total.layers) {
    text += row(layer.name, layer.text, layer.output.str(),
                layer.parameters ? thousands(layer.parameters) : "", thousands(layer.flops),
                layer.activation_bytes ? thousands(layer.activation_bytes) : "",
                layer.folded_into.empty() ? "" : "in " + layer.folded_into);
  }
  text += rule + "\n" +
          fmt::format(
              "{} parameters; per sample {} FLOPs forward, {} training, {} bytes of activations\n",
              thousands(total.parameters), thousands(total.flops), thousands(total.training_flops),
              thousands(total.activation_bytes));
  return text;
}

}  // namespace hone::nn
