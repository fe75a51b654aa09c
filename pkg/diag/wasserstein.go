package diag

import (
	"cmp"
	"math"

	"natspike/pkg/internal/portable"
)

// W2Normal returns the 2-Wasserstein distance between the empirical
// distribution of x, in any order, and N(mu, sigma²), exactly:
//
//	W₂² = ∫₀¹ (F⁻¹(u) − μ − σΦ⁻¹(u))² du
//	    = (1/n) Σ_i (x₍ᵢ₎ − μ − σ m_i)² + σ² [1 − (1/n) Σ_i m_i²],
//	m_i = n [φ(z_{i−1}) − φ(z_i)],   z_i = Φ⁻¹(i/n).
//
// m_i is the mean of a standard normal between its (i−1)/n and i/n quantiles.
// The last term is the distance that n points cannot avoid. n independent
// draws from N(μ, σ²) itself are about σ√(log log n / n) away; compare with
// draws of that kind before calling a distance large.
//
// The unit is that of x. sigma may be 0. The error wraps ErrShort, ErrNonFinite
// or, for a negative sigma, ErrRange.
func W2Normal(x []float64, mu, sigma float64) (float64, error) {
	if err := cmp.Or(checkSome("x", x, 1), checkNormal(mu, sigma)); err != nil {
		return 0, err
	}
	unit := scaleOf(x, []float64{mu, sigma})
	normal := unit.in([]float64{mu, sigma})
	return unit.out(math.Sqrt(squaredW2Normal(sorted(unit.in(x)), normal[0], normal[1])), 1)
}

// checkNormal returns an error unless mu is finite and 0 ≤ sigma < ∞.
func checkNormal(mu, sigma float64) error {
	return cmp.Or(check.Finite("mu", mu), check.NonNegative("sigma", sigma, ""))
}

func squaredW2Normal(sorted []float64, mu, sigma float64) float64 {
	n := float64(len(sorted))
	density := make([]float64, len(sorted)) // √2π φ(z_i)
	for i := range density {
		z := portable.NormalQuantile(float64(i+1) / n)
		density[i] = -float64(z*z) / 2
	}
	portable.ExpTo(density, density)
	var (
		moved, between float64
		left           float64 // φ(z_{i−1})
	)
	for i, x := range sorted {
		right := density[i] / rootTwoPi
		m := n * (left - right)
		left = right
		d := x - mu - float64(sigma*m)
		moved += float64(d * d)
		between += float64(m * m)
	}
	return moved/n + float64(sigma*sigma*max(0, 1-between/n))
}

const rootTwoPi = 2.506628274631000502415765284811

// normalDensity returns φ(z), the density of N(0, 1).
func normalDensity(z float64) float64 {
	return portable.Exp(-float64(z*z)/2) / rootTwoPi
}

// W2 returns the 2-Wasserstein distance between the empirical distributions of
// x and y, in any order and of any lengths, exactly:
//
//	W₂² = ∫₀¹ (F⁻¹(u) − G⁻¹(u))² du,
//
// which for equal lengths is the mean of (x₍ᵢ₎ − y₍ᵢ₎)². The error wraps
// ErrShort or ErrNonFinite.
func W2(x, y []float64) (float64, error) {
	if err := cmp.Or(checkSome("x", x, 1), checkSome("y", y, 1)); err != nil {
		return 0, err
	}
	unit := scaleOf(x, y)
	return unit.out(math.Sqrt(squaredW2(sorted(unit.in(x)), sorted(unit.in(y)))), 1)
}

// squaredW2 merges the two quantile functions. Mass is counted in units of
// 1/(len(x)·len(y)), in which every step of either is whole.
func squaredW2(x, y []float64) float64 {
	var sum float64
	i, j := 0, 0
	left, right := len(y), len(x) // mass of x[i] and y[j] not yet moved
	for i < len(x) && j < len(y) {
		mass := min(left, right)
		d := x[i] - y[j]
		sum += float64(float64(d*d) * float64(mass))
		if left -= mass; left == 0 {
			i, left = i+1, len(y)
		}
		if right -= mass; right == 0 {
			j, right = j+1, len(x)
		}
	}
	return sum / float64(len(x)) / float64(len(y))
}
