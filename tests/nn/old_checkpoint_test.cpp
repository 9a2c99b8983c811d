// A checkpoint written by version 0.1.0 (tests/nn/checkpoints/README.md) is gone on from.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>

#include "nn/train/callbacks.h"
#include "nn/train/checkpoint.h"
#include "tests/nn/train_fixture.h"
#include "tests/test_paths.h"

using namespace hone;
using namespace train_test;
using namespace hone::nn::train;

TEST_CASE("a checkpoint that an older version left in the middle of an epoch is gone on from") {
  const std::string folder = hone::test::source_dir() + "/tests/nn/checkpoints";
  const TempFolder here;
  std::filesystem::copy_file(folder + "/fit.checkpoint", here / "c");
  const World world("cpu");
  auto model = world.model();
  const auto plateau = std::make_shared<ReduceLROnPlateau>(
      "val_loss", optim::PlateauOptions{.factor = 0.5, .patience = 1, .min_delta = 0.5});
  const auto stopping = std::make_shared<EarlyStopping>(
      EarlyStoppingOptions{.monitor = "val_accuracy", .patience = 3, .restore_best_weights = true});
  Trainer trainer(*model, {.optimizer = optim::Adam{.lr = 0.01f}, .epochs = 4, .batch = 16},
                  {.callbacks = {plateau, stopping}});
  int first_epoch = 0;
  const auto watch = [&](const Progress& now) {
    if (first_epoch == 0) first_epoch = now.epoch;
  };
  const FitResult result = trainer.fit(
      world.train, {.validation = &world.validation, .checkpoint = here / "c", .progress = watch});
  CHECK(first_epoch == 3);

  const History expected = History::from_json(read_text(folder + "/fit.history"));
  REQUIRE(result.history.epochs.size() == expected.epochs.size());
  // On the machine that wrote it the same bits, elsewhere the same numbers.
  if (world.device->fingerprint() == read_text(folder + "/fit.fingerprint")) {
    CHECK(result.history.json() == expected.json());
    std::vector<float> weights_then(weights(*model).size());
    const std::string bytes = read_text(folder + "/fit.weights");
    REQUIRE(bytes.size() == weights_then.size() * sizeof(float));
    std::memcpy(weights_then.data(), bytes.data(), bytes.size());
    CHECK(same_bits(weights(*model), weights_then));
  } else {
    CHECK(contains(result.messages.at(0), "resumed inexactly"));
  }
  for (std::size_t i = 0; i < expected.epochs.size(); ++i) {
    const EpochRecord& now = result.history.epochs[i];
    CHECK(now.loss == doctest::Approx(expected.epochs[i].loss).epsilon(1e-3));
    CHECK(now.learning_rate == expected.epochs[i].learning_rate);
  }
}
