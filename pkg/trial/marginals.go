package trial

import (
	"fmt"
	"math"

	"natspike/pkg/diag"
)

// Marginals accumulates a histogram of each coordinate of the estimate over time,
// between its extremes. It has the methods of an Accumulator but Result, and is
// to be embedded in one.
type Marginals struct {
	bins, split int
	lo, hi      []float64 // extremes, from the preview
	histograms  []*diag.Histogram
	err         error
}

// NewMarginals returns the marginals of p coordinates, in histograms that
// diag.NewHistogram makes with the given bins and split.
func NewMarginals(p, bins, split int) *Marginals {
	m := &Marginals{bins: bins, split: split, lo: make([]float64, p), hi: make([]float64, p)}
	for d := range p {
		m.lo[d], m.hi[d] = math.Inf(1), math.Inf(-1)
	}
	return m
}

// Preview takes in the extremes of a segment. The estimate is monotone within it.
func (m *Marginals) Preview(s Segment) {
	last := 1.0
	if s.Count > 1 {
		last = s.Decay.Power(int64(s.Count - 1))
	}
	for d, v := range s.X {
		end := last * v
		m.lo[d], m.hi[d] = min(m.lo[d], v, end), max(m.hi[d], v, end)
	}
}

// Add counts the steps of a segment.
func (m *Marginals) Add(s Segment) {
	if m.histograms == nil {
		m.begin()
	}
	for d, h := range m.histograms {
		if s.Count == 1 {
			h.Add(s.X[d])
		} else {
			h.AddSegment(s.X[d], s.Decay, int64(s.Count))
		}
	}
}

// begin makes the histograms.
func (m *Marginals) begin() {
	m.histograms = make([]*diag.Histogram, 0, len(m.lo))
	for d := range m.lo {
		h, err := diag.NewHistogram(m.lo[d], m.hi[d], m.bins, m.split)
		if err != nil {
			m.histograms, m.err = []*diag.Histogram{}, fmt.Errorf("trial: coordinate %d of the estimate: %w", d, err)
			return
		}
		m.histograms = append(m.histograms, h)
	}
}

// Histograms returns the histogram of each coordinate.
func (m *Marginals) Histograms() ([]*diag.Histogram, error) { return m.histograms, m.err }
