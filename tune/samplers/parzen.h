// The Parzen estimator of TPE: a density over one or several parameters made of one kernel per
// observation and a wide prior kernel.
//
// Joint density: sum over components i of w_i * product over dimensions j of k_ij(x_j); the same
// component serves all dimensions, which is what models dependence. Sources: Bergstra et al. 2011
// and 2013; the bandwidth rules are named after where they come from.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/philox.h"
#include "tune/distribution.h"
#include "tune/samplers/domain.h"

namespace hone::tune {

// Widths of numeric kernels on a line [L, H] with m observations; always at most H - L.
enum class Bandwidth {
  // The larger gap to the two neighbours (the ends of the line are neighbours of the outermost
  // points only
  // when there is a single one), at least (H - L) / min(100, m + 2).
  optuna_4_9,
  // 0.2 m^(-1 / (d + 4)) (H - L) for every kernel, with the same lower bound; d counts all
  // dimensions.
  optuna_4_9_multivariate,
  // Neighbour gaps, at least (H - L) max(0.03, 1 / (m + 2)^2) (Watanabe, arXiv 2304.11127), and on
  // a grid at
  // least half a step, so that a kernel does not lock on one value.
  hone
};

// Weights of m observations, oldest first, and of the prior: the newest 25 count fully, older ones
// on a ramp from 1 / m. Normalised; m + 1 numbers.
std::vector<double> parzen_weights(std::size_t m);

// Immutable after construction, so any number of threads may use it.
class ParzenEstimator {
 public:
  // One parameter and its observed internal values, oldest first, all in range. The distribution
  // must outlive the estimator's construction only. Every dimension has the same number of
  // observations; it may be 0.
  struct Dimension {
    const Distribution* distribution = nullptr;
    std::vector<double> observed;
  };
  ParzenEstimator(std::vector<Dimension> space, Bandwidth bandwidth);

  std::size_t dimensions() const { return dimensions_.size(); }
  // Observations + 1; the prior is the last.
  std::size_t components() const { return weights_.size(); }
  std::span<const double> weights() const { return weights_; }
  // Centres and widths of a numeric dimension on its line; empty for a categorical one.
  std::span<const double> centres(std::size_t dimension) const {
    return dimensions_[dimension].centre;
  }
  std::span<const double> widths(std::size_t dimension) const {
    return dimensions_[dimension].width;
  }

  // `count` points as internal values, dimension by dimension: [dimensions, count]. Per point one
  // number of the stream picks the component, then one per dimension the value.
  std::vector<double> sample(PhiloxStream& stream, std::size_t count) const;
  // Natural logarithm of the density (of the probability, on grids and choices) at points laid out
  // like sample's. On a continuous logarithmic line it is the density of the logarithm.
  std::vector<double> log_pdf(std::span<const double> points) const;

 private:
  // One (centre, width) pair of a gridded dimension; components with equal ones share it.
  struct GridKernel {
    double centre, width, log_mass;
    int cell;  // of its centre, when its masses are in the table; else -1
  };
  // On integers the mass of a cell depends only on its distance from the centre, exactly. Most
  // kernels of a long history have the smallest width, so theirs are computed once.
  struct CellTable {
    double width = 0;
    std::vector<double> tail;      // [cells]: normal_tail of the far end of the k-th cell away
    std::vector<double> log_mass;  // [cells]: of the k-th cell away
  };
  struct Kernels {
    bool categorical = false;
    // Numeric:
    NumericDomain domain;
    std::vector<double> centre, width;
    std::vector<double> scale;              // continuous: 1 / (width sqrt 2)
    std::vector<GridKernel> grid;           // grid: the distinct kernels ...
    std::vector<std::uint32_t> grid_index;  // ... and which one a component has
    CellTable table;                        // may be empty
    // Categorical: every choice has `floor_mass`, the observed one (hit_mass) more; the prior is
    // uniform.
    double choices = 0, floor_mass = 0, hit_mass = 0;
    std::vector<double> observed;
  };

  // Multiplies `peaks` by the height of each kernel of a continuous dimension.
  void add_numeric(const Dimension& dimension, Bandwidth bandwidth, std::vector<double>& peaks);
  void add_categorical(const Dimension& dimension);
  void share_grid_kernels(Kernels& kernels, std::span<const std::uint32_t> order) const;
  static void fill_table(Kernels& kernels);
  void add_log_pdf(std::size_t dimension, std::span<const double> x, std::span<double> sums) const;
  double sample_one(const Kernels& kernels, std::size_t component, double u) const;
  void add_grid_log_pdf(const Kernels& kernels, std::span<const double> x,
                        std::span<double> sums) const;
  void add_categorical_log_pdf(const Kernels& kernels, double x, std::span<double> sums) const;

  std::vector<Kernels> dimensions_;
  double fixed_width_ = 0;          // of optuna_4_9_multivariate, as a share of the line
  std::vector<double> weights_;     // [components]
  std::vector<double> cumulative_;  // [components], last is 1
  std::vector<double> base_;  // [components]: log weight + normalisers of the continuous dimensions
};

}  // namespace hone::tune
