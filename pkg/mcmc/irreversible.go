package mcmc

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// Irreversible is Langevin dynamics with a constant skew-symmetric S,
//
//	dx = (D + S)∇log p(x) dt + √2 B dW,  D = BBᵀ,
//
// split into its deterministic and its random part. A step first follows the
// flow
//
//	dx = S∇log p(x) dt
//
// for the time h by the classical Runge–Kutta scheme of fourth order in a number
// of substeps. The flow leaves p invariant, since it has no divergence and keeps
// log p. Then it takes a step of length h of MALA, which leaves p invariant
// exactly. The splitting has no bias. That of the Runge–Kutta scheme falls with the
// fourth power of h/substeps. Euler–Maruyama takes S and the noise in one step, and
// has a bias that grows with S.
//
// It has the methods of MALA, also those by which a Warmup finds a step size and a
// metric. They look at the random part alone.
//
// Duncan, Pavliotis and Zygalakis, "Nonreversible Langevin samplers: splitting
// schemes, analysis and implementation" (2017), §4 (arXiv:1701.04247).
type Irreversible struct {
	MALA                                       // of the random part
	skew                             []float64 // S by rows
	substeps                         int
	slope, stage, increment, ofStage []float64 // of the Runge–Kutta scheme, of length d
}

// IrreversibleConfig holds the settings of Irreversible.
type IrreversibleConfig struct {
	Skew     mat.Matrix // S, d×d, skew-symmetric; see recipe.OptimalSkew
	Substeps int        // Runge–Kutta steps in a step, of four gradients each; 1 if zero
}

// NewIrreversible returns irreversible Langevin dynamics for p from x0, of which
// it keeps a copy, with step h, the metric D of the geometry g and the S of c.
// Its flow is unstable if h/c.Substeps times the largest frequency of the flow is
// beyond 2.8. Where it leads to a log density that is not finite, the position becomes
// NaN, which ends a run with a *DivergedError. It refuses what NewMALA refuses, an S of another size, not finite
// or not skew-symmetric, and negative Substeps.
func NewIrreversible(p density.Density, x0 []float64, h float64, g metric.Geometry, c IrreversibleConfig) (*Irreversible, error) {
	if c.Substeps == 0 {
		c.Substeps = 1
	}
	if err := check.AtLeast("Substeps", c.Substeps, 0); err != nil {
		return nil, err
	}
	mala, err := NewMALA(p, x0, h, g)
	if err != nil {
		return nil, err
	}
	n := p.Dim()
	skew, err := check.Skew("Skew", c.Skew, n)
	if err != nil {
		return nil, err
	}
	v := func() []float64 { return make([]float64, n) }
	return &Irreversible{MALA: *mala, skew: skew, substeps: c.Substeps, slope: v(), stage: v(), increment: v(), ofStage: v()}, nil
}

// Step moves the chain by one step, at the price of 4·Substeps + 2 gradients.
func (k *Irreversible) Step(rng *rand.Rand) {
	for range k.substeps {
		k.flow(k.h / float64(k.substeps))
	}
	k.evaluate(&k.point)
	if math.IsNaN(k.logp) || math.IsInf(k.logp, 0) { // MALA would stay there for ever
		for i := range k.x {
			k.x[i] = math.NaN()
		}
	}
	k.MALA.Step(rng)
}

// flow moves x by one Runge–Kutta step of length h of dx = S∇log p(x) dt.
func (k *Irreversible) flow(h float64) {
	clear(k.increment)
	copy(k.stage, k.x)
	for i, weight := range [4]float64{h / 6, h / 3, h / 3, h / 6} {
		k.target.ScoreInput(k.ofStage, k.stage)
		portable.MulVec(k.slope, k.skew, k.ofStage)
		portable.Axpy(weight, k.slope, k.increment)
		ahead := [4]float64{h / 2, h / 2, h, 0}[i]
		copy(k.stage, k.x)
		portable.Axpy(ahead, k.slope, k.stage)
	}
	portable.Axpy(1, k.increment, k.x)
	k.gradients += 4
}
