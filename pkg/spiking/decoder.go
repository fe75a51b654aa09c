package spiking

import (
	"cmp"
	"math/rand/v2"
	"sync"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

const check = arg.Checker("spiking")

// A Decoder is the p×n matrix Γ of a network: a spike of neuron j moves the
// estimate by column j. It is a mat.Matrix, keeps its columns together in memory
// and does not change, so that networks share it.
type Decoder struct {
	p, n    int
	columns []float64      // column j is columns[j·p : (j+1)·p]
	rounded func() *coarse // computes Γ in 16 bits once
}

// NewDecoder returns a copy of Γ, or Γ itself if it is a *Decoder. It refuses a
// matrix that is empty, has an entry that is not finite, or has more than 2²⁶
// entries.
func NewDecoder(gamma mat.Matrix) (*Decoder, error) {
	if d, ok := gamma.(*Decoder); ok && d != nil {
		return d, nil
	}
	if err := checkMatrixSize(gamma, 1); err != nil {
		return nil, err
	}
	rows, err := check.Matrix("Decoder", gamma, -1, -1)
	if err != nil {
		return nil, err
	}
	p, n := gamma.Dims()
	d := newDecoder(p, n)
	for i := range p {
		for j := range n {
			d.columns[j*p+i] = rows[i*n+j]
		}
	}
	return d, nil
}

func newDecoder(p, n int) *Decoder { return decoderOf(p, n, make([]float64, p*n)) }

// decoderOf returns the decoder of the columns given, which it does not copy.
func decoderOf(p, n int, columns []float64) *Decoder {
	d := &Decoder{p: p, n: n, columns: columns}
	d.rounded = sync.OnceValue(func() *coarse { return newCoarse(d) })
	return d
}

// maxEntries is the largest number of entries of a decoder. A network keeps 18 bytes
// for each, 1.2 GB at the limit.
const maxEntries = 1 << 26

// checkMatrixSize returns an error if a decoder of m, or of several like it side by
// side, is too large to allocate.
func checkMatrixSize(m mat.Matrix, times int) error {
	if m == nil {
		return nil // check.Matrix refuses it
	}
	p, n := m.Dims()
	return checkSize(p, times*n)
}

// checkSize returns an error if a p×n decoder is too large to allocate.
func checkSize(p, n int) error {
	if p > 0 && n > maxEntries/p {
		return check.Errorf("Decoder", "of %d dimensions and %d neurons has %.3g entries, %.3g GB; at most %d are allowed",
			p, n, float64(p)*float64(n), float64(p)*float64(n)*8/1e9, maxEntries)
	}
	return nil
}

// Dims returns p and n.
func (d *Decoder) Dims() (p, n int) { return d.p, d.n }

// At returns entry i of column j.
func (d *Decoder) At(i, j int) float64 {
	if uint(i) >= uint(d.p) || uint(j) >= uint(d.n) {
		panic(badIndex)
	}
	return d.columns[j*d.p+i]
}

// T returns Γᵀ.
func (d *Decoder) T() mat.Matrix { return mat.Transpose{Matrix: d} }

// Column returns column j, which the caller must not change.
func (d *Decoder) Column(j int) []float64 { return d.columns[j*d.p : (j+1)*d.p : (j+1)*d.p] }

// first returns the address of the first entry of column j.
func (d *Decoder) first(j int) *float64 { return &d.columns[j*d.p] }

// AddTo adds column j to z.
func (d *Decoder) AddTo(z []float64, j int) { portable.Axpy(1, d.Column(j), z) }

// RandomDecoder returns a dims×neurons decoder with independent N(0, sd²)
// entries. Column j is drawn before column j+1. It refuses numbers of dimensions
// and neurons that are not positive or whose product is above 2²⁶, and an sd that
// is negative, not finite, or so large that an entry is not finite.
func RandomDecoder(rng *rand.Rand, dims, neurons int, sd float64) (*Decoder, error) {
	if err := cmp.Or(check.AtLeast("dims", dims, 1), check.AtLeast("neurons", neurons, 1), check.NonNegative("sd", sd, ""), checkSize(dims, neurons)); err != nil {
		return nil, err
	}
	d := newDecoder(dims, neurons)
	stream.Normals(rng, d.columns)
	for i := range d.columns {
		d.columns[i] *= sd
	}
	if i := arg.FirstNonFinite(d.columns); i >= 0 {
		return nil, check.Errorf("sd", "= %v makes an entry %v", sd, d.columns[i])
	}
	return d, nil
}

// Paired returns [A, −A]: beside each neuron one that undoes its spikes, as
// detailed balance requires. It refuses what NewDecoder refuses.
func Paired(a mat.Matrix) (*Decoder, error) {
	if err := checkMatrixSize(a, 2); err != nil {
		return nil, err
	}
	half, err := NewDecoder(a)
	if err != nil {
		return nil, err
	}
	d := newDecoder(half.p, 2*half.n)
	copy(d.columns, half.columns)
	for i, v := range half.columns {
		d.columns[len(half.columns)+i] = -v
	}
	return d, nil
}

// RandomPairs returns [A, −A] with A = RandomDecoder(rng, dims, neurons/2, sd).
// It refuses an odd number of neurons, and what RandomDecoder refuses.
func RandomPairs(rng *rand.Rand, dims, neurons int, sd float64) (*Decoder, error) {
	if neurons <= 0 || neurons%2 != 0 {
		return nil, check.Errorf("neurons", "= %d cannot form pairs ±Γ_j: want an even, positive number", neurons)
	}
	if err := checkSize(dims, neurons); err != nil {
		return nil, err
	}
	a, err := RandomDecoder(rng, dims, neurons/2, sd)
	if err != nil {
		return nil, err
	}
	return Paired(a)
}

// checkPairs returns an error if column j + n/2 of d is not minus column j, for
// j < n/2.
func checkPairs(d *Decoder) error {
	if d.n%2 != 0 {
		return check.Errorf("Decoder", "has %d neurons, an odd number, which cannot form the pairs ±Γ_j of detailed balance; set Unpaired to do without them", d.n)
	}
	half := d.n / 2
	for j := range half {
		for i := range d.p {
			if a, b := d.At(i, j), d.At(i, j+half); a != -b {
				return check.Errorf("Decoder", "is not [A, −A]: entry (%d, %d) is %v and entry (%d, %d) is %v; set Unpaired to do without pairs", i, j, a, i, j+half, b)
			}
		}
	}
	return nil
}
