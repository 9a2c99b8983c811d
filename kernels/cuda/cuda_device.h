// A CUDA device: its properties, memory, streams, and the gate that keeps captures undisturbed.
#pragma once

#include <cuda_runtime.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "kernels/cuda/capture_gate.h"
#include "kernels/device.h"

namespace hone::kernels {

class CudaVendor;

struct CudaProperties {
  int ordinal = 0;
  std::string name;         // "NVIDIA H100 80GB HBM3"
  int architecture = 0;     // 90 is compute capability 9.0
  int multiprocessors = 0;  // for the size of grids
  std::size_t memory_bytes = 0;
  std::size_t shared_bytes_per_block = 0;  // the most a kernel can ask for
  int driver_version = 0;                  // 13000 is 13.0
  int runtime_version = 0;
};

class CudaDevice : public Device {
 public:
  // `name` as open_device takes it, without the number: "cuda". Throws Error(device).
  CudaDevice(const std::string& name, int ordinal);
  ~CudaDevice() override;

  std::string name() const override { return name_; }
  std::string description() const override;
  std::string fingerprint() const override;
  std::unique_ptr<Backend> new_backend(const BackendOptions& options) override;
  std::vector<std::string> conv2d_algorithms() const override;
  MemoryContext new_context() override { return ++contexts_; }
  std::string refusal(Math math) const override;

  const CudaProperties& properties() const { return properties_; }
  CudaVendor& vendor() { return *vendor_; }

  // The calling thread uses this device, outside of any other thread's capture, while one is alive.
  class Use {
   public:
    explicit Use(CudaDevice& device);
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() { gate_.leave(); }

   private:
    CaptureGate& gate_;
  };
  CaptureGate& gate();

  // A backend's stream, so that memory can be filled in its order.
  void add_stream(MemoryContext context, cudaStream_t stream);
  void remove_stream(MemoryContext context);

 protected:
  void do_upload(void* to, const void* host, std::size_t bytes) override;
  void do_download(void* host, const void* from, std::size_t bytes) override;

 private:
  class Memory;
  CudaDevice(const std::string& name, int ordinal, std::shared_ptr<Memory> memory);

  std::string name_;
  std::shared_ptr<Memory> memory_;
  CudaProperties properties_;
  std::unique_ptr<CudaVendor> vendor_;
  std::atomic<MemoryContext> contexts_{0};
};

// Whether CUDA device number `ordinal` is there; if not, `why` says so in words.
bool cuda_available(int ordinal, std::string& why);

}  // namespace hone::kernels
