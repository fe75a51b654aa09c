package spiking

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/moments"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// TestLongRunOfNetworks runs Metropolis networks about a mean of 1000 standard
// deviations for as many steps as the environment says, 2·10⁶ if it does not:
//
//	NATSPIKE_STEPS=1e9 go test -run LongRunOfNetworks -timeout 1h -v ./pkg/spiking
//
// They jump from spike to spike. 10⁹ steps take a few minutes. The heap does not
// grow. The moments over all steps agree with those of blocks, which are merged
// pairwise, to 10⁻⁹ of a standard deviation and of the variance. Without leak the
// estimate has so few values that a sum of 10⁹ squares is rounded the same way again
// and again, and is off by 10⁻⁸; a Path adds up sums of 2²² instead. Sums of x and x²
// about zero, the negative control, do not agree. The mean and the variance of the
// perfect integrator are the target's within five standard errors: a false alarm of
// 2·10⁻⁶ for four numbers.
func TestLongRunOfNetworks(t *testing.T) {
	steps := int64(2e6)
	if text := os.Getenv("NATSPIKE_STEPS"); text != "" {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || x < 1e6 {
			t.Fatalf("NATSPIKE_STEPS = %q is not a number of at least 1e6", text)
		}
		steps = int64(x)
	}
	for _, c := range []struct {
		name string
		tau  float64 // s
	}{{"perfect integrator", math.Inf(1)}, {"leak", 20e-3}} {
		t.Run(c.name, func(t *testing.T) { longRun(t, c.tau, steps) })
	}
}

func longRun(t *testing.T, tau float64, steps int64) {
	racetest.Sequential(t)
	const p, n, blocks, distant = 2, 6, 64, 1000
	target := equicorrelated(p, 0.5, 0.5)
	config := PaperMetropolis(target, spokes(n, 1), metric.Naive)
	config.TauM = tau
	if math.IsInf(tau, 1) {
		config.Target = about(target, constant(p, distant))
		config.Start = constant(p, distant)
	}
	net, rng := mustMetropolis(t, config), stream.New(15)
	decay := must(moments.NewDecay(net.Decay()))
	x, all := make([]float64, p), moments.NewPath(p)
	var block [blocks]*moments.Path
	for b := range block {
		block[b] = moments.NewPath(p)
	}
	batch := moments.NewMeanCovariance(p) // of the means of blocks
	sum, square := 0.0, 0.0               // the negative control
	net.Position(x)
	before := heap()
	for b, part := range block {
		for left := steps*int64(b+1)/blocks - steps*int64(b)/blocks; left > 0; {
			k := net.Jump(rng, left)
			all.AddDecay(x, decay, k-1)
			part.AddDecay(x, decay, k-1)
			sum += float64(k-1) * x[0] // right without leak
			square += float64(k-1) * x[0] * x[0]
			net.Position(x)
			all.Add(x)
			part.Add(x)
			sum += x[0]
			square += x[0] * x[0]
			left -= k
		}
		batch.Add(part.Mean(nil))
	}
	if grown := heap() - before; grown > 1<<16 {
		t.Errorf("the heap has grown by %d bytes", grown)
	}
	if err := net.Err(); err != nil || net.Steps() != steps || all.N() != steps {
		t.Fatalf("%d steps, %d in the moments, %v", net.Steps(), all.N(), err)
	}
	// Its estimate is still the sum of its spikes.
	net.Position(x)
	if tau < math.Inf(1) {
		for j := range n {
			portable.Axpy(-net.Rate(j), net.gamma.Column(j), x)
		}
		if math.Abs(x[0]) > 1e-12 || math.Abs(x[1]) > 1e-12 {
			t.Errorf("θ − Γr = %v", x)
		}
	}
	for size := 1; size < blocks; size *= 2 {
		for b := 0; b < blocks; b += 2 * size {
			block[b].Merge(block[b+size])
		}
	}
	mean, variance := all.Mean(nil), all.Variance(nil)
	want, wantVariance := block[0].Mean(nil), block[0].Variance(nil)
	for i := range mean {
		sd := math.Sqrt(wantVariance[i])
		if off, share := math.Abs(mean[i]-want[i])/sd, math.Abs(variance[i]/wantVariance[i]-1); off > 1e-9 || share > 1e-9 {
			t.Errorf("coordinate %d: the mean is off by %.2g standard deviations, the variance by %.2g of it", i, off, share)
		}
	}
	t.Logf("mean %v, variance %v, %d spikes", mean, variance, net.Counts().Spikes)
	if tau < math.Inf(1) {
		return
	}
	m := sum / float64(steps)
	if naive := square/float64(steps) - m*m; math.Abs(naive/wantVariance[0]-1) < 1e-9 {
		t.Errorf("sums about zero have the variance %v too", naive)
	}
	var spread mat.SymDense
	batch.CovarianceMatrix(&spread)
	for i := range mean {
		se := math.Sqrt(spread.At(i, i) / blocks)
		// Of n independent samples the mean has the error √(v/n), the variance v√(2/n).
		if math.Abs(mean[i]-distant) > 5*se || math.Abs(variance[i]-1) > 5*math.Sqrt2*se {
			t.Errorf("coordinate %d: mean %v and variance %v, want %d ± %.2g and 1 ± %.2g", i, mean[i], variance[i], distant, se, math.Sqrt2*se)
		}
	}
}

// heap returns the number of bytes in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
