// The Wilcoxon signed-rank test.
#pragma once

#include <vector>

namespace hone::tune {

// The p-value of the one-sided test that the differences lie above 0 (`greater`) or below it, as
// SciPy's wilcoxon(differences, zero_method="zsplit") gives it: ranks of equal sizes are averaged,
// the ranks of zeros are split between both sides. Up to 50 differences without ties and zeros: the
// exact distribution of the sum of ranks; up to 13 with them: the exact one of these ranks under
// all changes of sign; else the normal approximation with its correction for ties. NaN without
// differences. All must be finite.
double signed_rank_p(const std::vector<double>& differences, bool greater);

}  // namespace hone::tune
