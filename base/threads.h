// Threads for whole jobs (a trial each); loops are split by parallel_for.
#pragma once

#include <functional>

namespace hone {

// Runs body(0) on this thread and body(1) .. body(count - 1) on threads of their own, and returns
// when all have ended: how many there were. Where the system makes no more threads, fewer run, but
// always body(0). An exception of the body ends that one; the first is rethrown when all have
// ended.
int run_on_threads(int count, const std::function<void(int worker)>& body);

}  // namespace hone
