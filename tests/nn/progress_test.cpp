// The progress line.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "nn/train/progress.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

Progress half_way() {
  Progress progress;
  progress.epoch = 3;
  progress.epochs = 30;
  progress.batch = 45;
  progress.batches = 100;
  progress.images = 4500;
  progress.images_per_second = 500;
  progress.loss = 0.30213;
  progress.accuracy = 0.889;
  return progress;
}

EpochRecord record() { return {3, 0.3013, 0.8888, 0.3119, 0.8856, 0.0635f, 12.34, 55000}; }

// What a ProgressLine writes when its file is the slave of a terminal of this width.
std::string on_terminal(int width, const std::function<void(ProgressLine&)>& use) {
  int master = -1, slave = -1;
  winsize size{};
  size.ws_row = 24;
  size.ws_col = static_cast<unsigned short>(width);
  REQUIRE(::openpty(&master, &slave, nullptr, nullptr, &size) == 0);
  std::FILE* file = ::fdopen(slave, "w");
  {
    ProgressLine line(file);
    use(line);
  }
  std::fclose(file);
  // What was written arrives in pieces; behind the last one the closed side is an error.
  std::string text;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(master, buffer.data(), buffer.size())) > 0;)
    text.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(master);
  return text;
}

}  // namespace

TEST_CASE("the progress line shows all it has, and less where there is less room") {
  CHECK(progress_text(half_way(), {.width = 100}) ==
        "epoch  3/30  [#########-----------]   45%  500 img/s  ETA 11s  loss 0.3021  acc 0.8890");
  CHECK(progress_text(half_way(), {.width = 80}) ==
        "epoch  3/30  [####------]   45%  500 img/s  ETA 11s  loss 0.3021  acc 0.8890");
  CHECK(progress_text(half_way(), {.width = 70}) ==
        "epoch  3/30   45%  500 img/s  ETA 11s  loss 0.3021  acc 0.8890");
  CHECK(progress_text(half_way(), {.width = 50}) == "epoch  3/30   45%  loss 0.3021  acc 0.8890");
  for (int width = 1; width < 120; ++width)
    CHECK(progress_text(half_way(), {.width = width}).size() <=
          static_cast<std::size_t>(std::max(width - 1, 1)));
  CHECK(contains(progress_text(half_way(), {.width = 100, .color = true}),
                 "\x1b[1mepoch  3/30\x1b[0m"));
  CHECK(contains(progress_text(Progress{}, {.width = 100}), "epoch 0/0"));
  CHECK(epoch_text(record(), 30) ==
        "epoch 3/30  loss 0.3013  acc 0.8888  val_loss 0.3119  val_acc 0.8856  lr 0.0635  12.3 s");
}

TEST_CASE("away from a terminal there is one line for each epoch and message") {
  const TempFolder folder;
  std::FILE* file = std::fopen((folder / "log").c_str(), "w");
  {
    ProgressLine line(file);
    for (int i = 0; i < 100; ++i) line(half_way());
    Progress end = half_way();
    const EpochRecord finished = record();
    end.finished = &finished;
    line(end);
    line.message("a message");
  }
  std::fclose(file);
  CHECK(read_text(folder / "log") == epoch_text(record(), 30) + "\na message\n");
}

TEST_CASE("on a terminal the line is redrawn in place, not too often, and honours NO_COLOR") {
  ::setenv("TERM", "xterm", 1);
  ::setenv("NO_COLOR", "1", 1);
  const auto use = [](ProgressLine& line) {
    for (int i = 0; i < 1000; ++i) line(half_way());
    line.message("a message");
  };
  const std::string plain = on_terminal(80, use);
  CHECK(plain == "\r" + progress_text(half_way(), {.width = 80}) + "\x1b[K\r\x1b[Ka message\r\n");
  CHECK(contains(on_terminal(50, use), "\r" + progress_text(half_way(), {.width = 50})));
  ::unsetenv("NO_COLOR");
  CHECK(contains(on_terminal(80, use), "\x1b[1mepoch"));
  ::setenv("TERM", "dumb", 1);
  CHECK(on_terminal(80, use) == "a message\r\n");
}
