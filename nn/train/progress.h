// Showing where a fit is: a line that redraws itself on a terminal, one line an epoch elsewhere.
#pragma once

#include <cstdio>
#include <string>

#include "nn/train/trainer.h"

namespace hone::nn::train {

struct ProgressStyle {
  int width = 80;  // columns of the terminal
  bool color = false;
};

// "epoch  3/30 [#########-----------]  45%  4321 img/s  ETA 12s  loss 0.3021  acc 0.8890". Parts
// are left out, from the bar on, until the line fits style.width - 1 columns.
std::string progress_text(const Progress& progress, const ProgressStyle& style);
// "epoch 3/30  loss 0.3013  acc 0.8888  val_loss 0.3119  val_acc 0.8856  lr 0.0635  12.3 s"
std::string epoch_text(const EpochRecord& record, int epochs);

// Use as FitOptions::progress and FitOptions::message:
//   ProgressLine line;
//   fit({.progress = std::ref(line), .message = [&](const std::string& m) { line.message(m); }})
// One thread. What the terminal does not take is lost without an error.
class ProgressLine {
 public:
  // Whether `file` is a terminal decides which of the two forms is shown. NO_COLOR and TERM=dumb
  // are honoured.
  explicit ProgressLine(std::FILE* file = stderr);
  ~ProgressLine();  // ends a line that is half drawn
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void operator()(const Progress& progress);
  // A line of its own, above the progress line.
  void message(const std::string& text);

 private:
  void clear();

  std::FILE* file_;
  bool terminal_;
  bool color_;
  bool drawn_ = false;
  double drawn_at_ = 0;  // seconds of the steady clock
};

}  // namespace hone::nn::train
