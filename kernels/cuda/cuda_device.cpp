// Properties, memory and streams of a CUDA device.
#include "kernels/cuda/cuda_device.h"

#include <cstdlib>
#include <map>
#include <mutex>

#include "base/version.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/vendor.h"

namespace hone::kernels {
namespace {

// The device that the calling thread has set; CUDA starts with 0.
thread_local int current_device = 0;

int attribute(cudaDeviceAttr which, int ordinal) {
  int value = 0;
  check_cuda(cudaDeviceGetAttribute(&value, which, ordinal), "cudaDeviceGetAttribute");
  return value;
}

CudaProperties properties_of(int ordinal) {
  CudaProperties p;
  p.ordinal = ordinal;
  cudaDeviceProp device{};
  check_cuda(cudaGetDeviceProperties(&device, ordinal), "cudaGetDeviceProperties");
  p.name = printable(device.name);
  p.memory_bytes = device.totalGlobalMem;
  p.architecture = 10 * attribute(cudaDevAttrComputeCapabilityMajor, ordinal) +
                   attribute(cudaDevAttrComputeCapabilityMinor, ordinal);
  p.multiprocessors = attribute(cudaDevAttrMultiProcessorCount, ordinal);
  p.shared_bytes_per_block =
      static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, ordinal));
  check_cuda(cudaDriverGetVersion(&p.driver_version), "cudaDriverGetVersion");
  check_cuda(cudaRuntimeGetVersion(&p.runtime_version), "cudaRuntimeGetVersion");
  return p;
}

// 13020 is 13.2.
std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

}  // namespace

// Blocks of the device. Its pools, and so this, may outlive the device.
class CudaDevice::Memory : public RawMemory {
 public:
  explicit Memory(int ordinal) : ordinal_(ordinal) {}

  void enter() {
    gate_.enter();
    if (current_device == ordinal_) return;
    cudaSetDevice(ordinal_);
    current_device = ordinal_;
  }
  CaptureGate& gate() { return gate_; }

  void* allocate(std::size_t bytes) override {
    if (gate_.capturing())
      fail(ErrorKind::internal, "cuda: {} bytes were to be allocated while a step is captured",
           bytes);
    const Inside inside(*this);
    void* data = nullptr;
    const cudaError_t code = cudaMalloc(&data, bytes);
    if (code == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      std::size_t left = 0, all = 0;
      cudaMemGetInfo(&left, &all);
      throw OutOfMemory(
          fmt::format("cuda: {} bytes could not be allocated, {} of the device's {} are free; use "
                      "a smaller batch or fewer jobs",
                      bytes, left, all));
    }
    check_cuda(code, "cudaMalloc");
    return data;
  }
  void release(void* data) noexcept override {
    const Inside inside(*this);
    cudaDeviceSynchronize();
    cudaFree(data);  // an error here has been, or will be, met by a verb
  }
  void poison(void* data, std::size_t bytes, MemoryContext context) noexcept override {
    const Inside inside(*this);
    const std::lock_guard lock(mutex_);
    const auto stream = streams_.find(context);
    if (stream != streams_.end()) {
      cudaMemsetAsync(data, 0xff, bytes, stream->second);
    } else {
      cudaMemset(data, 0xff, bytes);
      cudaDeviceSynchronize();
    }
  }
  void settle() noexcept override {
    const Inside inside(*this);
    cudaDeviceSynchronize();
  }

  void add_stream(MemoryContext context, cudaStream_t stream) {
    const std::lock_guard lock(mutex_);
    streams_[context] = stream;
  }
  void remove_stream(MemoryContext context) {
    const std::lock_guard lock(mutex_);
    streams_.erase(context);
  }

 private:
  struct Inside {
    explicit Inside(Memory& memory_) : memory(memory_) { memory.enter(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;
    ~Inside() { memory.gate_.leave(); }
    Memory& memory;
  };

  int ordinal_;
  CaptureGate gate_;
  std::mutex mutex_;
  std::map<MemoryContext, cudaStream_t> streams_;
};

CudaDevice::Use::Use(CudaDevice& device) : gate_(device.gate()) { device.memory_->enter(); }

CudaDevice::CudaDevice(const std::string& name, int ordinal)
    : CudaDevice(name, ordinal, std::make_shared<Memory>(ordinal)) {}

CudaDevice::CudaDevice(const std::string& name, int ordinal, std::shared_ptr<Memory> memory)
    : Device(memory),
      name_(ordinal == 0 ? name : fmt::format("{}:{}", name, ordinal)),
      memory_(std::move(memory)) {
  const Use use(*this);
  properties_ = properties_of(ordinal);
  vendor_ = make_cuda_vendor(properties_);
}

CudaDevice::~CudaDevice() {
  const Use use(*this);
  vendor_ = nullptr;
}

std::string CudaDevice::description() const {
  const std::string missing = vendor_->missing();
  return fmt::format("{}, compute capability {}.{}, CUDA {}, driver {}, {}{}", properties_.name,
                     properties_.architecture / 10, properties_.architecture % 10,
                     version_text(properties_.runtime_version),
                     version_text(properties_.driver_version), vendor_->versions(),
                     missing.empty() ? "" : "; " + missing);
}

std::string CudaDevice::fingerprint() const {
  return fmt::format("hone {}, {} sm_{} with {} multiprocessors, CUDA {}, {}", kVersion,
                     properties_.name, properties_.architecture, properties_.multiprocessors,
                     version_text(properties_.runtime_version), vendor_->versions());
}

std::string CudaDevice::refusal(Math math) const {
  if (math == Math::fp32) return "";
  if (properties_.architecture < 80)
    return fmt::format("{} has compute capability {}.{}; {} needs 8.0", properties_.name,
                       properties_.architecture / 10, properties_.architecture % 10, name_of(math));
  const char* override_tf32 = std::getenv("NVIDIA_TF32_OVERRIDE");
  if (math == Math::tf32 && override_tf32 != nullptr && std::string(override_tf32) == "0")
    return "the environment's NVIDIA_TF32_OVERRIDE=0 turns TF32 off in the vendor's libraries";
  if (!vendor_->has_tensor_cores())
    return fmt::format("{} needs the vendor's products: {}", name_of(math), vendor_->missing());
  return "";
}

std::unique_ptr<Backend> CudaDevice::new_backend(const BackendOptions& options) {
  return std::make_unique<CudaBackend>(std::static_pointer_cast<CudaDevice>(shared_from_this()),
                                       options);
}

std::vector<std::string> CudaDevice::conv2d_algorithms() const {
  if (!vendor_->has_plans()) return {"im2col"};
  return {"plan", "im2col"};
}

CaptureGate& CudaDevice::gate() { return memory_->gate(); }

void CudaDevice::add_stream(MemoryContext context, cudaStream_t stream) {
  memory_->add_stream(context, stream);
}

void CudaDevice::remove_stream(MemoryContext context) { memory_->remove_stream(context); }

void CudaDevice::do_upload(void* to, const void* host, std::size_t bytes) {
  const Use use(*this);
  check_cuda(cudaDeviceSynchronize(), "upload");
  if (bytes > 0) check_cuda(cudaMemcpy(to, host, bytes, cudaMemcpyHostToDevice), "upload");
  // From pageable memory it may come back before the last bytes are there.
  check_cuda(cudaDeviceSynchronize(), "upload");
}

void CudaDevice::do_download(void* host, const void* from, std::size_t bytes) {
  const Use use(*this);
  check_cuda(cudaDeviceSynchronize(), "download");
  if (bytes > 0) check_cuda(cudaMemcpy(host, from, bytes, cudaMemcpyDeviceToHost), "download");
}

bool cuda_available(int ordinal, std::string& why) {
  int count = 0;
  const cudaError_t code = cudaGetDeviceCount(&count);
  if (code == cudaErrorInsufficientDriver) {
    cudaGetLastError();
    int driver = 0, runtime = 0;
    cudaDriverGetVersion(&driver);
    cudaRuntimeGetVersion(&runtime);
    why = driver == 0 ? "no NVIDIA driver is installed"
                      : fmt::format(
                            "the NVIDIA driver is for CUDA {}, hone was built with {}; "
                            "install a newer driver",
                            version_text(driver), version_text(runtime));
    return false;
  }
  if (code == cudaErrorNoDevice || (code == cudaSuccess && count == 0)) {
    cudaGetLastError();
    why = "the NVIDIA driver sees no device (CUDA_VISIBLE_DEVICES may hide it)";
    return false;
  }
  if (code != cudaSuccess) {
    cudaGetLastError();
    why = cuda_words(code);
    return false;
  }
  if (ordinal >= count) {
    why = fmt::format("there {} {} CUDA device{}, numbered from 0", count == 1 ? "is" : "are",
                      count, count == 1 ? "" : "s");
    return false;
  }
  return true;
}

}  // namespace hone::kernels
