package density

import (
	"fmt"

	"natspike/pkg/arg"
)

// Tempered is the density p^β, flatter than p for β < 1:
//
//	log p_β(x) = β log p(x),  ∇log p_β(x) = β ∇log p(x).
type Tempered struct {
	p    Density
	beta float64
}

// Temper returns p^β. β is an inverse temperature without a unit. It refuses a β
// that is not positive and finite, and panics if p is nil. Where p has heavy
// tails, p^β need not have a finite integral.
func Temper(p Density, beta float64) (*Tempered, error) {
	check.NotNil("Density", p)
	if err := check.Positive("β", beta, ""); err != nil {
		return nil, err
	}
	return &Tempered{p, beta}, nil
}

// Beta returns β.
func (t *Tempered) Beta() float64 { return t.beta }

// Dim returns d.
func (t *Tempered) Dim() int { return t.p.Dim() }

// LogProb returns β log p(x).
func (t *Tempered) LogProb(x []float64) float64 { return t.beta * t.p.LogProb(x) }

// String returns the density and β.
func (t *Tempered) String() string { return fmt.Sprintf("(%s)^%.4g", arg.Describe(t.p), t.beta) }

// ScoreInput stores β ∇log p(x) in dst and returns it.
func (t *Tempered) ScoreInput(dst, x []float64) []float64 {
	dst = t.p.ScoreInput(dst, x)
	scale(dst, t.beta)
	return dst
}

// LogProbScore stores β ∇log p(x) in dst and returns β log p(x).
func (t *Tempered) LogProbScore(dst, x []float64) float64 {
	logp := LogProbScore(t.p, dst, x)
	scale(dst, t.beta)
	return t.beta * logp
}
