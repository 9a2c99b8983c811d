// Terminal output.
#include "apps/fmnist_tune/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace hone::app {
namespace {

// Control characters and escapes from names or files must not reach the terminal; our own colours
// do.
std::string safe(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool own_colour = c == 0x1b && i + 1 < text.size() && text[i + 1] == '[';
    if ((c < 0x20 && c != '\n' && !own_colour) || c == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", c);
      out += code;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::size_t terminal_width() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 10) return size.ws_col;
  return 80;
}

// Cuts UTF-8 text to `width` characters.
std::string cut(const std::string& text, std::size_t width) {
  std::size_t characters = 0, i = 0;
  for (; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xc0) == 0x80) continue;
    if (characters++ == width) break;
  }
  return text.substr(0, i);
}

}  // namespace

Console::Console(bool quiet)
    : quiet_(quiet),
      live_(!quiet && isatty(STDERR_FILENO) && isatty(STDOUT_FILENO)),
      colour_(isatty(STDOUT_FILENO) && std::getenv("NO_COLOR") == nullptr) {}

Console::~Console() {
  const std::lock_guard lock(mutex_);
  clear();
}

void Console::clear() {
  if (!shown_) return;
  std::fputs("\r\x1b[K", stderr);
  std::fflush(stderr);
  shown_ = false;
}

void Console::print(const std::string& text) {
  clear();
  std::fputs((safe(text) + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void Console::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!quiet_) print(text);
}

void Console::result(const std::string& text) {
  const std::lock_guard lock(mutex_);
  print(text);
}

void Console::live(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!live_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < std::chrono::milliseconds(100)) return;
  last_ = now;
  std::fputs(("\r\x1b[K" + cut(safe(text), terminal_width() - 1)).c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

std::string Console::bold(const std::string& text) const {
  return colour_ ? "\x1b[1m" + text + "\x1b[0m" : text;
}
std::string Console::dim(const std::string& text) const {
  return colour_ ? "\x1b[2m" + text + "\x1b[0m" : text;
}

}  // namespace hone::app
