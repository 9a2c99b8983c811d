// Execution plans of cuDNN for convolutions. They are built from the properties of a device,
// so that tests can build those of devices that are not here.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "kernels/cuda/conv_plan.h"
#include "kernels/cuda/vendor/cudnn_library.h"

namespace hone::kernels {

// Properties of the device `ordinal` of this machine.
CudnnDescriptor cudnn_device(const Cudnn& cudnn, int ordinal);
// Properties that were stored as cuDNN writes them, a JSON object.
CudnnDescriptor cudnn_device(const Cudnn& cudnn, const std::string& json);

// The ids of the tensors in a plan.
enum CudnnTensor : std::int64_t { kOutput = 1, kFirst, kSecond };

struct CudnnPlan {
  CudnnDescriptor plan;
  std::size_t workspace_bytes;
  std::int64_t engine;  // its number
  std::vector<cudnnBackendNumericalNote_t> notes;
};

// No plan takes more scratch memory than this.
inline constexpr std::size_t kCudnnWorkspace = std::size_t{64} << 20;

// Whether an engine with these notes may run: always the same bits, and in fp32 nothing less than
// f32 within.
bool cudnn_may_run(const std::vector<cudnnBackendNumericalNote_t>& notes, Math math);

// The first plan of cuDNN's list that may run and fits; the list comes from its heuristic, which
// measures nothing. Output and factors as in ConvPlan, but bf16 with Math::bf16: for it cuDNN has
// no plan that takes or gives f32. Sums are f32. Empty where there is none.
std::optional<CudnnPlan> cudnn_plan(const Cudnn& cudnn, const CudnnDescriptor& device,
                                    const ConvProblem& problem, Math math);

}  // namespace hone::kernels
