// The lists of convolution algorithms, and the verbs that walk them.
#include "kernels/cpu/conv2d/conv2d.h"

#include <algorithm>
#include <cstdlib>

#include "kernels/cpu/cpu_backend.h"

namespace hone::kernels {
namespace {

Conv2dAlgorithms all_algorithms() {
  return {.forward = {{"direct", accepts_pooled, direct_forward},
                      {"winograd", accepts_winograd, winograd_forward},
                      {"direct", accepts_plain, plain_forward},
                      {"depthwise", accepts_depthwise, depthwise_forward},
                      {"im2col", accepts_all, im2col_forward}},
          .backward_input = {{"direct", accepts_pooled, direct_backward_input},
                             {"winograd", accepts_winograd_input, winograd_backward_input},
                             {"direct", accepts_plain_input, plain_backward_input},
                             {"depthwise", accepts_depthwise, depthwise_backward_input},
                             {"im2col", accepts_all, im2col_backward_input}},
          .backward_weight = {{"direct", accepts_pooled, direct_backward_weight},
                              {"winograd", accepts_winograd, winograd_backward_weight},
                              {"direct", accepts_plain, plain_backward_weight},
                              {"depthwise", accepts_depthwise, depthwise_backward_weight},
                              {"im2col", accepts_all, im2col_backward_weight}}};
}

template <class List>
void add_names(std::vector<std::string>& names, const List& list) {
  for (const auto& algorithm : list)
    if (std::find(names.begin(), names.end(), algorithm.name) == names.end())
      names.push_back(algorithm.name);
}

// Keeps the named algorithm and the last one, which accepts all.
template <class List>
void keep(List& list, const std::string& name) {
  const auto last = list.back();
  std::erase_if(list, [&](const auto& algorithm) { return algorithm.name != name; });
  if (list.empty() || list.back().name != std::string(last.name)) list.push_back(last);
}

template <class List, class Arguments>
void run_first(const List& list, CpuContext context, const Conv2dProblem& problem,
               const Arguments& arguments) {
  for (const auto& algorithm : list)
    if (algorithm.accepts(context.simd, problem)) return algorithm.run(context, problem, arguments);
}

Conv2dProblem problem_of(const Shape& x, std::int64_t cout, const Conv2dParams& params,
                         Write write) {
  return {.n = x[0],
          .h = x[1],
          .w = x[2],
          .cin = x[3],
          .conv_h = params.conv_h(x[1]),
          .conv_w = params.conv_w(x[2]),
          .out_h = params.out_h(x[1]),
          .out_w = params.out_w(x[2]),
          .cout = cout,
          .params = params,
          .write = write};
}

}  // namespace

std::vector<std::string> conv2d_names() {
  const Conv2dAlgorithms all = all_algorithms();
  std::vector<std::string> names;
  add_names(names, all.forward);
  add_names(names, all.backward_input);
  add_names(names, all.backward_weight);
  return names;
}

std::string forced_conv2d(const std::string& option) {
  const char* environment = std::getenv("HONE_CONV");
  return option.empty() && environment != nullptr ? environment : option;
}

Conv2dAlgorithms choose_conv2d(const std::string& name) {
  Conv2dAlgorithms algorithms = all_algorithms();
  if (name.empty()) return algorithms;
  const auto names = conv2d_names();
  std::string known;
  for (const auto& each : names) known += (known.empty() ? "" : ", ") + each;
  check(std::find(names.begin(), names.end(), name) != names.end(),
        "backend: convolution algorithm '{}' is not known; known: {}", printable(name), known);
  keep(algorithms.forward, name);
  keep(algorithms.backward_input, name);
  keep(algorithms.backward_weight, name);
  return algorithms;
}

template <>
void CpuBackend::implement(const verb::Conv2dForward& v) {
  require_f32(v.y.dtype, "conv2d_forward");
  const Workspace::Scope scope(workspace());
  run_first(conv2d_.forward, context(), problem_of(v.x.shape, v.w.shape[0], v.params, Write::set),
            Conv2dForward{v.y.as<float>(), v.argmax.as<std::uint8_t>(), v.x.as<float>(),
                          v.w.as<float>(), v.b.as<float>()});
}

template <>
void CpuBackend::implement(const verb::Conv2dBackwardInput& v) {
  require_f32(v.dx.dtype, "conv2d_backward_input");
  const Workspace::Scope scope(workspace());
  run_first(conv2d_.backward_input, context(),
            problem_of(v.dx.shape, v.w.shape[0], v.params, v.write),
            Conv2dBackwardInput{v.dx.as<float>(), v.dy.as<float>(), v.y.as<float>(),
                                v.argmax.as<std::uint8_t>(), v.w.as<float>()});
}

template <>
void CpuBackend::implement(const verb::Conv2dBackwardWeight& v) {
  require_f32(v.dw.dtype, "conv2d_backward_weight");
  const Workspace::Scope scope(workspace());
  run_first(conv2d_.backward_weight, context(),
            problem_of(v.x.shape, v.dw.shape[0], v.params, v.write),
            Conv2dBackwardWeight{v.dw.as<float>(), v.db.as<float>(), v.dy.as<float>(),
                                 v.y.as<float>(), v.argmax.as<std::uint8_t>(), v.x.as<float>()});
}

}  // namespace hone::kernels
