// The data of fmnist_tune, and what the preset makes of them.
#include "apps/fmnist_tune/problem.h"

#include <algorithm>
#include <filesystem>

#include "apps/common/replay.h"
#include "apps/tuning/identity.h"
#include "base/error.h"
#include "nn/data/class_names.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/split.h"
#include "nn/network.h"
#include "tune/pruners/percentile_pruner.h"

namespace hone::app {
namespace {

constexpr std::int64_t kValidationImages = 5000;  // the tutorial's split: the first 5,000
constexpr std::size_t kMostClasses = 200;         // that the report can show

// Of data that is not the official one: other pictures or labels are another study.
std::string identity_of(const nn::data::ImageSet& set, int classes) {
  std::string text = fmt::format("{} training images, digest {} {}", set.count,
                                 digest_of(set.pixels), digest_of(set.labels));
  if (classes != nn::data::kFashionMnistClasses) text += fmt::format(", {} classes", classes);
  return text;
}

// The name that the data have for people: that of their folder.
std::string folder_name(const std::filesystem::path& folder) {
  const std::filesystem::path whole = std::filesystem::absolute(folder).lexically_normal();
  const std::filesystem::path last =
      whole.has_filename() ? whole.filename() : whole.parent_path().filename();
  return last.empty() ? whole.string() : last.string();
}

std::vector<std::string> class_names(const nn::data::FashionMnistSets& sets) {
  std::vector<std::string> names = sets.classes;
  if (names.empty())
    for (int i = 0; i < nn::data::kFashionMnistClasses; ++i) names.push_back(fmt::format("{}", i));
  check(names.size() <= kMostClasses,
        "the data have {} classes; the report of a run shows at most {}", names.size(),
        kMostClasses);
  return names;
}

// What would end the run only after hours of training.
void check_images(const Settings& settings, const nn::data::ImageSet& train,
                  const std::filesystem::path& folder) {
  const std::string where = printable(folder.string());
  if (train.channels != 1)
    fail(ErrorKind::data,
         "{}: the pictures have {} channels; fmnist_tune takes grey ones, with one channel", where,
         train.channels);
  if (train.count < 2)
    fail(ErrorKind::data, "{}: has 1 training image; needed are 2, to train and to validate",
         where);
  try {
    nn::cost(smallest_network(settings), Shape{train.height, train.width, train.channels});
  } catch (const Error& error) {
    fail(ErrorKind::data,
         "{}: pictures of {} x {} are too small for every network of preset {}: {}", where,
         train.width, train.height, settings.preset, error.what());
  }
}

// The data, and which they are.
void load_data(Run& run, const Options& options, Settings& settings, Console& console) {
  Problem& problem = run.problem;
  const std::filesystem::path folder = nn::data::find_fashion_mnist(options.data);
  std::vector<std::string> names;
  if (options.classes) names = nn::data::read_class_names(*options.classes);
  nn::data::FashionMnistSets sets = nn::data::load_fashion_mnist_files(folder, std::move(names));
  problem.classes = class_names(sets);
  settings.classes = static_cast<int>(problem.classes.size());
  check_images(settings, sets.train, folder);
  problem.words = {"--data", absolute_place(folder)};
  problem.settings["data"] =
      sets.official ? "Fashion-MNIST" : identity_of(sets.train, settings.classes);
  problem.late_settings["data names"] = identity_of_names(problem.classes);
  if (!sets.official) problem.late_settings["test data"] = identity_of_pictures(sets.test);
  problem.data_name = sets.official ? "Fashion-MNIST" : folder_name(folder);
  const std::int64_t validation = std::min(kValidationImages, sets.train.count / 2);
  const nn::data::ImageSet train = sets.train.take(validation, sets.train.count);
  const std::int64_t wanted = settings.train_images;
  check(wanted <= train.count || !options.train_images,
        "--train-images {}: there are {} training images besides the {} for validation", wanted,
        train.count, validation);
  const std::int64_t subset = std::min(wanted, train.count);
  // The same subset for every trial: differences between trials are then not differences of data.
  const nn::data::Split part =
      nn::data::split_stratified(train.labels, settings.classes, subset, options.seed);
  const auto upload = [&](nn::data::ImageSet set) {
    set.class_names = problem.classes;
    return nn::data::upload(*run.device, set);
  };
  problem.validation = upload(sets.train.take(0, validation));
  problem.train = upload(train);
  problem.search = subset == train.count ? problem.train : upload(train.select(part.validation));
  problem.test = upload(sets.test);
  console.line(fmt::format(
      "data     {}{}: {} images to train on ({} in a trial), {} to validate, {} to test",
      folder.string(), sets.official ? "" : " (not the official files)", train.count, subset,
      validation, sets.test.count));
  problem.test_images = std::move(sets.test);
}

// What the study and the report are told.
void describe_problem(Problem& problem, const Options& options, const Settings& settings) {
  const std::string epochs = fmt::format("{}", settings.epochs);
  const std::string images = fmt::format("{}", settings.train_images);
  const std::string batch = fmt::format("{}", settings.batch);
  const auto add_word = [&](const char* option, const std::string& value) {
    problem.words.insert(problem.words.end(), {option, value});
  };
  problem.unit = "images";
  problem.sample_name = "pictures";
  problem.light_on_black = true;
  problem.trials = settings.trials;
  problem.most_epochs = settings.epochs;
  if (options.classes) problem.inputs = {options.classes->string()};
  problem.preset = settings.preset;
  problem.summary = {{"preset", settings.preset}};
  problem.trial_text = fmt::format("{} epochs of {} images in batches of {}", settings.epochs,
                                   problem.search.count(), settings.batch);
  problem.settings.merge(std::map<std::string, std::string>{
      {"preset", settings.preset}, {"epochs", epochs}, {"train_images", images}, {"batch", batch}});
  add_word("--preset", settings.preset);
  if (options.classes) add_word("--classes", absolute_place(*options.classes));
  add_word("--epochs", epochs);
  if (options.train_images) add_word("--train-images", images);
  add_word("--batch", batch);
}

}  // namespace

Run prepare(const Options& options, const CancelToken& cancel, Console& console) {
  Settings settings = resolve_settings(options);
  // Deeper networks start slower: the first epoch alone says little about them.
  const auto pruner = pruner_of(settings.pruner, settings.epochs, tune::MedianPruner::kName,
                                {{"warmup_steps", settings.pruner_warmup}});
  const std::string name = "fmnist-" + settings.preset;
  Run run = begin_run(options, {"fmnist_tune", name, name}, cancel, console);
  load_data(run, options, settings, console);
  run.problem.pruner = pruner;
  run.problem.value = settings.value;
  run.problem.default_configuration = default_configuration(settings);
  run.problem.describe = [settings](tune::Trial& trial) { return describe(settings, trial); };
  run.problem.finish = [settings](nn::train::Training& training) {
    training.epochs = settings.final_epochs;
    training.plateau = settings.plateau;
    training.restore_best = settings.restore_best;
  };
  describe_problem(run.problem, options, settings);
  return run;
}

}  // namespace hone::app
