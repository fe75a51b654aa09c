// Package density provides probability densities to sample from: a log density,
// its gradient, and, where they are known, its moments and an exact draw to
// compare a sampler with.
//
//	density        on   difficulty                      moments     exact draws
//	Gaussian       ℝᵈ   condition number                closed      yes
//	Mixture        ℝᵈ   several modes                   closed      yes
//	Banana         ℝ²   curved ridge                    closed      yes
//	Crescent       ℝ²   curved ridge, quartic           closed      yes
//	Funnel         ℝᵈ   scale that changes              closed      yes
//	DoubleWell     ℝ    barrier                         quadrature  yes
//	SkewedWell     ℝ    skew                            closed      yes
//	EightSchools   ℝ¹⁰  a small hierarchical posterior  quadrature  yes
//	Logistic       ℝᵈ   a regression on the user's data –           –
//	Func           ℝᵈ   the user's own potential        –           –
//	Minibatch      ℝᵈ   a score from random batches     –           –
//
// What is known shows in the type: Moments and Exact are interfaces that a
// density has or has not. The quartic wells and the crescent are the experiments
// of Ma, Chen and Fox (2015): θ²/2 is NewNormal(0, 1), θ⁴ − 2θ² is
// NewDoubleWell(1, 1, 0), up to a constant, and NewCrescent is their correlated
// density.
//
// Densities are immutable and may be shared by any number of chains, but for
// Minibatch, which belongs to one. What a
// user's data can get wrong is an error with the value and what is allowed; a
// slice of the wrong length panics.
package density
