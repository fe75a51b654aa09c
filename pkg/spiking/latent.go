package spiking

import "natspike/pkg/internal/portable"

// Latent stores in dst the diffusion x that the estimate z is to follow. It is
// z and the error that the voltages report: once the spikes of the last step
// have reset them, and if V and r were zero at t = 0,
//
//	V_j = Γ_jᵀ(x − z) − λr_j − α(1 − e^(−t/τ_m)),
//
// so that neuron j spikes when that brings z nearer to x by more than it costs.
// Spikes do not move x. It obeys
//
//	dx = −(D+S)Σ⁻¹(z − μ) dt/τ_s − (x − z) dt/τ_m + √(2D/τ_s) dW:
//
// Langevin dynamics, but for a drift that is taken at z. (Where resets come one
// step late, so do their decay and their share of the leak.) Latent panics if
// the length of dst is not Dim.
func (s *Balanced) Latent(dst []float64) {
	if len(dst) != s.p {
		panic(badLength)
	}
	for d := range dst {
		dst[d] = s.z[d] + s.u[d]
	}
	if s.arbitration == Greedy {
		return
	}
	for _, j := range s.spikes { // whose resets are due
		portable.Axpy(-1, s.rows[j*s.p:(j+1)*s.p], dst)
	}
}
