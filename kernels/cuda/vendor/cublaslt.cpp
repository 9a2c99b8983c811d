// Products by cuBLASLt: one algorithm for each problem, chosen by its heuristic among those that
// the table allows.
#include "kernels/cuda/vendor/cublaslt.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "kernels/cuda/cuda_error.h"
#include "kernels/cuda/vendor/gemm_rules.h"

namespace hone::kernels {
namespace {

// The heuristic's list is looked through to this depth.
constexpr int kMostAlgorithms = 32;

// The header and the library have to be of one major version.
#define HONE_TEXT_OF(x) #x
#define HONE_TEXT(x) HONE_TEXT_OF(x)
constexpr auto kLibrary = "libcublasLt.so." HONE_TEXT(CUBLAS_VER_MAJOR);

void check_lt(const CublasLt& lt, cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  check_cuda(cudaGetLastError(), what);  // the cause, where CUDA knows it
  throw CudaError(cudaErrorUnknown, fmt::format("cuda: {}: {}", what, lt.status_name(status)));
}

// What is made by lt and given back when it goes.
template <class Handle, auto CublasLt::*Destroy>
class Owned {
 public:
  explicit Owned(const CublasLt& lt) : lt_(lt) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (handle_ != nullptr) (lt_.*Destroy)(handle_);
  }
  Handle* place() { return &handle_; }
  Handle get() const { return handle_; }

 private:
  const CublasLt& lt_;
  Handle handle_ = nullptr;
};
using Desc = Owned<cublasLtMatmulDesc_t, &CublasLt::desc_destroy>;
using Layout = Owned<cublasLtMatrixLayout_t, &CublasLt::layout_destroy>;
using Preference = Owned<cublasLtMatmulPreference_t, &CublasLt::preference_destroy>;

// cuBLASLt stores by columns: to it c is the [n, m] product of op(b)^T and op(a)^T.
struct Choice {
  explicit Choice(const CublasLt& lt) : desc(lt), b(lt), a(lt), c(lt) {}
  Desc desc;
  Layout b, a, c;
  std::optional<cublasLtMatmulHeuristicResult_t> found;
};

class CublasLtGemm : public Gemm {
 public:
  CublasLtGemm(const CublasLt& lt, int architecture, Math math)
      : lt_(lt), rule_(gemm_rule(architecture)), math_(math) {
    check_lt(lt_, lt_.create(&handle_), "cublasLtCreate");
  }
  CublasLtGemm(const CublasLtGemm&) = delete;
  CublasLtGemm& operator=(const CublasLtGemm&) = delete;
  ~CublasLtGemm() override {
    choices_.clear();
    lt_.destroy(handle_);
  }

  bool run(cudaStream_t stream, float* c, const float* a, const float* b,
           const GemmProblem& problem, Workspace& workspace) override {
    const Key key{problem, alignment_of(a, b, c, problem)};
    auto place = choices_.find(key);
    if (place == choices_.end()) place = choices_.emplace(key, choose(key)).first;
    const Choice& choice = *place->second;
    if (!choice.found) return false;
    const float one = 1, beta = problem.beta;
    void* scratch =
        choice.found->workspaceSize > 0 ? workspace.take(choice.found->workspaceSize) : nullptr;
    check_lt(lt_,
             lt_.matmul(handle_, choice.desc.get(), &one, b, choice.b.get(), a, choice.a.get(),
                        &beta, c, choice.c.get(), c, choice.c.get(), &choice.found->algo, scratch,
                        choice.found->workspaceSize, stream),
             "cublasLtMatmul");
    return true;
  }

 private:
  struct Key {
    GemmProblem problem;
    std::uint32_t alignment;
    // clang-tidy takes the 0 that the compiler compares with for a pointer.
    auto operator<=>(const Key&) const = default;  // NOLINT(modernize-use-nullptr)
  };

  // All memory of hone starts at 64 bytes, so this depends on the places of slices alone, not on
  // where the device has put them.
  static std::uint32_t alignment_of(const float* a, const float* b, const float* c,
                                    const GemmProblem& p) {
    const auto bits = reinterpret_cast<std::uintptr_t>(a) | reinterpret_cast<std::uintptr_t>(b) |
                      reinterpret_cast<std::uintptr_t>(c) |
                      static_cast<std::uintptr_t>(4 * (p.lda | p.ldb | p.ldc));
    return bits % 16 == 0 ? 16 : 4;
  }

  std::unique_ptr<Choice> choose(const Key& key) const;
  std::optional<cublasLtMatmulHeuristicResult_t> first_allowed(const Choice& choice,
                                                               std::uint32_t alignment) const;
  bool allowed(const cublasLtMatmulHeuristicResult_t& result) const;

  const CublasLt& lt_;
  const GemmRule& rule_;
  Math math_;
  cublasLtHandle_t handle_ = nullptr;
  std::map<Key, std::unique_ptr<Choice>> choices_;
};

std::unique_ptr<Choice> CublasLtGemm::choose(const Key& key) const {
  const GemmProblem& p = key.problem;
  auto choice = std::make_unique<Choice>(lt_);
  check_lt(lt_, lt_.desc_create(choice->desc.place(), compute_type(math_), CUDA_R_32F),
           "matmul descriptor");
  const auto set = [&](cublasLtMatmulDescAttributes_t which, bool transposed) {
    const cublasOperation_t operation = transposed ? CUBLAS_OP_T : CUBLAS_OP_N;
    check_lt(lt_, lt_.desc_set(choice->desc.get(), which, &operation, sizeof operation),
             "matmul descriptor");
  };
  set(CUBLASLT_MATMUL_DESC_TRANSA, p.transpose_b);
  set(CUBLASLT_MATMUL_DESC_TRANSB, p.transpose_a);
  const auto layout = [&](Layout& to, std::int64_t rows, std::int64_t columns, std::int64_t ld) {
    check_lt(lt_,
             lt_.layout_create(to.place(), CUDA_R_32F, static_cast<std::uint64_t>(rows),
                               static_cast<std::uint64_t>(columns), ld),
             "matrix layout");
  };
  layout(choice->b, p.transpose_b ? p.k : p.n, p.transpose_b ? p.n : p.k, p.ldb);
  layout(choice->a, p.transpose_a ? p.m : p.k, p.transpose_a ? p.k : p.m, p.lda);
  layout(choice->c, p.n, p.m, p.ldc);
  choice->found = first_allowed(*choice, key.alignment);
  return choice;
}

std::optional<cublasLtMatmulHeuristicResult_t> CublasLtGemm::first_allowed(
    const Choice& choice, std::uint32_t alignment) const {
  Preference preference(lt_);
  check_lt(lt_, lt_.preference_create(preference.place()), "matmul preference");
  const auto set = [&](cublasLtMatmulPreferenceAttributes_t which, const auto& value) {
    check_lt(lt_, lt_.preference_set(preference.get(), which, &value, sizeof value),
             "matmul preference");
  };
  set(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, static_cast<std::uint64_t>(rule_.workspace_bytes));
  set(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, rule_.reductions);
  set(CUBLASLT_MATMUL_PREF_IMPL_MASK, allowed_implementations(math_));
  for (const auto which :
       {CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES,
        CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES})
    set(which, alignment);
  std::array<cublasLtMatmulHeuristicResult_t, kMostAlgorithms> results{};
  int count = 0;
  const cublasStatus_t status =
      lt_.heuristic(handle_, choice.desc.get(), choice.b.get(), choice.a.get(), choice.c.get(),
                    choice.c.get(), preference.get(), kMostAlgorithms, results.data(), &count);
  if (status == CUBLAS_STATUS_NOT_SUPPORTED) return {};
  check_lt(lt_, status, "cublasLtMatmulAlgoGetHeuristic");
  const auto end = results.begin() + count;
  const auto first =
      std::find_if(results.begin(), end, [this](const auto& r) { return allowed(r); });
  return first == end ? std::nullopt : std::optional(*first);
}

// The preference has said it; an algorithm that says otherwise of itself does not run.
bool CublasLtGemm::allowed(const cublasLtMatmulHeuristicResult_t& result) const {
  if (result.state != CUBLAS_STATUS_SUCCESS || result.workspaceSize > rule_.workspace_bytes)
    return false;
  std::uint64_t implementation = 0;
  std::uint32_t reduction = 0;
  std::size_t written = 0;
  if (lt_.capability(&result.algo, CUBLASLT_ALGO_CAP_NUMERICAL_IMPL_FLAGS, &implementation,
                     sizeof implementation, &written) != CUBLAS_STATUS_SUCCESS ||
      lt_.configuration(&result.algo, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, &reduction,
                        sizeof reduction, &written) != CUBLAS_STATUS_SUCCESS)
    return false;
  return (implementation & ~allowed_implementations(math_)) == 0 &&
         (reduction & ~rule_.reductions) == 0;
}

}  // namespace

CublasLt::CublasLt() : library(kLibrary) {
  library.find(get_version, "cublasLtGetVersion");
  library.find(create, "cublasLtCreate");
  library.find(destroy, "cublasLtDestroy");
  library.find(status_name, "cublasLtGetStatusName");
  library.find(desc_create, "cublasLtMatmulDescCreate");
  library.find(desc_destroy, "cublasLtMatmulDescDestroy");
  library.find(desc_set, "cublasLtMatmulDescSetAttribute");
  library.find(layout_create, "cublasLtMatrixLayoutCreate");
  library.find(layout_destroy, "cublasLtMatrixLayoutDestroy");
  library.find(preference_create, "cublasLtMatmulPreferenceCreate");
  library.find(preference_destroy, "cublasLtMatmulPreferenceDestroy");
  library.find(preference_set, "cublasLtMatmulPreferenceSetAttribute");
  library.find(heuristic, "cublasLtMatmulAlgoGetHeuristic");
  library.find(capability, "cublasLtMatmulAlgoCapGetAttribute");
  library.find(configuration, "cublasLtMatmulAlgoConfigGetAttribute");
  library.find(matmul, "cublasLtMatmul");
}

std::string CublasLt::version() const {
  const std::size_t version = get_version();
  return fmt::format("{}.{}.{}", version / 10000, version / 100 % 100, version % 100);
}

std::unique_ptr<Gemm> make_cublaslt_gemm(const CublasLt& library, const CudaProperties& properties,
                                         Math math) {
  return std::make_unique<CublasLtGemm>(library, properties.architecture, math);
}

}  // namespace hone::kernels
