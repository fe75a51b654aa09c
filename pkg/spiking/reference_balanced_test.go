package spiking

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/reference"
	"natspike/pkg/internal/reference/referencetest"
	"natspike/pkg/stream"
)

// A protocol is the authors' way to drive the balanced network: a stage with
// zero mean, then one with the target's. The first sample of a stage is the
// state before its first step, for which the estimate is written as zero.
type protocol struct {
	p, n             int
	sigma            *mat.SymDense
	geometry         Geometry
	dt, before, span float64               // s
	change           func(*BalancedConfig) // if not nil, to something else than the authors'
}

// A balancedRun is what the statistics are made from.
type balancedRun struct {
	protocol
	steps    int // of the second stage
	estimate path
	trains   [][]float64
	baseline BalancedDiagnostics
	late     BalancedDiagnostics
}

const targetMean = 6

func (c protocol) run(key stream.Key) balancedRun {
	key.Purpose = stream.Decoder
	decoder := RandomDecoder(key.Rand(), c.p, c.n, 1)
	config := PaperBalanced(c.sigma, decoder, c.geometry)
	config.DT = c.dt
	if c.change != nil {
		c.change(&config)
	}
	net, err := NewBalanced(config)
	if err != nil {
		panic(err)
	}
	key.Purpose = stream.Dynamics
	rng := key.Rand()
	r := balancedRun{protocol: c, steps: int(math.Round(c.span / c.dt))}
	for range int(math.Round(c.before/c.dt)) - 1 {
		net.Step(rng)
	}
	r.baseline = net.Diagnostics()
	net.ResetCounts()
	net.DropReset()
	if err := net.SetMean(constant(c.p, targetMean)); err != nil {
		panic(err)
	}
	r.estimate = newPath(c.p, r.steps)
	r.trains = make([][]float64, c.n)
	z := make([]float64, c.p)
	for k := 1; k < r.steps; k++ {
		net.Step(rng)
		net.Position(z)
		r.estimate.set(k, z)
		for _, j := range net.Spikes() {
			r.trains[j] = append(r.trains[j], float64(k)*c.dt)
		}
	}
	r.late = net.Diagnostics()
	return r
}

//go:norace
func (x path) set(k int, z []float64) {
	for d, v := range z {
		x[d][k] = v
	}
}

// statistics returns the columns of tables A, B and C.
func (r balancedRun) statistics(key stream.Key) sample {
	key.Purpose = stream.Exact
	draws := &normals{state: key.Rand().Uint64() | 1}
	sd := math.Sqrt(r.sigma.At(0, 0))
	out := sample{}
	for _, w := range []struct {
		name string
		to   int
	}{{"50", int(math.Round(0.05 / r.dt))}, {"End", r.steps}} {
		x := r.estimate.window(0, w.to)
		out["mean"+w.name], out["var"+w.name] = x.moments(0)
		mse := 0.0
		for _, xs := range x {
			mse += math.Pow(average(xs)-targetMean, 2) / float64(r.p)
		}
		out["mse"+w.name] = mse
		out["w2bins"+w.name] = x.w2Bins(draws, targetMean, sd)
		out["w2val"+w.name] = x.w2Values(targetMean, sd)
	}
	late := r.estimate.window(r.steps-int(math.Round(1/r.dt)), r.steps)
	out["lateMean"], out["lateVar"] = late.moments(1)
	out["lateOffdiagCov"] = offDiagonal(late.covariance(), r.p)

	s := spikeStats(r.trains, r.span)
	spikes := 0
	for _, t := range r.trains {
		spikes += len(t)
	}
	out["spikesPerStep"] = float64(spikes) / float64(r.steps-1)
	out["rateHz"] = meanOf(s.rates)
	out["rateBaselineHz"] = float64(r.baseline.Spikes) / (float64(r.n) * r.before)
	out["maxRateHz"] = largestOf(s.rates)
	out["fracSilent"], out["neurons"] = s.silent, float64(r.n)

	out["rate_mean"] = meanOf(s.rates)
	_, out["rate_sd_neurons"] = meanSD(s.rates)
	out["rate_median"] = median(s.rates)
	out["rate_max"] = largestOf(s.rates)
	out["fracLess3spikes"] = s.few
	out["isiMean_neurons_s"] = meanOf(s.isi)
	out["isiMean_median_s"] = median(s.isi)
	out["isiCV_mean"] = meanOf(s.variation)
	_, out["isiCV_sd_neurons"] = meanSD(s.variation)
	out["isiCV_median"] = median(s.variation)
	return out
}

// paperProtocol is what tables A to D have in common.
func paperProtocol(p, k int, sigma *mat.SymDense, g Geometry) protocol {
	return protocol{p: p, n: p * k, sigma: sigma, geometry: g, dt: 1e-4, before: 0.5, span: 1.5}
}

func sweepProtocol(c *reference.Cell) protocol {
	return paperProtocol(c.Dims, c.Neurons/c.Dims, equicorrelated(c.Dims, 3*c.Rho, 1-c.Rho), geometryOf(c))
}

func TestReferenceCorrelationAndTimeCourse(t *testing.T) {
	t.Parallel()
	cells, courses := referencetest.Load(t, "A_ebn_rho"), referencetest.Load(t, "D_ebn_timecourse")
	// Table D shows the runs of table A as they go on: cells that differ in t_ms
	// alone are of one run.
	running := make([][]sample, len(courses))
	index := func(c *reference.Cell) int {
		for i, a := range cells {
			if a.Rho == c.Rho && a.Natural == c.Natural {
				return i
			}
		}
		t.Fatalf("%v is not in table A", c)
		return -1
	}
	runs := runCells(cells, referencetest.Repeats(16), func(c *reference.Cell, key stream.Key) sample {
		r := sweepProtocol(c).run(key)
		out := r.statistics(key)
		for _, d := range courses {
			if d.Rho == c.Rho && d.Natural == c.Natural {
				x := r.estimate.window(0, int(math.Round(d.Time/r.dt)))
				out[d.String()+" mean"], out[d.String()+" var"] = x.moments(0)
			}
		}
		return out
	})
	for i, d := range courses {
		for _, r := range runs[index(d)] {
			running[i] = append(running[i], sample{"runmean": r[d.String()+" mean"], "runvar": r[d.String()+" var"]})
		}
	}
	compare(t, cells, runs)
	compare(t, courses, running)
}

func TestReferenceDimensionAndNeurons(t *testing.T) {
	t.Parallel()
	cells := referencetest.Load(t, "B_ebn_np_k")
	runs := runCells(cells, referencetest.Repeats(16), func(c *reference.Cell, key stream.Key) sample {
		key.Cell += 1000
		return sweepProtocol(c).run(key).statistics(key)
	})
	compare(t, cells, runs)
}

// The spike statistics were pooled over 6 repeats of each of 6 decoders, so that
// they rest on 6 independent repeats, and a little more.
func TestReferenceSpikeStatistics(t *testing.T) {
	t.Parallel()
	cells := referencetest.Load(t, "C_ebn_spikestats")
	runs := runCells(cells, referencetest.Repeats(24), func(c *reference.Cell, key stream.Key) sample {
		key.Cell += 2000
		return paperProtocol(10, 10, equicorrelated(10, 3*0.75, 3*0.25), geometryOf(c)).run(key).statistics(key)
	})
	compare(t, cells, runs)
}

func TestReferenceTimeStep(t *testing.T) {
	t.Parallel()
	cells := referencetest.Load(t, "Q_dt_refinement")
	runs := runCells(cells, referencetest.Repeats(8), func(c *reference.Cell, key stream.Key) sample {
		key.Cell += 3000
		pr := sweepProtocol(c)
		pr.dt, pr.before, pr.span = c.DT, 0.1, 0.6
		r := pr.run(key)
		out := sample{}
		out["mean50ms_window"], out["var50ms_window"] = r.estimate.window(0, int(math.Round(0.05/pr.dt))).moments(0)
		late := r.estimate.window(int(math.Round(0.1/pr.dt)), r.steps)
		out["lateMean"], out["lateVar"] = late.moments(1)
		out["lateOffdiagCov"] = offDiagonal(late.covariance(), pr.p)
		out["spikesPerStep"] = float64(r.late.Spikes) / float64(r.steps) // the first, which is no step, counted
		out["rateHz"] = float64(r.late.Spikes) / (float64(pr.n) * pr.span)
		return out
	})
	compare(t, cells, runs)
}

// The table of how often the rule of one spike binds has one run a row.
func TestReferenceOneSpikeRule(t *testing.T) {
	t.Parallel()
	cells := referencetest.Load(t, "Q_threshold_quirk")
	runs := runCells(cells, referencetest.Repeats(12), func(c *reference.Cell, key stream.Key) sample {
		key.Cell += 4000
		pr := sweepProtocol(c)
		key.Purpose = stream.Decoder
		config := PaperBalanced(pr.sigma, RandomDecoder(key.Rand(), pr.p, pr.n, 1), pr.geometry)
		net, err := NewBalanced(config)
		if err != nil {
			panic(err)
		}
		key.Purpose = stream.Dynamics
		rng := key.Rand()
		for range 5000 {
			net.Step(rng)
		}
		if err := net.SetMean(constant(pr.p, targetMean)); err != nil {
			panic(err)
		}
		net.ResetCounts()
		var differ, sum float64
		const steps = 15_000
		for range steps {
			net.Step(rng)
			d, s := argmaxDiffers(net)
			differ += d
			sum += s
		}
		d := net.Diagnostics()
		return sample{
			"spikesPerStep":                            d.SpikesPerStep,
			"meanNeuronsAboveThreshold":                d.NeuronsAbove,
			"fracStepsMoreThanOneAbove":                d.CapBinds,
			"fracStepsSomeAboveButNoSpike":             d.UnheededShare,
			"fracStepsArgmaxVdiffersFromArgmaxVminusT": differ / steps,
			"meanV": sum / steps / float64(pr.n),
		}
	})
	compare(t, cells, runs)
}

// argmaxDiffers returns one if the largest voltage is not the one furthest above
// its threshold, and the sum of voltages.
//
//go:norace
func argmaxDiffers(net *Balanced) (differs, sum float64) {
	largest, furthest := 0, 0
	for j := range net.n {
		v := net.v[j]
		sum += v
		if v > net.v[largest] {
			largest = j
		}
		if v-net.threshold[j] > net.v[furthest]-net.threshold[furthest] {
			furthest = j
		}
	}
	if largest != furthest {
		differs = 1
	}
	return differs, sum
}

// TestReferencePower compares networks that are not the authors' with their
// tables. Each must be found out. (Another arbitration of one spike changes the
// statistics little; the golden traces find it at once.)
func TestReferencePower(t *testing.T) {
	t.Parallel()
	base := referencetest.Load(t, "A_ebn_rho")
	for _, wrong := range []struct {
		name   string
		change func(*BalancedConfig)
	}{
		{"cascades", func(c *BalancedConfig) { c.Arbitration = Greedy }},
		{"a geometry of 1.2 Σ", func(c *BalancedConfig) {
			root, err := Natural.Root(c.Covariance)
			if err != nil {
				panic(err)
			}
			root.Scale(math.Sqrt(1.2), root)
			c.Geometry = Custom(root)
		}},
		{"τ_s 20 % longer", func(c *BalancedConfig) { c.TauS *= 1.2 }},
		{"λ 30 % larger", func(c *BalancedConfig) { c.Lambda *= 1.3 }},
		{"α = 0", func(c *BalancedConfig) { c.Alpha = 0 }},
	} {
		cells := []*reference.Cell{base[1]} // natural at ρ = 0, where the spread is least
		runs := runCells(cells, 8, func(c *reference.Cell, key stream.Key) sample {
			key.Cell += 5000
			pr := sweepProtocol(c)
			pr.change = wrong.change
			return pr.run(key).statistics(key)
		})
		referencetest.Reject(t, wrong.name, cells[0], func(s reference.Statistic) []float64 { return valuesOf(t, runs[0], s) })
	}
}
