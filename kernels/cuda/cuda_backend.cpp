// The stream of a CUDA backend: order, copies, whole steps as graphs, errors with their verb.
#include "kernels/cuda/cuda_backend.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/any_verb.h"
#include "kernels/cuda/staging.h"
#include "kernels/cuda/vendor.h"

namespace hone::kernels {
namespace {

// The algorithm that the option, else the environment's HONE_CONV, forces; "" where neither does.
std::string forced_conv2d(const std::string& option, const std::vector<std::string>& known) {
  const char* environment = std::getenv("HONE_CONV");
  const std::string name = !option.empty() ? option : environment == nullptr ? "" : environment;
  std::string names;
  for (const std::string& each : known) {
    if (each == name) return name;
    names += (names.empty() ? "" : ", ") + each;
  }
  check(name.empty(), "conv2d: the algorithm '{}' is not known on cuda; known are {}",
        printable(name), names);
  return "";
}

// Counts the verbs that are under way inside of each other.
class Depth {
 public:
  explicit Depth(int& depth) : depth_(depth) { ++depth_; }
  Depth(const Depth&) = delete;
  Depth& operator=(const Depth&) = delete;
  ~Depth() { --depth_; }

 private:
  int& depth_;
};

}  // namespace

CudaVerbs::CudaVerbs(std::shared_ptr<CudaDevice> device, const BackendOptions& options)
    : Implements(device, options), cuda_device_(std::move(device)) {}

template <class V>
void CudaVerbs::implement(const V& verb) {
  const CudaDevice::Use use(*cuda_device_);
  const Depth depth(depth_);
  // A verb that runs others has the name; the kernel in the text tells the rest.
  const auto named = [&](const Error& error) {
    return depth_ > 1 ? error.what() : fmt::format("{}: {}", str(AnyVerb(verb)), error.what());
  };
  try {
    static_cast<CudaBackend&>(*this).implement(verb);
  } catch (const CudaError& error) {
    throw CudaError(error.code(), named(error));
  } catch (const OutOfMemory& error) {
    throw OutOfMemory(named(error));
  } catch (const DeviceLost& error) {
    throw DeviceLost(named(error));
  }
}

CudaBackend::CudaBackend(std::shared_ptr<CudaDevice> device, const BackendOptions& options)
    : CudaVerbs(device, options),
      forced_conv2d_(forced_conv2d(options.conv2d, device->conv2d_algorithms())),
      staging_(std::make_unique<StagingRing>()) {
  const CudaDevice::Use use(*device);
  gemm_ = device->vendor().new_gemm(options.math);
  if (forced_conv2d_ != "im2col") planner_ = device->vendor().new_planner(options.math);
  check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "cudaStreamCreate");
  device->add_stream(context(), stream_);
}

CudaBackend::~CudaBackend() {
  const CudaDevice::Use use(cuda_device());
  cudaStreamSynchronize(stream_);
  cuda_device().remove_stream(context());
  staging_ = nullptr;
  planner_ = nullptr;
  gemm_ = nullptr;
  cudaStreamDestroy(stream_);
}

std::string CudaBackend::fingerprint() const {
  return Backend::fingerprint() + (forced_conv2d_.empty() ? "" : ", conv2d " + forced_conv2d_);
}

void CudaBackend::synchronize() {
  const CudaDevice::Use use(cuda_device());
  check_cuda(cudaStreamSynchronize(stream_), "synchronize");
}

void CudaBackend::gemm(Each<float> c, Each<const float> a, Each<const float> b,
                       const GemmProblem& problem) {
  if (problem.m == 0 || problem.n == 0) return;
  if (problem.k == 0 || !gemm_) return tiled_gemm(stream_, c, a, b, problem);
  for (int m = 0; m < c.models(); ++m) {
    const Workspace::Scope scope(workspace());
    if (!gemm_->run(stream_, c.of(m), a.of(m), b.of(m), problem, workspace()))
      tiled_gemm(stream_, c.of(m), a.of(m), b.of(m), problem);
  }
}

ConvPlan* CudaBackend::conv_plan(ConvProblem problem, const void* out, const void* a,
                                 const void* b) {
  const bool empty = problem.n * problem.oh * problem.ow * problem.cin * problem.cout == 0;
  if (!planner_ || empty) return nullptr;
  // Memory starts at 64 bytes: only slices can be less aligned, the same in every run.
  const auto bits = reinterpret_cast<std::uintptr_t>(out) | reinterpret_cast<std::uintptr_t>(a) |
                    reinterpret_cast<std::uintptr_t>(b);
  problem.alignment = bits % 16 == 0 ? 16 : 4;
  return planner_->plan(problem);
}

void CudaBackend::do_upload(void* to, const void* host, std::size_t bytes) {
  const CudaDevice::Use use(cuda_device());
  staging_->upload(stream_, to, host, bytes);
}

void CudaBackend::do_download(void* host, const void* from, std::size_t bytes) {
  const CudaDevice::Use use(cuda_device());
  if (bytes > 0)
    check_cuda(cudaMemcpyAsync(host, from, bytes, cudaMemcpyDeviceToHost, stream_), "download");
  check_cuda(cudaStreamSynchronize(stream_), "download");
}

namespace {

// A graph of CUDA's, destroyed with it.
struct Captured {
  Captured() = default;
  Captured(const Captured&) = delete;
  Captured& operator=(const Captured&) = delete;
  ~Captured() {
    if (graph != nullptr) cudaGraphDestroy(graph);
  }
  cudaGraph_t graph = nullptr;
};

// `times` times `one`, one after the other.
void chain(Captured& all, cudaGraph_t one, int times) {
  check_cuda(cudaGraphCreate(&all.graph, 0), "cudaGraphCreate");
  cudaGraphNode_t before = nullptr, node = nullptr;
  for (int i = 0; i < times; ++i, before = node)
    check_cuda(cudaGraphAddChildGraphNode(&node, all.graph, &before, i == 0 ? 0 : 1, one),
               "cudaGraphAddChildGraphNode");
}

// A launch costs the host some microseconds, a step of a small network not many more. Larger graphs
// gain nothing and need memory for each of their operations.
constexpr std::size_t kStepsAtOnce = 8;
constexpr std::size_t kOperationsAtOnce = 2048;

}  // namespace

class CudaBackend::Graph : public Recording::Graph {
 public:
  Graph(CudaBackend& backend, std::unique_ptr<Captured> captured)
      : backend_(backend), captured_(std::move(captured)) {
    check_cuda(cudaGraphGetNodes(captured_->graph, nullptr, &operations_), "cudaGraphGetNodes");
    check_cuda(cudaGraphInstantiate(&one_, captured_->graph, 0), "cudaGraphInstantiate");
    at_once_ = static_cast<int>(std::clamp<std::size_t>(
        kOperationsAtOnce / std::max<std::size_t>(operations_, 1), 1, kStepsAtOnce));
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() override {
    const CudaDevice::Use use(backend_.cuda_device());
    cudaStreamSynchronize(backend_.stream_);
    cudaGraphExecDestroy(one_);
    if (several_ != nullptr) cudaGraphExecDestroy(several_);
    captured_ = nullptr;
  }
  int at_once() const override { return at_once_; }
  void replay(int times) override {
    const CudaDevice::Use use(backend_.cuda_device());
    for (; at_once_ > 1 && times >= at_once_; times -= at_once_) launch(several());
    for (; times > 0; --times) launch(one_);
  }
  std::size_t operations() const override { return operations_; }

 private:
  void launch(cudaGraphExec_t executable) {
    check_cuda(cudaGraphLaunch(executable, backend_.stream_), "cudaGraphLaunch");
  }
  // at_once() steps; made when they are first wanted.
  cudaGraphExec_t several() {
    if (several_ != nullptr) return several_;
    Captured all;
    chain(all, captured_->graph, at_once_);
    check_cuda(cudaGraphInstantiate(&several_, all.graph, 0), "cudaGraphInstantiate");
    return several_;
  }

  CudaBackend& backend_;
  std::unique_ptr<Captured> captured_;
  cudaGraphExec_t one_ = nullptr, several_ = nullptr;
  std::size_t operations_ = 0;
  int at_once_ = 1;
};

namespace {

// The calling thread's stream is captured while one is alive.
class Capture {
 public:
  Capture(CaptureGate& gate, cudaStream_t stream) : gate_(gate), stream_(stream) {
    gate_.begin_capture();
    const cudaError_t code = cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal);
    if (code == cudaSuccess) return;
    gate_.end_capture();
    check_cuda(code, "cudaStreamBeginCapture");
  }
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
  ~Capture() {
    Captured dropped;
    if (!ended_) end(dropped);
  }
  cudaError_t end(Captured& captured) {
    ended_ = true;
    const cudaError_t code = cudaStreamEndCapture(stream_, &captured.graph);
    gate_.end_capture();
    return code;
  }

 private:
  CaptureGate& gate_;
  cudaStream_t stream_;
  bool ended_ = false;
};

}  // namespace

// Each verb has run once when it was given: so the modules are loaded, the library's choices are
// made, and the recording's workspace has the blocks that the same verbs take again now, at the
// same places.
std::unique_ptr<Recording::Graph> CudaBackend::end_graph(const std::vector<AnyVerb>& verbs) {
  auto captured = std::make_unique<Captured>();
  { const CudaDevice::Use use(cuda_device()); }  // the device is the thread's from here on
  {
    Capture capture(cuda_device().gate(), stream_);
    run_again(verbs);
    check_cuda(capture.end(*captured), "cudaStreamEndCapture");
  }
  const CudaDevice::Use use(cuda_device());
  return std::make_unique<Graph>(*this, std::move(captured));
}

}  // namespace hone::kernels
