// The scheduler of a block's threads.
#include "tests/cuda_emulation/blocks.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>
#include <vector>

#include "tests/cuda_emulation/fibers.h"
#include "tests/cuda_emulation/settings.h"

namespace cuda_emulation {
namespace {

constexpr unsigned kWarp = 32;
constexpr std::size_t kSharedBytes = std::size_t{48} << 10;  // without asking for more
constexpr std::size_t kGap = 64;                             // between variables
constexpr std::size_t kLargestShuffled = 8;

enum class State { ready, at_barrier, in_shuffle, done };

struct Thread {
  Index at;
  unsigned number = 0;
  Fiber* fiber = nullptr;
  State state = State::ready;
  Site site;
  unsigned barriers = 0, shuffles = 0;
  // What it gives to its warp, by turns: a lane may be one shuffle ahead of another.
  unsigned char given[2][kLargestShuffled] = {};
};

struct Warp {
  unsigned arrived = 0;
  Site site;
};

// Plain copies and fills would be seen by the sanitizers, as accesses of the thread that runs.
void copy_unseen(void* to, const void* from, std::size_t bytes) {
  auto* out = static_cast<volatile unsigned char*>(to);
  const auto* in = static_cast<const volatile unsigned char*>(from);
  for (std::size_t i = 0; i < bytes; ++i) out[i] = in[i];
}

void fill_unseen(unsigned char* to, std::size_t bytes) {
  volatile unsigned char* out = to;
  for (std::size_t i = 0; i < bytes; ++i) out[i] = 0xff;
}

// Threads that can go on, each at most once.
class Queue {
 public:
  void reserve(std::size_t threads) { ring_.resize(threads); }
  bool empty() const { return size_ == 0; }
  void push(Thread* thread) { ring_[(head_ + size_++) % ring_.size()] = thread; }
  Thread* pop(bool at_random) {
    if (at_random) std::swap(ring_[head_], ring_[(head_ + random_below(size_)) % ring_.size()]);
    Thread* thread = ring_[head_];
    head_ = (head_ + 1) % ring_.size();
    --size_;
    return thread;
  }

 private:
  std::vector<Thread*> ring_;
  std::size_t head_ = 0, size_ = 0;
};

// Where blocks run, one after the other.
struct Place {
  std::vector<Fiber*> fibers;  // by thread where races are watched, else the idle ones
  std::vector<unsigned char> shared = std::vector<unsigned char>(2 * kSharedBytes);
  // A block follows the one before: what all of that one's threads release, all of this one's
  // acquire. Two in turn, or a thread would also follow those of its own block.
  char order[2] = {};
  unsigned blocks = 0;
};

class Block {
 public:
  Block(const Grid& grid, Place& place, Index at, char* begun, char* ended);
  void run();

  const Grid& grid() const { return grid_; }
  Index at() const { return at_; }
  void barrier(Site site);
  void shuffle_down(void* result, const void* mine, std::size_t size, int distance, Site site);
  void* shared_memory(const void* key, std::size_t bytes, std::size_t align);
  void* dynamic_shared_memory();

 private:
  struct Variable {
    const void* key;
    unsigned char* data;
  };

  static void run_threads(void* first);
  void begin(Thread& thread);
  void finish(Thread& thread);
  bool is_starved(const Thread& thread) const;
  void make_ready(Thread& thread);
  Thread* next();
  Thread* pick();
  Thread* next_unstarted();
  void settle();
  void open_barrier();
  void wait();
  void take_fiber(Thread& thread);
  unsigned char* take(std::size_t bytes, std::size_t align);
  [[noreturn]] void fail_at(const Thread& thread, const char* what) const;

  const Grid& grid_;
  Place& place_;
  Index at_;
  char *begun_, *ended_;  // orders of the grid
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  Queue ready_, late_;  // late: of the starved warp
  Thread* pending_ = nullptr;
  unsigned waiting_ = 0, done_ = 0, starved_ = 0;
  char barriers_[2] = {};
  Variable variables_[16];
  std::size_t variable_count_ = 0;
  std::size_t used_ = 0;
  unsigned char* dynamic_ = nullptr;
};

// One grid of the process runs at a time.
Block* block = nullptr;
Thread* current = nullptr;

Index index_of(dim3 d) {
  return {static_cast<int>(d.x), static_cast<int>(d.y), static_cast<int>(d.z)};
}

bool same(Site a, Site b) {
  return a.line() == b.line() && std::strcmp(a.file_name(), b.file_name()) == 0;
}

Block::Block(const Grid& grid, Place& place, Index at, char* begun, char* ended)
    : grid_(grid), place_(place), at_(at), begun_(begun), ended_(ended) {
  const unsigned count = grid.block.x * grid.block.y * grid.block.z;
  threads_.resize(count);
  warps_.resize((count + kWarp - 1) / kWarp);
  ready_.reserve(count);
  late_.reserve(count);
  static unsigned blocks = 0;
  starved_ = (settings().seed + blocks++) % static_cast<unsigned>(warps_.size());
  for (unsigned i = 0; i < count; ++i) {
    Thread& thread = threads_[i];
    thread.number = i;
    thread.at = {static_cast<int>(i % grid.block.x),
                 static_cast<int>(i / grid.block.x % grid.block.y),
                 static_cast<int>(i / (grid.block.x * grid.block.y))};
    make_ready(thread);
  }
  ++place.blocks;
  forbid(place.shared.data(), place.shared.size());
  if (grid.shared_bytes > 0) dynamic_ = take(grid.shared_bytes, 16);
}

void Block::fail_at(const Thread& thread, const char* what) const {
  fail_emulation("kernel %s, block (%d, %d, %d), thread (%d, %d, %d): %s, at %s:%u", grid_.name,
                 at_.x, at_.y, at_.z, thread.at.x, thread.at.y, thread.at.z, what,
                 thread.site.file_name(), thread.site.line());
}

bool Block::is_starved(const Thread& thread) const {
  return settings().threads == ThreadOrder::starved && thread.number / kWarp == starved_;
}

void Block::make_ready(Thread& thread) {
  thread.state = State::ready;
  (is_starved(thread) ? late_ : ready_).push(&thread);
}

// The next thread in the order of the settings; null when all wait or are done.
Thread* Block::pick() {
  Queue& queue = ready_.empty() ? late_ : ready_;
  return queue.empty() ? nullptr : queue.pop(settings().threads == ThreadOrder::shuffled);
}

Thread* Block::next() {
  if (pending_ != nullptr) return std::exchange(pending_, nullptr);
  return pick();
}

// The next thread, if it has not begun; one that has, waits for the scheduler.
Thread* Block::next_unstarted() {
  pending_ = next();
  if (pending_ == nullptr || pending_->fiber != nullptr) return nullptr;
  return std::exchange(pending_, nullptr);
}

void Block::begin(Thread& thread) {
  current = &thread;
  acquire(begun_);
  acquire(&place_.order[place_.blocks % 2]);
}

void Block::finish(Thread& thread) {
  release(ended_);
  release(&place_.order[(place_.blocks + 1) % 2]);
  thread.state = State::done;
  ++done_;
}

// On a fibre: a thread from its beginning, and, as it needs no fibre of its own any more, others.
void Block::run_threads(void* first) {
  auto* thread = static_cast<Thread*>(first);
  for (;;) {
    block->begin(*thread);
    block->grid_.thread();
    block->finish(*thread);
    if (kWatchesRaces) return;  // there, each thread is a fibre
    Thread* another = block->next_unstarted();
    if (another == nullptr) return;
    another->fiber = std::exchange(thread->fiber, nullptr);
    thread = another;
  }
}

void Block::take_fiber(Thread& thread) {
  if (kWatchesRaces) {
    while (place_.fibers.size() <= thread.number) place_.fibers.push_back(new_fiber(&run_threads));
    thread.fiber = place_.fibers[thread.number];
  } else if (place_.fibers.empty()) {
    thread.fiber = new_fiber(&run_threads);
  } else {
    thread.fiber = place_.fibers.back();
    place_.fibers.pop_back();
  }
}

void Block::run() {
  while (done_ < threads_.size()) {
    Thread* thread = next();
    if (thread == nullptr) {
      settle();
      continue;
    }
    if (thread->fiber == nullptr) take_fiber(*thread);
    current = thread;
    resume(thread->fiber, thread);
    if (current->state == State::done && !kWatchesRaces) place_.fibers.push_back(current->fiber);
  }
}

// Nobody can go on. All of them at one barrier is the one good reason, and that one is seen when
// the last one comes.
void Block::settle() {
  for (const Thread& thread : threads_) {
    if (thread.state == State::in_shuffle)
      fail_at(thread, "a shuffle that not all lanes of the warp reach");
    if (thread.state == State::at_barrier)
      fail_at(thread, "a barrier that not all threads of the block reach");
  }
  fail_emulation("kernel %s: the scheduler lost a thread", grid_.name);
}

void Block::wait() {
  Thread* thread = current;
  suspend(thread->fiber);
}

void Block::open_barrier() {
  waiting_ = 0;
  for (Thread& thread : threads_) make_ready(thread);
}

void Block::barrier(Site site) {
  Thread& thread = *current;
  thread.site = site;
  thread.state = State::at_barrier;
  // Two in turn: who comes to the next barrier must not order this one.
  char* order = &barriers_[thread.barriers++ % 2];
  if (done_ > 0) fail_at(thread, "a barrier that threads which have ended never reach");
  const Thread& other = threads_[thread.number == 0 ? 1 % threads_.size() : 0];
  if (other.state == State::at_barrier && !same(other.site, site))
    fail_at(thread, "another barrier than the one at which others wait");
  release(order);
  if (++waiting_ == threads_.size()) open_barrier();
  wait();
  acquire(order);
}

void Block::shuffle_down(void* result, const void* mine, std::size_t size, int distance,
                         Site site) {
  Thread& thread = *current;
  thread.site = site;
  const unsigned lane = thread.number % kWarp, first = thread.number - lane;
  Warp& warp = warps_[thread.number / kWarp];
  if (size > kLargestShuffled) fail_at(thread, "a shuffle of more than 8 bytes");
  if (first + kWarp > threads_.size()) fail_at(thread, "a shuffle in a warp of less than 32 lanes");
  if (warp.arrived > 0 && !same(warp.site, site))
    fail_at(thread, "another shuffle than the one in which other lanes of the warp wait");
  const unsigned turn = thread.shuffles++ % 2;
  copy_unseen(thread.given[turn], mine, size);
  warp.site = site;
  if (++warp.arrived == kWarp) {
    warp.arrived = 0;
    for (unsigned i = 0; i < kWarp; ++i)
      if (i != lane) make_ready(threads_[first + i]);
  } else {
    thread.state = State::in_shuffle;
    wait();
  }
  const unsigned from = lane + static_cast<unsigned>(distance);
  copy_unseen(result, from < kWarp ? threads_[first + from].given[turn] : thread.given[turn], size);
}

unsigned char* Block::take(std::size_t bytes, std::size_t align) {
  const std::size_t at = (used_ + kGap + align - 1) / align * align;
  used_ = at + bytes;
  if (used_ > kSharedBytes + kGap * (variable_count_ + 2))
    fail_emulation("kernel %s: more than %zu bytes of shared memory", grid_.name, kSharedBytes);
  unsigned char* data = place_.shared.data() + at;
  allow(data, bytes);
  fill_unseen(data, bytes);
  return data;
}

void* Block::shared_memory(const void* key, std::size_t bytes, std::size_t align) {
  for (std::size_t i = 0; i < variable_count_; ++i)
    if (variables_[i].key == key) return variables_[i].data;
  if (variable_count_ == std::size(variables_)) fail_at(*current, "too many shared variables");
  Variable& made = variables_[variable_count_++];
  made = {key, take(bytes, std::max<std::size_t>(align, 16))};
  return made.data;
}

void* Block::dynamic_shared_memory() {
  if (dynamic_ == nullptr) fail_at(*current, "no dynamic shared memory was asked for");
  return dynamic_;
}

}  // namespace

cudaError_t checked(const Grid& grid) {
  const auto count = [](dim3 d) { return std::uint64_t{d.x} * d.y * d.z; };
  if (count(grid.block) == 0 || count(grid.block) > 1024 || grid.block.z > 64 ||
      count(grid.grid) == 0 || grid.grid.x > 0x7fffffffu || grid.grid.y > 65535 ||
      grid.grid.z > 65535)
    return cudaErrorInvalidConfiguration;
  return grid.shared_bytes > kSharedBytes ? cudaErrorInvalidValue : cudaSuccess;
}

struct Executor::Impl {
  // Two in turn, so that a block and the next one share no fibre: a race between them would not be
  // seen.
  Place places[2];
  unsigned turn = 0;
  char begun = 0, ended = 0;
};

Executor::Executor() : impl_(std::make_unique<Impl>()) {}
Executor::~Executor() = default;

void Executor::run(const Grid& grid) {
  const std::uint64_t count = std::uint64_t{grid.grid.x} * grid.grid.y * grid.grid.z;
  // The order of blocks is any order.
  const std::uint64_t start = settings().threads == ThreadOrder::ordered
                                  ? 0
                                  : random_below(static_cast<std::size_t>(count));
  release(&impl_->begun);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = (start + i) % count;
    const Index index{static_cast<int>(at % grid.grid.x),
                      static_cast<int>(at / grid.grid.x % grid.grid.y),
                      static_cast<int>(at / grid.grid.x / grid.grid.y)};
    Block one(grid, impl_->places[impl_->turn++ % 2], index, &impl_->begun, &impl_->ended);
    block = &one;
    one.run();
  }
  acquire(&impl_->ended);
  block = nullptr;
}

Index thread_index() { return current->at; }
Index block_index() { return block->at(); }
Index block_size() { return index_of(block->grid().block); }
Index grid_size() { return index_of(block->grid().grid); }
void barrier(Site site) { block->barrier(site); }
void shuffle_down(void* result, const void* mine, std::size_t size, int distance, Site site) {
  block->shuffle_down(result, mine, size, distance, site);
}
void* shared_memory(const void* key, std::size_t bytes, std::size_t align) {
  return block->shared_memory(key, bytes, align);
}
void* dynamic_shared_memory() { return block->dynamic_shared_memory(); }

}  // namespace cuda_emulation
