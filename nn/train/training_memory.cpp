// The parts of a training's memory, counted.
#include "nn/train/training_memory.h"

#include <algorithm>
#include <map>
#include <variant>
#include <vector>

#include "base/error.h"

namespace hone::nn::train {
namespace {

constexpr std::int64_t kFloat = 4;
constexpr std::int64_t kScratchBlock = std::int64_t{1} << 20;  // a workspace has at least
constexpr std::int64_t kPartialSums = 16;  // of a convolution's weight gradient, at most

// Arrays as large as the weights that an optimizer keeps.
struct Moments {
  std::int64_t operator()(const optim::SGD&) const { return 1; }
  std::int64_t operator()(const optim::Adam&) const { return 2; }
  std::int64_t operator()(const optim::AdamW&) const { return 2; }
  std::int64_t operator()(const optim::RMSprop& spec) const {
    return 1 + (spec.centered ? 1 : 0) + (spec.momentum > 0 ? 1 : 0);
  }
  std::int64_t operator()(const optim::Adagrad&) const { return 1; }
};

// How many tensors of each size, in bytes, a network makes of a sample.
using Sizes = std::map<std::int64_t, int>;

// What its blocks give, and with `inside` what layers within a block keep of their input.
void add_outputs(const std::vector<LayerCost>& layers, bool inside, Sizes& sizes) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    add_outputs(layers[i].inner, inside, sizes);
    const bool ends = i + 1 == layers.size() || layers[i + 1].folded_into.empty();
    if (ends) ++sizes[product({layers[i].output.count(), kFloat})];
    if (inside && !layers[i].folded_into.empty() && layers[i].input_bytes > 0)
      ++sizes[layers[i].input_bytes];
  }
}

// Of tensors of one size two are alive at a time where layers are a chain: a layer's input and
// output. A sum of two networks has a third one.
std::int64_t alive(const std::vector<LayerCost>& layers, bool inside) {
  Sizes sizes;
  add_outputs(layers, inside, sizes);
  const bool chain = std::all_of(layers.begin(), layers.end(),
                                 [](const LayerCost& layer) { return layer.inner.empty(); });
  std::int64_t bytes = 0;
  for (const auto& [size, count] : sizes)
    bytes = sum_of({bytes, product({size, std::min(count, chain ? 2 : 3)})});
  return bytes;
}

// The backward of normalisation takes as much as its input. A workspace keeps its blocks and adds a
// larger one: from the last layer to the first each that is larger than those before counts.
void add_norm(const std::vector<LayerCost>& layers, std::int64_t& most, std::int64_t& sum) {
  for (std::size_t i = layers.size(); i-- > 0;) {
    add_norm(layers[i].inner, most, sum);
    if (layers[i].input_bytes <= most) continue;
    most = layers[i].input_bytes;
    sum = sum_of({sum, most});
  }
}

std::int64_t largest_partial(const std::vector<LayerCost>& layers) {
  std::int64_t most = 0;
  for (const LayerCost& layer : layers) {
    most = std::max(most, largest_partial(layer.inner));
    if (layer.inner.empty() && layer.output.rank() == 3)
      most = std::max(most, product({layer.parameters, kFloat, kPartialSums}));
  }
  return most;
}

// The rows of the steps that a pass over so many samples has.
std::vector<std::int64_t> steps_of(std::int64_t samples, std::int64_t batch) {
  std::vector<std::int64_t> rows;
  if (samples >= batch) rows.push_back(batch);
  if (samples % batch > 0) rows.push_back(samples % batch);
  return rows;
}

}  // namespace

std::int64_t TrainingMemory::total() const {
  return sum_of({weights, host, steps, validation, scratch});
}

TrainingMemory training_memory(const Training& training, const Shape& input,
                               const TrainingSamples& samples) {
  check_training(training);
  check(samples.training >= 0 && samples.validation >= 0,
        "training_memory: {} samples to train on and {} to validate; neither may be negative",
        samples.training, samples.validation);
  check(samples.validation_batch >= 1,
        "training_memory: validation_batch is {}, it must be at least 1", samples.validation_batch);
  const NetworkCost cost = nn::cost(training.network, input);
  const std::int64_t sample = product({input.count(), kFloat});

  const bool clips =
      std::visit([](const auto& spec) { return spec.clip.norm > 0; }, training.optimizer);
  const std::int64_t moments = std::visit(Moments{}, training.optimizer);
  const bool averages = training.ema > 0;
  const std::int64_t arrays = 2 + moments + (clips ? 1 : 0) + (averages ? 2 : 0);
  TrainingMemory memory{
      .weights = product({cost.parameters, kFloat, arrays}),
      .host = product({cost.parameters, kFloat, 1 + moments + (averages ? 1 : 0)})};
  const std::vector<std::int64_t> steps = steps_of(samples.training, std::int64_t{training.batch} *
                                                                         training.accumulate),
                                  validations =
                                      steps_of(samples.validation, samples.validation_batch);
  // A step in parts keeps one part at a time.
  const std::int64_t per_sample = sum_of({cost.activation_bytes, alive(cost.layers, true), sample});
  for (const std::int64_t rows : steps)
    memory.steps =
        sum_of({memory.steps, product({std::min<std::int64_t>(rows, training.batch), per_sample})});
  const std::int64_t outputs = sum_of({alive(cost.layers, false), sample});
  for (const std::int64_t rows : validations)
    memory.validation = sum_of({memory.validation, product({rows, outputs})});
  // Each recording has as much room as the largest step took before it was recorded.
  std::int64_t most = 0, norm = 0;
  add_norm(cost.layers, most, norm);
  const std::int64_t room =
      sum_of({std::max(kScratchBlock, largest_partial(cost.layers)),
              product({std::min<std::int64_t>(training.batch, samples.training), norm})});
  memory.scratch =
      product({room, 1 + static_cast<std::int64_t>(steps.size() + validations.size())});
  return memory;
}

}  // namespace hone::nn::train
