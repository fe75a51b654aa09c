package dataset_test

import (
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
)

// The data have the size, the class counts and the ranges that their
// description gives.
func TestBreastCancer(t *testing.T) {
	b := dataset.BreastCancer()
	if r, c := b.X.Dims(); r != 569 || c != 30 || len(b.Y) != 569 || len(b.Columns) != 30 {
		t.Fatalf("%d×%d features, %d outcomes, %d names", r, c, len(b.Y), len(b.Columns))
	}
	if n := floats.Sum(b.Y); n != 212 {
		t.Errorf("%v malignant, want 212", n)
	}
	for _, c := range []struct {
		column          int
		name            string
		lowest, highest float64
	}{
		{0, "radius (mean)", 6.981, 28.11},
		{3, "area (mean)", 143.5, 2501},
		{13, "area (se)", 6.802, 542.2},
		{20, "radius (worst)", 7.93, 36.04},
		{26, "concavity (worst)", 0, 1.252},
	} {
		v := mat.Col(nil, c.column, b.X)
		if b.Columns[c.column] != c.name || floats.Min(v) != c.lowest || floats.Max(v) != c.highest {
			t.Errorf("column %d is %q from %v to %v, want %q from %v to %v",
				c.column, b.Columns[c.column], floats.Min(v), floats.Max(v), c.name, c.lowest, c.highest)
		}
	}
	radius, perimeter, area := mat.Col(nil, 0, b.X), mat.Col(nil, 2, b.X), mat.Col(nil, 3, b.X)
	if r, s := stat.Correlation(radius, perimeter, nil), stat.Correlation(radius, area, nil); r < 0.98 || s < 0.98 {
		t.Errorf("the radius has correlations %v and %v with perimeter and area", r, s)
	}
}

func TestDesign(t *testing.T) {
	b := dataset.BreastCancer()
	x, columns := b.Design()
	if r, c := x.Dims(); r != 569 || c != 31 || len(columns) != 31 || columns[0] != "intercept" || columns[1] != b.Columns[0] {
		t.Fatalf("%d×%d design with columns %q", r, c, columns)
	}
	for j := range 31 {
		mean, sd := stat.MeanStdDev(mat.Col(nil, j, x), nil)
		if j == 0 && (mean != 1 || sd != 0) {
			t.Errorf("the intercept has mean %v and standard deviation %v", mean, sd)
		}
		if j > 0 && (math.Abs(mean) > 1e-12 || math.Abs(sd-1) > 1e-12) {
			t.Errorf("%s has mean %v and standard deviation %v", columns[j], mean, sd)
		}
	}
}

func ExampleBreastCancer() {
	x, columns := dataset.BreastCancer().Design()
	posterior, err := density.NewLogistic(x, dataset.BreastCancer().Y, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	laplace, err := posterior.Laplace()
	if err != nil {
		fmt.Println(err)
		return
	}
	mode, variances := laplace.Mean(nil), laplace.Eigen(nil, nil)
	fmt.Printf("%d tumours, %d coefficients\n", posterior.Terms(), posterior.Dim())
	fmt.Printf("mode of %q: %.3f\n", columns[22], mode[22])
	fmt.Printf("posterior standard deviations from %.2f to %.2f along its axes\n", math.Sqrt(variances[0]), math.Sqrt(variances[30]))
	// Output:
	// 569 tumours, 31 coefficients
	// mode of "texture (worst)": 1.313
	// posterior standard deviations from 0.11 to 1.00 along its axes
}
