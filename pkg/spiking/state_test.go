package spiking

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// A saved network is one whose state is kept and put back by one of the codecs.
type saved struct {
	name string
	net  Monitored
	// save and restore the state of net, in another network like it.
	save    func(encode func(any) error) error
	restore func(decode func(any) error) (Monitored, error)
	step    func(net Monitored, rng *rand.Rand)
}

func everyNetwork(t *testing.T) []saved {
	t.Helper()
	const p, n = 3, 20
	sigma := equicorrelated(p, 0.5, 0.5)
	mu := make([]float64, p)
	wave := func(dst []float64, t float64) {
		for d := range dst {
			dst[d] = 1 + math.Abs(math.Mod(float64(100*t)+float64(d), 2)-1)
		}
	}
	step := func(net Monitored, rng *rand.Rand) { net.Step(rng) }
	moving := func(net Monitored, rng *rand.Rand) {
		wave(mu, net.Time())
		if err := net.(Driven).SetMean(mu); err != nil {
			panic(err)
		}
		net.Step(rng)
	}
	var all []saved
	for _, a := range []Arbitration{OnePerStep, Greedy} {
		config := PaperBalanced(sigma, RandomDecoder(stream.New(1), p, n, 1), metric.Natural)
		config.Arbitration = a
		build := func() *Balanced {
			net, err := NewBalanced(config)
			if err != nil {
				t.Fatal(err)
			}
			return net
		}
		net := build()
		all = append(all, saved{"Balanced " + a.String(), net, func(encode func(any) error) error { return encode(net.State()) },
			func(decode func(any) error) (Monitored, error) {
				var s BalancedState
				if err := decode(&s); err != nil {
					return nil, err
				}
				other := build()
				return other, other.Restore(s)
			}, moving})
	}
	jump := func(net Monitored, rng *rand.Rand) { net.(*Metropolis).Jump(rng, 60) }
	for name, step := range map[string]func(Monitored, *rand.Rand){"Step": step, "Jump": jump} {
		config := PaperMetropolis(sigma, pairs(t, 1, p, n, 1), metric.Natural)
		config.DT, config.Target = 1e-4, about(config.Target, constant(p, 1))
		build := func() *Metropolis { return mustMetropolis(t, config) }
		net := build()
		all = append(all, saved{"Metropolis " + name, net, func(encode func(any) error) error { return encode(net.State()) },
			func(decode func(any) error) (Monitored, error) {
				var s MetropolisState
				if err := decode(&s); err != nil {
					return nil, err
				}
				other := build()
				return other, other.Restore(s)
			}, step})
	}
	for name, interval := range map[string]float64{"clock": 1e-4, "thinning": 3e-3} {
		config := ContinuousConfig{Target: about(sigma, constant(p, 1)), Decoder: pairs(t, 1, p, n, 1), Geometry: metric.Naive,
			TauM: 0.02, Proposals: 1e4, Gain: 1, Interval: interval}
		build := func() *Continuous { return mustContinuous(t, config) }
		net := build()
		all = append(all, saved{"Continuous " + name, net, func(encode func(any) error) error { return encode(net.State()) },
			func(decode func(any) error) (Monitored, error) {
				var s ContinuousState
				if err := decode(&s); err != nil {
					return nil, err
				}
				other := build()
				return other, other.Restore(s)
			}, step})
	}
	identity := mat.NewSymDense(p, nil)
	for d := range p {
		identity.SetSym(d, d, 1)
	}
	config := MetropolisDensityConfig{Target: quadratic{mean: constant(p, 1), precision: identity}, Decoder: pairs(t, 1, p, n, 1), TauM: 0.02, DT: 1e-4, Gain: 1}
	build := func() *MetropolisDensity {
		net, err := NewMetropolisDensity(config)
		if err != nil {
			t.Fatal(err)
		}
		return net
	}
	net := build()
	return append(all, saved{"MetropolisDensity", net, func(encode func(any) error) error { return encode(net.State()) },
		func(decode func(any) error) (Monitored, error) {
			var s MetropolisDensityState
			if err := decode(&s); err != nil {
				return nil, err
			}
			other := build()
			return other, other.Restore(s)
		}, step})
}

// fingerprint mixes the bits of what a network shows into a number.
func fingerprint(h uint64, net Monitored, x []float64) uint64 {
	add := func(v uint64) { h = h*0x9e3779b97f4a7c15 + v }
	net.Position(x)
	for _, v := range x {
		add(math.Float64bits(v))
	}
	for _, j := range net.Spikes() {
		add(uint64(j) + 1)
	}
	add(math.Float64bits(net.Voltage(0)))
	add(math.Float64bits(net.Rate(1)))
	add(math.Float64bits(net.Time()))
	return h
}

// TestSaveAndGoOn saves each network in mid-run as JSON and as gob, with the
// random stream, and goes on in another network from there: to the same bytes as
// the one that was not interrupted.
func TestSaveAndGoOn(t *testing.T) {
	const before, after = 700, 1200
	for _, codec := range []string{"json", "gob"} {
		for _, s := range everyNetwork(t) {
			source := rand.NewChaCha8([32]byte{1})
			rng := rand.New(source)
			for range before {
				s.step(s.net, rng)
			}
			var buffer bytes.Buffer
			encode, decode := json.NewEncoder(&buffer).Encode, json.NewDecoder(&buffer).Decode
			if codec == "gob" {
				encode, decode = gob.NewEncoder(&buffer).Encode, gob.NewDecoder(&buffer).Decode
			}
			if err := s.save(encode); err != nil {
				t.Fatalf("%s as %s: %v", s.name, codec, err)
			}
			words, err := source.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			other, err := s.restore(decode)
			if err != nil {
				t.Fatalf("%s as %s: %v", s.name, codec, err)
			}
			again := rand.NewChaCha8([32]byte{2})
			if err := again.UnmarshalBinary(words); err != nil {
				t.Fatal(err)
			}
			otherRNG := rand.New(again)
			var a, b uint64
			x := make([]float64, s.net.Dim())
			spikes := 0
			for range after {
				s.step(s.net, rng)
				s.step(other, otherRNG)
				a, b = fingerprint(a, s.net, x), fingerprint(b, other, x)
				spikes += len(other.Spikes())
				if a != b {
					t.Fatalf("%s as %s: parts ways at step %d", s.name, codec, s.net.Steps())
				}
			}
			if spikes < 50 {
				t.Errorf("%s: %d spikes, too few to tell", s.name, spikes)
			}
		}
	}
}

// A state that does not fit leaves the network as it is, and the error names the
// part.
func TestRestoreRefuses(t *testing.T) {
	config := PaperBalanced(equicorrelated(2, 0, 1), RandomDecoder(stream.New(1), 2, 10, 1), metric.Natural)
	net, err := NewBalanced(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(net, stream.New(1), 50); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field  string
		change func(*BalancedState)
	}{
		{"state's Mean", func(s *BalancedState) { s.Mean = nil }},
		{"state's U", func(s *BalancedState) { s.U[1] = math.NaN() }},
		{"state's Q", func(s *BalancedState) { s.Q = s.Q[1:] }},
		{"state's R", func(s *BalancedState) { s.R[0] = math.Inf(1) }},
		{"state's Theta", func(s *BalancedState) { s.Theta = append(s.Theta, 0) }},
		{"state's Flow", func(s *BalancedState) { s.Flow = nil }},
		{"state's Offset", func(s *BalancedState) { s.Offset = math.NaN() }},
		{"state's Scale", func(s *BalancedState) { s.Scale = 0 }},
		{"state's Steps", func(s *BalancedState) { s.Steps = -1 }},
		{"state's Spikes", func(s *BalancedState) { s.Spikes = []int{10} }},
		{"state's Spikes", func(s *BalancedState) { s.Spikes = []int{1, 2} }},
	} {
		s := net.State()
		c.change(&s)
		if err := net.Restore(s); !names(err, c.field) {
			t.Errorf("want an error that names %s, got %v", c.field, err)
		}
	}
	m := mustMetropolis(t, PaperMetropolis(equicorrelated(2, 0, 1), pairs(t, 1, 2, 10, 1), metric.Naive))
	for _, c := range []struct {
		field  string
		change func(*MetropolisState)
	}{
		{"state's Theta", func(s *MetropolisState) { s.Theta = nil }},
		{"state's R", func(s *MetropolisState) { s.R = nil }},
		{"state's Mean", func(s *MetropolisState) { s.Mean[0] = math.NaN() }},
		{"state's Scale", func(s *MetropolisState) { s.Scale = 2 }},
		{"state's Spike", func(s *MetropolisState) { s.Spike = 10 }},
		{"state's Window", func(s *MetropolisState) { s.Window = 0 }},
	} {
		s := m.State()
		c.change(&s)
		if err := m.Restore(s); !names(err, c.field) {
			t.Errorf("want an error that names %s, got %v", c.field, err)
		}
	}
	g, err := NewMetropolisDensity(MetropolisDensityConfig{Target: quartic{}, Decoder: pairs(t, 1, 1, 4, 1), TauM: 1, DT: 1e-3, Gain: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := g.State()
	s.Theta[0] = 3
	if err := g.Restore(s); !names(err, "state's Theta") {
		t.Errorf("a state outside the support: %v", err)
	}
}

// TestSameBitsEverywhere holds the networks to the bits that they have always
// had, on every architecture.
func TestSameBitsEverywhere(t *testing.T) {
	want := map[string]uint64{
		"Balanced OnePerStep": 0x65517d594df7c8f1,
		"Balanced Greedy":     0x97a4b903b60dd6d7,
		"Metropolis Step":     0x3d3f38f204771848,
		"Metropolis Jump":     0x9fa6e77636744148,
		"Continuous clock":    0x61a8cacf2c054ef3,
		"Continuous thinning": 0x9e364076f41c31a6,
		"MetropolisDensity":   0x2a09a2e02c3a4d42,
	}
	for _, s := range everyNetwork(t) {
		rng := stream.New(9)
		var h uint64
		x := make([]float64, s.net.Dim())
		for range 5000 {
			s.step(s.net, rng)
			h = fingerprint(h, s.net, x)
		}
		if h != want[s.name] {
			t.Errorf("digest of %s is %#x, want %#x", s.name, h, want[s.name])
		}
	}
}

func TestNoAllocations(t *testing.T) {
	for _, s := range everyNetwork(t) {
		rng := stream.New(10)
		x := make([]float64, s.net.Dim())
		for range 1000 { // slices of spikes reach their length
			s.step(s.net, rng)
		}
		if a := testing.AllocsPerRun(1000, func() {
			s.step(s.net, rng)
			s.net.Position(x)
			s.net.Spikes()
		}); a != 0 {
			t.Errorf("%s: %v allocations a step, want none", s.name, a)
		}
	}
}
