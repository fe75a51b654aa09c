package moments

import (
	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
)

const check = arg.Checker("moments")

// A Decay is a factor κ, by which an estimate without a spike decays in a time
// step, with the sums of its powers that moments are made of. It does not change
// and can be shared.
type Decay struct {
	keep    float64
	log     float64                  // ln κ
	short   [tabulated + 1]powerSums // of 0, 1, 2, … powers
	doubled [maxDoubled]powerSums    // of tabulated·2ʲ powers
}

const (
	tabulated  = 1024
	maxDoubled = 53 // tabulated·2⁵³ is more than an int64 holds
)

// powerSums are the sums over the first k powers κⁱ, i < k, with uᵢ = 1 − κⁱ.
// Each is a sum of positive numbers, however close κ is to 1, since
// differences of the others would lose digits there.
type powerSums struct {
	k           float64
	power, gap  float64 // κᵏ, uₖ
	sum, square float64 // Σκⁱ, Σκ²ⁱ
	gaps, gaps2 float64 // Σuᵢ, Σuᵢ²
	cross       float64 // Σκⁱuᵢ
}

// NewDecay returns the decay by a factor in [0, 1]. A network's Decay method
// gives its factor.
func NewDecay(factor float64) (*Decay, error) {
	if !(factor >= 0 && factor <= 1) {
		return nil, check.Errorf("factor", "= %v is not in [0, 1]", factor)
	}
	d := &Decay{keep: factor, log: portable.Log(factor)}
	one := powerSums{k: 1, power: factor, gap: 1 - factor, sum: 1, square: 1}
	d.short[0].power = 1
	for k := range tabulated {
		d.short[k+1] = d.short[k].then(one)
	}
	d.doubled[0] = d.short[tabulated]
	for j := range maxDoubled - 1 {
		d.doubled[j+1] = d.doubled[j].then(d.doubled[j])
	}
	return d, nil
}

// then returns the sums over the powers of a and those of b after them, which
// are κᵏ κⁱ with the k of a.
func (a powerSums) then(b powerSums) powerSums {
	q, u := a.power, a.gap
	q2, qu := float64(q*q), float64(q*u)
	return powerSums{
		k:      a.k + b.k,
		power:  q * b.power,
		gap:    u + float64(q*b.gap),
		sum:    a.sum + float64(q*b.sum),
		square: a.square + float64(q2*b.square),
		gaps:   a.gaps + float64(b.k*u) + float64(q*b.gaps),
		gaps2:  a.gaps2 + float64(b.k*float64(u*u)) + 2*float64(qu*b.gaps) + float64(q2*b.gaps2),
		cross:  a.cross + float64(qu*b.sum) + float64(q2*b.cross),
	}
}

// sums returns the sums over the first k powers.
func (d *Decay) sums(k int64) powerSums {
	s := d.short[k%tabulated]
	for j, n := 0, k/tabulated; n > 0; j, n = j+1, n/2 {
		if n%2 == 1 {
			s = s.then(d.doubled[j])
		}
	}
	return s
}

// Factor returns κ.
func (d *Decay) Factor() float64 { return d.keep }

// Power returns κᵏ, k ≥ 0. It panics if k is negative.
func (d *Decay) Power(k int64) float64 {
	if k < tabulated {
		return d.short[k].power
	}
	p := d.short[k%tabulated].power
	for j, n := 0, k/tabulated; n > 0; j, n = j+1, n/2 {
		if n%2 == 1 {
			p *= d.doubled[j].power
		}
	}
	return p
}

// Log returns ln κ, which is −∞ for κ = 0.
func (d *Decay) Log() float64 { return d.log }
