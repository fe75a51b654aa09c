package model

import (
	"math"

	"natspike/pkg/internal/portable"
)

// sums are what moments and extremes of the estimate over a stretch of time are
// made from. Those of neighbouring stretches add up.
type sums struct {
	n      int
	x      []float64 // Σx
	outer  []float64 // Σxxᵀ, the lower triangle by rows
	lo, hi []float64 // extremes
}

func newSums(p int) *sums {
	s := &sums{
		x: make([]float64, p), outer: make([]float64, p*(p+1)/2),
		lo: make([]float64, p), hi: make([]float64, p),
	}
	for d := range p {
		s.lo[d], s.hi[d] = math.Inf(1), math.Inf(-1)
	}
	return s
}

// addSegment adds a segment of r.
func (s *sums) addSegment(r *Recording, g segment) {
	first, second, last := 1.0, 1.0, 1.0
	if g.count > 1 {
		first, second = r.sums(g.count)
		last = r.power(g.count - 1)
	}
	s.n += g.count
	row := s.outer
	for i, v := range g.x {
		s.x[i] += float64(first * v)
		end := float64(last * v)
		s.lo[i], s.hi[i] = min(s.lo[i], v, end), max(s.hi[i], v, end)
		f := float64(second * v)
		for j, w := range g.x[:i+1] {
			row[j] += float64(f * w)
		}
		row = row[i+1:]
	}
}

// addZero adds a sample of zeros.
func (s *sums) addZero() {
	s.n++
	for d := range s.lo {
		s.lo[d], s.hi[d] = min(s.lo[d], 0), max(s.hi[d], 0)
	}
}

// add adds another stretch.
func (s *sums) add(t *sums) {
	s.n += t.n
	portable.Axpy(1, t.x, s.x)
	portable.Axpy(1, t.outer, s.outer)
	for d := range s.lo {
		s.lo[d], s.hi[d] = min(s.lo[d], t.lo[d]), max(s.hi[d], t.hi[d])
	}
}

// mean returns the mean of coordinate d.
func (s *sums) mean(d int) float64 { return s.x[d] / float64(s.n) }

// covariance returns the covariance over time of two coordinates, j ≤ i, divided
// by the number of steps.
func (s *sums) covariance(i, j int) float64 {
	return s.outer[i*(i+1)/2+j]/float64(s.n) - float64(s.mean(i)*s.mean(j))
}

// summary are the moments of a stretch, averaged over coordinates.
type summary struct {
	mean, variance float64
	mse            float64 // of the means, from m
	covariance     float64 // of two coordinates
	distance       float64 // Σ_ij (C_ij − Σ_ij)²
}

// summarize returns the summary for a target with mean m, variance v and
// covariance c in every coordinate and pair of them.
func (s *sums) summarize(m, v, c float64) summary {
	var out summary
	p := len(s.x)
	for i := range p {
		mean := s.mean(i)
		out.mean += mean / float64(p)
		out.mse += float64((mean-m)*(mean-m)) / float64(p)
		variance := s.covariance(i, i)
		out.variance += variance / float64(p)
		out.distance += float64((variance - v) * (variance - v))
		for j := range i {
			cov := s.covariance(i, j)
			out.covariance += cov
			out.distance += 2 * float64((cov-c)*(cov-c))
		}
	}
	if p > 1 {
		out.covariance /= float64(p) * float64(p-1) / 2
	} else {
		out.covariance = math.NaN()
	}
	return out
}

// missing is the summary of a window that a trial does not have.
var missing = summary{math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()}
