// Streams, events, copies and captures: queues of work, done in an order that the settings choose.
//
// One lock for all: what runs side by side on a device runs in turn here. The race detector is told
// of a stream as of a thread, and of each order that CUDA promises, and of no other.
#include <cuda_runtime.h>

#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tests/cuda_emulation/blocks.h"
#include "tests/cuda_emulation/fibers.h"
#include "tests/cuda_emulation/settings.h"
#include "tests/cuda_emulation/state.h"

using namespace cuda_emulation;

namespace {

// A place in a stream's work that others may wait for.
struct Mark {
  CUstream_st* stream = nullptr;
  std::uint64_t ticket = 0;
  char order = 0;
};

struct Work {
  std::function<void(Executor&)> run;
  std::shared_ptr<Mark> wait, record;
  char order = 0;  // host to stream
};

using Nodes = std::vector<std::function<void(Executor&)>>;

struct Capture {
  std::thread::id thread;
  Nodes nodes;
  bool valid = true;
};

}  // namespace

struct CUstream_st {
  std::deque<std::unique_ptr<Work>> queue;
  std::uint64_t issued = 0, done = 0;
  std::unique_ptr<Capture> capture;
  Executor executor;
  TrackedThread tracked;
  char order = 0;  // stream to host
};

struct CUevent_st {
  std::shared_ptr<Mark> mark;
};

struct CUgraphNode_st {};

struct CUgraph_st {
  Nodes nodes;
  std::vector<std::unique_ptr<CUgraphNode_st>> children;
};

struct CUgraphExec_st {
  std::shared_ptr<const Nodes> nodes;
};

namespace {

std::size_t launches = 0;

std::set<CUstream_st*>& streams() {
  static std::set<CUstream_st*> all;
  return all;
}

// Kept for the next one that is made: events may still name them.
std::vector<CUstream_st*>& retired() {
  static std::vector<CUstream_st*> all;
  return all;
}

CUstream_st* default_stream() {
  static CUstream_st* stream = [] {
    auto* made = new CUstream_st;
    streams().insert(made);
    return made;
  }();
  return stream;
}

CUstream_st* of(cudaStream_t stream) { return stream == nullptr ? default_stream() : stream; }

bool is_done(const Mark& mark) {
  return mark.stream == nullptr || mark.stream->done >= mark.ticket;
}

void run_until(CUstream_st* stream, std::uint64_t ticket);

// The first of the stream's work, and before it what it waits for.
void run_one(CUstream_st* stream) {
  const std::unique_ptr<Work> work = std::move(stream->queue.front());
  stream->queue.pop_front();
  if (work->wait && !is_done(*work->wait)) run_until(work->wait->stream, work->wait->ticket);
  stream->tracked.enter();
  acquire(&work->order);
  if (work->wait) acquire(&work->wait->order);
  if (work->run) work->run(stream->executor);
  work->run = nullptr;  // here, where the threads that read it are known to have ended
  if (work->record) release(&work->record->order);
  release(&stream->order);
  stream->tracked.leave();
  ++stream->done;
}

void run_until(CUstream_st* stream, std::uint64_t ticket) {
  while (stream->done < ticket) run_one(stream);
}

// Some work of any stream that waits for nothing.
bool run_any() {
  std::vector<CUstream_st*> able;
  for (CUstream_st* each : streams())
    if (!each->queue.empty() && (!each->queue.front()->wait || is_done(*each->queue.front()->wait)))
      able.push_back(each);
  if (able.empty()) return false;
  run_one(able[random_below(able.size())]);
  return true;
}

void wait_for(CUstream_st* stream, std::uint64_t ticket) {
  if (settings().streams == StreamOrder::random)
    while (stream->done < ticket && run_any()) {
    }
  run_until(stream, ticket);
  acquire(&stream->order);
}

// Whether a call that a capture forbids comes from a thread that captures; the capture is lost
// then.
bool forbidden_here() {
  bool found = false;
  for (CUstream_st* each : streams())
    if (each->capture && each->capture->thread == std::this_thread::get_id()) {
      each->capture->valid = false;
      found = true;
    }
  return found;
}

cudaError_t push(cudaStream_t handle, std::function<void(Executor&)> run,
                 std::shared_ptr<Mark> wait = nullptr, std::shared_ptr<Mark> record = nullptr) {
  if (lost() != cudaSuccess) return lost();
  CUstream_st* stream = of(handle);
  if (stream->capture) {
    if (wait || record) stream->capture->valid = false;  // one stream is captured, no others join
    if (!stream->capture->valid) return cudaErrorStreamCaptureInvalidated;
    stream->capture->nodes.push_back(std::move(run));
    return cudaSuccess;
  }
  auto work = std::make_unique<Work>();
  work->run = std::move(run);
  work->wait = std::move(wait);
  work->record = std::move(record);
  release(&work->order);
  stream->queue.push_back(std::move(work));
  ++stream->issued;
  if (settings().streams == StreamOrder::issue) run_until(stream, stream->issued);
  if (settings().streams == StreamOrder::random)
    while (random_below(4) == 0 && run_any()) {
    }
  return cudaSuccess;
}

}  // namespace

namespace cuda_emulation {

std::recursive_mutex& lock() {
  static std::recursive_mutex mutex;
  return mutex;
}

cudaError_t noted(cudaError_t error) {
  if (error != cudaSuccess) last_error() = error;
  return error;
}

cudaError_t& last_error() {
  thread_local cudaError_t error = cudaSuccess;
  return error;
}

cudaError_t lost() {
  return settings().breaks > 0 && launches >= settings().breaks ? cudaErrorIllegalAddress
                                                                : cudaSuccess;
}

cudaError_t settle_device() {
  if (forbidden_here()) return cudaErrorStreamCaptureUnsupported;
  for (CUstream_st* each : streams()) wait_for(each, each->issued);
  return lost();
}

bool capture_forbids() { return forbidden_here(); }

cudaError_t launch(cudaStream_t stream, const char* name, dim3 grid, dim3 block,
                   std::size_t shared_bytes, std::function<void()> thread) {
  const std::lock_guard guard(lock());
  Grid one{name, grid, block, shared_bytes, std::move(thread)};
  if (const cudaError_t error = checked(one); error != cudaSuccess) return noted(error);
  ++launches;
  return noted(push(stream, [one = std::move(one)](Executor& on) { on.run(one); }));
}

}  // namespace cuda_emulation

cudaError_t cudaDeviceSynchronize() {
  const std::lock_guard guard(lock());
  return noted(settle_device());
}

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  const std::lock_guard guard(lock());
  if (!fits_kind(to, from, bytes, kind)) return noted(cudaErrorInvalidValue);
  return noted(push(stream, [=](Executor&) {
    if (bytes > 0) std::memcpy(to, from, bytes);
  }));
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  const std::lock_guard guard(lock());
  if (forbidden_here()) return noted(cudaErrorStreamCaptureUnsupported);
  const cudaError_t error = cudaMemcpyAsync(to, from, bytes, kind, nullptr);
  return error != cudaSuccess ? error : cudaStreamSynchronize(nullptr);
}

cudaError_t cudaMemsetAsync(void* data, int value, std::size_t bytes, cudaStream_t stream) {
  const std::lock_guard guard(lock());
  if (!is_device_memory(data, bytes)) return noted(cudaErrorInvalidValue);
  return noted(push(stream, [=](Executor&) {
    if (bytes > 0) std::memset(data, value, bytes);
  }));
}

cudaError_t cudaMemset(void* data, int value, std::size_t bytes) {
  const std::lock_guard guard(lock());
  if (forbidden_here()) return noted(cudaErrorStreamCaptureUnsupported);
  const cudaError_t error = cudaMemsetAsync(data, value, bytes, nullptr);
  return error != cudaSuccess ? error : cudaStreamSynchronize(nullptr);
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  const std::lock_guard guard(lock());
  // A blocking stream would wait for the default one and the other way round; hone uses none.
  if (flags != cudaStreamNonBlocking) return noted(cudaErrorInvalidValue);
  if (retired().empty()) retired().push_back(new CUstream_st);
  *stream = retired().back();
  retired().pop_back();
  streams().insert(*stream);
  return cudaSuccess;
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  const std::lock_guard guard(lock());
  if (streams().count(stream) == 0) return noted(cudaErrorInvalidResourceHandle);
  run_until(stream, stream->issued);  // a device frees it once its work is done
  streams().erase(stream);
  retired().push_back(stream);
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  const std::lock_guard guard(lock());
  if (forbidden_here()) return noted(cudaErrorStreamCaptureUnsupported);
  wait_for(of(handle), of(handle)->issued);
  return noted(lost());
}

// Asked again and again it comes to an end.
cudaError_t cudaStreamQuery(cudaStream_t handle) {
  const std::lock_guard guard(lock());
  if (forbidden_here()) return noted(cudaErrorStreamCaptureUnsupported);
  CUstream_st* stream = of(handle);
  if (stream->done < stream->issued) {
    run_one(stream);
    return cudaErrorNotReady;
  }
  acquire(&stream->order);
  return cudaSuccess;
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const std::lock_guard guard(lock());
  if (!event->mark) return cudaSuccess;  // never recorded
  return noted(push(stream, nullptr, event->mark));
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  const std::lock_guard guard(lock());
  delete event;
  return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t handle) {
  const std::lock_guard guard(lock());
  event->mark = std::make_shared<Mark>();
  event->mark->stream = of(handle);
  event->mark->ticket = of(handle)->issued + 1;
  return noted(push(handle, nullptr, nullptr, event->mark));
}

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const std::lock_guard guard(lock());
  if (forbidden_here()) return noted(cudaErrorStreamCaptureUnsupported);
  if (!event->mark) return cudaSuccess;
  if (!is_done(*event->mark)) run_until(event->mark->stream, event->mark->ticket);
  acquire(&event->mark->order);
  return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  const std::lock_guard guard(lock());
  if (!event->mark) return cudaSuccess;
  if (!is_done(*event->mark)) {
    run_one(event->mark->stream);
    return cudaErrorNotReady;
  }
  acquire(&event->mark->order);
  return cudaSuccess;
}

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  const std::lock_guard guard(lock());
  // Any other mode would hold for all threads of the process.
  if (stream == nullptr || stream->capture || mode != cudaStreamCaptureModeThreadLocal)
    return noted(cudaErrorInvalidValue);
  stream->capture = std::make_unique<Capture>();
  stream->capture->thread = std::this_thread::get_id();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  const std::lock_guard guard(lock());
  *graph = nullptr;
  if (stream == nullptr || !stream->capture) return noted(cudaErrorInvalidValue);
  const std::unique_ptr<Capture> capture = std::move(stream->capture);
  if (!capture->valid) return noted(cudaErrorStreamCaptureInvalidated);
  *graph = new CUgraph_st{std::move(capture->nodes), {}};
  return cudaSuccess;
}

cudaError_t cudaStreamIsCapturing(cudaStream_t stream, cudaStreamCaptureStatus* status) {
  const std::lock_guard guard(lock());
  const auto& capture = of(stream)->capture;
  *status = !capture         ? cudaStreamCaptureStatusNone
            : capture->valid ? cudaStreamCaptureStatusActive
                             : cudaStreamCaptureStatusInvalidated;
  return cudaSuccess;
}

cudaError_t cudaGraphCreate(cudaGraph_t* graph, unsigned flags) {
  if (flags != 0) return noted(cudaErrorInvalidValue);
  *graph = new CUgraph_st;
  return cudaSuccess;
}

// Only behind the node that was added last: all of a graph is one chain here.
cudaError_t cudaGraphAddChildGraphNode(cudaGraphNode_t* node, cudaGraph_t graph,
                                       const cudaGraphNode_t* after, std::size_t count,
                                       cudaGraph_t child) {
  const std::lock_guard guard(lock());
  auto& chain = graph->children;
  if (count != (chain.empty() ? 0 : 1) || (count == 1 && *after != chain.back().get()))
    return noted(cudaErrorInvalidValue);
  graph->nodes.insert(graph->nodes.end(), child->nodes.begin(), child->nodes.end());
  chain.push_back(std::make_unique<CUgraphNode_st>());
  *node = chain.back().get();
  return cudaSuccess;
}

cudaError_t cudaGraphGetNodes(cudaGraph_t graph, cudaGraphNode_t* nodes, std::size_t* count) {
  if (nodes != nullptr) return noted(cudaErrorInvalidValue);  // only their number
  *count = graph->nodes.size();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* exec, cudaGraph_t graph, unsigned long long) {
  const std::lock_guard guard(lock());
  *exec = new CUgraphExec_st{std::make_shared<const Nodes>(graph->nodes)};
  return cudaSuccess;
}

// It is where it is needed already.
cudaError_t cudaGraphUpload(cudaGraphExec_t, cudaStream_t) { return cudaSuccess; }

cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream) {
  const std::lock_guard guard(lock());
  return noted(push(stream, [nodes = exec->nodes](Executor& on) {
    for (const auto& node : *nodes) node(on);
  }));
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t exec) {
  const std::lock_guard guard(lock());
  // The arguments of kernels that may be under way; to the race detector, freeing them is writing.
  static std::vector<std::shared_ptr<const Nodes>> kept;
  if (kWatchesRaces) kept.push_back(exec->nodes);
  delete exec;
  return cudaSuccess;
}
