// Package olfaction infers the odours in a sniff from noisy receptors, as a
// circuit of the olfactory bulb may do by sampling (Zavatone-Veth, Masset, Tong,
// Zak, Murthy and Pehlevan, "Neural circuits for fast Poisson compressed sensing in
// the olfactory bulb", NeurIPS 2023).
//
// Concentrations c of n odours drive m receptors through affinities A, and few
// odours are present at once:
//
//	s_i ~ Poisson(r₀ + (Ac)_i),  p(c) ∝ exp(−λ Σ_j |c_j|).
//
// A Posterior is the density of c given s. A Circuit of projection neurons and
// granule cells samples it. The samples are biased unless the projection neurons are
// fast.
package olfaction

import "natspike/pkg/arg"

const check = arg.Checker("olfaction")
