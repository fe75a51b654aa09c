package paper

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/reference"
	"natspike/pkg/internal/reference/referencetest"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// The tests below run the rows of the published tables and compare every
// statistic. Package referencetest says how, and what is found out.

// balancedTask returns the trial of a row of tables A to D and Q.
func balancedTask(r *reference.Row, repeat int) task {
	s := model.PaperBalanced(r.Dims, r.Neurons/r.Dims, r.Rho, geometryOf(r))
	s.Scale, s.DT = r.Scale, r.DT
	return Options{Seed: referencetest.Seed}.task(s, uint32(repeat))
}

// metropolisTask returns the trial of a row of tables E and F.
func metropolisTask(r *reference.Row, repeat int) task {
	s := model.PaperMetropolis(r.Dims, r.Neurons/r.Dims, r.Rho, geometryOf(r))
	s.Scale, s.DT = r.Scale, r.DT
	return Options{Seed: referencetest.Seed}.task(s, uint32(repeat))
}

func geometryOf(r *reference.Row) metric.Geometry {
	if r.Natural {
		return metric.Natural
	}
	return metric.Naive
}

// A sample holds the numbers of one trial by the names of their columns.
type sample map[string]float64

// sampleOf measures a recording.
func sampleOf(recording *trial.Recording, err error, measures ...trial.Measure) sample {
	if err != nil {
		panic(err)
	}
	values, err := model.Measured(recording, measures...)
	if err != nil {
		panic(err)
	}
	out := sample{}
	for i, c := range trial.Columns(measures...) {
		out[c.Name] = values[i]
	}
	return out
}

// statisticsOf returns the statistics of a trial.
func statisticsOf(t task, recording *trial.Recording, err error) sample {
	measures, problem := t.statistics()
	if problem != nil {
		panic(problem)
	}
	return sampleOf(recording, err, measures...)
}

// compare runs trials of each row and compares their statistics with the table.
func compare(t *testing.T, table string, repeats int, of func(r *reference.Row, repeat int) task) {
	t.Parallel()
	rows := referencetest.Load(t, table)
	samples := referencetest.Run(len(rows), referencetest.Repeats(repeats), func(i, repeat int) sample {
		task := of(rows[i], repeat)
		recording, err := task.present()
		return statisticsOf(task, recording, err)
	})
	compareSamples(t, rows, samples)
}

func compareSamples(t *testing.T, rows []*reference.Row, samples [][]sample) {
	t.Helper()
	referencetest.Compare(t, rows, func(i int, s reference.Statistic) []float64 { return valuesOf(t, samples[i], s) })
}

func valuesOf(t *testing.T, samples []sample, s reference.Statistic) []float64 {
	t.Helper()
	var x []float64
	for _, r := range samples {
		v, ok := r[s.Name]
		if !ok {
			t.Fatalf("no statistic %s", s.Name)
		}
		x = append(x, v)
	}
	return x
}

// Table D shows the runs of table A as they go on.
func TestReferenceCorrelationAndTimeCourse(t *testing.T) {
	t.Parallel()
	racetest.Larger(t, "TestReferenceSpikeStatistics")
	rows, courses := referencetest.Load(t, "A_ebn_rho"), referencetest.Load(t, "D_ebn_timecourse")
	// The rows of table D that differ in the time alone are of one run.
	at := make([]int, len(courses))
	times := make([][]float64, len(rows))
	for i, d := range courses {
		at[i] = -1
		for k, a := range rows {
			if a.Rho == d.Rho && a.Natural == d.Natural {
				at[i] = k
				times[k] = append(times[k], d.Time)
			}
		}
		if at[i] < 0 {
			t.Fatalf("%v is not in table A", d)
		}
	}
	results := referencetest.Run(len(rows), referencetest.Repeats(16), func(k, repeat int) [2]sample {
		task := balancedTask(rows[k], repeat)
		recording, err := task.present()
		return [2]sample{statisticsOf(task, recording, err), sampleOf(recording, err, task.course(times[k]))}
	})
	statistics, points := make([][]sample, len(rows)), make([][]sample, len(courses))
	for k, runs := range results {
		for _, r := range runs {
			statistics[k] = append(statistics[k], r[0])
		}
	}
	for i, d := range courses {
		for _, r := range results[at[i]] {
			w := trial.First(d.Time)
			points[i] = append(points[i], sample{"mean": r[1][w.Column("mean")], "var": r[1][w.Column("var")]})
		}
	}
	compareSamples(t, rows, statistics)
	compareSamples(t, courses, points)
}

func TestReferenceDimensionAndNeurons(t *testing.T) {
	racetest.Larger(t, "TestReferenceSpikeStatistics")
	compare(t, "B_ebn_np_k", 16, balancedTask)
}

func TestReferenceSpikeStatistics(t *testing.T) {
	compare(t, "C_ebn_spikestats", 24, func(r *reference.Row, repeat int) task {
		task := balancedTask(r, repeat)
		task.Family = model.FamilyTriple
		return task
	})
}

// Table Q has a shorter trial with a late window of its own.
func TestReferenceTimeStep(t *testing.T) {
	t.Parallel()
	racetest.Larger(t, "TestReferenceSpikeStatistics")
	rows := referencetest.Load(t, "Q_dt_refinement")
	samples := referencetest.Run(len(rows), referencetest.Repeats(8), func(i, repeat int) sample {
		task := balancedTask(rows[i], repeat)
		task.Before, task.After = 0.1, 0.6
		recording, err := task.present()
		out := sampleOf(recording, err,
			task.measure(trial.Moments, first50), task.measure(trial.Moments, trial.Window{From: 0.1, To: 0.6}), task.measure(trial.Rates, trial.AfterOnset))
		// The first sample, which is no step, is counted.
		steps := math.Round(task.After / task.DT)
		out["spikes_per_sample"] = out["spikes_per_step_after"] * (steps - 1) / steps
		return out
	})
	compareSamples(t, rows, samples)
}

func TestReferenceMetropolis(t *testing.T) { compare(t, "E_mh_base", 16, metropolisTask) }

func TestReferenceMetropolisCorrelation(t *testing.T) {
	racetest.Larger(t, "TestReferenceMetropolis")
	compare(t, "F1_mh_rho", 8, metropolisTask)
}

func TestReferenceMetropolisDimension(t *testing.T) {
	racetest.Larger(t, "TestReferenceMetropolis")
	compare(t, "F2_mh_dim", 8, metropolisTask)
}

func TestReferenceMetropolisScale(t *testing.T) {
	racetest.Larger(t, "TestReferenceMetropolis")
	compare(t, "F3_mh_gammascale", 8, metropolisTask)
}

// TestReferencePower compares networks that are not the authors' with their
// tables. Each must be found out. (Another arbitration of one spike changes the
// statistics little; the golden traces of package spiking find it at once.)
func TestReferencePower(t *testing.T) {
	t.Parallel()
	racetest.Larger(t, "TestReferenceSpikeStatistics")
	row := referencetest.Load(t, "A_ebn_rho")[1] // natural at ρ = 0, where the spread is least
	for _, wrong := range []struct {
		name   string
		change func(*spiking.BalancedConfig) error
	}{
		{"cascades", func(c *spiking.BalancedConfig) error { c.Arbitration = spiking.Greedy; return nil }},
		{"a geometry of 1.2 Σ", func(c *spiking.BalancedConfig) error {
			m, err := metric.Natural.Of(c.Target)
			if err != nil {
				return err
			}
			root := metric.Matrix(m)
			root.Scale(math.Sqrt(1.2), root)
			larger, err := metric.Root(root)
			c.Geometry = metric.Fixed(larger)
			return err
		}},
		{"τ_s 20 % longer", func(c *spiking.BalancedConfig) error { c.TauS *= 1.2; return nil }},
		{"λ 30 % larger", func(c *spiking.BalancedConfig) error { c.Lambda *= 1.3; return nil }},
		{"α = 0", func(c *spiking.BalancedConfig) error { c.Alpha = 0; return nil }},
	} {
		reject(t, wrong.name, row, balancedTask, func(task task) (*trial.Recording, error) {
			c, err := task.Balanced(task.seed, task.repeat)
			if err == nil {
				err = wrong.change(&c)
			}
			if err != nil {
				return nil, err
			}
			return presentStaged(task, c)
		})
	}
}

func TestReferenceMetropolisPower(t *testing.T) {
	t.Parallel()
	racetest.Larger(t, "TestReferenceMetropolis")
	row := referencetest.Load(t, "E_mh_base")[1] // natural
	for _, wrong := range []struct {
		name   string
		change func(*spiking.MetropolisConfig) error
	}{
		{"gain 1.1", func(c *spiking.MetropolisConfig) error { c.Gain = 1.1; return nil }},
		{"Σ and Γ 10 % larger", func(c *spiking.MetropolisConfig) error {
			var sigma mat.SymDense
			c.Target.CovarianceMatrix(&sigma)
			sigma.ScaleSym(1.1, &sigma)
			larger, err := density.NewGaussian(make([]float64, 10), &sigma)
			c.Target = larger
			return err
		}},
		{"τ_m a quarter as long", func(c *spiking.MetropolisConfig) error { c.TauM /= 4; return nil }},
	} {
		reject(t, wrong.name, row, metropolisTask, func(task task) (*trial.Recording, error) {
			c, err := task.Metropolis(task.seed, task.repeat)
			if err == nil {
				err = wrong.change(&c)
			}
			if err != nil {
				return nil, err
			}
			net, err := spiking.NewMetropolis(c)
			if err != nil {
				return nil, err
			}
			return trial.Present(net, task.Protocol(), task.Key(task.seed, task.repeat, stream.Dynamics).Rand())
		})
	}
}

// reject runs 8 trials of a row with networks that are not the authors'.
func reject(t *testing.T, what string, row *reference.Row, of func(r *reference.Row, repeat int) task, present func(t task) (*trial.Recording, error)) {
	t.Helper()
	samples := referencetest.Run(1, 8, func(_, repeat int) sample {
		task := of(row, repeat)
		recording, err := present(task)
		return statisticsOf(task, recording, err)
	})
	referencetest.Reject(t, what, row, func(s reference.Statistic) []float64 { return valuesOf(t, samples[0], s) })
}
