// hone_bench ops: every op on the given devices, side by side.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/bench/clock.h"
#include "apps/bench/commands.h"
#include "apps/bench/fma_peak.h"
#include "apps/common/number_option.h"
#include "base/error.h"
#include "tests/ops/op_perf.h"

namespace hone::bench {
namespace {

using op_cases::OpCase;
using op_cases::PerfRun;

constexpr int kLeastRounds = 7;

struct Options {
  std::string op;
  std::vector<std::string> devices;
  std::string conv2d;
  int threads = 1;
  double seconds = 0.5;
  bool json = false;
};

// One direction of one case on one device.
struct Measurement {
  std::string device, direction;
  double flops = 0, bytes = 0;
  int count = 1;  // runs in one sample
  std::vector<double> samples = {};

  double median() const {
    std::vector<double> sorted = samples;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

double sample(const PerfRun& run, const Measurement& m, clockid_t clock, int count) {
  return m.direction == "forward" ? run.forward(clock, count) : run.backward(clock, count);
}

// All devices and directions of one case, in turns, until the time is over.
std::vector<Measurement> measure(const OpCase& one,
                                 const std::vector<std::unique_ptr<Backend>>& backends,
                                 const Options& options) {
  const clockid_t clock = clock_for(options.threads);
  std::vector<std::unique_ptr<PerfRun>> runs;
  std::vector<Measurement> all;
  for (const auto& backend : backends) {
    runs.push_back(std::make_unique<PerfRun>(one, *backend));
    const std::string device = backend->device().name();
    all.push_back({device, "forward", one.flops, runs.back()->forward_bytes()});
    if (one.differentiable())
      all.push_back({device, "backward", one.backward_flops, runs.back()->backward_bytes()});
  }
  const std::size_t directions = all.size() / runs.size();
  for (std::size_t i = 0; i < all.size(); ++i) {  // samples long enough for the clock
    const double once = std::max(sample(*runs[i / directions], all[i], clock, 1), 1e-7);
    all[i].count = std::clamp(static_cast<int>(1e-3 / once), 1, 1000);
  }
  const double end = seconds_of(CLOCK_MONOTONIC) + options.seconds;
  for (int round = 0; round < kLeastRounds || seconds_of(CLOCK_MONOTONIC) < end; ++round)
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i].samples.push_back(sample(*runs[i / directions], all[i], clock, all[i].count));
  return all;
}

void print(const OpCase& one, const std::vector<Measurement>& all, double peak) {
  fmt::print("{}\n", one.name());
  for (const Measurement& m : all) {
    const double median = m.median();
    const auto [least, most] = std::minmax_element(m.samples.begin(), m.samples.end());
    fmt::print("  {:<5} {:<9} {:>10.1f} us  ({:.1f} - {:.1f})", m.device, m.direction, median * 1e6,
               *least * 1e6, *most * 1e6);
    if (m.flops > 0) {
      const double gflops = m.flops / median * 1e-9;
      fmt::print("  {:>8.2f} GFLOP/s  {:>5.1f}% of the peak", gflops, 100 * gflops / peak);
    } else {
      fmt::print("  {:>8.2f} GB/s", m.bytes / median * 1e-9);
    }
    if (m.device != all[0].device) {
      const Measurement& first = m.direction == "forward" ? all[0] : all[1];
      fmt::print("  {:.2f}x the time of {}", median / first.median(), first.device);
    }
    fmt::print("\n");
  }
}

nlohmann::json as_json(const OpCase& one, const Measurement& m, double peak) {
  const double median = m.median();
  nlohmann::json vars = nlohmann::json::object();
  for (const auto& [key, value] : one.vars) vars[key] = value;
  nlohmann::json row = {{"op", one.op},
                        {"vars", vars},
                        {"device", m.device},
                        {"direction", m.direction},
                        {"seconds", median},
                        {"seconds_min", *std::min_element(m.samples.begin(), m.samples.end())},
                        {"seconds_max", *std::max_element(m.samples.begin(), m.samples.end())},
                        {"samples", m.samples.size()},
                        {"bytes", m.bytes},
                        {"gb_per_second", m.bytes / median * 1e-9}};
  if (m.flops > 0) {
    row["flops"] = m.flops;
    row["gflops"] = m.flops / median * 1e-9;
    row["share_of_peak"] = m.flops / median * 1e-9 / peak;
  }
  return row;
}

std::vector<OpCase> chosen(const std::string& op) {
  std::vector<OpCase> cases;
  std::string known;
  for (const OpCase& one : op_cases::all_cases()) {
    if (!one.perf) continue;
    if (op.empty() || one.op == op) cases.push_back(one);
    if (known.find(one.op + " ") == std::string::npos) known += one.op + " ";
  }
  check(!cases.empty(), "ops: '{}' has no measurement; there are: {}", printable(op), known);
  return cases;
}

void run(const Options& options) {
  const std::vector<OpCase> cases = chosen(options.op);
  std::vector<std::unique_ptr<Backend>> backends;
  nlohmann::json devices = nlohmann::json::object();
  for (const std::string& name : options.devices) {
    const auto device = open_device(name);
    backends.push_back(
        device->new_backend({.threads = options.threads,
                             .conv2d = device->conv2d_algorithms().empty() ? "" : options.conv2d}));
    devices[device->name()] = device->description();
  }
  const double peak = fma_peak_gflops(options.threads, 0.2);
  if (!options.json) {
    for (const auto& [name, description] : devices.items())
      fmt::print("{}: {}\n", name, description.get<std::string>());
    fmt::print("threads: {}, time: {}, FMA peak: {:.1f} GFLOP/s\n", options.threads,
               options.threads == 1 ? "CPU time of the thread" : "wall clock", peak);
    fmt::print(
        "FLOP are counted densely: a convolution that leaves out what pooling drops may exceed the "
        "peak.\n\n");
  }
  nlohmann::json rows = nlohmann::json::array();
  for (const OpCase& one : cases) {
    const std::vector<Measurement> all = measure(one, backends, options);
    if (!options.json) print(one, all, peak);
    for (const Measurement& m : all) rows.push_back(as_json(one, m, peak));
  }
  if (options.json)
    fmt::print("{}\n", nlohmann::json{{"devices", devices},
                                      {"threads", options.threads},
                                      {"fma_peak_gflops", peak},
                                      {"rows", rows}}
                           .dump(1));
}

}  // namespace

void add_ops_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("ops", "Times every op, forward and backward");
  const auto options = std::make_shared<Options>();
  options->devices = {"cpu"};
  command->add_option("--op", options->op, "Only this op, such as conv2d");
  command->add_option("--device", options->devices, "Devices, such as cpu,ref: run in turns")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--conv", options->conv2d, "Force a convolution algorithm, such as im2col");
  command->add_option("--threads", options->threads, "Threads of each backend")
      ->transform(app::whole_number(1, 1024))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "Time for each case")
      ->transform(app::real_number(0, 3600))
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object on standard output");
  command->callback([options] { run(*options); });
}

}  // namespace hone::bench
