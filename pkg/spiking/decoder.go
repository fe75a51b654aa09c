package spiking

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
	"natspike/pkg/stream"
)

const check = arg.Checker("spiking")

// A Decoder is the p×n matrix Γ of a network: a spike of neuron j moves the
// estimate by column j. It is a mat.Matrix, keeps its columns together in memory
// and does not change.
type Decoder struct {
	p, n    int
	columns []float64 // column j is columns[j·p : (j+1)·p]
}

// NewDecoder returns a copy of Γ. It refuses a matrix that is empty or has an
// entry that is not finite.
func NewDecoder(gamma mat.Matrix) (*Decoder, error) {
	if d, ok := gamma.(*Decoder); ok && d != nil {
		return d, nil
	}
	rows, err := check.Matrix("Decoder", gamma, -1, -1)
	if err != nil {
		return nil, err
	}
	p, n := gamma.Dims()
	return &Decoder{p, n, transpose(rows, p, n)}, nil
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

// AddTo adds column j to z.
func (d *Decoder) AddTo(z []float64, j int) { portable.Axpy(1, d.Column(j), z) }

// RandomDecoder returns a dims×neurons decoder with independent N(0, sd²)
// entries. Column j is drawn before column j+1. It panics if there are no
// dimensions or no neurons.
func RandomDecoder(rng *rand.Rand, dims, neurons int, sd float64) *mat.Dense {
	g := mat.NewDense(dims, neurons, nil)
	for j := range neurons {
		for d := range dims {
			g.Set(d, j, sd*stream.Normal(rng))
		}
	}
	return g
}

// Paired returns [A, −A]: beside each neuron one that undoes its spikes, which
// detailed balance asks for.
func Paired(a mat.Matrix) *mat.Dense {
	dims, half := a.Dims()
	g := mat.NewDense(dims, 2*half, nil)
	for d := range dims {
		for j := range half {
			v := a.At(d, j)
			g.Set(d, j, v)
			g.Set(d, j+half, -v)
		}
	}
	return g
}

// RandomPairs returns [A, −A] with A = RandomDecoder(rng, dims, neurons/2, sd).
// It refuses an odd number of neurons and one that is not positive.
func RandomPairs(rng *rand.Rand, dims, neurons int, sd float64) (*mat.Dense, error) {
	if neurons <= 0 || neurons%2 != 0 {
		return nil, check.Errorf("neurons", "= %d cannot form pairs ±Γ_j: want an even, positive number", neurons)
	}
	if dims <= 0 {
		return nil, check.Errorf("dims", "= %d is not positive", dims)
	}
	return Paired(RandomDecoder(rng, dims, neurons/2, sd)), nil
}

// checkPairs says whether column j + n/2 of Γ is minus column j, where rows
// holds the columns of Γ one after the other.
func checkPairs(rows []float64, n, p int) error {
	if n%2 != 0 {
		return check.Errorf("Decoder", "has %d neurons, an odd number, which cannot form the pairs ±Γ_j of detailed balance; set Unpaired to do without them", n)
	}
	half := n / 2
	for j := range half {
		for d := range p {
			if rows[j*p+d] != -rows[(j+half)*p+d] {
				return check.Errorf("Decoder", "is not [A, −A]: entry (%d, %d) is %v and entry (%d, %d) is %v; set Unpaired to do without pairs",
					d, j, rows[j*p+d], d, j+half, rows[(j+half)*p+d])
			}
		}
	}
	return nil
}
