package density

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

// EightSchools is the posterior of D. B. Rubin's parallel experiments on
// coaching in eight schools, in the non-centred parametrisation. The estimated
// effect yⱼ of school j has the known standard error σⱼ, and
//
//	μ ~ N(0, 5²),  τ ~ half-Cauchy(0, 5),  θ̃ⱼ ~ N(0, 1),
//	θⱼ = μ + τθ̃ⱼ,  yⱼ ~ N(θⱼ, σⱼ²),  j = 1, …, 8.
//
// The density is on ℝ¹⁰, over z = (μ, log τ, θ̃₁, …, θ̃₈), with the Jacobian τ of
// the logarithm; Constrain maps z to (μ, τ, θ₁, …, θ₈). LogProb is the joint
// log density of y and z, so that exp(LogProb) integrates to the evidence.
//
// Given τ everything is Gaussian, so that the moments and the evidence are
// integrals over τ alone and are known to near machine precision, and exact
// draws can be made.
//
// Source: D. B. Rubin, J. Educ. Stat. 6 (1981); the priors are those of
// eight_schools_noncentered in posteriordb.
type EightSchools struct {
	logTau             *line // log τ given y
	free, constrained  schoolMoments
	constant, evidence float64
}

const (
	schools         = 8
	schoolDim       = 2 + schools
	priorMu         = 5.0 // standard deviation of μ
	priorTau        = 5.0 // scale of τ
	logPriorTau     = 1.60943791243410037460075933322618764
	logTwoOverPi    = -0.45158270528945486472619522989488214
	schoolPrecision = 1 / (priorMu * priorMu)
)

var (
	schoolEffect = [schools]float64{28, 8, -3, 7, -1, 1, 18, 12}
	schoolError  = [schools]float64{15, 10, 16, 11, 9, 11, 10, 18}
)

// schoolMoments is the mean and the covariance of ten parameters.
type schoolMoments struct {
	mean [schoolDim]float64
	cov  [schoolDim][schoolDim]float64 // the lower triangle
}

// NewEightSchools returns the posterior.
func NewEightSchools() *EightSchools {
	e := new(EightSchools)
	e.constant = -0.5*(1+2*schools)*logTwoPi - portable.Log(priorMu) + logTwoOverPi - logPriorTau
	for _, sigma := range schoolError {
		e.constant -= portable.Log(sigma)
	}
	e.logTau = newLine(func(t float64) float64 { return -logTauAndData(t) }, -2, 4)
	e.evidence = e.logTau.logMass
	e.free = e.integrate(false)
	e.constrained = e.integrate(true)
	return e
}

// given returns what the posterior is given t = log τ: μ is Gaussian with the
// mean and precision returned, and wⱼ is 1/(σⱼ²+τ²), the precision of yⱼ about μ.
func given(t float64) (tau, mean, precision float64, w [schools]float64) {
	tau = portable.Exp(t)
	precision = schoolPrecision
	for j, sigma := range schoolError {
		w[j] = 1 / (float64(sigma*sigma) + float64(tau*tau))
		precision += w[j]
		mean += float64(w[j] * schoolEffect[j])
	}
	return tau, mean / precision, precision, w
}

// logTauAndData returns the joint log density of t = log τ and y, with μ and θ̃
// integrated out.
func logTauAndData(t float64) float64 {
	_, mean, precision, w := given(t)
	l := logTwoOverPi - logPriorTau + t - portable.Log1pExp(2*(t-logPriorTau)) -
		float64(0.5*(schools*logTwoPi+portable.Log(precision/schoolPrecision)-float64(precision*float64(mean*mean))))
	for j, y := range schoolEffect {
		l += float64(0.5 * (portable.Log(w[j]) - float64(w[j]*float64(y*y))))
	}
	return l
}

// integrate returns the moments of (μ, log τ, θ̃) or of (μ, τ, θ): those of the
// mean given τ, plus the mean of the covariance given τ.
func (e *EightSchools) integrate(constrained bool) (m schoolMoments) {
	const n = schoolDim
	var sum [n + n*n]float64
	e.logTau.expect(sum[:], func(dst []float64, t, weight float64) {
		tau, mu, precision, w := given(t)
		// Each parameter is its mean plus gain·(μ − E[μ|τ]) plus a noise of
		// its own.
		mean, gain, noise := [n]float64{mu, t}, [n]float64{1, 0}, [n]float64{}
		if constrained {
			mean[1] = tau
		}
		for j, y := range schoolEffect {
			shrink := float64(tau * w[j])
			keep := float64(float64(schoolError[j]*schoolError[j]) * w[j])
			if constrained {
				mean[2+j] = mu + float64(tau*float64(shrink*(y-mu)))
				gain[2+j] = keep
				noise[2+j] = float64(float64(tau*tau) * keep)
			} else {
				mean[2+j] = float64(shrink * (y - mu))
				gain[2+j] = -shrink
				noise[2+j] = keep
			}
		}
		for i := range n {
			dst[i] += float64(weight * mean[i])
			for j := range i + 1 {
				second := float64(mean[i]*mean[j]) + float64(gain[i]*gain[j])/precision
				if i == j {
					second += noise[i]
				}
				dst[n+n*i+j] += float64(weight * second)
			}
		}
	})
	copy(m.mean[:], sum[:n])
	for i := range n {
		for j := range i + 1 {
			m.cov[i][j] = sum[n+n*i+j] - float64(sum[i]*sum[j])
		}
	}
	return m
}

// String returns "eight schools".
func (e *EightSchools) String() string { return "eight schools" }

// Dim returns 10.
func (e *EightSchools) Dim() int { return schoolDim }

// LogProb returns the joint log density of y and z.
func (e *EightSchools) LogProb(z []float64) float64 {
	check.Length("z", z, schoolDim)
	mu, t := z[0], z[1]
	tau := min(portable.Exp(t), math.MaxFloat64) // so that τ·0 is 0
	m := mu / priorMu
	squares := float64(m * m)
	for j, raw := range z[2:] {
		r := (schoolEffect[j] - mu - float64(tau*raw)) / schoolError[j]
		squares += float64(raw*raw) + float64(r*r)
	}
	return e.constant + t - portable.Log1pExp(2*(t-logPriorTau)) - float64(0.5*squares)
}

// ScoreInput stores the gradient of LogProb at z in dst and returns it.
func (e *EightSchools) ScoreInput(dst, z []float64) []float64 {
	check.Length("z", z, schoolDim)
	dst = check.Reuse(dst, schoolDim)
	mu, t := z[0], z[1]
	tau := min(portable.Exp(t), math.MaxFloat64)
	dst[0] = -mu / (priorMu * priorMu)
	dst[1] = 1 - 2*portable.Sigmoid(2*(t-logPriorTau))
	for j, raw := range z[2:] {
		shift := float64(tau * raw)
		pull := (schoolEffect[j] - mu - shift) / schoolError[j] / schoolError[j]
		dst[0] += pull
		if shift != 0 {
			dst[1] += float64(pull * shift)
		}
		dst[2+j] = float64(pull*tau) - raw
	}
	return dst
}

// Constrain stores (μ, τ, θ₁, …, θ₈) in dst, newly allocated if nil, and
// returns it. dst may be z.
func (e *EightSchools) Constrain(dst, z []float64) []float64 {
	check.Length("z", z, schoolDim)
	dst = check.Reuse(dst, schoolDim)
	mu, tau := z[0], portable.Exp(z[1])
	for j, raw := range z[2:] {
		dst[2+j] = mu + float64(tau*raw)
	}
	dst[0], dst[1] = mu, tau
	return dst
}

// Names returns the names of what Constrain stores: mu, tau, theta[1], …,
// theta[8].
func (e *EightSchools) Names() []string {
	names := []string{"mu", "tau"}
	for j := range schools {
		names = append(names, fmt.Sprintf("theta[%d]", j+1))
	}
	return names
}

// LogEvidence returns log p(y).
func (e *EightSchools) LogEvidence() float64 { return e.evidence }

// Mean stores the posterior mean of z in dst and returns it.
func (e *EightSchools) Mean(dst []float64) []float64 { return store(dst, e.free.mean[:]...) }

// CovarianceMatrix stores the posterior covariance of z in dst, which must be
// empty or 10×10.
func (e *EightSchools) CovarianceMatrix(dst *mat.SymDense) { e.free.covTo(dst) }

// ConstrainedMean stores the posterior mean of (μ, τ, θ₁, …, θ₈) in dst, newly
// allocated if nil, and returns it.
func (e *EightSchools) ConstrainedMean(dst []float64) []float64 {
	return store(dst, e.constrained.mean[:]...)
}

// ConstrainedCovarianceMatrix stores the posterior covariance of (μ, τ, θ₁, …,
// θ₈) in dst, which must be empty or 10×10.
func (e *EightSchools) ConstrainedCovarianceMatrix(dst *mat.SymDense) { e.constrained.covTo(dst) }

func (m *schoolMoments) covTo(dst *mat.SymDense) {
	check.ReuseSym(dst, schoolDim)
	for i := range schoolDim {
		for j := range i + 1 {
			dst.SetSym(i, j, m.cov[i][j])
		}
	}
}

// Rand stores an independent draw of z in dst and returns it: log τ by
// rejection, μ given τ, then each θ̃ⱼ given both.
func (e *EightSchools) Rand(rng *rand.Rand, dst []float64) []float64 {
	dst = check.Reuse(dst, schoolDim)
	t := e.logTau.rand(rng)
	tau, mean, precision, w := given(t)
	stream.Normals(rng, dst)
	mu := mean + dst[0]/math.Sqrt(precision)
	dst[0], dst[1] = mu, t
	for j, y := range schoolEffect {
		centre := float64(float64(tau*w[j]) * (y - mu))
		dst[2+j] = centre + float64(schoolError[j]*math.Sqrt(w[j])*dst[2+j])
	}
	return dst
}
