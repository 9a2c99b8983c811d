// Names, shapes and orders of axes of other libraries' arrays.
#include "nn/io/foreign_weights.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <set>

#include "base/error.h"
#include "nn/io/safetensors.h"

namespace hone::nn::io {
namespace {

using Sides = std::vector<std::int64_t>;
using Order = std::vector<std::size_t>;

// One parameter or running statistic of the model.
struct Wanted {
  std::string name;   // "conv2d_1.weight"
  std::string layer;  // "conv2d_1"
  std::string leaf;   // "weight"
  Tensor tensor;
};

// The array for it: its name, its shape, and the order in which its axes become the model's.
struct Source {
  std::string name;
  Sides shape;
  Order order;
  Sides depthwise = {};  // or this shape, with its order, where it is not empty
  Order depthwise_order = {};
};

std::vector<Wanted> wanted_of(const Model& model) {
  std::vector<Wanted> all;
  const optim::FlatParameters& parameters = model.parameters();
  const auto add = [&](const std::string& name, const Tensor& tensor) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string::npos)
      all.push_back({name, "", name, tensor});
    else
      all.push_back({name, name.substr(0, dot), name.substr(dot + 1), tensor});
  };
  for (std::size_t i = 0; i < parameters.entries().size(); ++i)
    add(parameters.entries()[i].name, parameters.tensor(i));
  for (std::size_t i = 0; i < parameters.buffers().size(); ++i)
    add(parameters.buffers()[i].name, parameters.buffer(i));
  return all;
}

// The images that the layers of a network see flattened: from behind a Flatten to the next dense
// layer.
std::map<std::string, Shape> flattened_in(const Model& model) {
  std::map<std::string, Shape> found;
  if (!model.network()) return found;
  const NetworkCost total = cost(*model.network(), model.input());
  std::optional<Shape> image;
  Shape in = model.input();
  for (std::size_t i = 0; i < total.layers.size(); ++i) {
    const std::string kind = model.network()->layers()[i].kind();
    if (kind == "flatten" && in.rank() == 3) image = in;
    if (image) found[total.layers[i].name] = *image;
    if (kind == "linear" || total.layers[i].output.rank() != 1) image.reset();
    in = total.layers[i].output;
  }
  return found;
}

bool is_embedding(const std::string& layer) {
  const std::size_t dot = layer.rfind('.');
  return layer.substr(dot == std::string::npos ? 0 : dot + 1).starts_with("embedding");
}

std::string leaf_name(const Wanted& w, WeightLayout layout) {
  const bool keras = layout == WeightLayout::keras;
  if (w.leaf == "weight" && keras) return is_embedding(w.layer) ? "embeddings" : "kernel";
  if (w.leaf == "scale") return keras ? "gamma" : "weight";
  if (w.leaf == "shift") return keras ? "beta" : "bias";
  if (w.leaf == "mean") return keras ? "moving_mean" : "running_mean";
  if (w.leaf == "variance") return keras ? "moving_variance" : "running_var";
  return w.leaf;
}

std::string name_in_file(const Wanted& w, const ForeignWeights& how) {
  if (const auto whole = how.names.find(w.name); whole != how.names.end()) return whole->second;
  const auto layer = how.names.find(w.layer);
  std::string prefix = layer != how.names.end() ? layer->second : w.layer;
  const char between = how.layout == WeightLayout::keras ? '/' : '.';
  if (layer == how.names.end()) std::replace(prefix.begin(), prefix.end(), '.', between);
  return prefix.empty() ? leaf_name(w, how.layout) : prefix + between + leaf_name(w, how.layout);
}

Source source_of(const Wanted& w, const ForeignWeights& how,
                 const std::map<std::string, Shape>& flattened) {
  const bool keras = how.layout == WeightLayout::keras;
  const Shape& to = w.tensor.shape();
  Source source{name_in_file(w, how), Sides(to.begin(), to.end()), {}};
  for (std::size_t i = 0; i < source.shape.size(); ++i) source.order.push_back(i);
  const auto image = flattened.find(w.layer);
  const bool from_image = !keras && image != flattened.end();
  if (w.leaf == "weight" && to.rank() == 4 && keras) {
    source.shape = {to[1], to[2], to[3], to[0]};
    source.order = {3, 0, 1, 2};
    if (to[3] == 1) {  // each filter sees one channel
      source.depthwise = {to[1], to[2], to[0], 1};
      source.depthwise_order = {2, 3, 0, 1};
    }
  } else if (w.leaf == "weight" && to.rank() == 4) {
    source.shape = {to[0], to[3], to[1], to[2]};
    source.order = {0, 2, 3, 1};
  } else if (w.leaf == "weight" && to.rank() == 2 && !keras && !is_embedding(w.layer)) {
    source.shape = {to[1], to[0]};
    source.order = {1, 0};
    if (from_image) {
      const Shape& s = image->second;
      source.shape = {to[1], s[2], s[0], s[1]};
      source.order = {2, 3, 1, 0};
    }
  } else if (from_image && to.rank() == 1 && w.leaf != "bias") {
    const Shape& s = image->second;
    source.shape = {s[2], s[0], s[1]};
    source.order = {1, 2, 0};
  }
  return source;
}

std::int64_t count_of(const Sides& shape) {
  std::int64_t count = 1;
  for (const std::int64_t side : shape) count *= side;
  return count;
}

// values [shape], row-major, with the axes in another order: axis i of the result is axis order[i].
std::vector<float> reordered(const std::vector<float>& values, const Sides& shape,
                             const Order& order) {
  Sides stride(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) stride[i - 1] = stride[i] * shape[i];
  std::vector<float> result;
  result.reserve(values.size());
  Sides at(shape.size(), 0);
  for (std::size_t n = 0; n < values.size(); ++n) {
    std::int64_t from = 0;
    for (std::size_t i = 0; i < order.size(); ++i) from += at[i] * stride[order[i]];
    result.push_back(values[static_cast<std::size_t>(from)]);
    for (std::size_t i = order.size(); i-- > 0;) {
      if (++at[i] < shape[order[i]]) break;
      at[i] = 0;
    }
  }
  return result;
}

// What a file has for the model, and all that is wrong with it.
class Reading {
 public:
  Reading(const SafetensorsFile& file, const ForeignWeights& how) : file_(file), how_(how) {}

  // The values in the model's order; empty where something is wrong.
  std::vector<float> take(const Wanted& w, const Source& source);
  // Throws when anything was wrong, or arrays are left over.
  void finish();

 private:
  bool is_ignored(const std::string& name) const;

  const SafetensorsFile& file_;
  const ForeignWeights& how_;
  std::set<std::string> used_;
  std::vector<std::string> wrong_;
};

std::vector<float> Reading::take(const Wanted& w, const Source& source) {
  const std::string name = printable(source.name);
  if (!file_.has(source.name)) {
    wrong_.push_back(fmt::format("'{}' is missing, for {}", name, w.name));
    return {};
  }
  used_.insert(source.name);
  const SafetensorsFile::Entry& entry = file_.entry(source.name);
  // A flattened image is one axis in the file.
  const auto rank = static_cast<std::size_t>(w.tensor.shape().rank());
  Sides expected = source.shape;
  if (expected.size() > rank) {
    expected.resize(rank - 1);
    expected.push_back(count_of(source.shape) / count_of(expected));
  }
  const bool depthwise = !source.depthwise.empty() && entry.shape.size() == 4 &&
                         entry.shape != expected && entry.shape[0] == expected[0] &&
                         entry.shape[1] == expected[1] &&
                         entry.shape[2] * entry.shape[3] == source.depthwise[2];
  if (entry.shape != expected && !depthwise) {
    wrong_.push_back(fmt::format("'{}' has the shape [{}], {} needs [{}]", name,
                                 fmt::join(entry.shape, ", "), w.name, fmt::join(expected, ", ")));
    return {};
  }
  if (entry.dtype != "F32") {
    wrong_.push_back(fmt::format("'{}' is {}, F32 is needed", name, entry.dtype));
    return {};
  }
  const TensorData data = file_.read(entry);
  std::vector<float> values(data.bytes.size() / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), data.bytes.data(), data.bytes.size());
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    wrong_.push_back(fmt::format("'{}' has a value that is not finite", name));
    return {};
  }
  return depthwise ? reordered(values, entry.shape, source.depthwise_order)
                   : reordered(values, source.shape, source.order);
}

bool Reading::is_ignored(const std::string& name) const {
  if (how_.layout == WeightLayout::pytorch && name.ends_with("num_batches_tracked")) return true;
  return std::any_of(how_.ignore.begin(), how_.ignore.end(),
                     [&](const std::string& begin) { return name.starts_with(begin); });
}

void Reading::finish() {
  for (const SafetensorsFile::Entry& entry : file_.entries())
    if (!used_.contains(entry.name) && !is_ignored(entry.name))
      wrong_.push_back(fmt::format("'{}' belongs to no layer of the model", printable(entry.name)));
  if (wrong_.empty()) return;
  fail(ErrorKind::data,
       "{}: does not fit the model:\n  {}\nname layers of the file by `names`, what to leave out "
       "by `ignore`",
       file_.name(), fmt::join(wrong_, "\n  "));
}

void check_names(const std::vector<Wanted>& all, const ForeignWeights& how) {
  const auto known = [&](const std::string& name) {
    return std::any_of(all.begin(), all.end(),
                       [&](const Wanted& w) { return w.name == name || w.layer == name; });
  };
  std::string layers;
  for (const Wanted& w : all)
    if (layers.find(w.layer) == std::string::npos) layers += (layers.empty() ? "" : ", ") + w.layer;
  const auto refuse = [&](const std::string& name) {
    check(known(name), "weights: the model has no layer or parameter '{}'; its layers: {}",
          printable(name), layers);
  };
  for (const auto& [name, theirs] : how.names) refuse(name);
  for (const auto& [name, shape] : how.flattened) {
    refuse(name);
    check(shape.rank() == 3, "weights: what was flattened before {} is [H, W, C], not {}",
          printable(name), shape.str());
  }
}

}  // namespace

void load_foreign_weights(const std::string& path, Model& model, const ForeignWeights& how) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  const std::vector<Wanted> all = wanted_of(model);
  check_names(all, how);
  std::map<std::string, Shape> flattened = flattened_in(model);
  for (const auto& [name, shape] : how.flattened) flattened.insert_or_assign(name, shape);
  Reading reading(file, how);
  std::vector<std::vector<float>> values;
  for (const Wanted& w : all) values.push_back(reading.take(w, source_of(w, how, flattened)));
  reading.finish();
  for (std::size_t i = 0; i < all.size(); ++i) all[i].tensor.assign(values[i]);
}

}  // namespace hone::nn::io
