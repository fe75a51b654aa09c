package olfaction

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"

	"natspike/pkg/internal/portable"
	"natspike/pkg/internal/state"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// Config describes a Circuit.
type Config struct {
	Posterior *Posterior
	Metric    metric.Metric // G, n×k, with D = GGᵀ; naive is metric.Identity, natural is Posterior.Natural
	TauE      float64       // τ_E, time constant of the projection neurons, in s
	TauI      float64       // τ_I, time constant of the granule cells, in s
	DT        float64       // Δt, in s
	Positive  bool          // whether c = exp(Gg), which is never negative
}

// A Circuit is a rate circuit of the olfactory bulb whose granule cells sample the
// posterior. Projection neurons r divide the counts by the prediction of the granule
// cells g, and the granule cells follow the remainder:
//
//	τ_E ṙ = s − r ∘ ρ,  ρ = r₀ + Ac,  c = Gg,
//	τ_I ġ = Gᵀ[Aᵀ(r − 1) − λ sign(c)] + √(2τ_I) ξ.
//
// A step of length Δt is exact for r at constant c, and an Euler–Maruyama step for g:
//
//	r ← s/ρ + (r − s/ρ) exp(−ρ Δt/τ_E),
//	g ← g + (Δt/τ_I) Gᵀ[Aᵀ(r − 1) − λ sign(c)] + √(2Δt/τ_I) ξ,  ξ ~ N(0, I).
//
// For τ_E → 0 this is ULA for the posterior with D = GGᵀ and step Δt/τ_I. With a
// larger τ_E the projection neurons lag behind, which adds to the covariance: it adds
// (τ_E/(τ_I ρ̄)) D if the posterior is Gaussian and all rates are ρ̄. Config.Linear has
// what it adds where rates differ.
//
// If Config.Positive is set, c = exp(Gg), and the granule cells follow the flow of
// the density Positive:
//
//	τ_I ġ = Gᵀ[c ∘ (Aᵀ(r − 1) − λ) + 1] + √(2τ_I) ξ.
//
// Otherwise some ρ can become negative. With a step that is too long, or with counts
// that are too low, the circuit can leave the support of the posterior, and then it
// does not sample the posterior; see Warnings.
//
// A Circuit is an mcmc.Sampler whose position is c. Source: package comment.
type Circuit struct {
	p        *Posterior
	g        metric.Metric
	lag      float64 // Δt/τ_E
	h        float64 // Δt/τ_I
	positive bool

	rates

	pull, force, xi []float64 // scratch
}

// rates are the state of the circuit.
type rates struct {
	r []float64 // projection neurons, of length m
	x []float64 // granule cells g, of length k
	c []float64 // concentrations, of length n

	steps, outside int // number of steps, and of those in which some ρ was not positive
}

// NewCircuit returns a circuit that starts with g = 0 and r = s/(r₀ + Ac). It
// refuses a nil Posterior or Metric, a metric of another dimension than n, time
// constants or a Δt that are not positive, and quotients of them that overflow.
func NewCircuit(c Config) (*Circuit, error) {
	if c.Posterior == nil {
		return nil, check.Errorf("Posterior", "is nil")
	}
	if c.Metric == nil {
		return nil, check.Errorf("Metric", "is nil")
	}
	n, k := c.Metric.Dims()
	if n != c.Posterior.n {
		return nil, check.Errorf("Metric", "has dimension %d, want the %d odours", n, c.Posterior.n)
	}
	if err := cmp.Or(check.Positive("TauE", c.TauE, " s"), check.Positive("TauI", c.TauI, " s"), check.Positive("DT", c.DT, " s")); err != nil {
		return nil, err
	}
	if err := cmp.Or(check.Finite("DT/TauE", c.DT/c.TauE), check.Finite("2DT/TauI", 2*c.DT/c.TauI)); err != nil {
		return nil, err
	}
	m := c.Posterior.m
	s := &Circuit{
		p: c.Posterior, g: c.Metric, lag: c.DT / c.TauE, h: c.DT / c.TauI, positive: c.Positive,
		rates: rates{r: make([]float64, m), x: make([]float64, k), c: make([]float64, n)},
		pull:  make([]float64, n), force: make([]float64, k), xi: make([]float64, k),
	}
	s.concentrations()
	for i, count := range s.p.s {
		s.r[i] = count / s.p.Rate(i, s.c)
	}
	return s, nil
}

// concentrations computes c from g.
func (s *Circuit) concentrations() {
	s.g.Mul(s.c, s.x)
	if s.positive {
		portable.ExpTo(s.c, s.c)
	}
}

// Dim returns n, the number of odours.
func (s *Circuit) Dim() int { return s.p.n }

// Position stores c in dst.
func (s *Circuit) Position(dst []float64) {
	check.Length("dst", dst, s.p.n)
	copy(dst, s.c)
}

// Projection stores r, the rates of the projection neurons, in dst, of length m.
func (s *Circuit) Projection(dst []float64) {
	check.Length("dst", dst, s.p.m)
	copy(dst, s.r)
}

// Step takes one time step.
func (s *Circuit) Step(rng *rand.Rand) {
	if s.positive {
		for j := range s.pull {
			s.pull[j] = -s.p.lambda
		}
	} else {
		for j, x := range s.c {
			s.pull[j] = -s.p.lambda * sign(x)
		}
	}
	lowest := math.Inf(1)
	for i, count := range s.p.s {
		rho := s.p.Rate(i, s.c)
		lowest = min(lowest, rho)
		s.r[i] = relaxed(s.r[i], count, rho, s.lag)
		portable.Axpy(s.r[i]-1, s.p.row(i), s.pull)
	}
	if s.steps++; !(lowest > 0) { // also for NaN
		s.outside++
	}
	if s.positive {
		for j, x := range s.c {
			s.pull[j] = 1 + float64(x*s.pull[j])
		}
	}
	s.g.MulTrans(s.force, s.pull)
	stream.Normals(rng, s.xi)
	portable.Axpy(s.h, s.force, s.x)
	portable.Axpy(math.Sqrt(2*s.h), s.xi, s.x)
	s.concentrations()
}

// relaxed returns the solution of ṙ = s − rρ at time t. ρ may have either sign.
func relaxed(r, s, rho, t float64) float64 {
	x := rho * t
	if math.Abs(x) < 1e-9 {
		return r + float64(t*(s-float64(r*rho)))
	}
	rest := s / rho
	return rest + float64((r-rest)*portable.Exp(-x))
}

// A SupportWarning reports steps outside the support of the posterior, where some
// receptor's predicted rate was not positive.
type SupportWarning struct{ Outside, Steps int }

func (w *SupportWarning) Error() string {
	return fmt.Sprintf("olfaction: in %d of %d steps the predicted rate of a receptor was not positive, where the posterior is zero; take a shorter step, a higher baseline, or concentrations that are Positive", w.Outside, w.Steps)
}

// Warnings returns a *SupportWarning, or nothing.
func (s *Circuit) Warnings() []error {
	if s.outside == 0 {
		return nil
	}
	return []error{&SupportWarning{s.outside, s.steps}}
}

const kind = "olfaction.Circuit/1"

func (s *Circuit) fields(c *state.Coder) {
	c.SameFloats("steps over time constants", []float64{s.lag, s.h}, "are not those of the circuit")
	c.Same("metric", metric.Digest(s.g), "is not that of the circuit")
	c.Floats("projection neurons", s.r)
	c.Floats("granule cells", s.x)
	c.Floats("concentrations", s.c)
	c.Count("steps", &s.steps)
	c.Count("steps outside the support", &s.outside)
}

// MarshalBinary returns the state of the circuit in mid-run.
func (s *Circuit) MarshalBinary() ([]byte, error) { return state.Marshal(kind, s.fields) }

// UnmarshalBinary restores a state that a circuit of the same Config saved. After
// an error the circuit is as it was.
func (s *Circuit) UnmarshalBinary(data []byte) error {
	return state.Restore(kind, data, s, (*Circuit).fields)
}
