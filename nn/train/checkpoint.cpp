// Writing, checking and rotating checkpoints.
#include "nn/train/checkpoint.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <system_error>

#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"

namespace hone::nn::train {
namespace {

constexpr std::string_view kMagic = "honeckp1";
constexpr std::size_t kDigestDigits = 32;
constexpr std::size_t kPrefix = kMagic.size() + kDigestDigits;

Json state_json(const Checkpoint& c) {
  Json callbacks = Json::array(), seconds = Json::array();
  for (const auto& [name, state] : c.callbacks) callbacks.push_back(Json::array({name, state}));
  for (const EpochRecord& record : c.history.epochs) seconds.push_back(record.seconds);
  return Json::object({{"settings", c.settings},
                       {"fingerprint", c.fingerprint},
                       {"learning_rate", c.learning_rate},
                       {"batch", c.batch},
                       {"history", c.history.json()},
                       {"seconds", std::move(seconds)},
                       {"stopped", c.stopped},
                       {"callbacks", std::move(callbacks)},
                       {"best", c.best},
                       {"best_epoch", c.best_epoch}});
}

void read_state(const JsonNode& state, Checkpoint& c) {
  c.settings = state.at("settings").get<std::string>();
  c.fingerprint = state.at("fingerprint").get<std::string>();
  c.learning_rate = state.at("learning_rate").get<float>();
  c.batch = state.at("batch").get_between<std::int64_t>(0, INT64_MAX);
  const JsonNode history = state.at("history");
  try {
    c.history = History::from_json(history.get<std::string>());
  } catch (const Error& error) {
    history.fail(error.what());
  }
  const std::vector<JsonNode> seconds = state.at("seconds").items();
  for (std::size_t i = 0; i < seconds.size() && i < c.history.epochs.size(); ++i)
    c.history.epochs[i].seconds = seconds[i].get<double>();
  c.stopped = state.at("stopped").get<std::string>();
  for (const JsonNode& callback : state.at("callbacks").items()) {
    const std::vector<JsonNode> pair = callback.items();
    if (pair.size() != 2) callback.fail("is not the name and the state of a callback");
    c.callbacks.emplace_back(pair[0].get<std::string>(), pair[1].get<std::string>());
  }
  c.best = state.at("best").get_optional<double>();
  c.best_epoch = state.at("best_epoch").get<int>();
}

// Whether a setting is the same: 1 and 1.0 are.
bool same_setting(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number() && a.value().index() != b.value().index())
    return a.number() == b.number();
  const auto* list = a.get_if<Json::Array>();
  const auto* other = b.get_if<Json::Array>();
  if (list != nullptr && other != nullptr)
    return std::equal(list->begin(), list->end(), other->begin(), other->end(), same_setting);
  const auto* members = a.get_if<Json::Object>();
  const auto* others = b.get_if<Json::Object>();
  if (members == nullptr || others == nullptr) return a == b;
  return members->size() == others->size() &&
         std::all_of(members->begin(), members->end(), [&](const JsonMember& member) {
           const Json* found = b.find(member.key);
           return found != nullptr && same_setting(member.value, *found);
         });
}

// Whether there is no such file, or one that begins as a checkpoint, even if it ends at once.
bool begins_right(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) return true;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::string begin(kMagic.size(), '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  begin.resize(static_cast<std::size_t>(stream.gcount()));
  return kMagic.starts_with(begin);
}

}  // namespace

std::vector<std::uint8_t> to_bytes(const Checkpoint& checkpoint) {
  const std::vector<std::uint8_t> body =
      io::write_safetensors(checkpoint.tensors, {{"state", write_json(state_json(checkpoint))}});
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
  const JsonDocument document(state->second, name + ": the metadata 'state'");
  read_state(document.root(), checkpoint);
  for (const auto& entry : file.entries()) checkpoint.tensors.push_back(file.read(entry));
  return checkpoint;
}

std::vector<std::string> settings_diff(const std::string& before, const std::string& now,
                                       const std::string& where) {
  const JsonDocument old_document(before, where + ": its settings");
  const JsonDocument new_document(now, "the settings of this training", ErrorKind::internal);
  const Json &old = old_document.json(), &wanted = new_document.json();
  std::vector<std::string> lines;
  for (const auto& [key, node] : new_document.root().members()) {
    const Json* value = old.find(key);
    if (value == nullptr || !same_setting(*value, node.json()))
      lines.push_back(fmt::format("{} was {}, is {}", key,
                                  value == nullptr ? "not there" : write_json(*value),
                                  write_json(node.json())));
  }
  for (const auto& [key, node] : old_document.root().members())
    if (wanted.find(key) == nullptr)
      lines.push_back(
          fmt::format("{} was {}, is not there", printable(key), write_json(node.json())));
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

bool CheckpointFile::is_ours() const { return begins_right(path_) && begins_right(previous_); }

void CheckpointFile::remove() {
  std::error_code ignored;
  for (const std::filesystem::path& path : {path_, previous_})
    if (begins_right(path)) std::filesystem::remove(path, ignored);
  keep_old_ = false;
}

void CheckpointFile::set_aside() {
  for (const std::filesystem::path& path : {path_, previous_}) {
    std::error_code error;
    std::filesystem::rename(path, path.string() + ".damaged", error);
    if (error && error != std::errc::no_such_file_or_directory)
      fail(ErrorKind::storage, "{}: cannot be renamed: {}", printable(path.string()),
           error.message());
  }
  keep_old_ = false;
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
