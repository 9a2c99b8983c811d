// Model files as a whole: the description, the shapes of the weights, the class names.
#include "kernels/device.h"

#include "fuzz/target.h"
#include "nn/io/model_file.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::InputFile file;
  static const auto device = hone::open_device("cpu");
  file.write({data, size});
  fuzz::refusing({hone::ErrorKind::data}, file.path().string(), [&] {
    const auto loaded = hone::nn::io::load_model(file.path(), device->new_backend({.threads = 1}));
    fuzz::require(loaded.model != nullptr, "a model is loaded");
  });
  return 0;
}
