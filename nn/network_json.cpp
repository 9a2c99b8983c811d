// Networks as JSON, for model files, checkpoints and studies.
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "nn/layers.h"
#include "nn/network.h"

namespace hone::nn {
namespace {

constexpr std::size_t kMaxLayers = 10000;

Json json_of(const Network& network);

Json json_of(const Field::Value& value) {
  return std::visit(
      [](const auto& held) -> Json {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, Choice>) {
          return held.names.at(held.index());
        } else if constexpr (std::is_same_v<Held, Network*>) {
          return json_of(*held);
        } else {
          return *held;  // a float as a double: read back exactly
        }
      },
      value);
}

Json json_of(const Network& network) {
  Json list = Json::array();
  for (const Layer& layer : network.layers()) {
    Json json = Json::object({{"layer", layer.kind()}});
    layer.look_at_fields([&](std::span<const Field> fields, std::span<const Field> defaults) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (!fields[i].is_added_later() || !fields[i].equals(defaults[i]))
          json.set(fields[i].name(), json_of(fields[i].value()));
    });
    list.push_back(std::move(json));
  }
  return list;
}

// Reads one document; `left` bounds the layers of all levels together.
class Reader {
 public:
  explicit Reader(const std::vector<Layer>& kinds) : kinds_(kinds) {
    for (const Layer& layer : library_layers()) kinds_.push_back(layer);
  }

  Network network(const JsonNode& node) {
    Network network;
    for (const JsonNode& item : node.items()) {
      if (left_-- == 0) node.fail(fmt::format("has more than {} layers", kMaxLayers));
      network.add(layer(item));
    }
    return network;
  }

 private:
  Layer layer(const JsonNode& node) {
    const auto kind = node.at("layer").get<std::string>();
    const auto found = std::find_if(kinds_.begin(), kinds_.end(),
                                    [&](const Layer& one) { return one.kind() == kind; });
    if (found == kinds_.end())
      node.fail(
          fmt::format("layer '{}' is unknown to this version, and no kind of that name was "
                      "given to read it with",
                      printable(kind)));
    return found->made_with([&](std::span<const Field> fields) {
      for (const auto& [key, value] : node.members()) {
        if (key == "layer") continue;
        // clang 14 captures no structured binding by itself, clang 19 none under its own name.
        const auto field =
            std::find_if(fields.begin(), fields.end(),
                         [&name = key](const Field& one) { return one.name() == name; });
        if (field == fields.end())
          value.fail(fmt::format("a {} has no field of that name in this version", kind));
        set(*field, value);
        if (const std::string wrong = field->complaint(); !wrong.empty()) value.fail(wrong);
      }
    });
  }

  void set(const Field& field, const JsonNode& node) {
    std::visit(
        [&](const auto& held) {
          using Held = std::decay_t<decltype(held)>;
          if constexpr (std::is_same_v<Held, Choice>) {
            const auto name = node.get<std::string>();
            const auto at = std::find(held.names.begin(), held.names.end(), name);
            if (at == held.names.end())
              node.fail(fmt::format("is '{}', it must be one of {}", printable(name),
                                    fmt::join(held.names, ", ")));
            held.choose(static_cast<std::size_t>(at - held.names.begin()));
          } else if constexpr (std::is_same_v<Held, Network*>) {
            *held = network(node);
          } else {
            *held = node.get<std::remove_pointer_t<Held>>();
          }
        },
        field.value());
  }

  std::vector<Layer> kinds_;
  std::size_t left_ = kMaxLayers;
};

}  // namespace

std::string to_json(const Network& network) { return write_json(json_of(network)); }

Network network_from_json(const std::string& text, const std::vector<Layer>& kinds) {
  const JsonDocument document(text, "network", ErrorKind::data, {.bytes = 1 << 20});
  Network network = Reader(kinds).network(document.root());
  if (network.layers().empty()) document.root().fail("has no layers");
  return network;
}

}  // namespace hone::nn
