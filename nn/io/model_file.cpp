// Saving and loading models.
#include "nn/io/model_file.h"

#include <cmath>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/files.h"
#include "base/version.h"
#include "nn/io/safetensors.h"
#include "tensor/tape.h"

namespace hone::nn::io {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kFormat = "hone.model.1";
constexpr const char* kOwnPrefix = "user.";

const std::string& text_field(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    fail(ErrorKind::data, "{}: the metadata '{}' is missing; is this a model file of hone?",
         file.name(), key);
  return found->second;
}

// Runs `read` on a metadata entry; what it throws becomes an Error(data) that names the entry.
template <class Read>
auto read_field(const SafetensorsFile& file, const char* key, Read read) {
  const std::string& text = text_field(file, key);
  try {
    return read(text);
  } catch (const std::exception& error) {
    fail(ErrorKind::data, "{}: the metadata '{}' cannot be used: {}", file.name(), key,
         printable(error.what()));
  }
}

void check_format(const SafetensorsFile& file) {
  const std::string& format = text_field(file, "format");
  if (format != kFormat)
    fail(ErrorKind::data, "{}: the format is '{}', this version reads '{}'", file.name(),
         printable(format), kFormat);
}

ModelInfo info_from(const SafetensorsFile& file) {
  ModelInfo info;
  info.normalization = read_field(file, "normalization", [](const std::string& text) {
    const Json json = Json::parse(text);
    const GatherParams params{json.at("scale").get<float>(), json.at("offset").get<float>()};
    check(std::isfinite(params.scale) && std::isfinite(params.offset), "it is not finite");
    return params;
  });
  info.classes = read_field(file, "classes", [](const std::string& text) {
    return Json::parse(text).get<std::vector<std::string>>();
  });
  for (const auto& [key, value] : file.metadata())
    if (key.starts_with(kOwnPrefix))
      info.metadata[key.substr(std::string_view(kOwnPrefix).size())] = value;
  return info;
}

Shape input_from(const SafetensorsFile& file) {
  return read_field(file, "input", [](const std::string& text) {
    const Json list = Json::parse(text);
    check(list.is_array() && list.size() == 3, "[height, width, channels] is needed");
    std::vector<std::int64_t> extents;
    for (const Json& extent : list) {
      check(extent.is_number_unsigned() && extent.get<std::uint64_t>() - 1 < 4096,
            "an extent is not 1 to 4096");
      extents.push_back(extent.get<std::int64_t>());
    }
    return Shape(std::span<const std::int64_t>(extents));
  });
}

// The weights in the file must have the sizes that the layers announce: after this the network is
// no larger than the file, and costs can be worked out without overflow.
void check_layers(const SafetensorsFile& file, const Network& network) {
  std::map<std::string, int> counts;
  for (const Layer& layer : network.layers()) {
    const std::string kind = kind_of(layer);
    const std::string name = fmt::format("{}_{}.weight", kind, ++counts[kind]);
    const auto expect = [&](const std::vector<std::int64_t>& shape, std::size_t free_axis) {
      const std::vector<std::int64_t>& found = file.entry(name).shape;
      bool same = found.size() == shape.size();
      for (std::size_t i = 0; same && i < shape.size(); ++i)
        same = found[i] > 0 && (i == free_axis || found[i] == shape[i]);
      if (!same)
        fail(ErrorKind::data, "{}: tensor '{}' does not have the shape that '{}' needs",
             file.name(), name, to_text(layer));
    };
    if (const Conv2d* c = std::get_if<Conv2d>(&layer)) expect({c->out, c->kernel, c->kernel, 0}, 3);
    if (const Linear* l = std::get_if<Linear>(&layer)) expect({0, l->out}, 0);
    if (const Conv2d* c = std::get_if<Conv2d>(&layer); c != nullptr && c->stride > 4096)
      fail(ErrorKind::data, "{}: stride {} of '{}' is out of range", file.name(), c->stride, name);
    if (const MaxPool2d* p = std::get_if<MaxPool2d>(&layer);
        p != nullptr && (p->kernel > 16 || p->stride > 4096))
      fail(ErrorKind::data, "{}: '{}' is out of range", file.name(), to_text(layer));
  }
}

void read_weights(const SafetensorsFile& file, Model& model) {
  const auto& parameters = model.parameters().entries();
  if (parameters.size() != file.entries().size())
    fail(ErrorKind::data, "{}: has {} tensors, the model has {} parameters", file.name(),
         file.entries().size(), parameters.size());
  const BackendScope scope(model.backend());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    upload(file.read(file.entry(parameters[i].name)), model.parameters().tensor(i), file.name());
}

}  // namespace

void save_model(const std::filesystem::path& path, const Model& model, const ModelInfo& info) {
  TensorMetadata metadata = {
      {"format", kFormat},
      {"hone_version", kVersion},
      {"seed", fmt::format("{}", model.seed())},
      {"input", Json(std::vector<std::int64_t>(model.input().begin(), model.input().end())).dump()},
      {"normalization",
       Json{{"scale", info.normalization.scale}, {"offset", info.normalization.offset}}.dump()}};
  try {
    metadata["classes"] = Json(info.classes).dump();
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::usage, "save_model: class names must be UTF-8: {}", printable(error.what()));
  }
  if (model.network()) metadata["network"] = to_json(*model.network());
  for (const auto& [key, value] : info.metadata) metadata[kOwnPrefix + key] = value;
  const BackendScope scope(model.backend());
  std::vector<TensorData> tensors;
  const optim::FlatParameters& parameters = model.parameters();
  for (std::size_t i = 0; i < parameters.entries().size(); ++i)
    tensors.push_back(download(parameters.entries()[i].name, parameters.tensor(i)));
  write_file_atomic(path, write_safetensors(tensors, metadata));
}

LoadedModel load_model(const std::filesystem::path& path, std::unique_ptr<Backend> backend,
                       const ModelOptions& options) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  check_format(file);
  ModelInfo info = info_from(file);
  if (!file.metadata().contains("network"))
    fail(ErrorKind::data,
         "{}: holds the weights of a module without a description; build that module and use "
         "load_weights",
         file.name());
  const Network network = read_field(file, "network", network_from_json);
  const Shape input = input_from(file);
  check_layers(file, network);
  const auto seed = read_field(file, "seed", [](const std::string& text) {
    std::size_t used = 0;
    const auto value = static_cast<std::uint64_t>(std::stoull(text, &used));
    check(used == text.size(), "'{}' is not a number", printable(text));
    return value;
  });
  LoadedModel loaded;
  try {
    const NetworkCost costs = cost(network, input, options.fuse);
    if (static_cast<std::uint64_t>(costs.parameters) * sizeof(float) >
        std::filesystem::file_size(path))
      fail(ErrorKind::data, "its layers do not fit each other");
    loaded.model = std::make_unique<Model>(network, input, std::move(backend), seed, options);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::device) throw;
    fail(ErrorKind::data, "{}: the network cannot be built: {}", file.name(), error.what());
  }
  read_weights(file, *loaded.model);
  loaded.normalization = info.normalization;
  loaded.classes = std::move(info.classes);
  loaded.metadata = std::move(info.metadata);
  return loaded;
}

ModelInfo load_weights(const std::filesystem::path& path, Model& model) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  check_format(file);
  ModelInfo info = info_from(file);
  if (const Shape input = input_from(file); input != model.input())
    fail(ErrorKind::data, "{}: is a model for samples {}, not {}", file.name(), input.str(),
         model.input().str());
  read_weights(file, model);
  return info;
}

}  // namespace hone::nn::io
