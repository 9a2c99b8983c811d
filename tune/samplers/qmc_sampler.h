// Quasi-random points, which fill a space more evenly than random ones.
//
// Sources: Sobol 1967 with the direction numbers of Joe and Kuo 2008; Halton 1960; nested
// scrambling by Owen 1995.
#pragma once

#include <cstdint>
#include <string>

#include "tune/option.h"
#include "tune/sampler.h"

namespace hone::tune {

struct QmcOptions {
  enum class Sequence { sobol, halton };
  Sequence sequence = Sequence::sobol;
  // Random within the strata, so that seeds differ; without it the sequence as it is in books.
  bool scramble = true;

  OptionList list();
};

// Coordinate `dimension` of point `index`, in [0, 1). Sobol: dimension < kSobolDimensions, index <
// 2^32. `key` scrambles; without `scramble` it has no effect.
inline constexpr std::size_t kSobolDimensions = 21;
double sobol_point(std::uint32_t index, std::size_t dimension, bool scramble, std::uint64_t key);
double halton_point(std::uint64_t index, std::size_t dimension, bool scramble, std::uint64_t key);

// Trial n is point n of the sequence, its k-th parameter coordinate k, whatever the history says.
// Beyond 21 parameters Sobol's sequence goes on with Halton's.
class QmcSampler final : public Sampler {
 public:
  static constexpr const char* kName = "qmc";
  static constexpr const char* kSummary = "quasi-random points, spread evenly over the space";
  using Options = QmcOptions;

  explicit QmcSampler(const QmcOptions& options = {});
  std::string name() const override { return kName; }
  std::string options_json() const override;
  bool several_objectives() const override { return true; }
  bool sees_planned_points() const override { return false; }
  double next(const Plan& plan, std::span<const Parameter> chosen, const std::string& name,
              const Distribution& distribution) const override;

 private:
  QmcOptions options_;
};

}  // namespace hone::tune
