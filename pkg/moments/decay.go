package moments

import (
	"math"

	"natspike/pkg/arg"
	"natspike/pkg/internal/portable"
)

const check = arg.Checker("moments")

// A Decay is a factor κ, by which an estimate without a spike decays in a time
// step, with the sums of its powers that moments are made of. It does not change
// and can be shared.
type Decay struct {
	keep    float64
	perLog  float64                  // 1/|ln κ|
	power   [tabulated + 1]float64   // κ⁰, κ¹, κ², …
	short   [tabulated + 1]powerSums // of 0, 1, 2, … powers
	doubled [maxDoubled]powerSums    // of tabulated·2ʲ powers
}

const (
	tabulated  = 1024
	maxDoubled = 53 // tabulated·2⁵³ is more than an int64 holds
)

const (
	badShare = "moments: a share of a decay is negative"
	badSteps = "moments: the numbers of steps of a decay are negative or not in order"
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
	d := &Decay{keep: factor, perLog: 1 / math.Abs(portable.Log(factor))}
	one := powerSums{k: 1, power: factor, gap: 1 - factor, sum: 1, square: 1}
	d.power[0], d.short[0].power = 1, 1
	for k := range tabulated {
		d.short[k+1] = d.short[k].then(one)
		d.power[k+1] = d.short[k+1].power
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
		return d.power[k]
	}
	return d.sums(k).power
}

// Steps returns the smallest k ≥ 0 for which κᵏ ≤ share, and the largest int64 if
// there is none. It panics unless share ≥ 0.
func (d *Decay) Steps(share float64) int64 {
	switch {
	case !(share >= 0):
		panic(badShare)
	case share >= 1:
		return 0
	}
	var log float64 // −ln share
	if u := 1 - share; u < 1.0/16 {
		log = u * (1 + float64(u*(0.5+float64(u*(1.0/3+float64(u/4))))))
	} else {
		log = -portable.Log(share)
	}
	switch k := math.Ceil(log * d.perLog); {
	case k >= 1<<62:
		return math.MaxInt64
	case k > tabulated:
		return int64(k)
	case k > 0:
		return d.around(int64(k), share)
	default:
		return d.around(0, share)
	}
}

// StepsWithin returns the number from least to most that is nearest to Steps(share). It
// tries one after the other, which takes less time than Steps if there are a few. It
// panics unless share ≥ 0 and 0 ≤ least ≤ most.
func (d *Decay) StepsWithin(share float64, least, most int64) int64 {
	if least < 0 || least > most {
		panic(badSteps)
	}
	if !(share > 0) || most > tabulated/2 {
		return min(max(d.Steps(share), least), most)
	}
	for least < most && d.power[least] > share {
		least++
	}
	return least
}

// around returns the smallest k for which κᵏ ≤ share, given one that is close.
func (d *Decay) around(k int64, share float64) int64 {
	for k > 0 && d.power[k-1] <= share {
		k--
	}
	for k <= tabulated && d.power[k] > share {
		k++
	}
	return k
}
