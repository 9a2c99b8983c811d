// Checking what every program that tunes needs, before it changes anything.
#include "apps/tuning/run.h"

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"
#include "kernels/backend.h"
#include "tune/kind.h"
#include "tune/pruners/make_pruner.h"
#include "tune/pruners/promotion_pruner.h"
#include "tune/samplers/make_sampler.h"

namespace hone::app {
namespace {

constexpr int kDefaultLag = 4;

// "cuda, tf32": its numbers differ from those of others. Which of several GPUs it is does not
// count.
std::string kind_of_device(const Run& run) {
  const std::string name = run.device->name();
  const Math math = run.options.math;
  return name.substr(0, name.find(':')) +
         (math == Math::fp32 ? "" : fmt::format(", {}", name_of(math)));
}

// What the option names, made by `body` from its spec; errors name the option and say how options
// are written.
template <class Make>
auto made_from(const char* option, const std::string& text, const Make& body) {
  try {
    return body(tune::split_spec(text));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    fail(ErrorKind::usage,
         "{}: {}\nOptions stand behind the name as JSON, as in {} '{}'; --help lists them.", option,
         error.what(), option,
         option == std::string_view("--sampler") ? "gp{\"flips\": false}"
                                                 : "threshold{\"upper\": 2.5}");
  }
}

// The same with the stored consequences where one of their causes differs: they are not told then.
tune::StudyOptions without_consequences(const Problem& problem,
                                        const std::map<std::string, std::string>& stored,
                                        tune::StudyOptions options) {
  std::map<std::string, std::string> asked = options.settings;
  asked["seed"] = fmt::format("{}", options.seed);
  const auto differs = [&](const std::string& key) {
    return stored.contains(key) && stored.at(key) != asked[key];
  };
  if (std::none_of(problem.causes.begin(), problem.causes.end(), differs)) return options;
  for (const std::string& key : problem.consequences)
    for (auto* settings : {&options.settings, &options.late_settings})
      if (settings->contains(key) && stored.contains(key)) (*settings)[key] = stored.at(key);
  return options;
}

void check_names(const Run& run) {
  check(is_utf8(run.study_name), "--study {}: is not UTF-8", printable(run.study_name));
  const bool names_a_folder = run.study_name.find('/') == std::string::npos &&
                              run.study_name != "." && run.study_name != "..";
  check(names_a_folder || !run.options.out.empty(),
        "--study {}: the name cannot be that of the output folder; give --out",
        printable(run.study_name));
}

}  // namespace

Run begin_run(const TuneOptions& options, const Names& names, const CancelToken& cancel,
              Console& console) {
  Run run;
  run.options = options;
  run.program = names.program;
  run.cancel = cancel;
  run.study_name = options.study.empty() ? names.study : options.study;
  check_names(run);
  sampler_of(options);  // throws where there is none
  const std::string& folder = options.study.empty() ? names.folder : options.study;
  run.out = options.out.empty() ? std::filesystem::path("runs") / folder : options.out;
  run.storage =
      options.storage.empty() ? "sqlite:///" + (run.out / "study.db").string() : options.storage;
  std::string note;
  run.device = device_named(options.device, &note);
  run.threads =
      run.device->new_backend({.threads = options.threads, .math = options.math})->threads();
  if (!note.empty()) console.line(dim(fmt::format("         no GPU: {}", printable(note))));
  console.line(fmt::format(
      "device   {}, {} threads, {} jobs{}", run.device->description(), run.threads, options.jobs,
      options.math == Math::fp32 ? "" : fmt::format(", {}", name_of(options.math))));
  return run;
}

std::shared_ptr<const tune::Sampler> sampler_of(const TuneOptions& options) {
  return made_from("--sampler", options.sampler, [](const tune::Spec& spec) {
    return tune::make_sampler(spec.name, spec.options);
  });
}

std::shared_ptr<const tune::Pruner> pruner_of(const std::string& text, int epochs,
                                              const std::string& name,
                                              const Json::Object& defaults) {
  return made_from("--pruner", text, [&](const tune::Spec& spec) {
    Json options = JsonDocument(spec.options, "options", ErrorKind::usage).json();
    const auto add = [&](const std::string& key, const Json& value) {
      if (options.get_if<Json::Object>() != nullptr && options.find(key) == nullptr)
        options.set(key, value);
    };
    if (spec.name == tune::PromotionPruner::kName) add("max_resource", epochs);
    if (spec.name == name)
      for (const auto& [key, value] : defaults) add(key, value);
    return tune::make_pruner(spec.name, write_json(options));
  });
}

std::unique_ptr<Backend> new_backend(const Run& run, int threads) {
  return run.device->new_backend(
      {.threads = threads == 0 ? run.threads : threads, .math = run.options.math});
}

std::vector<std::string> program_words(const Run& run) {
  std::vector<std::string> words = {run.program};
  words.insert(words.end(), run.problem.words.begin(), run.problem.words.end());
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  add("--device", run.device->name());
  if (run.options.math != Math::fp32) add("--math", name_of(run.options.math));
  add("--sampler", run.options.sampler);
  add("--pruner", run.options.pruner.value_or(run.problem.pruner->name()));
  add("--seed", fmt::format("{}", run.options.seed));
  add_cost_words(run.options.limits, words);
  if (run.options.cost_in_seconds) words.insert(words.end(), {"--cost", "seconds"});
  return words;
}

tune::training::RunOptions run_options(const Run& run) {
  tune::training::RunOptions options{.train = run.problem.search,
                                     .validation = run.problem.validation,
                                     .value = run.problem.value};
  options.cancel = run.cancel;
  options.limits = run.options.limits;
  options.limits.seconds = 0;  // for the search alone, which knows how long its trials take
  return options;
}

tune::StudyOptions study_options(const Run& run, bool exists, Console& console) {
  const TuneOptions& given = run.options;
  const int lag = given.lag.value_or(kDefaultLag);
  check(exists || given.jobs <= lag,
        "--jobs {}: a trial of this study starts when those {} before it are finished (--lag), so "
        "that its results do not depend on the jobs; use at most {} jobs, or --lag {}, which is "
        "another study",
        given.jobs, lag, lag, given.jobs);
  check(exists || given.fuse <= lag,
        "--fuse {}: at most {} trials of this study are under way at once (--lag), so that its "
        "results do not depend on how they are run; use at most --fuse {}, or --lag {}, which is "
        "another study",
        given.fuse, lag, lag, given.fuse);
  tune::StudyOptions options;
  options.storage = run.storage;
  options.name = run.study_name;
  options.direction = run.problem.direction();
  options.sampler = sampler_of(given);
  options.pruner = run.problem.pruner;
  options.seed = given.seed;
  options.lag = exists && !given.lag ? 0 : lag;
  options.take_over = given.take_over;
  options.log = [&console](const std::string& line) { console.line(line); };
  options.log_trials = false;  // search() has lines of its own
  options.settings = run.problem.settings;
  options.late_settings = run.problem.late_settings;
  options.settings["device"] = kind_of_device(run);
  add_cost_settings(given.limits, options.settings);
  if (given.cost_in_seconds) options.settings["cost"] = "seconds";
  return options;
}

void check_settings(const Run& run, const tune::Study& study, const tune::StudyOptions& options) {
  study.check_settings(without_consequences(run.problem, study.settings(), options));
}

}  // namespace hone::app
