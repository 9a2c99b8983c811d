// Networks as JSON, for model files, checkpoints and studies.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "nn/network.h"

namespace hone::nn {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::pair<Init, const char*> kInits[] = {{Init::glorot_uniform, "glorot_uniform"},
                                                   {Init::glorot_normal, "glorot_normal"},
                                                   {Init::he_uniform, "he_uniform"},
                                                   {Init::he_normal, "he_normal"},
                                                   {Init::zeros, "zeros"}};

const char* init_name(Init init) {
  for (const auto& [value, name] : kInits)
    if (value == init) return name;
  return "?";
}

Init init_from(const std::string& text) {
  for (const auto& [value, name] : kInits)
    if (text == name) return value;
  fail(ErrorKind::data, "network: init '{}' is unknown", printable(text));
}

Json layer_json(const Layer& layer) {
  Json json = {{"layer", kind_of(layer)}};
  if (const Conv2d* c = std::get_if<Conv2d>(&layer)) {
    json.update({{"out", c->out},
                 {"kernel", c->kernel},
                 {"stride", c->stride},
                 {"padding", c->padding == Padding::same ? "same" : "valid"},
                 {"bias", c->bias},
                 {"init", init_name(c->init)}});
  } else if (const MaxPool2d* p = std::get_if<MaxPool2d>(&layer)) {
    json.update({{"kernel", p->kernel}, {"stride", p->stride}});
  } else if (const Dropout* d = std::get_if<Dropout>(&layer)) {
    json["p"] = d->p;  // a float as a double: read back exactly
  } else if (const Linear* l = std::get_if<Linear>(&layer)) {
    json.update({{"out", l->out}, {"bias", l->bias}, {"init", init_name(l->init)}});
  }
  return json;
}

Padding padding_from(const std::string& text) {
  if (text == "valid") return Padding::valid;
  if (text == "same") return Padding::same;
  fail(ErrorKind::data, "network: padding '{}' is unknown, it is valid or same", printable(text));
}

// The library would round 2.5 and cut 2^40; here both are refused.
int integer(const Json& json, const char* key) {
  const Json& value = json.at(key);
  const bool fits = value.is_number_integer() &&
                    (value.is_number_unsigned() ? value.get<std::uint64_t>() <= INT32_MAX
                                                : value.get<std::int64_t>() >= INT32_MIN);
  if (!fits)
    fail(ErrorKind::data, "network: '{}' of a {} is not a number that fits", key,
         printable(json.at("layer").get<std::string>()));
  return value.get<int>();
}

Layer layer_from(const Json& json) {
  const std::string kind = json.at("layer").get<std::string>();
  if (kind == "conv2d")
    return Conv2d{integer(json, "out"),        integer(json, "kernel"),
                  integer(json, "stride"),     padding_from(json.at("padding").get<std::string>()),
                  json.at("bias").get<bool>(), init_from(json.at("init").get<std::string>())};
  if (kind == "relu") return ReLU{};
  if (kind == "maxpool2d") return MaxPool2d{integer(json, "kernel"), integer(json, "stride")};
  if (kind == "flatten") return Flatten{};
  if (kind == "dropout") return Dropout{json.at("p").get<float>()};
  if (kind == "linear")
    return Linear{integer(json, "out"), json.at("bias").get<bool>(),
                  init_from(json.at("init").get<std::string>())};
  fail(ErrorKind::data, "network: layer '{}' is unknown to this version", printable(kind));
}

}  // namespace

std::string to_json(const Network& network) {
  Json list = Json::array();
  for (const Layer& layer : network.layers()) list.push_back(layer_json(layer));
  return list.dump();
}

Network network_from_json(const std::string& text) {
  constexpr std::size_t kMaxBytes = 1 << 20, kMaxLayers = 10000;
  if (text.size() > kMaxBytes)
    fail(ErrorKind::data, "network: the description has {} bytes", text.size());
  Network network;
  std::size_t index = 0;
  try {
    const Json list = Json::parse(text);
    if (!list.is_array() || list.empty() || list.size() > kMaxLayers)
      fail(ErrorKind::data, "network: a list of 1 to {} layers is needed", kMaxLayers);
    for (const Json& item : list) {
      network.add(layer_from(item));
      ++index;
    }
  } catch (const Json::exception& error) {
    fail(ErrorKind::data, "network: layer {} cannot be read: {}", index + 1, error.what());
  }
  return network;
}

}  // namespace hone::nn
