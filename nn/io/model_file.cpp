// Saving and loading models.
#include "nn/io/model_file.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/version.h"
#include "nn/io/safetensors.h"
#include "tensor/tape.h"

namespace hone::nn::io {
namespace {

constexpr const char* kFormat = "hone.model.1";
constexpr const char* kOwnPrefix = "user.";
constexpr const char* kDigest = "digest";
constexpr const char* kStandardization = "standardization";
constexpr const char* kOutput = "output";
constexpr const char* kTarget = "target_standardization";

const char* name_of(OutputKind kind) {
  switch (kind) {
    case OutputKind::class_logits:
      return "class_logits";
    case OutputKind::label_logits:
      return "label_logits";
    case OutputKind::values:
      return "values";
  }
  return "?";
}

std::string text_field(const SafetensorsFile& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    fail(ErrorKind::data, "{}: the metadata '{}' is missing; is this a model file of hone?",
         file.name(), key);
  return found->second;
}

// Runs `read` on the JSON of a metadata entry.
template <class Read>
auto read_json(const SafetensorsFile& file, const std::string& key, Read read) {
  const JsonDocument document(text_field(file, key),
                              fmt::format("{}: the metadata '{}'", file.name(), key));
  return read(document.root());
}

void check_format(const SafetensorsFile& file) {
  const std::string format = text_field(file, "format");
  if (format != kFormat)
    fail(ErrorKind::data, "{}: the format is '{}', this version reads '{}'", file.name(),
         printable(format), kFormat);
}

Standardization standardization_from(const SafetensorsFile& file, const char* key) {
  if (!file.metadata().contains(key)) return {};
  return read_json(file, key, [&](const JsonNode& node) {
    Standardization standardization;
    for (const JsonNode& value : node.at("mean").items())
      standardization.mean.push_back(value.get<float>());
    for (const JsonNode& value : node.at("scale").items())
      standardization.scale.push_back(value.get<float>());
    return standardization;
  });
}

// Refuses one that does not fit values of this shape.
void check_standardization(const SafetensorsFile& file, const char* key,
                           const Standardization& standardization, const Shape& shape) {
  const std::string wrong = standardization.complaint(shape);
  if (!wrong.empty()) fail(ErrorKind::data, "{}: the metadata '{}' {}", file.name(), key, wrong);
}

// Files of version 0.1.0 do not say; their models classify.
OutputKind output_from(const SafetensorsFile& file) {
  const auto found = file.metadata().find(kOutput);
  if (found == file.metadata().end()) return OutputKind::class_logits;
  for (const OutputKind kind :
       {OutputKind::class_logits, OutputKind::label_logits, OutputKind::values})
    if (found->second == name_of(kind)) return kind;
  fail(ErrorKind::data, "{}: the metadata 'output' is '{}', this version does not know it",
       file.name(), printable(found->second));
}

ModelInfo info_from(const SafetensorsFile& file, const Shape& input) {
  ModelInfo info;
  info.output = output_from(file);
  info.standardization = standardization_from(file, kStandardization);
  check_standardization(file, kStandardization, info.standardization, input);
  info.target = standardization_from(file, kTarget);
  const auto values = static_cast<std::int64_t>(info.target.mean.size());
  check_standardization(file, kTarget, info.target, Shape{values});
  info.normalization = read_json(file, "normalization", [](const JsonNode& node) {
    const GatherParams params{node.at("scale").get<float>(), node.at("offset").get<float>()};
    if (!std::isfinite(params.scale) || !std::isfinite(params.offset)) node.fail("is not finite");
    return params;
  });
  info.classes = read_json(file, "classes", [](const JsonNode& node) {
    std::vector<std::string> names;
    for (const JsonNode& name : node.items()) names.push_back(name.get<std::string>());
    return names;
  });
  for (const auto& [key, value] : file.metadata())
    if (key.starts_with(kOwnPrefix))
      info.metadata[key.substr(std::string_view(kOwnPrefix).size())] = value;
  return info;
}

Shape input_from(const SafetensorsFile& file) {
  return read_json(file, "input", [](const JsonNode& node) {
    const std::vector<JsonNode> list = node.items();
    if (list.empty() || list.size() >= Shape::kMaxRank)
      node.fail(
          fmt::format("has {} extents, 1 to {} are wanted", list.size(), Shape::kMaxRank - 1));
    std::vector<std::int64_t> extents;
    std::int64_t count = 1;
    for (const JsonNode& extent : list) {
      extents.push_back(extent.get_between<std::int64_t>(1, kMaxWidth));
      if (__builtin_mul_overflow(count, extents.back(), &count)) node.fail("is too large");
    }
    return Shape(std::span<const std::int64_t>(extents));
  });
}

std::uint64_t seed_from(const SafetensorsFile& file) {
  const std::string text = text_field(file, "seed");
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size())
    fail(ErrorKind::data, "{}: the metadata 'seed' is '{}', an integer is wanted", file.name(),
         printable(text));
  return seed;
}

Network network_from(const SafetensorsFile& file, const std::vector<Layer>& kinds) {
  if (!file.metadata().contains("network"))
    fail(ErrorKind::data,
         "{}: holds the weights of a module without a description; build that module and use "
         "load_weights",
         file.name());
  try {
    return network_from_json(text_field(file, "network"), kinds);
  } catch (const Error& error) {
    fail(ErrorKind::data, "{}: the metadata 'network' cannot be used: {}", file.name(),
         error.what());
  }
}

// Covers the metadata, but the digest itself, and the arrays; not the order of either in the file.
std::string digest_of(const TensorMetadata& metadata, const std::vector<TensorData>& tensors) {
  std::string text;
  const auto add = [&](const std::string& part) {
    text += fmt::format("{}:{}", part.size(), part);
  };
  for (const auto& [key, value] : metadata) {
    if (key == kDigest) continue;
    add(key);
    add(value);
  }
  std::map<std::string, const TensorData*> sorted;
  for (const TensorData& tensor : tensors) sorted[tensor.name] = &tensor;
  for (const auto& [name, tensor] : sorted) {
    add(name);
    add(tensor->dtype);
    for (const std::int64_t extent : tensor->shape) add(fmt::format("{}", extent));
    add(digest_hex(tensor->bytes.data(), tensor->bytes.size()));
  }
  return digest_hex(text.data(), text.size());
}

void check_finite(const TensorData& tensor, const std::string& file) {
  for (std::size_t at = 0; at + sizeof(float) <= tensor.bytes.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, tensor.bytes.data() + at, sizeof value);
    if (!std::isfinite(value))
      fail(ErrorKind::data, "{}: value {} of tensor '{}' is {}; such a model gives no results",
           file, at / sizeof(float), printable(tensor.name), value);
  }
}

// The arrays, one for each of `declared`, in that order. Shapes are checked before anything is
// read, so a network can ask for no more memory than the file has.
std::vector<TensorData> read_tensors(const SafetensorsFile& file,
                                     const std::vector<Module::Declared>& declared) {
  if (declared.size() != file.entries().size())
    fail(ErrorKind::data, "{}: has {} tensors, the model has {} parameters and buffers",
         file.name(), file.entries().size(), declared.size());
  for (const Module::Declared& one : declared) {
    const SafetensorsFile::Entry& entry = file.entry(one.name);
    if (entry.dtype != "F32" ||
        !std::equal(entry.shape.begin(), entry.shape.end(), one.shape.begin(), one.shape.end()))
      fail(ErrorKind::data, "{}: tensor '{}' is {} [{}], F32 {} is needed", file.name(), one.name,
           entry.dtype, fmt::join(entry.shape, ", "), one.shape.str());
  }
  std::vector<TensorData> tensors;
  for (const Module::Declared& one : declared) tensors.push_back(file.read(file.entry(one.name)));
  const auto digest = file.metadata().find(kDigest);  // files of version 0.1.0 have none
  if (digest != file.metadata().end() && digest->second != digest_of(file.metadata(), tensors))
    fail(ErrorKind::data, "{}: is damaged: the digest of its content is not the one stored in it",
         file.name());
  for (const TensorData& tensor : tensors) check_finite(tensor, file.name());
  return tensors;
}

// Every parameter, then every buffer, by name.
std::vector<std::pair<std::string, Tensor>> all_tensors(const optim::FlatParameters& parameters) {
  std::vector<std::pair<std::string, Tensor>> list;
  for (std::size_t i = 0; i < parameters.entries().size(); ++i)
    list.emplace_back(parameters.entries()[i].name, parameters.tensor(i));
  for (std::size_t i = 0; i < parameters.buffers().size(); ++i)
    list.emplace_back(parameters.buffers()[i].name, parameters.buffer(i));
  return list;
}

void upload_all(const std::vector<TensorData>& tensors, Model& model, const std::string& file) {
  const BackendScope scope(model.backend());
  std::map<std::string, const TensorData*> by_name;
  for (const TensorData& tensor : tensors) by_name[tensor.name] = &tensor;
  for (const auto& [name, tensor] : all_tensors(model.parameters()))
    upload(*by_name.at(name), tensor, file);
}

}  // namespace

void save_model(const std::string& path, const Model& model, const ModelInfo& info) {
  Json extents = Json::array();
  for (const std::int64_t extent : model.input()) extents.push_back(extent);
  TensorMetadata metadata = {
      {"format", kFormat},
      {"hone_version", kVersion},
      {"seed", fmt::format("{}", model.seed())},
      {"input", write_json(extents)},
      {"classes", write_json(info.classes)},
      {"normalization", write_json(Json::object({{"scale", info.normalization.scale},
                                                 {"offset", info.normalization.offset}}))}};
  const std::string wrong = info.standardization.complaint(model.input());
  check(wrong.empty(), "save_model: the standardization {}", wrong);
  check(std::isfinite(info.normalization.scale) && std::isfinite(info.normalization.offset),
        "save_model: the normalization, scale {} and offset {}, is not finite",
        info.normalization.scale, info.normalization.offset);
  const auto put = [&](const char* key, const Standardization& by) {
    if (!by.empty())
      metadata[key] = write_json(Json::object({{"mean", by.mean}, {"scale", by.scale}}));
  };
  put(kStandardization, info.standardization);
  put(kTarget, info.target);
  if (info.output != OutputKind::class_logits) metadata[kOutput] = name_of(info.output);
  if (model.network()) metadata["network"] = to_json(*model.network());
  for (const auto& [key, value] : info.metadata) metadata[kOwnPrefix + key] = value;
  const BackendScope scope(model.backend());
  std::vector<TensorData> tensors;
  for (const auto& [name, tensor] : all_tensors(model.parameters()))
    tensors.push_back(download(name, tensor));
  metadata[kDigest] = digest_of(metadata, tensors);
  write_file_atomic(path, write_safetensors(tensors, metadata));
}

void save_model(const std::string& path, const Model& model) {
  save_model(path, model, model.info());
}

LoadedModel load_model(const std::string& path, std::unique_ptr<Backend> backend,
                       const LoadOptions& options) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  check_format(file);
  const Network network = network_from(file, options.kinds);
  const Shape input = input_from(file);
  ModelInfo info = info_from(file, input);
  const std::uint64_t seed = seed_from(file);
  std::vector<TensorData> tensors;
  try {
    tensors = read_tensors(file, build(network, input, options.fuse)->declared());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    fail(ErrorKind::data, "{}: the network cannot be built: {}", file.name(), error.what());
  }
  LoadedModel loaded;
  loaded.model = std::make_unique<Model>(network, input, std::move(backend), seed,
                                         ModelOptions{.fuse = options.fuse});
  upload_all(tensors, *loaded.model, file.name());
  loaded.model->set_info(info);
  static_cast<ModelInfo&>(loaded) = std::move(info);
  return loaded;
}

ModelInfo load_weights(const std::string& path, Model& model) {
  const SafetensorsFile file = SafetensorsFile::open(path);
  check_format(file);
  const Shape input = input_from(file);
  if (input != model.input())
    fail(ErrorKind::data, "{}: is a model for samples {}, not {}", file.name(), input.str(),
         model.input().str());
  ModelInfo info = info_from(file, input);
  std::vector<Module::Declared> declared;
  for (const auto& [name, tensor] : all_tensors(model.parameters()))
    declared.push_back({name, tensor.shape()});
  upload_all(read_tensors(file, declared), model, file.name());
  model.set_info(info);
  return info;
}

}  // namespace hone::nn::io
