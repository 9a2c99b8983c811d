// One call of hone_tune, from the data to the report.
#include "apps/hone_tune/tune_command.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <mutex>

#include "apps/common/output_folder.h"
#include "apps/common/replay.h"
#include "apps/common/reruns.h"
#include "apps/common/study_texts.h"
#include "apps/hone_tune/space.h"
#include "apps/hone_tune/tune_data.h"
#include "apps/report/report.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "nn/io/model_file.h"
#include "nn/train/progress.h"
#include "tune/json_text.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"
#include "tune/training/run_trial.h"

namespace hone::app {
namespace {

namespace fs = std::filesystem;

constexpr int kLag = 4;  // as fmnist_tune's; the most jobs
constexpr std::size_t kMostClassesShown = 200;
constexpr std::size_t kMostPairsShown = 2000;
const std::vector<std::string> kResults = {"space.json",        "trials.csv",  "best_params.json",
                                           "model.safetensors", "history.csv", "summary.json",
                                           "report.html"};

// What one call works on.
struct Job {
  const TuneOptions& options;
  CancelToken cancel;
  Console& console;
  std::shared_ptr<Device> device;
  int threads = 1;
  TuneData data;
  NetworkTask task;
  std::string space_text;
  fs::path out;
};

Job prepare(const TuneOptions& options, const CancelToken& cancel, Console& console) {
  Job job{options, cancel, console, open_device(options.device), 1, {}, {}, {}, options.out};
  job.threads = job.device->new_backend({.threads = options.threads})->threads();
  job.data = load_tune_data(options, *job.device);
  job.task = {job.data.train.shape(), job.data.outputs, options.task == Task::classify};
  job.space_text =
      options.space ? read_text_file(*options.space, 1 << 20) : Space::standard(job.task);
  if (job.out.empty()) job.out = fs::path("runs") / job.data.name;
  console.line(fmt::format("data     {}: {} to train on, {} to validate, {} to test",
                           options.data.string(), job.data.train.count(),
                           job.data.validation.count(), job.data.test.count()));
  for (const std::string& note : job.data.notes) console.line("         " + note);
  return job;
}

std::string storage_of(const Job& job) { return "sqlite:///" + (job.out / "study.db").string(); }

tune::StudyOptions study_options(const Job& job) {
  tune::StudyOptions options;
  options.storage = storage_of(job);
  options.name = "hone_tune";
  options.direction = job.task.classifies ? tune::Direction::maximize : tune::Direction::minimize;
  options.sampler = tune::make_sampler("tpe");
  options.pruner = tune::make_pruner("median");
  options.seed = job.options.seed;
  options.lag = kLag;
  options.log = [&job](const std::string& line) { job.console.line(line); };
  options.log_trials = false;
  options.settings = {{"task", job.task.classifies ? "classify" : "regress"},
                      {"target", job.options.target},
                      {"data", job.data.identity},
                      {"validation", fmt::format("{}", job.options.validation)},
                      {"test", fmt::format("{}", job.options.test)},
                      {"space", job.space_text},
                      {"device", job.device->name()}};
  add_cost_settings(job.options.limits, options.settings);
  return options;
}

// What makes hone_tune work on the same data; the output folder is for the caller to add.
std::vector<std::string> program_words(const Job& job) {
  const TuneOptions& o = job.options;
  std::vector<std::string> words = {"hone_tune",    absolute_place(o.data),
                                    "--task",       job.task.classifies ? "classify" : "regress",
                                    "--space",      absolute_place(job.out / "space.json"),
                                    "--validation", fmt::format("{}", o.validation),
                                    "--test",       fmt::format("{}", o.test),
                                    "--seed",       fmt::format("{}", o.seed),
                                    "--device",     job.device->name()};
  if (!o.target.empty()) words.insert(words.end(), {"--target", o.target});
  if (o.image_size) words.insert(words.end(), {"--image-size", fmt::format("{}", *o.image_size)});
  if (o.grey) words.push_back("--grey");
  add_cost_words(o.limits, words);
  return words;
}

// How a trial is trained, without a checkpoint; refers to the data of the job.
tune::training::RunOptions run_options(const Job& job) {
  tune::training::RunOptions options{.train = job.data.train, .validation = job.data.validation};
  options.cancel = job.cancel;
  options.limits = job.options.limits;
  return options;
}

fs::path checkpoint_of(const Job& job, const tune::Trial& trial) {
  return job.out /
         (tune::training::checkpoint_name(trial.study_token(), trial.number()) + ".checkpoint");
}

void search(const Job& job, const Space& space, tune::Study& study) {
  const int per_trial = std::max(1, job.threads / job.options.jobs);
  const auto objective = [&](tune::Trial& trial) {
    const nn::train::Training training = space.describe(trial);
    tune::training::RunOptions run = run_options(job);
    run.checkpoint = checkpoint_of(job, trial);
    run.message = [&](const std::string& text) {
      job.console.line(dim(fmt::format("           trial {}: {}", trial.number(), text)));
    };
    run.progress = [&](const nn::train::Progress& progress) {
      job.console.live(fmt::format("trial {} {}", trial.number(),
                                   nn::train::progress_text(progress, {.width = 90})));
    };
    return tune::training::run_trial(training, trial,
                                     job.device->new_backend({.threads = per_trial}), run);
  };
  tune::OptimizeOptions options;
  options.trials = job.options.trials;
  options.timeout_seconds = job.options.timeout;
  options.jobs = job.options.jobs;
  options.cancel = job.cancel;
  options.callbacks.push_back([&](const tune::Study& live, const tune::TrialRecord& trial) {
    const auto best = best_trial(live);
    const std::string value = trial.state == tune::TrialState::complete
                                  ? fmt::format("{:.5g}", trial.value().value_or(NAN))
                              : trial.state == tune::TrialState::pruned ? "pruned"
                                                                        : "failed";
    job.console.line(fmt::format("trial {:>3}  {:<9} {}{}", trial.number, value, params_text(trial),
                                 best && best->number == trial.number ? "  *" : ""));
    const std::string reason = end_reason(trial);
    if (!reason.empty()) job.console.line(dim("           " + reason));
  });
  study.optimize(tune::Objective(objective), options);
}

// The trained best configuration and how it does on the test part.
struct Final {
  std::unique_ptr<nn::train::Trainer> trainer;
  nn::train::FitResult fit;
  nn::train::Evaluation test;
};

std::optional<Final> train_best(const Job& job, const Space& space, const tune::TrialRecord& best) {
  tune::Trial again = tune::training::fixed_trial(best, job.options.seed);
  const nn::train::Training training = space.describe(again);
  Final final;
  final.trainer = std::make_unique<nn::train::Trainer>(
      training, job.task.input, job.device->new_backend({.threads = job.threads}));
  job.console.line("");
  job.console.block(final.trainer->model().summary());
  nn::train::FitOptions fit;
  fit.validation = &job.data.validation;
  fit.cancel = job.cancel;
  fit.message = [&](const std::string& text) { job.console.line(text); };
  fit.progress = [&](const nn::train::Progress& progress) {
    if (progress.finished != nullptr)
      job.console.line(nn::train::epoch_text(*progress.finished, progress.epochs));
  };
  final.fit = final.trainer->fit(job.data.train, fit);
  if (final.fit.stop == nn::train::Stop::cancelled) return std::nullopt;
  final.test = final.trainer->evaluate(job.data.test);
  nn::ModelInfo info = final.trainer->model().info();
  info.metadata = {{"task", job.task.classifies ? "classify" : "regress"},
                   {"target", job.options.target}};
  if (job.data.encoder) info.metadata["encoder"] = job.data.encoder->json();
  final.trainer->model().set_info(std::move(info));
  return final;
}

// What the test part gives without a model: always the class that is commonest in training, or the
// mean of the targets there; in validation where the training part stays on the disk.
report::NamedValue baseline_of(const Job& job) {
  const nn::data::Dataset& known =
      job.data.train.shards() == nullptr ? job.data.train : job.data.validation;
  if (job.task.classifies) {
    const auto train = known.labels().to_vector<std::int32_t>();
    const auto test = job.data.test.labels().to_vector<std::int32_t>();
    std::vector<std::int64_t> counts(static_cast<std::size_t>(job.task.outputs));
    for (const std::int32_t label : train) ++counts[static_cast<std::size_t>(label)];
    const auto most = std::max_element(counts.begin(), counts.end()) - counts.begin();
    const auto right = std::count(test.begin(), test.end(), static_cast<std::int32_t>(most));
    return {"always predicting the commonest class",
            static_cast<double>(right) / static_cast<double>(test.size())};
  }
  const std::vector<float> train = known.column("target", "hone_tune").values.to_vector();
  const std::vector<float> test = job.data.test.column("target", "hone_tune").values.to_vector();
  const auto width = static_cast<std::size_t>(job.task.outputs);
  std::vector<double> mean(width);
  for (std::size_t i = 0; i < train.size(); ++i)
    mean[i % width] += static_cast<double>(train[i]) * static_cast<double>(width) /
                       static_cast<double>(train.size());
  double squares = 0;
  for (std::size_t i = 0; i < test.size(); ++i)
    squares += std::pow(static_cast<double>(test[i]) - mean[i % width], 2);
  return {"always predicting the mean", std::sqrt(squares / static_cast<double>(test.size()))};
}

// What the baseline is compared with.
const char* judged_by(const Job& job) {
  return job.task.classifies ? "test_accuracy" : "test_rmse";
}

// Does what --reruns asks for. False: cancelled.
bool rerun_best(const Job& job, const Space& space, tune::Study& study) {
  if (!job.options.reruns.wanted()) return true;
  return rerun(
      study, job.options.reruns, [&](tune::Trial& trial) { return space.describe(trial); },
      run_options(job), [&] { return job.device->new_backend({.threads = job.threads}); },
      job.task.classifies, job.out, job.console);
}

// Measured on the test part, by name.
std::vector<std::pair<std::string, double>> test_numbers(const Job& job, const Final& final) {
  std::vector<std::pair<std::string, double>> numbers{{"test_loss", final.test.loss}};
  if (job.task.classifies) numbers.emplace_back("test_accuracy", final.test.accuracy);
  for (const auto& [name, value] : final.test.metrics) numbers.emplace_back("test_" + name, value);
  return numbers;
}

void add_classes(report::ReportData& data, const Job& job, const Final& final) {
  std::vector<std::string> names = job.data.train.class_names();
  if (names.empty())
    for (std::int64_t i = 0; i < job.task.outputs; ++i) names.push_back(fmt::format("{}", i));
  data.test_accuracy = report::Measured{final.test.accuracy,
                                        std::sqrt(final.test.accuracy * (1 - final.test.accuracy) /
                                                  static_cast<double>(final.test.count))};
  if (names.size() > kMostClassesShown) return;
  const std::vector<float> p = final.trainer->predict(job.data.test);
  if (job.data.test_images.count > 0 && job.data.test_images.channels == 1)
    return report::add_test(data, job.data.test_images, p, names);
  data.class_names = names;
  data.confusion.assign(names.size(), std::vector<std::uint64_t>(names.size(), 0));
  const std::vector<std::int32_t> labels = job.data.test.labels().to_vector<std::int32_t>();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto row = p.begin() + static_cast<std::ptrdiff_t>(i * names.size());
    const auto guess = std::max_element(row, row + static_cast<std::ptrdiff_t>(names.size())) - row;
    ++data.confusion[static_cast<std::size_t>(labels[i])][static_cast<std::size_t>(guess)];
  }
}

// Some of the test part, where one value is predicted.
void add_pairs(report::ReportData& data, const Job& job, const Final& final) {
  if (job.task.outputs != 1) return;
  const std::vector<float> truth = job.data.test.column("target", "hone_tune").values.to_vector();
  const std::vector<float> predicted = final.trainer->predict(job.data.test);
  const std::size_t step = truth.size() / kMostPairsShown + 1;
  for (std::size_t i = 0; i < truth.size(); i += step)
    data.predictions.push_back({static_cast<double>(truth[i]), static_cast<double>(predicted[i])});
}

void write_results(const Job& job, OutputFolder& folder, const tune::Study& study,
                   const tune::TrialRecord& chosen, const Final& final,
                   const report::NamedValue& baseline) {
  const tune::TrialRecord best = study.best();
  folder.write("trials.csv", study.trials_csv());
  Json params = Json::object();
  for (const tune::Parameter& parameter : chosen.params)
    params.set(parameter.name, tune::json_of(parameter.value()));
  const JsonFormat format{.indent = 2, .strict = true};
  folder.write("best_params.json", write_json(params, format) + "\n");
  folder.write("model.safetensors",
               [&](const fs::path& file) { nn::io::save_model(file, final.trainer->model()); });
  folder.write("history.csv", final.fit.history.csv());
  report::ReportData data = report::study_report(study);
  data.title = "Tuning " + job.data.name;
  data.device = job.device->name();
  data.reproduce = {job.options.command_line};
  data.value_name = job.task.classifies ? "validation accuracy" : "validation error (RMSE)";
  data.value_is_fraction = job.task.classifies;
  data.step_name = "epoch";
  data.first_step = 1;
  data.history = final.fit.history;
  data.network = nn::cost(final.trainer->training().network, job.task.input);
  data.test_loss = final.test.loss;
  data.test_images = static_cast<std::uint64_t>(final.test.count);
  data.sample_name = job.data.sample_name;
  data.baseline = baseline;
  if (job.task.classifies) {
    add_classes(data, job, final);
  } else {
    data.epoch_metric = "rmse";
    add_pairs(data, job, final);
    for (const auto& [name, value] : final.test.metrics)
      if (name == data.epoch_metric) data.test_error = report::NamedValue{"RMSE", value};
  }
  folder.write("report.html", report::render_report(data));
  Json json = Json::object({{"trials", study.finished()},
                            {"best_trial", best.number},
                            {"best_value", best.value()},
                            {"chosen_trial", chosen.number},
                            {"test_samples", final.test.count}});
  for (const auto& [name, value] : test_numbers(job, final)) json.set(name, value);
  json.set("baseline", baseline.value);                           // of judged_by()
  folder.write("summary.json", write_json(json, format) + "\n");  // last: the rest is there
}

}  // namespace

int tune_own_data(const TuneOptions& options, const CancelToken& cancel, Console& console) {
  Job job = prepare(options, cancel, console);
  const Space space(job.space_text, options.space ? printable(options.space->string()) : "space",
                    job.task);
  OutputFolder folder(job.out, "hone_tune", [&](const std::string& text) { console.result(text); });
  folder.check_places(kResults);
  tune::Study study = tune::Study::open(study_options(job));
  folder.write("space.json", job.space_text);
  keep_program(study, program_words(job));
  search(job, space, study);
  const auto interrupted = [&] {
    console.result("interrupted; run the same command to go on: " + options.command_line);
    return static_cast<int>(ErrorKind::interrupted);
  };
  if (cancel.cancelled()) return interrupted();
  const auto best = best_trial(study);
  if (!best)
    fail(ErrorKind::usage, "no trial was completed: {}\nask for more --trials or another --space",
         failures_text(study.trials(), 3));
  if (!rerun_best(job, space, study)) return interrupted();
  const tune::TrialRecord chosen = *chosen_trial(study);
  const std::optional<Final> final = train_best(job, space, chosen);
  if (!final) return interrupted();
  const report::NamedValue baseline = baseline_of(job);
  write_results(job, folder, study, chosen, *final, baseline);
  console.result(fmt::format("best: trial {}, {} {:.5g}:{}", best->number,
                             job.task.classifies ? "validation accuracy" : "validation RMSE",
                             *best->value(), " " + params_text(*best)));
  print_winner(study, job.task.classifies, console);
  if (chosen.number != best->number)
    console.result(
        fmt::format("trained to the end: trial {}: {}", chosen.number, params_text(chosen)));
  for (const auto& [name, value] : test_numbers(job, *final))
    console.result(fmt::format(
        "{}: {:.5g}{}", name, value,
        name == judged_by(job) ? fmt::format(" ({}: {:.5g})", baseline.name, baseline.value) : ""));
  console.result("report: " + (job.out / "report.html").string());
  return 0;
}

void replay_own_data(const TuneOptions& options, const CancelToken& cancel, Console& console) {
  const Job job = prepare(options, cancel, console);
  const Space space(job.space_text, options.space ? printable(options.space->string()) : "space",
                    job.task);
  const tune::Study study = tune::Study::load(storage_of(job), "hone_tune");
  study.check_settings(study_options(job));
  replay(
      study, *options.replay, [&](tune::Trial& trial) { return space.describe(trial); },
      job.device->new_backend({.threads = job.threads}), run_options(job), console);
}

}  // namespace hone::app
