// Checkpoints: going on with the same bits after anything, and refusing what is damaged.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "nn/train/callbacks.h"
#include "nn/train/checkpoint.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

constexpr int kEpochs = 4;  // of 10 batches

struct Outcome {
  std::vector<float> weights;
  std::string history;
  std::vector<std::string> messages;
  Stop stop = Stop::completed;
  std::string reason;
  std::string text() const {
    std::string bytes(weights.size() * sizeof(float), '\0');
    std::memcpy(bytes.data(), weights.data(), bytes.size());
    return history + bytes + reason;
  }
};

// Adam, dropout, two callbacks with state, the best weights: all that a checkpoint has to carry.
// `every_batch` is called before each batch, in the run without a StepGraph only.
Outcome train(const World& world, FitOptions options, const Training& settings = {},
              bool capture = true, const std::function<void()>& every_batch = {}) {
  auto model = world.model();
  if (every_batch)
    model->set_observer([&, training = model.get()](const std::string& layer, const Tensor&) {
      if (layer == "maxpool2d_1" && training->training()) every_batch();
    });
  const auto plateau = std::make_shared<ReduceLROnPlateau>(
      "val_loss", optim::PlateauOptions{.factor = 0.5, .patience = 1, .min_delta = 0.2});
  const auto stopping = std::make_shared<EarlyStopping>(
      EarlyStoppingOptions{.monitor = "val_accuracy", .patience = 3, .restore_best_weights = true});
  Training training = settings;
  training.optimizer = optim::Adam{.lr = 0.01f};
  if (training.epochs == 1) training.epochs = kEpochs;
  if (training.batch == 32) training.batch = 16;
  Trainer trainer(*model, training, {.callbacks = {plateau, stopping}, .capture = capture});
  options.validation = &world.validation;
  const FitResult result = trainer.fit(world.train, options);
  return {model->parameters().state().to_vector(), result.history.json() + result.history.csv(),
          result.messages, result.stop, result.reason};
}

// Trains in a child process that kills itself before batch `kill_at` (counted in that process; 0:
// never). Returns whether the child finished; then `result` holds its outcome.
// With `kill_after` microseconds the parent kills it then, wherever it is.
bool train_in_child(const World& world, const std::filesystem::path& checkpoint, int every,
                    int kill_at, bool capture, const std::filesystem::path& result,
                    unsigned kill_after = 0, const Training& settings = {}) {
  const pid_t child = ::fork();
  if (child == 0) {
    int seen = 0;
    const auto count = [&] {
      if (++seen == kill_at) ::kill(::getpid(), SIGKILL);
    };
    try {
      FitOptions options{.checkpoint = checkpoint, .checkpoint_every = every};
      if (capture) options.progress = [&](const Progress&) { count(); };
      write_text(result,
                 train(world, options, settings, capture, capture ? nullptr : std::function(count))
                     .text());
      ::_exit(0);
    } catch (...) {
      ::_exit(99);
    }
  }
  if (kill_after > 0) {
    ::usleep(kill_after);
    ::kill(child, SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) CHECK(WTERMSIG(status) == SIGKILL);
  if (WIFEXITED(status)) CHECK(WEXITSTATUS(status) == 0);
  return WIFEXITED(status);
}

// The same training, killed `kills` times before a batch 1 .. `reach` of its process and resumed
// each time, must end with the same bits.
void check_kills(const World& world, int kills, int reach, int every, bool capture,
                 const Training& settings = {}) {
  const TempFolder folder;
  const std::string expected = train(world, {}, settings).text();
  PhiloxStream random(static_cast<std::uint64_t>(kills * 100 + every));
  for (int i = 0; i < kills; ++i) {
    const int at = 1 + static_cast<int>(random.below(static_cast<std::uint64_t>(reach)));
    REQUIRE_FALSE(
        train_in_child(world, folder / "c", every, at, capture, folder / "result", 0, settings));
  }
  CHECK(train_in_child(world, folder / "c", every, 0, capture, folder / "result", 0, settings));
  CHECK(read_text(folder / "result") == expected);
}

std::string load_error(const std::string& bytes) {
  return error_of([&] {
    checkpoint_from_bytes({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                          "some.ckpt");
  });
}

// The bytes with the digest made right again, so that what is behind it gets to read them.
std::string signed_again(std::string bytes) {
  if (bytes.size() < 40) return bytes;
  return bytes.replace(8, 32, digest_hex(bytes.data() + 40, bytes.size() - 40));
}

}  // namespace

TEST_CASE("a training killed at twenty random batches ends with the bits of one that was not") {
  const World world("cpu");
  check_kills(world, 20, 3, 1, false);
  check_kills(world, 20, 3, 1, true);
  check_kills(world, 4, 9, 3, false);
}

TEST_CASE("a training with batch normalisation goes on with the same statistics and bits") {
  World world("cpu");
  world.network = batch_norm_cnn();
  // The running statistics are behind the weights, and what is compared holds them.
  const auto model = world.model();
  CHECK(model->parameters().state().count() > model->parameters().count());
  check_kills(world, 20, 3, 1, false);
  check_kills(world, 20, 3, 1, true);
  check_kills(world, 4, 9, 3, false);
}

TEST_CASE("a training with everything on goes on with the same bits") {
  World world("cpu");
  world.network = batch_norm_cnn();
  const Training everything{.schedule = optim::OneCycle{},
                            .plateau = optim::PlateauOptions{.patience = 1},
                            .loss = CrossEntropy{.label_smoothing = 0.1},
                            .metrics = {TopK{.k = 2}},
                            .augment = {Shift{.rows = 1, .columns = 1}, Flip{}, Mixup{}},
                            .batch = 4,
                            .accumulate = 4,
                            .ema = 0.9f,
                            .monitor = "val_loss",
                            .restore_best = true};
  check_kills(world, 20, 3, 1, true, everything);
  // The observer that kills sees every part of a batch.
  check_kills(world, 20, 12, 1, false, everything);
  check_kills(world, 4, 9, 3, true, everything);
}

TEST_CASE("a training killed at any moment, also while it writes, ends with the same bits") {
  const World world("cpu");
  const TempFolder folder;
  const std::string expected = train(world, {}).text();
  PhiloxStream random(6);
  int killed = 0;
  // Later attempts get more time, so that the training ends on any machine.
  for (unsigned i = 1; i < 60; ++i) {
    const auto after = static_cast<unsigned>(random.below(2000 * i)) + 1;
    if (train_in_child(world, folder / "c", 1, 0, true, folder / "result", after)) break;
    ++killed;
  }
  CHECK(killed > 0);
  CHECK(train_in_child(world, folder / "c", 1, 0, true, folder / "result"));
  CHECK(read_text(folder / "result") == expected);
}

TEST_CASE("a cancelled fit writes a checkpoint and goes on from that batch") {
  const World world("cpu");
  const TempFolder folder;
  const Outcome expected = train(world, {});
  std::atomic<bool> flag{false};
  int batches = 0, runs = 0;
  Outcome last;
  do {
    flag = false;
    batches = 0;
    last = train(world, {.cancel = CancelToken(flag), .checkpoint = folder / "c"}, {}, false,
                 [&] { flag = ++batches == 7; });
    if (last.stop == Stop::cancelled)
      CHECK(contains(last.reason, fmt::format("after batch {} of 10", (runs + 1) * 7 % 10)));
  } while (last.stop == Stop::cancelled && ++runs < 20);
  CHECK(runs >= 4);
  CHECK(last.text() == expected.text());
}

TEST_CASE("a finished fit can be asked for more epochs, and a stopped one stays stopped") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "fit.ckpt";
  const std::string expected = train(world, {}, {.epochs = 4}).text();
  train(world, {.checkpoint = file}, {.epochs = 2});
  const Outcome more = train(world, {.checkpoint = file}, {.epochs = 4});
  CHECK(more.text() == expected);
  CHECK(train(world, {.checkpoint = file}, {.epochs = 4}).text() == expected);

  const auto stopped = folder / "stopped.ckpt";
  const Outcome whole = train(world, {.checkpoint = stopped}, {.epochs = 40});
  REQUIRE(whole.stop == Stop::early_stopped);
  const Outcome again = train(world, {.checkpoint = stopped}, {.epochs = 40});
  CHECK(again.stop == Stop::early_stopped);
  CHECK(again.text() == whole.text());
}

TEST_CASE("resume = false starts again") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "fit.ckpt";
  const std::string expected = train(world, {}, {.epochs = 2}).text();
  train(world, {.checkpoint = file}, {.epochs = 2});
  int epochs = 0;
  const auto count = [&](const Progress& p) { epochs += p.finished != nullptr ? 1 : 0; };
  train(world, {.checkpoint = file, .progress = count}, {.epochs = 2});
  CHECK(epochs == 0);
  CHECK(train(world, {.checkpoint = file, .resume = false, .progress = count}, {.epochs = 2})
            .text() == expected);
  CHECK(epochs == 2);
}

TEST_CASE("a damaged checkpoint is replaced by the generation before it, with a message") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "fit.ckpt";
  const auto previous = folder / "fit.ckpt.prev";
  const std::string expected = train(world, {}, {.epochs = 3}).text();
  train(world, {.checkpoint = file}, {.epochs = 2});
  REQUIRE(std::filesystem::exists(previous));
  const std::string good = read_text(file), older = read_text(previous);
  CHECK(good != older);
  for (const std::string& bad :
       {good.substr(0, good.size() / 2), std::string(), std::string("x")}) {
    write_text(file, bad);
    write_text(previous, older);
    const Outcome outcome = train(world, {.checkpoint = file}, {.epochs = 3});
    CHECK(outcome.text() == expected);
    REQUIRE_FALSE(outcome.messages.empty());
    CHECK(contains(outcome.messages[0], "going on from"));
    CHECK(contains(outcome.messages[0], "fit.ckpt.prev"));
  }
  std::filesystem::remove(file);
  write_text(previous, older);
  CHECK(train(world, {.checkpoint = file}, {.epochs = 3}).text() == expected);
  // Nothing left to fall back to.
  write_text(file, "nonsense");
  write_text(previous, "nonsense");
  const std::string error = error_of([&] { train(world, {.checkpoint = file}, {.epochs = 3}); });
  CHECK(contains(error, "data: "));
  CHECK(contains(error, "fit.ckpt"));
}

TEST_CASE("a checkpoint cut or flipped anywhere is refused, with or without a right digest") {
  const World world("cpu");
  const TempFolder folder;
  train(world, {.checkpoint = folder / "c"}, {.epochs = 2});
  const std::string good = read_text(folder / "c");
  REQUIRE(load_error(good) == "");
  PhiloxStream random(9);
  for (int i = 0; i < 200; ++i) {
    const std::size_t at = random.below(good.size());
    CHECK(contains(load_error(good.substr(0, at)), "data: some.ckpt: is "));
    std::string flipped = good;
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random.below(8)));
    CHECK(contains(load_error(flipped), "data: some.ckpt: is "));
    // Behind the digest: refused with the file's name, or a change of a mere number.
    const std::string cut = load_error(signed_again(good.substr(0, at)));
    CHECK(contains(cut, "data: some.ckpt: "));
    const std::size_t header = 48 + random.below(2000);
    flipped = good;
    flipped[header] = static_cast<char>(flipped[header] ^ (1 << random.below(8)));
    const std::string error = load_error(signed_again(flipped));
    CHECK((error.empty() || contains(error, "data: some.ckpt: ")));
  }
  CHECK(contains(load_error("honeckp2" + good.substr(8)), "another version"));
}

TEST_CASE("resuming with other settings is refused with the difference") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "fit.ckpt";
  train(world, {.checkpoint = file}, {.epochs = 2});
  const std::string error =
      error_of([&] { train(world, {.checkpoint = file}, {.epochs = 3, .batch = 24}); });
  CHECK(contains(error, "usage: "));
  CHECK(contains(error, "batch was 16, is 24"));
  CHECK(contains(
      error_of([&] { train(world, {.checkpoint = file}, {.epochs = 3, .shuffle = false}); }),
      "shuffle was true, is false"));
  CHECK(contains(
      error_of([&] { train(world, {.checkpoint = file}, {.epochs = 3, .accumulate = 2}); }),
      "accumulate"));
  CHECK(contains(error_of([&] { train(world, {.checkpoint = file}, {.epochs = 3, .ema = 0.5f}); }),
                 "ema"));
  const World other("cpu", 151);
  CHECK(contains(error_of([&] { train(other, {.checkpoint = file}, {.epochs = 3}); }), "data was"));
  // The file is as it was.
  train(world, {.checkpoint = file}, {.epochs = 2});
}

TEST_CASE("a checkpoint of another machine goes on, and says that bits may differ") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "fit.ckpt";
  train(world, {.checkpoint = file}, {.epochs = 2});
  CheckpointFile checkpoint(file);
  auto loaded = checkpoint.load(1 << 30, [](const std::string&) {});
  REQUIRE(loaded.has_value());
  loaded->fingerprint = "some other processor";
  checkpoint.save(*loaded);
  const Outcome outcome = train(world, {.checkpoint = file}, {.epochs = 3});
  REQUIRE_FALSE(outcome.messages.empty());
  CHECK(contains(outcome.messages[0], "resumed inexactly: the checkpoint was made on some other"));
  CHECK(outcome.text() == train(world, {}, {.epochs = 3}).text());
}

TEST_CASE("a file far larger than the model's state is refused unread") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "fit.ckpt";
  write_text(file, "honeckp1");
  std::filesystem::resize_file(file, std::uintmax_t{1} << 40);  // sparse
  CHECK(contains(error_of([&] { train(world, {.checkpoint = file}); }), "data: "));
}

TEST_CASE("a full disk keeps the old checkpoint and is reported") {
  const World world("cpu");
  const TempFolder folder;
  const auto file = folder / "fit.ckpt";
  train(world, {.checkpoint = file}, {.epochs = 2});
  const std::string before = read_text(file);
  rlimit old{};
  ::getrlimit(RLIMIT_FSIZE, &old);
  const rlimit small{256, old.rlim_max};
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  ::setrlimit(RLIMIT_FSIZE, &small);
  const std::string error = error_of([&] { train(world, {.checkpoint = file}, {.epochs = 3}); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  ::signal(SIGXFSZ, handler);
  CHECK(contains(error, "storage: "));
  CHECK(contains(error, "fit.ckpt"));
  CHECK(read_text(file) == before);
  CHECK(train(world, {.checkpoint = file}, {.epochs = 3}).text() ==
        train(world, {}, {.epochs = 3}).text());
}
