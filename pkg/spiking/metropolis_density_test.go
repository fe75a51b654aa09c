package spiking

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// quadratic is a Gaussian as a user might write it.
type quadratic struct {
	mean      []float64
	precision *mat.SymDense
}

func (g quadratic) Dim() int { return len(g.mean) }

func (g quadratic) LogProb(x []float64) float64 {
	sum := 0.0
	for i := range x {
		for j := range x {
			sum += float64((x[i] - g.mean[i]) * g.precision.At(i, j) * (x[j] - g.mean[j]))
		}
	}
	return -sum / 2
}

// TestMetropolisDensityIsMetropolis drives both networks alike on a Gaussian: they spike
// alike, with and without leak, and their acceptances agree.
func TestMetropolisDensityIsMetropolis(t *testing.T) {
	const p, n, steps = 3, 12, 5000
	sigma := equicorrelated(p, 0.6, 0.4)
	var chol mat.Cholesky
	chol.Factorize(covariance(sigma))
	target := quadratic{mean: []float64{1, 0.5, -1}, precision: mat.NewSymDense(p, nil)}
	if err := chol.InverseTo(target.precision); err != nil {
		t.Fatal(err)
	}
	decoder := pairs(t, 41, p, n, 0.6)
	for _, tau := range []float64{0.02, math.Inf(1)} {
		config := PaperMetropolis(sigma, decoder, metric.Naive)
		config.Target, config.TauM, config.DT = about(sigma, target.mean), tau, 1e-4
		want := mustMetropolis(t, config)
		net, err := NewMetropolisDensity(MetropolisDensityConfig{Target: target, Decoder: decoder, TauM: tau, DT: 1e-4, Gain: 1})
		if err != nil {
			t.Fatal(err)
		}
		rng := stream.New(42)
		x, y := make([]float64, p), make([]float64, p)
		spikes := 0
		for range steps {
			j, u := rng.IntN(n), rng.Float64()
			if a, b := net.Acceptance(j), want.Acceptance(j); math.Abs(a-b) > 1e-10 {
				t.Fatalf("acceptance %v, by voltages %v", a, b)
			}
			if a, b := net.Propose(j, u), want.Propose(j, u); a != b {
				t.Fatalf("τ_m = %v, step %d: spike %v, by voltages %v", tau, net.Steps(), a, b)
			}
			if net.Spike() >= 0 {
				spikes++
			}
			net.Position(x)
			want.Position(y)
			for d := range p {
				if math.Abs(x[d]-y[d]) > 1e-10 {
					t.Fatalf("θ = %v, by voltages %v", x, y)
				}
			}
			if math.Abs(net.Rate(j)-want.Rate(j)) > 1e-10 {
				t.Fatalf("r_%d = %v, by voltages %v", j, net.Rate(j), want.Rate(j))
			}
		}
		if c := net.Counts(); spikes < 100 || c.Spikes != int64(spikes) || c.Proposals != steps {
			t.Errorf("%d spikes, counts %+v", spikes, c)
		}
	}
}

// quartic is the double well p ∝ exp(−(x⁴ − 2x² + x/2)) on x < 2, zero beyond.
type quartic struct{}

func (quartic) Dim() int { return 1 }
func (quartic) LogProb(x []float64) float64 {
	if x[0] >= 2 {
		return math.Inf(-1)
	}
	s := x[0] * x[0]
	return -(s*s - 2*s + x[0]/2)
}

// TestMetropolisDensityLattice compares the time at each site of a lattice with the weight
// of a double well there, and takes in an edge of the support: 200 batches, 5
// standard errors. At gain 1.2 it fails.
func TestMetropolisDensityLattice(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const step, batches, size, reach = 0.3, 200, 4000, 6
	weights, total := map[int]float64{}, 0.0
	for k := -40; k <= 40; k++ {
		weights[k] = math.Exp(quartic{}.LogProb([]float64{step * float64(k)}))
		total += weights[k]
	}
	decoder := mat.NewDense(1, 4, []float64{step, 2 * step, -step, -2 * step})
	worst := func(gain float64) (worst float64) {
		net, err := NewMetropolisDensity(MetropolisDensityConfig{Target: quartic{}, Decoder: decoder, TauM: math.Inf(1), DT: 1e-3, Gain: gain})
		if err != nil {
			t.Fatal(err)
		}
		rng := stream.New(43)
		occupied := make([][]float64, 2*reach+1)
		x := make([]float64, 1)
		for range batches {
			count := make([]float64, 2*reach+1)
			for range size {
				net.Step(rng)
				net.Position(x)
				if x[0] >= 2 {
					t.Fatalf("θ = %v is outside the support", x[0])
				}
				if k := int(math.Round(x[0] / step)); k >= -reach && k <= reach {
					count[k+reach] += 1.0 / size
				}
			}
			for i, c := range count {
				occupied[i] = append(occupied[i], c)
			}
		}
		for i, o := range occupied {
			got, sd := stat.MeanStdDev(o, nil)
			worst = max(worst, math.Abs(got-weights[i-reach]/total)/(sd/math.Sqrt(batches)))
		}
		return worst
	}
	if z := worst(1); z > 5 {
		t.Errorf("the time at a site is %.1f standard errors off the target's weight", z)
	}
	if z := worst(1.2); z < 5 {
		t.Errorf("at gain 1.2 it is %.1f standard errors off: no power", z)
	}
}

// nan is a density with a flaw.
type nan struct{ quadratic }

func (d nan) LogProb(x []float64) float64 {
	if x[0] > 1 {
		return math.NaN()
	}
	return 0
}

func TestMetropolisDensityRefuses(t *testing.T) {
	decoder := pairs(t, 44, 1, 4, 1)
	good := MetropolisDensityConfig{Target: quartic{}, Decoder: decoder, TauM: 1, DT: 1e-3, Gain: 1}
	for _, c := range []struct {
		field  string
		change func(*MetropolisDensityConfig)
	}{
		{"Target", func(c *MetropolisDensityConfig) { c.Target = nil }},
		{"Decoder", func(c *MetropolisDensityConfig) { c.Decoder = pairs(t, 1, 2, 4, 1) }},
		{"Decoder", func(c *MetropolisDensityConfig) { c.Decoder = mat.NewDense(1, 3, nil) }},
		{"TauM", func(c *MetropolisDensityConfig) { c.TauM = 0 }},
		{"DT", func(c *MetropolisDensityConfig) { c.DT = 0 }},
		{"DT", func(c *MetropolisDensityConfig) { c.DT = 2 }},
		{"Gain", func(c *MetropolisDensityConfig) { c.Gain = -1 }},
		{"Centre", func(c *MetropolisDensityConfig) { c.Centre = []float64{math.NaN()} }},
		{"Start", func(c *MetropolisDensityConfig) { c.Start = []float64{5} }},
		{"Start", func(c *MetropolisDensityConfig) { c.Start = []float64{1, 1} }},
	} {
		config := good
		c.change(&config)
		if _, err := NewMetropolisDensity(config); !names(err, c.field) {
			t.Errorf("want an error that names %s, got %v", c.field, err)
		}
	}
	config := good
	config.Target = nan{quadratic{mean: []float64{0}}}
	net, err := NewMetropolisDensity(config)
	if err != nil {
		t.Fatal(err)
	}
	rng := stream.New(1)
	for range 1000 {
		net.Step(rng)
	}
	// Beyond 1 the density is NaN, so that no spike goes there.
	flawed := must(NewMetropolisDensity(MetropolisDensityConfig{Target: config.Target, Decoder: mat.NewDense(1, 2, []float64{2, -2}), TauM: 1, DT: 1e-3, Gain: 1}))
	if up, down := flawed.Excess(0), flawed.Excess(1); !math.IsInf(up, -1) || down != 0 || flawed.Threshold(0) != 0 {
		t.Errorf("towards a density of NaN the excess is %v, away from it %v, and the threshold %v", up, down, flawed.Threshold(0))
	}
	if flawed.Acceptance(0) != 0 || flawed.Decoder().At(0, 1) != -2 {
		t.Errorf("acceptance %v of a move to a density of NaN, decoder %v", flawed.Acceptance(0), mat.Formatted(flawed.Decoder()))
	}
	x := make([]float64, 1)
	var state *StateError
	if net.Position(x); !errors.As(net.Err(), &state) || !math.IsNaN(x[0]) {
		t.Errorf("a log p of NaN: error %v and estimate %v, want a *StateError and NaN", net.Err(), x[0])
	}
	if _, err := net.MarshalBinary(); err == nil {
		t.Error("the state of a network that has failed is saved")
	}
}

// TestMetropolisDensityProbe holds voltages and thresholds to those of Metropolis,
// and V − T to the change of log p, also at the edge of the support.
func TestMetropolisDensityProbe(t *testing.T) {
	const p, n = 2, 8
	sigma := about(equicorrelated(p, 0.5, 0.5), constant(p, 1))
	decoder := pairs(t, 45, p, n, 0.7)
	want := mustMetropolis(t, MetropolisConfig{Target: sigma, Decoder: decoder, TauM: 0.02, DT: 1e-4, Gain: 1})
	net := must(NewMetropolisDensity(MetropolisDensityConfig{Target: sigma, Decoder: decoder, TauM: 0.02, DT: 1e-4, Gain: 1}))
	rng := stream.New(46)
	for range 300 {
		for j := range n {
			if a, b := net.Voltage(j), want.Voltage(j); math.Abs(a-b) > 1e-10 {
				t.Fatalf("V_%d = %v, that of Metropolis is %v", j, a, b)
			}
			if a, b := net.Threshold(j), want.Threshold(j); math.Abs(a-b) > 1e-10 {
				t.Fatalf("T_%d = %v, that of Metropolis is %v", j, a, b)
			}
		}
		j, u := rng.IntN(n), rng.Float64()
		net.Propose(j, u)
		want.Propose(j, u)
	}

	edge := must(NewMetropolisDensity(MetropolisDensityConfig{
		Target: quartic{}, Decoder: mat.NewDense(1, 2, []float64{0.5, -0.5}), TauM: math.Inf(1), DT: 1e-3, Gain: 1, Start: []float64{1.8},
	}))
	for j, want := range []float64{math.Inf(-1), quartic{}.LogProb([]float64{1.3}) - quartic{}.LogProb([]float64{1.8})} {
		if got := edge.Excess(j); got != want && math.Abs(got-want) > 1e-12 {
			t.Errorf("at the edge of the support the excess of neuron %d is %v, want %v", j, got, want)
		}
		if v, threshold := edge.Voltage(j), edge.Threshold(j); threshold != 0 || v != edge.Excess(j) {
			t.Errorf("at the edge of the support V_%d = %v and T_%d = %v", j, v, j, threshold)
		}
	}
}

// TestMetropolisDensityCentre lets the estimate decay to a centre, without spikes.
func TestMetropolisDensityCentre(t *testing.T) {
	net := must(NewMetropolisDensity(MetropolisDensityConfig{
		Target: quartic{}, Decoder: mat.NewDense(1, 2, []float64{50, -50}), TauM: 0.01, DT: 1e-3, Gain: 1, Centre: []float64{-1}, Start: []float64{1},
	}))
	x := make([]float64, 1)
	for k := range 50 {
		net.Propose(0, 1)
		net.Position(x)
		if want := -1 + 2*math.Pow(0.9, float64(k+1)); math.Abs(x[0]-want) > 1e-12 {
			t.Fatalf("θ = %v after %d steps, want %v", x[0], k+1, want)
		}
	}
	if _, ok := any(net).(Leaky); ok {
		t.Error("a network whose estimate does not decay to zero says that it is Leaky")
	}
}
