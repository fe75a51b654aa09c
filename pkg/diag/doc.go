// Package diag measures what a sampler returned: whether its chains agree, how
// many independent draws they are worth, how far they are from a known
// distribution, and how regular the spikes of a network are. Slices in,
// numbers out.
//
// # Chains
//
// A quantity sampled by m chains of n draws is a [][]float64: one slice for
// each chain, all of one length. [Coordinate] takes it out of matrices of
// draws. The convergence diagnostics are those of
//
//	Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021). Rank-normalization,
//	folding, and localization: an improved R̂ for assessing convergence of
//	MCMC. Bayesian Analysis 16(2), 667–718,
//
// and agree with ArviZ's to 1e-9: [RHat], [ESSBulk], [ESSTail], [ESS] and its
// relations, [MCSEMean], [MCSESD], [MCSEQuantile], [RankHistogram], and
// [Summarize] for all of them at once. For runs too long to keep, [Batches]
// holds a fixed number of batch means and gives R-hat and ESS from them, and
// [MeanVariance] and [MeanCovariance] hold moments alone.
//
// # Draws that have no answer
//
// What a diagnostic cannot answer is an error and never NaN; test for it with
// errors.Is.
//
//   - [ErrNonFinite]: a draw is NaN or infinite. (ArviZ: NaN for NaN, and no
//     check of infinities; posterior: NA for both.)
//   - [ErrShort]: fewer than four draws in a chain. (Both: NaN or NA.)
//   - [ErrRagged]: chains of unequal lengths.
//   - [ErrConstant]: every draw of every chain is the same. (posterior: NA;
//     ArviZ: R-hat NaN, ESS the number of draws.)
//
// Chains that are each stuck at a value of their own have an answer: R-hat is
// +Inf and the effective sample size about the number of chains.
//
// # Draws against a distribution
//
// [W2Normal], [W2], [W2Gaussian], [SlicedW2] and [SlicedW2Gaussian] are
// Wasserstein distances, exact for what they are given; [W2Binned] is the
// estimate in units of bins that the paper of Masset et al. reports.
// [EnergyDistance] and [MMD] compare samples of any dimension, and
// [EnergyTest] and [MMDTest] give a permutation p-value.
//
// # Spikes
//
// A [Train] is the sorted spike times of one neuron in a window. [Trains]
// splits a network's events by neuron. Rates, interval statistics, counts and
// correlations agree with Elephant's.
package diag
