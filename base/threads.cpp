// Threads that are joined whatever happens.
#include "base/threads.h"

#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace hone {

int run_on_threads(int count, const std::function<void(int)>& body) {
  std::mutex mutex;
  std::exception_ptr error;
  const auto guarded = [&](int worker) {
    try {
      body(worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
    }
  };
  int running = 1;
  {
    std::vector<std::jthread> threads;
    try {
      for (; running < count; ++running) threads.emplace_back([&, running] { guarded(running); });
    } catch (const std::exception&) {
      // No thread, or no memory for one: those that run do all the work.
    }
    guarded(0);
  }
  if (error) std::rethrow_exception(error);
  return running;
}

}  // namespace hone
