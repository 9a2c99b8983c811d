// Lock, manifest, writing and removing.
#include "apps/common/output_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>
#include <sstream>

#include "base/digest.h"
#include "base/error.h"
#include "base/files.h"

namespace hone::app {
namespace {

namespace fs = std::filesystem;

const std::string kTitle =
    "# What hone wrote in this folder: digest, size, name. A file that is not as listed is never "
    "replaced or removed.";
const std::string kHead = kTitle + " Last, a digest of this list.\n";
const std::string kOldHead = kTitle + "\n";  // of a version that had no digest of the list
constexpr std::string_view kCheck = "#= ";
// "#: key text"; a version that knows no notes takes them for comments.
constexpr std::string_view kNote = "#: ";
constexpr const char* kScratchNote = "scratch";  // "FOLDER FILE"
const std::string kScratchStart = ".hone-";
constexpr std::uint64_t kManifestLimit = 1 << 20;
constexpr std::uint64_t kFileLimit = std::uint64_t{1} << 40;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

// Whether the text of a manifest is as it was written.
bool is_whole(const std::string& text) {
  if (text.starts_with(kOldHead)) return true;
  const std::size_t last = text.rfind(kCheck);
  return text.starts_with(kHead) && last != std::string::npos &&
         text.substr(last) == fmt::format("{}{}\n", kCheck, digest_hex(text.data(), last));
}

bool is_digest(const std::string& text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// Renames to a name that nobody has: a file that comes in between is never lost.
void rename_to_free_name(const fs::path& from, fs::path& to) {
  const std::string base = from.string() + ".kept";
  for (int i = 1; i < 1000; ++i) {
    to = i == 1 ? base : fmt::format("{}-{}", base, i);
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return;
    if (errno == EEXIST) continue;
    // A file system without such a rename.
    if (errno == EINVAL && !is_there(to) && ::rename(from.c_str(), to.c_str()) == 0) return;
    if (errno != EINVAL) break;
  }
  fail(ErrorKind::storage,
       "{}: is not known as a file of this program, and cannot be renamed; move it away",
       printable(from.string()));
}

}  // namespace

OutputFolder::OutputFolder(fs::path folder, const std::string& program,
                           std::function<void(const std::string&)> message)
    : folder_(std::move(folder)), message_(std::move(message)) {
  const std::string name = printable(folder_.string());
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error)
    fail(ErrorKind::storage, "{}: cannot be made: {}; choose another folder with --out", name,
         error.message());
  lock_ = ::open((folder_ / ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
  if (lock_ < 0)
    fail(ErrorKind::storage, "{}: cannot be written; choose another folder with --out", name);
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    ::close(lock_);
    fail(ErrorKind::storage,
         "{}: another {} is running in this folder; wait for it, or use another --out", name,
         program);
  }
  try {
    read_manifest();
    if (damaged_)
      message_(fmt::format(
          "{}: is damaged; of the results here those alone are known that it still lists as they "
          "are. The others are made anew, what is in their place is kept under another name",
          printable((folder_ / kManifest).string())));
    remove_scratch();
  } catch (...) {
    ::close(lock_);
    throw;
  }
}

OutputFolder::OutputFolder(fs::path folder) : folder_(std::move(folder)) { read_manifest(); }

OutputFolder::~OutputFolder() {
  if (lock_ >= 0) ::close(lock_);
}

bool OutputFolder::has(const std::string& name) const { return is_there(folder_ / name); }

bool OutputFolder::lists_any() const {
  return std::any_of(files_.begin(), files_.end(), [&](const auto& e) { return has(e.first); });
}

std::string OutputFolder::note(const std::string& key) const {
  const auto found = notes_.find(key);
  return found == notes_.end() ? "" : found->second;
}

void OutputFolder::set_note(const std::string& key, const std::string& text) {
  if (note(key) == text) return;
  if (text.empty())
    notes_.erase(key);
  else
    notes_[key] = text;
  write_manifest();
}

void OutputFolder::read_manifest() {
  const fs::path file = folder_ / kManifest;
  if (!is_there(file)) return;
  const std::string whole = read_text_file(file, kManifestLimit);
  damaged_ = !is_whole(whole);
  std::istringstream text(whole);
  for (std::string line; std::getline(text, line);) {
    if (const std::size_t space = line.find(' ', kNote.size());
        !damaged_ && line.starts_with(kNote) && space != std::string::npos)
      notes_[line.substr(kNote.size(), space - kNote.size())] = line.substr(space + 1);
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    Entry entry;
    std::string name;
    if (words >> entry.digest >> entry.size && words.get() == ' ' && std::getline(words, name) &&
        is_digest(entry.digest) && !name.empty() && name.find('/') == std::string::npos)
      files_.emplace(name, entry);
  }
}

void OutputFolder::write_manifest() const {
  std::string text = kHead;
  for (const auto& [key, note] : notes_) text += fmt::format("{}{} {}\n", kNote, key, note);
  for (const auto& [name, entry] : files_)
    text += fmt::format("{} {} {}\n", entry.digest, entry.size, name);
  text += fmt::format("{}{}\n", kCheck, digest_hex(text.data(), text.size()));
  write_file_atomic(folder_ / kManifest, text);
}

std::optional<OutputFolder::Entry> OutputFolder::proven(const std::string& name) const {
  const auto [first, last] = files_.equal_range(name);
  if (first == last || !is_file(folder_ / name)) return std::nullopt;
  std::error_code error;
  const std::uintmax_t size = fs::file_size(folder_ / name, error);
  if (error || std::none_of(first, last, [&](const auto& e) { return e.second.size == size; }))
    return std::nullopt;
  const std::vector<std::uint8_t> bytes = read_file(folder_ / name, kFileLimit);
  const Entry now{bytes.size(), digest_hex(bytes.data(), bytes.size())};
  const bool known = std::any_of(first, last, [&](const auto& e) { return e.second == now; });
  return known ? std::optional(now) : std::nullopt;
}

void OutputFolder::check_places(const std::vector<std::string>& names) const {
  for (const std::string& name : names)
    if (has(name) && !is_file(folder_ / name))
      fail(ErrorKind::storage,
           "{}: is not a file, so the result of that name cannot be written; move it away, or use "
           "another --out",
           printable((folder_ / name).string()));
}

// A link to a file that was never ours: that file is none of this folder's, the link is.
void OutputFolder::keep_aside(const std::string& name) const {
  const fs::path place = folder_ / name, file = lists(name) ? link_target(place) : place;
  fs::path kept;
  rename_to_free_name(file, kept);
  message_(fmt::format(
      "{}: was changed, or {} does not list it as written by this program; it is kept as {}",
      printable(file.string()), kManifest, printable(kept.filename().string())));
}

// Nothing that somebody else wrote is in the place of `name` afterwards. An empty file is nothing.
void OutputFolder::make_room(const std::string& name) {
  const fs::path file = link_target(folder_ / name);
  std::error_code error;
  if (!is_file(file) || (fs::file_size(file, error) == 0 && !error) || proven(name)) return;
  keep_aside(name);
}

// Both the file that is there and the one that will be are in the manifest before anything is
// written, so that a kill in between leaves a file that is known.
void OutputFolder::expect(const std::string& name, const Entry& entry) {
  const std::optional<Entry> old = proven(name);
  files_.erase(name);
  if (old && *old != entry) files_.emplace(name, *old);
  files_.emplace(name, entry);
  write_manifest();
}

void OutputFolder::write(const std::string& name, std::string_view bytes) {
  make_room(name);
  expect(name, {bytes.size(), digest_hex(bytes.data(), bytes.size())});
  write_file_atomic(folder_ / name, bytes);
}

void OutputFolder::write(const std::string& name,
                         const std::function<void(const fs::path&)>& write_to) {
  const fs::path scratch = make_scratch(name), part = scratch / name;
  const auto clean = [&] {
    ::unlink(part.c_str());
    ::rmdir(scratch.c_str());
  };
  try {
    write_to(part);
    write(name, read_text_file(part, kFileLimit));
  } catch (...) {
    clean();
    throw;
  }
  clean();
  set_note(kScratchNote, "");
}

fs::path OutputFolder::make_scratch(const std::string& name) {
  std::random_device random;
  const std::string folder = fmt::format("{}{:08x}{:08x}", kScratchStart, random(), random());
  set_note(kScratchNote, folder + " " + name);
  if (::mkdir((folder_ / folder).c_str(), 0700) != 0)
    fail(ErrorKind::storage, "{}: cannot be written: {}", printable(folder_.string()),
         std::generic_category().message(errno));
  return folder_ / folder;
}

void OutputFolder::remove_scratch() {
  const std::string noted = note(kScratchNote);
  if (noted.empty()) return;
  const std::size_t space = std::min(noted.find(' '), noted.size());
  const std::string folder = noted.substr(0, space), name = noted.substr(space);
  std::error_code ignored;
  if (folder.starts_with(kScratchStart) && noted.find('/') == std::string::npos &&
      fs::is_directory(fs::symlink_status(folder_ / folder, ignored))) {
    if (name.size() > 1) ::unlink((folder_ / folder / name.substr(1)).c_str());
    ::rmdir((folder_ / folder).c_str());  // not with anything else in it
  }
  set_note(kScratchNote, "");
}

bool OutputFolder::remove(const std::string& name) {
  if (!has(name)) {
    files_.erase(name);
    return true;
  }
  if (!proven(name)) return false;
  std::error_code error;
  // A symbolic link stays, as the place where the file shall be.
  fs::remove(link_target(folder_ / name), error);
  if (error)
    fail(ErrorKind::storage, "{}: cannot be removed: {}", printable((folder_ / name).string()),
         error.message());
  files_.erase(name);
  write_manifest();
  return true;
}

void OutputFolder::remove_all() {
  notes_.clear();
  std::vector<std::string> names;
  for (const auto& [name, entry] : files_)
    if (names.empty() || names.back() != name) names.push_back(name);
  for (const std::string& name : names)
    if (!remove(name))
      message_(fmt::format("{}: was changed since this program wrote it, and stays",
                           printable((folder_ / name).string())));
}

}  // namespace hone::app
