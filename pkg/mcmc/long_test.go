package mcmc

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/moments"
	"natspike/pkg/sde"
	"natspike/pkg/stream"
)

// TestLongRun runs samplers of N(1000, 1) for as many steps as the environment
// variable NATSPIKE_STEPS asks for, 2·10⁵ if it is not set, and takes in each draw.
//
//	NATSPIKE_STEPS=1e9 go test -run LongRun -timeout 2h -v ./pkg/mcmc
//
// The running moments keep their digits: the mean agrees to 3·10⁻¹² of itself and the
// variance to 10⁻¹⁰ with compensated sums of x − 1000, which is exact. The memory
// stays flat. The moments are within five standard errors of the law (false alarm
// 2e-6 for the four of them): with these steps the draws are independent. The
// control is a variance from sums of x and x², which has lost these digits.
func TestLongRun(t *testing.T) {
	const centre = 1000
	steps := 200_000
	if s := os.Getenv("NATSPIKE_STEPS"); s != "" {
		n, err := strconv.ParseFloat(s, 64)
		if err != nil || !(n >= 1000 && n <= 1e12) {
			t.Fatalf("NATSPIKE_STEPS = %q is not a number of steps from 1000 to 1e12", s)
		}
		steps = int(n)
	}
	p := must(density.NewNormal(centre, 1))
	ou := must(sde.NewOrnsteinUhlenbeck(mat.NewDense(1, 1, []float64{1}), []float64{centre}, mat.NewDense(1, 1, []float64{math.Sqrt2})))
	for i, c := range []struct {
		name     string
		s        Sampler
		variance float64
	}{
		{"ULA", must(NewULA(p, []float64{centre}, 1, metric.Naive)), 2}, // 1/(1 − h/2)
		{"Exact", must(sde.NewExact(ou, []float64{centre}, 50)), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			running := moments.NewMeanVariance(1)
			var sum, squares compensated
			naive, naive2 := 0.0, 0.0
			before := heap()
			for _, x := range Draws(c.s, stream.New(uint64(1+i)), Plan{Draws: steps}) {
				running.Add(x)
				d := x[0] - centre
				sum.add(d)
				squares.add(d * d)
				naive += x[0]
				naive2 += x[0] * x[0]
			}
			n := float64(steps)
			if grown := int64(heap()) - int64(before); grown > 1<<20 {
				t.Errorf("%d steps leave %d more bytes", steps, grown)
			}
			exactMean := sum.value() / n
			exact := (squares.value() - n*exactMean*exactMean) / (n - 1)
			mean, variance := running.Mean(nil)[0]-centre, running.Variance(nil)[0]
			if math.Abs(mean-exactMean) > 3e-12*centre || math.Abs(variance/exact-1) > 1e-10 {
				t.Errorf("mean %v and variance %v, exact %v and %v", mean, variance, exactMean, exact)
			}
			lost := math.Abs((naive2-naive*naive/n)/(n-1)/exact - 1)
			if lost < 1e-9 {
				t.Errorf("the variance from sums of squares is off by %.1e only: no control", lost)
			}
			zMean, zVariance := exactMean/math.Sqrt(c.variance/n), (exact/c.variance-1)/math.Sqrt(2/n)
			t.Logf("rounding of the mean %.1e, of the variance %.1e, from sums of squares %.1e", mean-exactMean, variance/exact-1, lost)
			t.Logf("%d steps: mean 1000 %+.3g (%+.1f standard errors), variance %.9f (%+.1f)", steps, mean, zMean, variance, zVariance)
			if math.Abs(zMean) > 5 || math.Abs(zVariance) > 5 {
				t.Errorf("mean and variance are off by %.1f and %.1f standard errors", zMean, zVariance)
			}
		})
	}
}

// heap returns the bytes in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// compensated is a sum by Neumaier's method, good to the last bit.
type compensated struct{ sum, rest float64 }

func (c *compensated) add(x float64) {
	t := c.sum + x
	if math.Abs(c.sum) >= math.Abs(x) {
		c.rest += (c.sum - t) + x
	} else {
		c.rest += (x - t) + c.sum
	}
	c.sum = t
}

func (c *compensated) value() float64 { return c.sum + c.rest }
