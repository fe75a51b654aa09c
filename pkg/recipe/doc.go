// Package recipe turns a density and a geometry into a diffusion that samples
// the density: the complete recipe of Ma, Chen and Fox.
//
// Let D(z) be symmetric and positive semi-definite and S(z) skew-symmetric.
// Then
//
//	dz = [(D(z) + S(z)) ∇log p(z) + Γ(z)] dt + √(2D(z)) dW,
//	Γ_i(z) = Σ_j ∂_j (D_ij(z) + S_ij(z)),
//
// leaves p invariant, and every diffusion that leaves p invariant can be
// written like this. D makes the noise, and S makes a rotation: the current
// S∇log p + ∇·S, times p, has no divergence, so that S moves probability along
// closed paths and leaves the density as it is.
//
// A Geometry is a choice of D and S; New joins it to a density, and the result
// is an sde.Process for any stepper:
//
//	process, err := recipe.New(p, recipe.Langevin(metric.Identity(p.Dim())))
//	path, err := sde.NewPath(sde.NewEulerMaruyama(process), x0, h)
//
//	geometry                   D                      S
//	Langevin(m)                constant, a Metric     0
//	NewConstant(m, s)          constant, a Metric     constant
//	NewFields, NewRiemannian   a function of z        a function of z, 0
//	NewDiagonal                a diagonal function    0
//	Hamiltonian                0                      [[0, −I], [I, 0]]
//	Underdamped, Friction      diag(0, C)             the same
//	NewRiemannianHamiltonian   diag(0, RRᵀ)           [[0, −Rᵀ], [R, 0]]
//	NoseHoover                 diag(0, A·I, 0)        with a thermostat
//
// Some geometries live on a larger space than the density: with momenta r, and
// a thermostat ξ. WithMomentum and WithThermostat extend a density to it, and
// the extended density has the original one as its marginal.
//
// Check tells whether a recipe is right: at points that are given it evaluates the
// stationary Fokker–Planck equation, to ten digits or so, and judges the score, D, S
// and Γ one at a time.
//
// Ma, Chen and Fox, "A complete recipe for stochastic gradient MCMC", NeurIPS
// 2015 (arXiv:1506.04696), equations 2 and 3, theorems 1 and 2.
package recipe
