// What every fuzz target is: one function that feeds bytes to a reader.
//
// A reader may refuse them by an Error of the kind that its header promises and must do nothing
// else: no crash, no hang, no memory beyond its limits, no other exception. What it accepts must
// hold what its header promises, which `require` checks.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

// The entry that libFuzzer calls; 0: keep the input if it found something new.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

using Bytes = std::span<const std::uint8_t>;

inline std::string_view text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Ends the program where a promise is broken, so that the input is kept.
inline void require(bool ok, const char* promise) {
  if (ok) return;
  std::fprintf(stderr, "broken promise: %s\n", promise);
  std::abort();
}

// Runs `read`; an Error of one of the `kinds` is a refusal, and its message must name the input.
template <class Read>
void refusing(std::initializer_list<hone::ErrorKind> kinds, std::string_view name, Read read) {
  try {
    read();
  } catch (const hone::Error& error) {
    bool allowed = false;
    for (const hone::ErrorKind kind : kinds) allowed = allowed || kind == error.kind();
    require(allowed, error.what());
    require(std::string_view(error.what()).find(name) != std::string_view::npos, error.what());
  }
}

// A file in memory that holds the input, for readers that open a path.
class InputFile {
 public:
  InputFile() : fd_(::memfd_create("input", MFD_CLOEXEC)) { require(fd_ >= 0, "memfd_create"); }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() { ::close(fd_); }

  void write(Bytes bytes) const {
    require(::ftruncate(fd_, 0) == 0, "ftruncate");
    require(::pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()),
            "pwrite");
  }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

}  // namespace fuzz
