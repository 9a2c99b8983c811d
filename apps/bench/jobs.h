// Single-thread trainings side by side: what `hone_bench jobs` measures.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/device.h"
#include "nn/data/dataset.h"

namespace hone::bench {

// What some jobs did side by side in one round.
struct JobsSample {
  int jobs = 0;
  double images_per_second = 0;      // of all jobs together, by the wall clock
  double images_per_cpu_second = 0;  // by the CPU time that the jobs' threads got
  double processors = 0;             // CPU time over wall time: what the machine gave
  // CPU time and the time in the queue for a processor, over wall time: what the jobs would have
  // used on a free machine. Less than `jobs` by what they waited for each other. Without the queue
  // times of Linux the same as `processors`.
  double wanted = 0;
};

struct JobsOptions {
  std::string net = "reference";
  std::vector<int> jobs = {1, 2};
  int batch = 128;
  int rounds = 7;
  double seconds = 2;  // of each sample
  bool study = false;  // each sample is a study: its trials, started by optimize(), are the jobs
};

// The names that JobsOptions::net takes.
std::vector<std::string> jobs_net_names();

// Trainings of one network as trials run them: each with a thread, a backend with one CPU thread, a
// model and an optimizer of its own, all on one resident data set. Without `study` only steps are
// timed; with it all of a trial, also the making of the model.
class JobsRun {
 public:
  JobsRun(std::shared_ptr<Device> device, const JobsOptions& options);
  JobsRun(const JobsRun&) = delete;
  JobsRun& operator=(const JobsRun&) = delete;
  ~JobsRun();

  // Runs `jobs` of them for `seconds`; blocks the caller. Rethrows what a job throws.
  JobsSample sample(int jobs, double seconds);

 private:
  class Job;
  JobsSample sample_steps(int jobs, double seconds);
  JobsSample sample_study(int jobs, double seconds);
  JobsOptions options_;
  std::shared_ptr<Device> device_;
  nn::data::Dataset data_;
  std::vector<std::unique_ptr<Job>> jobs_;
};

}  // namespace hone::bench
