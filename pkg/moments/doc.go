// Package moments accumulates means, variances and covariances of values that
// come one after the other, in memory that does not grow with their number.
//
// [MeanVariance] and [MeanCovariance] take draws. [Path] takes the estimate of a
// spiking network over time steps: between two spikes the estimate decays by one
// factor in each step, and a [Decay] gives the moments of any number of such
// steps in closed form.
//
// All of them keep second moments about a value near the mean, so that a spread
// of 1 around 10⁹ is found to the digits that the values have. All of them can
// be merged. Their results are the same bits on every architecture.
//
// Values of more than 2⁴⁸⁰ ≈ 3·10¹⁴⁴ are left out, and Err returns an error,
// since their squares could overflow. Squares of deviations below 10⁻¹⁵⁴ are
// less than the smallest normal number and lose digits: scale such values first.
package moments
