// Writing, checking and rotating checkpoints.
#include "nn/train/checkpoint.h"

#include <cstring>

#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"

namespace hone::nn::train {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::string_view kMagic = "honeckp1";
constexpr std::size_t kDigestDigits = 32;
constexpr std::size_t kPrefix = kMagic.size() + kDigestDigits;

Json state_json(const Checkpoint& c) {
  Json callbacks = Json::array();
  for (const auto& [name, state] : c.callbacks) callbacks.push_back({name, state});
  Json seconds = Json::array();
  for (const EpochRecord& record : c.history.epochs) seconds.push_back(record.seconds);
  return {{"settings", c.settings},
          {"fingerprint", c.fingerprint},
          {"learning_rate", c.learning_rate},
          {"batch", c.batch},
          {"history", c.history.json()},
          {"seconds", std::move(seconds)},
          {"stopped", c.stopped},
          {"callbacks", std::move(callbacks)},
          {"best", c.best ? Json(*c.best) : Json()},
          {"best_epoch", c.best_epoch}};
}

// Reads the fields one by one, so that an error can say which.
void read_state(const Json& json, Checkpoint& c, const std::string& name) {
  const char* at = "";
  const auto field = [&](const char* key) -> const Json& {
    at = key;
    return json.at(key);
  };
  try {
    c.settings = field("settings").get<std::string>();
    c.fingerprint = field("fingerprint").get<std::string>();
    c.learning_rate = field("learning_rate").get<float>();
    c.batch = field("batch").get<std::int64_t>();
    c.history = History::from_json(field("history").get<std::string>());
    const auto seconds = field("seconds").get<std::vector<double>>();
    for (std::size_t i = 0; i < seconds.size() && i < c.history.epochs.size(); ++i)
      c.history.epochs[i].seconds = seconds[i];
    c.stopped = field("stopped").get<std::string>();
    for (const Json& pair : field("callbacks"))
      c.callbacks.emplace_back(pair.at(0).get<std::string>(), pair.at(1).get<std::string>());
    if (!field("best").is_null()) c.best = json.at("best").get<double>();
    c.best_epoch = field("best_epoch").get<int>();
  } catch (const std::exception& error) {
    fail(ErrorKind::data, "{}: the field '{}' cannot be read: {}", name, at,
         printable(error.what()));
  }
}

}  // namespace

const io::TensorData& Checkpoint::tensor(const std::string& name, const std::string& where) const {
  for (const io::TensorData& data : tensors)
    if (data.name == name) return data;
  fail(ErrorKind::data, "{}: the tensor '{}' is missing", where, printable(name));
}

std::vector<std::uint8_t> to_bytes(const Checkpoint& checkpoint) {
  const std::vector<std::uint8_t> body =
      io::write_safetensors(checkpoint.tensors, {{"state", state_json(checkpoint).dump()}});
  std::string prefix(kMagic);
  prefix += digest_hex(body.data(), body.size());
  std::vector<std::uint8_t> bytes(prefix.begin(), prefix.end());
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

Checkpoint checkpoint_from_bytes(std::span<const std::uint8_t> bytes, const std::string& name) {
  if (bytes.size() < kPrefix)
    fail(ErrorKind::data, "{}: is not a checkpoint: it has only {} bytes", name, bytes.size());
  const std::string prefix(bytes.begin(), bytes.begin() + kPrefix);
  if (!prefix.starts_with(kMagic))
    fail(ErrorKind::data,
         "{}: is not a checkpoint, or one of another version: it does not begin "
         "with '{}'",
         name, kMagic);
  const auto body = bytes.subspan(kPrefix);
  if (prefix.substr(kMagic.size()) != digest_hex(body.data(), body.size()))
    fail(ErrorKind::data, "{}: is damaged: the digest of its {} bytes is not the one stored in it",
         name, bytes.size());
  const io::SafetensorsFile file = io::SafetensorsFile::parse(body, name);
  const auto state = file.metadata().find("state");
  if (state == file.metadata().end())
    fail(ErrorKind::data, "{}: the metadata 'state' is missing", name);
  Checkpoint checkpoint;
  try {
    read_state(Json::parse(state->second), checkpoint, name);
  } catch (const nlohmann::json::exception& error) {
    fail(ErrorKind::data, "{}: the metadata 'state' is not JSON: {}", name,
         printable(error.what()));
  }
  for (const auto& entry : file.entries()) checkpoint.tensors.push_back(file.read(entry));
  return checkpoint;
}

std::vector<std::string> settings_diff(const std::string& before, const std::string& now) {
  std::vector<std::string> lines;
  const Json a = Json::parse(before, nullptr, false), b = Json::parse(now);
  if (!a.is_object()) return {"the settings of the checkpoint cannot be read"};
  for (const auto& [key, value] : b.items()) {
    const std::string old = a.contains(key) ? a.at(key).dump() : "not there";
    if (old != value.dump())
      lines.push_back(fmt::format("{} was {}, is {}", key, printable(old), value.dump()));
  }
  for (const auto& [key, value] : a.items())
    if (!b.contains(key))
      lines.push_back(
          fmt::format("{} was {}, is not there", printable(key), printable(value.dump())));
  return lines;
}

CheckpointFile::CheckpointFile(std::filesystem::path path)
    : path_(std::move(path)), previous_(path_.string() + ".prev") {}

std::optional<Checkpoint> CheckpointFile::load(
    std::uint64_t byte_limit, const std::function<void(const std::string&)>& message) {
  const auto read = [&](const std::filesystem::path& path) {
    return checkpoint_from_bytes(read_file(path, byte_limit), printable(path.string()));
  };
  const bool newest = std::filesystem::exists(path_), older = std::filesystem::exists(previous_);
  if (!newest && !older) return std::nullopt;
  std::string trouble = fmt::format("{}: is missing", printable(path_.string()));
  if (newest) {
    try {
      Checkpoint checkpoint = read(path_);
      keep_old_ = true;
      return checkpoint;
    } catch (const Error& error) {
      if (!older) throw;
      trouble = error.what();
    }
  }
  Checkpoint checkpoint = read(previous_);
  message(fmt::format("{}; going on from {}", trouble, printable(previous_.string())));
  return checkpoint;
}

void CheckpointFile::save(const Checkpoint& checkpoint) {
  const std::vector<std::uint8_t> bytes = to_bytes(checkpoint);
  std::error_code ignored;
  if (keep_old_) {
    // A second name for the old file, so that there is a complete one at every moment. Where the
    // file system has no hard links there is no older generation.
    const std::filesystem::path link = path_.string() + ".link";
    std::error_code error;
    std::filesystem::remove(link, ignored);
    std::filesystem::create_hard_link(path_, link, error);
    if (!error) std::filesystem::rename(link, previous_, ignored);
  }
  write_file_atomic(path_, bytes);
  keep_old_ = true;
}

}  // namespace hone::nn::train
