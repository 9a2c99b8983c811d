// Pictures of one's own runs and networks, each an SVG file that stands alone, in one line.
//
//   report::write_curves("curves.svg", {{"small", small.history}, {"large", large.history}});
//   report::write_filters("filters.svg", trainer.model());
//   report::write_activations("activations.svg", trainer.model(), test, 3);
//   report::write_gradients("gradients.svg", trainer.model(), training.loss, train);
//
// All write atomically, and throw Error(storage) when the file cannot be written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "nn/train/history.h"
#include "nn/train/inspect.h"

namespace hone::report {

// One training, and what it is called in a picture.
struct Run {
  std::string name = {};
  nn::train::History history = {};
};

// A panel for the loss, the accuracy and each metric that the runs have, over the epochs: lines of
// the training, dashed ones of the validation; a point where a run has one epoch. Throws
// Error(usage) when no run has an epoch, and for more than 20 runs.
std::string curves_svg(const std::vector<Run>& runs);
void write_curves(const std::filesystem::path& path, const std::vector<Run>& runs);
void write_curves(const std::filesystem::path& path, const nn::train::History& history);

// The weights of a convolution, by name ("conv2d_1.weight"; empty: the first one): a small picture
// for each filter and each of its inputs, grey at 0, white and black at the largest size. At most
// 32 filters, and 16 inputs of each. Throws Error(usage) when there is no such convolution.
std::string filters_svg(const nn::Model& model, const std::string& parameter = {});
void write_filters(const std::filesystem::path& path, const nn::Model& model,
                   const std::string& parameter = {});

// What the layers give for one sample: at most 16 channels of each, black at the layer's least
// value and white at its greatest; vectors are strips. Throws Error(usage) when there is no such
// sample.
std::string activations_svg(nn::Model& model, const nn::data::Dataset& data, std::int64_t sample);
void write_activations(const std::filesystem::path& path, nn::Model& model,
                       const nn::data::Dataset& data, std::int64_t sample);

// How large the gradients of each parameter are on the first `batch` samples: a histogram of their
// sizes on a logarithmic axis, and the share of those that are 0.
std::string gradients_svg(nn::Model& model, const nn::train::Loss& loss,
                          const nn::data::Dataset& data, int batch = 128);
void write_gradients(const std::filesystem::path& path, nn::Model& model,
                     const nn::train::Loss& loss, const nn::data::Dataset& data, int batch = 128);

}  // namespace hone::report
