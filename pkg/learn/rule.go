// Package learn learns the geometry of a sampling network from what the network is
// shown and what it samples by itself.
//
// In natural geometry the drift of the network, −(z − μ)/τ_s, does not contain the
// target's covariance Σ. All that the network must know of it is the covariance
// D = BBᵀ of its noise. The rule changes B, one connection from each unit of noise to
// each coordinate of the sample:
//
//	ΔB = η [⟨x(Bᵀx)ᵀ⟩ − ⟨z(Bᵀz)ᵀ⟩],
//
// with x what the network is shown and z what it samples, both without their mean. It
// is Hebbian while the network is shown something and anti-Hebbian while it is free, as
// the rule of a Boltzmann machine is, and local: the change of B_ik needs coordinate i
// of the sample and the activity (Bᵀx)_k of noise unit k. On average
// ΔB = η(X − C)B with X = ⟨xxᵀ⟩ and C = ⟨zzᵀ⟩, which stops where the samples have the
// covariance of what is shown. That corrects what else makes C differ from D, such as
// the size of spikes, as far as D ≥ 0 allows.
//
// In a network that spikes with probability, B is a part of the decoder and not of the
// noise. SpikeRule learns it from spikes alone.
package learn

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
)

const check = arg.Checker("learn")

const (
	badLength = "learn: slice of wrong length"
	badNeuron = "learn: no such neuron"
)

// A Rule holds B and learns it.
type Rule struct {
	root
	eta         float64
	shown, free half
	square      []float64 // Σ xxᵀ over what is shown, p×p by rows
	largest     float64   // largest eigenvalue of X in the last Apply
}

// A root is B, which is learned.
type root struct {
	p, k int
	b    []float64 // p×k by rows
}

// set makes next the matrix B, or returns an error if it is not finite.
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

// A half sums x(Bᵀx)ᵀ over samples.
type half struct {
	n    int
	sum  []float64 // p×k by rows
	unit []float64 // Bᵀx
}

func newHalf(p, k int) half { return half{sum: make([]float64, p*k), unit: make([]float64, k)} }

func (h *half) add(b, x []float64) {
	h.n++
	portable.MulTransVec(h.unit, b, x)
	for i, v := range x {
		portable.Axpy(v, h.unit, h.sum[i*len(h.unit):(i+1)*len(h.unit)])
	}
}

func (h *half) clear() {
	h.n = 0
	clear(h.sum)
}

// NewRule returns a rule that begins at B = b, p×k, of which it keeps a copy, with the
// learning rate η, in units of one over a variance. It refuses a b that is empty or not
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
	return &Rule{root: root{p, k, rows}, eta: eta, shown: newHalf(p, k), free: newHalf(p, k), square: make([]float64, p*p)}, nil
}

// Show takes in a sample x, without its mean, of what the network is shown.
func (r *Rule) Show(x []float64) {
	r.take(&r.shown, x)
	for i, v := range x {
		portable.Axpy(v, x, r.square[i*r.p:(i+1)*r.p])
	}
}

// Free takes in a sample z, without its mean, that the network made by itself.
func (r *Rule) Free(z []float64) { r.take(&r.free, z) }

func (r *Rule) take(h *half, x []float64) {
	if len(x) != r.p {
		panic(badLength)
	}
	h.add(r.b, x)
}

// Apply changes B by what the samples since the last Apply say. It refuses to without
// samples of both kinds, if B would not be finite, and if the covariance of what is
// shown would not; B then stays as it is.
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

// A RateWarning reports a learning rate at which B does not settle. Near the natural
// geometry, where the samples have the covariance BBᵀ, the error along a direction of
// variance λ is multiplied by 1 − 2ηλ each time, so that η must be below 1/λ for the
// largest λ.
type RateWarning struct{ Rate, Limit float64 }

func (w *RateWarning) Error() string {
	return fmt.Sprintf("learn: a learning rate of %.3g does not settle, since what is shown has a variance of %.3g along one direction; take one well below %.3g", w.Rate, 1/w.Limit, w.Limit)
}

// Warnings returns a *RateWarning after an Apply whose rate was too large for what was
// shown, or nothing.
func (r *Rule) Warnings() []error {
	if r.eta*r.largest < 1 {
		return nil
	}
	return []error{&RateWarning{r.eta, 1 / r.largest}}
}
