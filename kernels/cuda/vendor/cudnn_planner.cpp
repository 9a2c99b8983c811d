// Running cuDNN's plans.
#include "kernels/cuda/vendor/cudnn_planner.h"

#include <utility>

#include "kernels/cuda/vendor/bf16.h"

namespace hone::kernels {
namespace {

// The handle of one backend; made with its first plan, never while it is captured.
class Handle {
 public:
  explicit Handle(CudnnDevice& device) : device_(device) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (handle_ != nullptr) device_.give_handle(handle_);
  }
  void prepare() {
    if (handle_ == nullptr) handle_ = device_.take_handle();
  }
  cudnnHandle_t on(cudaStream_t stream) {
    if (stream_ != stream || !has_stream_)
      device_.cudnn().check(device_.cudnn().set_stream(handle_, stream), "cudnnSetStream");
    stream_ = stream;
    has_stream_ = true;
    return handle_;
  }
  const Cudnn& cudnn() const { return device_.cudnn(); }

 private:
  CudnnDevice& device_;
  cudnnHandle_t handle_ = nullptr;
  cudaStream_t stream_ = nullptr;
  bool has_stream_ = false;
};

class PlannedConvolution : public ConvPlan {
 public:
  PlannedConvolution(Handle& handle, std::shared_ptr<const CudnnPlan> plan)
      : handle_(handle), plan_(std::move(plan)) {}

  std::size_t workspace_bytes() const override { return plan_->workspace_bytes; }

  void run(cudaStream_t stream, void* out, const void* a, const void* b, void* workspace) override {
    const Cudnn& cudnn = handle_.cudnn();
    const std::int64_t ids[] = {kOutput, kFirst, kSecond};
    const void* pointers[] = {out, a, b};
    CudnnDescriptor pack(cudnn, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
    pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 3, ids)
        .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 3, pointers)
        .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace)
        .finalize();
    cudnn.check(cudnn.execute(handle_.on(stream), plan_->plan.get(), pack.get()),
                "cudnnBackendExecute");
  }

 private:
  Handle& handle_;
  std::shared_ptr<const CudnnPlan> plan_;
};

// The same in bf16: both factors are rounded, and so is the result.
class RoundedConvolution : public ConvPlan {
 public:
  RoundedConvolution(const ConvProblem& p, std::unique_ptr<ConvPlan> plan)
      : plan_(std::move(plan)) {
    const std::int64_t x = p.n * p.h * p.w * p.cin, y = p.n * p.oh * p.ow * p.cout;
    const std::int64_t weight = p.cout * p.kernel_h * p.kernel_w * p.group_in();
    const bool forward = p.direction == ConvDirection::forward;
    const bool to_weight = p.direction == ConvDirection::backward_weight;
    out_ = forward ? y : to_weight ? weight : x;
    a_ = forward ? x : y;
    b_ = to_weight ? x : weight;
  }

  std::size_t workspace_bytes() const override {
    return bytes(out_) + bytes(a_) + bytes(b_) + plan_->workspace_bytes();
  }

  void run(cudaStream_t stream, void* out, const void* a, const void* b, void* workspace) override {
    auto* place = static_cast<char*>(workspace);
    const auto take = [&](std::int64_t count) {
      return reinterpret_cast<std::uint16_t*>(std::exchange(place, place + bytes(count)));
    };
    std::uint16_t *narrow_out = take(out_), *narrow_a = take(a_), *narrow_b = take(b_);
    round_to_bf16(stream, narrow_a, static_cast<const float*>(a), a_);
    round_to_bf16(stream, narrow_b, static_cast<const float*>(b), b_);
    plan_->run(stream, narrow_out, narrow_a, narrow_b, place);
    widen_bf16(stream, static_cast<float*>(out), narrow_out, out_);
  }

 private:
  // A multiple of 256 bytes, so that all parts of the scratch memory are aligned.
  static std::size_t bytes(std::int64_t count) {
    return (static_cast<std::size_t>(count) * sizeof(std::uint16_t) + 255) / 256 * 256;
  }

  std::unique_ptr<ConvPlan> plan_;
  std::int64_t out_ = 0, a_ = 0, b_ = 0;  // elements
};

class CudnnPlanner : public ConvPlanner {
 public:
  CudnnPlanner(CudnnDevice& device, Math math) : device_(device), math_(math), handle_(device) {}

  ConvPlan* plan(const ConvProblem& asked) override {
    ConvProblem problem = asked;
    if (math_ == Math::bf16) problem.alignment = 16;  // of the rounded copies
    const auto known = plans_.find(problem);
    if (known != plans_.end()) return known->second.get();
    std::shared_ptr<const CudnnPlan> found = device_.plan(problem, math_);
    std::unique_ptr<ConvPlan>& plan = plans_[problem];
    if (found == nullptr) return nullptr;
    handle_.prepare();
    plan = std::make_unique<PlannedConvolution>(handle_, std::move(found));
    if (math_ == Math::bf16) plan = std::make_unique<RoundedConvolution>(problem, std::move(plan));
    return plan.get();
  }

 private:
  CudnnDevice& device_;
  Math math_;
  Handle handle_;
  std::map<ConvProblem, std::unique_ptr<ConvPlan>> plans_;
};

}  // namespace

CudnnDevice::CudnnDevice(const Cudnn& cudnn, int ordinal)
    : cudnn_(cudnn), properties_(cudnn_device(cudnn, ordinal)) {}

CudnnDevice::~CudnnDevice() {
  for (const cudnnHandle_t handle : handles_) cudnn_.destroy(handle);
}

std::shared_ptr<const CudnnPlan> CudnnDevice::plan(const ConvProblem& problem, Math math) {
  const std::lock_guard lock(mutex_);
  const std::pair key(problem, math);
  const auto known = plans_.find(key);
  if (known != plans_.end()) return known->second;
  std::optional<CudnnPlan> made = cudnn_plan(cudnn_, properties_, problem, math);
  auto& plan = plans_[key];
  if (made) plan = std::make_shared<const CudnnPlan>(std::move(*made));
  return plan;
}

cudnnHandle_t CudnnDevice::take_handle() {
  const std::lock_guard lock(mutex_);
  cudnnHandle_t handle = nullptr;
  if (handles_.empty()) {
    cudnn_.check(cudnn_.create(&handle), "cudnnCreate");
  } else {
    handle = handles_.back();
    handles_.pop_back();
  }
  return handle;
}

void CudnnDevice::give_handle(cudnnHandle_t handle) {
  const std::lock_guard lock(mutex_);
  handles_.push_back(handle);
}

std::unique_ptr<ConvPlanner> make_cudnn_planner(CudnnDevice& device, Math math) {
  return std::make_unique<CudnnPlanner>(device, math);
}

}  // namespace hone::kernels
