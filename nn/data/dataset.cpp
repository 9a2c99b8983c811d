// Copying a data set to its device.
#include "nn/data/dataset.h"

#include "base/error.h"

namespace hone::nn::data {

Dataset upload(Device& device, const ImageSet& set, int classes,
               const GatherParams& normalization) {
  check(set.count > 0, "dataset: it is empty");
  for (const std::int32_t label : set.labels)
    check(label >= 0 && label < classes, "dataset: label {} is outside 0 to {}", label,
          classes - 1);
  Dataset dataset;
  dataset.images = Tensor::from(device, std::span<const std::uint8_t>(set.pixels),
                                Shape{set.count, set.height, set.width, set.channels});
  dataset.labels =
      Tensor::from(device, std::span<const std::int32_t>(set.labels), Shape{set.count});
  dataset.classes = classes;
  dataset.normalization = normalization;
  return dataset;
}

}  // namespace hone::nn::data
