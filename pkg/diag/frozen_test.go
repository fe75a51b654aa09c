package diag

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"reflect"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/moments"
	"natspike/pkg/stream"
)

// TestFrozen holds every statistic of this package to the bits that it had, on
// every architecture.
func TestFrozen(t *testing.T) {
	rng := stream.New(60)
	normals := func(n int) []float64 {
		x := make([]float64, n)
		stream.Normals(rng, x)
		return x
	}
	matrix := func(n, dim int) *mat.Dense { return mat.NewDense(n, dim, normals(n*dim)) }
	chains := [][]float64{normals(101), normals(101), normals(101)}
	for _, x := range chains {
		for i := range x[1:] {
			x[i+1] += float64(0.6 * x[i])
		}
	}
	x, y := normals(500), normals(300)
	a, b := matrix(40, 3), matrix(50, 3)
	ca, cb := must(Covariance(a)), must(Covariance(b))
	ma, mb := must(Mean(a)), must(Mean(b))

	h := must(NewHistogram(-5, 5, 200, 4))
	decay := must(moments.NewDecay(0.995))
	for _, v := range normals(2000) {
		h.Add(v)
		h.AddSegment(v, decay, 40)
	}
	batches := []*Batches{NewBatches(1, 16), NewBatches(1, 16)}
	for i := range 101 {
		for c, b := range batches {
			b.Add(chains[c][i : i+1])
		}
	}
	var times []float64
	var isi Intervals
	now := 0.0
	for _, v := range normals(200) {
		now += float64(v * v)
		times = append(times, now)
		isi.Add(now)
	}
	train := must(NewTrain(times, 0, now+1))
	other := must(NewTrain(times[:150], 0, now+1))

	bootstrap := must(NewBootstrap(len(y), 100, stream.Key{Seed: 1}))
	grid, density, err := KernelDensity(x, 50)
	if err != nil {
		t.Fatal(err)
	}
	mean, sd, err := MeanSD(x, 1)
	if err != nil {
		t.Fatal(err)
	}
	sliced, slicedSE, err := SlicedW2(a, b, 20, rng)
	if err != nil {
		t.Fatal(err)
	}
	slicedG, slicedGSE, err := SlicedW2Gaussian(a, mb, cb, 20, rng)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		want string
		got  any
	}{
		"summary":             {"9d5f7b9c38290ee2", must(Summarize(chains))},
		"ESS":                 {"1b4980ac542cfd2c", []float64{must(ESS(chains)), must(ESSSD(chains)), must(ESSQuantile(chains, 0.3)), must(ESSLocal(chains, 0.2, 0.4))}},
		"MCSEQuantile":        {"ffee0add13c2b07f", must(MCSEQuantile(chains, 0.3))},
		"AutocorrelationTime": {"4bb8b140f5ba2f41", must(AutocorrelationTime(chains))},
		"Autocovariance":      {"adb118c1b79f1c99", must(Autocovariance(chains[0], 20))},
		"batches":             {"6cb5cc785dbd0ec8", []float64{must(BatchRHat(batches, 0)), must(BatchESS(batches, 0)), must(BatchMCSE(batches, 0))}},
		"moments":             {"0e4ce8f0779c38f9", append(ma, ca.RawSymmetric().Data...)},
		"W2":                  {"edbf6dc55fbcb466", []float64{must(W2(x, y)), must(W2Normal(x, 0.1, 1.2)), must(W2Binned(x, y, 50)), must(W2Gaussian(ma, ca, mb, cb))}},
		"sliced":              {"0e1694495dd212cb", []float64{sliced, slicedSE, slicedG, slicedGSE}},
		"histogram":           {"d777ab8b846288a1", []float64{must(h.W2Normal(0.1, 1.1)), must(h.W2Binned(0.1, 1.1, rng))}},
		"energy":              {"fd4db8d5152c347f", must(EnergyTest(a, b, 20, rng))},
		"energy in 1-d":       {"0026e6bb4390e3db", must(EnergyDistance(mat.NewDense(500, 1, x), mat.NewDense(300, 1, y)))},
		"MMD":                 {"f156974d66b661af", must(MMDTest(a, b, must(MedianBandwidth(a, b)), 20, rng))},
		"intervals":           {"8bc083c644a82d3b", []float64{must(isi.CV(1)), must(isi.CV2()), must(isi.LV()), must(isi.LvR(0.01)), must(LvR(train.ISI(), 0.01))}},
		"counts":              {"231484b4d59e9a63", []float64{must(Fano(must(train.Counts(1.5)), 1)), must(CountCorrelation([]Train{train, other}, 1.5)).At(0, 1)}},
		"rates":               {"8df937849bc1e18f", must(PSTH([]Train{train, other}, 1.5))},
		"cross-correlation":   {"25749654f989800a", must(CrossCorrelation(train, other, 1.5, 5))},
		"estimate":            {"fc426c78057d5390", must(bootstrap.Mean(y))},
		"mean and sd":         {"6176a1f5b11c7b19", []float64{mean, sd, must(Quantile(x, 0.37))}},
		"density":             {"e616b6e918cdf9c6", append(grid, density...)},
		"edges":               {"67affd1a9b79f8f7", must(HistogramEdges(x))},
	} {
		hash := fnv.New64a()
		binary.Write(hash, binary.LittleEndian, numbers(reflect.ValueOf(c.got)))
		if got := fmt.Sprintf("%016x", hash.Sum64()); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// numbers returns all numbers in a value, as floating-point ones.
func numbers(v reflect.Value) (out []float64) {
	switch v.Kind() {
	case reflect.Float64:
		return []float64{v.Float()}
	case reflect.Int:
		return []float64{float64(v.Int())}
	case reflect.Struct:
		for i := range v.NumField() {
			out = append(out, numbers(v.Field(i))...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			out = append(out, numbers(v.Index(i))...)
		}
	}
	return out
}
