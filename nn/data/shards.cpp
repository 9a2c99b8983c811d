// Writing and reading sets of shards.
#include "nn/data/shards.h"

#include <algorithm>
#include <filesystem>
#include <limits>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace hone::nn::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAbout = "shards.json";
constexpr std::uint64_t kAboutLimit = 64u << 20;

struct Type {
  const char* name;
  DType dtype;
};
constexpr Type kTypes[] = {{"U8", DType::u8}, {"I32", DType::i32}, {"F32", DType::f32}};

// Samples, labels, columns: name and tensor.
std::vector<std::pair<std::string, Tensor>> fields_of(const Dataset& data) {
  std::vector<std::pair<std::string, Tensor>> fields{{"x", data.samples()}};
  if (data.has_labels()) fields.emplace_back("labels", data.labels());
  for (const Column& column : data.columns())
    fields.emplace_back("column " + column.name, column.values);
  return fields;
}

Json json_of(const GatherParams& params) {
  return Json::object({{"scale", params.scale}, {"offset", params.offset}});
}

Json json_of(const Standardization& by) {
  return Json::object({{"mean", by.mean}, {"scale", by.scale}});
}

// All about a set but its samples.
Json about(const Dataset& data) {
  Json fields = Json::array();
  for (const auto& [name, tensor] : fields_of(data)) {
    const io::TensorData type = io::download(name, tensor.part(0, tensor.shape().with(0, 1)));
    fields.push_back(Json::object(
        {{"name", name},
         {"type", type.dtype},
         {"shape", std::vector<std::int64_t>(type.shape.begin() + 1, type.shape.end())}}));
  }
  Json columns = Json::array();
  for (const Column& column : data.columns())
    columns.push_back(Json::object({{"name", column.name},
                                    {"classes", column.classes},
                                    {"normalization", json_of(column.normalization)},
                                    {"standardization", json_of(column.standardization)}}));
  return Json::object({{"fields", std::move(fields)},
                       {"columns", std::move(columns)},
                       {"classes", data.classes()},
                       {"class_names", data.class_names()},
                       {"normalization", json_of(data.normalization())},
                       {"standardization", json_of(data.standardization())}});
}

std::vector<float> floats(const JsonNode& node) {
  std::vector<float> list;
  for (const JsonNode& item : node.items()) list.push_back(item.get<float>());
  return list;
}

GatherParams normalization(const JsonNode& node) {
  return {.scale = node.at("scale").get<float>(), .offset = node.at("offset").get<float>()};
}

Standardization standardization(const JsonNode& node) {
  return {.mean = floats(node.at("mean")), .scale = floats(node.at("scale"))};
}

fs::path shard_file(const std::string& folder, std::int64_t shard) {
  return fs::path(folder) / fmt::format("shard-{:05}.safetensors", shard);
}

Tensor tensor_of(Device& device, const io::TensorData& data, DType dtype, std::int64_t rows) {
  std::vector<std::int64_t> dims = data.shape;
  dims[0] = rows;
  const Tensor tensor = Tensor::empty(device, Shape(std::span<const std::int64_t>(dims)), dtype);
  tensor.upload(data.bytes.data());
  return tensor;
}

}  // namespace

ShardWriter::ShardWriter(const std::string& folder, std::int64_t rows)
    : folder_(folder), rows_(rows) {
  const std::string name = printable(folder_);
  check(rows >= 1, "shards {}: rows is {}, it must be at least 1", name, rows);
  check(!is_shard_folder(folder_), "shards {}: there is a set in this folder; give another one",
        name);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) fail(ErrorKind::storage, "{}: cannot be made: {}", name, error.message());
}

void ShardWriter::append(const Dataset& part) {
  const std::string text = write_json(about(part));
  if (about_.empty()) about_ = text;
  check(
      text == about_,
      "shards {}: samples {} and on are described by {}, those before by {}; all parts must agree",
      printable(folder_), count_ + held_, text, about_);
  const auto fields = fields_of(part);
  std::int64_t done = 0;
  while (done < part.count()) {
    const std::int64_t some = std::min(rows_ - held_, part.count() - done);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const Tensor& tensor = fields[i].second;
      const std::int64_t each = tensor.count() / part.count();
      io::TensorData rows =
          io::download(fields[i].first, tensor.part(done * each, tensor.shape().with(0, some)));
      if (fields_.size() < fields.size()) {
        fields_.push_back(std::move(rows));
        continue;
      }
      fields_[i].shape[0] += some;
      fields_[i].bytes.insert(fields_[i].bytes.end(), rows.bytes.begin(), rows.bytes.end());
    }
    held_ += some;
    done += some;
    if (held_ == rows_) write_shard();
  }
}

void ShardWriter::write_shard() {
  const std::vector<std::uint8_t> bytes = io::write_safetensors(fields_, {});
  write_file_atomic(shard_file(folder_, static_cast<std::int64_t>(digests_.size())), bytes);
  digests_.push_back(digest_hex(bytes.data(), bytes.size()));
  count_ += held_;
  held_ = 0;
  fields_.clear();
}

void ShardWriter::finish() {
  check(!about_.empty(), "shards {}: there are no samples", printable(folder_));
  if (held_ > 0) write_shard();
  const JsonDocument document(about_, kAbout);
  Json json = Json::object({{"format", "hone shards 1"}, {"count", count_}, {"rows", rows_}});
  json.set("about", document.json());
  json.set("digests", digests_);
  write_file_atomic(fs::path(folder_) / kAbout, write_json(json, {.indent = 1}) + "\n");
}

void write_shards(const std::string& folder, const Dataset& data, std::int64_t rows) {
  ShardWriter writer(folder, rows);
  writer.append(data);
  writer.finish();
}

bool is_shard_folder(const std::string& folder) {
  std::error_code ignored;
  return fs::exists(fs::path(folder) / kAbout, ignored);
}

ShardFolder::ShardFolder(const std::string& folder) : folder_(folder) {
  const fs::path path = fs::path(folder) / kAbout;
  const std::string text = read_text_file(path, kAboutLimit);
  const JsonDocument document(text, printable(path.string()), ErrorKind::data,
                              {.bytes = kAboutLimit});
  const JsonNode root = document.root();
  root.allow_only({"format", "count", "rows", "about", "digests"});
  if (root.at("format").get<std::string>() != "hone shards 1")
    root.at("format").fail("is not that of this version, 'hone shards 1'");
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  count_ = root.at("count").get_between<std::int64_t>(1, kMost);
  rows_ = root.at("rows").get_between<std::int64_t>(1, kMost);
  for (const JsonNode& digest : root.at("digests").items())
    digests_.push_back(digest.get<std::string>());
  if (static_cast<std::int64_t>(digests_.size()) != shards())
    root.at("digests").fail(fmt::format("has {} entries, {} samples in shards of {} have {}",
                                        digests_.size(), count_, rows_, shards()));
  read_about(root.at("about"));
  digest_ = digest_hex(text.data(), text.size());
}

void ShardFolder::read_about(const JsonNode& about) {
  for (const JsonNode& field : about.at("fields").items()) {
    fields_.push_back(
        {field.at("name").get<std::string>(), field.at("type").get<std::string>(), {}});
    for (const JsonNode& side : field.at("shape").items())
      fields_.back().shape.push_back(
          side.get_between<std::int64_t>(1, std::numeric_limits<std::int32_t>::max()));
  }
  if (fields_.empty() || fields_[0].name != "x") about.at("fields").fail("must begin with x");
  const bool labels = fields_.size() > 1 && fields_[1].name == "labels";
  std::size_t field = labels ? 2 : 1;
  for (const JsonNode& node : about.at("columns").items()) {
    const std::string name = node.at("name").get<std::string>();
    if (field >= fields_.size() || fields_[field++].name != "column " + name)
      node.at("name").fail("is not the next field");
    about_.columns.push_back({.name = name,
                              .values = {},
                              .normalization = normalization(node.at("normalization")),
                              .classes = node.at("classes").get<int>(),
                              .standardization = standardization(node.at("standardization"))});
  }
  if (field != fields_.size()) about.at("fields").fail("has more than x, labels and the columns");
  about_.classes = about.at("classes").get<int>();
  for (const JsonNode& name : about.at("class_names").items())
    about_.class_names.push_back(name.get<std::string>());
  about_.normalization = normalization(about.at("normalization"));
  about_.standardization = standardization(about.at("standardization"));
}

std::int64_t ShardFolder::rows_of(std::int64_t shard) const {
  return std::min(rows_, count_ - shard * rows_);
}

std::vector<io::TensorData> ShardFolder::read(std::int64_t shard) const {
  const fs::path path = shard_file(folder_, shard);
  const std::string name = printable(path.string());
  std::uint64_t expected = io::kSafetensorsHeaderLimit;
  for (const Field& field : fields_) {
    std::uint64_t each = 4;
    for (const std::int64_t side : field.shape) each *= static_cast<std::uint64_t>(side);
    expected += each * static_cast<std::uint64_t>(rows_);
  }
  const std::vector<std::uint8_t> bytes = read_file(path, expected);
  if (digest_hex(bytes.data(), bytes.size()) != digests_[static_cast<std::size_t>(shard)])
    fail(ErrorKind::data, "{}: is damaged, or a shard of another set; write the set again", name);
  const io::SafetensorsFile file = io::SafetensorsFile::parse(bytes, name);
  std::vector<io::TensorData> arrays;
  for (const Field& field : fields_) {
    arrays.push_back(file.read(file.entry(field.name)));
    std::vector<std::int64_t> shape = field.shape;
    shape.insert(shape.begin(), rows_of(shard));
    if (arrays.back().dtype != field.dtype || arrays.back().shape != shape)
      fail(ErrorKind::data, "{}: the array '{}' is not as {} says", name, printable(field.name),
           kAbout);
  }
  return arrays;
}

DatasetParts ShardFolder::parts(Device& device, std::int64_t shard, std::int64_t rows) const {
  const std::vector<io::TensorData> arrays = read(shard);
  const auto tensor = [&](std::size_t field) {
    for (const Type& type : kTypes)
      if (arrays[field].dtype == type.name)
        return tensor_of(device, arrays[field], type.dtype, rows);
    fail(ErrorKind::data, "{}: the array '{}' has type {}; U8, I32 or F32 is needed",
         printable(folder_), printable(arrays[field].name), arrays[field].dtype);
  };
  DatasetParts parts = about_;
  parts.samples = tensor(0);
  std::size_t field = 1;
  if (fields_.size() > 1 && fields_[1].name == "labels") parts.labels = tensor(field++);
  for (Column& column : parts.columns) column.values = tensor(field++);
  return parts;
}

Dataset open_shards(Device& device, const std::string& folder) {
  auto shards = std::make_shared<const ShardFolder>(folder);
  DatasetParts parts = shards->parts(device, 0, 1);
  parts.shard_rows = shards->rows();
  Dataset data(std::move(parts));
  data.count_ = shards->count();
  data.shards_ = std::move(shards);
  return data;
}

Dataset load_shards(Device& device, const std::string& folder) {
  const ShardFolder shards(folder);
  DatasetParts parts = shards.parts(device, 0, 1);
  const auto whole = [&](Tensor& tensor) {
    tensor = Tensor::empty(device, tensor.shape().with(0, shards.count()), tensor.dtype());
    return tensor;
  };
  std::vector<Tensor> fields{whole(parts.samples)};
  if (parts.labels.defined()) fields.push_back(whole(parts.labels));
  for (Column& column : parts.columns) fields.push_back(whole(column.values));
  for (std::int64_t i = 0; i < shards.shards(); ++i) {
    const std::vector<io::TensorData> arrays = shards.read(i);
    for (std::size_t f = 0; f < fields.size(); ++f) {
      const std::int64_t each = fields[f].count() / shards.count();
      fields[f]
          .part(i * shards.rows() * each, fields[f].shape().with(0, shards.rows_of(i)))
          .upload(arrays[f].bytes.data());
    }
  }
  parts.shard_rows = shards.rows();
  return Dataset(std::move(parts));
}

}  // namespace hone::nn::data
