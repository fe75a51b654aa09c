package trial

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
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
// to be filled evenly. The Accumulator of the measure has the method Histograms of
// Marginals.
func Distance(w Window, target *density.Gaussian) Measure { return distance{w, target} }

const bins, split = 200, 4 // of the histograms

type distance struct {
	Window
	target *density.Gaussian
}

func (m distance) Columns() []Column {
	return append(Moments(m.Window).Columns(),
		Column{Name: m.Column("mse"), Help: "squared error of the mean over time, averaged over coordinates"},
		Column{Name: m.Column("cov_error"), Help: "sum of the squared errors of all covariances over time"},
		Column{Name: m.Column("w2"), Help: "2-Wasserstein distance of a coordinate over time from its marginal of the target, averaged over coordinates"})
}

func (m distance) Start(r *Recording) (Accumulator, error) {
	if m.target == nil {
		panic("trial: the target of a distance is nil")
	}
	if p := m.target.Dim(); p != r.p {
		return nil, check.Errorf("target", "has dimension %d, the network %d", p, r.p)
	}
	return distances{newPath(r), NewMarginals(r.p, bins, split), m.target}, nil
}

type distances struct {
	path
	*Marginals
	target *density.Gaussian
}

// Add takes in a segment.
func (a distances) Add(s Segment) {
	a.path.Add(s)
	a.Marginals.Add(s)
}

func (a distances) Result(dst []float64) error {
	mean, cov, err := a.moments()
	if err != nil {
		return err
	}
	histograms, err := a.Histograms()
	if err != nil {
		return err
	}
	var sigma mat.SymDense
	a.target.CovarianceMatrix(&sigma)
	m := a.target.Mean(nil)
	p := float64(len(m))
	clear(dst)
	average(dst, mean, cov)
	square := func(x float64) float64 { return float64(x * x) }
	for i, h := range histograms {
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
