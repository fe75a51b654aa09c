// Package paper makes the figures of Masset, Zavatone-Veth, Connor, Murthy and
// Pehlevan, "Natural gradient enables fast sampling in spiking neural networks"
// (NeurIPS 2022), and of its supplement, that rest on simulation.
//
// An [Experiment] is one figure: a list of setups of package model, naive and
// natural, a number of repeats of each, the measures of package trial, and a
// drawing.
//
//	e, err := paper.Lookup("balanced-correlation")
//	r, err := e.Run(ctx, paper.Options{Fraction: 0.1, Dir: "paper-0.1"})
//	nb.Show(r.Figure())
//
// Run goes through package sweep. What is done is kept in Dir, so that a run that
// was stopped goes on where it was, and the same seed gives the same bytes on any
// number of workers. Make makes all figures, and one page that shows them beside
// the values measured from the authors' own programs. [Published] returns these
// values. [Experiment.Kept] returns the results at full repeats, which the package
// keeps in its folder kept.
//
// # Two sets of choices
//
// By default trials are those of the authors' programs. Options.Corrected takes
// the other choice where theirs changes the numbers:
//
//   - The covariance of the balanced network's sweeps is 3[(1−ρ)I + ρ11ᵀ], so that
//     ρ is the correlation; theirs is (1−ρ)I + 3ρ11ᵀ.
//   - Time steps are a tenth as long, Δt = 10 µs for τ_s = 0.2 ms: within the
//     stability of Euler's method at every ρ shown.
//   - Neurons above threshold spike until none is left (spiking.Greedy), with the
//     reset at once; theirs is one spike in a step, of the largest voltage, and a
//     reset in the next.
//   - Trials are not run in stages: they have no first sample of zeros and lose no
//     reset.
//   - Entries of the probabilistic network's decoder have variance 1/p in every
//     figure, where their size is not the question.
//   - Distances are in the units of the estimate, not of bins that depend on the
//     data. The first 50 ms after the onset are shown, where the programs for
//     probabilistic spiking take 50 ms that begin a second later. Final moments are
//     of the last second, without the way to the new mean.
package paper
