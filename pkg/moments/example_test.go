package moments_test

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/moments"
)

// Two workers each see half of the draws.
func ExampleMeanCovariance() {
	a, b := moments.NewMeanCovariance(2), moments.NewMeanCovariance(2)
	a.Add([]float64{1, 2})
	a.Add([]float64{3, 6})
	b.Add([]float64{2, 1})
	b.Add([]float64{6, 7})
	a.Merge(b)
	var c mat.SymDense
	a.CovarianceMatrix(&c)
	fmt.Println(a.N(), a.Mean(nil))
	fmt.Printf("%.3f\n", mat.Formatted(&c))
	// Output:
	// 4 [3 4]
	// ⎡4.667  5.333⎤
	// ⎣5.333  8.667⎦
}

func ExampleMeanVariance() {
	m := moments.NewMeanVariance(1)
	for i := range 5 {
		m.Add([]float64{1e9 + float64(i)})
	}
	fmt.Printf("%.0f, %.2f\n", m.Mean(nil), m.Variance(nil))
	// Output:
	// [1000000002], [2.50]
}

// An estimate that jumps by 1 every 400 steps and decays by a thousandth in
// between, for ten million steps.
func ExamplePath() {
	decay, err := moments.NewDecay(0.999)
	if err != nil {
		fmt.Println(err)
		return
	}
	path := moments.NewPath(1)
	x := 0.0
	for range 25_000 {
		x = x*decay.Factor() + 1
		path.AddSegment([]float64{x}, decay, 400)
		x *= decay.Power(399)
	}
	lo, hi := path.Extremes(nil, nil)
	fmt.Printf("%d steps: mean %.4f, variance %.4f, between %.4f and %.4f\n", path.N(), path.Mean(nil)[0], path.Variance(nil)[0], lo[0], hi[0])
	// Output:
	// 10000000 steps: mean 2.4998, variance 0.0834, between 0.6709 and 3.0320
}

// The steps of two workers, of whom the second is the later.
func ExamplePath_Merge() {
	first, second := moments.NewPath(1), moments.NewPath(1)
	first.Add([]float64{1})
	second.Add([]float64{2})
	second.Add([]float64{6})
	first.Merge(second)
	fmt.Printf("%d steps: mean %.1f, variance %.1f\n", first.N(), first.Mean(nil)[0], first.Variance(nil)[0])
	second.Reset()
	fmt.Println(second.N(), "steps")
	// Output:
	// 3 steps: mean 3.0, variance 4.7
	// 0 steps
}
