// The progress line.
#include "nn/train/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/error.h"

namespace hone::nn::train {
namespace {

constexpr double kRedrawSeconds = 0.1;

// "8s", "2m05s", "1h02m".
std::string duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::clamp(std::round(seconds), 0.0, 3.6e8));
  if (whole < 60) return fmt::format("{}s", whole);
  if (whole < 3600) return fmt::format("{}m{:02}s", whole / 60, whole % 60);
  return fmt::format("{}h{:02}m", whole / 3600, whole / 60 % 60);
}

std::string bar(double part, int cells) {
  const int full = std::clamp(static_cast<int>(part * cells), 0, cells);
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(cells - full), '-') + "]";
}

// The accuracy only where there is one.
std::string measures(double loss, double accuracy) {
  const std::string text = fmt::format("loss {:.4f}", loss);
  return std::isnan(accuracy) ? text : text + fmt::format("  acc {:.4f}", accuracy);
}

// The terminal's width now; it may have been resized.
int columns_of(std::FILE* file) {
  winsize size{};
  if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

std::string progress_text(const Progress& p, const ProgressStyle& style) {
  const double part =
      p.batches > 0 ? static_cast<double>(p.batch) / static_cast<double>(p.batches) : 0;
  const auto digits = fmt::format("{}", p.epochs).size();
  const std::string head = fmt::format("epoch {:>{}}/{}", p.epoch, digits, p.epochs);
  const std::string numbers = measures(p.loss, p.accuracy);
  const std::string speed = fmt::format("{:.0f} img/s", p.images_per_second);
  std::string eta;
  if (p.images_per_second > 0 && p.batch > 0) {
    const double images = static_cast<double>(p.images) / part;
    eta = "ETA " + duration((images - static_cast<double>(p.images)) / p.images_per_second);
  }
  const std::string percent = fmt::format("{:3.0f}%", 100 * part);
  const std::vector<std::vector<std::string>> forms = {
      {head, bar(part, 20), percent, speed, eta, numbers},
      {head, bar(part, 10), percent, speed, eta, numbers},
      {head, percent, speed, eta, numbers},
      {head, percent, numbers},
      {head, percent}};
  const auto limit = static_cast<std::size_t>(std::max(style.width - 1, 1));
  std::string line;
  for (const auto& form : forms) {
    line.clear();
    for (const std::string& piece : form)
      if (!piece.empty()) line += (line.empty() ? "" : "  ") + piece;
    if (line.size() <= limit) break;
  }
  if (line.size() > limit) line.resize(limit);
  // Colour comes last: its bytes take no columns.
  if (style.color && line.size() >= head.size())
    line = "\x1b[1m" + line.substr(0, head.size()) + "\x1b[0m" + line.substr(head.size());
  return line;
}

std::string epoch_text(const EpochRecord& r, int epochs) {
  std::string text = fmt::format("epoch {}/{}  {}", r.epoch, epochs, measures(r.loss, r.accuracy));
  if (r.val_loss) text += fmt::format("  val_loss {:.4f}", *r.val_loss);
  if (r.val_accuracy) text += fmt::format("  val_acc {:.4f}", *r.val_accuracy);
  for (const auto& [name, value] : r.metrics)
    text += fmt::format("  {} {:.4g}", printable(name), value);
  return text + fmt::format("  lr {:.4g}  {:.1f} s", r.learning_rate, r.seconds);
}

ProgressLine::ProgressLine(std::FILE* file) : file_(file) {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string(term) == "dumb";
  terminal_ = isatty(fileno(file)) != 0 && !dumb;
  color_ = terminal_ && (no_color == nullptr || *no_color == '\0');
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (drawn_) std::fputs("\r\x1b[K", file_);
  drawn_ = false;
}

void ProgressLine::operator()(const Progress& progress) {
  if (progress.finished != nullptr) {
    message(epoch_text(*progress.finished, progress.epochs));
    return;
  }
  if (!terminal_) return;
  const double now =
      std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  if (drawn_ && now - drawn_at_ < kRedrawSeconds) return;
  drawn_at_ = now;
  const std::string line = progress_text(progress, {columns_of(file_), color_});
  std::fputs(("\r" + line + "\x1b[K").c_str(), file_);
  std::fflush(file_);
  drawn_ = true;
}

void ProgressLine::message(const std::string& text) {
  clear();
  std::fputs((printable_lines(text) + "\n").c_str(), file_);
  std::fflush(file_);
}

}  // namespace hone::nn::train
