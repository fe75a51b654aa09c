package paper

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"gonum.org/v1/gonum/stat"

	"natspike/pkg/figure"
	"natspike/pkg/internal/reference"
	model "natspike/pkg/oldtrial"
	"natspike/pkg/stream"
)

// A Result is what an experiment found.
type Result struct {
	Experiment *Experiment
	Options    Options
	Setups     []model.Setup
	Repeats    int    // of each setup
	Failed     int    // trials that failed
	Failure    string // why the first of them did

	Cells []Cell

	samples [][]model.Row     // of each setup
	points  [][][]model.Point // of each setup and repeat
	neurons [][]model.Neuron  // of each setup, all repeats
}

// A Cell is a setup, or of a time course a setup at a time, with the estimate of
// each column.
type Cell struct {
	Setup     model.Setup
	Time      float64 // s after the onset; NaN but in a time course
	Estimates []Estimate

	samples [][]float64     // of each column
	authors *reference.Cell // nil if there is none
}

// An Estimate is the mean of a column over repeats.
type Estimate struct {
	Column  string
	Repeats int     // that have a value
	Mean    float64 // NaN if none has
	SD, SE  float64 // over repeats; NaN for fewer than two
	Lo, Hi  float64 // where the mean is with 95 % confidence, by the percentile bootstrap
}

// Of returns the estimate of a column. It panics if there is no such column.
func (c *Cell) Of(column string) Estimate {
	for _, e := range c.Estimates {
		if e.Column == column {
			return e
		}
	}
	panic(fmt.Sprintf("paper: no column %q", column))
}

// Figure draws the result.
func (r *Result) Figure() *figure.Figure { return r.Experiment.draw(r) }

func (r *Result) fail(why string) {
	if r.Failed == 0 {
		r.Failure = why
	}
	r.Failed++
}

func (r *Result) addRow(cell int, row model.Row) {
	if r.samples == nil {
		r.samples = make([][]model.Row, len(r.Setups))
	}
	if row.Error != "" {
		r.fail(row.Error)
		return
	}
	r.samples[cell] = append(r.samples[cell], row)
}

// statistics are the columns of a model.Row that are measured, with their fields.
var statistics = func() (columns []struct {
	name  string
	field int
}) {
	t := reflect.TypeFor[model.Row]()
	measured := false
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("parquet")
		measured = measured || name == "mean_50" // the first after the parameters
		if measured && f.Type.Kind() == reflect.Float64 {
			columns = append(columns, struct {
				name  string
				field int
			}{name, i})
		}
	}
	return columns
}()

// summedUp are the columns that Row.SumUp fills in.
var summedUp = []string{"rate", "rate_sd", "rate_median", "rate_max", "silent", "few", "isi", "isi_median", "cv", "cv_median", "cv_sd"}

// estimate sums up the samples.
func (r *Result) estimate() {
	for k, s := range r.Setups {
		if r.Experiment.record == courses {
			for i, at := range courseTimes {
				mean, variance := make([]float64, 0, r.Repeats), make([]float64, 0, r.Repeats)
				for _, points := range r.points[k] {
					mean, variance = append(mean, points[i].Mean), append(variance, points[i].Var)
				}
				r.add(s, at, []string{"mean", "var"}, [][]float64{mean, variance})
			}
			continue
		}
		var names []string
		var samples [][]float64
		for _, c := range statistics {
			if r.Experiment.record == neurons && !slices.Contains(summedUp, c.name) {
				continue
			}
			column := make([]float64, 0, r.Repeats)
			for i := range r.samples[k] {
				column = append(column, reflect.ValueOf(&r.samples[k][i]).Elem().Field(c.field).Float())
			}
			names, samples = append(names, c.name), append(samples, column)
		}
		r.add(s, math.NaN(), names, samples)
	}
}

// resamples is the number of bootstrap samples.
const resamples = 1000

// bootstrapping is the purpose of the stream that resamples.
const bootstrapping stream.Purpose = 0x626f6f74

// add adds a cell. Repeats are resampled as wholes, the same for every column.
func (r *Result) add(s model.Setup, at float64, names []string, samples [][]float64) {
	cell := Cell{Setup: s, Time: at, samples: samples}
	n := len(samples[0])
	rng := stream.Key{Seed: r.Options.Seed, Cell: uint64(len(r.Cells)), Purpose: bootstrapping}.Rand()
	weights := make([][]float64, resamples)
	for b := range weights {
		weights[b] = make([]float64, n)
		for range n {
			weights[b][rng.IntN(n)]++
		}
	}
	for i, name := range names {
		cell.Estimates = append(cell.Estimates, newEstimate(name, samples[i], weights))
	}
	r.Cells = append(r.Cells, cell)
}

// newEstimate leaves out the repeats in which x is NaN.
func newEstimate(name string, x []float64, weights [][]float64) Estimate {
	var kept []float64
	var index []int
	for i, v := range x {
		if !math.IsNaN(v) {
			kept, index = append(kept, v), append(index, i)
		}
	}
	e := Estimate{Column: name, Repeats: len(kept), Mean: math.NaN(), SD: math.NaN(), SE: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
	if len(kept) == 0 {
		return e
	}
	e.Mean = stat.Mean(kept, nil)
	if len(kept) < 2 {
		return e
	}
	e.SD = stat.StdDev(kept, nil)
	e.SE = e.SD / math.Sqrt(float64(len(kept)))
	means := make([]float64, 0, len(weights))
	for _, w := range weights {
		sum, total := 0.0, 0.0
		for k, v := range kept {
			sum += float64(w[index[k]] * v)
			total += w[index[k]]
		}
		if total > 0 {
			means = append(means, sum/total)
		}
	}
	slices.Sort(means)
	e.Lo, e.Hi = stat.Quantile(0.025, stat.Empirical, means, nil), stat.Quantile(0.975, stat.Empirical, means, nil)
	return e
}
