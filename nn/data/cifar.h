// Reading CIFAR-10 and CIFAR-100 in their binary form (A. Krizhevsky 2009): 32 x 32 pictures in
// colour.
//
// A file is records without a header: one byte of label, or two of them (the coarse one, then the
// fine one) in CIFAR-100, then 1,024 bytes of red, of green and of blue, row by row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nn/data/image_set.h"

namespace hone::nn::data {

inline constexpr std::uint64_t kCifarByteLimit = std::uint64_t{1} << 30;  // of one file

enum class CifarLabels : std::uint8_t {
  ten,     // CIFAR-10: 0 .. 9
  fine,    // CIFAR-100: 0 .. 99
  coarse,  // CIFAR-100's 20 groups
};

// The pictures [count, 32, 32, 3] of one file, without names. Throws Error(data) that names the
// file (by `name`) and the record: part of a record, no record, a label that is none.
ImageSet decode_cifar(std::span<const std::uint8_t> bytes, const std::string& name,
                      CifarLabels labels);

struct CifarSets {
  ImageSet train, test;
};

// The files data_batch_1.bin to data_batch_5.bin and test_batch.bin of a folder, with the names of
// batches.meta.txt. Throws Error(data) as decode_cifar, for a file that is missing, and for names
// that are not ten.
CifarSets load_cifar10(const std::string& folder);
// train.bin and test.bin, with fine_label_names.txt or coarse_label_names.txt.
CifarSets load_cifar100(const std::string& folder, CifarLabels labels = CifarLabels::fine);

}  // namespace hone::nn::data
