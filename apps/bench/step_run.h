// One benchmark network in training on one device: the steps that `hone_bench step` times.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/data/image_set.h"
#include "nn/model.h"
#include "nn/train/passes.h"

namespace hone::bench {

// The names of the networks: "reference", "tutorial-1" to "tutorial-4", "resnet-8".
std::vector<std::string> net_names();

// The network and, by net_parameters, how many weights it must have for images of 28x28x1. Throws
// Error(usage) for an unknown name.
nn::Network net_of(const std::string& name);
std::int64_t net_parameters(const std::string& name);

// 8192 images of random bytes, 28x28x1, with random labels 0..9; the same every time.
nn::data::ImageSet synthetic_images();

struct StepOptions {
  std::string net = "reference";
  int batch = 128;
  int members = 1;  // models that are trained together, each on batches of its own
  int threads = 1;
  std::string conv2d;  // a forced algorithm; empty: the device's choice
  bool capture = true;
  Math math = Math::fp32;
};

// What some steps took. CPU seconds are those of all threads of the process.
struct StepTime {
  int steps = 0;
  double cpu_seconds = 0, wall_seconds = 0;
};

// One verb of the step.
struct VerbCost {
  std::string layer;  // empty: none (the batch, the loss, the optimizer)
  std::string verb;
  Shape shape;         // of its first output
  double seconds = 0;  // median
};

// The trainer's own step over full batches of a shuffled data set, epoch after epoch, of one model
// or of several together. One thread at a time.
class StepRun {
 public:
  // `images` must hold a full batch.
  StepRun(std::shared_ptr<Device> device, const nn::data::ImageSet& images,
          const StepOptions& options);

  StepTime run(int steps);
  // The median time of each verb over `replays` steps, in the order of the step. Empty without
  // capture.
  std::vector<VerbCost> verb_costs(int replays);
  // Mean loss over the samples of this epoch so far, of the first member. Throws Error(data) once a
  // loss was not finite.
  double loss() const;

  Device& device() const { return *device_; }
  Backend& backend() const { return timed().model->backend(); }
  std::int64_t parameters() const { return one_.model->parameters().count(); }  // of a model
  double flops() const { return flops_; }  // of one step of all members, counted densely
  // What the device is given for a recorded step; 0 where it has no form of its own for it.
  std::size_t operations() const { return timed().pass.operations(); }

 private:
  // A layer as it runs: what its verbs can be told by.
  struct Stage {
    std::string name;
    Shape input, output, weight;
  };

  // A model, or several as one, in training.
  struct Training {
    Training(std::unique_ptr<nn::Model> model_, const nn::data::Dataset& data,
             const StepOptions& options);
    std::unique_ptr<nn::Model> model;
    std::unique_ptr<optim::Optimizer> optimizer;
    nn::train::TrainingPass pass;
  };

  Training& timed() { return all_ ? *all_ : one_; }
  const Training& timed() const { return all_ ? *all_ : one_; }
  void note_stages();
  void next_epoch_if_over();
  std::string layer_of(const VerbTime& verb) const;

  StepOptions options_;
  std::shared_ptr<Device> device_;
  nn::data::Dataset data_;
  Training one_;
  std::unique_ptr<Training> all_;  // with several members
  double flops_ = 0;
  std::vector<Stage> stages_;
  std::int64_t full_batches_;
  std::int64_t batch_ = 0;  // of this epoch
  std::uint64_t epoch_ = 0;
};

}  // namespace hone::bench
