package spiking

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// The law of a decoder's entries: mean and variance within 5 standard errors.
func TestRandomDecoder(t *testing.T) {
	const p, n, sd = 40, 1000, 0.3
	g := randomDecoder(stream.New(2), p, n, sd)
	mean, dev := stat.MeanStdDev(g.RawMatrix().Data, nil)
	if math.Abs(mean) > 5*sd/math.Sqrt(p*n) || math.Abs(dev-sd) > 5*sd/math.Sqrt(2*p*n) {
		t.Errorf("entries have mean %v and standard deviation %v, want 0 and %v", mean, dev, sd)
	}
	q, err := RandomPairs(stream.New(2), p, n, sd)
	if err != nil {
		t.Fatal(err)
	}
	half := randomDecoder(stream.New(2), p, n/2, sd)
	for d := range p {
		for j := range n / 2 {
			if q.At(d, j) != half.At(d, j) || q.At(d, j+n/2) != -half.At(d, j) {
				t.Fatalf("entry (%d, %d) of the pairs is %v and %v, want ±%v", d, j, q.At(d, j), q.At(d, j+n/2), half.At(d, j))
			}
		}
	}
}

// A decoder is a matrix whose columns lie together, and a copy of what it is made of.
func TestDecoder(t *testing.T) {
	a := randomDecoder(stream.New(3), 3, 5, 1)
	d := must(NewDecoder(a))
	if p, n := d.Dims(); p != 3 || n != 5 || !mat.Equal(d, a) || !mat.Equal(d.T(), a.T()) {
		t.Fatalf("the decoder is %v, want %v", mat.Formatted(d), mat.Formatted(a))
	}
	if must(NewDecoder(d)) != d {
		t.Error("a decoder is copied")
	}
	z := []float64{1, 2, 3}
	d.AddTo(z, 4)
	for i := range z {
		if d.Column(4)[i] != a.At(i, 4) || z[i] != float64(i+1)+a.At(i, 4) {
			t.Errorf("column 4 is %v, and z = %v", d.Column(4), z)
		}
	}
	a.Set(0, 0, 100)
	if d.At(0, 0) == 100 {
		t.Error("the decoder shares memory with its matrix")
	}
	for _, f := range []func(){func() { d.At(3, 0) }, func() { d.At(0, -1) }, func() { d.At(0, 5) }} {
		func() {
			defer func() {
				if recover() != badIndex {
					t.Error("an entry that is not there does not panic")
				}
			}()
			f()
		}()
	}
}

// A vast is a matrix that has a size and no memory.
type vast struct{ p, n int }

func (m vast) Dims() (p, n int)    { return m.p, m.n }
func (m vast) At(i, j int) float64 { return 1 }
func (m vast) T() mat.Matrix       { return mat.Transpose{Matrix: m} }

// An unread matrix panics when an entry of it is read.
type unread struct{ vast }

func (m unread) At(i, j int) float64 { panic("read") }

// Sizes that are absurd are refused before anything is allocated.
func TestDecoderSize(t *testing.T) {
	racetest.Sequential(t)
	const many = 50_000_000
	target := equicorrelated(2, 0, 1)
	for what, f := range map[string]func() error{
		"RandomDecoder": func() error { _, err := RandomDecoder(stream.New(1), 2, many, 1); return err },
		"RandomPairs":   func() error { _, err := RandomPairs(stream.New(1), 2, many, 1); return err },
		"overflow":      func() error { _, err := RandomDecoder(stream.New(1), 1<<40, 1<<40, 1); return err },
		"NewDecoder":    func() error { _, err := NewDecoder(vast{2, many}); return err },
		"Paired":        func() error { _, err := Paired(vast{2, 20_000_000}); return err },
		"NewBalanced": func() error {
			_, err := NewBalanced(BalancedConfig{Target: target, Decoder: vast{2, many}, TauM: 0.02, TauS: 1e-3, DT: 1e-4})
			return err
		},
		"NewMetropolis": func() error {
			_, err := NewMetropolis(MetropolisConfig{Target: target, Decoder: vast{2, many}, TauM: 0.02, DT: 1e-4, Gain: 1})
			return err
		},
		"NewMetropolisDensity": func() error {
			_, err := NewMetropolisDensity(MetropolisDensityConfig{Target: target, Decoder: vast{2, many}, TauM: 0.02, DT: 1e-4, Gain: 1})
			return err
		},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := f()
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20 {
			t.Errorf("%s has allocated %d bytes", what, grown)
		}
		if !names(err, "Decoder") || !strings.Contains(err.Error(), "GB") {
			t.Errorf("%s: %v", what, err)
		}
	}
	// At the limit a matrix is read.
	for _, f := range []func(){
		func() { NewDecoder(unread{vast{2, maxEntries / 2}}) },
		func() { Paired(unread{vast{2, maxEntries / 4}}) },
	} {
		func() {
			defer func() {
				if recover() != "read" {
					t.Error("a matrix at the limit is refused")
				}
			}()
			f()
		}()
	}
	for _, c := range []struct {
		dims, neurons int
		sd            float64
		field         string
	}{{0, 10, 1, "dims"}, {2, 0, 1, "neurons"}, {2, 10, -1, "sd"}, {2, 10, math.NaN(), "sd"}} {
		if _, err := RandomDecoder(stream.New(1), c.dims, c.neurons, c.sd); !names(err, c.field) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestExtremeScales multiplies Σ by s², Γ by s and μ by s, s a power of two: the
// networks do the same in other units, to the last bit, as long as nothing
// overflows or vanishes. Where it does the network is refused.
func TestExtremeScales(t *testing.T) {
	const p, n, steps = 3, 20, 300
	base := must(RandomPairs(stream.New(1), p, n, 1))
	path := func(exponent int, kind string) (estimates []float64, err error) {
		s := math.Ldexp(1, exponent)
		sigma := mat.NewSymDense(p, nil)
		for i := range p {
			for j := range i + 1 {
				sigma.SetSym(i, j, 0.5*s*s)
			}
			sigma.SetSym(i, i, s*s)
		}
		target, err := density.NewGaussian(constant(p, s), sigma)
		if err != nil {
			return nil, err
		}
		decoder := mat.NewDense(p, n, nil)
		decoder.Scale(s, base)
		var net Network
		switch kind {
		case "Balanced":
			c := PaperBalanced(target, decoder, metric.Natural)
			c.Lambda, c.Alpha, c.TauS = c.Lambda*s*s, c.Alpha*s*s, 2e-3
			net, err = NewBalanced(c)
		case "Metropolis":
			net, err = NewMetropolis(MetropolisConfig{Target: target, Decoder: decoder, TauM: 0.02, DT: 1e-4, Gain: 1})
		}
		if err != nil {
			return nil, err
		}
		rng, x := stream.New(2), make([]float64, p)
		for range steps {
			net.Step(rng)
			net.Position(x)
			for _, v := range x {
				estimates = append(estimates, v/s)
			}
		}
		return estimates, net.Err()
	}
	for _, kind := range []string{"Balanced", "Metropolis"} {
		want := must(path(0, kind))
		for _, exponent := range []int{-1000, -600, -520, -500, -100, 10, 100, 300, 500, 520, 700, 1000} {
			got, err := path(exponent, kind)
			fits := exponent > -510 && exponent < 510
			if fits && (err != nil || !slices.Equal(got, want)) {
				t.Errorf("%s at a scale of 2^%d: error %v, or another path", kind, exponent, err)
			}
			if !fits && err == nil {
				t.Errorf("%s at a scale of 2^%d: no error", kind, exponent)
			}
		}
	}
	unit := equicorrelated(p, 0, 1)
	for _, sd := range []float64{1e-200, 1e200} {
		decoder := pairs(t, 1, p, n, sd)
		if _, err := NewBalanced(PaperBalanced(unit, decoder, metric.Natural)); !names(err, "Decoder") {
			t.Errorf("Balanced with a decoder of %g: %v", sd, err)
		}
		if _, err := NewMetropolis(PaperMetropolis(unit, decoder, metric.Natural)); !names(err, "Decoder") {
			t.Errorf("Metropolis with a decoder of %g: %v", sd, err)
		}
	}
}

func TestParseArbitration(t *testing.T) {
	for _, a := range []Arbitration{OnePerStep, OnePerStepByExcess, Greedy} {
		if got, err := ParseArbitration(a.String()); err != nil || got != a {
			t.Errorf("%v is read as %v, %v", a, got, err)
		}
	}
	if a, err := ParseArbitration("greedy"); err == nil {
		t.Errorf(`"greedy" passes as %v`, a)
	}
}

// The errors about decoders name what is wrong, and where.
func TestDecoderErrors(t *testing.T) {
	random := func(dims, neurons int, sd float64) func() error {
		return func() error { _, err := RandomPairs(stream.New(1), dims, neurons, sd); return err }
	}
	network := func(decoder mat.Matrix) func() error {
		return func() error {
			_, err := NewMetropolis(PaperMetropolis(equicorrelated(2, 0, 1), decoder, metric.Naive))
			return err
		}
	}
	for want, f := range map[string]func() error{
		"neurons = 0 cannot form pairs ±Γ_j: want an even, positive number":                                    random(2, 0, 1),
		"neurons = -2 cannot form pairs ±Γ_j: want an even, positive number":                                   random(2, -2, 1),
		"neurons = 3 cannot form pairs ±Γ_j: want an even, positive number":                                    random(2, 3, 1),
		"Decoder of 2 dimensions and 50000000 neurons has 1e+08 entries, 0.8 GB; at most 67108864 are allowed": random(2, 50_000_000, 1),
		"dims = 0 is less than 1":           random(0, 2, 1),
		"sd = 1.7e+308 makes an entry -Inf": random(1, 200, 1.7e308),
		"Decoder has 3 neurons, an odd number, which cannot form the pairs ±Γ_j of detailed balance; set Unpaired to do without them": network(mat.NewDense(2, 3, nil)),
		"Decoder is not [A, −A]: entry (1, 0) is 3 and entry (1, 2) is -4; set Unpaired to do without pairs":                          network(mat.NewDense(2, 4, []float64{1, 2, -1, -2, 3, 4, -4, -3})),
		"Decoder is not [A, −A]: entry (0, 1) is 2 and entry (0, 3) is 2; set Unpaired to do without pairs":                           network(mat.NewDense(2, 4, []float64{1, 2, -1, 2, 3, 4, -3, -4})),
		"Decoder is 3×4, want 2×any": network(mat.NewDense(3, 4, nil)),
	} {
		if err := f(); err == nil || !strings.HasPrefix(err.Error(), "spiking: "+want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
