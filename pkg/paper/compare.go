package paper

import (
	"math"

	"natspike/pkg/internal/reference"
	"natspike/pkg/metric"
)

// A measured value is one of the authors' programs: a statistic of a cell of a
// table.
type measured struct {
	cell *reference.Cell
	reference.Statistic
}

// tables are those that an experiment is set beside.
func (r *Result) tables() ([]*reference.Table, error) {
	if r.Options.Corrected { // the authors made other choices
		return nil, nil
	}
	var tables []*reference.Table
	for _, name := range r.Experiment.authors {
		t, err := reference.Load(name)
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// compare finds what the authors' programs gave in each cell.
func (r *Result) compare() error {
	tables, err := r.tables()
	if err != nil {
		return err
	}
	for i := range r.Cells {
		c := &r.Cells[i]
		s := c.Setup
		at := reference.Setting{
			Natural: s.Geometry == metric.Natural, Rho: s.Rho,
			Dims: s.Dims, Neurons: s.Neurons, Scale: s.Scale, DT: s.DT,
		}
		if !math.IsNaN(c.Time) {
			at.Time = c.Time
		}
		for _, t := range tables {
			if cell, ok := t.Find(at); ok {
				c.authors = cell
			}
		}
	}
	return nil
}

// measured returns what the authors' program gave of a column, if there is
// something with a standard error.
func (c *Cell) measured(column string) (measured, bool) {
	if c.authors == nil {
		return measured{}, false
	}
	s, ok := c.authors.Column(column)
	return measured{c.authors, s}, ok && !math.IsNaN(s.Mean)
}

// departure returns how far ours is from it, in standard errors of the
// difference.
func (m measured) departure(ours []float64) float64 {
	z, _ := m.cell.Departure(m.Statistic, ours)
	return z
}
