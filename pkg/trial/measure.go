package trial

import (
	"math"
	"slices"

	"natspike/pkg/grid"
)

// A Column describes one number of a Measure: its name, such as "mean_50ms", its
// unit and what it is.
type Column = grid.Column

// A Measure is a statistic of a recording over a window of time, of one number or
// more. The functions that return a Measure are those of this package. A
// statistic of your own is one type more; it embeds its Window:
//
//	type peak struct{ trial.Window }
//
//	func (m peak) Columns() []trial.Column { return []trial.Column{{Name: m.Column("peak")}} }
//	func (m peak) Start(*trial.Recording) (trial.Accumulator, error) { return new(largest), nil }
//
//	type largest float64
//
//	func (x *largest) Add(s trial.Segment) { *x = max(*x, largest(slices.Max(s.X))) }
//	func (x *largest) Result(dst []float64) error { dst[0] = float64(*x); return nil }
type Measure interface {
	// Columns describes the numbers of the measure. Names differ between the
	// measures of one table, and so should tell of the window: see Window.Column.
	Columns() []Column
	// Span returns the window that the measure is over.
	Span() Window
	// Start returns an accumulator of the measure for a recording, which holds
	// the window.
	Start(r *Recording) (Accumulator, error)
}

// An Accumulator makes the numbers of a Measure from the segments of its window.
type Accumulator interface {
	// Add takes in the next segment. It must not keep s.X.
	Add(s Segment)
	// Result stores the numbers in dst, one for each column. A number that the
	// recording does not define, such as the mean interval of neurons that never
	// spike twice, is NaN, and the Help of its column says when.
	Result(dst []float64) error
}

// A Previewer is an Accumulator that needs to see all segments twice: Preview has
// each of them before Add has the first.
type Previewer interface{ Preview(s Segment) }

// NoSegments is the part of an Accumulator that needs no segments, because it takes
// the spikes, or what else it needs, from the recording. If all measures have it,
// Measured does not go through the recording.
type NoSegments struct{}

// Add does nothing.
func (NoSegments) Add(Segment) {}

func (NoSegments) needsNoSegments() {}

// measure is a Measure with the given columns.
type measure struct {
	Window
	columns []Column
	start   func(r *Recording) (Accumulator, error)
}

func (m measure) Columns() []Column                       { return slices.Clone(m.columns) }
func (m measure) Start(r *Recording) (Accumulator, error) { return m.start(r) }

// Columns returns the columns of several measures, in order.
func Columns(measures ...Measure) []Column {
	var columns []Column
	for _, m := range measures {
		columns = append(columns, m.Columns()...)
	}
	return columns
}

// Measured returns the numbers of several measures of a recording, in the order
// of Columns. It goes through the recording once, and once before for measures
// that preview it. It returns an error that wraps ErrWindow if the recording does
// not hold the window of a measure, and the errors of the measures.
func Measured(r *Recording, measures ...Measure) ([]float64, error) {
	var all, previewers, adders []windowed
	size := 0
	for _, m := range measures {
		from, to, err := r.Steps(m.Span())
		if err != nil {
			return nil, err
		}
		a, err := m.Start(r)
		if err != nil {
			return nil, err
		}
		w := windowed{a, from, to, len(m.Columns())}
		size += w.columns
		all = append(all, w)
		if _, ok := a.(interface{ needsNoSegments() }); !ok {
			adders = append(adders, w)
		}
		if _, ok := a.(Previewer); ok {
			previewers = append(previewers, w)
		}
	}
	r.visit(previewers, func(a Accumulator, s Segment) { a.(Previewer).Preview(s) })
	r.visit(adders, Accumulator.Add)
	values := make([]float64, 0, size)
	for _, w := range all {
		n := len(values)
		values = values[:n+w.columns]
		if err := w.Result(values[n:]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// A windowed accumulator has its window in steps.
type windowed struct {
	Accumulator
	from, to int
	columns  int
}

// visit shows each accumulator the segments of its window, in one pass.
func (r *Recording) visit(accumulators []windowed, see func(Accumulator, Segment)) {
	if len(accumulators) == 0 {
		return
	}
	from, to := math.MaxInt, math.MinInt
	for _, w := range accumulators {
		from, to = min(from, w.from), max(to, w.to)
	}
	x := make([]float64, r.p)
	for s := range r.replay(from, to) {
		last := s.First + s.Count - 1
		for i := range accumulators {
			switch w := &accumulators[i]; {
			case last <= w.from || s.First > w.to:
			case s.First > w.from && last <= w.to:
				see(w.Accumulator, s)
			default:
				inside, _ := s.within(w.from, w.to, x)
				see(w.Accumulator, inside)
			}
		}
	}
}
