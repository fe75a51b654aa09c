package olfaction

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
)

// concentrationsOf returns the stationary covariance of the last n coordinates.
func concentrationsOf(t *testing.T, c Config, at []float64) *mat.SymDense {
	t.Helper()
	all, err := must(c.Linear(at)).Stationary()
	if err != nil {
		t.Fatal(err)
	}
	m, n := c.Posterior.Receptors(), c.Posterior.Dim()
	return all.SliceSym(m, m+n).(*mat.SymDense)
}

// The linear circuit is held to three closed forms: the inverse information where
// projection neurons are fast, the law of the lag where all rates are alike, and the
// mean of the lags weighted by information where they are not. The plain mean rate is
// the negative control of the last.
func TestLinear(t *testing.T) {
	a := mat.NewDense(3, 2, []float64{4, 3, 1, 2, 0.5, 5})
	p, at := must(NewPosterior(a, []float64{22, 9, 14}, 3, 0.2)), []float64{2, 1}
	fisher := mat.NewDense(2, 2, nil)
	for i := range 3 {
		rho := p.Rate(i, at)
		for j := range 4 {
			u, v := j/2, j%2
			fisher.Set(u, v, fisher.At(u, v)+a.At(i, u)*a.At(i, v)*p.s[i]/rho/rho)
		}
	}
	for name, g := range map[string]metric.Metric{"naive": metric.Identity(2), "natural": must(p.Natural(1e-3))} {
		c := concentrationsOf(t, Config{Posterior: p, Metric: g, TauE: 1e-6, TauI: 0.02, DT: 1e-5}, at)
		var one mat.Dense
		one.Mul(c, fisher)
		for j := range 4 {
			want := 0.0
			if j%3 == 0 {
				want = 1
			}
			if math.Abs(one.At(j/2, j%2)-want) > 1e-4 {
				t.Errorf("%s: covariance times information is %v at %d, want %v", name, one.At(j/2, j%2), j, want)
			}
		}
	}

	alike := must(NewPosterior(mat.NewDense(3, 1, []float64{2, 2, 2}), []float64{11, 13, 15}, 5, 0))
	rho := alike.Rate(0, []float64{4})
	k := 4 * (11 + 13 + 15) / rho / rho
	for _, tauE := range []float64{0.01, 0.1, 1} {
		c := concentrationsOf(t, Config{Posterior: alike, Metric: metric.Identity(1), TauE: tauE, TauI: 0.02, DT: 1e-5}, []float64{4})
		if want := 1/k + tauE/0.02/rho; math.Abs(c.At(0, 0)/want-1) > 1e-9 {
			t.Errorf("τ_E = %v: the variance is %v, want %v", tauE, c.At(0, 0), want)
		}
	}

	unlike := must(NewPosterior(mat.NewDense(2, 1, []float64{1, 6}), []float64{9, 20}, 5, 0))
	var weight, lag, mean float64
	for i, s := range unlike.s {
		rho, u := unlike.Rate(i, []float64{3}), unlike.row(i)[0]
		weight += s * u * u / rho / rho
		lag += s * u * u / rho / rho / rho
		mean += rho / 2
	}
	const tauE = 1e-4
	slope := (concentrationsOf(t, Config{Posterior: unlike, Metric: metric.Identity(1), TauE: tauE, TauI: 0.02, DT: 1e-5}, []float64{3}).At(0, 0) - 1/weight) / (tauE / 0.02)
	if math.Abs(slope/(lag/weight)-1) > 1e-3 {
		t.Errorf("a lag adds %v, want %v", slope, lag/weight)
	}
	if math.Abs(slope*mean-1) < 0.1 {
		t.Errorf("a lag adds %v, the inverse of the plain mean rate %v: the test tells nothing", slope, mean)
	}
}

func TestLinearRefused(t *testing.T) {
	p := must(NewPosterior(mat.NewDense(2, 1, []float64{1, 6}), []float64{9, 20}, 5, 0))
	good := Config{Posterior: p, Metric: metric.Identity(1), TauE: 1, TauI: 1, DT: 1}
	positive, still := good, good
	positive.Positive, still.TauE = true, 0
	for _, x := range []struct {
		c    Config
		at   []float64
		want string
	}{{positive, []float64{1}, "Positive"}, {still, []float64{1}, "TauE"}, {good, nil, "at"}, {good, []float64{-1}, "rate of receptor 1"}} {
		if _, err := x.c.Linear(x.at); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("Linear(%v) gives %v, want an error about %s", x.at, err, x.want)
		}
	}
}
