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
//	Rosenbrock     ℝ²ᵏ  curved ridges                   closed      yes
//	DoubleWell     ℝ    barrier                         quadrature  yes
//	SkewedWell     ℝ    skew                            closed      yes
//	EightSchools   ℝ¹⁰  a small hierarchical posterior  quadrature  yes
//	Logistic       ℝᵈ   a regression on the user's data –           –
//	ItemResponse   ℝᵈ   a large hierarchical posterior  –           –
//	BrownianMotion ℝᵈ   a path and its unknown scales   Squares     –
//	Func           ℝᵈ   the user's own potential        –           –
//	Tempered       ℝᵈ   another density, to a power     –           –
//	Minibatch      ℝᵈ   a score from random batches     –           –
//
// A density whose moments are known is a Moments, and one with exact draws an Exact.
// The quartic wells and the crescent are the experiments
// of Ma, Chen and Fox (2015): θ²/2 is NewNormal(0, 1), θ⁴ − 2θ² is
// NewDoubleWell(1, 1, 0), up to a constant, and NewCrescent is their correlated
// density.
//
// Densities do not change and may be shared by any number of chains. Only a
// Minibatch belongs to one chain. A value that is not allowed is an error that names
// it and what is allowed. A slice of the wrong length panics.
package density
