package moments

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/stream"
)

// In one pass or in parts that are merged, the moments are those of gonum.
func TestMoments(t *testing.T) {
	x := correlatedDraws(200)
	check := func(what string, v *MeanVariance, c *MeanCovariance) {
		t.Helper()
		if v.N() != 200 || c.N() != 200 || v.Dim() != 5 || c.Dim() != 5 || v.Err() != nil || c.Err() != nil {
			t.Fatalf("%s: N = %d and %d, Dim = %d and %d, Err = %v and %v", what, v.N(), c.N(), v.Dim(), c.Dim(), v.Err(), c.Err())
		}
		var cov mat.SymDense
		c.CovarianceMatrix(&cov)
		again := mat.NewSymDense(5, nil)
		c.CovarianceMatrix(again)
		variance, squares := v.Variance(nil), v.SumSquares(nil)
		for j := range 5 {
			mean, want := stat.MeanVariance(mat.Col(nil, j, x), nil)
			closeTo(t, what+": mean", v.Mean(nil)[j], mean, 1e-12)
			closeTo(t, what+": mean", c.Mean(make([]float64, 5))[j], mean, 1e-12)
			closeTo(t, what+": variance", variance[j], want, 1e-12)
			closeTo(t, what+": sum of squares", squares[j], 199*want, 1e-12)
			for k := range 5 {
				closeTo(t, what+": covariance", cov.At(j, k), stat.Covariance(mat.Col(nil, j, x), mat.Col(nil, k, x), nil), 1e-12)
			}
		}
		if !mat.Equal(again, &cov) {
			t.Errorf("%s: CovarianceMatrix differs in a matrix that is given", what)
		}
	}
	v, c := NewMeanVariance(5), NewMeanCovariance(5)
	v.Add([]float64{1, 1, 1, 1, 1})
	c.Add([]float64{1, 1, 1, 1, 1})
	v.Reset()
	c.Reset()
	for i := range 200 {
		v.Add(x.RawRowView(i))
		c.Add(x.RawRowView(i))
	}
	check("one pass", v, c)

	v, c = NewMeanVariance(5), NewMeanCovariance(5)
	for _, part := range [][2]int{{0, 0}, {0, 1}, {1, 150}, {150, 200}, {200, 200}} {
		pv, pc := NewMeanVariance(5), NewMeanCovariance(5)
		for i := part[0]; i < part[1]; i++ {
			pv.Add(x.RawRowView(i))
			pc.Add(x.RawRowView(i))
		}
		v.Merge(pv)
		c.Merge(pc)
	}
	check("merged", v, c)
}

// A variance of 1/12 around 1e8 loses all digits as E[x²] − E[x]²: that is the
// negative control.
func TestMomentsDoNotCancel(t *testing.T) {
	v, c := NewMeanVariance(1), NewMeanCovariance(1)
	var sum, sum2 float64
	const n = 1000
	for i := range n {
		x := 1e8 + float64(i)/n
		v.Add([]float64{x})
		c.Add([]float64{x})
		sum += x
		sum2 += x * x
	}
	want := float64(n+1) / n / 12
	var cov mat.SymDense
	c.CovarianceMatrix(&cov)
	// The mean is rounded to 1.5e-8 a thousand times.
	closeTo(t, "variance", v.Variance(nil)[0], want, 1e-5)
	closeTo(t, "covariance", cov.At(0, 0), want, 1e-5)
	if naive := (sum2 - sum*sum/n) / (n - 1); math.Abs(naive/want-1) < 1e-2 {
		t.Errorf("the naive formula is right too: %v", naive)
	}
}

func TestMomentsRefuse(t *testing.T) {
	v, c, p := NewMeanVariance(2), NewMeanCovariance(2), NewPath(2)
	for _, x := range [][]float64{{1, 2}, {3, 4}, {5, math.NaN()}, {math.Inf(1), 6}, {5, 9}} {
		v.Add(x)
		c.Add(x)
		p.Add(x)
	}
	for what, err := range map[string]error{"draw": v.Err(), "draw ": c.Err(), "step": p.Err()} {
		failsWith(t, what, err, ErrNonFinite)
		if want := "moments: coordinate 1 of " + what[:4] + " 2 is NaN: values must be finite"; err == nil || err.Error() != want {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	for what, a := range map[string]interface {
		Mean([]float64) []float64
	}{"MeanVariance": v, "MeanCovariance": c, "Path": p} {
		if m := a.Mean(nil); m[0] != 3 || m[1] != 5 {
			t.Errorf("%s: mean %v of the 3 draws that are finite, want [3 5]", what, m)
		}
	}
	if v.N() != 3 || c.N() != 3 || p.N() != 3 {
		t.Errorf("%d, %d and %d draws, want 3", v.N(), c.N(), p.N())
	}
	otherV, otherC, otherP := NewMeanVariance(2), NewMeanCovariance(2), NewPath(2)
	otherV.Merge(v)
	otherC.Merge(c)
	otherP.Merge(p)
	if otherV.Err() == nil || otherC.Err() == nil || otherP.Err() == nil {
		t.Error("Merge lost the error")
	}
	for _, large := range []float64{1e200, -1e300, math.MaxFloat64} {
		v, p := NewMeanVariance(1), NewPath(1)
		v.Add([]float64{large})
		p.Add([]float64{large})
		failsWith(t, "a large draw", v.Err(), ErrScale)
		failsWith(t, "a large step", p.Err(), ErrScale)
		if v.N() != 0 || p.N() != 0 {
			t.Errorf("%v was taken in", large)
		}
	}
	// At the limit the sums are finite.
	edge := NewMeanVariance(1)
	path := NewPath(1)
	for i := range 1000 {
		x := []float64{math.Copysign(largest, float64(i%2)-0.5)}
		edge.Add(x)
		path.Add(x)
	}
	if s := edge.Variance(nil)[0]; math.IsInf(s, 0) || edge.Err() != nil {
		t.Errorf("variance %v, error %v at the largest values", s, edge.Err())
	}
	closeTo(t, "variance at the largest values", path.Variance(nil)[0], largest*largest, 1e-12)

	panics(t, "Add", "moments: x has the wrong length", func() { v.Add([]float64{1}) })
	panics(t, "Add", "moments: x has the wrong length", func() { c.Add([]float64{1}) })
	panics(t, "Add", "moments: x has the wrong length", func() { p.Add([]float64{1}) })
	panics(t, "Merge", "moments: mean of the other draws has the wrong length", func() { v.Merge(NewMeanVariance(3)) })
	panics(t, "Merge", "moments: mean of the other draws has the wrong length", func() { c.Merge(NewMeanCovariance(3)) })
	panics(t, "Merge", "moments: mean of the other path has the wrong length", func() { p.Merge(NewPath(3)) })
	panics(t, "Mean", "moments: dst has the wrong length", func() { v.Mean(make([]float64, 3)) })
	panics(t, "Mean", "moments: dst has the wrong length", func() { p.Mean(make([]float64, 3)) })
	panics(t, "CovarianceMatrix", "moments: dst has the wrong size", func() { c.CovarianceMatrix(mat.NewSymDense(3, nil)) })
	panics(t, "CovarianceMatrix", "moments: dst has the wrong size", func() { p.CovarianceMatrix(mat.NewSymDense(3, nil)) })
	panics(t, "Mean", badDraws, func() { NewMeanVariance(2).Mean(nil) })
	panics(t, "Mean", badDraws, func() { NewMeanCovariance(2).Mean(nil) })
	panics(t, "Mean", badDraws, func() { NewPath(2).Mean(nil) })
	panics(t, "Variance", badDraws, func() { NewPath(2).Variance(nil) })
	panics(t, "Extremes", badDraws, func() { NewPath(2).Extremes(nil, nil) })
	one := NewMeanVariance(1)
	one.Add([]float64{1})
	panics(t, "Variance", badDraws, func() { one.Variance(nil) })
	panics(t, "CovarianceMatrix", badDraws, func() { NewMeanCovariance(2).CovarianceMatrix(new(mat.SymDense)) })
}

// Samplers adapt to these moments, so that a fused multiplication here would
// send a chain elsewhere on another machine. The hash is of the results' bits.
func TestFrozenMoments(t *testing.T) {
	const dim, want = 7, 0x50c16d2fd46ba1c4
	rng := stream.New(8)
	v, c := NewMeanVariance(dim), NewMeanCovariance(dim)
	x := make([]float64, dim)
	for range 300 {
		for j := range x {
			x[j] = rng.Float64() / float64(j+1)
		}
		v.Add(x)
		c.Add(x)
	}
	v2, c2 := NewMeanVariance(dim), NewMeanCovariance(dim)
	for range 100 {
		for j := range x {
			x[j] = rng.Float64()
		}
		v2.Add(x)
		c2.Add(x)
	}
	v.Merge(v2)
	c.Merge(c2)
	if got := digest(v.mean, v.sum2, c.mean, c.sum2); got != want {
		t.Errorf("digest %#x, want %#x", got, uint64(want))
	}
}

// One draw has a mean and two have a variance.
func TestFewestDraws(t *testing.T) {
	v, c, p := NewMeanVariance(1), NewMeanCovariance(1), NewPath(1)
	for i, x := range []float64{3, 7} {
		v.Add([]float64{x})
		c.Add([]float64{x})
		p.Add([]float64{x})
		if want := 3 + 2*float64(i); v.Mean(nil)[0] != want || c.Mean(nil)[0] != want || p.Mean(nil)[0] != want {
			t.Errorf("means of %d draws %v, %v and %v", i+1, v.Mean(nil), c.Mean(nil), p.Mean(nil))
		}
	}
	var cov mat.SymDense
	c.CovarianceMatrix(&cov)
	if v.Variance(nil)[0] != 8 || cov.At(0, 0) != 8 || p.Variance(nil)[0] != 4 {
		t.Errorf("variances %v, %v and %v; want 8, 8 and, over steps, 4", v.Variance(nil), cov.At(0, 0), p.Variance(nil))
	}
}

func TestAddAllocatesNothing(t *testing.T) {
	x := make([]float64, 20)
	v, c, p := NewMeanVariance(20), NewMeanCovariance(20), NewPath(20)
	decay, err := NewDecay(0.99)
	if err != nil {
		t.Fatal(err)
	}
	now := 0.0
	if n := testing.AllocsPerRun(200, func() {
		now++
		x[3] = now
		v.Add(x)
		c.Add(x)
		p.Add(x)
		p.AddDecay(x, decay, 17)
		p.AddDecay(x, decay, 170000)
	}); n != 0 {
		t.Errorf("Add allocates %v times", n)
	}
	sv, sc := NewMeanVariance(20), NewMeanCovariance(20)
	if n := testing.AllocsPerRun(10, func() {
		sv.Merge(v)
		sc.Merge(c)
	}); n != 0 {
		t.Errorf("Merge allocates %v times", n)
	}
}

func BenchmarkMeanVarianceAdd(b *testing.B) {
	x := make([]float64, 20)
	a := NewMeanVariance(len(x))
	b.ReportAllocs()
	for b.Loop() {
		a.Add(x)
	}
}

func BenchmarkMeanCovarianceAdd(b *testing.B) {
	x := make([]float64, 20)
	a := NewMeanCovariance(len(x))
	b.ReportAllocs()
	for b.Loop() {
		a.Add(x)
	}
}
