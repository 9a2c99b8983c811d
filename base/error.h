// The one exception type of hone, and the helpers that build its messages.
//
// `Error` reports misuse and bad input: what is wrong, where, and what to do. Expected outcomes (a
// pruned trial, an early stop) are return values, never exceptions.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace hone {

// What went wrong; the value is the exit code an application ends with.
enum class ErrorKind {
  internal = 1,      // a broken promise of hone itself
  usage = 2,         // a wrong call, option, shape or value
  data = 3,          // a missing, corrupt or unsuitable input file
  storage = 4,       // a study database or an output file
  device = 5,        // a backend that is missing or failed
  interrupted = 130  // stopped by the user
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }

 private:
  ErrorKind kind_;
};

// A device is gone for this process: every later call on it would fail as well. The worker that
// meets it ends; what it did may be tried again by another process.
class DeviceLost : public Error {
 public:
  explicit DeviceLost(const std::string& message) : Error(ErrorKind::device, message) {}
};

[[noreturn]] void throw_error(ErrorKind kind, const std::string& message);

// fail(ErrorKind::data, "{}: expected {} bytes", path, n) throws an Error with the formatted
// message.
template <class... Args>
[[noreturn]] void fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  throw_error(kind, fmt::vformat(format, fmt::make_format_args(args...)));
}

// check(ok, "conv2d: weight expects {} input channels, x has {}", a, b): misuse of a call unless
// `ok`.
template <class... Args>
void check(bool ok, fmt::format_string<Args...> format, Args&&... args) {
  if (!ok) throw_error(ErrorKind::usage, fmt::vformat(format, fmt::make_format_args(args...)));
}

// Text from outside made safe to print on a terminal or in a log: control characters, what turns
// the reading direction (see is_control() in base/utf8.h) and bytes that are no UTF-8 are shown as
// \x1b or \u{9b}. Twice is the same as once. A name or a path in a message goes through this.
std::string printable(std::string_view text);
// The same for a whole message: line ends stay.
std::string printable_lines(std::string_view text);

}  // namespace hone
