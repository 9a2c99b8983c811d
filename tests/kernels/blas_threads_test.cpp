// Why hone tiles its matrix products: the BLAS library by itself changes bits with its number of
// threads. CTest runs this with Haswell kernels too, where that shows.
#include <cblas.h>
#include <doctest/doctest.h>

#include "tests/kernels/verb_cases.h"

using namespace hone;
using namespace hone::test;

namespace {

constexpr std::int64_t kShapes[][3] = {{128, 128, 1600}, {333, 257, 511}, {64, 288, 4000},
                                       {500, 10, 1000},  {96, 700, 129},  {1000, 64, 288}};

Outputs plain_products(int threads) {
  openblas_set_num_threads(threads);
  Outputs products;
  for (const auto& [m, n, k] : kShapes) {
    const Array a = normals({m, k}, 1), b = normals({k, n}, 2);
    products.push_back(poisoned({m, n}));
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, static_cast<int>(m), static_cast<int>(n),
                static_cast<int>(k), 1.0f, a.view().as<float>(), static_cast<int>(k),
                b.view().as<float>(), static_cast<int>(n), 0.0f, products.back().view().as<float>(),
                static_cast<int>(n));
  }
  openblas_set_num_threads(1);
  return products;
}

Outputs tiled_products(int threads) {
  const auto cpu = open_device("cpu")->new_backend({.threads = threads});
  Outputs products;
  for (const auto& [m, n, k] : kShapes) {
    products.push_back(poisoned({m, n}));
    cpu->run(verb::Matmul{.c = products.back().view(),
                          .a = normals({m, k}, 1).view(),
                          .b = normals({k, n}, 2).view()});
  }
  return products;
}

}  // namespace

TEST_CASE("hone's products keep their bits where a threaded BLAS does not") {
  const Outputs plain = plain_products(1), tiled = tiled_products(1);
  bool plain_differs = false;
  for (const int threads : {2, 3, 8}) {
    plain_differs = plain_differs || !same_bits(plain, plain_products(threads));
    CHECK(same_bits(tiled, tiled_products(threads)));
  }
  const std::string core = openblas_get_corename();
  if (core == "Haswell" || core == "Zen") {
    CHECK(plain_differs);
  } else {
    MESSAGE("BLAS kernels " << core << ": plain threaded products differ: " << plain_differs);
  }
  CHECK(difference(tiled, plain, 1e-6) == "");
}
