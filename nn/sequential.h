// The module that runs a Network. Internal to nn/.
#pragma once

#include <memory>

#include "nn/module.h"
#include "nn/network.h"

namespace hone::nn {

std::unique_ptr<Module> make_sequential(const Network& network, const Shape& input, bool fuse);

}  // namespace hone::nn
