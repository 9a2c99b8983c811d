// The functions of cuDNN that are used, and its descriptors as values.
#pragma once

#include <cudnn_backend.h>
#include <cudnn_graph.h>

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/cuda/vendor/library.h"

namespace hone::kernels {

// From the library that is loaded at run time.
struct Cudnn {
  Cudnn();
  // "9.19.0".
  std::string version() const;
  // Throws CudaError, or what CUDA knows of the cause, unless `status` is success.
  void check(cudnnStatus_t status, const char* what) const;

  VendorLibrary library;
  decltype(&cudnnGetVersion) get_version = nullptr;
  decltype(&cudnnGetErrorString) error_string = nullptr;
  decltype(&cudnnCreate) create = nullptr;
  decltype(&cudnnDestroy) destroy = nullptr;
  decltype(&cudnnSetStream) set_stream = nullptr;
  decltype(&cudnnBackendCreateDescriptor) descriptor_create = nullptr;
  decltype(&cudnnBackendDestroyDescriptor) descriptor_destroy = nullptr;
  decltype(&cudnnBackendSetAttribute) set_attribute = nullptr;
  decltype(&cudnnBackendGetAttribute) get_attribute = nullptr;
  decltype(&cudnnBackendFinalize) finalize = nullptr;
  decltype(&cudnnBackendExecute) execute = nullptr;
};

// A descriptor of the graph API: set its attributes, then finalize it.
class CudnnDescriptor {
 public:
  CudnnDescriptor(const Cudnn& cudnn, cudnnBackendDescriptorType_t type);
  CudnnDescriptor(CudnnDescriptor&& other) noexcept;
  CudnnDescriptor(const CudnnDescriptor&) = delete;
  CudnnDescriptor& operator=(const CudnnDescriptor&) = delete;
  CudnnDescriptor& operator=(CudnnDescriptor&&) = delete;
  ~CudnnDescriptor();

  cudnnBackendDescriptor_t get() const { return handle_; }

  CudnnDescriptor& set(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                       std::int64_t count, const void* values);
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, std::int64_t value);
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, const std::vector<std::int64_t>& values);
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, float value);
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, cudnnDataType_t value);
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, bool value);
  CudnnDescriptor& set(cudnnBackendAttributeName_t name, const CudnnDescriptor& value);
  void finalize();
  // The same where the answer may be no.
  cudnnStatus_t try_finalize();

  std::int64_t integer(cudnnBackendAttributeName_t name) const;
  std::vector<cudnnBackendNumericalNote_t> notes(cudnnBackendAttributeName_t name) const;
  // Fills descriptors that were made for it; returns how many there are.
  std::int64_t descriptors(cudnnBackendAttributeName_t name,
                           const std::vector<cudnnBackendDescriptor_t>& places) const;

 private:
  const Cudnn& cudnn_;
  cudnnBackendDescriptor_t handle_ = nullptr;
};

}  // namespace hone::kernels
