// Checking everything that a run needs, before it changes anything.
#include "apps/fmnist_tune/run.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "apps/common/replay.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/utf8.h"
#include "nn/data/class_names.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/split.h"
#include "nn/network.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/percentile_pruner.h"
#include "tune/pruners/promotion_pruner.h"
#include "tune/samplers/make_sampler.h"

namespace hone::app {
namespace {

constexpr std::int64_t kValidationImages = 5000;  // the tutorial's split: the first 5,000
constexpr std::size_t kMostClasses = 200;         // that the report can show
constexpr int kDefaultLag = 4;

// Of data that is not the official one: other pictures or labels are another study.
std::string identity_of(const nn::data::ImageSet& set, int classes) {
  std::string text =
      fmt::format("{} training images, digest {} {}", set.count,
                  digest_hex(set.pixels.data(), set.pixels.size()),
                  digest_hex(set.labels.data(), set.labels.size() * sizeof(set.labels[0])));
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

void name_classes(Run& run, const nn::data::FashionMnistSets& sets) {
  run.classes = sets.classes;
  if (run.classes.empty())
    for (int i = 0; i < nn::data::kFashionMnistClasses; ++i)
      run.classes.push_back(fmt::format("{}", i));
  check(run.classes.size() <= kMostClasses,
        "the data have {} classes; the report of a run shows at most {}", run.classes.size(),
        kMostClasses);
  run.settings.classes = static_cast<int>(run.classes.size());
}

// What would end the run only after hours of training.
void check_images(const Run& run, const nn::data::FashionMnistSets& sets,
                  const std::filesystem::path& folder) {
  const std::string where = printable(folder.string());
  const nn::data::ImageSet& train = sets.train;
  if (train.channels != 1)
    fail(ErrorKind::data,
         "{}: the pictures have {} channels; fmnist_tune takes grey ones, with one channel", where,
         train.channels);
  if (train.count < 2)
    fail(ErrorKind::data, "{}: has 1 training image; needed are 2, to train and to validate",
         where);
  try {
    nn::cost(smallest_network(run.settings), Shape{train.height, train.width, train.channels});
  } catch (const Error& error) {
    fail(ErrorKind::data,
         "{}: pictures of {} x {} are too small for every network of preset {}: {}", where,
         train.width, train.height, run.settings.preset, error.what());
  }
}

void load_data(Run& run, Console& console) {
  const std::filesystem::path folder = nn::data::find_fashion_mnist(run.options.data);
  std::vector<std::string> names;
  if (run.options.classes) names = nn::data::read_class_names(*run.options.classes);
  nn::data::FashionMnistSets sets = nn::data::load_fashion_mnist_files(folder, std::move(names));
  name_classes(run, sets);
  check_images(run, sets, folder);
  run.data_folder = folder;
  run.data = sets.official ? "Fashion-MNIST" : identity_of(sets.train, run.settings.classes);
  run.data_name = sets.official ? "Fashion-MNIST" : folder_name(folder);
  const std::int64_t validation = std::min(kValidationImages, sets.train.count / 2);
  const nn::data::ImageSet train = sets.train.take(validation, sets.train.count);
  const std::int64_t wanted = run.settings.train_images;
  check(wanted <= train.count || !run.options.train_images,
        "--train-images {}: there are {} training images besides the {} for validation", wanted,
        train.count, validation);
  const std::int64_t subset = std::min(wanted, train.count);
  // The same subset for every trial: differences between trials are then not differences of data.
  const nn::data::Split part =
      nn::data::split_stratified(train.labels, run.settings.classes, subset, run.options.seed);
  const auto upload = [&](nn::data::ImageSet set) {
    set.class_names = run.classes;
    return nn::data::upload(*run.device, set);
  };
  run.validation = upload(sets.train.take(0, validation));
  run.train = upload(train);
  run.search = subset == train.count ? run.train : upload(train.select(part.validation));
  run.test = upload(sets.test);
  console.line(fmt::format(
      "data     {}{}: {} images to train on ({} in a trial), {} to validate, {} to test",
      folder.string(), sets.official ? "" : " (not the official files)", train.count, subset,
      validation, sets.test.count));
  run.test_images = std::move(sets.test);
}

// "cuda, tf32": its numbers differ from those of others. Which of several GPUs it is does not
// count.
std::string kind_of_device(const Run& run) {
  const std::string name = run.device->name();
  const Math math = run.options.math;
  return name.substr(0, name.find(':')) +
         (math == Math::fp32 ? "" : fmt::format(", {}", name_of(math)));
}

// What must be the same for the study to go on; a change is refused with the difference.
std::map<std::string, std::string> study_settings(const Run& run) {
  std::map<std::string, std::string> settings = {
      {"preset", run.settings.preset},
      {"epochs", fmt::format("{}", run.settings.epochs)},
      {"train_images", fmt::format("{}", run.settings.train_images)},
      {"batch", fmt::format("{}", run.settings.batch)},
      {"device", kind_of_device(run)},
      {"data", run.data}};
  add_cost_settings(run.options.limits, settings);
  return settings;
}

std::shared_ptr<const tune::Pruner> make_pruner(const Settings& settings) {
  // Deeper networks start slower: the first epoch alone says little about them.
  if (settings.pruner == "median")
    return std::make_shared<tune::MedianPruner>(
        tune::MedianOptions{.warmup_steps = settings.pruner_warmup});
  if (settings.pruner == "promotion")
    return std::make_shared<tune::PromotionPruner>(
        tune::PromotionOptions{.max_resource = settings.epochs});
  return tune::make_pruner(settings.pruner);
}

void check_names(const Run& run) {
  const Options& options = run.options;
  check(is_utf8(run.study_name), "--study {}: is not UTF-8", printable(run.study_name));
  const bool names_a_folder = run.study_name.find('/') == std::string::npos &&
                              run.study_name != "." && run.study_name != "..";
  check(names_a_folder || !options.out.empty(),
        "--study {}: the name cannot be that of the output folder; give --out",
        printable(run.study_name));
}

}  // namespace

Run prepare(const Options& options, const CancelToken& cancel, Console& console) {
  Run run;
  run.options = options;
  run.cancel = cancel;
  run.settings = resolve_settings(options);
  run.study_name = options.study.empty() ? "fmnist-" + run.settings.preset : options.study;
  check_names(run);
  tune::make_sampler(options.sampler);  // throws where there is none of that name
  make_pruner(run.settings);
  run.out = options.out.empty() ? std::filesystem::path("runs") / run.study_name : options.out;
  run.storage =
      options.storage.empty() ? "sqlite:///" + (run.out / "study.db").string() : options.storage;
  std::string note;
  run.device = device_of(options, &note);
  run.threads =
      run.device->new_backend({.threads = options.threads, .math = options.math})->threads();
  if (!note.empty()) console.line(dim(fmt::format("         no GPU: {}", printable(note))));
  console.line(fmt::format(
      "device   {}, {} threads, {} jobs{}", run.device->description(), run.threads, options.jobs,
      options.math == Math::fp32 ? "" : fmt::format(", {}", name_of(options.math))));
  load_data(run, console);
  return run;
}

std::vector<std::string> program_words(const Run& run) {
  const Settings& s = run.settings;
  std::vector<std::string> words = {"fmnist_tune"};
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  add("--preset", s.preset);
  add("--data", absolute_place(run.data_folder));
  if (run.options.classes) add("--classes", absolute_place(*run.options.classes));
  add("--device", run.device->name());
  if (run.options.math != Math::fp32) add("--math", name_of(run.options.math));
  add("--epochs", fmt::format("{}", s.epochs));
  if (run.options.train_images) add("--train-images", fmt::format("{}", s.train_images));
  add("--batch", fmt::format("{}", s.batch));
  add("--sampler", run.options.sampler);
  add("--pruner", s.pruner);
  add("--seed", fmt::format("{}", run.options.seed));
  add_cost_words(run.options.limits, words);
  return words;
}

tune::training::RunOptions run_options(const Run& run) {
  tune::training::RunOptions options{
      .train = run.search, .validation = run.validation, .value = run.settings.value};
  options.cancel = run.cancel;
  options.limits = run.options.limits;
  return options;
}

tune::StudyOptions study_options(const Run& run, bool exists, Console& console) {
  const Options& given = run.options;
  const int lag = given.lag.value_or(kDefaultLag);
  check(exists || given.jobs <= lag,
        "--jobs {}: a trial of this study starts when those {} before it are finished (--lag), so "
        "that its results do not depend on the jobs; use at most {} jobs, or --lag {}, which is "
        "another study",
        given.jobs, lag, lag, given.jobs);
  tune::StudyOptions options;
  options.storage = run.storage;
  options.name = run.study_name;
  options.direction = tune::Direction::maximize;
  options.sampler = tune::make_sampler(given.sampler);
  options.pruner = make_pruner(run.settings);
  options.seed = given.seed;
  options.lag = exists && !given.lag ? 0 : lag;
  options.take_over = given.take_over;
  options.log = [&console](const std::string& line) { console.line(line); };
  options.log_trials = false;  // search() has lines of its own
  options.settings = study_settings(run);
  return options;
}

}  // namespace hone::app
