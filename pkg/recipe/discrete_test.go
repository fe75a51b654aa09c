package recipe

import (
	"math"
	"math/cmplx"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/racetest"
	"natspike/pkg/sde"
	"natspike/pkg/stream"
)

// TestRunsNeedTheCorrection runs Riemannian Langevin dynamics by Euler–Maruyama
// with D = 1 + x²/2 on the standard normal. With Γ = x the mean of x² is 1, up to a
// bias of order h, which was measured as 0.8 % and 1.3 % at h = 0.02, twice the step
// here; without Γ the law is p/D, normalised, for which ⟨x²⟩ = 0.639. Each is the
// other's control. Standard errors from 40 batches; five of them and 0.01 for the
// bias, false alarm 2e-5 with the batches' own error.
func TestRunsNeedTheCorrection(t *testing.T) {
	racetest.Sequential(t)
	const h, draws, batches = 0.01, 400_000, 40
	delta := func(dst, x []float64) { dst[0] = 1 + x[0]*x[0]/2 }
	var mass, second float64
	for x := -12.0; x < 12; x += 1e-3 {
		p := math.Exp(-x*x/2) / (1 + x*x/2)
		mass += p
		second += x * x * p
	}
	for _, c := range []struct {
		name  string
		gamma VectorField
		want  float64
	}{{"with Γ", nil, 1}, {"without Γ", func(dst, x []float64) {}, second / mass}} {
		process := must(New(must(density.NewNormal(0, 1)), NewDiagonal(1, delta, c.gamma)))
		path := must(sde.NewPath(sde.NewEulerMaruyama(process), []float64{0}, h))
		var means [batches]float64
		for i, x := range mcmc.Draws(path, stream.New(12), mcmc.Plan{BurnIn: 1000, Draws: draws}) {
			means[i*batches/draws] += x[0] * x[0] / (draws / batches)
		}
		var mean, se float64
		for _, m := range means {
			mean += m / batches
		}
		for _, m := range means {
			se += (m - mean) * (m - mean) / (batches * (batches - 1))
		}
		se = math.Sqrt(se)
		t.Logf("%s: ⟨x²⟩ = %.4f ± %.4f, want %.4f", c.name, mean, se, c.want)
		if math.Abs(mean-c.want) > 5*se+0.01 || se > 0.03 {
			t.Errorf("%s: ⟨x²⟩ = %.4f ± %.4f, want %.4f", c.name, mean, se, c.want)
		}
	}
}

// stepsPerFold returns how many Euler–Maruyama steps of the best length it takes
// for the slowest mode of dz = −Az dt to decay by a factor of e, given A's
// eigenvalues.
func stepsPerFold(values []complex128) float64 {
	best := math.Inf(1)
	for h := 1e-5; h < 2; h *= 1.01 {
		radius := 0.0
		for _, v := range values {
			radius = math.Max(radius, cmplx.Abs(1-complex(h, 0)*v))
		}
		if radius < 1 {
			best = math.Min(best, -1/math.Log(radius))
		}
	}
	return best
}

// foldsOfBAOAB does so for BAOAB, over the step and the friction, on modes of the
// given precisions. Its step on a mode of frequency ω is a 2×2 matrix.
func foldsOfBAOAB(precisions []float64) float64 {
	best := math.Inf(1)
	for h := 0.2; h < 1; h *= 1.01 {
		for gamma := 0.1; gamma < 5; gamma *= 1.02 {
			eta, radius := math.Exp(-gamma*h), 0.0
			for _, p := range precisions {
				kick := mat.NewDense(2, 2, []float64{1, 0, -h * p / 2, 1})
				drift := mat.NewDense(2, 2, []float64{1, h / 2, 0, 1})
				var f mat.Dense
				f.Product(kick, drift, mat.NewDense(2, 2, []float64{1, 0, 0, eta}), drift, kick)
				trace, det := mat.Trace(&f), eta // the other factors have determinant 1
				root := cmplx.Sqrt(complex(trace*trace/4-det, 0))
				radius = math.Max(radius, math.Max(cmplx.Abs(complex(trace/2, 0)+root), cmplx.Abs(complex(trace/2, 0)-root)))
			}
			if radius < 1 {
				best = math.Min(best, -1/math.Log(radius))
			}
		}
	}
	return best
}

// TestWhatAStepLeavesOfS: discretised, little is left of the optimal S's rate,
// which is 28 times that of S = 0 at d = 10 and 300 times at d = 100. Steps for a
// decay by e on the equicorrelated Gaussian, ρ = 0.75, each at its best step (and
// friction): S = 0 takes 15 and 150, the optimal S 28 and 55, BAOAB 2.8 and 8.9.
func TestWhatAStepLeavesOfS(t *testing.T) {
	racetest.Sequential(t)
	for _, c := range []struct {
		d                     int
		naive, optimal, baoab float64
	}{{10, 15, 28, 2.8}, {100, 150, 55, 8.9}} {
		g := must(density.Equicorrelated(c.d, 0.75, 1))
		var p mat.SymDense
		g.Precision(&p)
		var a mat.Dense
		a.Mul(must(OptimalSkew(g)), &p)
		a.Add(&a, &p)
		var eigen mat.Eigen
		if !eigen.Factorize(&a, mat.EigenNone) {
			t.Fatal("no eigenvalues")
		}
		common, contrast := 1/(1+float64(c.d-1)*0.75), 1/0.25
		for _, m := range []struct {
			name      string
			got, want float64
		}{
			{"S = 0", stepsPerFold([]complex128{complex(common, 0), complex(contrast, 0)}), c.naive},
			{"optimal S", stepsPerFold(eigen.Values(nil)), c.optimal},
			{"BAOAB", foldsOfBAOAB([]float64{common, contrast}), c.baoab},
		} {
			t.Logf("d = %d, %s: %.2f steps", c.d, m.name, m.got)
			if math.Abs(m.got/m.want-1) > 0.05 {
				t.Errorf("d = %d, %s: %.2f steps for a decay by e, want %v", c.d, m.name, m.got, m.want)
			}
		}
	}
}
