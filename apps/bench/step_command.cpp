// hone_bench step: whole training steps of the benchmark networks, on the given devices in turns.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "apps/bench/allocations.h"
#include "apps/bench/clock.h"
#include "apps/bench/commands.h"
#include "apps/bench/fma_peak.h"
#include "apps/bench/step_run.h"
#include "apps/common/number_option.h"
#include "base/error.h"
#include "nn/data/fashion_mnist.h"

namespace hone::bench {
namespace {

constexpr int kLeastTurns = 3, kTurns = 7, kWarmUpSteps = 3;
constexpr int kMostReplays = 21;
constexpr int kMostServedSteps = 1'000'000'000;

struct Options {
  StepOptions step;
  std::vector<std::string> devices = {"cpu"};
  std::string data = "synthetic";
  double seconds = 2;
  bool no_capture = false, json = false, server = false;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// One device, its samples, and what the timed steps took from the memory.
struct Side {
  std::unique_ptr<StepRun> run;
  int steps_per_turn = 1;
  std::vector<StepTime> turns = {};
  std::uint64_t steps = 0, pool_misses = 0, large_allocations = 0;
  std::vector<VerbCost> verbs = {};

  std::vector<double> per_step(double StepTime::*seconds) const {
    std::vector<double> all;
    for (const StepTime& turn : turns) all.push_back(turn.*seconds / turn.steps);
    return all;
  }
};

// The first step settles memory, the second is recorded, the third is the first like all others.
void warm_up(Side& side, double seconds) {
  side.run->run(kWarmUpSteps - 1);
  const double once = std::max(side.run->run(1).wall_seconds, 1e-6);
  side.steps_per_turn = std::max(1, static_cast<int>(seconds / kTurns / once));
}

void turn(Side& side) {
  Pool& pool = *side.run->device().pool();
  const std::uint64_t misses = pool.stats().misses, large = large_allocations();
  const StepTime time = side.run->run(side.steps_per_turn);
  side.pool_misses += pool.stats().misses - misses;
  side.large_allocations += large_allocations() - large;
  side.steps += static_cast<std::uint64_t>(time.steps);
  side.turns.push_back(time);
}

// All devices by turns, the order swapped from turn to turn, until the time is over.
void measure(std::vector<Side>& sides, double seconds) {
  for (Side& side : sides) warm_up(side, seconds);
  const double end = seconds_of(CLOCK_MONOTONIC) + seconds * static_cast<double>(sides.size());
  for (int i = 0; i < kLeastTurns || seconds_of(CLOCK_MONOTONIC) < end; ++i)
    for (std::size_t s = 0; s < sides.size(); ++s)
      turn(sides[i % 2 == 0 ? s : sides.size() - 1 - s]);
  for (Side& side : sides) {
    const double once = median(side.per_step(&StepTime::wall_seconds));
    side.verbs = side.run->verb_costs(
        std::clamp(static_cast<int>(seconds / once / 2), kLeastTurns, kMostReplays));
  }
}

// Images of all members.
double rate(const Side& side, double StepTime::*seconds, const StepOptions& step) {
  return static_cast<double>(step.batch) * step.members / median(side.per_step(seconds));
}

void print_verbs(const Side& side) {
  double sum = 0;
  for (const VerbCost& verb : side.verbs) sum += verb.seconds;
  for (const VerbCost& verb : side.verbs)
    fmt::print("    {:<12} {:<30} {:<20} {:>10.1f} us {:>5.1f}%\n", verb.layer, verb.verb,
               verb.shape.str(), verb.seconds * 1e6, 100 * verb.seconds / sum);
  if (!side.verbs.empty())
    fmt::print("    {} verbs, together {:.1f} us\n", side.verbs.size(), sum * 1e6);
}

void print(const Side& side, const Side& first, const Options& options, double peak) {
  const std::vector<double> wall = side.per_step(&StepTime::wall_seconds);
  const std::vector<double> cpu = side.per_step(&StepTime::cpu_seconds);
  const auto [least, most] = std::minmax_element(cpu.begin(), cpu.end());
  const double per_step = options.step.threads == 1 ? median(cpu) : median(wall);
  const double gflops = side.run->flops() / per_step * 1e-9;
  fmt::print("{}: {:.1f} images/s, {:.1f} images per CPU second", side.run->device().name(),
             rate(side, &StepTime::wall_seconds, options.step),
             rate(side, &StepTime::cpu_seconds, options.step));
  if (&side != &first) {
    const double other = median(first.per_step(
        options.step.threads == 1 ? &StepTime::cpu_seconds : &StepTime::wall_seconds));
    fmt::print(", {:.2f}x the time of {}", per_step / other, first.run->device().name());
  }
  fmt::print(
      "\n  {:.3f} ms of wall and {:.3f} ms of CPU time a step ({:.3f} - {:.3f}), {} turns of "
      "{}\n",
      median(wall) * 1e3, median(cpu) * 1e3, *least * 1e3, *most * 1e3, side.turns.size(),
      side.steps_per_turn);
  fmt::print("  {:.1f} GFLOP/s, {:.1f}% of the FMA peak\n", gflops, 100 * gflops / peak);
  fmt::print("  in {} steps: {} pool misses, {} allocations of {} KiB or more\n", side.steps,
             side.pool_misses, side.large_allocations, kLargeAllocation / 1024);
  if (side.run->operations() > 0)
    fmt::print("  {} kernels, copies and fills in a recorded step\n", side.run->operations());
  print_verbs(side);
}

nlohmann::json as_json(const Side& side, const Options& options) {
  nlohmann::json turns = nlohmann::json::array(), verbs = nlohmann::json::array();
  for (const StepTime& turn : side.turns)
    turns.push_back({{"steps", turn.steps},
                     {"cpu_seconds", turn.cpu_seconds},
                     {"wall_seconds", turn.wall_seconds}});
  for (const VerbCost& verb : side.verbs)
    verbs.push_back({{"layer", verb.layer},
                     {"verb", verb.verb},
                     {"shape", std::vector<std::int64_t>(verb.shape.begin(), verb.shape.end())},
                     {"seconds", verb.seconds}});
  return {{"device", side.run->device().name()},
          {"description", side.run->device().description()},
          {"threads", side.run->backend().threads()},
          {"parameters", side.run->parameters()},
          {"images_per_second", rate(side, &StepTime::wall_seconds, options.step)},
          {"images_per_cpu_second", rate(side, &StepTime::cpu_seconds, options.step)},
          {"wall_seconds_per_step", median(side.per_step(&StepTime::wall_seconds))},
          {"cpu_seconds_per_step", median(side.per_step(&StepTime::cpu_seconds))},
          {"flops_per_step", side.run->flops()},
          {"operations", side.run->operations()},
          {"steps", side.steps},
          {"pool_misses", side.pool_misses},
          {"large_allocations", side.large_allocations},
          {"loss", side.run->loss()},
          {"turns", turns},
          {"verbs", verbs}};
}

void report(const std::vector<Side>& sides, const Options& options) {
  const double peak = fma_peak_gflops(options.step.threads, 0.1);
  if (options.json) {
    nlohmann::json devices = nlohmann::json::array();
    for (const Side& side : sides) devices.push_back(as_json(side, options));
    fmt::print("{}\n", nlohmann::json{{"net", options.step.net},
                                      {"batch", options.step.batch},
                                      {"members", options.step.members},
                                      {"threads", options.step.threads},
                                      {"data", options.data},
                                      {"capture", options.step.capture},
                                      {"math", name_of(options.step.math)},
                                      {"fma_peak_gflops", peak},
                                      {"devices", devices}}
                           .dump(1));
    return;
  }
  fmt::print("{}: {} parameters, {}batch {}, {} images, threads: {}, FMA peak: {:.1f} GFLOP/s\n",
             options.step.net, sides[0].run->parameters(),
             options.step.members == 1 ? "" : fmt::format("{} members, ", options.step.members),
             options.step.batch, options.data, options.step.threads, peak);
  for (const Side& side : sides)
    fmt::print("{}: {}\n", side.run->device().name(), side.run->device().description());
  fmt::print(
      "Times are medians. FLOP are counted densely: what pooling drops may exceed the peak. Verbs "
      "are timed one by one{}.\n\n",
      options.step.threads == 1 ? " in CPU time" : "");
  for (const Side& side : sides) print(side, sides[0], options, peak);
}

// N of the line "run N"; nothing when the line is another.
std::optional<int> steps_asked(const std::string& line) {
  constexpr std::string_view kRun = "run ";
  if (!line.starts_with(kRun)) return std::nullopt;
  const char *first = line.data() + kRun.size(), *last = line.data() + line.size();
  int steps = 0;
  const auto [end, error] = std::from_chars(first, last, steps);
  if (error != std::errc() || end != last || steps < 1 || steps > kMostServedSteps)
    return std::nullopt;
  return steps;
}

// The line protocol of scripts/bench/README.md.
void serve(StepRun& run) {
  std::string line;
  while (std::getline(std::cin, line)) {
    nlohmann::json answer;
    if (const std::optional<int> steps = steps_asked(line)) {
      const StepTime time = run.run(*steps);
      answer = {{"steps", time.steps},
                {"cpu_seconds", time.cpu_seconds},
                {"wall_seconds", time.wall_seconds},
                {"loss", run.loss()}};
    } else {
      answer = {{"error", fmt::format("'{}' is not 'run N' with N from 1", printable(line))}};
    }
    fmt::print("{}\n", answer.dump());
    std::fflush(stdout);
  }
}

void run(Options options) {
  options.step.capture = !options.no_capture;
  check(!options.server || options.devices.size() == 1, "step: --server takes one device, not {}",
        options.devices.size());
  check(!options.server || !options.json,
        "step: --server answers in JSON lines by itself; leave out --json");
  net_parameters(options.step.net);  // refuses an unknown network before anything is loaded
  std::vector<std::shared_ptr<Device>> devices;
  for (const std::string& name : options.devices) devices.push_back(open_device(name));
  const nn::data::ImageSet images =
      options.data == "real"
          ? nn::data::load_fashion_mnist_files(nn::data::find_fashion_mnist()).train
          : synthetic_images();
  std::vector<Side> sides;
  for (const auto& device : devices) {
    StepOptions step = options.step;
    if (device->conv2d_algorithms().empty()) step.conv2d = "";  // no choice on this device
    sides.push_back({std::make_unique<StepRun>(device, images, step)});
  }
  if (options.server) return serve(*sides[0].run);
  measure(sides, options.seconds);
  for (const Side& side : sides) side.run->loss();
  report(sides, options);
}

}  // namespace

void add_step_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("step", "Times whole training steps of a network");
  const auto options = std::make_shared<Options>();
  command
      ->add_option("--net", options->step.net,
                   "reference, tutorial-1 to tutorial-4, resnet-8, full")
      ->check(CLI::IsMember(net_names()))
      ->capture_default_str();
  command->add_option("--batch", options->step.batch, "Images a step")
      ->transform(app::whole_number(1, 8192))
      ->capture_default_str();
  command
      ->add_option("--members", options->step.members,
                   "Models trained together, each on batches of its own")
      ->transform(app::whole_number(1, 1024))
      ->capture_default_str();
  command->add_option("--threads", options->step.threads, "Threads of each backend")
      ->transform(app::whole_number(1, 1024))
      ->capture_default_str();
  command->add_option("--device", options->devices, "Devices, such as cpu,ref: run in turns")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--conv", options->step.conv2d,
                      "Force a convolution algorithm, such as im2col");
  command
      ->add_option_function<std::string>(
          "--math", [options](const std::string& name) { options->step.math = math_named(name); },
          "fp32, tf32 or bf16: how a GPU computes products")
      ->check(CLI::IsMember({"fp32", "tf32", "bf16"}))
      ->default_str("fp32");
  command->add_option("--data", options->data, "synthetic, or real: Fashion-MNIST")
      ->check(CLI::IsMember({"synthetic", "real"}))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "Length of the timed run of each device")
      ->transform(app::real_number(0, 3600))
      ->capture_default_str();
  command->add_flag("--no-capture", options->no_capture,
                    "Call every step instead of replaying a recorded one; no times of verbs");
  command->add_flag("--json", options->json, "One JSON object on standard output");
  command->add_flag("--server", options->server,
                    "Read 'run N' lines and answer each with a line of JSON");
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
