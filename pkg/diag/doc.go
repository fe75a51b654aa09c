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
// [Summarize] for all of them at once. [NewTable] prints the summaries of all
// dimensions, and [Judge] says in words whether draws can be used. [EBFMI] is for
// the energies of Hamiltonian samplers. For runs too long to keep, [Batches] holds
// a fixed number of batch means and gives R-hat and ESS from them; package moments
// holds moments alone.
//
// # Statistics that do not exist
//
// A statistic that does not exist is an error and never NaN; test for it with
// errors.Is.
//
//   - [ErrNonFinite]: a value is NaN or infinite. (ArviZ: NaN for NaN, and no
//     check of infinities. The R package posterior: NA for both.)
//   - [ErrShort]: too few values, such as fewer than four draws in a chain.
//     (ArviZ: NaN.)
//   - [ErrRagged]: slices of unequal lengths.
//   - [ErrConstant]: every draw of every chain is the same. (ArviZ: R-hat NaN,
//     ESS the number of draws. posterior: NA.)
//   - [ErrScale]: the result is beyond the range of floating-point numbers, or so
//     close to its lower end that digits are lost.
//   - [ErrRange]: an argument is out of range. The error is an arg.Error, which
//     names the argument.
//
// Chains that are each stuck at a value of their own have an answer, as in
// ArviZ: R-hat is +Inf and the effective sample size about the number of
// chains. With one chain stuck among others that move both are finite.
// (posterior: NA.)
//
// The unit of the draws does not matter: of draws multiplied by 10²⁰⁰ R-hat and
// effective sample sizes are those of the draws, and means, errors and distances
// are multiplied with them.
//
// # The same bits everywhere
//
// Every statistic has the same bits on every architecture. Logarithms, normal
// quantiles and Fourier transforms are those of this module, and every sum has one
// order.
//
// # Draws against a distribution
//
// [W2Normal], [W2], [W2Gaussian], [SlicedW2] and [SlicedW2Gaussian] are
// Wasserstein distances, exact for what they are given; [W2Binned] is the
// estimate in units of bins that the paper of Masset et al. reports. A
// [Histogram] gives both from counts alone, for a run that is too long to keep.
// [EnergyDistance] and [MMD] compare samples of any dimension, and
// [EnergyTest] and [MMDTest] give a permutation p-value.
//
// # Repeats
//
// [Quantile], [Median], [MeanSD], [KernelDensity] and [HistogramEdges] describe a
// sample. A [Bootstrap] makes an [Estimate] of the mean of independent repeats,
// with a confidence interval where there are repeats enough.
//
// # Spikes
//
// A [Train] is the sorted spike times of one neuron in a window; [Trains]
// splits a network's events by neuron. [CV], [CV2], [LV] and [LvR] of its
// intervals, [Fano], [PSTH], [CrossCorrelogram], [CrossCorrelation] and
// [CountCorrelation] agree with Elephant's to 1e-9. [Intervals] computes those of
// the intervals as spikes come, [PopulationRate] is the rate of a network over
// time, and [PowerSpectrum] finds its oscillations.
//
// # References
//
//   - Betancourt (2016). Diagnosing suboptimal cotangent disintegrations in
//     Hamiltonian Monte Carlo. arXiv:1604.00695.
//   - Bhatia, Jain, Lim (2019). On the Bures–Wasserstein distance between
//     positive definite matrices. Expositiones Mathematicae 37, 165–191.
//   - Bonneel, Rabin, Peyré, Pfister (2015). Sliced and Radon Wasserstein
//     barycenters of measures. J. Mathematical Imaging and Vision 51, 22–45.
//   - Dowson, Landau (1982). The Fréchet distance between multivariate normal
//     distributions. J. Multivariate Analysis 12, 450–455.
//   - Efron, Tibshirani (1993). An Introduction to the Bootstrap. Chapman & Hall.
//   - Flegal, Jones (2010). Batch means and spectral variance estimators in
//     Markov chain Monte Carlo. Annals of Statistics 38, 1034–1070.
//   - Gelbrich (1990). On a formula for the L² Wasserstein metric between
//     measures on Euclidean and Hilbert spaces. Mathematische Nachrichten 147,
//     185–203.
//   - Gelman et al. (2013). Bayesian Data Analysis, 3rd ed. CRC Press.
//   - Gelman, Rubin (1992). Inference from iterative simulation using multiple
//     sequences. Statistical Science 7, 457–472.
//   - Geyer (1992). Practical Markov chain Monte Carlo. Statistical Science 7,
//     473–483.
//   - Goodman, Weare (2010). Ensemble samplers with affine invariance.
//     Communications in Applied Mathematics and Computational Science 5, 65–80.
//   - Gretton et al. (2012). A kernel two-sample test. JMLR 13, 723–773.
//   - Holt, Softky, Koch, Douglas (1996). Comparison of discharge variability in
//     vitro and in vivo in cat visual cortex neurons. J. Neurophysiology 75,
//     1806–1814.
//   - Hyndman, Fan (1996). Sample quantiles in statistical packages. American
//     Statistician 50, 361–365.
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
//   - Silverman (1986). Density Estimation for Statistics and Data Analysis.
//     Chapman & Hall.
//   - Sokal (1997). Monte Carlo methods in statistical mechanics: foundations
//     and new algorithms. In Functional Integration, 131–192. Springer.
//   - Székely, Rizzo (2013). Energy statistics: a class of statistics based on
//     distances. J. Statistical Planning and Inference 143, 1249–1272.
//   - Vehtari, Gelman, Simpson, Carpenter, Bürkner (2021). Rank-normalization,
//     folding, and localization: an improved R̂ for assessing convergence of
//     MCMC. Bayesian Analysis 16, 667–718.
//   - Welch (1967). The use of fast Fourier transform for the estimation of power
//     spectra. IEEE Transactions on Audio and Electroacoustics 15, 70–73.
package diag
