// Choosing cuDNN's plans.
#include "kernels/cuda/vendor/cudnn_plan.h"

#include <algorithm>

namespace hone::kernels {
namespace {

// The dimensions go in the order of NCHW, the strides say that channels come last.
CudnnDescriptor tensor(const Cudnn& cudnn, std::int64_t id, std::int64_t n, std::int64_t h,
                       std::int64_t w, std::int64_t c, cudnnDataType_t type,
                       std::int64_t alignment) {
  CudnnDescriptor tensor(cudnn, CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  tensor.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE, type)
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, alignment)
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::vector{n, c, h, w})
      .set(CUDNN_ATTR_TENSOR_STRIDES, std::vector{h * w * c, std::int64_t{1}, w * c, c})
      .finalize();
  return tensor;
}

CudnnDescriptor convolution(const Cudnn& cudnn, const ConvProblem& p) {
  CudnnDescriptor convolution(cudnn, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  const cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
  convolution.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2})
      .set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT)
      .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode)
      .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, std::vector<std::int64_t>{p.pad_top, p.pad_left})
      .set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS,
           std::vector<std::int64_t>{p.pad_bottom, p.pad_right})
      .set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, std::vector<std::int64_t>{p.stride_h, p.stride_w})
      .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, std::vector<std::int64_t>{p.dilation_h, p.dilation_w})
      .finalize();
  return convolution;
}

// The operation's type, and its attributes for the output, the two factors, the convolution, alpha
// and beta.
struct Operation {
  cudnnBackendDescriptorType_t type;
  cudnnBackendAttributeName_t output, first, second, convolution, alpha, beta;
};

Operation operation_of(ConvDirection direction) {
  switch (direction) {
    case ConvDirection::forward:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
    case ConvDirection::backward_input:
      return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
              CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
    case ConvDirection::backward_weight:
      break;
  }
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
}

CudnnDescriptor graph_of(const Cudnn& cudnn, const ConvProblem& p, Math math) {
  const cudnnDataType_t type = math == Math::bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  const auto x = [&](std::int64_t id) {
    return tensor(cudnn, id, p.n, p.h, p.w, p.cin, type, p.alignment);
  };
  const auto y = [&](std::int64_t id) {
    return tensor(cudnn, id, p.n, p.oh, p.ow, p.cout, type, p.alignment);
  };
  const auto weight = [&](std::int64_t id) {
    // That it has fewer channels than x says that there are groups.
    return tensor(cudnn, id, p.cout, p.kernel_h, p.kernel_w, p.group_in(), type, p.alignment);
  };
  const bool forward = p.direction == ConvDirection::forward;
  const bool to_weight = p.direction == ConvDirection::backward_weight;
  const CudnnDescriptor output = forward ? y(kOutput) : to_weight ? weight(kOutput) : x(kOutput);
  const CudnnDescriptor first = forward ? x(kFirst) : y(kFirst);
  const CudnnDescriptor second = to_weight ? x(kSecond) : weight(kSecond);
  const CudnnDescriptor geometry = convolution(cudnn, p);

  const Operation names = operation_of(p.direction);
  CudnnDescriptor operation(cudnn, names.type);
  operation.set(names.output, output)
      .set(names.first, first)
      .set(names.second, second)
      .set(names.convolution, geometry)
      .set(names.alpha, 1.0f)
      .set(names.beta, 0.0f)
      .finalize();
  CudnnDescriptor graph(cudnn, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operation).finalize();
  return graph;
}

// Engines with their settings, best first by this mode of the heuristic.
std::vector<CudnnDescriptor> configurations(const Cudnn& cudnn, const CudnnDescriptor& device,
                                            const CudnnDescriptor& graph,
                                            cudnnBackendHeurMode_t mode) {
  CudnnDescriptor heuristic(cudnn, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph)
      .set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode)
      .set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, device);
  if (heuristic.try_finalize() != CUDNN_STATUS_SUCCESS) return {};
  const std::int64_t count = heuristic.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, {});
  std::vector<CudnnDescriptor> found;
  std::vector<cudnnBackendDescriptor_t> places;
  for (std::int64_t i = 0; i < count; ++i) {
    found.emplace_back(cudnn, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    places.push_back(found.back().get());
  }
  const std::int64_t filled = heuristic.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, places);
  while (static_cast<std::int64_t>(found.size()) > filled) found.pop_back();
  return found;
}

std::optional<CudnnPlan> plan_of(const Cudnn& cudnn, const CudnnDescriptor& device,
                                 const CudnnDescriptor& configuration, Math math) {
  CudnnDescriptor engine(cudnn, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  if (configuration.descriptors(CUDNN_ATTR_ENGINECFG_ENGINE, {engine.get()}) != 1) return {};
  std::vector<cudnnBackendNumericalNote_t> notes = engine.notes(CUDNN_ATTR_ENGINE_NUMERICAL_NOTE);
  if (!cudnn_may_run(notes, math)) return {};
  CudnnDescriptor plan(cudnn, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration)
      .set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, device);
  if (plan.try_finalize() != CUDNN_STATUS_SUCCESS) return {};
  const auto bytes =
      static_cast<std::size_t>(plan.integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE));
  if (bytes > kCudnnWorkspace) return {};
  const std::int64_t number = engine.integer(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
  return CudnnPlan{std::move(plan), bytes, number, std::move(notes)};
}

}  // namespace

CudnnDescriptor cudnn_device(const Cudnn& cudnn, int ordinal) {
  CudnnDescriptor device(cudnn, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  const std::int32_t id = ordinal;
  device.set(CUDNN_ATTR_DEVICEPROP_DEVICE_ID, CUDNN_TYPE_INT32, 1, &id).finalize();
  return device;
}

CudnnDescriptor cudnn_device(const Cudnn& cudnn, const std::string& json) {
  CudnnDescriptor device(cudnn, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR);
  device
      .set(CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
           static_cast<std::int64_t>(json.size()), json.data())
      .finalize();
  return device;
}

bool cudnn_may_run(const std::vector<cudnnBackendNumericalNote_t>& notes, Math math) {
  return std::none_of(notes.begin(), notes.end(), [math](cudnnBackendNumericalNote_t note) {
    switch (note) {
      case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC:
      case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
      case CUDNN_NUMERICAL_NOTE_FFT:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6:
      case CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_13x13:
        return true;
      // In fp32 these round the factors to TF32 or less.
      case CUDNN_NUMERICAL_NOTE_TENSOR_CORE:
      case CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS:
        return math == Math::fp32;
      default:
        return false;
    }
  });
}

std::optional<CudnnPlan> cudnn_plan(const Cudnn& cudnn, const CudnnDescriptor& device,
                                    const ConvProblem& problem, Math math) {
  const CudnnDescriptor graph = graph_of(cudnn, problem, math);
  for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK})
    for (const CudnnDescriptor& configuration : configurations(cudnn, device, graph, mode))
      if (auto plan = plan_of(cudnn, device, configuration, math)) return plan;
  return {};
}

}  // namespace hone::kernels
