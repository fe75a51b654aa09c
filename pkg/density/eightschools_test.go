package density_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

var (
	rubinEffect = []float64{28, 8, -3, 7, -1, 1, 18, 12}
	rubinError  = []float64{15, 10, 16, 11, 9, 11, 10, 18}
)

func logNormal(x, mean, sd float64) float64 {
	z := (x - mean) / sd
	return -z*z/2 - math.Log(sd) - math.Log(2*math.Pi)/2
}

// The joint density is the model's, written out, times the Jacobian τ.
func TestEightSchoolsIsTheModel(t *testing.T) {
	e := density.NewEightSchools()
	rng := stream.New(1)
	for range 20 {
		z := e.Rand(rng, nil)
		c := e.Constrain(nil, z)
		mu, tau := z[0], math.Exp(z[1])
		want := logNormal(mu, 0, 5) + math.Log(2/(math.Pi*5*(1+tau*tau/25))) + z[1]
		for j, raw := range z[2:] {
			if theta := mu + tau*raw; math.Abs(c[2+j]-theta) > 1e-12*(1+math.Abs(theta)) {
				t.Errorf("θ[%d] = %v, want %v", j, c[2+j], theta)
			}
			want += logNormal(raw, 0, 1) + logNormal(rubinEffect[j], mu+tau*raw, rubinError[j])
		}
		if got := e.LogProb(z); math.Abs(got-want) > 1e-11*math.Abs(want) {
			t.Errorf("LogProb = %v, want %v", got, want)
		}
		if c[0] != mu || math.Abs(c[1]-tau) > 1e-14*tau {
			t.Errorf("constrained (μ, τ) = (%v, %v), want (%v, %v)", c[0], c[1], mu, tau)
		}
	}
	if names := e.Names(); len(names) != 10 || names[0] != "mu" || names[9] != "theta[8]" {
		t.Errorf("names %q", names)
	}
}

// The moments of (μ, τ, θ) by a route of their own: Gauss–Legendre over μ and
// over τ = tan(u), where θⱼ given both is Gaussian. That also gives the evidence.
// The package integrates μ in closed form and log τ by the trapezoidal rule; the
// two agree to nine digits.
func TestEightSchoolsMoments(t *testing.T) {
	racetest.Sequential(t)
	e := density.NewEightSchools()
	const nodes = 400
	muAt, muWeight := make([]float64, nodes), make([]float64, nodes)
	quad.Legendre{}.FixedLocations(muAt, muWeight, -45, 55)
	uAt, uWeight := make([]float64, nodes), make([]float64, nodes)
	quad.Legendre{}.FixedLocations(uAt, uWeight, 0, math.Pi/2)

	evidence := 0.0
	var first [10]float64
	var second [10][10]float64
	for a, u := range uAt {
		tau := math.Tan(u)
		jacobian := 1 + tau*tau
		for b, mu := range muAt {
			l := logNormal(mu, 0, 5) + math.Log(2/(math.Pi*5*(1+tau*tau/25)))
			for j, y := range rubinEffect {
				l += logNormal(y, mu, math.Hypot(tau, rubinError[j]))
			}
			w := uWeight[a] * muWeight[b] * jacobian * math.Exp(l)
			evidence += w
			mean, variance := [10]float64{mu, tau}, [10]float64{}
			for j, y := range rubinEffect {
				s2, t2 := rubinError[j]*rubinError[j], tau*tau
				mean[2+j] = (s2*mu + t2*y) / (s2 + t2)
				variance[2+j] = s2 * t2 / (s2 + t2)
			}
			for i := range 10 {
				first[i] += w * mean[i]
				for j := range 10 {
					second[i][j] += w * mean[i] * mean[j]
				}
				second[i][i] += w * variance[i]
			}
		}
	}
	if got := e.LogEvidence(); math.Abs(got-math.Log(evidence)) > 1e-9 {
		t.Errorf("log evidence %v, by quadrature %v", got, math.Log(evidence))
	}
	mean := e.ConstrainedMean(nil)
	var cov mat.SymDense
	e.ConstrainedCovarianceMatrix(&cov)
	for i := range 10 {
		if want := first[i] / evidence; math.Abs(mean[i]-want) > 1e-9*(1+math.Abs(want)) {
			t.Errorf("mean[%d] = %v, by quadrature %v", i, mean[i], want)
		}
		for j := range 10 {
			want := second[i][j]/evidence - first[i]*first[j]/(evidence*evidence)
			if math.Abs(cov.At(i, j)-want) > 1e-8*math.Sqrt(cov.At(i, i)*cov.At(j, j)) {
				t.Errorf("covariance[%d][%d] = %v, by quadrature %v", i, j, cov.At(i, j), want)
			}
		}
	}
}

// The reference draws of posteriordb, 10,000 of them, have these means and
// standard deviations. Over n nearly independent draws the standard error of a
// mean is sd/√n, and of a standard deviation about sd·√((κ−1)/4n), with the
// kurtosis κ below 20 here; five of them bound the difference. The exact values
// are known to nine digits.
func TestEightSchoolsAgreesWithPosteriorDB(t *testing.T) {
	e := density.NewEightSchools()
	mean := e.ConstrainedMean(nil)
	var cov mat.SymDense
	e.ConstrainedCovarianceMatrix(&cov)
	const n = 10_000
	for _, c := range []struct {
		name     string
		i        int
		mean, sd float64
	}{{"μ", 0, 4.411, 3.309}, {"τ", 1, 3.602, 3.198}, {"θ₁", 2, 6.151, 5.616}} {
		sd := math.Sqrt(cov.At(c.i, c.i))
		t.Logf("%s: exact %.6f ± %.6f, posteriordb %.3f ± %.3f", c.name, mean[c.i], sd, c.mean, c.sd)
		if z := (c.mean - mean[c.i]) / (sd / math.Sqrt(n)); math.Abs(z) > 5 {
			t.Errorf("mean of %s: exact %v, posteriordb %v, z = %.1f", c.name, mean[c.i], c.mean, z)
		}
		if z := (c.sd - sd) / (sd * math.Sqrt(19.0/(4*n))); math.Abs(z) > 5 {
			t.Errorf("standard deviation of %s: exact %v, posteriordb %v, z = %.1f", c.name, sd, c.sd, z)
		}
	}
}

// Constrained exact draws have the constrained mean.
func TestEightSchoolsDraws(t *testing.T) {
	e := density.NewEightSchools()
	rng := stream.New(2)
	mean := e.ConstrainedMean(nil)
	var cov mat.SymDense
	e.ConstrainedCovarianceMatrix(&cov)
	sum, x := make([]float64, 10), make([]float64, 10)
	for range draws {
		e.Rand(rng, x)
		e.Constrain(x, x) // in place
		for i, v := range x {
			sum[i] += v / draws
		}
	}
	for i, m := range mean {
		if z := (sum[i] - m) / math.Sqrt(cov.At(i, i)/draws); math.Abs(z) > zBound {
			t.Errorf("mean of %s: %v, of draws %v, z = %.1f", e.Names()[i], m, sum[i], z)
		}
	}
}

func TestEightSchoolsFarAway(t *testing.T) {
	e := density.NewEightSchools()
	for _, logTau := range []float64{-1000, 700, 1000} {
		for _, raw := range []float64{0, 1} {
			z := []float64{1, logTau, raw, 0, 0, raw, 0, 0, 0, 0}
			if l := e.LogProb(z); math.IsNaN(l) {
				t.Errorf("log density at log τ = %v is NaN", logTau)
			}
			for i, s := range e.ScoreInput(nil, z) {
				if math.IsNaN(s) {
					t.Errorf("score[%d] at log τ = %v is NaN", i, logTau)
				}
			}
		}
	}
}
