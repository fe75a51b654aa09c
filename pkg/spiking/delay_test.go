package spiking

import (
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// The exact step leaves N(μ, Σ) invariant: with E = I − relax and C the covariance of
// its noise, EΣEᵀ + C = Σ. Euler's step does not.
func TestExactStepIsExact(t *testing.T) {
	const p = 4
	target := equicorrelated(p, 1.8, 0.4)
	skew := mat.NewDense(p, p, []float64{0, 1, 0, 0, -1, 0, 0, 2, 0, 0, 0, 0, 0, -2, 0, 0})
	for name, set := range map[string]func(*BalancedConfig){
		"natural":       func(c *BalancedConfig) { c.Geometry = metric.Natural },
		"naive":         func(c *BalancedConfig) { c.Geometry = metric.Naive },
		"half natural":  func(c *BalancedConfig) { c.Geometry = metric.Power(0.5) },
		"naive, skew":   func(c *BalancedConfig) { c.Geometry, c.Skew = metric.Naive, skew },
		"natural, skew": func(c *BalancedConfig) { c.Geometry, c.Skew = metric.Natural, skew },
	} {
		off := func(exact bool) float64 {
			c := PaperBalanced(target, randomDecoder(stream.New(1), p, 20, 1), metric.Natural)
			set(&c)
			c.ExactStep = exact
			s := must(NewBalanced(c))
			e := mat.NewDense(p, p, nil)
			for i := range p {
				for j := range p {
					e.Set(i, j, -s.relax[i*p+j])
				}
				e.Set(i, i, 1+e.At(i, i))
			}
			root := mat.NewDense(p, p, nil)
			if s.root == nil {
				root.Copy(mat.NewDiagDense(p, []float64{1, 1, 1, 1}))
			} else {
				root.Copy(metric.Matrix(s.root))
			}
			var sigma mat.SymDense
			target.CovarianceMatrix(&sigma)
			var next, noise mat.Dense
			next.Product(e, &sigma, e.T())
			noise.Mul(root, root.T())
			noise.Scale(s.noise*s.noise, &noise)
			next.Add(&next, &noise)
			next.Sub(&next, &sigma)
			return mat.Norm(&next, 2)
		}
		if x := off(true); x > 1e-12 {
			t.Errorf("%s: the exact step changes the covariance by %v", name, x)
		}
		if x := off(false); x < 1e-3 {
			t.Errorf("%s: Euler's step changes the covariance by %v: no power", name, x)
		}
	}
}

// An exact step has no warning of Euler's method.
func TestExactStepWarnings(t *testing.T) {
	euler := func(exact bool) bool {
		c := PaperBalanced(equicorrelated(10, 1, 0.3), randomDecoder(stream.New(1), 10, 200, 1), metric.Natural)
		c.ExactStep = exact
		return slices.ContainsFunc(must(NewBalanced(c)).Warnings(), func(err error) bool {
			var e *EulerWarning
			return errors.As(err, &e)
		})
	}
	if euler(true) || !euler(false) {
		t.Errorf("warning of Euler's method: exact %v, Euler %v", euler(true), euler(false))
	}
}

// slow is the network with all its connections, and a delay d of those between
// different neurons. It returns the spikes of each step.
func slow(c BalancedConfig, noise [][]float64) (spikes [][]int) {
	p, n := c.Decoder.Dims()
	g := mat.DenseCopyOf(c.Decoder)
	var w mat.Dense
	w.Mul(g.T(), g)
	for j := range n {
		w.Set(j, j, w.At(j, j)+c.Lambda)
	}
	d, kappa := int(math.Round(c.Delay/c.DT)), 1-c.DT/c.TauM
	v, r, late := make([]float64, n), make([]float64, n), map[int][]int{}
	var relax mat.Dense // D = Σ
	relax.CloneFrom(mat.NewDiagDense(p, slices.Repeat([]float64{c.DT / c.TauS}, p)))
	root := metric.Matrix(must(c.Geometry.Of(c.Target)))
	mean := c.Target.Mean(nil)
	own := func(j int, sign float64) { v[j] -= sign * w.At(j, j) }
	var before []int
	for step, xi := range noise {
		z := mat.NewVecDense(p, nil)
		z.MulVec(g, mat.NewVecDense(n, r))
		f := mat.NewVecDense(p, nil)
		f.MulVec(root, mat.NewVecDense(p, xi))
		f.ScaleVec(math.Sqrt(2*c.DT/c.TauS), f)
		for i := range p {
			f.SetVec(i, f.AtVec(i)+(c.DT/c.TauM)*z.AtVec(i)-c.DT/c.TauS*(z.AtVec(i)-mean[i]))
		}
		in := mat.NewVecDense(n, nil)
		in.MulVec(g.T(), f)
		for j := range v {
			v[j] = kappa*v[j] - c.DT/c.TauM*c.Alpha + in.AtVec(j)
			r[j] *= kappa
		}
		if c.Arbitration != Greedy {
			for _, j := range before {
				own(j, 1)
			}
		}
		for _, j := range late[step-d] {
			for k := range v {
				if k != j {
					v[k] -= w.At(k, j)
				}
			}
		}
		before = nil
		for {
			best, at := math.Inf(-1), -1
			for j := range v {
				x := v[j]
				if c.Arbitration != OnePerStep {
					x -= w.At(j, j) / 2
				}
				if x > best {
					best, at = x, j
				}
			}
			if v[at] <= w.At(at, at)/2 {
				break
			}
			before = append(before, at)
			r[at]++
			if c.Arbitration != Greedy {
				break
			}
			own(at, 1)
		}
		late[step] = before
		spikes = append(spikes, before)
	}
	return spikes
}

// With delays the network gives the spikes of one with all its connections.
func TestDelayAgainstConnections(t *testing.T) {
	racetest.Sequential(t)
	const p, n, steps = 3, 60, 6000
	for _, a := range []Arbitration{OnePerStep, OnePerStepByExcess, Greedy} {
		for _, d := range []int{1, 5, 20} {
			rng := stream.New(3)
			c := PaperBalanced(equicorrelated(p, 1.5, 0.5), randomDecoder(rng, p, n, 0.5), metric.Natural)
			c.Lambda, c.Alpha, c.Arbitration, c.TauS = 0.3, 0.3, a, 5e-3
			if a == Greedy { // which needs a price, or its cascades do not end
				c.Lambda, c.Alpha = 3, 0
			}
			c.Delay = float64(d) * c.DT
			noise := make([][]float64, steps)
			for k := range noise {
				noise[k] = make([]float64, p)
				stream.Normals(rng, noise[k])
			}
			want, s, total := slow(c, noise), must(NewBalanced(c)), 0
			for k, xi := range noise {
				s.Advance(xi)
				total += len(want[k])
				if !slices.Equal(s.Spikes(), want[k]) {
					t.Fatalf("%v, delay %d, step %d: spikes %v, want %v", a, d, k, s.Spikes(), want[k])
				}
			}
			if total < 50 {
				t.Errorf("%v, delay %d: %d spikes say little", a, d, total)
			}
		}
	}
}

// Inhibition that is late makes several neurons spike for one error: the rate rises
// and the estimate overshoots. A price on spikes cures that. Without a price the
// cascades of Greedy do not end, which is an error.
func TestDelayBreaksTheBalance(t *testing.T) {
	run := func(a Arbitration, price, delay float64) (rate, variance float64, err error) {
		c := PaperBalanced(equicorrelated(3, 1.5, 0.5), randomDecoder(stream.New(1), 3, 60, 0.5), metric.Natural)
		c.Lambda, c.Alpha, c.Arbitration, c.TauS, c.ExactStep, c.Delay = price, price, a, 5e-3, true, delay
		s, rng, z := must(NewBalanced(c)), stream.New(2), make([]float64, 3)
		const steps = 20_000
		for range steps {
			s.Step(rng)
			s.Position(z)
			variance += z[0] * z[0] / steps
		}
		return s.Diagnostics().RateHz, variance, s.Err()
	}
	rate, variance, _ := run(OnePerStepByExcess, 0.1, 0)
	lateRate, lateVariance, _ := run(OnePerStepByExcess, 0.1, 1e-3)
	if lateRate < 2*rate || lateVariance < 4*variance {
		t.Errorf("%.0f Hz and variance %.2f without delay, %.0f Hz and %.2f with 1 ms", rate, variance, lateRate, lateVariance)
	}
	if cured, _, _ := run(OnePerStepByExcess, 3, 1e-3); cured > 20 {
		t.Errorf("%.0f Hz with a delay of 1 ms and a price of 3", cured)
	}
	var cascade *CascadeError
	if _, _, err := run(Greedy, 0, 1e-3); !errors.As(err, &cascade) {
		t.Errorf("cascades with a delay and without a price: %v", err)
	}
}

func TestDelayRefused(t *testing.T) {
	c := PaperBalanced(equicorrelated(2, 0.5, 0.5), randomDecoder(stream.New(1), 2, 10, 1), metric.Natural)
	for steps, delay := range map[int]float64{0: 0, 1: 1e-4, 3: 0.1e-3 + 0.2e-3, 7: 0.7e-3, maxDelay: maxDelay * c.DT} {
		c.Delay = delay
		if net := must(NewBalanced(c)); net.delay != steps {
			t.Errorf("a delay of %v s makes %d steps, want %d", delay, net.delay, steps)
		}
	}
	for _, delay := range []float64{-1e-4, 0.15e-3, 1.00001e-4, math.NaN(), math.Inf(1), 1e6, (maxDelay + 1) * c.DT} {
		c.Delay = delay
		var bad *arg.Error
		if _, err := NewBalanced(c); !errors.As(err, &bad) || bad.Name != "Delay" {
			t.Errorf("delay %v: %v", delay, err)
		}
	}
}
