package diag

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/stream"
)

// correlatedDraws returns n draws of dimension 5 with unequal scales.
func correlatedDraws(n int) *mat.Dense {
	rng := stream.New(9)
	x := mat.NewDense(n, 5, nil)
	for i := range n {
		shared := rng.NormFloat64()
		for j := range 5 {
			x.Set(i, j, float64(j)+float64(j+1)*(shared+rng.NormFloat64()))
		}
	}
	return x
}

func TestMeanAndCovariance(t *testing.T) {
	x := correlatedDraws(200)
	mean, err := Mean(x)
	if err != nil {
		t.Fatal(err)
	}
	c, err := Covariance(x)
	if err != nil {
		t.Fatal(err)
	}
	for j := range mean {
		closeTo(t, "mean", mean[j], stat.Mean(mat.Col(nil, j, x), nil), 1e-13)
		for k := range mean {
			closeTo(t, "covariance", c.At(j, k), stat.Covariance(mat.Col(nil, j, x), mat.Col(nil, k, x), nil), 1e-13)
		}
	}
	_, err = Covariance(x.Slice(0, 1, 0, 5))
	failsWith(t, "Covariance of one draw", err, ErrShort)
	x.Set(17, 3, math.Inf(-1))
	_, err = Mean(x)
	failsWith(t, "Mean", err, ErrNonFinite)
	_, err = Covariance(x)
	failsWith(t, "Covariance", err, ErrNonFinite)
	if want := "diag: coordinate 3 of draw 17 is -Inf: values must be finite"; err == nil || err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

// In one pass or in parts that are merged, the moments are those of the batch.
func TestStreamingMoments(t *testing.T) {
	x := correlatedDraws(200)
	wantMean, _ := Mean(x)
	wantCov, _ := Covariance(x)
	check := func(what string, v *MeanVariance, c *MeanCovariance) {
		t.Helper()
		if v.N() != 200 || c.N() != 200 || v.Dim() != 5 || c.Dim() != 5 || v.Err() != nil || c.Err() != nil {
			t.Fatalf("%s: N = %d and %d, Dim = %d and %d, Err = %v and %v", what, v.N(), c.N(), v.Dim(), c.Dim(), v.Err(), c.Err())
		}
		var cov mat.SymDense
		c.CovarianceMatrix(&cov)
		again := mat.NewSymDense(5, nil)
		c.CovarianceMatrix(again)
		variance := v.Variance(nil)
		for j := range 5 {
			closeTo(t, what+": mean", v.Mean(nil)[j], wantMean[j], 1e-12)
			closeTo(t, what+": mean", c.Mean(make([]float64, 5))[j], wantMean[j], 1e-12)
			closeTo(t, what+": variance", variance[j], wantCov.At(j, j), 1e-12)
			for k := range 5 {
				closeTo(t, what+": covariance", cov.At(j, k), wantCov.At(j, k), 1e-12)
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
func TestStreamingMomentsDoNotCancel(t *testing.T) {
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

func TestStreamingMomentsRefuse(t *testing.T) {
	v, c, b := NewMeanVariance(2), NewMeanCovariance(2), NewBatches(2, 8)
	for _, x := range [][]float64{{1, 2}, {3, 4}, {5, math.NaN()}, {math.Inf(1), 6}, {5, 9}} {
		v.Add(x)
		c.Add(x)
		b.Add(x)
	}
	for what, err := range map[string]error{"MeanVariance": v.Err(), "MeanCovariance": c.Err(), "Batches": b.err} {
		if !errors.Is(err, ErrNonFinite) || err.Error() != "diag: coordinate 1 of draw 2 is NaN: values must be finite" {
			t.Errorf("%s: error %v", what, err)
		}
	}
	if m := v.Mean(nil); v.N() != 3 || m[0] != 3 || m[1] != 5 {
		t.Errorf("%d draws of mean %v, want the 3 that are finite", v.N(), m)
	}
	other := NewMeanVariance(2)
	other.Merge(v)
	if other.Err() == nil {
		t.Error("Merge lost the error")
	}
	_, err := BatchRHat([]*Batches{b}, 0)
	failsWith(t, "BatchRHat", err, ErrNonFinite)

	panics(t, "Add", badDim, func() { v.Add([]float64{1}) })
	panics(t, "Add", badDim, func() { c.Add([]float64{1}) })
	panics(t, "Add", badDim, func() { b.Add([]float64{1}) })
	panics(t, "Merge", badDim, func() { v.Merge(NewMeanVariance(3)) })
	panics(t, "Merge", badDim, func() { c.Merge(NewMeanCovariance(3)) })
	panics(t, "Mean", badDim, func() { v.Mean(make([]float64, 3)) })
	panics(t, "CovarianceMatrix", badDim, func() { c.CovarianceMatrix(mat.NewSymDense(3, nil)) })
	panics(t, "Mean", badDraws, func() { NewMeanVariance(2).Mean(nil) })
	panics(t, "Mean", badDraws, func() { NewMeanCovariance(2).Mean(nil) })
	one := NewMeanVariance(1)
	one.Add([]float64{1})
	panics(t, "Variance", badDraws, func() { one.Variance(nil) })
	panics(t, "CovarianceMatrix", badDraws, func() { NewMeanCovariance(2).CovarianceMatrix(new(mat.SymDense)) })
	panics(t, "NewBatches", badCapacity, func() { NewBatches(1, 7) })
	panics(t, "NewBatches", badCapacity, func() { NewBatches(1, 6) })
}

// Samplers adapt to these moments, so that a fused multiplication here would
// send a chain elsewhere on another machine. The hash is of the results' bits.
func TestStreamingMomentsAreTheSameBitsEverywhere(t *testing.T) {
	const dim, want = 7, 0x4b5e62acbdeaf261
	rng := stream.New(8)
	v, c, b := NewMeanVariance(dim), NewMeanCovariance(dim), NewBatches(dim, 8)
	x := make([]float64, dim)
	for range 300 {
		for j := range x {
			x[j] = rng.Float64() / float64(j+1)
		}
		v.Add(x)
		c.Add(x)
		b.Add(x)
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
	hash := fnv.New64a()
	for _, part := range [][]float64{v.mean, v.sum2, c.mean, c.sum2, b.mean, b.sum2} {
		for _, f := range part {
			binary.Write(hash, binary.LittleEndian, f)
		}
	}
	if got := hash.Sum64(); got != want {
		t.Errorf("hash %#x, want %#x", got, uint64(want))
	}
}

func TestStreamingAllocatesNothing(t *testing.T) {
	x := make([]float64, 20)
	v, c, b := NewMeanVariance(20), NewMeanCovariance(20), NewBatches(20, 8)
	var isi Intervals
	now := 0.0
	if n := testing.AllocsPerRun(200, func() {
		now++
		x[3] = now
		v.Add(x)
		c.Add(x)
		b.Add(x)
		isi.Add(now)
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

func BenchmarkBatchesAdd(b *testing.B) {
	x := make([]float64, 20)
	a := NewBatches(len(x), 256)
	b.ReportAllocs()
	for b.Loop() {
		a.Add(x)
	}
}
