// Whole-file reading with a limit, and atomic writing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hone {

// A regular file that is open for reading: the same one, whatever happens to its name meanwhile.
class InputFile {
 public:
  // Throws Error(data) that names the file when it is missing or is not a regular file.
  explicit InputFile(const std::filesystem::path& path);
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  std::uint64_t size() const { return size_; }  // in bytes, when it was opened
  // Fills `out` with the bytes from `offset` on. Throws Error(data) that names the file when it
  // cannot be read or has become too short for that. Any thread.
  void read(std::uint64_t offset, std::span<std::uint8_t> out) const;

 private:
  std::string name_;
  int fd_ = -1;
  std::uint64_t size_ = 0;
};

// The bytes of a regular file. Throws Error(data) that names the file when it is missing, is not a
// regular file, cannot be read, or is larger than `limit` bytes (checked before any allocation).
std::vector<std::uint8_t> read_file(const std::filesystem::path& path, std::uint64_t limit);
std::string read_text_file(const std::filesystem::path& path, std::uint64_t limit);

// The file that writing to `path` replaces: `path` itself, or what its chain of symbolic links ends
// at (which need not exist). Throws std::system_error for a chain without an end.
std::filesystem::path link_target(std::filesystem::path path);

// Replaces `path` by `bytes` so that a reader, a crash or a full disk sees the old file or the new
// one, never a part: writes a file without a name, fsync, gives it the name, fsync of the folder.
// Where the file system has no files without a name it is a hidden one beside `path`, which a kill
// may leave behind. A symbolic link stays and its target is replaced; the mode of an old file
// stays, a new one has 0666 less the umask. Throws Error(storage) that names the file and the
// reason, also when `path` is something else than a regular file; the old file is then untouched.
void write_file_atomic(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);
void write_file_atomic(const std::filesystem::path& path, std::string_view text);

}  // namespace hone
