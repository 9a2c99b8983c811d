// A fast 128-bit digest (XXH3) that detects corruption. Not cryptographic.
#pragma once

#include <cstddef>
#include <string>

namespace hone {

// 32 hexadecimal digits.
std::string digest_hex(const void* data, std::size_t size);

}  // namespace hone
