// A team of helper threads for each calling thread, which spins a little and then sleeps.
//
// Why not an OpenMP region: GCC's runtime spins for long at the end of each region, and when other
// work shares the processors, threads spin while the one they wait for is not running. A training
// epoch on two threads of a busy two-core machine took 7.8 s that way, 1.8 s on one thread, and 1.6
// s without spinning. Here a helper that comes late is not waited for at all.
#include "base/parallel_for.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hone {
namespace {

thread_local bool t_inside = false;  // on a thread that runs chunks: nested calls are sequential

// Waits until `value` is no longer `old`: some tens of microseconds awake, then asleep.
template <class T>
void wait_while(const std::atomic<T>& value, T old) {
  for (int i = 0; i < 2000; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
  }
  value.wait(old, std::memory_order_acquire);
}

class Team {
 public:
  Team() = default;
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  ~Team() {
    stop_.store(true);
    wake();
    for (std::thread& helper : helpers_) helper.join();
  }

  // Whether these helpers exist: a forked child has none of its parent's threads.
  bool usable() const { return process_ == ::getpid(); }

  void run(int threads, std::int64_t chunks, const std::function<void(std::int64_t, int)>& body) {
    grow(static_cast<std::size_t>(threads - 1));
    body_ = &body;
    chunks_ = chunks;
    limit_ = std::min(threads - 1, static_cast<int>(helpers_.size()));
    next_.store(0);
    finished_.store(0);
    error_ = nullptr;
    joined_.store(0, std::memory_order_release);
    wake();
    work(0);
    // Closed: who has not joined by now has nothing left to do.
    const int joined = joined_.exchange(kClosed);
    for (int done = finished_.load(); done != joined; done = finished_.load())
      wait_while(finished_, done);
    if (error_) std::rethrow_exception(error_);
  }

 private:
  static constexpr int kClosed = -1;

  // Up to `wanted` helpers, or as many as the system makes: with fewer the results are the same.
  // What failed is not tried again at once, for a training calls this a thousand times a second.
  void grow(std::size_t wanted) {
    if (helpers_.size() >= wanted || --calls_to_wait_ > 0) return;
    try {
      while (helpers_.size() < wanted) helpers_.emplace_back([this] { help(); });
      calls_to_wait_ = 0;
    } catch (const std::exception&) {
      calls_to_wait_ = 1000;
    }
  }

  void wake() {
    generation_.fetch_add(1, std::memory_order_release);
    generation_.notify_all();
  }

  // The ticket of a helper that joined the open job, 0 when there is none or it has enough.
  int join() {
    int joined = joined_.load(std::memory_order_acquire);
    while (joined != kClosed && joined < limit_)
      if (joined_.compare_exchange_weak(joined, joined + 1)) return joined + 1;
    return 0;
  }

  void help() {
    t_inside = true;
    unsigned seen = generation_.load(std::memory_order_acquire);
    while (!stop_.load()) {
      if (const int worker = join(); worker > 0) {
        work(worker);
        finished_.fetch_add(1, std::memory_order_release);
        finished_.notify_one();
      }
      wait_while(generation_, seen);
      seen = generation_.load(std::memory_order_acquire);
    }
  }

  void work(int worker) {
    for (std::int64_t chunk = next_.fetch_add(1); chunk < chunks_; chunk = next_.fetch_add(1)) {
      try {
        (*body_)(chunk, worker);
      } catch (...) {
        const std::lock_guard lock(error_mutex_);
        if (!error_) error_ = std::current_exception();
      }
    }
  }

  const pid_t process_ = ::getpid();
  std::vector<std::thread> helpers_;
  int calls_to_wait_ = 0;  // of grow(), after one that failed
  std::atomic<bool> stop_{false};
  std::atomic<unsigned> generation_{0};

  // The job. Written by the caller while joined_ is kClosed, read by helpers that have joined.
  const std::function<void(std::int64_t, int)>* body_ = nullptr;
  std::int64_t chunks_ = 0;
  std::atomic<int> limit_{0};  // helpers that may join
  std::atomic<int> joined_{kClosed};
  std::atomic<std::int64_t> next_{0};
  std::atomic<int> finished_{0};
  std::mutex error_mutex_;
  std::exception_ptr error_;
};

Team& team_of_this_thread() {
  thread_local std::unique_ptr<Team> team;
  if (team && !team->usable()) (void)team.release();  // its threads stayed in the parent
  if (!team) team = std::make_unique<Team>();
  return *team;
}

}  // namespace

void parallel_for(int threads, std::int64_t chunks,
                  const std::function<void(std::int64_t, int)>& body) {
  const int team = static_cast<int>(std::min<std::int64_t>(threads, chunks));
  if (team <= 1 || t_inside) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) body(chunk, 0);
    return;
  }
  struct Inside {
    Inside() { t_inside = true; }
    ~Inside() { t_inside = false; }
  } inside;
  team_of_this_thread().run(team, chunks, body);
}

}  // namespace hone
