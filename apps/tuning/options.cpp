// The shared part of the command lines, on CLI11.
#include "apps/tuning/options.h"

#include <CLI/CLI.hpp>
#include <limits>

#include "apps/common/number_option.h"
#include "apps/common/replay.h"
#include "base/error.h"
#include "base/json.h"
#include "tune/pruners/make_pruner.h"
#include "tune/samplers/make_sampler.h"

namespace hone::app {
namespace {

// Whether the sampler looks at costs. A spec that is wrong is refused elsewhere.
bool is_per_cost(const std::string& sampler) {
  try {
    const auto made =
        tune::make_from_spec<tune::Sampler>(tune::sampler_kinds(), "sampler", sampler);
    const JsonDocument document(made->options_json(), "sampler");
    const auto per_cost = document.root().find("per_cost");
    return per_cost && per_cost->get<bool>();
  } catch (const Error&) {
    return true;
  }
}

// An option, where it does nothing, and the reason.
struct Idle {
  const char* option;
  bool (*does_nothing)(const TuneOptions& options);
  const char* why;
};

const Idle kIdle[] = {{"--final-epochs", [](const TuneOptions& o) { return o.no_retrain; },
                       "with --no-retrain: there is no final training"},
                      {"--rerun-seeds", [](const TuneOptions& o) { return !o.reruns.wanted(); },
                       "with --reruns 0: nothing is trained again"},
                      {"--take-over", [](const TuneOptions& o) { return o.storage == "memory"; },
                       "with --storage memory: nobody else can hold a trial there"},
                      {"--cost", [](const TuneOptions& o) { return !is_per_cost(o.sampler); },
                       "with a sampler that does not look at costs; --sampler 'auto{\"per_cost\": "
                       "true}' does"},
                      {"--take-over", [](const TuneOptions& o) { return o.fresh; },
                       "with --fresh: nobody holds a trial of a new study"},
                      {"--take-over", [](const TuneOptions& o) { return o.replay.has_value(); },
                       "for replay, which trains one trial again and changes nothing"},
                      {"--fresh", [](const TuneOptions& o) { return o.replay.has_value(); },
                       "for replay, which trains one trial again and changes nothing"}};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void add_study_options(CLI::App& app, TuneOptions& options, const DefaultTexts& defaults) {
  app.add_option(
         "--trials", options.trials,
         "Trials in total; a finished study with fewer goes on; default: " + defaults.trials)
      ->transform(whole_number(1, 1000000));
  app.add_option("--timeout", options.timeout,
                 "Start no trial after this many seconds; 0: no limit")
      ->transform(real_number(0, 1e9))
      ->capture_default_str();
  app.add_option("--jobs", options.jobs, "Trials side by side, each on its share of the threads")
      ->transform(whole_number(1, 256))
      ->capture_default_str();
  app.add_option("--fuse", options.fuse,
                 "Trials that each job has at once: those of one form take their steps together, "
                 "with the same results. At most the lag. For a GPU; the processor gains nothing")
      ->transform(whole_number(1, 256))
      ->capture_default_str();
  app.add_option(
         "--lag", options.lag,
         "Trial n learns from the trials 0 to n - LAG and no other. Part of the study, whose "
         "results then do not depend on --jobs, at most this many; default: 4 for a new "
         "study")
      ->transform(whole_number(1, 256));
  app.add_option("--sampler", options.sampler,
                 tune::kind_names(tune::sampler_kinds()) +
                     "; with options as JSON behind the name, as in 'gp{\"flips\": false}'")
      ->capture_default_str();
  app.add_option("--pruner", options.pruner,
                 tune::kind_names(tune::pruner_kinds()) +
                     "; with options as JSON behind the name, as in 'threshold{\"upper\": 2.5}'; "
                     "default: " +
                     defaults.pruner);
  app.footer("Samplers and their options:\n" + tune::kinds_help(tune::sampler_kinds()) +
             "\nPruners and their options:\n" + tune::kinds_help(tune::pruner_kinds()));
  app.add_option(
      "--storage", options.storage,
      "sqlite:///FILE or postgresql://USER@HOST/DATABASE (in Optuna's schema), or memory; "
      "default: study.db in the output folder");
  app.add_option("--study", options.study, "Name of the study; default: " + defaults.study);
  app.add_option("--seed", options.seed, "Seed of everything random")
      ->transform(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  app.add_option("--out", options.out,
                 "Output folder; default: " + defaults.out + " in the working directory");
}

}  // namespace

void add_device_options(CLI::App& app, TuneOptions& options) {
  app.add_option("--device", options.device,
                 "Where to compute: " + joined(device_names()) +
                     ", cuda (cuda:1 is the second GPU), or auto: the fastest that is here")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--math", [&options](const std::string& name) { options.math = math_named(name); },
         "Products and convolutions in fp32, or with factors rounded to tf32 or bf16 on a GPU "
         "that has it. Part of the study")
      ->check(CLI::IsMember({"fp32", "tf32", "bf16"}))
      ->default_str("fp32");
  app.add_option(
         "--threads", options.threads,
         "CPU threads in all, shared by the jobs; 0: every processor. Results do not depend on it")
      ->transform(whole_number(0, 1024))
      ->capture_default_str();
}

void add_tune_options(CLI::App& app, TuneOptions& options, const DefaultTexts& defaults) {
  add_study_options(app, options, defaults);
  add_cost_options(app, options.limits);
  app.add_option_function<std::string>(
         "--cost",
         [&options](const std::string& unit) { options.cost_in_seconds = unit == "seconds"; },
         "What a sampler counts that looks for improvement per cost, as 'auto{\"per_cost\": "
         "true}': flops, the same everywhere, or seconds, measured here. Part of the study")
      ->check(CLI::IsMember({"flops", "seconds"}))
      ->default_str("flops");
  add_rerun_options(app, options.reruns);
  app.add_option("--final-epochs", options.final_epochs, "Epochs of the final training")
      ->transform(whole_number(1, 100000));
  app.add_flag("--no-retrain", options.no_retrain,
               "Stop after the search: no final training, no test");
  app.add_flag(
      "--fresh", options.fresh,
      "Delete the study and its results first, and start anew; not while another process works "
      "on it");
  app.add_flag("--take-over", options.take_over,
               "Run the trials at once that other workers of this study hold, also living ones, "
               "whose results of them are then dropped");
  app.add_flag("--quiet", options.quiet, "Print the result only");
  add_replay_command(app, options.replay);
}

void check_options(const CLI::App& app, const TuneOptions& options, bool predict) {
  if (predict)
    for (const CLI::Option* option : app.get_options()) {
      const std::string name = option->get_name();
      check(option->count() == 0 || name == "--device" || name == "--quiet",
            "{} does nothing for predict, which takes a model and files", name);
    }
  for (const Idle& idle : kIdle)
    check(app.count(idle.option) == 0 || !idle.does_nothing(options), "{} does nothing {}",
          idle.option, idle.why);
}

std::shared_ptr<Device> device_named(const std::string& name, std::string* note) {
  try {
    return open_device(name, note);
  } catch (const Error& error) {
    fail(error.kind(), "--device {}: {}", printable(name), error.what());
  }
}

}  // namespace hone::app
