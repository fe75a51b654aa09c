package model

import (
	"fmt"
	"math"
	"slices"

	"natspike/pkg/metric"
	"natspike/pkg/recipe"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// A Model names a kind of network.
type Model string

// The models.
const (
	Balanced   Model = "balanced"   // spiking.Balanced, of Savin and Denève
	Metropolis Model = "metropolis" // spiking.Metropolis, with a probabilistic spike rule
)

// A kind holds what makes a model.
type kind struct {
	name      Model
	published func(dims, perDim int, rho float64, g metric.Geometry) Setup
	validate  func(s Setup) error // what Parameters does not check
	build     func(s Setup, seed uint64, repeat uint32) (spiking.Network, error)
}

// kinds lists the models. A new one is an entry here, and in Parameters what it
// alone has.
var kinds = []kind{
	{
		name: Balanced, published: PaperBalanced,
		validate: func(s Setup) error {
			// Beyond these the dynamics are far from any that converge.
			const most = 1e6
			if !(math.Abs(s.Skew) <= most) {
				return check.Errorf("skew", "= %v is not between -%v and %v", s.Skew, most, most)
			}
			if !(s.DT/s.TauS <= most) {
				return check.Errorf("tau_s", "= %v s is less than dt/%v = %v s", s.TauS, most, s.DT/most)
			}
			return nil
		},
		build: func(s Setup, seed uint64, repeat uint32) (spiking.Network, error) {
			c, err := s.Balanced(seed, repeat)
			if err != nil {
				return nil, err
			}
			return spiking.NewBalanced(c)
		},
	},
	{
		name: Metropolis, published: PaperMetropolis,
		validate: func(s Setup) error {
			if n := s.Neurons(); n%2 != 0 {
				return check.Errorf("k", "= %d with n_p = %d makes %d neurons; the decoder B[A, −A] needs an even number", s.PerDim, s.Dims, n)
			}
			return nil
		},
		build: func(s Setup, seed uint64, repeat uint32) (spiking.Network, error) {
			c, err := s.Metropolis(seed, repeat)
			if err != nil {
				return nil, err
			}
			return spiking.NewMetropolis(c)
		},
	},
}

// kind returns the entry of a model, which must be one of them.
func (m Model) kind() kind {
	return kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == m })]
}

// modelNames returns the names of all models.
func modelNames() (names []Model) {
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Balanced returns the configuration of the balanced network of a repeat.
func (s Setup) Balanced(seed uint64, repeat uint32) (spiking.BalancedConfig, error) {
	target, err := s.Target()
	if err != nil {
		return spiking.BalancedConfig{}, err
	}
	decoder, err := spiking.RandomDecoder(s.Key(seed, repeat, stream.Decoder).Rand(), s.Dims, s.Neurons(), s.Scale)
	if err != nil {
		return spiking.BalancedConfig{}, err
	}
	c := spiking.PaperBalanced(target, decoder, s.Geometry)
	c.Arbitration, c.Lambda, c.Alpha = s.Arbitration, s.Lambda, s.Alpha
	c.TauM, c.TauS, c.DT = s.TauM, s.TauS, s.DT
	if s.Skew != 0 {
		c.Skew, err = recipe.ExchangeableSkew(s.Dims, s.Skew)
	}
	return c, err
}

// Metropolis returns the configuration of the probabilistic network of a repeat.
func (s Setup) Metropolis(seed uint64, repeat uint32) (spiking.MetropolisConfig, error) {
	target, err := s.Target()
	if err != nil {
		return spiking.MetropolisConfig{}, err
	}
	decoder, err := spiking.RandomPairs(s.Key(seed, repeat, stream.Decoder).Rand(), s.Dims, s.Neurons(), s.Scale)
	if err != nil {
		return spiking.MetropolisConfig{}, err
	}
	c := spiking.PaperMetropolis(target, decoder, s.Geometry)
	c.TauM, c.DT, c.Gain = s.TauM, s.DT, s.Gain
	return c, nil
}

// A Family names how the covariance Σ of the target follows from ρ. The published
// simulations use three families, and these are not the same task.
type Family string

// The families of covariances.
const (
	FamilyUnit   Family = "unit"   // (1−ρ)I + ρ11ᵀ: variance 1, correlation ρ
	FamilyTriple Family = "triple" // 3[(1−ρ)I + ρ11ᵀ]: variance 3, correlation ρ
	FamilyShared Family = "shared" // (1−ρ)I + 3ρ11ᵀ: variance 1+2ρ, correlation 3ρ/(1+2ρ)
)

// entries returns the numbers of Σ = own·I + shared·11ᵀ.
func (f Family) entries(rho float64) (own, shared float64) {
	switch f {
	case FamilyTriple:
		return 3 * (1 - rho), 3 * rho
	case FamilyShared:
		return 1 - rho, 3 * rho
	}
	return 1 - rho, rho
}

// allowed describes the ρ for which Σ is positive definite in p dimensions.
func (f Family) allowed(p int) string {
	switch {
	case f == FamilyShared:
		return fmt.Sprintf("%.4g < rho < 1", -1/float64(3*p-1))
	case p == 1:
		return "rho < 1"
	}
	return fmt.Sprintf("%.4g < rho < 1", -1/float64(p-1))
}
