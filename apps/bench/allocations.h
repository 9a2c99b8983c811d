// Counts the large blocks that this program takes from operator new.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hone::bench {

constexpr std::size_t kLargeAllocation = std::size_t{64} * 1024;  // bytes

// Calls of operator new for kLargeAllocation bytes or more since the start, in all threads.
std::uint64_t large_allocations();

}  // namespace hone::bench
