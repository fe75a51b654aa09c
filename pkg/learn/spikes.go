package learn

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// A SpikeRule holds B and learns it from the spikes of a probabilistic spiking network,
// such as spiking.Metropolis. There Γ = BA: neuron j drives k units by a_j, and these
// move the estimate by Γ_j = Ba_j. Through the same connections the neuron receives the
// gradient of the log density, Σ⁻¹(μ − θ), so that its voltage is
// V_j = Γ_jᵀΣ⁻¹(μ − θ). In naive geometry, B = I, correlations make neurons silent.
//
// In N steps, each of which proposes one of n neurons, neuron j spikes c_j times. The
// rule is
//
//	ΔB = η Σ_j (c_j/N − q_j/n) Γ_j a_jᵀ/|a_j|²,  q_j = 2Φ(−|a_j|/2).
//
// The first term is Hebbian: a spike strengthens its own connections, B_ik by the
// product of the move of coordinate i and the drive of unit k. The second weakens all
// connections at a constant rate. The rule needs no samples, only spikes.
//
// Without leak, neuron j accepts the share 2Φ(−√Ω_jj/2) of its proposals, with
// Ω_jj = a_jᵀBᵀΣ⁻¹Ba_j. The rule therefore stops at the natural geometry,
// BᵀΣ⁻¹B = I and BBᵀ = Σ, where this share is q_j. Along a direction in which Γ is too
// short, too many proposals are accepted and Γ grows. Along one in which it is too long,
// too few are accepted and it shrinks. The change of B is B times a matrix, so that BBᵀ
// stays positive definite, and a network that is silent at first becomes active.
//
// Let B = Σ^½(1 + E) with a small symmetric E of trace zero, and let the a_j have equal
// length |a| and be distributed isotropically. A change then multiplies E by 1 − 2h on
// average, with h = ηβ/(k(k+2)) and β = |a| φ(|a|/2). In the stationary state an
// off-diagonal entry of E has the variance ηq/(4βN(1 − h)), if spikes in different steps
// are independent. In networks without leak and with a_j of equal length, the measured
// variance is 1.03 times this at k = 4 and 1.10 times at k = 10, with standard errors of
// 0.02. A leak biases the stationary state: with τ_m = 20 ms and k = 10 the diagonal of E
// is −0.0065 ± 0.0003.
//
// The rule follows Vihola, Statistics and Computing 22 (2012), who adapts the shape of
// the proposals of a Metropolis sampler. Here each neuron has its own target acceptance
// rate, and a change sums over many steps.
type SpikeRule struct {
	root
	n      int
	eta    float64
	unit   []float64 // a_j/|a_j|, n×k by rows
	accept []float64 // q_j
	spikes []int64   // c_j
}

// NewSpikeRule returns a rule that starts with a copy of b, p×k, as B, for the n neurons
// of the decoder a = [A, −A], k×n. The learning rate η has no unit. It refuses matrices
// that are empty, not finite or of shapes that disagree, a column of a that is zero or
// so long that its neuron never spikes, fewer than k(k+1)/2 pairs of neurons, since
// their rates do not determine the k(k+1)/2 entries of BᵀΣ⁻¹B, and an η that is not
// positive or so large that connections would change sign while no neuron spikes.
func NewSpikeRule(b, a mat.Matrix, eta float64) (*SpikeRule, error) {
	rows, err := check.Matrix("B", b, -1, -1)
	if err != nil {
		return nil, err
	}
	p, k := b.Dims()
	columns, err := check.Matrix("decoder", a, k, -1)
	if err != nil {
		return nil, err
	}
	if err := check.Positive("η", eta, ""); err != nil {
		return nil, err
	}
	n := len(columns) / k
	if need := k * (k + 1); n < need {
		return nil, check.Errorf("decoder", "has %d neurons in %d dimensions, want at least %d: the rates of fewer do not determine the geometry", n, k, need)
	}
	r := &SpikeRule{root: root{p, k, rows}, n: n, eta: eta, unit: make([]float64, n*k), accept: make([]float64, n), spikes: make([]int64, n)}
	for j := range n {
		u := r.unit[j*k : (j+1)*k]
		for i := range u {
			u[i] = columns[i*n+j]
		}
		length := math.Sqrt(portable.Dot(u, u))
		if r.accept[j] = portable.Erfc(length / (2 * math.Sqrt2)); !(length > 0 && r.accept[j] > 0) {
			return nil, check.Errorf("decoder", "has a column %d of length %v, want more than 0, and less than 75 for the neuron ever to spike", j, length)
		}
		for i := range u {
			u[i] /= length
		}
	}
	values := make([]float64, k)
	portable.EigenSym(values, make([]float64, k*k), r.moment(1), k)
	if fastest := -1 / values[0]; eta >= fastest {
		return nil, check.Errorf("η", "= %v does not settle: a network without a spike would reverse the sign of its connections; take one well below %.3g", eta, fastest)
	}
	return r, nil
}

// moment returns Σ_j (c_j/N − q_j/n) a_j a_jᵀ/|a_j|², k×k.
func (r *SpikeRule) moment(steps int64) []float64 {
	m := make([]float64, r.k*r.k)
	for j, c := range r.spikes {
		u := r.unit[j*r.k : (j+1)*r.k]
		w := float64(c)/float64(steps) - r.accept[j]/float64(r.n)
		for i, v := range u {
			portable.Axpy(w*v, u, m[i*r.k:(i+1)*r.k])
		}
	}
	return m
}

// Spike adds a spike of neuron j.
func (r *SpikeRule) Spike(j int) {
	if uint(j) >= uint(r.n) {
		panic(badNeuron)
	}
	r.spikes[j]++
}

// Apply changes B by the rule, with the spikes since the last Apply, in which the
// network made the given number of steps. It returns an error, and does not change B,
// if steps is not positive or below the number of spikes, or if B would not be finite.
func (r *SpikeRule) Apply(steps int64) error {
	total := int64(0)
	for _, c := range r.spikes {
		total += c
	}
	if steps < max(total, 1) {
		return check.Errorf("steps", "= %d, want at least one, and one for each of %d spikes", steps, total)
	}
	m := r.moment(steps)
	next, change := append([]float64(nil), r.b...), make([]float64, r.k)
	for i := 0; i < len(next); i += r.k {
		portable.MulTransVec(change, m, r.b[i:i+r.k])
		portable.Axpy(r.eta, change, next[i:i+r.k])
	}
	if err := r.set(next, r.eta); err != nil {
		return err
	}
	clear(r.spikes)
	return nil
}
