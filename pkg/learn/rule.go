// Package learn learns the geometry of a sampling network from data that the network
// is shown and from its own samples.
//
// In natural geometry the drift of the network, −(z − μ)/τ_s, does not contain the
// target's covariance Σ. Only the covariance D = BBᵀ of the network's noise depends on
// Σ. The rule changes B, which has one connection from each unit of noise to each
// coordinate of the sample:
//
//	ΔB = η [⟨x(Bᵀx)ᵀ⟩ − ⟨z(Bᵀz)ᵀ⟩],
//
// with data x and samples z, both without their mean. Like the rule of a Boltzmann
// machine, it is Hebbian while the network is shown data and anti-Hebbian while it
// samples freely. It is local: the change of B_ik needs coordinate i of the sample and
// the activity (Bᵀx)_k of noise unit k. On average ΔB = η(X − C)B with X = ⟨xxᵀ⟩ and
// C = ⟨zzᵀ⟩, so that learning stops when the samples have the covariance of the data.
// The rule also compensates other differences between C and D, such as that due to the
// size of spikes, as far as D ≥ 0 allows.
//
// In a probabilistic spiking network, B is part of the decoder and not of the noise.
// SpikeRule learns it from spikes alone.
package learn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
)

const check = arg.Checker("learn")

const badNeuron = "learn: no such neuron"

// A Rule holds B and learns it.
type Rule struct {
	root
	eta         float64
	shown, free phase
	square      []float64 // Σ xxᵀ over the data, p×p by rows
	largest     float64   // largest eigenvalue of X in the last Apply
}

// A root holds B, the root of D that is learned.
type root struct {
	p, k int
	b    []float64 // p×k by rows
}

// set sets B to next, or returns an error if next is not finite.
func (r *root) set(next []float64, eta float64) error {
	if i := arg.FirstNonFinite(next); i >= 0 {
		return check.Errorf("B", "would be %v at (%d, %d): take a smaller η than %v", next[i], i/r.k, i%r.k, eta)
	}
	r.b = next
	return nil
}

// B returns a copy of B.
func (r *root) B() *mat.Dense { return mat.NewDense(r.p, r.k, append([]float64(nil), r.b...)) }

// Diffusion returns D = BBᵀ.
func (r *root) Diffusion() *mat.SymDense {
	d := mat.NewSymDense(r.p, nil)
	d.SymOuterK(1, r.B())
	return d
}

// A phase sums x(Bᵀx)ᵀ over the data or over the samples.
type phase struct {
	n    int
	sum  []float64 // p×k by rows
	unit []float64 // Bᵀx
}

func newPhase(p, k int) phase { return phase{sum: make([]float64, p*k), unit: make([]float64, k)} }

func (f *phase) add(b, x []float64) {
	f.n++
	portable.MulTransVec(f.unit, b, x)
	for i, v := range x {
		portable.Axpy(v, f.unit, f.sum[i*len(f.unit):(i+1)*len(f.unit)])
	}
}

func (f *phase) clear() {
	f.n = 0
	clear(f.sum)
}

// NewRule returns a rule that starts with a copy of b, p×k, as B. The learning rate η
// has the unit of one over a variance. It refuses a b that is empty or not
// finite, and an η that is not positive.
func NewRule(b mat.Matrix, eta float64) (*Rule, error) {
	rows, err := check.Matrix("B", b, -1, -1)
	if err != nil {
		return nil, err
	}
	if err := check.Positive("η", eta, ""); err != nil {
		return nil, err
	}
	p, k := b.Dims()
	return &Rule{root: root{p, k, rows}, eta: eta, shown: newPhase(p, k), free: newPhase(p, k), square: make([]float64, p*p)}, nil
}

// Show adds a data point x, without the mean of the data.
func (r *Rule) Show(x []float64) {
	r.take(&r.shown, x)
	for i, v := range x {
		portable.Axpy(v, x, r.square[i*r.p:(i+1)*r.p])
	}
}

// Free adds a sample z of the network, without the mean of the samples.
func (r *Rule) Free(z []float64) { r.take(&r.free, z) }

func (r *Rule) take(f *phase, x []float64) {
	check.Length("x", x, r.p)
	f.add(r.b, x)
}

// Apply changes B by the rule, with averages over the data and samples since the last
// Apply. It returns an error, and does not change B, if there are no data or no samples,
// or if B or the covariance of the data would not be finite.
func (r *Rule) Apply() error {
	if r.shown.n == 0 || r.free.n == 0 {
		return check.Errorf("number of samples", "= %d shown and %d free, want some of both", r.shown.n, r.free.n)
	}
	next := append([]float64(nil), r.b...)
	portable.Axpy(r.eta/float64(r.shown.n), r.shown.sum, next)
	portable.Axpy(-r.eta/float64(r.free.n), r.free.sum, next)
	if i := arg.FirstNonFinite(r.square); i >= 0 {
		return check.Errorf("what is shown", "is so large that its covariance is %v at (%d, %d)", r.square[i], i/r.p, i%r.p)
	}
	if err := r.set(next, r.eta); err != nil {
		return err
	}
	values := make([]float64, r.p)
	portable.EigenSym(values, make([]float64, r.p*r.p), r.square, r.p)
	r.largest = values[r.p-1] / float64(r.shown.n)
	r.shown.clear()
	r.free.clear()
	clear(r.square)
	return nil
}

// A RateWarning reports a learning rate at which B does not converge. Near the natural
// geometry, where the samples have the covariance BBᵀ, each Apply multiplies the error
// along a direction of variance λ by 1 − 2ηλ, so that η must be below 1/λ for the
// largest λ.
type RateWarning struct{ Rate, Limit float64 }

func (w *RateWarning) Error() string {
	return fmt.Sprintf("learn: a learning rate of %.3g does not settle, since what is shown has a variance of %.3g along one direction; take one well below %.3g", w.Rate, 1/w.Limit, w.Limit)
}

// Warnings returns a *RateWarning after an Apply with a rate that was too large for
// the data, or nil.
func (r *Rule) Warnings() []error {
	if r.eta*r.largest < 1 {
		return nil
	}
	return []error{&RateWarning{r.eta, 1 / r.largest}}
}
