package boltzmann

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
	"natspike/pkg/internal/samplertest"
	"natspike/pkg/mcmc"
	"natspike/pkg/racetest"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

var _ spiking.Network = (*Network)(nil)
var _ mcmc.Sampler = (*Gibbs)(nil)

// random returns a machine of n variables with normal weights and biases of
// standard deviation sd.
func random(n int, sd float64, seed uint64) *Machine {
	rng := stream.New(seed)
	w, b := mat.NewSymDense(n, nil), make([]float64, n)
	for i := range n {
		b[i] = sd * stream.Normal(rng)
		for j := range i {
			w.SetSym(i, j, sd*stream.Normal(rng))
		}
	}
	return must(New(w, b))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// bitsOf returns the state of n variables with the given index.
func bitsOf(index, n int) []float64 {
	z := make([]float64, n)
	for k := range z {
		z[k] = float64(index >> k & 1)
	}
	return z
}

func TestProbabilities(t *testing.T) {
	m := random(7, 1, 1)
	p := must(m.Probabilities())
	total := 0.0
	for i, q := range p {
		z := bitsOf(i, 7)
		if Index(z) != i {
			t.Fatalf("index of %v = %d, want %d", z, Index(z), i)
		}
		if d := math.Log(q/p[0]) - m.LogProb(z); math.Abs(d) > 1e-12 {
			t.Errorf("log p(%v) is off by %v", z, d)
		}
		total += q
	}
	if math.Abs(total-1) > 1e-14 {
		t.Errorf("probabilities add up to %v", total)
	}
	// The odds of one variable given the others are the exponential of its
	// potential.
	for k := range 7 {
		z := bitsOf(0b1010110, 7)
		z[k] = 0
		off := Index(z)
		if d := math.Log(p[off|1<<k]/p[off]) - m.Potential(k, z); math.Abs(d) > 1e-12 {
			t.Errorf("potential %d is off by %v", k, d)
		}
	}
	mean, cov, err := m.Moments()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 7 {
		for j := range i + 1 {
			mi, mj, mij := 0.0, 0.0, 0.0
			for s, q := range p {
				z := bitsOf(s, 7)
				mi, mj, mij = mi+q*z[i], mj+q*z[j], mij+q*z[i]*z[j]
			}
			if math.Abs(mean[i]-mi) > 1e-14 || math.Abs(cov.At(i, j)-(mij-mi*mj)) > 1e-14 {
				t.Errorf("moments of %d, %d: %v, %v, want %v, %v", i, j, mean[i], cov.At(i, j), mi, mij-mi*mj)
			}
		}
	}
}

// law returns the exact law of the network's counters after one step from a law
// over all (τ+1)ⁿ counters.
func law(net *Network, before []float64) []float64 {
	n, base := net.m.n, net.tau+1
	digits := func(i int) []int64 {
		zeta := make([]int64, n)
		for k := range zeta {
			zeta[k] = int64(i % base)
			i /= base
		}
		return zeta
	}
	power := func(k int) int { return int(math.Pow(float64(base), float64(k)) + 0.5) }
	start := before
	seen := func(i int) []float64 { // the potentials of the state i
		probe := *net
		probe.zeta, probe.u = digits(i), make([]float64, n)
		probe.renew()
		return probe.u
	}
	if net.all { // every start on its own
		after := make([]float64, len(before))
		for i, q := range start {
			u, zeta := seen(i), digits(i)
			for fired := range 1 << n {
				w, next := q, 0
				for k := range n {
					s := net.probability(k, u[k], zeta[k])
					if fired>>k&1 == 1 {
						w *= s
						next += net.tau * power(k)
					} else {
						w *= 1 - s
						next += int(max(zeta[k]-1, 0)) * power(k)
					}
				}
				after[next] += w
			}
		}
		return after
	}
	for k := range n {
		after := make([]float64, len(before))
		for i, q := range before {
			zeta := digits(i)
			s := net.probability(k, seen(i)[k], zeta[k])
			rest := i - int(zeta[k])*power(k)
			after[rest+net.tau*power(k)] += q * s
			after[rest+int(max(zeta[k]-1, 0))*power(k)] += q * (1 - s)
		}
		before = after
	}
	return before
}

// stationary returns the law of z under the invariant law of the counters, and
// the total variation between it and p.
func stationary(net *Network) (distance float64) {
	n, base := net.m.n, net.tau+1
	size := int(math.Pow(float64(base), float64(n)) + 0.5)
	q := make([]float64, size)
	q[0] = 1
	for range 4000 {
		next := law(net, q)
		d := 0.0
		for i := range q {
			d += math.Abs(next[i] - q[i])
		}
		q = next
		if d < 1e-15 {
			break
		}
	}
	p := must(net.m.Probabilities())
	sampled := make([]float64, len(p))
	for i, x := range q {
		state := 0
		for k := range n {
			if i%base > 0 {
				state |= 1 << k
			}
			i /= base
		}
		sampled[state] += x
	}
	for i := range p {
		distance += math.Abs(p[i]-sampled[i]) / 2
	}
	return distance
}

// The invariant law is computed without chance from every transition of the
// counters. Absolute refractoriness gives p to rounding. Relative refractoriness
// and parallel updates do not, which shows that the distance has power.
func TestInvariantLaw(t *testing.T) {
	racetest.Sequential(t)
	for _, tau := range []int{1, 2, 4} {
		m := random(3, 1.2, 5)
		g := make([]float64, tau)
		for i := range g {
			g[i] = 1 - float64(i)/float64(tau)
		}
		absolute := must(NewNetwork(Config{Machine: m, Refractory: tau, DT: 1e-3}))
		relative := must(NewNetwork(Config{Machine: m, Refractory: tau, DT: 1e-3, Recovery: g}))
		parallel := must(NewNetwork(Config{Machine: m, Refractory: tau, DT: 1e-3, Parallel: true}))
		a, r, p := stationary(absolute), stationary(relative), stationary(parallel)
		t.Logf("τ = %d: total variation %.1e absolute, %.4f relative, %.4f parallel", tau, a, r, p)
		if a > 1e-12 {
			t.Errorf("τ = %d: absolute refractoriness is off by %v", tau, a)
		}
		if tau > 1 && (r < 1e-4 || r > 0.1) {
			t.Errorf("τ = %d: relative refractoriness is off by %v", tau, r)
		}
		if p < 0.01 {
			t.Errorf("τ = %d: parallel updates are off by %v, which is too little to tell", tau, p)
		}
	}
}

// While the other variables stand still, relative refractoriness gives the odds
// exp(u): the invariant law of one neuron is exact.
func TestRelativeOdds(t *testing.T) {
	for _, u := range []float64{-8, -1, 0, 0.7, 3, 12} {
		m := must(New(mat.NewSymDense(1, nil), []float64{u}))
		for _, g := range [][]float64{{1}, {1, 0.5, 0.1}, {1, 0, 0, 0, 0}, {1, 1.5, 0.2}} {
			net := must(NewNetwork(Config{Machine: m, Refractory: len(g), DT: 1e-3, Recovery: g}))
			f := net.relative(u)
			if odds := net.odds(f); math.Abs(math.Log(odds)-u) > 1e-6 {
				t.Errorf("u = %v, g = %v: log odds %v", u, g, math.Log(odds))
			}
		}
		// g = (1, 0, …) is absolute refractoriness.
		absolute := must(NewNetwork(Config{Machine: m, Refractory: 5, DT: 1e-3}))
		relative := must(NewNetwork(Config{Machine: m, Refractory: 5, DT: 1e-3, Recovery: []float64{1, 0, 0, 0, 0}}))
		for zeta := range int64(6) {
			if a, r := absolute.probability(0, u, zeta), relative.probability(0, u, zeta); math.Abs(a-r) > 1e-9 {
				t.Errorf("u = %v, ζ = %d: %v, want %v", u, zeta, r, a)
			}
		}
	}
}

// occupancy returns the largest departure of the means of z_i and z_i z_j from
// the truth, in standard errors of 50 batches.
func occupancy(s mcmc.Sampler, rng *rand.Rand, m *Machine, batches, steps int) float64 {
	mean, cov, _ := m.Moments()
	n := m.n
	z := make([]float64, n)
	sum, square := make([]float64, n*n), make([]float64, n*n)
	for range batches {
		batch := make([]float64, n*n)
		for range steps {
			s.Step(rng)
			s.Position(z)
			for i := range n {
				for j := range i + 1 {
					batch[i*n+j] += z[i] * z[j] / float64(steps)
				}
			}
		}
		for i, x := range batch {
			sum[i] += x
			square[i] += x * x
		}
	}
	worst := 0.0
	b := float64(batches)
	for i := range n {
		for j := range i + 1 {
			want := mean[i]
			if i != j {
				want = cov.At(i, j) + mean[i]*mean[j]
			}
			x := sum[i*n+j] / b
			se := math.Sqrt((square[i*n+j]/b - x*x) / (b - 1))
			worst = max(worst, math.Abs(x-want)/se)
		}
	}
	return worst
}

// Both samplers give the moments of twenty variables. The largest of 210
// departures is below 4.5 Student standard errors of 50 batches but in 1 of 110
// runs (Bonferroni); the seed is fixed. The same bound refuses parallel updates.
func TestSamplers(t *testing.T) {
	racetest.Sequential(t)
	m := random(20, 0.4, 3)
	const bound, batches, steps = 4.5, 50, 1000
	rng := stream.New(4)
	if x := occupancy(must(NewGibbs(m, nil)), rng, m, batches, steps); x > bound {
		t.Errorf("Gibbs: %.1f standard errors", x)
	}
	net := must(NewNetwork(Config{Machine: m, Refractory: 10, DT: 1e-3}))
	if x := occupancy(net, rng, m, batches, steps); x > bound {
		t.Errorf("network: %.1f standard errors", x)
	}
	parallel := must(NewNetwork(Config{Machine: m, Refractory: 1, DT: 1e-3, Parallel: true}))
	if x := occupancy(parallel, rng, m, batches, steps); x < 2*bound {
		t.Errorf("parallel updates are within %.1f standard errors: no power", x)
	}
}

// Potentials are updated by differences, and stay those of the counters.
func TestPotentials(t *testing.T) {
	m := random(12, 3, 9)
	net := must(NewNetwork(Config{Machine: m, Refractory: 3, DT: 1e-3}))
	rng, z := stream.New(1), make([]float64, 12)
	for range refresh + 500 {
		net.Step(rng)
		net.Position(z)
		for _, k := range net.Spikes() {
			if net.zeta[k] != 3 {
				t.Fatalf("neuron %d spiked and its counter is %d", k, net.zeta[k])
			}
		}
	}
	for k, u := range net.u {
		if d := u - m.Potential(k, z); math.Abs(d) > 1e-11 {
			t.Errorf("potential %d is off by %v", k, d)
		}
	}
}

func TestRestore(t *testing.T) {
	net := must(NewNetwork(Config{Machine: random(9, 1, 2), Refractory: 4, DT: 1e-3, Start: bitsOf(0b101, 9)}))
	rng := stream.New(8)
	for range 1500 {
		net.Step(rng)
	}
	saved := must(net.MarshalBinary())
	run := func(n *Network) string {
		rng, s := stream.New(77), ""
		for range 1000 {
			n.Step(rng)
			s += fmt.Sprint(n.Spikes())
		}
		return s + fmt.Sprint(n.u)
	}
	other := must(NewNetwork(Config{Machine: net.m, Refractory: 4, DT: 1e-3}))
	if err := other.UnmarshalBinary(saved); err != nil {
		t.Fatal(err)
	}
	if run(other) != run(net) {
		t.Error("a restored network went another way")
	}
	for _, data := range [][]byte{nil, saved[:40], append([]byte(nil), saved[8:]...)} {
		before := string(must(other.MarshalBinary()))
		if err := other.UnmarshalBinary(data); err == nil || string(must(other.MarshalBinary())) != before {
			t.Errorf("%d bytes: %v", len(data), err)
		}
	}
}

func TestRefused(t *testing.T) {
	m := random(2, 1, 1)
	for want, f := range map[string]func() error{
		"number of biases":      func() error { _, err := New(mat.NewDense(1, 1, nil), nil); return err },
		"diagonal must be zero": func() error { _, err := New(mat.NewSymDense(2, []float64{0, 1, 1, 2}), []float64{0, 0}); return err },
		"W":                     func() error { _, err := New(mat.NewDense(2, 2, []float64{0, 1, 2, 0}), []float64{0, 0}); return err },
		"b":                     func() error { _, err := New(mat.NewSymDense(1, nil), []float64{math.NaN()}); return err },
		"sum of |W| and |b| = +Inf": func() error {
			_, err := New(mat.NewSymDense(2, []float64{0, 1e308, 1e308, 0}), []float64{1e308, -1e308})
			return err
		},
		"has 0.5 at 1":   func() error { _, err := NewGibbs(m, []float64{1, 0.5}); return err },
		"start":          func() error { _, err := NewGibbs(m, []float64{1}); return err },
		"Machine is nil": func() error { _, err := NewNetwork(Config{}); return err },
		"Refractory":     func() error { _, err := NewNetwork(Config{Machine: m}); return err },
		"DT":             func() error { _, err := NewNetwork(Config{Machine: m, Refractory: 1}); return err },
		"Recovery": func() error {
			_, err := NewNetwork(Config{Machine: m, Refractory: 2, DT: 1, Recovery: []float64{1}})
			return err
		},
		"g(1) = 0.5": func() error {
			_, err := NewNetwork(Config{Machine: m, Refractory: 1, DT: 1, Recovery: []float64{.5}})
			return err
		},
		"has -1 at 1, want 0 or": func() error {
			_, err := NewNetwork(Config{Machine: m, Refractory: 2, DT: 1, Recovery: []float64{1, -1}})
			return err
		},
		"start has": func() error {
			_, err := NewNetwork(Config{Machine: m, Refractory: 2, DT: 1, Start: []float64{2, 0}})
			return err
		},
		"at most 2^20": func() error { _, _, err := random(21, 1, 1).Moments(); return err },
	} {
		err := f()
		var bad *arg.Error
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q, want an *arg.Error with %q", err, want)
		}
	}
	for name, f := range map[string]func(){
		"z":   func() { m.LogProb(nil) },
		"dst": func() { must(NewGibbs(m, nil)).Position(nil) },
		"DST": func() { must(NewNetwork(Config{Machine: m, Refractory: 2, DT: 1})).Position(nil) },
	} {
		func() {
			defer func() {
				if r := recover(); r != "boltzmann: "+strings.ToLower(name)+" has the wrong length" {
					t.Errorf("panic %v", r)
				}
			}()
			f()
		}()
	}
}

func TestStepAllocates(t *testing.T) {
	net := must(NewNetwork(Config{Machine: random(20, 1, 1), Refractory: 3, DT: 1e-3}))
	rng, z := stream.New(1), make([]float64, 20)
	if n := testing.AllocsPerRun(100, func() { net.Step(rng); net.Position(z) }); n != 0 {
		t.Errorf("%v allocations a step", n)
	}
}

func FuzzNew(f *testing.F) {
	f.Add(0.5, -1.0, 0.25, 3, 1e-3, 0.5)
	f.Add(1e308, 1e308, -1e308, 3, 1e-3, 0.5) // a log density that overflows
	f.Fuzz(func(t *testing.T, w, b0, b1 float64, tau int, dt, g float64) {
		m, err := New(mat.NewSymDense(2, []float64{0, w, w, 0}), []float64{b0, b1})
		if !samplertest.Made(t, err) {
			return
		}
		samplertest.NoNaN(t, "probability", must(m.Probabilities())...)
		net, err := NewNetwork(Config{Machine: m, Refractory: tau, DT: dt, Recovery: []float64{1 + g}})
		if err != nil {
			if net, err = NewNetwork(Config{Machine: m, Refractory: tau, DT: dt}); err != nil {
				return
			}
		}
		rng, z := stream.New(1), make([]float64, 2)
		for range 50 {
			net.Step(rng)
			net.Position(z)
			for _, x := range z {
				if x != 0 && x != 1 {
					t.Fatalf("z = %v", z)
				}
			}
		}
	})
}

func BenchmarkNetwork(b *testing.B) {
	for _, n := range []int{20, 200} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			net := must(NewNetwork(Config{Machine: random(n, 0.1, 1), Refractory: 20, DT: 1e-3}))
			rng := stream.New(1)
			for b.Loop() {
				net.Step(rng)
			}
		})
	}
}
