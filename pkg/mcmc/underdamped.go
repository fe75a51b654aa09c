package mcmc

import (
	"cmp"
	"math"
	"math/rand/v2"
	"strings"

	"natspike/pkg/arg"
	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
)

// A Splitting is the order in which a step of underdamped Langevin dynamics takes
// the parts into which its generator is split. A letter is the exact flow of a
// part,
//
//	A  dx = B w dt                                  drift
//	B  dw = Bᵀ∇log p(x) dt                          kick
//	O  dw = −γ w dt + √(2γ) dW                      friction and noise
//	U  dx = B w dt,  dw = −γ w dt + √(2γ) dW        A and O at once
//
// and a part that occurs k times in the word runs for h/k each time: BAOAB is a
// kick of h/2, a drift of h/2, noise of h, a drift of h/2, a kick of h/2. Any word
// of B and either A and O or U is a scheme. One that reads the same backwards is of
// second order.
//
// On a Gaussian mode of frequency ω, with D = I, the schemes are stable below
// hω = 2, and their stationary moments are:
//
//	BAOAB  ω²⟨x²⟩ = 1                   ⟨v²⟩ = 1 − h²ω²/4
//	ABOBA  ω²⟨x²⟩ = 1                   ⟨v²⟩ = 1/(1 − h²ω²/4)
//	OBABO  ω²⟨x²⟩ = 1/(1 − h²ω²/4)      ⟨v²⟩ = 1
//
// Each of the four below takes one gradient a step. UBU has the smaller error
// along the path, BAOAB the smaller error of the stationary law.
//
// Leimkuhler and Matthews, Appl. Math. Res. eXpress 2013:34 and J. Chem. Phys.
// 138:174102 (2013); Bussi and Parrinello, Phys. Rev. E 75:056707 (2007), for
// OBABO; Alamo and Sanz-Serna, Math. Comp. 2019, Zapatero 2017, for UBU.
type Splitting string

// The splittings in common use.
const (
	BAOAB Splitting = "BAOAB"
	ABOBA Splitting = "ABOBA"
	OBABO Splitting = "OBABO"
	UBU   Splitting = "UBU"
)

// Underdamped is underdamped Langevin dynamics with friction γ and mass matrix
// D⁻¹, D = BBᵀ,
//
//	dx = B w dt,  dw = [Bᵀ∇log p(x) − γw] dt + √(2γ) dW,
//
// by a splitting with step h. It samples p(x) N(w; 0, I) up to a bias of order
// h², or of order h for a word that is not the same backwards. Where D = I, w is
// the velocity. With ω the frequency of the slowest mode, it relaxes fastest at
// γ = 2ω, at rate ω, where overdamped dynamics relaxes at ω².
type Underdamped struct {
	momentumKernel
	parts []part
	jump  []float64 // scratch of U, of length k
	stale bool      // whether x has moved since g was found
}

// UnderdampedConfig holds the settings of Underdamped.
type UnderdampedConfig struct {
	Friction  float64   // γ, in units of one over the time of the equations; positive
	Splitting Splitting // BAOAB if empty
}

// A part is one letter of a splitting.
type part struct {
	letter rune
	time   float64 // for which it runs
	// Coefficients: w ← decay·w + spread·ξ₁ for O and U;
	// x ← x + B(glide·w + shared·ξ₁ + own·ξ₂), with the old w, for U.
	decay, spread, glide, shared, own float64
}

// NewUnderdamped returns underdamped Langevin dynamics for p from x0, of which
// it keeps a copy, with step h, the metric D of the geometry g and the settings c.
// The velocity begins as a draw of its stationary law. It refuses what NewULA
// refuses, a friction that is not positive and finite, and a splitting that lacks
// a part or has an unknown one.
func NewUnderdamped(p density.Density, x0 []float64, h float64, g metric.Geometry, c UnderdampedConfig) (*Underdamped, error) {
	if c.Splitting == "" {
		c.Splitting = BAOAB
	}
	if err := cmp.Or(check.Positive("h", h, ""), check.Positive("Friction", c.Friction, "")); err != nil {
		return nil, err
	}
	parts, noises, err := c.Splitting.parts(h, c.Friction)
	if err != nil {
		return nil, err
	}
	k, err := newMomentumKernel(p, x0, h, g, noises)
	if err != nil {
		return nil, err
	}
	return &Underdamped{momentumKernel: k, parts: parts, jump: make([]float64, len(k.w)), stale: true}, nil
}

// parts returns the parts of a step of length h and how many noises for each
// coordinate they take.
func (s Splitting) parts(h, friction float64) (parts []part, noises int, err error) {
	count := func(letter string) float64 { return float64(strings.Count(string(s), letter)) }
	whole := count("B") > 0 && (count("A") > 0 && count("O") > 0 && count("U") == 0 || count("A")+count("O") == 0 && count("U") > 0)
	if !whole || strings.Trim(string(s), "ABOU") != "" {
		return nil, 0, check.Errorf("Splitting", "= %q does not consist of the letters B and either A and O or U, as BAOAB does", string(s))
	}
	for _, letter := range string(s) {
		p := part{letter: letter, time: h / count(string(letter))}
		u := friction * p.time
		if letter == 'O' || letter == 'U' {
			noises++
			p.decay = portable.Exp(-u)
			p.spread = math.Sqrt(-expm1(-2 * u))
		}
		if letter == 'U' {
			noises++
			p.glide = -expm1(-u) / friction
			p.shared = friction * float64(p.glide*p.glide) / p.spread
			p.own = math.Sqrt(max(0, displacement(u)/float64(friction*friction)-float64(p.shared*p.shared)))
		}
		if arg.FirstNonFinite([]float64{p.spread, p.glide, p.shared, p.own}) >= 0 {
			return nil, 0, check.Errorf("Friction", "= %v is too small or too large for the step %v: the noise of %c leaves the range of floating-point numbers", friction, h, letter)
		}
		parts = append(parts, p)
	}
	return parts, noises, nil
}

// expm1 returns eˣ − 1.
func expm1(x float64) float64 {
	if math.Abs(x) > 0.5 {
		return portable.Exp(x) - 1
	}
	sum, term := 0.0, 1.0
	for k := 1; k < 20; k++ {
		term = term * x / float64(k)
		sum += term
	}
	return sum
}

// displacement returns 2u − 3 + 4e^{−u} − e^{−2u}, γ² times the variance of x
// after a time u/γ at fixed initial x and w.
func displacement(u float64) float64 {
	if u > 0.5 {
		return 2*u - 3 + 4*portable.Exp(-u) - portable.Exp(-2*u)
	}
	sum, single, double := 0.0, 1.0, 1.0 // (−u)ᵏ/k!, (−2u)ᵏ/k!
	for k := 1; k < 24; k++ {
		single = float64(single * (-u / float64(k)))
		double = float64(double * (-2 * u / float64(k)))
		if k >= 3 { // the first three cancel
			sum += float64(4*single) - double
		}
	}
	return sum
}

// Step moves the chain by one step, at the price of one gradient for each B of
// the splitting that finds x moved since the last.
func (u *Underdamped) Step(rng *rand.Rand) {
	u.draw(rng)
	u.advance()
}

// advance takes a step with the noise in xi.
func (u *Underdamped) advance() {
	n := len(u.w)
	xi := u.xi
	for i := range u.parts {
		p := &u.parts[i]
		switch p.letter {
		case 'A':
			u.drift(&u.point, p.time)
			u.stale = true
		case 'B':
			if u.stale {
				u.force(&u.point)
				u.stale = false
			}
			u.kick(p.time)
		case 'O':
			for i, w := range u.w {
				u.w[i] = float64(p.decay*w) + float64(p.spread*xi[i])
			}
			xi = xi[n:]
		case 'U':
			own := xi[n : 2*n]
			for i, w := range u.w {
				u.w[i] = float64(p.decay*w) + float64(p.spread*xi[i])
				u.jump[i] = float64(p.glide*w) + float64(p.shared*xi[i]) + float64(p.own*own[i])
			}
			u.metric.Mul(u.move, u.jump)
			portable.Axpy(1, u.move, u.x)
			u.stale = true
			xi = xi[2*n:]
		}
	}
}
