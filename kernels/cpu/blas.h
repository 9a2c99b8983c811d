// OpenBLAS, loaded when the first cpu device is opened.
//
// It is not linked: its library starts a thread for each processor as soon as it is loaded, tries
// for ever where memory for their buffers is refused, and waits for them when the process ends. So
// a program that opens no cpu device has nothing of it, and one that does has it without threads:
// all parallelism is parallel_for's. Where it does not know the processor (0.3.21 takes an Emerald
// Rapids for a Pentium 4 and is five times slower for it) it is loaded once more with kernels that
// fit; OPENBLAS_CORETYPE, if set, decides.
#pragma once

#include <cblas.h>

#include <string_view>

namespace hone::kernels {

// The functions of the library that are called.
struct Blas {
  decltype(&cblas_sgemm) sgemm = nullptr;
  decltype(&openblas_get_parallel) get_parallel = nullptr;
  decltype(&openblas_get_corename) get_corename = nullptr;
};

// Loads the library at the first call; thread-safe. Throws Error(device) that says which library is
// missing, or that there is too little memory for it.
const Blas& blas();

// What to load instead of the kernels that OpenBLAS chose by itself (a name as
// openblas_get_corename gives it) on a processor with this instruction set (a name of
// isa/choose.cpp); null where they fit it.
const char* better_core(std::string_view chosen, std::string_view isa);

}  // namespace hone::kernels
