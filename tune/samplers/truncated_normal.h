// The normal distribution cut to an interval: log mass, quantiles and log density, all in
// logarithms so that kernels far from the interval neither underflow nor lose digits.
//
// Units: everything is standardised, z = (x - mean) / sigma. Pure functions, any thread.
#pragma once

namespace hone::tune {

// ln Phi(z), Phi the standard normal distribution function. -inf at -inf, 0 at +inf. For z < -20
// the asymptotic series of Mills' ratio (Abramowitz and Stegun 26.2.12) is summed until it stops
// changing.
double log_normal_cdf(double z);

// ln(Phi(b) - Phi(a)) for a <= b; -inf for a == b.
double log_normal_mass(double a, double b);

// The smaller tail, Phi(-|z|); and the log mass from the tails of both ends, for callers that know
// them: log_normal_mass(a, b, normal_tail(a), normal_tail(b)) is log_normal_mass(a, b) to the bit.
double normal_tail(double z);
double log_normal_mass(double a, double b, double tail_a, double tail_b);

// x in [a, b] with (Phi(x) - Phi(a)) / (Phi(b) - Phi(a)) = q, for 0 <= q <= 1 and a < b. By
// Wichura's AS 241 where a <= 0 <= b; far out and elsewhere Newton's method on ln Phi, which
// converges from both sides because ln Phi is concave.
double truncated_normal_quantile(double q, double a, double b);

// ln of the density at z of the standard normal cut to [a, b]; -inf outside.
double truncated_normal_log_pdf(double z, double a, double b);

}  // namespace hone::tune
