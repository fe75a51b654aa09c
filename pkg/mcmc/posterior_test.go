package mcmc

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/density/dataset"
	"natspike/pkg/diag"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// nuts starts a chain of NUTS at a random position and warms it up.
func nuts(p density.Density, d metric.Geometry, w Warmup) func(int, *rand.Rand) (*NUTS, error) {
	return func(_ int, rng *rand.Rand) (*NUTS, error) {
		x0 := make([]float64, p.Dim())
		stream.Normals(rng, x0)
		s, err := NewNUTS(p, x0, 0.1, d)
		if err != nil {
			return nil, err
		}
		return s, w.Run(context.Background(), s, rng)
	}
}

// moments are a mean and a standard deviation, and their standard errors.
type meanSD struct{ mean, sd, meanError, sdError float64 }

// compare holds draws to a reference: R-hat < 1.01 and the mean and the standard
// deviation within four standard errors, which are the draws' own and the
// reference's. With another seed, one of the 80 comparisons of the two tests would
// fail in one case of 200. Over 48 seeds of the logistic regression, the distances in
// standard errors had a root mean square of 1.00: the errors are neither too small
// nor too large. The control is another pair of moments, more than five standard
// errors away.
func compare(t *testing.T, name string, chains [][]float64, reference, control meanSD) (caught bool) {
	t.Helper()
	s, err := diag.Summarize(chains)
	if err != nil {
		t.Fatal(err)
	}
	off := func(m meanSD) (zMean, zSD float64) {
		return (s.Mean - m.mean) / math.Hypot(s.MCSEMean, m.meanError), (s.SD - m.sd) / math.Hypot(s.MCSESD, m.sdError)
	}
	zMean, zSD := off(reference)
	mean, sd := reference.mean, reference.sd
	t.Logf("%-10s %8.3f (reference %8.3f, z = %+.1f)  sd %6.3f (reference %6.3f, z = %+.1f)  ESS %6.0f  R-hat %.4f",
		name, s.Mean, mean, zMean, s.SD, sd, zSD, s.ESSBulk, s.RHat)
	if !(s.RHat < 1.01) || !(math.Abs(zMean) < 4) || !(math.Abs(zSD) < 4) {
		t.Errorf("%s: mean %.3f, want %.3f (z = %.1f); sd %.3f, want %.3f (z = %.1f); R-hat %.4f", name, s.Mean, mean, zMean, s.SD, sd, zSD, s.RHat)
	}
	zMean, zSD = off(control)
	return math.Abs(zMean) > 5 || math.Abs(zSD) > 5
}

// TestEightSchools compares NUTS with the posterior's moments, which one integral
// gives, and those with posteriordb's reference draws, rounded to three decimals.
func TestEightSchools(t *testing.T) {
	racetest.Larger(t, "TestChainsSameBytes")
	p := density.NewEightSchools()
	mean := p.ConstrainedMean(nil)
	var cov mat.SymDense
	p.ConstrainedCovarianceMatrix(&cov)
	for _, c := range []struct {
		coord    int
		mean, sd float64
	}{{0, 4.411, 3.309}, {1, 3.602, 3.198}, {2, 6.151, 5.616}} {
		// 10 000 draws: standard errors of sd/100, and more for the sd of a heavy tail.
		if sd := math.Sqrt(cov.At(c.coord, c.coord)); math.Abs(mean[c.coord]-c.mean) > 0.05*sd || math.Abs(sd-c.sd) > 0.05*sd {
			t.Errorf("coordinate %d has mean %.3f and sd %.3f, posteriordb %.3f and %.3f", c.coord, mean[c.coord], sd, c.mean, c.sd)
		}
	}

	chains, err := Chains(context.Background(), 4, 1, Plan{Draws: 4000}, nuts(p, metric.Naive, Warmup{Acceptance: 0.9}))
	if err != nil {
		t.Fatal(err)
	}
	draws := AllDraws(chains)
	for _, d := range draws {
		for i := range d.RawMatrix().Rows {
			p.Constrain(d.RawRowView(i), d.RawRowView(i))
		}
	}
	for j, name := range p.Names() {
		sd := math.Sqrt(cov.At(j, j))
		reference := meanSD{mean: mean[j], sd: sd}
		control := meanSD{mean: mean[j] + 0.1*sd, sd: sd}
		if !compare(t, name, diag.Coordinate(draws, j), reference, control) {
			t.Errorf("%s: a mean that is off by a tenth of sd passes too: no power", name)
		}
	}
}

// breastCancer is the logistic regression of package dataset, of 31 coefficients.
func breastCancer() *density.Logistic {
	data := dataset.BreastCancer()
	x, _ := data.Design()
	return must(density.NewLogistic(x, data.Y, 1))
}

// TestLogisticRegression compares NUTS with a reference made by importance sampling.
// The mass matrix is that of Laplace's approximation, whose own mean and standard
// deviations are the control.
func TestLogisticRegression(t *testing.T) {
	racetest.Larger(t, "TestChainsSameBytes")
	p := breastCancer()
	laplace := must(p.Laplace())
	fromLaplace := fixed(metric.Natural.Of(laplace))
	chains, err := Chains(context.Background(), 4, 1, Plan{Draws: 4000}, nuts(p, fromLaplace, Warmup{Steps: 150, Metric: FixedMetric}))
	if err != nil {
		t.Fatal(err)
	}
	mode := laplace.Mean(nil)
	var cov mat.SymDense
	laplace.CovarianceMatrix(&cov)
	reference := dataset.BreastCancerPosterior()
	caught := 0
	for j := range p.Dim() {
		r := meanSD{reference.Mean[j], reference.SD[j], reference.MeanError[j], reference.SDError[j]}
		if compare(t, "β"+strconv.Itoa(j), diag.Coordinate(AllDraws(chains), j), r, meanSD{mean: mode[j], sd: math.Sqrt(cov.At(j, j))}) {
			caught++
		}
	}
	if caught < 3 {
		t.Errorf("Laplace's approximation is told from the posterior in %d coordinates: no power", caught)
	}
}

// BenchmarkPosteriors reports effective draws, of the coordinate with fewest, a
// second and a gradient, sampling alone, of one chain. scripts/peers sets them beside
// another program's.
func BenchmarkPosteriors(b *testing.B) {
	for _, c := range []struct {
		name string
		p    density.Density
	}{{"eight schools", density.NewEightSchools()}, {"logistic regression", breastCancer()}} {
		b.Run(c.name, func(b *testing.B) {
			key := stream.Key{Seed: 1, Purpose: stream.Start}
			s, err := nuts(c.p, metric.Naive, Warmup{})(0, key.Rand())
			if err != nil {
				b.Fatal(err)
			}
			before := s.Gradients()
			b.ResetTimer()
			draws, err := Collect(s, stream.New(1), Plan{Draws: max(b.N, 100)})
			b.StopTimer()
			if err != nil {
				b.Fatal(err)
			}
			least := math.Inf(1)
			for j := range c.p.Dim() {
				ess, err := diag.ESSBulk(diag.Coordinate([]*mat.Dense{draws}, j))
				if err != nil {
					b.Fatal(err)
				}
				least = min(least, ess)
			}
			b.ReportMetric(least/b.Elapsed().Seconds(), "ESS/s")
			b.ReportMetric(least/float64(s.Gradients()-before), "ESS/gradient")
		})
	}
}
