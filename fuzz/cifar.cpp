// CIFAR's records.
#include "nn/data/cifar.h"

#include "fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hone::nn::data;
  for (const CifarLabels labels : {CifarLabels::ten, CifarLabels::fine, CifarLabels::coarse})
    fuzz::refusing({hone::ErrorKind::data}, "input.bin", [&] {
      const ImageSet set = decode_cifar({data, size}, "input.bin", labels);
      set.validate();
      fuzz::require(set.count > 0, "there are records");
      set.class_counts(labels == CifarLabels::ten ? 10 : labels == CifarLabels::fine ? 100 : 20);
    });
  return 0;
}
