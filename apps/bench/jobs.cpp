// The trainings that run side by side.
#include "apps/bench/jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <fstream>
#include <latch>
#include <mutex>
#include <thread>

#include "apps/bench/clock.h"
#include "apps/bench/step_run.h"
#include "apps/fmnist_tune/preset.h"
#include "base/error.h"
#include "nn/data/split.h"
#include "nn/model.h"
#include "nn/train/passes.h"
#include "tune/study.h"
#include "tune/training/run_trial.h"

namespace hone::bench {
namespace {

constexpr int kEpochsWithoutEnd = 1 << 30;

// What a trial of the quick preset trains.
nn::Network quick_network(std::int64_t blocks) {
  tune::Trial trial = tune::Trial::fixed({{"n_blocks", blocks},
                                          {"dropout", 0.25},
                                          {"optimizer", std::string("adam")},
                                          {"adam_lr", 1e-3}});
  return app::describe(app::resolve_settings({}), trial).network;
}

nn::Network network_of(const std::string& name) {
  for (int blocks = 1; blocks <= 4; ++blocks)
    if (name == fmt::format("quick-{}", blocks)) return quick_network(blocks);
  const std::vector<std::string> known = jobs_net_names();
  check(std::find(known.begin(), known.end(), name) != known.end(),
        "jobs: there is no network '{}'; there are: {}", printable(name), fmt::join(known, ", "));
  return net_of(name);
}

// A number of images that makes all batches alike.
nn::data::ImageSet whole_batches(std::int64_t batch) {
  const nn::data::ImageSet set = synthetic_images();
  return set.take(0, set.count / batch * batch);
}

// What a thread got and what it waited for.
struct ThreadTime {
  double wall = 0, cpu = 0, waited = 0;  // waited: able to run, without a processor

  static ThreadTime now() {
    ThreadTime time{seconds_of(CLOCK_MONOTONIC), seconds_of(CLOCK_THREAD_CPUTIME_ID), 0};
    // Linux: nanoseconds on a processor, nanoseconds in its queue, turns.
    std::ifstream file("/proc/thread-self/schedstat");
    double on_processor = 0, in_queue = 0;
    if (file >> on_processor >> in_queue) time.waited = 1e-9 * in_queue;
    return time;
  }
  ThreadTime since(const ThreadTime& begin) const {
    return {wall - begin.wall, cpu - begin.cpu, waited - begin.waited};
  }
};

// Adds what one job did to the sample; images_per_cpu_second holds the CPU seconds until the end.
void add(JobsSample& sample, double images, const ThreadTime& took) {
  sample.images_per_second += images / took.wall;
  sample.images_per_cpu_second += took.cpu;
  sample.processors += took.cpu / took.wall;
  sample.wanted += (took.cpu + took.waited) / took.wall;
}

}  // namespace

std::vector<std::string> jobs_net_names() {
  std::vector<std::string> names = net_names();
  for (int blocks = 1; blocks <= 4; ++blocks) names.push_back(fmt::format("quick-{}", blocks));
  return names;
}

// One training, epoch after epoch.
class JobsRun::Job {
 public:
  Job(Device& device, const nn::data::Dataset& data, const JobsOptions& options, std::uint64_t seed)
      : model_(network_of(options.net), data.shape(), device.new_backend({.threads = 1}), seed),
        optimizer_(optim::make_optimizer(optim::Adam{}, model_.parameters())),
        pass_(model_, *optimizer_, data, {.batch = options.batch}, true),
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
    const ThreadTime begin = ThreadTime::now();
    images_ = 0;
    error_ = nullptr;
    try {
      while (seconds_of(CLOCK_MONOTONIC) - begin.wall < seconds)
        images_ += static_cast<double>(step());
    } catch (...) {
      error_ = std::current_exception();
    }
    took_ = ThreadTime::now().since(begin);
  }

  double images() const { return images_; }
  const ThreadTime& took() const { return took_; }
  std::exception_ptr error() const { return error_; }

 private:
  nn::Model model_;
  std::unique_ptr<optim::Optimizer> optimizer_;
  nn::train::TrainingPass pass_;
  std::int64_t count_;
  std::int64_t batch_ = -1;  // of this epoch; -1: none has begun
  std::uint64_t epoch_ = 0;
  double images_ = 0;
  ThreadTime took_;
  std::exception_ptr error_;
};

JobsRun::JobsRun(std::shared_ptr<Device> device, const JobsOptions& options)
    : options_(options),
      device_(std::move(device)),
      data_(nn::data::upload(*device_, whole_batches(options.batch))) {
  if (options.study) return;
  const int most = *std::max_element(options.jobs.begin(), options.jobs.end());
  for (int i = 0; i < most; ++i)
    jobs_.push_back(
        std::make_unique<Job>(*device_, data_, options, static_cast<std::uint64_t>(i + 1)));
}

JobsRun::~JobsRun() = default;

JobsSample JobsRun::sample(int jobs, double seconds) {
  return options_.study ? sample_study(jobs, seconds) : sample_steps(jobs, seconds);
}

JobsSample JobsRun::sample_steps(int jobs, double seconds) {
  std::latch start(jobs);
  std::vector<std::jthread> threads;
  try {
    for (int i = 0; i < jobs; ++i)
      threads.emplace_back([&, i] {
        start.arrive_and_wait();
        jobs_[static_cast<std::size_t>(i)]->run(seconds);
      });
  } catch (const std::exception& error) {  // those that run must not wait for the others
    start.count_down(jobs - static_cast<std::ptrdiff_t>(threads.size()));
    fail(ErrorKind::device, "jobs: {} threads were made, {} are needed: {}", threads.size(), jobs,
         error.what());
  }
  threads.clear();  // joins
  JobsSample sample{.jobs = jobs};
  double images = 0;
  for (int i = 0; i < jobs; ++i) {
    const Job& job = *jobs_[static_cast<std::size_t>(i)];
    if (job.error()) std::rethrow_exception(job.error());
    add(sample, job.images(), job.took());
    images += job.images();
  }
  sample.images_per_cpu_second = images / sample.images_per_cpu_second;
  return sample;
}

// As many trials as jobs, each training until the time is over.
JobsSample JobsRun::sample_study(int jobs, double seconds) {
  std::atomic<bool> over{false};
  std::mutex mutex;
  JobsSample sample{.jobs = jobs};
  double all_images = 0;
  const auto objective = [&](tune::Trial& trial) {
    const ThreadTime begin = ThreadTime::now();
    std::int64_t before = 0, images = 0;  // in the epochs before; in all
    tune::training::RunOptions options{.train = data_, .validation = data_};
    options.cancel = CancelToken(over);
    options.progress = [&](const nn::train::Progress& now) {
      images = before + now.images;
      if (now.finished != nullptr) before = images;
      if (seconds_of(CLOCK_MONOTONIC) - begin.wall >= seconds) over = true;
    };
    const tune::Outcome outcome = tune::training::run_trial(
        {.network = network_of(options_.net), .epochs = kEpochsWithoutEnd, .batch = options_.batch},
        trial, device_->new_backend({.threads = 1}), options);
    const ThreadTime took = ThreadTime::now().since(begin);
    const std::lock_guard lock(mutex);
    add(sample, static_cast<double>(images), took);
    all_images += static_cast<double>(images);
    return outcome;
  };
  tune::Study study = tune::Study::open({.name = "jobs", .lag = jobs});
  study.optimize(tune::Objective(objective),
                 {.trials = jobs, .jobs = jobs, .cancel = CancelToken(over)});
  sample.images_per_cpu_second = all_images / sample.images_per_cpu_second;
  return sample;
}

}  // namespace hone::bench
