// Limits of cost on the command line.
#include "apps/common/cost_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "apps/common/number_option.h"

namespace hone::app {

void add_cost_options(CLI::App& app, tune::training::CostLimits& limits) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  app.add_option("--max-parameters", limits.parameters,
                 "Networks with more parameters are not trained, and the sampler keeps away from "
                 "them, as 500000 or 5e5; 0: no limit")
      ->transform(whole_amount(0, kMost))
      ->capture_default_str();
  app.add_option("--max-flops", limits.training_flops,
                 "The same for the FLOPs of training on one sample, forward and backward")
      ->transform(whole_amount(0, kMost))
      ->capture_default_str();
  app.add_option("--max-memory", limits.memory,
                 "The same for the memory that training is predicted to take, the data set apart: "
                 "bytes, or with a unit as in 512MiB or 1.5GiB (1024) or 2GB (1000)")
      ->transform(byte_size())
      ->capture_default_str();
  app.add_option("--max-seconds", limits.seconds,
                 "The same for the time of a trial, as those before it let expect: refused is what "
                 "takes longer with 95% certainty. Depends on clocks, so another run of the same "
                 "study may refuse others; 0: no limit")
      ->transform(real_number(0, 1e9))
      ->capture_default_str();
}

void add_cost_settings(const tune::training::CostLimits& limits,
                       std::map<std::string, std::string>& settings) {
  if (limits.parameters > 0) settings["max_parameters"] = fmt::format("{}", limits.parameters);
  if (limits.training_flops > 0) settings["max_flops"] = fmt::format("{}", limits.training_flops);
  if (limits.memory > 0) settings["max_memory"] = fmt::format("{}", limits.memory);
  if (limits.seconds > 0) settings["max_seconds"] = fmt::format("{}", limits.seconds);
}

void add_cost_words(const tune::training::CostLimits& limits, std::vector<std::string>& words) {
  if (limits.parameters > 0)
    words.insert(words.end(), {"--max-parameters", fmt::format("{}", limits.parameters)});
  if (limits.training_flops > 0)
    words.insert(words.end(), {"--max-flops", fmt::format("{}", limits.training_flops)});
  if (limits.memory > 0)
    words.insert(words.end(), {"--max-memory", fmt::format("{}", limits.memory)});
  if (limits.seconds > 0)
    words.insert(words.end(), {"--max-seconds", fmt::format("{}", limits.seconds)});
}

}  // namespace hone::app
