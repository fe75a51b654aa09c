package mcmc

import (
	"fmt"

	"natspike/pkg/internal/portable"
)

// A Reporter is a Sampler that reports statistics of its last step. Chains
// keeps them beside the draws, and archives call them sample_stats. The names of
// the kernels' statistics are those of ArviZ:
//
//	lp                     log density of the draw
//	acceptance_rate        probability of acceptance, for NUTS its mean over the trajectory
//	accepted               1 if the proposal was accepted, 0 if not
//	diverging              1 if the trajectory diverged, 0 if not
//	energy                 H of the draw and its momenta
//	tree_depth             number of doublings
//	reached_max_treedepth  1 if the trajectory reached the largest depth, 0 if not
//	n_steps                number of leapfrog steps
//	step_size              step size h
//
// SGNHT reports thermostat, its ξ.
type Reporter interface {
	// StatNames returns the names of the statistics. They do not change.
	StatNames() []string

	// Stats stores the statistics of the last step in dst, of the length of
	// StatNames. It does not allocate.
	Stats(dst []float64)
}

// statNames returns the names of the statistics of s, if it has any.
func statNames(s Sampler) []string {
	if r, ok := s.(Reporter); ok {
		return r.StatNames()
	}
	return nil
}

// store copies the values to dst.
func store(dst []float64, values ...float64) {
	check.Length("dst", dst, len(values))
	copy(dst, values)
}

// StatNames returns the names of the statistics that Stats stores.
func (s *MALA) StatNames() []string {
	return []string{"lp", "acceptance_rate", "accepted", "step_size"}
}

// Stats stores the statistics of the last step in dst.
func (s *MALA) Stats(dst []float64) {
	store(dst, s.logp, s.AcceptanceProbability(), portable.Indicator(s.accepted), s.h)
}

// StatNames returns the names of the statistics that Stats stores.
func (s *HMC) StatNames() []string {
	return []string{"lp", "acceptance_rate", "accepted", "diverging", "energy", "n_steps", "step_size"}
}

// Stats stores the statistics of the last step in dst.
func (s *HMC) Stats(dst []float64) {
	store(dst, s.logp, s.AcceptanceProbability(), portable.Indicator(s.accepted), portable.Indicator(s.divergent), s.energy(), float64(s.config.LeapfrogSteps), s.h)
}

// StatNames returns the names of the statistics that Stats stores.
func (s *NUTS) StatNames() []string {
	return []string{"lp", "acceptance_rate", "diverging", "energy", "tree_depth", "reached_max_treedepth", "n_steps", "step_size"}
}

// Stats stores the statistics of the last step in dst.
func (s *NUTS) Stats(dst []float64) {
	store(dst, s.logp, s.probability, portable.Indicator(s.divergent), s.whole.draw.energy, float64(s.depth), portable.Indicator(s.depth == s.maxDepth), float64(s.leapfrogSteps), s.h)
}

// StatNames returns the names of the statistics that Stats stores.
func (s *SGNHT) StatNames() []string { return []string{"thermostat"} }

// Stats stores ξ in dst.
func (s *SGNHT) Stats(dst []float64) { store(dst, s.thermostat) }

// StatNames returns the names of the statistics of the sampler that takes the
// steps.
func (s *Subsampled) StatNames() []string { return statNames(s.Sampler) }

// Stats stores the statistics of the sampler that takes the steps.
func (s *Subsampled) Stats(dst []float64) {
	if r, ok := s.Sampler.(Reporter); ok {
		r.Stats(dst)
	}
}

// Warnings returns the warnings of the samplers of all chains, each with the
// number of its chain. A sampler warns if it has a method Warnings() []error.
func Warnings[S Sampler](chains []Chain[S]) (warnings []error) {
	for i, c := range chains {
		if s, ok := any(c.Sampler).(interface{ Warnings() []error }); ok {
			for _, w := range s.Warnings() {
				warnings = append(warnings, fmt.Errorf("chain %d: %w", i, w))
			}
		}
	}
	return warnings
}

// counts are numbers of steps since the step size and the metric were last set.
type counts struct{ steps, moves, nonFinite, divergences, maxDepthHits int }

// Warnings returns what a user should know before trusting the run: a
// *DivergenceWarning of HMC or NUTS, a *StuckWarning, a *NonFiniteWarning, or
// nothing.
func (k *exactKernel) Warnings() (w []error) {
	n := k.counts
	if n.divergences > 0 {
		w = append(w, &DivergenceWarning{Divergences: n.divergences, Steps: n.steps, StepSize: k.h})
	}
	if n.steps >= 20 && 20*n.moves < n.steps {
		w = append(w, &StuckWarning{Moves: n.moves, Steps: n.steps, StepSize: k.h})
	}
	if n.nonFinite > 0 {
		w = append(w, &NonFiniteWarning{NonFinite: n.nonFinite, Steps: n.steps})
	}
	return w
}

// Warnings returns what a user should know before trusting the run: a
// *DivergenceWarning, a *StuckWarning, a *NonFiniteWarning, a *MaxDepthWarning, or
// nothing.
func (s *NUTS) Warnings() []error {
	w := s.exactKernel.Warnings()
	if n := s.counts; n.maxDepthHits > 0 {
		w = append(w, &MaxDepthWarning{Hits: n.maxDepthHits, Steps: n.steps, MaxDepth: s.maxDepth})
	}
	return w
}

// A DivergenceWarning reports trajectories along which the energy rose by more
// than 1000: the step is too long where the density is narrow, and that part of
// it is not sampled.
type DivergenceWarning struct {
	Divergences, Steps int
	StepSize           float64
}

func (w *DivergenceWarning) Error() string {
	return fmt.Sprintf("mcmc: %d of %d trajectories diverged at step size %.3g, so that the narrow parts of the density are not sampled; take a shorter step, ask Warmup for more acceptance, warm up for longer, or change the coordinates", w.Divergences, w.Steps, w.StepSize)
}

// A MaxDepthWarning reports trajectories of NUTS that were cut at the largest
// depth: the step is short for the width of the density, and the chain moves
// slowly.
type MaxDepthWarning struct{ Hits, Steps, MaxDepth int }

func (w *MaxDepthWarning) Error() string {
	return fmt.Sprintf("mcmc: %d of %d trajectories were cut short after %d doublings, so that the chain moves slowly; warm up for longer, or take a longer step, a better metric or a larger depth", w.Hits, w.Steps, w.MaxDepth)
}

// A StuckWarning reports a chain that moved in less than 5 % of its steps.
type StuckWarning struct {
	Moves, Steps int
	StepSize     float64
}

func (w *StuckWarning) Error() string {
	return fmt.Sprintf("mcmc: the chain moved in %d of %d steps of size %.3g, so that its draws say little of the density; take a shorter step, and see that the density is finite around the start", w.Moves, w.Steps, w.StepSize)
}

// A NonFiniteWarning reports proposals at which the log density was NaN or +Inf,
// or its gradient not finite: the density is wrong there, or the step so long that
// it overflows.
type NonFiniteWarning struct{ NonFinite, Steps int }

func (w *NonFiniteWarning) Error() string {
	return fmt.Sprintf("mcmc: in %d of %d steps the log density or its gradient was NaN or +Inf; correct the density there, or take a shorter step", w.NonFinite, w.Steps)
}
