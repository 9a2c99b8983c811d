// What the user sees while it runs: permanent lines, and on a terminal one live line below them.
#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace hone::app {

// Thread-safe. Lines go to standard output; the live line to standard error, only when that is a
// terminal.
class Console {
 public:
  explicit Console(bool quiet);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  // A permanent line; control characters are shown, not sent. Not printed when quiet.
  void line(const std::string& text);
  // A permanent line that is printed even when quiet: results.
  void result(const std::string& text);
  // Replaces the live line, at most ten times a second, cut to the terminal's width.
  void live(const std::string& text);
  bool is_live() const { return live_; }
  // Text between bold and reset on a colour terminal.
  std::string bold(const std::string& text) const;
  std::string dim(const std::string& text) const;

 private:
  void clear();
  void print(const std::string& text);

  bool quiet_;
  bool live_;
  bool colour_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
  std::mutex mutex_;
};

}  // namespace hone::app
