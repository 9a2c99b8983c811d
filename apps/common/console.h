// What the user sees while a program runs: permanent lines, and on a terminal one live line below
// them. Every text of a program reaches the terminal through this file.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hone::app {

// One line: pieces of text, some of them bold or dim. The pieces may hold anything; they are made
// printable when they are shown, line ends too.
class Text {
 public:
  Text(std::string text) : Text(std::move(text), "") {}  // NOLINT: a text is a line
  Text(const char* text) : Text(std::string(text)) {}    // NOLINT: a text is a line
  friend Text bold(std::string text);
  friend Text dim(std::string text);
  friend Text operator+(Text a, const Text& b);

  // As it goes to a terminal, without a line end. Colours off: the words alone.
  std::string shown(bool colour) const;

 private:
  Text(std::string text, const char* style) { pieces_.emplace_back(std::move(text), style); }
  std::vector<std::pair<std::string, const char*>> pieces_;  // text, escape sequence of its style
};

Text bold(std::string text);
Text dim(std::string text);
Text operator+(Text a, const Text& b);

// Thread-safe. Lines go to standard output; the live line to standard error, only when both are
// terminals. Neither the live line nor colours where TERM is missing or "dumb", no colours where
// NO_COLOR is set and not empty (https://no-color.org).
class Console {
 public:
  explicit Console(bool quiet);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // A permanent line. Not printed when quiet.
  void line(const Text& text);
  // Several lines, for tables: a line end in `text` ends a line.
  void block(std::string_view text);
  // A permanent line that is printed even when quiet: results.
  void result(const Text& text);
  // Replaces the live line, at most ten times a second, cut to the terminal's width.
  void live(const std::string& text);
  bool is_live() const { return live_; }

 private:
  void clear();
  void print(const Text& text);

  bool quiet_;
  bool live_;
  bool colour_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
  std::mutex mutex_;
};

// "program: message" on standard error; line ends of the message stay, all else is made printable.
void print_error(std::string_view program, std::string_view message);

}  // namespace hone::app
