package paper

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"natspike/pkg/archive"
)

// Trials returns the number of trials of the experiment.
func (e *Experiment) Trials(o Options) int { return len(e.setups(o.Corrected)) * o.repeats(e) }

// TotalWork returns the sum of Work over all trials of the experiments.
func TotalWork(experiments []*Experiment, o Options) int {
	total := 0
	for _, e := range experiments {
		for _, s := range e.setups(o.Corrected) {
			total += Work(s) * o.repeats(e)
		}
	}
	return total
}

// Make runs the experiments and writes, into o.Dir, for each:
//
//	NAME.parquet          the data
//	NAME-summary.parquet  the mean of each column in each cell, and the authors'
//	NAME.svg, NAME.png    the figure
//
// and index.html, a page with all of them, those included that earlier calls have
// made in that directory with the same options. Before is called before each
// experiment. When ctx ends it stops; the next call goes on from what was done.
func Make(ctx context.Context, experiments []*Experiment, o Options, before func(e *Experiment)) error {
	if err := o.Check(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Clean(o.Dir), 0o777); err != nil {
		return err
	}
	var results []*Result
	for _, e := range Experiments() {
		asked := slices.Contains(experiments, e)
		quiet := o
		if asked {
			before(e)
		} else {
			if _, err := os.Stat(o.path(e.Name) + ".parquet"); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			quiet.Done = nil
		}
		r, err := e.Run(ctx, quiet)
		switch {
		case err != nil && asked:
			return err
		case err != nil: // of other options
			continue
		}
		if asked {
			if err := r.save(); err != nil {
				return err
			}
		}
		results = append(results, r)
	}
	return savePage(o.path("index.html"), results)
}

// save writes the summary and the figure.
func (r *Result) save() error {
	path := r.Options.path(r.Experiment.Name)
	if err := archive.SaveTable(path+"-summary.parquet", r.run(), slices.Values(r.Summary())); err != nil {
		return err
	}
	f := r.Figure()
	for _, ext := range []string{".svg", ".png"} {
		if err := f.Save(path + ext); err != nil {
			return err
		}
	}
	return nil
}

// A Line is a row of a summary: the mean of a column in a cell, and what the
// authors' program gave.
type Line struct {
	Model    string  `parquet:"model"`
	Geometry string  `parquet:"geometry"`
	Family   string  `parquet:"family"`
	Rho      float64 `parquet:"rho"`
	Dims     int     `parquet:"n_p"`
	Neurons  int     `parquet:"neurons"`
	Scale    float64 `parquet:"scale"`
	Time     float64 `parquet:"time"` // s after the onset; NaN but in a time course
	Column   string  `parquet:"column"`

	Repeats int     `parquet:"repeats"`
	Mean    float64 `parquet:"mean"`
	SD      float64 `parquet:"sd"`
	SE      float64 `parquet:"se"`
	Lo      float64 `parquet:"lo"` // 95 % bootstrap interval of the mean
	Hi      float64 `parquet:"hi"`

	AuthorsRepeats int     `parquet:"authors_repeats"` // 0: no value was measured
	AuthorsMean    float64 `parquet:"authors_mean"`
	AuthorsSE      float64 `parquet:"authors_se"`
	Departure      float64 `parquet:"departure"` // of ours, in standard errors of the difference
}

// Summary returns a line for each column of each cell.
func (r *Result) Summary() []Line {
	var lines []Line
	for i := range r.Cells {
		lines = append(lines, r.Cells[i].lines()...)
	}
	return lines
}

// lines returns a line for each column.
func (c *Cell) lines() []Line {
	var lines []Line
	for k, e := range c.Estimates {
		l := Line{
			Model: string(c.Setup.Model), Geometry: c.Setup.Geometry.String(), Family: string(c.Setup.Family), Rho: c.Setup.Rho,
			Dims: c.Setup.Dims, Neurons: c.Setup.Neurons, Scale: c.Setup.Scale, Time: c.Time, Column: e.Column,
			Repeats: e.Repeats, Mean: e.Mean, SD: e.SD, SE: e.SE, Lo: e.Lo, Hi: e.Hi,
			AuthorsMean: math.NaN(), AuthorsSE: math.NaN(), Departure: math.NaN(),
		}
		if a, ok := c.measured(e.Column); ok {
			l.AuthorsRepeats, l.AuthorsMean, l.AuthorsSE = a.cell.Repeats, a.Mean, a.SE
			l.Departure = a.departure(c.samples[k])
		}
		lines = append(lines, l)
	}
	return lines
}
