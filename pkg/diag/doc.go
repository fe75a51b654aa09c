// Package diag measures what a sampler returned: whether its chains agree, how
// many independent draws they are worth, how far they are from a known
// distribution, and how regular the spikes of a network are. Slices in,
// numbers out.
//
// # Chains
//
// A quantity sampled by m chains of n draws is a [][]float64: one slice for
// each chain, all of one length. [Coordinate] takes it out of matrices of
// draws. The convergence diagnostics are those of Vehtari et al. (2021), and
// agree with ArviZ's to 1e-9: [RHat], [ESSBulk], [ESSTail], [ESS] and its
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
//     check of infinities. The R package posterior: NA for both.)
//   - [ErrShort]: fewer than four draws in a chain. (ArviZ: NaN.)
//   - [ErrRagged]: chains of unequal lengths.
//   - [ErrConstant]: every draw of every chain is the same. (ArviZ: R-hat NaN,
//     ESS the number of draws. posterior: NA.)
//
// Chains that are each stuck at a value of their own have an answer, as in
// ArviZ: R-hat is +Inf and the effective sample size about the number of
// chains. With one chain stuck among others that move both are finite.
// (posterior: NA.)
//
// # Draws against a distribution
//
// [W2Normal], [W2], [W2Gaussian], [SlicedW2] and [SlicedW2Gaussian] are
// Wasserstein distances, exact for what they are given; [W2Binned] is the
// estimate in units of bins that the paper of Masset et al. reports. Histogram gives both from counts
// alone, for a run that is too long to keep.
// [EnergyDistance] and [MMD] compare samples of any dimension, and
// [EnergyTest] and [MMDTest] give a permutation p-value.
//
// # Spikes
//
// A [Train] is the sorted spike times of one neuron in a window; [Trains]
// splits a network's events by neuron. [CV], [CV2], [LV] and [LvR] of its
// intervals, [Fano], [PSTH], [CrossCorrelogram], [CrossCorrelation] and
// [CountCorrelation] agree with Elephant's to 1e-9. [Intervals] computes those of
// the intervals as spikes come.
//
// # References
//
//   - Bhatia, Jain, Lim (2019). On the Bures–Wasserstein distance between
//     positive definite matrices. Expositiones Mathematicae 37, 165–191.
//   - Bonneel, Rabin, Peyré, Pfister (2015). Sliced and Radon Wasserstein
//     barycenters of measures. J. Mathematical Imaging and Vision 51, 22–45.
//   - Chan, Golub, LeVeque (1983). Algorithms for computing the sample
//     variance. American Statistician 37, 242–247.
//   - Dowson, Landau (1982). The Fréchet distance between multivariate normal
//     distributions. J. Multivariate Analysis 12, 450–455.
//   - Flegal, Jones (2010). Batch means and spectral variance estimators in
//     Markov chain Monte Carlo. Annals of Statistics 38, 1034–1070.
//   - Gelbrich (1990). On a formula for the L² Wasserstein metric between
//     measures on Euclidean and Hilbert spaces. Mathematische Nachrichten 147,
//     185–203.
//   - Gelman et al. (2013). Bayesian Data Analysis, 3rd ed. CRC Press.
//   - Geyer (1992). Practical Markov chain Monte Carlo. Statistical Science 7,
//     473–483.
//   - Goodman, Weare (2010). Ensemble samplers with affine invariance.
//     Communications in Applied Mathematics and Computational Science 5, 65–80.
//   - Gretton et al. (2012). A kernel two-sample test. JMLR 13, 723–773.
//   - Holt, Softky, Koch, Douglas (1996). Comparison of discharge variability in
//     vitro and in vivo in cat visual cortex neurons. J. Neurophysiology 75,
//     1806–1814.
//   - Masset, Zavatone-Veth, Connor, Murthy, Pehlevan (2022). Natural gradient
//     enables fast sampling in spiking neural networks. NeurIPS 35.
//   - Perkel, Gerstein, Moore (1967). Neuronal spike trains and stochastic point
//     processes II. Biophysical J. 7, 419–440.
//   - Phipson, Smyth (2010). Permutation p-values should never be zero.
//     Statistical Applications in Genetics and Molecular Biology 9, 39.
//   - Shinomoto, Shima, Tanji (2003). Differences in spiking patterns among
//     cortical neurons. Neural Computation 15, 2823–2842.
//   - Shinomoto et al. (2009). Relating neuronal firing patterns to functional
//     differentiation of cerebral cortex. PLoS Computational Biology 5, e1000433.
//   - Sokal (1997). Monte Carlo methods in statistical mechanics: foundations
//     and new algorithms. In Functional Integration, 131–192. Springer.
//   - Székely, Rizzo (2013). Energy statistics: a class of statistics based on
//     distances. J. Statistical Planning and Inference 143, 1249–1272.
//   - Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021). Rank-normalization,
//     folding, and localization: an improved R̂ for assessing convergence of
//     MCMC. Bayesian Analysis 16, 667–718.
//   - Welford (1962). Note on a method for calculating corrected sums of squares
//     and products. Technometrics 4, 419–420.
package diag
