// Which of OpenBLAS's kernels compute. In a program that does not link OpenBLAS itself.
#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "kernels/cpu/blas.h"
#include "kernels/device.h"
#include "tensor/ops.h"
#include "tensor/tape.h"

using namespace hone;

namespace {

std::string core_in_use() {
  const std::string text = open_device("cpu")->fingerprint();
  const std::string mark = "OpenBLAS ";
  return text.substr(text.find(mark) + mark.size());
}

}  // namespace

TEST_CASE("kernels for processors without AVX2 are replaced where there is AVX2, and no others") {
  using kernels::better_core;
  CHECK(std::string_view(better_core("Prescott", "avx512")) == "SkylakeX");
  CHECK(std::string_view(better_core("Prescott", "avx2")) == "Haswell");
  CHECK(std::string_view(better_core("Nehalem", "avx2")) == "Haswell");
  CHECK(better_core("Prescott", "baseline") == nullptr);
  for (const char* fits : {"Haswell", "Zen", "SkylakeX", "Cooperlake", "SapphireRapids", "new"}) {
    CAPTURE(fits);
    CHECK(better_core(fits, "avx512") == nullptr);
    CHECK(better_core(fits, "avx2") == nullptr);
  }
}

TEST_CASE("the kernels of OpenBLAS fit the processor, and a choice of the user's is kept") {
  const char* set = std::getenv("OPENBLAS_CORETYPE");
  const std::string core = core_in_use();
  if (set == nullptr) {
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    CAPTURE(core);
    CHECK(kernels::better_core(core, avx2 ? "avx2" : "baseline") == nullptr);
    CHECK(std::getenv("OPENBLAS_CORETYPE") == nullptr);
  } else {
    CHECK(core == set);
  }
}

TEST_CASE("a child of a process that has loaded OpenBLAS computes as well") {
  const auto product = [] {
    const auto device = open_device("cpu");
    const auto backend = device->new_backend({.threads = 1});
    const BackendScope scope(*backend);
    const NoGrad no_grad;
    const Tensor x = Tensor::from<float>(*device, std::vector<float>(64 * 64, 0.5f), {64, 64});
    return ops::matmul(x, x).to_vector<float>();
  };
  const std::vector<float> expected = product();
  CHECK(expected.front() == 16);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(product() == expected ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
}
