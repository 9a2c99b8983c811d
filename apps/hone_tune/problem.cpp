// The data of hone_tune, and what the space makes of them.
#include "apps/hone_tune/problem.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apps/common/replay.h"
#include "apps/common/study_texts.h"
#include "apps/hone_tune/own_data.h"
#include "apps/hone_tune/space.h"
#include "base/error.h"
#include "base/files.h"
#include "nn/data/fashion_mnist.h"
#include "nn/data/shards.h"

namespace hone::app {
namespace {

constexpr const char* kSpaceFile = "space.json";

NetworkTask task_of(const Problem& data) {
  if (data.classifies())
    return {data.train.shape(), static_cast<std::int64_t>(data.classes.size()), true};
  const std::int64_t values = data.test.column("target", "hone_tune").values.count();
  return {data.train.shape(), values / data.test.count(), false};
}

// What the test part gives without a model: always the class that is commonest in training, or the
// mean of the targets there; in validation where the training part stays on the disk.
report::NamedValue baseline_of(const Problem& data, const NetworkTask& task) {
  const nn::data::Dataset& known = data.train.shards() == nullptr ? data.train : data.validation;
  if (task.classifies) {
    const auto train = known.labels().to_vector<std::int32_t>();
    const auto test = data.test.labels().to_vector<std::int32_t>();
    std::vector<std::int64_t> counts(static_cast<std::size_t>(task.outputs));
    for (const std::int32_t label : train) ++counts[static_cast<std::size_t>(label)];
    const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
    const auto right = std::count(test.begin(), test.end(), static_cast<std::int32_t>(most));
    return {"always predicting the commonest class",
            static_cast<double>(right) / static_cast<double>(test.size())};
  }
  const std::vector<float> train = known.column("target", "hone_tune").values.to_vector();
  const std::vector<float> test = data.test.column("target", "hone_tune").values.to_vector();
  const auto width = static_cast<std::size_t>(task.outputs);
  std::vector<double> mean(width);
  for (std::size_t i = 0; i < train.size(); ++i)
    mean[i % width] += static_cast<double>(train[i]) * static_cast<double>(width) /
                       static_cast<double>(train.size());
  double squares = 0;
  for (std::size_t i = 0; i < test.size(); ++i)
    squares += std::pow(static_cast<double>(test[i]) - mean[i % width], 2);
  return {"always predicting the mean", std::sqrt(squares / static_cast<double>(test.size()))};
}

// "3 classes: cat, dog, horse".
std::string classes_text(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 12;
  std::string text = fmt::format("{} classes: ", names.size());
  for (std::size_t i = 0; i < std::min(names.size(), kMost); ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return text + (names.size() > kMost ? ", ..." : "");
}

// What a run writes into a folder of pictures would be taken for a class of them at the next one.
void check_apart(const Run& run, const OwnOptions& o) {
  namespace fs = std::filesystem;
  const bool of_pictures = o.task == Task::classify && o.target.empty() && o.arrays == "auto";
  if (!of_pictures) return;  // a folder is refused with its own words
  const fs::path& data = o.data;
  std::error_code ignored;
  const std::string idx(nn::data::kFashionMnistFiles[0].name);
  if (!fs::is_directory(data, ignored) || fs::exists(data / idx, ignored) ||
      fs::exists(data / (idx + ".gz"), ignored) ||
      nn::data::is_shard_folder((data / "train").string()))
    return;
  const auto is_inside = [&](const fs::path& path) {
    const fs::path within =
        fs::weakly_canonical(path, ignored).lexically_relative(fs::canonical(data, ignored));
    return !within.empty() && *within.begin() != "..";
  };
  check(!is_inside(run.out),
        "{}: is in the folder of the pictures, where it would be taken for a class; give an --out "
        "outside of {}",
        printable(run.out.string()), printable(data.string()));
  check(!run.storage.starts_with(kSqlite) || !is_inside(run.storage.substr(kSqlite.size())),
        "--storage {}: is in the folder of the pictures, where it would be taken for one of them; "
        "give a place outside of {}",
        printable(run.storage), printable(data.string()));
}

// What must be the same for the study to go on, and the words that make it so.
void describe_problem(Run& run, const OwnOptions& o) {
  Problem& problem = run.problem;
  const std::string task = o.task == Task::classify ? "classify" : "regress";
  const std::string validation = fmt::format("{}", o.validation.value_or(kShare)),
                    test = fmt::format("{}", o.test.value_or(kShare));
  // The place of a file with targets does not count, what is in it does.
  const bool target_is_file = ending_of(o.data) == ".npy";
  const std::string column = target_is_file ? "" : o.target;
  problem.summary = {{"task", task}};
  problem.metadata.insert({{"task", task}, {"target", column}});
  problem.settings.insert({{"task", task},
                           {"target", column},
                           {"validation", validation},
                           {"test", test},
                           {"space", problem.files.at(kSpaceFile)}});
  // What the cells of a table become is learned from its training part.
  if (problem.metadata.contains("encoder")) {
    problem.causes = {"seed", "validation", "test", "task", "target"};
    problem.consequences = {"data", "data names"};
  }
  problem.words = {absolute_place(o.data), "--space", absolute_place(run.out / kSpaceFile)};
  const auto add_words = [&](const std::vector<std::string>& words) {
    problem.words.insert(problem.words.end(), words.begin(), words.end());
  };
  if (o.task == Task::regress) add_words({"--task", task});
  if (o.validation) add_words({"--validation", validation});
  if (o.test) add_words({"--test", test});
  if (!o.target.empty())
    add_words({"--target", target_is_file ? absolute_place(o.target) : o.target});
  for (const std::string& columns : o.drop) add_words({"--drop", columns});
  if (!o.delimiter.empty()) add_words({"--delimiter", o.delimiter == "\t" ? "tab" : o.delimiter});
  if (!o.decimal.empty()) add_words({"--decimal", o.decimal});
  if (o.image_size) add_words({"--image-size", fmt::format("{}", *o.image_size)});
  if (o.grey) add_words({"--grey"});
  if (o.arrays != "auto") add_words({"--arrays", o.arrays});
}

}  // namespace

Run prepare(const OwnOptions& options, const CancelToken& cancel, Console& console) {
  const std::string pruner = options.pruner.value_or("median");
  constexpr int kManyEpochs = 1 << 20;  // how many there are is known with the space
  pruner_of(pruner, kManyEpochs);       // throws where there is none
  const std::string name = name_of_data(options.data);
  Run run = begin_run(options, {"hone_tune", "hone_tune", name}, cancel, console);
  check_apart(run, options);
  Problem& problem = run.problem = load_own_data(options, *run.device);
  console.line(fmt::format("data     {}: {} to train on, {} to validate, {} to test",
                           options.data.string(), problem.train.count(), problem.validation.count(),
                           problem.test.count()));
  for (const std::string& note : problem.notes) console.line("         " + note);
  if (problem.classifies()) console.line("         " + classes_text(problem.classes));
  const NetworkTask task = task_of(problem);
  const std::string text =
      options.space ? read_text_file(*options.space, 1 << 20) : Space::standard(task);
  const Space space(text, options.space ? printable(options.space->string()) : "space", task);
  problem.search = problem.train;
  problem.baseline = baseline_of(problem, task);
  problem.data_name = name;
  problem.files[kSpaceFile] = text;
  problem.trials = options.trials.value_or(problem.trials);
  problem.most_epochs = space.most_epochs();
  problem.inputs = {options.data.string()};
  if (options.space && options.space->filename() != kSpaceFile)
    problem.inputs.push_back(options.space->string());
  problem.pruner = pruner_of(pruner, space.most_epochs());
  problem.describe = [space](tune::Trial& trial) { return space.describe(trial); };
  problem.finish = [epochs = options.final_epochs](nn::train::Training& training) {
    training.epochs = epochs.value_or(training.epochs);
    training.restore_best = true;
  };
  problem.default_configuration = space.default_configuration();
  problem.trial_text =
      fmt::format("{}{} epochs of {} {} in the space of {}", space.varies("epochs") ? "up to " : "",
                  space.most_epochs(), problem.train.count(), problem.sample_name,
                  options.space ? options.space->string() : kSpaceFile);
  if (!task.classifies) {
    problem.value_name = "validation RMSE";
    problem.metrics = {"rmse", "mae", "r2"};
  }
  describe_problem(run, options);
  return run;
}

}  // namespace hone::app
