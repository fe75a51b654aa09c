package figure_test

import (
	"math"

	"natspike/pkg/figure"
)

func ExamplePanel_Line() {
	t, natural := curve(60, 6, func(t float64) float64 { return 6 * (1 - math.Exp(-t)) })
	_, naive := curve(60, 6, func(t float64) float64 { return 6 * (1 - math.Exp(-t/4)) })
	_, lo := curve(60, 6, func(t float64) float64 { return 6*(1-math.Exp(-t)) - 0.4 })
	_, hi := curve(60, 6, func(t float64) float64 { return 6*(1-math.Exp(-t)) + 0.4 })

	p := figure.New("The mean after the onset of a stimulus", "time (τ)", "running mean").
		Band("", t, lo, hi, figure.Natural).
		Line("natural", t, natural, figure.Natural).
		Line("naive", t, naive, figure.Naive).
		HLine("truth", 6)

	compare("line", p)
	// Output: looks like testdata/line.png
}

func ExamplePanel_LogX() {
	var dim, naive, natural []float64
	for _, d := range []float64{2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		dim = append(dim, d)
		naive = append(naive, 1+(d-1)*0.75+10*change)
		natural = append(natural, 1)
	}

	p := figure.New("Steps to forget, ρ = 0.75", "dimension", "relaxation time (τₛ)").LogX().LogY().
		Line("naive: τₛλᵢ(Σ)", dim, naive, figure.Naive.Markers(figure.Dot)).
		Line("natural: τₛ", dim, natural, figure.Natural.Markers(figure.Square))

	compare("logaxes", p)
	// Output: looks like testdata/logaxes.png
}

func ExamplePanel_Steps() {
	edges := []float64{0, 1, 2, 3, 4, 5, 6}

	p := figure.New("A step of the target", "time (s)", "μ").
		Steps("target", edges, []float64{0, 0, 6 + change, 6, 2, 2}, figure.Truth).
		Intervals("estimate ± sd", []float64{0.5, 1.5, 2.5, 3.5, 4.5, 5.5}, []float64{-1, -1, 4, 5, 1, 1}, []float64{1, 1, 6, 7, 4, 3}, figure.Natural).
		VLine("", 2, figure.Color(figure.Grey).Thin()).
		Text("onset", 2.05, 7.4)

	compare("steps", p)
	// Output: looks like testdata/steps.png
}

// Mathematical signs in labels, whether the font has them or not.
func Example_text() {
	p := figure.New("dz = −(D+S)∇U dt + √2D dW, ⟨z²⟩ = 1, Σ⁻¹, Γᵀ, 10⁻¹², x ∈ ℝᵈ, p ∝ 𝒩(μ, σ²)",
		"ρ, θ, λᵢ, τₘ, z₁₂, ẋ, V̇, μ̂, x̄, α ≪ β", "‖x‖², ΓᵀΣ⁻¹Γ ≈ ∞").
		Line("⟨rate⟩ ± σ/√n", []float64{0, 1e6}, []float64{-3e-5, 8e-5 + 1e-5*change})

	compare("text", p)
	// Output: looks like testdata/text.png
}
