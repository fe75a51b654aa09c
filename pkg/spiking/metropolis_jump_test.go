package spiking

import (
	"errors"
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/metric"
	"natspike/pkg/moments"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// A firstSpike is the law of the first spike from a fixed state, computed from
// the acceptances of every step: survival[k] is the probability that the first k
// proposals are refused, by[j] that neuron j is the first to spike within them
// all.
type firstSpike struct {
	survival []float64
	by       []float64
}

func firstSpikeLaw(net *Metropolis, steps int) firstSpike {
	n := net.Neurons()
	law := firstSpike{survival: []float64{1}, by: make([]float64, n)}
	start := append([]float64(nil), net.theta...)
	theta := make([]float64, len(start))
	for k := range steps {
		for d := range theta {
			theta[d] = start[d] * math.Pow(net.Decay(), float64(k))
		}
		net.place(theta, net.window)
		alive, total := law.survival[k], 0.0
		for j := range n {
			a := net.Acceptance(j) / float64(n)
			law.by[j] += alive * a
			total += a
		}
		law.survival = append(law.survival, alive*(1-total))
	}
	net.place(start, net.window)
	return law
}

// TestJumpLaw compares the wait for the first spike and the neuron that it is of,
// over many jumps from one state, with their exact law, by Pearson's χ² in 20
// cells of nearly equal probability and over the neurons. The state is far from
// the target's mean and the leak strong, so that acceptance changes by orders of
// magnitude as time goes by, and the windows that the bounds are made for go from
// too short to too long. The bounds on χ² (20 and 6 cells, the last of each the
// rest) are passed by chance once in 1e6. Single steps pass too; the law of a
// network with a leak 10 % weaker does not, whose χ² is far above.
func TestJumpLaw(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const p, n, horizon, cells = 2, 6, 400, 20
	config := PaperMetropolis(equicorrelated(p, 0.5, 0.5), spokes(n, 4), metric.Naive)
	config.DT, config.TauM = 1e-3, 0.1 // η = 0.01
	config.Target = about(config.Target, []float64{4, 3})
	config.Start = []float64{4, 3}
	net := mustMetropolis(t, config)
	law := firstSpikeLaw(net, horizon)
	window := net.window
	t.Logf("acceptance from %.2g to %.2g; no spike with probability %.2g, the median after %d steps", 1-law.survival[1],
		1-law.survival[horizon]/law.survival[horizon-1], law.survival[horizon], sort.Search(horizon, func(k int) bool { return law.survival[k] < 0.5 }))

	chi2 := func(jumps int, jump func(rng *rand.Rand) int64, law firstSpike) (wait, neuron float64) {
		rng := stream.New(22)
		counts, by := make([]float64, horizon+1), make([]float64, n+1)
		for range jumps {
			net.place(config.Start, window)
			k := jump(rng)
			if j := net.Spike(); j >= 0 {
				counts[k-1]++
				by[j]++
			} else {
				if k != horizon {
					t.Fatalf("no spike after %d steps of %d", k, horizon)
				}
				counts[horizon]++
				by[n]++
			}
			if got := net.Steps(); got != k {
				t.Fatalf("%d steps counted, %d returned", got, k)
			}
		}
		observed, expected := 0.0, 0.0
		used := 0
		for k := range horizon {
			observed += counts[k]
			expected += float64(jumps) * (law.survival[k] - law.survival[k+1])
			if expected >= float64(jumps)/cells && used < cells-2 || k == horizon-1 {
				wait += (observed - expected) * (observed - expected) / expected
				observed, expected = 0, 0
				used++
			}
		}
		rest := float64(jumps) * law.survival[horizon]
		wait += (counts[horizon] - rest) * (counts[horizon] - rest) / rest
		for j, b := range law.by {
			e := float64(jumps) * b
			neuron += (by[j] - e) * (by[j] - e) / e
		}
		neuron += (by[n] - rest) * (by[n] - rest) / rest
		return wait, neuron
	}
	waitBound := distuv.ChiSquared{K: cells - 1}.Quantile(1 - 1e-6)
	neuronBound := distuv.ChiSquared{K: n}.Quantile(1 - 1e-6)

	const jumps = 20_000
	for _, window = range []int64{1, 8, 50, 1000, maxWindow} {
		wait, neuron := chi2(jumps, func(rng *rand.Rand) int64 { return net.Jump(rng, horizon) }, law)
		if wait > waitBound || neuron > neuronBound {
			t.Errorf("window %d: χ² = %.1f for the wait, %.1f for the neuron, want below %.1f and %.1f", window, wait, neuron, waitBound, neuronBound)
		}
	}
	single := func(rng *rand.Rand) (k int64) {
		for k < horizon {
			net.Step(rng)
			if k++; net.Spike() >= 0 {
				break
			}
		}
		return k
	}
	if wait, neuron := chi2(jumps/2, single, law); wait > waitBound || neuron > neuronBound {
		t.Errorf("single steps: χ² = %.1f for the wait, %.1f for the neuron", wait, neuron)
	}
	config.TauM *= 1.1
	other := mustMetropolis(t, config)
	wrong := firstSpikeLaw(other, horizon)
	if wait, neuron := chi2(jumps, func(rng *rand.Rand) int64 { return net.Jump(rng, horizon) }, wrong); wait < waitBound && neuron < neuronBound {
		t.Errorf("the law of another network is within χ² = %.1f and %.1f: no power", wait, neuron)
	}
}

// TestJumpStatistics runs both engines through a step of the mean and compares
// rates, means and variances: 40 runs each, differences within 5 combined
// standard errors. Moments between spikes are in closed form in one and summed
// step by step in the other.
func TestJumpStatistics(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const p, n, runs, steps = 3, 18, 40, 20_000
	config := PaperMetropolis(equicorrelated(p, 0.5, 0.5), pairs(t, 23, p, n, 1.5), metric.Naive)
	config.DT = 1e-4
	summary := func(seed uint64, jump bool) (stats [3][]float64) {
		for r := range uint32(runs) {
			net := mustMetropolis(t, config)
			rng := stream.Key{Seed: seed, Repeat: r}.Rand()
			m := moments.NewPath(p)
			decay, err := moments.NewDecay(net.Decay())
			if err != nil {
				t.Fatal(err)
			}
			x := make([]float64, p)
			go2 := func(total int64) {
				for left := total; left > 0; {
					k := int64(1)
					net.Position(x)
					if jump {
						k = net.Jump(rng, left)
					} else {
						net.Step(rng)
					}
					m.AddDecay(x, decay, k-1)
					net.Position(x)
					m.Add(x)
					left -= k
				}
			}
			go2(steps / 4)
			if err := net.SetMean(constant(p, 1)); err != nil {
				t.Fatal(err)
			}
			go2(steps)
			if net.Steps() != steps+steps/4 || m.N() != net.Steps() {
				t.Fatalf("%d steps, %d in the moments", net.Steps(), m.N())
			}
			mean := m.Mean(nil)
			stats[0] = append(stats[0], net.Counts().Acceptance())
			stats[1] = append(stats[1], mean[0]+mean[1]+mean[2])
			stats[2] = append(stats[2], mean[0]*mean[0])
		}
		return stats
	}
	a, b := summary(1, true), summary(2, false)
	for i, name := range []string{"acceptance", "mean", "squared mean"} {
		ma, sa := stat.MeanStdDev(a[i], nil)
		mb, sb := stat.MeanStdDev(b[i], nil)
		if z := (ma - mb) / math.Sqrt((sa*sa+sb*sb)/runs); math.Abs(z) > 5 {
			t.Errorf("%s: %.5g by jumps, %.5g by steps: %.1f standard errors apart", name, ma, mb, z)
		}
	}
}

// A network that never spikes is left behind at once, however long the time: the
// wait is compared as a float, of which no false spike comes.
func TestJumpOverSilence(t *testing.T) {
	const p, n = 2, 6
	for _, tau := range []float64{20e-3, math.Inf(1)} {
		config := PaperMetropolis(equicorrelated(p, 0, 1), pairs(t, 24, p, n, 40), metric.Naive)
		config.TauM, config.Start = tau, []float64{0.1, 0.2}
		net := mustMetropolis(t, config)
		rng := stream.New(25)
		const long = int64(1) << 60
		for range 100 {
			if k := net.Jump(rng, long/200); k != long/200 || net.Spike() >= 0 {
				t.Fatalf("jumped %d steps of %d, neuron %d", k, long/200, net.Spike())
			}
		}
		x := make([]float64, p)
		net.Position(x)
		if want := 0.1; math.IsInf(tau, 1) && x[0] != want || !math.IsInf(tau, 1) && x[0] != 0 {
			t.Errorf("τ_m = %v: θ₁ = %v after a long silence", tau, x[0])
		}
	}
}

// Where jumps have nothing to gain, with LargestExcess or a limit below n, Jump
// takes the steps that Step takes, to the last bit. The mean changes its sign every
// ten jumps, so that there are spikes.
func TestJumpBySteps(t *testing.T) {
	const p, n = 3, 20
	for _, c := range []struct {
		choice Choice
		limit  int64
	}{{LargestExcess, 1000}, {LargestExcess, 5}, {UniformNeuron, n - 1}, {UniformNeuron, 1}} {
		config := PaperMetropolis(about(equicorrelated(p, 0.5, 0.5), constant(p, 1)), pairs(t, 26, p, n, 4), metric.Natural)
		config.Choice, config.DT = c.choice, 1e-4
		jumps, steps := mustMetropolis(t, config), mustMetropolis(t, config)
		rng, other := stream.New(27), stream.New(27)
		x := make([]float64, p)
		limits, spikes := 0, 0
		for i := range 500 {
			mean := constant(p, 10-float64(i/10%2*20))
			if err := errors.Join(jumps.SetMean(mean), steps.SetMean(mean)); err != nil {
				t.Fatal(err)
			}
			k := jumps.Jump(rng, c.limit)
			for i := range k {
				steps.Step(other)
				if spiked := steps.Spike() >= 0; spiked != (i == k-1 && jumps.Spike() >= 0) {
					t.Fatalf("%v, limit %d: a spike in step %d of %d", c.choice, c.limit, i, k)
				}
			}
			if jumps.Spike() < 0 {
				if limits++; k != c.limit {
					t.Fatalf("%v: %d steps without a spike, the limit is %d", c.choice, k, c.limit)
				}
			} else {
				spikes++
			}
			if fingerprint(0, jumps, x) != fingerprint(0, steps, x) {
				t.Fatalf("%v, limit %d: parts ways at step %d", c.choice, c.limit, steps.Steps())
			}
		}
		if spikes < 20 || c.limit < 100 && limits == 0 {
			t.Errorf("%v, limit %d: %d spikes, %d times the limit", c.choice, c.limit, spikes, limits)
		}
	}
}

// TestJumpAfterSetMean moves the mean between jumps. The law of the first spike must
// be that of the new mean, as in TestJumpLaw.
func TestJumpAfterSetMean(t *testing.T) {
	const p, n, horizon, jumps = 2, 6, 400, 10_000
	config := PaperMetropolis(equicorrelated(p, 0.5, 0.5), spokes(n, 4), metric.Naive)
	config.DT, config.TauM = 1e-3, 0.1
	net := mustMetropolis(t, config)
	net.Jump(stream.New(1), horizon) // makes the bound for another mean
	if err := net.SetMean([]float64{4, 3}); err != nil {
		t.Fatal(err)
	}
	net.place([]float64{4, 3}, 50)
	law := firstSpikeLaw(net, horizon)
	rng := stream.New(28)
	chi2, by := 0.0, make([]float64, n)
	for range jumps {
		net.place([]float64{4, 3}, 50)
		if net.Jump(rng, horizon); net.Spike() >= 0 {
			by[net.Spike()]++
		}
	}
	for j, b := range law.by {
		chi2 += (by[j] - jumps*b) * (by[j] - jumps*b) / (jumps * b)
	}
	if bound := (distuv.ChiSquared{K: n}).Quantile(1 - 1e-6); chi2 > bound {
		t.Errorf("χ² = %.1f over neurons, want below %.1f", chi2, bound)
	}
}

// A run of steps is that many calls of Step, to the last bit, whether the words are read
// ahead or one by one.
func TestRunIsSteps(t *testing.T) {
	const p, n = 3, 20
	for _, tau := range []float64{20e-3, 2e-3, math.Inf(1)} { // the scale is renewed often, seldom, never
		config := PaperMetropolis(about(equicorrelated(p, 0.5, 0.5), constant(p, 1)), pairs(t, 26, p, n, 1.5), metric.Natural)
		config.DT, config.TauM = 1e-3, tau
		runs, hidden, steps := mustMetropolis(t, config), mustMetropolis(t, config), mustMetropolis(t, config)
		rng, other, single := stream.New(27), rand.New(struct{ rand.Source }{stream.Key{Seed: 27}.Source()}), stream.New(27)
		x, spikes, longest := make([]float64, p), 0, int64(0)
		for range 3000 {
			k := runs.run(rng, 1000)
			if hidden.run(other, 1000) != k {
				t.Fatalf("τ_m = %v: another number of steps without words ahead", tau)
			}
			for range k {
				steps.Step(single)
			}
			if f := fingerprint(0, steps, x); fingerprint(0, runs, x) != f || fingerprint(0, hidden, x) != f || steps.Steps() != runs.Steps() {
				t.Fatalf("τ_m = %v: parts ways at step %d", tau, steps.Steps())
			}
			if runs.Spike() >= 0 {
				spikes++
			}
			longest = max(longest, k)
		}
		if rng.Uint64() != single.Uint64() {
			t.Errorf("τ_m = %v: another number of words", tau)
		}
		if spikes < 500 || longest < 10 {
			t.Errorf("τ_m = %v: %d spikes, at most %d steps apart", tau, spikes, longest)
		}
	}
}

// Jump takes single steps while spikes are frequent, and so uses up a word for each. It
// leaps over rejected proposals when they are rare.
func TestJumpChooses(t *testing.T) {
	const p, n, steps = 2, 20, 20_000
	words := func(length float64) (used int, spikes int64) {
		config := PaperMetropolis(equicorrelated(p, 0.5, 0.5), spokes(n, length), metric.Naive)
		net := mustMetropolis(t, config)
		source := &counting{Source: stream.Key{Seed: 29}.Source()}
		for left := int64(steps); left > 0; {
			left -= net.Jump(rand.New(source), left)
		}
		return source.words, net.Counts().Spikes
	}
	if used, spikes := words(0.5); used != steps || spikes < steps/n {
		t.Errorf("%d words for %d steps with %d spikes", used, steps, spikes)
	}
	if used, spikes := words(4); used > steps/4 || spikes > steps/n {
		t.Errorf("%d words for %d steps with %d spikes", used, steps, spikes)
	}
}

// A counting source counts its words.
type counting struct {
	*stream.Source
	words int
}

func (c *counting) Uint64() uint64 { c.words++; return c.Source.Uint64() }
