package metric_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
)

// One word chooses the metric of any target.
func ExampleGeometry_Of() {
	target, err := density.Equicorrelated(4, 0.75, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range []string{"naive", "Σ^0.5", "natural"} {
		geometry, err := metric.Parse(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		m, err := geometry.Of(target)
		if err != nil {
			fmt.Println(err)
			return
		}
		d := metric.Diffusion(m)
		fmt.Printf("%-7v  D₀₀ = %.3f, D₀₁ = %.3f\n", geometry, d.At(0, 0), d.At(0, 1))
	}
	// Output:
	// naive    D₀₀ = 1.000, D₀₁ = 0.000
	// Σ^0.5    D₀₀ = 0.826, D₀₁ = 0.326
	// natural  D₀₀ = 1.000, D₀₁ = 0.750
}

// Two directions in which the target is wide, and a little noise in all others:
// D is never formed, and its noise has one dimension for each coordinate and one
// for each direction.
func ExampleDiagonalPlusLowRank() {
	wide := mat.NewDense(5, 2, []float64{
		1, 0,
		1, 0,
		0, 2,
		0, 2,
		0, 2,
	})
	m, err := metric.DiagonalPlusLowRank([]float64{0.1, 0.1, 0.1, 0.1, 0.1}, wide)
	if err != nil {
		fmt.Println(err)
		return
	}
	state, noise := m.Dims()
	fmt.Println(state, noise)
	fmt.Println(mat.Formatted(metric.Diffusion(m)))
	// Output:
	// 5 7
	// ⎡1.1    1    0    0    0⎤
	// ⎢  1  1.1    0    0    0⎥
	// ⎢  0    0  4.1    4    4⎥
	// ⎢  0    0    4  4.1    4⎥
	// ⎣  0    0    4    4  4.1⎦
}

// chain is a metric of one's own for coordinates in a row: the root B adds to each
// coordinate a share of the noise of the one before it.
type chain struct {
	n     int
	share float64
}

func (c chain) Dims() (state, noise int) { return c.n, c.n }

func (c chain) Mul(dst, x []float64) {
	dst[0] = x[0]
	for i := 1; i < c.n; i++ {
		dst[i] = x[i] + c.share*x[i-1]
	}
}

func (c chain) MulTrans(dst, x []float64) {
	for i := range c.n - 1 {
		dst[i] = x[i] + c.share*x[i+1]
	}
	dst[c.n-1] = x[c.n-1]
}

// A metric of one's own, chosen for a target like any other.
func ExampleFixed() {
	target, err := density.Equicorrelated(3, 0.5, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := metric.Fixed(chain{3, 0.5}).Of(target)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mat.Formatted(metric.Diffusion(m)))
	// Output:
	// ⎡   1   0.5     0⎤
	// ⎢ 0.5  1.25   0.5⎥
	// ⎣   0   0.5  1.25⎦
}
