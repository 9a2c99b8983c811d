// cuDNN's plans for every convolution of the table of op cases, on devices that are not here: their
// stored properties stand in. Nothing is executed.
//
// devices/sm_75 (T4) and sm_90 (H100) were stored by cuDNN; sm_80 (A100), sm_100 (B200) and sm_120
// (RTX 5090) are the same with what their data sheets say.
#include "kernels/cuda/vendor/cudnn_plan.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "kernels/any_verb.h"
#include "tests/ops/op_modes.h"

using namespace hone;
using namespace hone::kernels;

namespace {

const Cudnn& cudnn() {
  static const Cudnn loaded;
  return loaded;
}

// Says why nothing is tested where cuDNN is not installed.
bool is_here() {
  if (!cudnn().library.loaded())
    MESSAGE("skipped, there is no cuDNN: " << cudnn().library.why_not());
  return cudnn().library.loaded();
}

CudnnDescriptor device(int architecture) {
  std::ifstream file(fmt::format("{}/sm_{}.json", HONE_CUDA_DEVICES, architecture));
  const std::string json((std::istreambuf_iterator<char>(file)), {});
  REQUIRE(!json.empty());
  return cudnn_device(cudnn(), json);
}

// The problems that the verbs of a case would ask a plan for.
std::set<ConvProblem> problems_of(const op_cases::OpCase& one, Backend& backend) {
  const BackendScope scope(backend);
  const op_cases::Inputs inputs = one.build(1, DType::f32);
  const Tensor cotangent = Tensor::zeros(one.call(inputs).shape());
  backend.begin_recording();
  op_cases::seeded(one.call(inputs), cotangent).backward();
  const auto recording = backend.end_recording();
  std::set<ConvProblem> problems;
  const auto add = [&](ConvDirection direction, const Shape& x, const Shape& w,
                       const Conv2dParams& params) {
    const ConvProblem problem = conv_problem(direction, x, w[0], params);
    // Where there is nothing to compute the backend asks for no plan.
    if (problem.n * problem.oh * problem.ow * problem.cin * problem.cout == 0) return;
    problems.insert(problem);
  };
  for (const AnyVerb& any : recording->verbs()) {
    if (const auto* v = std::get_if<verb::Conv2dForward>(&any))
      add(ConvDirection::forward, v->x.shape, v->w.shape, v->params);
    if (const auto* v = std::get_if<verb::Conv2dBackwardInput>(&any))
      add(ConvDirection::backward_input, v->dx.shape, v->w.shape, v->params);
    if (const auto* v = std::get_if<verb::Conv2dBackwardWeight>(&any))
      add(ConvDirection::backward_weight, v->x.shape, v->dw.shape, v->params);
  }
  return problems;
}

// Of the cases that are benchmarks: the networks' own convolutions; or of all.
std::set<ConvProblem> problems_of_table(bool benchmarks_only) {
  const auto backend = open_device("null")->new_backend();
  std::set<ConvProblem> problems;
  for (const op_cases::OpCase& one : op_cases::cases_of("conv2d"))
    if (one.perf || !benchmarks_only) problems.merge(problems_of(one, *backend));
  return problems;
}

bool has(const CudnnPlan& plan, cudnnBackendNumericalNote_t note) {
  return std::find(plan.notes.begin(), plan.notes.end(), note) != plan.notes.end();
}

// Builds all and says how many there are; returns for how many there is no plan.
int build_all(const std::set<ConvProblem>& problems, int architecture, Math math) {
  const CudnnDescriptor properties = device(architecture);
  int planned = 0;
  std::size_t most = 0;
  for (const ConvProblem& problem : problems) {
    const auto plan = cudnn_plan(cudnn(), properties, problem, math);
    if (!plan) continue;
    ++planned;
    most = std::max(most, plan->workspace_bytes);
    CHECK(!has(*plan, CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC));
    CHECK(plan->workspace_bytes <= kCudnnWorkspace);
    if (math == Math::fp32) {
      CHECK(!has(*plan, CUDNN_NUMERICAL_NOTE_TENSOR_CORE));
      CHECK(!has(*plan, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS));
    }
  }
  MESSAGE("sm_" << architecture << ", " << std::string(name_of(math)) << ": " << planned
                << " plans for " << problems.size() << " convolutions, scratch memory up to "
                << most / 1024 << " KiB");
  return static_cast<int>(problems.size()) - planned;
}

}  // namespace

TEST_CASE("the networks' convolutions have deterministic plans, strict in fp32, on an H100") {
  if (!is_here()) return;
  const std::set<ConvProblem> problems = problems_of_table(true);
  CHECK(problems.size() >= 15);
  for (const Math math : {Math::fp32, Math::tf32, Math::bf16})
    CHECK(build_all(problems, 90, math) == 0);
}

TEST_CASE("the plan of a problem is the same each time it is asked for") {
  if (!is_here()) return;
  const CudnnDescriptor properties = device(90);
  const ConvProblem problem = *problems_of_table(true).rbegin();
  const auto first = cudnn_plan(cudnn(), properties, problem, Math::fp32);
  REQUIRE(first);
  for (int i = 0; i < 3; ++i) {
    const auto again = cudnn_plan(cudnn(), properties, problem, Math::fp32);
    REQUIRE(again);
    CHECK(again->engine == first->engine);
    CHECK(again->workspace_bytes == first->workspace_bytes);
    CHECK(again->notes == first->notes);
  }
}

TEST_CASE("what may not run is left out by its notes") {
  CHECK(cudnn_may_run({}, Math::fp32));
  CHECK(cudnn_may_run({CUDNN_NUMERICAL_NOTE_TENSOR_CORE}, Math::tf32));
  CHECK_FALSE(cudnn_may_run({CUDNN_NUMERICAL_NOTE_TENSOR_CORE}, Math::fp32));
  CHECK_FALSE(cudnn_may_run({CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS}, Math::fp32));
  for (const Math math : {Math::fp32, Math::tf32, Math::bf16}) {
    CHECK_FALSE(cudnn_may_run({CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC}, math));
    CHECK_FALSE(cudnn_may_run({CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION}, math));
  }
}

TEST_SUITE("long") {
  TEST_CASE("every convolution of the table has a plan on five architectures in fp32 and tf32") {
    if (!is_here()) return;
    const std::set<ConvProblem> problems = problems_of_table(false);
    CHECK(problems.size() > 400);
    const auto some = [&](auto holds) {
      return std::any_of(problems.begin(), problems.end(), holds);
    };
    CHECK(some([](const ConvProblem& p) { return p.groups > 1 && p.groups < p.cin; }));
    CHECK(some([](const ConvProblem& p) { return p.groups > 1 && p.groups == p.cin; }));
    CHECK(some([](const ConvProblem& p) { return p.dilation_h > 1 && p.groups > 1; }));
    for (const int architecture : {75, 80, 90, 100, 120}) {
      CHECK(build_all(problems, architecture, Math::fp32) == 0);
      if (architecture >= 80) CHECK(build_all(problems, architecture, Math::tf32) == 0);
    }
  }

  TEST_CASE("every convolution of the table has a plan in bf16 from compute capability 8.0 on") {
    if (!is_here()) return;
    const std::set<ConvProblem> problems = problems_of_table(false);
    for (const int architecture : {80, 90, 100, 120})
      CHECK(build_all(problems, architecture, Math::bf16) == 0);
  }
}
