// Trainings with fresh seeds.
#include "tune/training/rerun.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace hone::tune::training {
namespace {

// Nothing: it was cancelled.
std::optional<double> value_with_seed(const TrialRecord& stored, const Study& study, int seed,
                                      const Describe& describe, const RunOptions& run,
                                      std::unique_ptr<Backend> backend) {
  Trial trial = fixed_trial(stored, study.seed());
  nn::train::Training training = describe(trial);
  training.seed = rerun_seed(study.seed(), seed);
  const Outcome outcome = run_trial(training, trial, std::move(backend), run);
  if (outcome.kind == Outcome::Kind::interrupted) return std::nullopt;
  return outcome.kind == Outcome::Kind::complete ? outcome.values.front()
                                                 : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

bool rerun_best(Study& study, const Describe& describe, const RunOptions& run,
                const RerunOptions& options) {
  check(options.candidates >= 1 && options.seeds >= 1,
        "reruns: {} trials and {} seeds, both must be at least 1", options.candidates,
        options.seeds);
  check(options.backend != nullptr, "reruns: the backend is null; use device->new_backend()");
  check(describe != nullptr, "reruns: the function that describes a trial is empty");
  const std::vector<TrialRecord> trials = study.trials();
  const std::vector<Rerun> known = study.reruns();
  for (const int number :
       rerun_candidates(trials, study.direction(), options.candidates, default_trial(trials)))
    for (int seed = 0; seed < options.seeds; ++seed) {
      const auto is_this = [&](const Rerun& r) { return r.trial == number && r.seed == seed; };
      if (std::any_of(known.begin(), known.end(), is_this)) continue;
      const auto stored = std::find_if(trials.begin(), trials.end(),
                                       [&](const TrialRecord& t) { return t.number == number; });
      if (options.on_begin) options.on_begin(number, seed);
      RunOptions one = run;
      one.checkpoint = options.checkpoint ? options.checkpoint(number, seed) : "";
      const auto value = value_with_seed(*stored, study, seed, describe, one, options.backend());
      if (!value) return false;
      const Rerun rerun{number, seed, *value};
      study.add_rerun(rerun);
      if (options.on_end) options.on_end(rerun);
    }
  return true;
}

}  // namespace hone::tune::training
