package model

import (
	"fmt"
	"math"
	"slices"

	"natspike/pkg/diag"
	"natspike/pkg/moments"
	"natspike/pkg/stream"
)

// late is how much of the end of a trial the window of that name has: a second,
// or two thirds of a shorter trial.
func (s Setup) late() float64 { return min(1, s.After*2/3) }

// stretches returns the sums over each window, nil for one that the trial does
// not have, in one pass over the run.
func (t *Trial) stretches(windows []window) []*sums {
	var cuts []int
	last := 0
	for _, w := range windows {
		cuts = append(cuts, w.from, w.to)
		last = max(last, w.to)
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	parts := make([]*sums, len(cuts)) // of the steps up to each cut, from the one before on
	for i := range parts {
		parts[i] = newSums(t.Setup.Dims)
	}
	at := 0
	t.Recording.replay(last, cuts, func(g segment) {
		for cuts[at] < g.step {
			at++
		}
		parts[at].addSegment(t.Recording, g)
	})
	out := make([]*sums, len(windows))
	for k, w := range windows {
		if w.from >= w.to {
			continue
		}
		out[k] = newSums(t.Setup.Dims)
		if t.zeros(w) {
			out[k].addZero()
		}
		for i, c := range cuts {
			if c > w.from && c <= w.to {
				out[k].add(parts[i])
			}
		}
	}
	return out
}

// Bins of the published distances, and how finely they are cut for those in the
// units of the estimate.
const (
	bins  = 200
	parts = 4
)

// distances returns, for each window, the Wasserstein distance between the
// estimate over time and the target, in bins and in the units of the estimate,
// of each coordinate, averaged. Their sums must be given.
func (t *Trial) distances(windows []window, found []*sums) (inBins, inUnits []float64, err error) {
	p := t.Setup.Dims
	hist := make([][]*diag.Histogram, len(windows))
	last := 0
	var cuts []int
	for k, w := range windows {
		if found[k] == nil {
			continue
		}
		hist[k] = make([]*diag.Histogram, p)
		for d := range p {
			if hist[k][d], err = diag.NewHistogram(found[k].lo[d], found[k].hi[d], bins, parts); err != nil {
				return nil, nil, fmt.Errorf("model: the estimate over the steps %d to %d: %w", w.from+1, w.to, err)
			}
			if t.zeros(w) {
				hist[k][d].Add(0)
			}
		}
		cuts = append(cuts, w.from, w.to)
		last = max(last, w.to)
	}
	slices.Sort(cuts)
	decay, err := moments.NewDecay(t.Recording.keep)
	if err != nil {
		return nil, nil, err
	}
	t.Recording.replay(last, cuts, func(g segment) {
		for k, w := range windows {
			if hist[k] != nil && w.from < g.step && g.step <= w.to {
				for d, x := range g.x {
					hist[k][d].AddSegment(x, decay, int64(g.count))
				}
			}
		}
	})
	variance, _ := t.Setup.Variance()
	sd := math.Sqrt(variance)
	rng := t.Setup.key(t.seed, uint32(t.Repeat), stream.Exact).Rand()
	inBins, inUnits = make([]float64, len(windows)), make([]float64, len(windows))
	for k := range windows {
		if hist[k] == nil {
			inBins[k], inUnits[k] = math.NaN(), math.NaN()
			continue
		}
		for d := range p {
			b, err := hist[k][d].W2Binned(t.Setup.Mean, sd, rng)
			if err != nil {
				return nil, nil, err
			}
			u, err := hist[k][d].W2Normal(t.Setup.Mean, sd)
			if err != nil {
				return nil, nil, err
			}
			inBins[k] += b / float64(p)
			inUnits[k] += u / float64(p)
		}
	}
	return inBins, inUnits, nil
}

// Moments returns the mean and the variance of the estimate between two times
// after the onset, s, and the covariance of two coordinates, averaged over
// coordinates and pairs. It is an error if the trial does not have that time.
func (t *Trial) Moments(from, to float64) (mean, variance, covariance float64, err error) {
	w, ok := t.window(from, to)
	if !ok {
		return 0, 0, 0, fmt.Errorf("model: no window from %v s to %v s in a trial of %v s", from, to, t.Setup.After)
	}
	v, c := t.Setup.Variance()
	s := t.stretches([]window{w})[0].summarize(t.Setup.Mean, v, c)
	return s.mean, s.variance, s.covariance, nil
}

// Course returns the mean and the variance of the estimate from the onset to each
// of the given times, s after it, in ascending order. It panics if they are not,
// or if one is beyond the trial or before its first step.
func (t *Trial) Course(times []float64) []Point {
	windows := make([]window, len(times))
	from := 0
	for i, until := range times {
		w, ok := t.window(0, until)
		if !ok || w.to <= from {
			panic("model: times of a course must ascend within the trial, by a step at least")
		}
		windows[i] = window{from, w.to}
		from = w.to
	}
	v, c := t.Setup.Variance()
	var points []Point
	all := newSums(t.Setup.Dims)
	for i, s := range t.stretches(windows) {
		all.add(s)
		sum := all.summarize(t.Setup.Mean, v, c)
		points = append(points, Point{
			Model: string(t.Setup.Model), Geometry: t.Setup.Geometry.String(), Rho: t.Setup.Rho,
			Repeat: t.Repeat, Time: times[i], Mean: sum.mean, Var: sum.variance,
		})
	}
	return points
}
