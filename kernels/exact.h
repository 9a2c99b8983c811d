// Memory of exactly the size that was asked for, so that a sanitizer sees what is read or written
// behind it.
#pragma once

namespace hone {

// Whether the environment's HONE_EXACT_MEMORY is set: then pools round no size up, and scratch
// memory is one block for each request. For tests; slower.
bool exact_memory();

}  // namespace hone
