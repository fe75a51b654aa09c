package trial

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Window is a stretch of a recording: the steps that end after From and not
// after To. Times are in s after the onset, negative before it. They are rounded
// to whole steps by the recording's Clock. Infinite times stand for the ends of
// the recording.
type Window struct {
	From, To float64

	// Name stands for the window in names of columns. If it is empty they are
	// made of the times: see Column.
	Name string
}

// The whole of every recording, and its two parts.
var (
	Whole       = Window{From: math.Inf(-1), To: math.Inf(1)}
	BeforeOnset = Window{From: math.Inf(-1), To: 0}
	AfterOnset  = Window{From: 0, To: math.Inf(1)}
)

// First returns the window from the onset to the time t after it, s.
func First(t float64) Window { return Window{From: 0, To: t} }

// Span returns w. A Measure that embeds a Window so has the method of that name.
func (w Window) Span() Window { return w }

// Column returns the name of a statistic over the window: the statistic and what
// tells of the window, with an underscore between.
//
//	AfterOnset                           mean_after
//	BeforeOnset                          mean_before
//	Whole                                mean_whole
//	First(0.05)                          mean_50ms
//	Window{From: 0.5, To: 1.5}           mean_500ms_1500ms
//	Window{From: 0.5, To: math.Inf(1)}   mean_500ms_end
//	Window{From: 0.5, To: 1.5, Name: "late"}   mean_late
func (w Window) Column(statistic string) string {
	switch {
	case w.Name != "":
		return statistic + "_" + w.Name
	case w == Whole:
		return statistic + "_whole"
	case w == AfterOnset:
		return statistic + "_after"
	case w == BeforeOnset:
		return statistic + "_before"
	case w.From == 0:
		return statistic + "_" + milliseconds(w.To)
	}
	return statistic + "_" + milliseconds(w.From) + "_" + milliseconds(w.To)
}

// named returns columns with the window in their names.
func (w Window) named(columns ...Column) []Column {
	for i, c := range columns {
		columns[i].Name = w.Column(c.Name)
	}
	return columns
}

func milliseconds(t float64) string {
	switch {
	case math.IsInf(t, -1):
		return "start"
	case math.IsInf(t, 1):
		return "end"
	}
	// Twelve digits leave out what the product is off by.
	return strings.Replace(strconv.FormatFloat(1e3*t, 'g', 12, 64)+"ms", "-", "minus", 1)
}

// String describes the window, such as "0.5 s to 1.5 s".
func (w Window) String() string { return fmt.Sprintf("%g s to %g s", w.From, w.To) }

// ErrWindow is wrapped by the error for a window that a recording does not hold.
var ErrWindow = errors.New("not in the recording")

// Steps returns the steps of a window: those after from, up to and including to,
// counted from the onset. The error wraps ErrWindow if the window is empty, if a
// time is NaN, or if it begins before the recording or ends after it.
func (r *Recording) Steps(w Window) (from, to int, err error) {
	if math.IsNaN(w.From) || math.IsNaN(w.To) {
		return 0, 0, fmt.Errorf("trial: the window %v: %w", w, ErrWindow)
	}
	from, to = -r.before, r.after
	if !math.IsInf(w.From, -1) {
		from = r.clock.Step(w.From)
	}
	if !math.IsInf(w.To, 1) {
		to = r.clock.Step(w.To)
	}
	if from < -r.before || to > r.after || from >= to {
		return 0, 0, fmt.Errorf("trial: the window from %v is empty or %w, which lasts from %v s to %v s in steps of %v s",
			w, ErrWindow, r.clock.Time(-r.before), r.clock.Time(r.after), r.clock.dt)
	}
	return from, to, nil
}
