// Loading cuDNN; attributes of its descriptors.
#include "kernels/cuda/vendor/cudnn_library.h"

#include <array>
#include <utility>

#include "kernels/cuda/cuda_error.h"

namespace hone::kernels {

Cudnn::Cudnn() : library("libcudnn.so.9") {
  library.find(get_version, "cudnnGetVersion");
  library.find(error_string, "cudnnGetErrorString");
  library.find(create, "cudnnCreate");
  library.find(destroy, "cudnnDestroy");
  library.find(set_stream, "cudnnSetStream");
  library.find(descriptor_create, "cudnnBackendCreateDescriptor");
  library.find(descriptor_destroy, "cudnnBackendDestroyDescriptor");
  library.find(set_attribute, "cudnnBackendSetAttribute");
  library.find(get_attribute, "cudnnBackendGetAttribute");
  library.find(finalize, "cudnnBackendFinalize");
  library.find(execute, "cudnnBackendExecute");
}

std::string Cudnn::version() const {
  const std::size_t version = get_version();
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

void Cudnn::check(cudnnStatus_t status, const char* what) const {
  if (status == CUDNN_STATUS_SUCCESS) return;
  check_cuda(cudaGetLastError(), what);
  throw CudaError(cudaErrorUnknown, fmt::format("cuda: {}: {}", what, error_string(status)));
}

CudnnDescriptor::CudnnDescriptor(const Cudnn& cudnn, cudnnBackendDescriptorType_t type)
    : cudnn_(cudnn) {
  cudnn_.check(cudnn_.descriptor_create(type, &handle_), "cudnnBackendCreateDescriptor");
}

CudnnDescriptor::CudnnDescriptor(CudnnDescriptor&& other) noexcept
    : cudnn_(other.cudnn_), handle_(std::exchange(other.handle_, nullptr)) {}

CudnnDescriptor::~CudnnDescriptor() {
  if (handle_ != nullptr) cudnn_.descriptor_destroy(handle_);
}

CudnnDescriptor& CudnnDescriptor::set(cudnnBackendAttributeName_t name,
                                      cudnnBackendAttributeType_t type, std::int64_t count,
                                      const void* values) {
  cudnn_.check(cudnn_.set_attribute(handle_, name, type, count, values),
               "cudnnBackendSetAttribute");
  return *this;
}

CudnnDescriptor& CudnnDescriptor::set(cudnnBackendAttributeName_t name, std::int64_t value) {
  return set(name, CUDNN_TYPE_INT64, 1, &value);
}

CudnnDescriptor& CudnnDescriptor::set(cudnnBackendAttributeName_t name,
                                      const std::vector<std::int64_t>& values) {
  return set(name, CUDNN_TYPE_INT64, static_cast<std::int64_t>(values.size()), values.data());
}

CudnnDescriptor& CudnnDescriptor::set(cudnnBackendAttributeName_t name, float value) {
  return set(name, CUDNN_TYPE_FLOAT, 1, &value);
}

CudnnDescriptor& CudnnDescriptor::set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
  return set(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
}

CudnnDescriptor& CudnnDescriptor::set(cudnnBackendAttributeName_t name, bool value) {
  return set(name, CUDNN_TYPE_BOOLEAN, 1, &value);
}

CudnnDescriptor& CudnnDescriptor::set(cudnnBackendAttributeName_t name,
                                      const CudnnDescriptor& value) {
  const cudnnBackendDescriptor_t handle = value.get();
  return set(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &handle);
}

void CudnnDescriptor::finalize() { cudnn_.check(try_finalize(), "cudnnBackendFinalize"); }

cudnnStatus_t CudnnDescriptor::try_finalize() { return cudnn_.finalize(handle_); }

std::int64_t CudnnDescriptor::integer(cudnnBackendAttributeName_t name) const {
  std::int64_t value = 0, count = 0;
  cudnn_.check(cudnn_.get_attribute(handle_, name, CUDNN_TYPE_INT64, 1, &count, &value),
               "cudnnBackendGetAttribute");
  return value;
}

std::vector<cudnnBackendNumericalNote_t> CudnnDescriptor::notes(
    cudnnBackendAttributeName_t name) const {
  std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
  std::int64_t count = 0;
  cudnn_.check(cudnn_.get_attribute(handle_, name, CUDNN_TYPE_NUMERICAL_NOTE,
                                    static_cast<std::int64_t>(notes.size()), &count, notes.data()),
               "cudnnBackendGetAttribute");
  return {notes.begin(), notes.begin() + count};
}

std::int64_t CudnnDescriptor::descriptors(
    cudnnBackendAttributeName_t name, const std::vector<cudnnBackendDescriptor_t>& places) const {
  std::int64_t count = 0;
  std::vector<cudnnBackendDescriptor_t> filled = places;
  cudnn_.check(cudnn_.get_attribute(handle_, name, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                    static_cast<std::int64_t>(filled.size()), &count,
                                    filled.empty() ? nullptr : filled.data()),
               "cudnnBackendGetAttribute");
  return count;
}

}  // namespace hone::kernels
