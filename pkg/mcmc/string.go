package mcmc

import (
	"fmt"

	"natspike/pkg/arg"
)

// describe returns a kernel in words: its name, the target, h and D.
func (k *kernel) describe(name string) string {
	return fmt.Sprintf("%s for %s, h = %.4g, D = %s", name, arg.Describe(k.target), k.h, arg.Describe(k.metric))
}

// String returns the kernel in words.
func (s *ULA) String() string { return s.describe("ULA") }

// String returns the kernel in words.
func (s *MALA) String() string { return s.describe("MALA") }

// String returns the kernel in words.
func (k *Irreversible) String() string { return k.describe("irreversible Langevin") }

// String returns the kernel in words.
func (s *HMC) String() string {
	return fmt.Sprintf("%s, %d leapfrog steps", s.describe("HMC"), s.config.LeapfrogSteps)
}

// String returns the kernel in words.
func (s *NUTS) String() string { return s.describe("NUTS") }

// String returns the kernel in words, led by its splitting.
func (u *Underdamped) String() string {
	splitting := ""
	for _, p := range u.parts {
		splitting += string(p.letter)
	}
	return u.describe(splitting)
}

// String returns the kernel in words.
func (s *SGHMC) String() string {
	return fmt.Sprintf("%s, friction %.4g", s.describe("SGHMC"), s.friction)
}

// String returns the kernel in words.
func (s *SGNHT) String() string {
	return fmt.Sprintf("%s, thermostat %.4g", s.describe("SGNHT"), s.thermostat)
}

// String returns the kernel in words.
func (s *Microcanonical) String() string {
	return fmt.Sprintf("%s, L = %.4g", s.describe("microcanonical Langevin"), s.length)
}

// String returns the kernel in words.
func (s *AdjustedMicrocanonical) String() string {
	return fmt.Sprintf("%s, L = %.4g", s.describe("adjusted microcanonical"), s.length)
}

// String returns the number of draws and the sampler.
func (c Chain[S]) String() string {
	draws := 0
	if c.Draws != nil {
		draws = c.Draws.RawMatrix().Rows
	}
	return fmt.Sprintf("%d draws of %s", draws, arg.Describe(c.Sampler))
}

// String returns the sampler that takes the steps.
func (s *Subsampled) String() string { return arg.Describe(s.Sampler) }
