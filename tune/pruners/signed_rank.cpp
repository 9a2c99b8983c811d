// Ranks, the exact distribution of their sum, the normal approximation.
#include "tune/pruners/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

namespace hone::tune {
namespace {

// Twice the ranks, which are then whole numbers, of the sizes of the differences; the sum of t^3 -
// t over the groups of equal ones; twice the sum of the ranks on the positive side, without zeros.
struct Ranks {
  std::vector<int> twice;  // of differences that are not zero
  int zeros_twice = 0;     // of the zeros, all together
  double ties = 0;
  int positive_twice = 0;
};

Ranks ranks_of(std::vector<double> differences) {
  std::sort(differences.begin(), differences.end(),
            [](double a, double b) { return std::abs(a) < std::abs(b); });
  Ranks ranks;
  for (std::size_t begin = 0, end = 0; begin < differences.size(); begin = end) {
    while (end < differences.size() && std::abs(differences[end]) == std::abs(differences[begin]))
      ++end;
    const auto size = static_cast<double>(end - begin);
    ranks.ties += size * size * size - size;
    const int twice = static_cast<int>(begin + end + 1);
    for (std::size_t i = begin; i < end; ++i) {
      if (differences[i] == 0) {
        ranks.zeros_twice += twice;
        continue;
      }
      ranks.twice.push_back(twice);
      if (differences[i] > 0) ranks.positive_twice += twice;
    }
  }
  return ranks;
}

// The share of all choices of signs whose positive sum is at least, or at most, the observed one.
double exact_p(const Ranks& ranks, bool greater) {
  std::vector<double> share = {1};  // by twice the sum
  for (const int rank : ranks.twice) {
    std::vector<double> next(share.size() + static_cast<std::size_t>(rank));
    for (std::size_t sum = 0; sum < share.size(); ++sum) {
      next[sum] += share[sum] / 2;
      next[sum + static_cast<std::size_t>(rank)] += share[sum] / 2;
    }
    share = std::move(next);
  }
  const auto seen = static_cast<std::size_t>(ranks.positive_twice);
  double p = 0;
  for (std::size_t sum = greater ? seen : 0; greater ? sum < share.size() : sum <= seen; ++sum)
    p += share[sum];
  return p;
}

}  // namespace

double signed_rank_p(const std::vector<double>& differences, bool greater) {
  if (differences.empty()) return std::numeric_limits<double>::quiet_NaN();
  const Ranks ranks = ranks_of(differences);
  const bool plain = ranks.ties == 0 && ranks.zeros_twice == 0;
  if (differences.size() <= (plain ? 50u : 13u)) return exact_p(ranks, greater);
  const auto n = static_cast<double>(differences.size());
  const double sum = ranks.positive_twice / 2.0 + ranks.zeros_twice / 4.0;
  const double error = std::sqrt((n * (n + 1) * (2 * n + 1) - ranks.ties / 2) / 24);
  const double z = (sum - n * (n + 1) / 4) / error;
  return std::erfc((greater ? z : -z) / std::numbers::sqrt2) / 2;
}

}  // namespace hone::tune
