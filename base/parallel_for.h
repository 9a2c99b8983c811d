// The one source of CPU parallelism: a small team of threads for each calling thread.
#pragma once

#include <cstdint>
#include <functional>

namespace hone {

// Runs body(chunk, worker) for chunk = 0 .. chunks-1 on up to `threads` threads. The number of
// chunks must not depend on `threads`: then the result of each chunk, and so of the whole, has the
// same bits for any thread count. `worker` in [0, threads) says whose scratch memory to use,
// nothing else. Exceptions of the body are rethrown on the calling thread. Nested calls run
// sequentially. Where the system makes fewer threads, fewer run.
void parallel_for(int threads, std::int64_t chunks,
                  const std::function<void(std::int64_t chunk, int worker)>& body);

}  // namespace hone
