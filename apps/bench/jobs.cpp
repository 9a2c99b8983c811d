// The trainings that run side by side.
#include "apps/bench/jobs.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <latch>
#include <thread>

#include "apps/bench/clock.h"
#include "apps/fmnist_tune/preset.h"
#include "kernels/base/error.h"
#include "kernels/base/philox.h"
#include "nn/data/split.h"
#include "nn/model.h"
#include "nn/train/passes.h"

namespace hone::bench {
namespace {

constexpr std::int64_t kImages = 8192;  // at most
constexpr std::int64_t kSide = 28;

// The network of README and performance figures: 225,034 parameters.
nn::Network reference_network() {
  nn::Network net;
  for (const int filters : {32, 64})
    net.add(nn::Conv2d{.out = filters, .kernel = 3}).add(nn::ReLU{}).add(nn::MaxPool2d{});
  net.add(nn::Flatten{}).add(nn::Dropout{.p = 0.5f});
  return net.add(nn::Linear{.out = 128}).add(nn::ReLU{}).add(nn::Linear{.out = 10});
}

// What a trial of a preset trains, with Adam.
nn::Network preset_network(const std::string& preset, std::int64_t blocks) {
  tune::Trial trial = tune::Trial::fixed({{"n_blocks", blocks},
                                          {"dropout", 0.25},
                                          {"dropout_rate", 0.25},
                                          {"optimizer", std::string("adam")},
                                          {"optimizer_name", std::string("Adam")},
                                          {"adam_lr", 1e-3}});
  app::Options options;
  options.preset = preset;
  return app::describe(app::resolve_settings(options), trial).network;
}

nn::Network network_of(const std::string& name) {
  if (name == "reference") return reference_network();
  for (const char* preset : {"quick", "tutorial"})
    for (int blocks = 1; blocks <= 4; ++blocks)
      if (name == fmt::format("{}-{}", preset, blocks)) return preset_network(preset, blocks);
  fail(ErrorKind::usage, "jobs: there is no network '{}'; there are: {}", printable(name),
       fmt::join(jobs_net_names(), ", "));
}

// Random bytes and labels, since throughput does not depend on them; a number of images that makes
// all batches alike.
nn::data::ImageSet random_images(std::int64_t batch) {
  nn::data::ImageSet set{kImages / batch * batch, kSide, kSide, 1, {}, {}};
  PhiloxStream random(1, 0);
  set.pixels.resize(static_cast<std::size_t>(set.count * set.image_bytes()));
  for (auto& pixel : set.pixels) pixel = static_cast<std::uint8_t>(random.next_u32() >> 24);
  set.labels.resize(static_cast<std::size_t>(set.count));
  for (auto& label : set.labels) label = static_cast<std::int32_t>(random.next_u32() % 10);
  return set;
}

}  // namespace

std::vector<std::string> jobs_net_names() {
  std::vector<std::string> names = {"reference"};
  for (const char* preset : {"quick", "tutorial"})
    for (int blocks = 1; blocks <= 4; ++blocks)
      names.push_back(fmt::format("{}-{}", preset, blocks));
  return names;
}

// One training, epoch after epoch.
class JobsRun::Job {
 public:
  Job(Device& device, const nn::data::Dataset& data, const JobsOptions& options, std::uint64_t seed)
      : model_(network_of(options.net), data.shape(), device.new_backend({.threads = 1}), seed),
        optimizer_(optim::make_optimizer(optim::Adam{}, model_.parameters())),
        pass_(model_, *optimizer_, data, options.batch, true),
        count_(data.count()) {
    for (int i = 0; i < 3; ++i) step();  // warm-up and recording
  }

  // The images of one step.
  std::int64_t step() {
    if (batch_ == pass_.batches() || batch_ < 0) {
      pass_.begin(nn::data::epoch_order(model_.seed(), epoch_++, count_), 0, {});
      batch_ = 0;
    }
    pass_.step();
    ++batch_;
    return pass_.samples_before(batch_) - pass_.samples_before(batch_ - 1);
  }

  // Steps until `seconds` are over; the caller's thread is the job's.
  void run(double seconds) {
    const double cpu = seconds_of(CLOCK_THREAD_CPUTIME_ID), wall = seconds_of(CLOCK_MONOTONIC);
    images_ = 0;
    error_ = nullptr;
    try {
      while (seconds_of(CLOCK_MONOTONIC) - wall < seconds) images_ += static_cast<double>(step());
    } catch (...) {
      error_ = std::current_exception();
    }
    wall_seconds_ = seconds_of(CLOCK_MONOTONIC) - wall;
    cpu_seconds_ = seconds_of(CLOCK_THREAD_CPUTIME_ID) - cpu;
  }

  double images() const { return images_; }
  double wall_seconds() const { return wall_seconds_; }
  double cpu_seconds() const { return cpu_seconds_; }
  std::exception_ptr error() const { return error_; }

 private:
  nn::Model model_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  nn::train::TrainingPass pass_;
  std::int64_t count_;
  std::int64_t batch_ = -1;  // of this epoch; -1: none has begun
  std::uint64_t epoch_ = 0;
  double images_ = 0, wall_seconds_ = 0, cpu_seconds_ = 0;
  std::exception_ptr error_;
};

JobsRun::JobsRun(std::shared_ptr<Device> device, const JobsOptions& options)
    : device_(std::move(device)), data_(nn::data::upload(*device_, random_images(options.batch))) {
  const int most = *std::max_element(options.jobs.begin(), options.jobs.end());
  for (int i = 0; i < most; ++i)
    jobs_.push_back(
        std::make_unique<Job>(*device_, data_, options, static_cast<std::uint64_t>(i + 1)));
}

JobsRun::~JobsRun() = default;

JobsSample JobsRun::sample(int jobs, double seconds) {
  std::vector<std::thread> threads;
  std::latch start(jobs);
  for (int i = 0; i < jobs; ++i)
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      jobs_[static_cast<std::size_t>(i)]->run(seconds);
    });
  for (std::thread& thread : threads) thread.join();
  JobsSample sample{.jobs = jobs};
  double images = 0, cpu = 0;
  for (int i = 0; i < jobs; ++i) {
    const Job& job = *jobs_[static_cast<std::size_t>(i)];
    if (job.error()) std::rethrow_exception(job.error());
    images += job.images();
    cpu += job.cpu_seconds();
    sample.images_per_second += job.images() / job.wall_seconds();
    sample.processors += job.cpu_seconds() / job.wall_seconds();
  }
  sample.images_per_cpu_second = images / cpu;
  return sample;
}

}  // namespace hone::bench
