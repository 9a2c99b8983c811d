// A strict reader and a writer of safetensors.
#include "nn/io/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

#include "base/files.h"
#include "base/json.h"

namespace hone::nn::io {
namespace {

static_assert(std::endian::native == std::endian::little, "model files are written as they lie");

// Bytes of one element; 0 for a type that the format does not know.
std::uint64_t dtype_bytes(const std::string& dtype) {
  static const std::map<std::string, std::uint64_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1},
      {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},
      {"U32", 4},  {"F32", 4}, {"I64", 8}, {"U64", 8},     {"F64", 8}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

const char* dtype_name(DType dtype) {
  switch (dtype) {
    case DType::u8:
      return "U8";
    case DType::i32:
      return "I32";
    case DType::f32:
      return "F32";
    case DType::f64:
      return "F64";
  }
  return "?";
}

// product(shape) * size, or nothing when it does not fit 63 bits.
std::optional<std::uint64_t> byte_count(const std::vector<std::int64_t>& shape,
                                        const std::string& dtype) {
  std::uint64_t bytes = dtype_bytes(dtype);
  for (const std::int64_t extent : shape) {
    if (extent < 0) return std::nullopt;
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes))
      return std::nullopt;
  }
  return bytes > static_cast<std::uint64_t>(INT64_MAX) ? std::nullopt : std::optional(bytes);
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const std::int64_t extent : shape)
    text += fmt::format("{}{}", text.empty() ? "" : ", ", extent);
  return "[" + text + "]";
}

std::vector<std::int64_t> counts(const JsonNode& list) {
  std::vector<std::int64_t> values;
  for (const JsonNode& value : list.items())
    values.push_back(value.get_between<std::int64_t>(0, INT64_MAX));
  return values;
}

SafetensorsFile::Entry entry_from(const std::string& name, const JsonNode& node,
                                  const std::string& file) {
  SafetensorsFile::Entry entry;
  entry.name = name;
  node.allow_only({"dtype", "shape", "data_offsets"});
  entry.dtype = node.at("dtype").get<std::string>();
  if (dtype_bytes(entry.dtype) == 0) node.at("dtype").fail("is a type that is not known");
  entry.shape = counts(node.at("shape"));
  const std::vector<std::int64_t> range = counts(node.at("data_offsets"));
  if (range.size() != 2 || range[0] > range[1]) node.at("data_offsets").fail("is not [begin, end]");
  entry.begin = static_cast<std::uint64_t>(range[0]);
  entry.end = static_cast<std::uint64_t>(range[1]);
  const auto bytes = byte_count(entry.shape, entry.dtype);
  if (!bytes || *bytes != entry.end - entry.begin)
    fail(ErrorKind::data, "{}: tensor '{}': {} bytes do not hold {} values of shape {}", file,
         printable(name), entry.end - entry.begin, entry.dtype, shape_text(entry.shape));
  return entry;
}

std::uint64_t little_u64(const std::uint8_t* bytes) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

// The length field, checked against the file's size.
std::uint64_t header_length(const std::uint8_t* bytes, std::uint64_t file_bytes,
                            const std::string& file) {
  const std::uint64_t length = little_u64(bytes);
  if (length > kSafetensorsHeaderLimit || length > file_bytes - 8)
    fail(ErrorKind::data,
         "{}: is not a safetensors file: its header would have {} bytes, the file has {}", file,
         length, file_bytes);
  return length;
}

[[noreturn]] void too_short(const std::string& file, std::uint64_t bytes) {
  fail(ErrorKind::data, "{}: is not a safetensors file: it has only {} bytes", file, bytes);
}

}  // namespace

TensorData download(const std::string& name, const Tensor& tensor) {
  const View view = tensor.view();
  check(view.models == 1, "safetensors: '{}' holds {} models; write one at a time", name,
        view.models);
  TensorData data{name, dtype_name(tensor.dtype()), {}, {}};
  data.shape.assign(view.shape.begin(), view.shape.end());
  data.bytes.resize(view.bytes());
  tensor.download(data.bytes.data());
  return data;
}

void upload(const TensorData& data, const Tensor& tensor, const std::string& where) {
  const View view = tensor.view();
  const std::vector<std::int64_t> shape(view.shape.begin(), view.shape.end());
  if (data.dtype != dtype_name(view.dtype) || data.shape != shape ||
      data.bytes.size() != view.bytes())
    fail(ErrorKind::data, "{}: tensor '{}' is {} {}, {} {} is needed", where, printable(data.name),
         data.dtype, shape_text(data.shape), dtype_name(view.dtype), view.shape.str());
  tensor.upload(data.bytes.data());
}

std::vector<std::uint8_t> write_safetensors(const std::vector<TensorData>& tensors,
                                            const TensorMetadata& metadata) {
  std::vector<const TensorData*> order;
  for (const TensorData& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const TensorData* a, const TensorData* b) {
    return dtype_bytes(a->dtype) > dtype_bytes(b->dtype);
  });
  Json header = Json::object();
  Json::Object& members = header.members();
  if (!metadata.empty()) {
    members.push_back({"__metadata__", Json::object()});
    for (const auto& [key, value] : metadata)
      members.back().value.members().push_back({key, value});
  }
  std::set<std::string_view> names = {"__metadata__"};
  std::uint64_t offset = 0;
  for (const TensorData* tensor : order) {
    const std::string& name = tensor->name;
    check(names.insert(name).second, "safetensors: the name '{}' is used twice or reserved",
          printable(name));
    const auto bytes = byte_count(tensor->shape, tensor->dtype);
    check(dtype_bytes(tensor->dtype) != 0 && bytes && *bytes == tensor->bytes.size(),
          "safetensors: '{}' has {} bytes for {} {}", printable(name), tensor->bytes.size(),
          tensor->dtype, shape_text(tensor->shape));
    members.push_back(
        {name,
         Json::object({{"dtype", tensor->dtype},
                       {"shape", tensor->shape},
                       {"data_offsets", Json::array({offset, offset + tensor->bytes.size()})}})});
    offset += tensor->bytes.size();
  }
  std::string text = write_json(header);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  check(text.size() <= kSafetensorsHeaderLimit, "safetensors: the header would have {} bytes",
        text.size());
  std::vector<std::uint8_t> file(8 + text.size() + offset);
  const std::uint64_t length = text.size();
  std::memcpy(file.data(), &length, 8);
  std::memcpy(file.data() + 8, text.data(), text.size());
  std::uint8_t* at = file.data() + 8 + text.size();
  for (const TensorData* tensor : order) {
    if (!tensor->bytes.empty()) std::memcpy(at, tensor->bytes.data(), tensor->bytes.size());
    at += tensor->bytes.size();
  }
  return file;
}

SafetensorsFile SafetensorsFile::open(const std::string& path) {
  SafetensorsFile file;
  file.name_ = printable(path);
  file.file_ = std::make_shared<const InputFile>(path);
  const std::uint64_t size = file.file_->size();
  if (size < 8) too_short(file.name_, size);
  std::array<std::uint8_t, 8> prefix{};
  file.file_->read(0, prefix);
  std::vector<std::uint8_t> header(header_length(prefix.data(), size, file.name_));
  file.file_->read(8, header);
  file.data_start_ = 8 + header.size();
  file.parse_header({reinterpret_cast<const char*>(header.data()), header.size()},
                    size - file.data_start_);
  return file;
}

SafetensorsFile SafetensorsFile::parse(std::span<const std::uint8_t> bytes,
                                       const std::string& name) {
  SafetensorsFile file;
  file.name_ = printable(name);
  file.memory_ = bytes;
  if (bytes.size() < 8) too_short(file.name_, bytes.size());
  const std::uint64_t length = header_length(bytes.data(), bytes.size(), file.name_);
  file.data_start_ = 8 + length;
  file.parse_header({reinterpret_cast<const char*>(bytes.data()) + 8, length},
                    bytes.size() - file.data_start_);
  return file;
}

void SafetensorsFile::parse_header(std::string_view text, std::uint64_t data_bytes) {
  if (text.empty() || text.front() != '{')
    fail(ErrorKind::data, "{}: the header is not a JSON object", name_);
  const JsonDocument document(text, name_ + ": the header", ErrorKind::data,
                              {.bytes = kSafetensorsHeaderLimit, .depth = 8});
  for (const auto& [key, node] : document.root().members()) {
    if (key != "__metadata__") {
      entries_.push_back(entry_from(key, node, name_));
      continue;
    }
    for (const auto& [name, content] : node.members()) metadata_[name] = content.get<std::string>();
  }
  std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  for (std::size_t i = 0; i < entries_.size(); ++i) by_name_[entries_[i].name] = i;
  std::uint64_t expected = 0;
  for (const Entry& entry : entries_) {
    if (entry.begin != expected)
      fail(ErrorKind::data, "{}: tensor '{}' starts at byte {}, {} was expected: {}", name_,
           printable(entry.name), entry.begin, expected,
           entry.begin < expected ? "tensors overlap" : "there is a hole");
    expected = entry.end;
  }
  if (expected != data_bytes)
    fail(ErrorKind::data, "{}: the header announces {} bytes of data, the file has {}", name_,
         expected, data_bytes);
}

bool SafetensorsFile::has(const std::string& tensor) const { return by_name_.contains(tensor); }

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& tensor) const {
  const auto found = by_name_.find(tensor);
  if (found == by_name_.end())
    fail(ErrorKind::data, "{}: tensor '{}' is missing", name_, printable(tensor));
  return entries_[found->second];
}

TensorData SafetensorsFile::read(const Entry& entry) const {
  TensorData data{entry.name, entry.dtype, entry.shape, {}};
  const std::uint64_t size = entry.end - entry.begin;
  if (!file_) {
    const auto part = memory_.subspan(data_start_ + entry.begin, size);
    data.bytes.assign(part.begin(), part.end());
    return data;
  }
  data.bytes.resize(size);
  file_->read(data_start_ + entry.begin, data.bytes);
  return data;
}

}  // namespace hone::nn::io
