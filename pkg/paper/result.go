package paper

import (
	"fmt"
	"math"

	"natspike/pkg/figure"
	"natspike/pkg/internal/reference"
	"natspike/pkg/metric"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// A Result is what an experiment found.
type Result struct {
	Experiment *Experiment
	Options    Options
	Setups     []model.Setup
	Repeats    int    // of each setup
	Failed     int    // trials that failed
	Failure    string // why the first of them did

	Conditions []*Condition // in the order of Setups
}

// A Condition is a setup of an experiment, or a setup at one time of a time course,
// with the numbers of its trials.
type Condition struct {
	Setup model.Setup
	Time  float64 // s after the onset; NaN but in a time course

	columns   []string     // those of the table, without the time
	table     *trial.Table // trials that failed are left out; nil of a kept result
	kept      []SummaryRow // a row for each column, of a kept result
	estimates map[string]trial.Estimate
	authors   *reference.Row // what the authors' programs give; nil if it was not measured
}

// conditions returns the conditions of a setup, given its trials; nil without them.
func (e *Experiment) conditions(s model.Setup, table *trial.Table) []*Condition {
	one := func(at float64, columns []string) *Condition {
		return &Condition{Setup: s, Time: at, columns: columns, table: table, estimates: map[string]trial.Estimate{}}
	}
	if e.times == nil {
		var columns []string
		if table != nil {
			for _, c := range table.Columns {
				columns = append(columns, c.Name)
			}
		}
		return []*Condition{one(math.NaN(), columns)}
	}
	var all []*Condition
	for _, at := range e.times {
		all = append(all, one(at, []string{"mean", "var"}))
	}
	return all
}

// named returns the name of a column in the table.
func (c *Condition) named(column string) string {
	if math.IsNaN(c.Time) {
		return column
	}
	return trial.First(c.Time).Column(column)
}

// Values returns the numbers of a column, one for each repeat that did not fail. It
// panics if there is no such column, and returns nil of a kept result.
func (c *Condition) Values(column string) []float64 {
	if c.table == nil {
		return nil
	}
	return c.table.Column(c.named(column))
}

// Of returns the estimate of a column over repeats. Without a repeat in which the
// number exists, N is 0 and the rest NaN. It panics if there is no such column.
func (c *Condition) Of(column string) trial.Estimate {
	e, ok := c.estimates[column]
	if !ok {
		if c.table == nil {
			panic(fmt.Sprintf("paper: there is no column %q", column))
		}
		var err error
		if e, err = c.table.Estimate(c.named(column)); err != nil {
			none := math.NaN()
			e = trial.Estimate{Mean: none, SD: none, SE: none, Lo: none, Hi: none}
		}
		c.estimates[column] = e
	}
	return e
}

// Figure draws the result. Readers who do not see it get the caption, and then what
// its panels hold.
func (r *Result) Figure() *figure.Figure {
	f := r.Experiment.draw(r).Name(r.Experiment.Title)
	return f.Alt(r.Experiment.Caption + " " + f.String())
}

// compare finds what the authors' programs gave in each condition.
func (r *Result) compare() error {
	if r.Options.Corrected { // the authors made other choices
		return nil
	}
	for _, name := range r.Experiment.authors {
		table, err := Published(name)
		if err != nil {
			return err
		}
		for _, c := range r.Conditions {
			s := c.Setup
			at := PublishedSetting{
				Natural: s.Geometry == metric.Natural, Rho: s.Rho,
				Dims: s.Dims, Neurons: s.Neurons(), Scale: s.Scale, DT: s.DT,
			}
			if !math.IsNaN(c.Time) {
				at.Time = c.Time
			}
			if row, ok := table.Find(at); ok {
				c.authors = row
			}
		}
	}
	return nil
}

// Authors returns what the authors' program gives of a column, and whether that was
// measured.
func (c *Condition) Authors(column string) (PublishedStatistic, bool) {
	if c.authors == nil {
		return PublishedStatistic{}, false
	}
	s, ok := c.authors.Stat(column)
	return s, ok && !math.IsNaN(s.Mean)
}

// A SummaryRow is the estimate of a column in a condition, and what the authors'
// program gives.
type SummaryRow struct {
	Model    string  `parquet:"model"`
	Geometry string  `parquet:"geometry"`
	Family   string  `parquet:"family"`
	Rho      float64 `parquet:"rho"`
	Dims     int     `parquet:"n_p"`
	Neurons  int     `parquet:"neurons"`
	Scale    float64 `parquet:"scale"`
	Time     float64 `parquet:"time"` // s after the onset; NaN but in a time course
	Column   string  `parquet:"column"`

	Repeats int     `parquet:"repeats"` // that have a value
	Mean    float64 `parquet:"mean"`
	SD      float64 `parquet:"sd"`
	SE      float64 `parquet:"se"`
	Lo      float64 `parquet:"lo"` // 95 % bootstrap interval of the mean; infinite below eight repeats
	Hi      float64 `parquet:"hi"`

	AuthorsRepeats int     `parquet:"authors_repeats"` // 0: no value was measured
	AuthorsMean    float64 `parquet:"authors_mean"`
	AuthorsSE      float64 `parquet:"authors_se"`
	Departure      float64 `parquet:"departure"` // of ours from theirs, in standard errors of the difference
}

// Summary returns a row for each column of each condition.
func (r *Result) Summary() []SummaryRow {
	var rows []SummaryRow
	for _, c := range r.Conditions {
		rows = append(rows, c.summary()...)
	}
	return rows
}

func (c *Condition) summary() []SummaryRow {
	if c.kept != nil {
		return c.kept
	}
	s := c.Setup
	var rows []SummaryRow
	for _, column := range c.columns {
		e := c.Of(column)
		row := SummaryRow{
			Model: string(s.Model), Geometry: s.Geometry.String(), Family: string(s.Family), Rho: s.Rho,
			Dims: s.Dims, Neurons: s.Neurons(), Scale: s.Scale, Time: c.Time, Column: column,
			Repeats: e.N, Mean: e.Mean, SD: e.SD, SE: e.SE, Lo: e.Lo, Hi: e.Hi,
			AuthorsMean: math.NaN(), AuthorsSE: math.NaN(), Departure: math.NaN(),
		}
		if a, ok := c.Authors(column); ok {
			row.AuthorsRepeats, row.AuthorsMean, row.AuthorsSE = c.authors.Repeats, a.Mean, a.SE
			row.Departure, _ = c.authors.Departure(a, c.Values(column))
		}
		rows = append(rows, row)
	}
	return rows
}
