package trial

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/diag"
)

// Distance returns the measure of the estimate over the steps of a window beside a
// Gaussian target with mean m and covariance Σ: the mean, var and cov of Moments,
// and, with c and C the mean and the covariance of the estimate over time,
//
//	mse        (1/p) Σ_i (c_i − m_i)²
//	cov_error  Σ_ij (C_ij − Σ_ij)²
//	w2         the 2-Wasserstein distance between a coordinate over time and its
//	           marginal N(m_i, Σ_ii), in units of the estimate, averaged over coordinates
//
// The coordinates are counted in 792 bins between their extremes, which w2 takes
// to be filled evenly. The method Histograms() ([]*diag.Histogram, error) of the
// measure's Accumulator returns them.
func Distance(w Window, target *density.Gaussian) Measure {
	columns := append(momentColumns(),
		Column{Name: "mse", Help: "squared error of the mean over time, averaged over coordinates"},
		Column{Name: "cov_error", Help: "sum of the squared errors of all covariances over time"},
		Column{Name: "w2", Help: "2-Wasserstein distance of a coordinate over time from its marginal of the target, averaged over coordinates"})
	return measure{w, w.named(columns...), func(r *Recording) (Accumulator, error) {
		if target == nil {
			panic("trial: the target of a distance is nil")
		}
		if p := target.Dim(); p != r.p {
			return nil, check.Errorf("target", "has dimension %d, the network %d", p, r.p)
		}
		return &distances{path: newPath(r), target: target}, nil
	}}
}

const bins, split = 200, 4 // of the histograms

type distances struct {
	path       // from the preview
	target     *density.Gaussian
	histograms []*diag.Histogram
	counts     *diag.Histograms // counts a point in all histograms
	err        error
}

// Preview takes in the moments of a segment, and its extremes.
func (a *distances) Preview(s Segment) { a.path.Add(s) }

// Add counts the steps of a segment.
func (a *distances) Add(s Segment) {
	if a.histograms == nil && a.err == nil {
		a.histograms, a.err = a.empty()
		a.counts = diag.NewHistograms(a.histograms)
	}
	if a.err == nil {
		a.counts.AddSegment(s.X, s.Decay, int64(s.Count))
	}
}

// empty returns a histogram for each coordinate, between its extremes.
func (a *distances) empty() ([]*diag.Histogram, error) {
	if err := a.Err(); err != nil {
		return nil, fmt.Errorf("trial: the estimate: %w", err)
	}
	lo, hi := a.Extremes(nil, nil)
	var sigma mat.SymDense
	a.target.CovarianceMatrix(&sigma)
	histograms := make([]*diag.Histogram, len(lo))
	for d := range histograms {
		// The estimate of a network that has been silent for long counts as 0.
		if max(-lo[d], hi[d]) < 1e-20*math.Sqrt(sigma.At(d, d)) {
			lo[d], hi[d] = 0, 0
		}
		var err error
		if histograms[d], err = diag.NewHistogram(lo[d], hi[d], bins, split); err != nil {
			return nil, fmt.Errorf("trial: coordinate %d of the estimate: %w", d, err)
		}
	}
	return histograms, nil
}

// Histograms returns the histogram of each coordinate.
func (a *distances) Histograms() ([]*diag.Histogram, error) { return a.histograms, a.err }

func (a *distances) Result(dst []float64) error {
	mean, cov, err := a.moments()
	if err != nil {
		return err
	}
	if a.err != nil {
		return a.err
	}
	var sigma mat.SymDense
	a.target.CovarianceMatrix(&sigma)
	m := a.target.Mean(nil)
	p := float64(len(m))
	clear(dst)
	average(dst, mean, cov)
	square := func(x float64) float64 { return float64(x * x) }
	for i, h := range a.histograms {
		w2, err := h.W2Normal(m[i], math.Sqrt(sigma.At(i, i)))
		if err != nil {
			return err
		}
		dst[3] += square(mean[i]-m[i]) / p
		dst[4] += square(cov.At(i, i) - sigma.At(i, i))
		for j := range i {
			dst[4] += 2 * square(cov.At(i, j)-sigma.At(i, j))
		}
		dst[5] += w2 / p
	}
	return nil
}
