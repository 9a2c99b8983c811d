// What the data of a study are, in words that a study keeps: other data are another study.
#pragma once

#include <string>
#include <vector>

#include "base/digest.h"
#include "nn/data/image_set.h"

namespace hone::app {

template <class T>
std::string digest_of(const std::vector<T>& values) {
  return digest_hex(values.data(), values.size() * sizeof(T));
}

// Names in their order, the first ones in words; `more`: what else gives the numbers their meaning.
std::string identity_of_names(const std::vector<std::string>& names, const std::string& more = "");

// "40 pictures, digest ... ...": of pixels and labels.
std::string identity_of_pictures(const nn::data::ImageSet& set);

}  // namespace hone::app
