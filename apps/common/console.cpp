// Terminal output.
#include "apps/common/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "base/utf8.h"

namespace hone::app {
namespace {

constexpr const char* kBold = "\x1b[1m";
constexpr const char* kDim = "\x1b[2m";
constexpr const char* kPlain = "\x1b[0m";
constexpr const char* kClearLine = "\r\x1b[K";

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// Whether the terminal, if it is one, understands escape sequences.
bool has_escapes() { return is_set("TERM") && std::string_view(std::getenv("TERM")) != "dumb"; }

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10) return size.ws_col;
  return 80;
}

// The first `width` characters.
std::string_view cut(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < width && at < text.size(); ++i) at += decode_utf8(text, at).bytes;
  return text.substr(0, at);
}

}  // namespace

Text bold(std::string text) { return {std::move(text), kBold}; }
Text dim(std::string text) { return {std::move(text), kDim}; }
Text operator+(Text a, const Text& b) {
  a.pieces_.insert(a.pieces_.end(), b.pieces_.begin(), b.pieces_.end());
  return a;
}

std::string Text::shown(bool colour) const {
  std::string out;
  for (const auto& [text, style] : pieces_) {
    const bool styled = colour && *style != '\0' && !text.empty();
    out += styled ? style + printable(text) + kPlain : printable(text);
  }
  return out;
}

Console::Console(bool quiet)
    : quiet_(quiet),
      live_(!quiet && isatty(STDERR_FILENO) && isatty(STDOUT_FILENO) && has_escapes()),
      colour_(isatty(STDOUT_FILENO) && has_escapes() && !is_set("NO_COLOR")) {}

Console::~Console() {
  const std::lock_guard lock(mutex_);
  clear();
}

void Console::clear() {
  if (!shown_) return;
  std::fputs(kClearLine, stderr);
  std::fflush(stderr);
  shown_ = false;
}

void Console::print(const Text& text) {
  clear();
  std::fputs((text.shown(colour_) + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void Console::line(const Text& text) {
  const std::lock_guard lock(mutex_);
  if (!quiet_) print(text);
}

void Console::block(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    line(std::string(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void Console::result(const Text& text) {
  const std::lock_guard lock(mutex_);
  print(text);
}

void Console::live(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!live_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  const std::string shown = printable(text);
  std::fputs(kClearLine, stderr);
  std::fputs(std::string(cut(shown, terminal_width() - 1)).c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

void print_error(std::string_view program, std::string_view message) {
  const std::string line = fmt::format("{}: {}\n", program, printable_lines(message));
  std::fputs(line.c_str(), stderr);
}

}  // namespace hone::app
