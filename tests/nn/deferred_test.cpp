// A whole training on a device that is as far behind as can be gives ref's bits: nothing above the
// kernels relies on a verb being done when it returns, and nothing waits by hand.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>

#include "nn/data/shards.h"
#include "nn/io/model_file.h"
#include "tests/nn/train_fixture.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

namespace {

struct Trained {
  std::string history;
  std::vector<float> weights, loaded, probabilities;
};

// Two epochs, a checkpoint, three more from it in another model; then the model file.
Trained train_on(const std::string& name) {
  const TempFolder here;
  const World world(name, 60);
  const auto fit = [&](nn::Model& model, int epochs) {
    Trainer trainer(model, {.optimizer = optim::Adam{.lr = 0.01f},
                            .plateau = optim::PlateauOptions{.factor = 0.5, .patience = 1},
                            .epochs = epochs,
                            .batch = 16,
                            .restore_best = true});
    return trainer.fit(world.train, {.validation = &world.validation, .checkpoint = here / "c"})
        .history.json();
  };
  fit(*world.model(), 2);
  const auto model = world.model();
  Trained result;
  result.history = fit(*model, 5);
  result.weights = weights(*model);
  nn::io::save_model(here / "m", *model, {});
  const auto loaded = nn::io::load_model(here / "m", world.device->new_backend());
  result.loaded = weights(*loaded.model);
  Trainer trainer(*loaded.model);
  result.probabilities = trainer.predict(world.validation);
  return result;
}

// From shards on the disk, with averages of the weights and batches in parts.
std::vector<float> stream_on(const std::string& name) {
  const TempFolder here;
  const World world(name, 60);
  nn::data::write_shards(here / "set", world.train, 16);
  auto model = world.model();
  Trainer trainer(*model, {.epochs = 3, .batch = 4, .accumulate = 3, .ema = 0.8f});
  trainer.fit(nn::data::open_shards(*world.device, here / "set"),
              {.validation = &world.validation});
  return weights(*model);
}

// Where fits were left, at a checkpoint in an epoch each, and the weights after the last.
struct Left {
  std::vector<std::string> reasons;
  std::vector<float> weights;
};

Left leave_on(const std::string& name) {
  const TempFolder here;
  const World world(name, 64);
  Left left;
  for (int run = 0; run < 20; ++run) {
    std::atomic<bool> flag{false};
    const auto model = world.model();
    Trainer trainer(*model, {.epochs = 2, .batch = 4});
    const FitResult result = trainer.fit(
        world.train, {.cancel = CancelToken(flag),
                      .checkpoint = here / "c",
                      .checkpoint_every = 7,
                      .on_checkpoint = [&, saved = 0]() mutable { flag = ++saved == 2; }});
    left.weights = weights(*model);
    if (result.stop != Stop::cancelled) return left;
    left.reasons.push_back(result.reason);
  }
  return left;
}

}  // namespace

TEST_CASE("steps that are given to a device together keep the places of checkpoints and cancels") {
  ::setenv("HONE_PLUGIN_PATH", HONE_TEST_PLUGINS, 1);
  const Left late = leave_on("deferred");
  ::unsetenv("HONE_PLUGIN_PATH");
  const Left ref = leave_on("ref");
  CHECK(late.reasons.size() > 1);
  CHECK(late.reasons == ref.reasons);
  CHECK(same_bits(late.weights, ref.weights));
}

TEST_CASE("a training, its checkpoint and its model file need no waiting by hand") {
  ::setenv("HONE_PLUGIN_PATH", HONE_TEST_PLUGINS, 1);
  const Trained late = train_on("deferred"), ref = train_on("ref");
  const std::vector<float> streamed = stream_on("deferred");
  ::unsetenv("HONE_PLUGIN_PATH");
  CHECK(same_bits(streamed, stream_on("ref")));
  CHECK(same_bits(late.weights, ref.weights));
  CHECK(same_bits(late.loaded, ref.weights));
  CHECK(same_bits(late.probabilities, ref.probabilities));
  CHECK(late.history.size() > 100);
}
