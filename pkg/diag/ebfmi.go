package diag

import "fmt"

// EBFMI returns the estimated Bayesian fraction of missing information of one
// chain of a Hamiltonian sampler, from the energies E of its draws:
//
//	E-BFMI = 1/(n−1) Σ (E_i − E_{i−1})² / Var(E).
//
// It compares how much the energy changes when momenta are drawn anew with how
// much it varies in all: about 1 where the two are alike, and small where the
// energy can only diffuse, so that the tails are explored slowly, as by chains in
// a funnel. ArviZ advises at least 0.3; RStan warns below 0.2.
//
// The error wraps ErrShort for fewer than four energies, ErrNonFinite or
// ErrConstant.
//
// Source: Betancourt (2016), arXiv:1604.00695, section 3. It is ArviZ's bfmi.
func EBFMI(energy []float64) (float64, error) {
	if err := checkSome("energy", energy, minDraws); err != nil {
		return 0, err
	}
	x := scaleOf(energy).in(energy)
	if constant([][]float64{x}) {
		return 0, fmt.Errorf("diag: all energies are %v: %w", energy[0], ErrConstant)
	}
	_, variance := meanVar(x)
	var steps float64
	for i, e := range x[1:] {
		d := e - x[i]
		steps += float64(d * d)
	}
	return steps / float64(len(x)-1) / variance, nil
}
