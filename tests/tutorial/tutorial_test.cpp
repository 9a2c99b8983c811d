// The tutorial's best parameters on the real data: the loss and the accuracies must land where the
// tutorial's own printed numbers are (M. Grau Ortiz, "Using Optuna", 2020).
//
//   HONE_TUTORIAL_EPOCHS=30    trains so many epochs instead of one; with 30, the tutorial's
//                              number, the test accuracy is checked too
//   HONE_TUTORIAL_CSV=FILE     writes the history there
//
// The data are looked for as by every program: $HONE_DATA, then the Debian package
// dataset-fashion-mnist, then what scripts/fetch-data gets.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apps/fmnist_tune/preset.h"
#include "base/files.h"
#include "hone.h"

using namespace hone;

namespace {

constexpr std::uint64_t kSeed = 1;

std::optional<nn::data::FashionMnistSets> real_data() {
  std::filesystem::path folder;
  try {
    folder = nn::data::find_fashion_mnist();
  } catch (const Error&) {
    MESSAGE("Fashion-MNIST is not installed: not checked");
    return std::nullopt;
  }
  nn::data::FashionMnistSets sets = nn::data::load_fashion_mnist_files(folder);
  if (sets.official) return sets;
  MESSAGE("the data in ", folder.string(), " are not Fashion-MNIST: not checked");
  return std::nullopt;
}

// What the environment asks for, 1 by default.
int epochs_to_train() {
  const char* text = std::getenv("HONE_TUTORIAL_EPOCHS");
  if (text == nullptr || *text == '\0') return 1;
  char* end = nullptr;
  const long epochs = std::strtol(text, &end, 10);
  REQUIRE_MESSAGE((*end == '\0' && epochs >= 1 && epochs <= 1000), "HONE_TUTORIAL_EPOCHS is '",
                  std::string(text), "', a number from 1 to 1000 is needed");
  return static_cast<int>(epochs);
}

// The preset's objective with the parameters that the tutorial prints as the best.
nn::train::Training best_of_the_tutorial() {
  tune::Trial trial = tune::Trial::fixed({{"n_blocks", std::int64_t{1}},
                                          {"dropout_rate", 0.033158715808646266},
                                          {"optimizer_name", std::string("SGD")},
                                          {"sgd_lr", 0.0634559566665011},
                                          {"sgd_momentum", 0.0004683874836141905}});
  app::Options options;
  options.preset = "tutorial";
  return app::describe(app::resolve_settings(options), trial);
}

void print(const char* what, const nn::train::Evaluation& result) {
  const double error =
      std::sqrt(result.accuracy * (1 - result.accuracy) / static_cast<double>(result.count));
  std::printf("%s: loss %.4f, accuracy %.4f, standard error %.4f\n", what, result.loss,
              result.accuracy, error);
}

// The test images as they should be, and as the tutorial had them: not divided by 255.
void check_test_images(nn::train::Trainer& trainer, const nn::data::ImageSet& images, int epochs) {
  Device& device = trainer.model().device();
  const nn::train::Evaluation scaled = trainer.evaluate(nn::data::upload(device, images));
  print("test images", scaled);
  const nn::train::Evaluation raw =
      trainer.evaluate(nn::data::upload(device, images, 10, {.scale = 1.0f}));
  print("test images, not divided by 255", raw);
  CHECK(scaled.count == 10000);
  if (epochs != 30) return;
  CHECK(raw.accuracy < scaled.accuracy);  // the tutorial's mistake costs some points
  CHECK(scaled.accuracy >= 0.916);
  CHECK(scaled.accuracy <= 0.928);
}

}  // namespace

TEST_SUITE("long") {
  TEST_CASE("the tutorial's best parameters train into the tutorial's band") {
    const auto sets = real_data();
    if (!sets) return;
    const int epochs = epochs_to_train();
    const auto device = open_device("cpu");
    const nn::data::Dataset train = nn::data::upload(*device, sets->train.take(5000, 60000));
    const nn::data::Dataset validation = nn::data::upload(*device, sets->train.take(0, 5000));
    nn::train::Training training = best_of_the_tutorial();
    training.epochs = epochs;
    training.batch = 32;
    training.seed = kSeed;
    training.plateau = optim::PlateauOptions{.factor = 0.1, .patience = 10};
    // The count that the tutorial's printed summary has.
    CHECK(nn::cost(training.network, train.shape()).parameters == 1617866);

    nn::train::Trainer trainer(training, train.shape(), device->new_backend());
    const auto tell = [&](const nn::train::Progress& now) {
      if (now.finished == nullptr) return;
      std::printf("%s\n", nn::train::epoch_text(*now.finished, now.epochs).c_str());
      std::fflush(stdout);
    };
    const nn::train::History history =
        trainer.fit(train, {.validation = &validation, .progress = tell}).history;
    if (const char* file = std::getenv("HONE_TUTORIAL_CSV"); file != nullptr && *file != '\0')
      write_file_atomic(file, history.csv());

    REQUIRE(history.epochs.size() == static_cast<std::size_t>(epochs));
    const nn::train::EpochRecord& first = history.epochs[0];
    CHECK(first.images == 55000);
    CHECK(first.loss >= 0.52);
    CHECK(first.loss <= 0.59);
    CHECK(first.val_accuracy.value() >= 0.85);
    CHECK(first.val_accuracy.value() <= 0.89);
    check_test_images(trainer, sets->test, epochs);
  }
}
