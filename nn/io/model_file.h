// Model files: a safetensors file with the weights, and with everything that using them needs in
// its metadata: the network, the shape of a sample, the input normalisation and the names of the
// classes.
//
// Weights and buffers are in hone's layouts (convolution [out, kh, kw, in], dense [in, out]), F32,
// by their names. The metadata "digest" detects damage; a file without one is read, too, so remove
// it from one that you change by other means.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/model.h"

namespace hone::nn::io {

using data::Standardization;

// Written atomically, with the model's own info() where none is given. A model made from a Module
// of yours is saved without a network: load_weights reads it. Throws Error(storage) when the file
// cannot be written, Error(usage) for text that is not UTF-8 and for preprocessing that is not
// finite or does not fit the model's samples.
void save_model(const std::string& path, const Model& model, const ModelInfo& info);
void save_model(const std::string& path, const Model& model);

struct LoadedModel : ModelInfo {
  std::unique_ptr<Model> model;  // in evaluation mode; its info() is this one
};

struct LoadOptions {
  bool fuse = true;               // see ModelOptions
  std::vector<Layer> kinds = {};  // one of each layer kind of your own that the file may name
};

// Throws Error(data) that names the file and the field for anything that save_model did not write,
// for damage, and for weights that are not finite; nothing larger than the file is ever allocated.
LoadedModel load_model(const std::string& path, std::unique_ptr<Backend> backend,
                       const LoadOptions& options = {});

// Reads the weights, and info(), into a model with the same parameters and buffers. Throws as
// load_model; the model is then unchanged.
ModelInfo load_weights(const std::string& path, Model& model);

}  // namespace hone::nn::io
