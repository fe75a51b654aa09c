package boltzmann

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
)

// MaxEnumerated is the largest number of variables that Probabilities sums over:
// 2²⁰ states.
const MaxEnumerated = 20

// A Machine is a Boltzmann machine: p(z) ∝ exp(½ zᵀWz + bᵀz), z ∈ {0,1}ⁿ. It does
// not change, and many samplers can share it.
type Machine struct {
	n int
	w []float64 // W, n×n by rows
	b []float64 // n
}

// New returns the machine with weights W, n×n, and biases b, of length n. Both
// are numbers without a unit. It refuses an empty b, entries that are not finite,
// a W that is not symmetric, a W that is not zero on its diagonal, and entries whose
// absolute values have a sum that overflows. The sum is a bound on |log p|.
func New(w mat.Matrix, b []float64) (*Machine, error) {
	if err := check.AtLeast("number of biases", len(b), 1); err != nil {
		return nil, err
	}
	m := &Machine{n: len(b)}
	var err error
	if m.b, err = check.Vector("b", b, m.n); err != nil {
		return nil, err
	}
	if m.w, err = check.Symmetric("W", w, m.n); err != nil {
		return nil, err
	}
	for k := range m.n {
		if x := m.w[k*m.n+k]; x != 0 {
			return nil, check.Errorf("W", "has %v at (%d, %d), and its diagonal must be zero", x, k, k)
		}
	}
	size := 0.0
	for _, x := range slices.Concat(m.w, m.b) {
		size += math.Abs(x)
	}
	if err := check.Finite("sum of |W| and |b|", size); err != nil {
		return nil, err
	}
	return m, nil
}

// Dim returns n.
func (m *Machine) Dim() int { return m.n }

// LogProb returns log p(z) without its constant, ½ zᵀWz + bᵀz.
func (m *Machine) LogProb(z []float64) float64 {
	check.Length("z", z, m.n)
	e := 0.0
	for k, x := range z {
		e += float64(x * (m.b[k] + float64(0.5*portable.Dot(m.row(k), z))))
	}
	return e
}

// Potential returns u_k = b_k + Σ_j W_kj z_j, the logarithm of the odds of z_k = 1
// given the other variables.
func (m *Machine) Potential(k int, z []float64) float64 {
	return m.b[k] + portable.Dot(m.row(k), z)
}

func (m *Machine) row(k int) []float64 { return m.w[k*m.n : (k+1)*m.n] }

// Probabilities returns p(z) for all 2ⁿ states. Bit k of the index of a state is
// z_k. It refuses a machine of more than MaxEnumerated variables.
func (m *Machine) Probabilities() ([]float64, error) {
	if m.n > MaxEnumerated {
		return nil, check.Errorf("number of variables", "= %d gives 2^%[1]d states, and at most 2^%d are summed", m.n, MaxEnumerated)
	}
	p := make([]float64, 1<<m.n)
	top := 0.0
	// A state without its lowest bit k has the log probability of the state less the
	// potential of variable k.
	for state := 1; state < len(p); state++ {
		k := bits.TrailingZeros(uint(state))
		rest, u := state&(state-1), m.b[k]
		for r := rest; r != 0; r &= r - 1 {
			u += m.w[k*m.n+bits.TrailingZeros(uint(r))]
		}
		p[state] = p[rest] + u
		top = max(top, p[state])
	}
	total := 0.0
	for i, e := range p {
		p[i] = portable.Exp(e - top)
		total += p[i]
	}
	for i := range p {
		p[i] /= total
	}
	return p, nil
}

// Moments returns the exact mean and covariance of z, by a sum over all states.
// It refuses what Probabilities refuses.
func (m *Machine) Moments() (mean []float64, cov *mat.SymDense, err error) {
	p, err := m.Probabilities()
	if err != nil {
		return nil, nil, err
	}
	mean, cov = make([]float64, m.n), mat.NewSymDense(m.n, nil)
	for state, q := range p {
		for r := state; r != 0; r &= r - 1 {
			i := bits.TrailingZeros(uint(r))
			mean[i] += q
			for s := r; s != 0; s &= s - 1 {
				j := bits.TrailingZeros(uint(s))
				cov.SetSym(i, j, cov.At(i, j)+q)
			}
		}
	}
	for i := range m.n {
		for j := i; j < m.n; j++ {
			cov.SetSym(i, j, cov.At(i, j)-float64(mean[i]*mean[j]))
		}
	}
	return mean, cov, nil
}

// Index returns the index in Probabilities of the state z, whose elements are 0
// or 1.
func Index(z []float64) int {
	index := 0
	for k, x := range z {
		if x != 0 {
			index |= 1 << k
		}
	}
	return index
}

// binary returns a copy of a start, or an error if an element is neither 0 nor 1.
// A nil start stands for zeros.
func (m *Machine) binary(start []float64) ([]float64, error) {
	if start == nil {
		return make([]float64, m.n), nil
	}
	z, err := check.Vector("start", start, m.n)
	if err != nil {
		return nil, err
	}
	for k, x := range z {
		if x != 0 && x != 1 {
			return nil, check.Errorf("start", "has %v at %d, want 0 or 1", x, k)
		}
	}
	return z, nil
}
