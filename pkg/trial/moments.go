package trial

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/moments"
)

// Moments returns the measure of the moments of the estimate over the steps of a
// window, averaged over coordinates:
//
//	mean  the mean
//	var   the variance; its divisor is the number of steps
//	cov   the covariance of two coordinates, averaged over pairs; NaN in one dimension
func Moments(w Window) Measure {
	return measure{w, w.named(momentColumns()...), func(r *Recording) (Accumulator, error) {
		return summary{newPath(r), average}, nil
	}}
}

func momentColumns() []Column {
	return []Column{
		{Name: "mean", Help: "mean of the estimate over time, averaged over coordinates"},
		{Name: "var", Help: "variance of the estimate over time, averaged over coordinates"},
		{Name: "cov", Help: "covariance of two coordinates over time, averaged over pairs; NaN in one dimension"},
	}
}

// average adds to dst, which holds zeros, the averages over coordinates and pairs.
func average(dst, mean []float64, cov *mat.SymDense) {
	p := float64(len(mean))
	for i, m := range mean {
		dst[0] += m / p
		dst[1] += cov.At(i, i) / p
		for j := range i {
			dst[2] += cov.At(i, j)
		}
	}
	dst[2] /= p * (p - 1) / 2
}

// CovarianceMatrix returns the measure of the means and the covariances of all
// coordinates over the steps of a window, for networks of dimension p: mean_0,
// mean_1, …, and the lower triangle by rows, cov_0_0, cov_1_0, cov_1_1, ….
func CovarianceMatrix(w Window, p int) Measure {
	var means, covariances []Column
	for i := range p {
		means = append(means, Column{Name: fmt.Sprintf("mean_%d", i), Help: fmt.Sprintf("mean of coordinate %d over time", i)})
		for j := range i + 1 {
			covariances = append(covariances, Column{Name: fmt.Sprintf("cov_%d_%d", i, j), Help: fmt.Sprintf("covariance of coordinates %d and %d over time", i, j)})
		}
	}
	return measure{w, w.named(append(means, covariances...)...), func(r *Recording) (Accumulator, error) {
		if r.p != p {
			return nil, check.Errorf("p", "= %d for a covariance matrix; the network has dimension %d", p, r.p)
		}
		return summary{newPath(r), entries}, nil
	}}
}

// entries stores the means and the lower triangle of the covariance in dst.
func entries(dst, mean []float64, cov *mat.SymDense) {
	dst = dst[copy(dst, mean):]
	for i := range mean {
		for j := range i + 1 {
			dst[0], dst = cov.At(i, j), dst[1:]
		}
	}
}

// summary is the accumulator of a measure that is made of the moments.
type summary struct {
	path
	store func(dst, mean []float64, cov *mat.SymDense)
}

func (a summary) Result(dst []float64) error {
	mean, cov, err := a.moments()
	if err != nil {
		return err
	}
	clear(dst)
	a.store(dst, mean, cov)
	return nil
}

// A path is the common part of accumulators that are made of the moments of the
// estimate over time.
type path struct{ *moments.Path }

func newPath(r *Recording) path { return path{moments.NewPath(r.p)} }

// Add takes in a segment.
func (a path) Add(s Segment) {
	if s.Decay == nil {
		a.Path.Add(s.X)
		return
	}
	a.AddSegment(s.X, s.Decay, int64(s.Count))
}

// moments returns the mean and the covariance over steps.
func (a path) moments() (mean []float64, cov *mat.SymDense, err error) {
	if err := a.Err(); err != nil {
		return nil, nil, fmt.Errorf("trial: the estimate: %w", err)
	}
	cov = new(mat.SymDense)
	a.CovarianceMatrix(cov)
	return a.Mean(nil), cov, nil
}

// Course returns the measure of the mean and the variance from the onset to each
// of the given times, s, in ascending order: those of Moments(First(t)), by the same
// names, in one pass.
func Course(times ...float64) Measure {
	if len(times) == 0 {
		panic("trial: a course without times")
	}
	var columns []Column
	for _, t := range times {
		columns = append(columns, First(t).named(momentColumns()[:2]...)...)
	}
	return measure{First(times[len(times)-1]), columns, func(r *Recording) (Accumulator, error) {
		a := &running{path: newPath(r), x: make([]float64, r.p), values: make([]float64, 0, len(columns))}
		for i, t := range times {
			_, to, err := r.Steps(First(t))
			if err != nil {
				return nil, err
			}
			if i > 0 && to <= a.ends[i-1] {
				return nil, check.Errorf("times", "has entry [%d] = %v s, which is not a step after the one before", i, t)
			}
			a.ends = append(a.ends, to)
		}
		return a, nil
	}}
}

// A running accumulator notes the moments at several steps.
type running struct {
	path
	ends   []int // steps
	values []float64
	err    error
	x      []float64
}

// Add takes in a segment, which may go on beyond several of the steps.
func (a *running) Add(s Segment) {
	for from := s.First - 1; from < s.First+s.Count-1 && len(a.ends) > 0; {
		part, ok := s.within(from, a.ends[0], a.x)
		if ok {
			a.path.Add(part)
			from = part.First + part.Count - 1
		}
		if from < a.ends[0] {
			return
		}
		var three [3]float64
		if err := (summary{a.path, average}).Result(three[:]); err != nil && a.err == nil {
			a.err = err
		}
		a.values, a.ends = append(a.values, three[0], three[1]), a.ends[1:]
	}
}

func (a *running) Result(dst []float64) error {
	copy(dst, a.values)
	return a.err
}
