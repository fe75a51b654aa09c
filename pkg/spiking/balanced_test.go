package spiking

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// A denseNetwork is the balanced network as it is written down, with n×n weights.
type denseNetwork struct {
	c               BalancedConfig
	gamma, w, relax *mat.Dense
	root            *mat.Dense
	v, r, o         *mat.VecDense
	p, n            int
	spikes          []int
}

func newDense(t *testing.T, c BalancedConfig) *denseNetwork {
	t.Helper()
	p, n := c.Decoder.Dims()
	s := &denseNetwork{c: c, p: p, n: n, gamma: mat.DenseCopyOf(c.Decoder)}
	s.w = mat.NewDense(n, n, nil)
	s.w.Mul(s.gamma.T(), s.gamma)
	for j := range n {
		s.w.Set(j, j, s.w.At(j, j)+c.Lambda)
	}
	s.root = root(c.Geometry, c.Target)
	d := mat.NewDense(p, p, nil)
	d.Mul(s.root, s.root.T())
	if c.Skew != nil {
		d.Add(d, c.Skew)
	}
	var inverse mat.Dense
	if err := inverse.Inverse(covariance(c.Target)); err != nil {
		t.Fatal(err)
	}
	s.relax = mat.NewDense(p, p, nil)
	s.relax.Mul(d, &inverse)
	s.v, s.r, s.o = mat.NewVecDense(n, nil), mat.NewVecDense(n, nil), mat.NewVecDense(n, nil)
	return s
}

func (s *denseNetwork) advance(xi, mu []float64) {
	c := s.c
	z, f, drive := mat.NewVecDense(s.p, nil), mat.NewVecDense(s.p, nil), mat.NewVecDense(s.p, nil)
	z.MulVec(s.gamma, s.r)
	drive.SubVec(mat.NewVecDense(s.p, mu), z)
	f.MulVec(s.relax, drive)
	f.ScaleVec(1/c.TauS, f)
	f.AddScaledVec(f, 1/c.TauM, z)
	f.ScaleVec(c.DT, f)
	var noise mat.VecDense
	noise.MulVec(s.root, mat.NewVecDense(s.p, xi))
	f.AddScaledVec(f, math.Sqrt(2*c.DT/c.TauS), &noise)
	var push, reset mat.VecDense
	push.MulVec(s.gamma.T(), f)
	reset.MulVec(s.w, s.o)
	for j := range s.n {
		v := s.v.AtVec(j)
		s.v.SetVec(j, v-c.DT/c.TauM*(v+c.Alpha)+push.AtVec(j)-reset.AtVec(j))
	}
	s.o.Zero()
	s.spikes = nil
	s.r.ScaleVec(1-c.DT/c.TauM, s.r)
	for len(s.spikes) < 1000 {
		best := 0
		for j := range s.n {
			a, b := s.v.AtVec(j), s.v.AtVec(best)
			if c.Arbitration != OnePerStep {
				a -= s.w.At(j, j) / 2
				b -= s.w.At(best, best) / 2
			}
			if a > b {
				best = j
			}
		}
		if s.v.AtVec(best) <= s.w.At(best, best)/2 {
			break
		}
		s.spikes = append(s.spikes, best)
		s.r.SetVec(best, s.r.AtVec(best)+1)
		if c.Arbitration != Greedy {
			s.o.SetVec(best, 1)
			break
		}
		s.v.SubVec(s.v, s.w.ColView(best))
	}
}

// TestBalancedAgainstDense compares the network with its equations in dense form
// in every choice of geometry, skew and arbitration, under a moving mean: the
// same spikes, and voltages to 1e-9.
func TestBalancedAgainstDense(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const p, n, steps = 4, 23, 3000
	rng := stream.New(5)
	a := randomDecoder(rng, p, p, 1)
	var sigma mat.SymDense
	sigma.SymOuterK(0.5, a)
	for d := range p {
		sigma.SetSym(d, d, sigma.At(d, d)+0.5)
	}
	skew := mat.NewDense(p, p, nil)
	skew.Sub(a, a.T())
	decoder := randomDecoder(rng, p, n, 1)
	mean := func(dst []float64, t float64) {
		for d := range dst {
			dst[d] = 2 + math.Sin(20*t+float64(d))
		}
	}
	for _, geometry := range []metric.Geometry{metric.Naive, metric.Natural, metric.Power(0.3), fixed(a)} {
		for _, s := range []mat.Matrix{nil, skew} {
			for _, arbitration := range []Arbitration{OnePerStep, OnePerStepByExcess, Greedy} {
				config := PaperBalanced(gaussian(&sigma), decoder, geometry)
				config.DT, config.TauS = 0.2e-3, 2e-3 // stable for all of these
				config.Arbitration = arbitration
				config.Lambda, config.Alpha = 0.8, 1.3
				if s != nil {
					config.Skew = s
				}
				net, err := NewBalanced(config)
				if err != nil {
					t.Fatal(err)
				}
				want := newDense(t, config)
				xi, mu := make([]float64, p), make([]float64, p)
				worst, spikes := 0.0, 0
				for range steps {
					stream.Normals(rng, xi)
					mean(mu, net.Time())
					if err := net.SetMean(mu); err != nil {
						t.Fatal(err)
					}
					net.Advance(xi)
					want.advance(xi, mu)
					spikes += len(want.spikes)
					if len(net.Spikes()) != len(want.spikes) {
						t.Fatalf("%v, %v, skew %v: spikes %v at step %d, in dense form %v", geometry, arbitration, s != nil, net.Spikes(), net.Steps(), want.spikes)
					}
					for i, j := range net.Spikes() {
						if want.spikes[i] != j {
							t.Fatalf("%v, %v, skew %v: spikes %v at step %d, in dense form %v", geometry, arbitration, s != nil, net.Spikes(), net.Steps(), want.spikes)
						}
					}
					for j := range n {
						worst = max(worst, math.Abs(net.Voltage(j)-want.v.AtVec(j)), math.Abs(net.Rate(j)-want.r.AtVec(j)))
					}
				}
				if worst > 1e-9 || spikes < steps/50 {
					t.Errorf("%v, %v, skew %v: largest difference %.2g over %d spikes, want at most 1e-9", geometry, arbitration, s != nil, worst, spikes)
				}
			}
		}
	}
}

// TestBalancedRelaxation takes the noise away and gives the target a mean far
// off, and follows the estimate along the eigenvectors of Σ: in natural geometry
// each goes there as 1 − (1 − Δt/τ_s)ᵏ, in naive geometry mode i as
// 1 − (1 − Δt/(τ_s λ_i))ᵏ. Decoding is in jumps of |Γ_j|, with which alone it may
// differ.
func TestBalancedRelaxation(t *testing.T) {
	t.Parallel()
	const p, n, distance = 3, 60, 20
	values := []float64{0.4, 1, 3}
	basis := mat.NewDense(p, p, nil)
	var qr mat.QR
	qr.Factorize(randomDecoder(stream.New(7), p, p, 1))
	qr.QTo(basis)
	sigma := mat.NewSymDense(p, nil)
	for k, v := range values {
		sigma.SymRankOne(sigma, v, basis.ColView(k))
	}
	decoder := pairs(t, 8, p, n, 0.03)
	resolution := 0.0
	for j := range n {
		resolution = max(resolution, mat.Norm(decoder.ColView(j), 2))
	}
	farthest := func(geometry metric.Geometry, tau func(k int) float64) (worst float64) {
		config := PaperBalanced(gaussian(sigma), decoder, geometry)
		config.TauS, config.DT, config.Lambda, config.Alpha, config.Arbitration = 4e-3, 0.1e-3, 0, 0, Greedy
		mean := make([]float64, p)
		for k := range values {
			portable.Axpy(distance, mat.Col(nil, k, basis), mean)
		}
		config.Target = about(config.Target, mean)
		net, err := NewBalanced(config)
		if err != nil {
			t.Fatal(err)
		}
		z, left := make([]float64, p), constant(p, 1)
		for range 300 {
			net.Advance(make([]float64, p))
			net.Position(z)
			for k := range values {
				left[k] *= 1 - config.DT/(config.TauS*tau(k))
				along := mat.Dot(basis.ColView(k), mat.NewVecDense(p, z))
				worst = max(worst, math.Abs(along-distance*(1-left[k])))
			}
		}
		if net.Diagnostics().Truncated > 0 {
			t.Errorf("%v: cascades were cut short", geometry)
		}
		return worst
	}
	one := func(int) float64 { return 1 }
	each := func(k int) float64 { return values[k] }
	if w := farthest(metric.Natural, one); w > resolution {
		t.Errorf("natural: the estimate is up to %.3f off, with a resolution of %.3f", w, resolution)
	}
	if w := farthest(metric.Naive, each); w > resolution {
		t.Errorf("naive: the estimate is up to %.3f off, with a resolution of %.3f", w, resolution)
	}
	if w := farthest(metric.Naive, one); w < 10*resolution {
		t.Errorf("naive geometry passes for natural: %.3f off with a resolution of %.3f", w, resolution)
	}
}

// A mean and a Σ² at the edge of what a float64 holds: the state overflows, and the
// network says so and shows no number.
func TestBalancedStopsAtOverflow(t *testing.T) {
	config := PaperBalanced(equicorrelated(2, 0, 1e150), randomDecoder(stream.New(1), 2, 10, 1), metric.Naive)
	config.Target = about(config.Target, constant(2, 1e300))
	config.TauS, config.Geometry = 1e-9, metric.Power(2)
	net := must(NewBalanced(config))
	rng := stream.New(1)
	for range 2 * checkEvery {
		net.Step(rng)
	}
	var state *StateError
	if err := net.Err(); !errors.As(err, &state) {
		t.Errorf("error %v, want a *StateError", err)
	}
	z := make([]float64, 2)
	net.Position(z)
	if !math.IsNaN(z[0]) || !math.IsNaN(z[1]) {
		t.Errorf("the estimate is %v after the error, want NaN", z)
	}
}

func TestBalancedRefuses(t *testing.T) {
	sigma, decoder := equicorrelated(2, 0.5, 0.5), randomDecoder(stream.New(1), 2, 10, 1)
	for _, c := range []struct {
		field  string
		change func(*BalancedConfig)
	}{
		{"Target", func(c *BalancedConfig) { c.Target = nil }},
		{"Decoder", func(c *BalancedConfig) { c.Decoder = nil }},
		{"Decoder", func(c *BalancedConfig) { c.Decoder = mat.NewDense(3, 10, nil) }},
		{"Decoder", func(c *BalancedConfig) { c.Decoder = mat.NewDense(2, 1, []float64{1, math.Inf(1)}) }},
		{"Geometry", func(c *BalancedConfig) { c.Geometry = fixed(mat.NewDense(3, 3, nil)) }},
		{"Geometry", func(c *BalancedConfig) { c.Geometry = metric.Power(math.NaN()) }},
		{"Geometry", func(c *BalancedConfig) { c.Geometry = fixed(mat.NewDense(2, 2, []float64{1e200, 0, 0, 1})) }},
		{"Skew", func(c *BalancedConfig) { c.Skew = mat.NewDense(2, 2, []float64{0, 1, 1, 0}) }},
		{"Skew", func(c *BalancedConfig) { c.Skew = mat.NewDense(2, 2, []float64{1, 1, -1, 0}) }},
		{"Skew", func(c *BalancedConfig) { c.Skew = mat.NewDense(3, 3, nil) }},
		{"TauM", func(c *BalancedConfig) { c.TauM = 0 }},
		{"TauS", func(c *BalancedConfig) { c.TauS = math.Inf(1) }},
		{"DT", func(c *BalancedConfig) { c.DT = 0 }},
		{"DT", func(c *BalancedConfig) { c.DT = -1e-4 }},
		{"DT", func(c *BalancedConfig) { c.DT = math.NaN() }},
		{"DT", func(c *BalancedConfig) { c.DT = c.TauM }},
		{"Lambda", func(c *BalancedConfig) { c.Lambda = -1 }},
		{"Alpha", func(c *BalancedConfig) { c.Alpha = math.Inf(-1) }},
		{"Arbitration", func(c *BalancedConfig) { c.Arbitration = 7 }},
		{"Delay", func(c *BalancedConfig) {
			c.Decoder = randomDecoder(stream.New(1), 2, 1000, 1)
			c.Arbitration, c.Delay = Greedy, maxDelay*c.DT
		}},
		{"Voltage", func(c *BalancedConfig) { c.Voltage = constant(9, 0) }},
		{"Rate", func(c *BalancedConfig) { c.Rate = constant(10, math.NaN()) }},
	} {
		config := PaperBalanced(sigma, decoder, metric.Natural)
		if _, err := NewBalanced(config); err != nil {
			t.Fatal(err)
		}
		c.change(&config)
		_, err := NewBalanced(config)
		if !names(err, c.field) {
			t.Errorf("want an error that names %s, got %v", c.field, err)
		}
	}
}
