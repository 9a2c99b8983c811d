// The data of one call of hone_tune: read, split, on the device.
#pragma once

#include <optional>
#include <string>

#include "apps/hone_tune/options.h"
#include "nn/data/dataset.h"
#include "nn/data/table_encoder.h"

namespace hone::app {

struct OwnData {
  nn::data::Dataset train, validation, test;
  nn::data::ImageSet test_images;                 // of pictures, on the host, for the report
  std::optional<nn::data::TableEncoder> encoder;  // of a table
  std::int64_t outputs = 1;                       // classes, or values of the target
  std::string identity;                           // what the study remembers
  std::string sample_name = "samples";            // what the samples are, in the plural
  std::vector<std::string> notes = {};            // lines for people

  bool is_pictures() const { return train.shape().rank() == 3; }
};

// The name that data at this place have for people.
std::string name_of_data(const std::filesystem::path& path);

// Throws Error(usage) for a target that is none, Error(data) for what the readers refuse.
OwnData load_own_data(const OwnOptions& options, Device& device);

}  // namespace hone::app
