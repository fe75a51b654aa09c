package figure_test

import (
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure"
)

var (
	update  = flag.Bool("update", false, "rewrite the golden images")
	preview = flag.String("preview", "", "folder to write 2x images to, for looking at")
)

// ar1 is a stationary AR(1) series of unit variance.
func ar1(rng *rand.Rand, n int, phi float64) []float64 {
	x := make([]float64, n)
	v := rng.NormFloat64()
	for i := range x {
		x[i] = v
		v = phi*v + math.Sqrt(1-phi*phi)*rng.NormFloat64()
	}
	return x
}

func normal(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

func draws(rng *rand.Rand, n, dim int, sd float64) *mat.Dense {
	m := mat.NewDense(n, dim, nil)
	for i := range n {
		for j := range dim {
			m.Set(i, j, sd*rng.NormFloat64())
		}
	}
	return m
}

func equicorrelated(n int, rho float64) *mat.SymDense {
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, rho)
		}
		s.SetSym(i, i, 1)
	}
	return s
}

func fresh() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// gallery is every figure that has a golden image, by name.
var gallery = map[string]func() *figure.Figure{
	"trace": func() *figure.Figure {
		rng := fresh()
		return figure.Trace("x₁", ar1(rng, 2000, 0.9), ar1(rng, 2000, 0.9), ar1(rng, 2000, 0.9)).Figure()
	},
	"lines": func() *figure.Figure {
		var t, naive, natural, lo, hi []float64
		for i := range 60 {
			u := float64(i) / 10
			t = append(t, u)
			naive = append(naive, 6*(1-math.Exp(-u/4)))
			natural = append(natural, 6*(1-math.Exp(-u)))
			lo = append(lo, natural[i]-0.4)
			hi = append(hi, natural[i]+0.4)
		}
		return figure.New("The mean after the onset of a stimulus", "time (τ)", "running mean").
			Band("", t, lo, hi, figure.Natural).
			Line("natural", t, natural, figure.Natural).
			Line("naive", t, naive, figure.Naive).
			HLine("truth", 6).Figure()
	},
	"autocorrelation": func() *figure.Figure {
		var a, b, c []float64
		for k := range 60 {
			a = append(a, math.Pow(0.95, float64(k))+0.02*math.Sin(float64(k)))
			b = append(b, math.Pow(0.6, float64(k)))
			c = append(c, math.Pow(0.95, float64(k)))
		}
		return figure.Autocorrelation("lag (steps)",
			figure.Curve{Label: "naive", Y: a, Style: figure.Naive},
			figure.Curve{Label: "natural", Y: b, Style: figure.Natural},
			figure.Curve{Label: "φᵏ", Y: c, Style: figure.Truth}).Figure()
	},
	"marginals": func() *figure.Figure {
		rng := fresh()
		return figure.Marginals(figure.MarginalConfig{Truth: func(_ int, x float64) float64 { return normal(x) }},
			figure.Samples{Label: "naive", Draws: draws(rng, 3000, 8, 0.7), Style: figure.Naive},
			figure.Samples{Label: "natural", Draws: draws(rng, 3000, 8, 1), Style: figure.Natural})
	},
	"histogram": func() *figure.Figure {
		return figure.New("Draws of one coordinate", "z₁", "density").
			Hist("draws", ar1(fresh(), 5000, 0.3), figure.Natural).
			Func("truth", normal, -4, 4, figure.Truth).Figure()
	},
	"contour": func() *figure.Figure {
		logp := func(x []float64) float64 {
			return -(x[0]*x[0] - 2*0.9*x[0]*x[1] + x[1]*x[1]) / (2 * (1 - 0.81))
		}
		path := func(phi float64, seed uint64) (x, y []float64) {
			rng := rand.New(rand.NewPCG(seed, 2))
			u, v := ar1(rng, 120, phi), ar1(rng, 120, 0.6)
			for i := range u {
				x = append(x, math.Sqrt(0.95)*u[i]+math.Sqrt(0.05)*v[i])
				y = append(y, math.Sqrt(0.95)*u[i]-math.Sqrt(0.05)*v[i])
			}
			return x, y
		}
		ax, ay := path(0.98, 3)
		bx, by := path(0.6, 4)
		return figure.Row(
			figure.New("naive", "z₁", "z₂").Equal().Contour(logp, -3, 3, -3, 3).Path("", ax, ay, figure.Naive),
			figure.New("natural", "z₁", "").Equal().Contour(logp, -3, 3, -3, 3).Path("", bx, by, figure.Natural),
		).Lettered()
	},
	"contour-ring": func() *figure.Figure {
		ring := func(x []float64) float64 {
			r := math.Hypot(x[0], x[1]) - 2
			return -r * r / 0.18
		}
		return figure.New("∇U vanishes on a ring, p ∝ e⁻ᵁ", "x₁", "x₂").Equal().Contour(ring, -3.2, 3.2, -3.2, 3.2).Figure()
	},
	"covariance": func() *figure.Figure {
		got := mat.DenseCopyOf(equicorrelated(10, 0.5))
		rng := fresh()
		for i := range 10 {
			for j := range 10 {
				got.Set(i, j, got.At(i, j)+0.15*rng.NormFloat64())
			}
		}
		return figure.CovarianceHeatMap(
			figure.TitledMatrix{Title: "target", Matrix: equicorrelated(10, 0.75)},
			figure.TitledMatrix{Title: "naive", Matrix: mat.NewDiagDense(10, []float64{1, 1, 1, 1, 1, 1, 1, 1, 1, -1})},
			figure.TitledMatrix{Title: "natural", Matrix: got})
	},
	"log-axes": func() *figure.Figure {
		var d, naive, natural []float64
		for _, k := range []float64{2, 5, 10, 20, 50, 100, 200, 500, 1000} {
			d, naive, natural = append(d, k), append(naive, 1+(k-1)*0.75), append(natural, 1)
		}
		return figure.New("Steps to forget, ρ = 0.75", "dimension", "relaxation time (τₛ)").LogX().LogY().
			Line("naive: τₛλᵢ(Σ)", d, naive, figure.Naive).
			Line("natural: τₛ", d, natural, figure.Natural).
			Points("", d, naive, figure.Naive).
			Points("", d, natural, figure.Natural.Shaped(figure.Square)).Figure()
	},
	"signs": func() *figure.Figure {
		return figure.New("dz = −(D+S)∇U dt + √2D dW, ⟨z²⟩ = 1, Σ⁻¹, Γᵀ, 10⁻¹², x ∈ ℝᵈ, p ∝ 𝒩(μ, σ²)", "ρ, θ, λᵢ, τₘ, z₁₂, ẋ, V̇, α≪β", "‖x‖², ΓᵀΣ⁻¹Γ ≈ ∞").
			Line("⟨rate⟩ ± σ/√n", []float64{0, 1e6}, []float64{-3e-5, 8e-5}).Figure()
	},
}

func TestPreview(t *testing.T) {
	if *preview == "" {
		t.Skip("no -preview")
	}
	for name, make := range gallery {
		data, err := make().CompactPNG(2)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := os.WriteFile(filepath.Join(*preview, name+".png"), data, 0o644); err != nil {
			t.Fatal(err)
		}
		svg, err := make().SVG()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		os.WriteFile(filepath.Join(*preview, name+".svg"), svg, 0o644)
	}
}
