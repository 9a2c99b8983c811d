// hone_bench jobs: what a second training beside the first costs it.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "apps/bench/commands.h"
#include "apps/bench/jobs.h"
#include "apps/common/number_option.h"
#include "base/error.h"

namespace hone::bench {
namespace {

using Samples = std::map<int, std::vector<JobsSample>>;  // by the number of jobs

double median_of(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const std::size_t half = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// One figure of each round.
std::vector<double> column(const std::vector<JobsSample>& samples, double JobsSample::*figure) {
  std::vector<double> values;
  for (const JobsSample& sample : samples) values.push_back(sample.*figure);
  return values;
}

// How `jobs` compare with the first count: of the medians, and round by round.
struct Ratio {
  double of_medians = 0, least = 0, most = 0;
};

Ratio ratio_of(const std::vector<JobsSample>& some, const std::vector<JobsSample>& first,
               double JobsSample::*figure) {
  const std::vector<double> a = column(some, figure), b = column(first, figure);
  Ratio ratio{median_of(a) / median_of(b), a[0] / b[0], a[0] / b[0]};
  for (std::size_t i = 1; i < a.size(); ++i) {
    ratio.least = std::min(ratio.least, a[i] / b[i]);
    ratio.most = std::max(ratio.most, a[i] / b[i]);
  }
  return ratio;
}

void print(const JobsOptions& options, const Samples& samples) {
  fmt::print("{:>4}  {:>12}  {:>18}  {:>14}  {:>17}\n", "jobs", "images/s", "per CPU second",
             "processors got", "could have used");
  for (const int jobs : options.jobs) {
    const auto& own = samples.at(jobs);
    fmt::print("{:>4}  {:>12.0f}  {:>18.0f}  {:>14.2f}  {:>17.2f}\n", jobs,
               median_of(column(own, &JobsSample::images_per_second)),
               median_of(column(own, &JobsSample::images_per_cpu_second)),
               median_of(column(own, &JobsSample::processors)),
               median_of(column(own, &JobsSample::wanted)));
  }
  const auto& first = samples.at(options.jobs[0]);
  for (std::size_t i = 1; i < options.jobs.size(); ++i) {
    const auto& own = samples.at(options.jobs[i]);
    const Ratio wall = ratio_of(own, first, &JobsSample::images_per_second);
    const Ratio cpu = ratio_of(own, first, &JobsSample::images_per_cpu_second);
    fmt::print(
        "{} jobs to {}: {:.2f}x the images/s ({:.2f} - {:.2f}), {:.2f}x per CPU second ({:.2f} - "
        "{:.2f})\n",
        options.jobs[i], options.jobs[0], wall.of_medians, wall.least, wall.most, cpu.of_medians,
        cpu.least, cpu.most);
  }
}

nlohmann::json ratio_json(const Ratio& ratio) {
  return {{"of_medians", ratio.of_medians}, {"least", ratio.least}, {"most", ratio.most}};
}

nlohmann::json as_json(const JobsOptions& options, const Samples& samples) {
  nlohmann::json rows = nlohmann::json::array();
  const auto& first = samples.at(options.jobs[0]);
  for (const int jobs : options.jobs) {
    const auto& own = samples.at(jobs);
    nlohmann::json row = {{"jobs", jobs}};
    for (const auto& [name, figure] :
         {std::pair{"images_per_second", &JobsSample::images_per_second},
          std::pair{"images_per_cpu_second", &JobsSample::images_per_cpu_second},
          std::pair{"processors", &JobsSample::processors},
          std::pair{"processors_wanted", &JobsSample::wanted}}) {
      const std::vector<double> rounds = column(own, figure);
      row[name] = {{"median", median_of(rounds)}, {"rounds", rounds}};
      row[name]["ratio"] = ratio_json(ratio_of(own, first, figure));
    }
    rows.push_back(row);
  }
  return {{"net", options.net},         {"batch", options.batch}, {"rounds", options.rounds},
          {"seconds", options.seconds}, {"study", options.study}, {"rows", rows}};
}

void run(const JobsOptions& options, const std::string& device_name, bool json) {
  for (const int jobs : options.jobs)
    check(std::count(options.jobs.begin(), options.jobs.end(), jobs) == 1,
          "jobs: --jobs has {} more than once", jobs);
  const auto device = open_device(device_name);
  JobsRun trainings(device, options);
  Samples samples;
  for (int round = 0; round < options.rounds; ++round)
    for (const int jobs : options.jobs)
      samples[jobs].push_back(trainings.sample(jobs, options.seconds));
  nlohmann::json result = as_json(options, samples);
  result["device"] = device->description();
  if (json) {
    fmt::print("{}\n", result.dump(1));
    return;
  }
  fmt::print("{}\n{}, batches of {}, {} rounds of {} s, medians\n", device->description(),
             options.net, options.batch, options.rounds, options.seconds);
  print(options, samples);
}

}  // namespace

void add_jobs_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("jobs", "Times single-thread trainings side by side, in turns");
  const auto options = std::make_shared<JobsOptions>();
  const auto device = std::make_shared<std::string>("cpu");
  const auto json = std::make_shared<bool>(false);
  command->add_option("--net", options->net, "The network each job trains")
      ->check(CLI::IsMember(jobs_net_names()))
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "How many side by side; all compare with the first")
      ->delimiter(',')
      ->transform(app::whole_number(1, 256))
      ->capture_default_str();
  command->add_option("--batch", options->batch, "Images of a step")
      ->transform(app::whole_number(1, 8192))
      ->capture_default_str();
  command->add_option("--rounds", options->rounds, "Times that every count has its turn")
      ->transform(app::whole_number(1, 10000))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "Time of each turn")
      ->transform(app::real_number(0.01, 3600))
      ->capture_default_str();
  command->add_flag("--study", options->study, "Run them as the trials of a study");
  command->add_option("--device", *device, "The device, such as cpu")->capture_default_str();
  command->add_flag("--json", *json, "One JSON object on standard output");
  command->callback([options, device, json] { run(*options, *device, *json); });
}

}  // namespace hone::bench
