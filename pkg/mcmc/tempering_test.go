package mcmc

import (
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// backwards offers exchanges with the sign of the energies wrong.
type backwards struct{ Replica }

func (r backwards) LogProb() float64 { return -r.Replica.LogProb() }

// Replicas that start from exact draws of N(0, 1/β) still have that law after five
// steps: Pearson's χ² of 20,000 runs in 20 equal bins of N(0, 1), with a
// false-alarm rate of 1e-6. Exchanges with the wrong sign do not keep the law.
func TestTemperingIsExact(t *testing.T) {
	racetest.Sequential(t)
	normal := must(density.NewNormal(0, 1))
	chi2 := func(wrong bool) (x float64) {
		const runs, bins = 20_000, 20
		var counts [bins]float64
		for r := range uint32(runs) {
			rng := stream.Key{Seed: 7, Repeat: r}.Rand()
			s := must(NewTempering(normal, []float64{1, 0.4, 0.1}, func(p *density.Tempered) (Replica, error) {
				m, err := NewMALA(p, []float64{stream.Normal(rng) / math.Sqrt(p.Beta())}, 0.5, metric.Naive)
				if wrong {
					return backwards{m}, err
				}
				return m, err
			}))
			for range 5 {
				s.Step(rng)
			}
			var z [1]float64
			s.Position(z[:])
			counts[min(int(bins*distuv.UnitNormal.CDF(z[0])), bins-1)]++
		}
		for _, n := range counts {
			x += (n - runs/bins) * (n - runs/bins) / (runs / bins)
		}
		return x
	}
	bound := distuv.ChiSquared{K: 19}.Quantile(1 - 1e-6)
	if x := chi2(false); x > bound {
		t.Errorf("χ² = %.1f, want below %.1f", x, bound)
	}
	if x := chi2(true); x < 4*bound {
		t.Errorf("exchanges with the wrong sign give χ² = %.1f: no power", x)
	}
}

// A mixture with weights 0.3 and 0.7 whose modes are 20 standard deviations apart:
// MALA never leaves its mode. Tempering finds both with their weights, within 4.5
// standard errors of 40 batches, a false-alarm rate of about 6e-5.
func TestTemperingFindsModes(t *testing.T) {
	racetest.Sequential(t)
	p := must(density.NewMixture([]float64{0.3, 0.7}, []*density.Gaussian{must(density.NewNormal(-10, 1)), must(density.NewNormal(10, 1))}))
	s := must(NewTempering(p, must(Ladder(8, 0.01)), func(p *density.Tempered) (Replica, error) {
		return NewMALA(p, []float64{10}, 1/p.Beta(), metric.Naive)
	}))
	share := func(s Sampler, rng *rand.Rand, batches, steps int) (mean, se float64) {
		var z [1]float64
		sum, square := 0.0, 0.0
		for range batches {
			left := 0.0
			for range steps {
				s.Step(rng)
				if s.Position(z[:]); z[0] < 0 {
					left += 1 / float64(steps)
				}
			}
			sum, square = sum+left, square+left*left
		}
		n := float64(batches)
		mean = sum / n
		return mean, math.Sqrt((square/n - mean*mean) / (n - 1))
	}
	mean, se := share(s, stream.New(2), 40, 2500)
	t.Logf("left mode %.3f ± %.3f, exchanges %.2f, %d round trips", mean, se, s.Exchanges(), s.RoundTrips())
	if math.Abs(mean-0.3) > 4.5*se || se > 0.03 {
		t.Errorf("share of the left mode %.3f ± %.3f, want 0.3", mean, se)
	}
	for i, rate := range s.Exchanges() {
		if rate < 0.2 || rate > 0.95 {
			t.Errorf("exchanges between %d and %d: %.2f", i, i+1, rate)
		}
	}
	if s.RoundTrips() < 200 {
		t.Errorf("%d round trips in 100,000 steps", s.RoundTrips())
	}
	if stuck, _ := share(must(NewMALA(p, []float64{10}, 1, metric.Naive)), stream.New(2), 40, 2500); stuck != 0 {
		t.Errorf("MALA alone spent %.3f in the other mode: no power", stuck)
	}
}

func TestTemperingRefused(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	two := must(density.Equicorrelated(2, 0, 1))
	mala := func(p *density.Tempered) (Replica, error) { return NewMALA(p, []float64{0}, 1, metric.Naive) }
	tempering := func(betas ...float64) error { _, err := NewTempering(p, betas, mala); return err }
	s := must(NewTempering(p, []float64{1, 0.5}, mala))
	for want, err := range map[string]error{
		"number of temperatures": tempering(1),
		"begins with 0.5":        tempering(0.5, 0.1),
		"does not fall":          tempering(1, 0.5, 0.5),
		"= -1":                   tempering(1, -1),
		"dimension 2, want 1": func() error {
			_, err := NewTempering(p, []float64{1, 0.5}, func(*density.Tempered) (Replica, error) {
				return NewMALA(two, make([]float64, 2), 1, metric.Naive)
			})
			return err
		}(),
		"h": func() error {
			_, err := NewTempering(p, []float64{1, 0.5}, func(p *density.Tempered) (Replica, error) {
				return NewMALA(p, []float64{0}, -1, metric.Naive)
			})
			return err
		}(),
		"= 1 is not in (0, 1)": func() error { _, err := Ladder(3, 1); return err }(),
		"n = 1":                func() error { _, err := Ladder(1, 0.5); return err }(),
		"x has NaN":            s.Replica(0).SetPosition([]float64{math.NaN()}),
		"log density at x":     s.Replica(0).SetPosition([]float64{1e200}),
	} {
		var bad *arg.Error
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an *arg.Error with %q", err, want)
		}
	}
	if _, err := must(NewTempering(p, []float64{1, 0.5}, func(p *density.Tempered) (Replica, error) {
		m, err := mala(p)
		return backwards{m}, err
	})).MarshalBinary(); err == nil {
		t.Error("a replica without MarshalBinary was saved")
	}
}

// TestTrips: a round trip is counted when a state comes to the first replica that has
// been at the last since it was at the first, and offers alternate between pairs.
func TestTrips(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	fresh := func() *Tempering {
		return must(NewTempering(p, []float64{1, 0.5, 0.25}, func(p *density.Tempered) (Replica, error) {
			return NewMALA(p, []float64{0}, 1, metric.Naive)
		}))
	}
	s, rng := fresh(), stream.New(1)
	for range 7 {
		s.Step(rng)
	}
	if s.offered[0] != 4 || s.offered[1] != 3 {
		t.Errorf("offers to the pairs are %v, want 4 and 3", s.offered)
	}
	s = fresh()
	exchange := func(i int) { s.exchange(i, s.replicas[i], s.replicas[i+1]) }
	for k, c := range []struct{ pair, trips int }{
		{0, 0},         // state 0 is in the middle
		{1, 0},         // and at the hottest
		{0, 0}, {1, 0}, // state 2 was at the hottest when it began, but did not go there
		{0, 1}, // state 0 is back
		{0, 1}, // and leaves
		{0, 1}, // and comes back, not from the hottest
	} {
		if exchange(c.pair); s.RoundTrips() != c.trips {
			t.Errorf("after exchange %d: %d round trips, want %d; states %v", k, s.RoundTrips(), c.trips, s.who)
		}
	}
	if s.exchanged[0] != 5 || s.exchanged[1] != 2 {
		t.Errorf("exchanges are %v, want 5 and 2", s.exchanged)
	}
}

// TestTemperingStateKeepsTrips: which state each replica holds, where it has been and
// all counts are part of the state, so that round trips go on.
func TestTemperingStateKeepsTrips(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	fresh := func() *Tempering {
		return must(NewTempering(p, []float64{1, 0.5, 0.25}, func(p *density.Tempered) (Replica, error) {
			return NewMALA(p, []float64{0}, 1, metric.Naive)
		}))
	}
	a, b, rng := fresh(), fresh(), stream.New(3)
	for range 100 {
		a.Step(rng)
	}
	for slices.Equal(a.who, []int64{0, 1, 2}) || slices.Max(a.heading) == 0 { // so that there is something to see
		a.Step(rng)
	}
	if err := b.UnmarshalBinary(must(a.MarshalBinary())); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a.trips, b.trips) || a.RoundTrips() == 0 {
		t.Errorf("trips are %+v after restoring, want %+v", b.trips, a.trips)
	}
}

// fixedAt is a replica that does not move and refuses every other place.
type fixedAt struct {
	counter
	at float64
}

func (f *fixedAt) Dim() int               { return 1 }
func (f *fixedAt) Position(dst []float64) { dst[0] = f.at }
func (f *fixedAt) LogProb() float64       { return 0 }
func (f *fixedAt) SetPosition(x []float64) error {
	if x[0] != f.at {
		return errRigid
	}
	return nil
}

// TestExchangeRefused: if one replica refuses the other's place neither moves, and no
// exchange is counted.
func TestExchangeRefused(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	for refusing := range 2 {
		n := 0
		s := must(NewTempering(p, []float64{1, 0.5}, func(p *density.Tempered) (Replica, error) {
			if n++; n-1 == refusing {
				return &fixedAt{at: 7}, nil
			}
			return NewMALA(p, []float64{3}, 1, metric.Naive)
		}))
		s.exchange(0, s.replicas[0], s.replicas[1])
		var x, y [1]float64
		s.replicas[refusing].Position(x[:])
		s.replicas[1-refusing].Position(y[:])
		if x[0] != 7 || y[0] != 3 || s.exchanged[0] != 0 || !slices.Equal(s.who, []int64{0, 1}) {
			t.Errorf("replica %d refuses: places %v and %v, exchanges %v, states %v", refusing, x, y, s.exchanged, s.who)
		}
		if err := s.UnmarshalBinary(nil); err == nil {
			t.Error("a replica without UnmarshalBinary is restored")
		}
	}
}

// TestTemperingReports: shares of exchanges, 0 before the first offer, and statistics,
// into a slice of their length.
func TestTemperingReports(t *testing.T) {
	p := must(density.NewNormal(0, 1))
	s := must(NewTempering(p, []float64{1, 0.5}, func(p *density.Tempered) (Replica, error) {
		return NewMALA(p, []float64{3}, 1, metric.Naive)
	}))
	if got := s.Exchanges(); !slices.Equal(got, []float64{0}) {
		t.Errorf("shares of exchanges are %v before the first offer", got)
	}
	s.offered[0], s.exchanged[0], s.roundTrips = 8, 2, 5
	stats := make([]float64, len(s.StatNames()))
	if s.Stats(stats); !slices.Equal(s.Exchanges(), []float64{0.25}) || !slices.Equal(stats, []float64{p.LogProb([]float64{3}), 5}) {
		t.Errorf("shares of exchanges are %v and statistics %v, want 1/4, log p(3) and 5", s.Exchanges(), stats)
	}
	if got := panicOf(func() { s.Stats(stats[:1]) }); got != "mcmc: dst has the wrong length" {
		t.Errorf("statistics into a short slice panic with %v", got)
	}
}
