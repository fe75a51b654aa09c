package spiking_test

import (
	"natspike/pkg/density"
	"natspike/pkg/mcmc"
	"natspike/pkg/spiking"
)

// Every network is a sampler, and every target a density that MetropolisDensity takes.
var (
	_ mcmc.Sampler    = (*spiking.Balanced)(nil)
	_ mcmc.Sampler    = (*spiking.Metropolis)(nil)
	_ mcmc.Sampler    = (*spiking.Continuous)(nil)
	_ mcmc.Sampler    = (*spiking.MetropolisDensity)(nil)
	_ spiking.Network = (*spiking.Balanced)(nil)
	_ spiking.Network = (*spiking.Metropolis)(nil)
	_ spiking.Network = (*spiking.Continuous)(nil)
	_ spiking.Network = (*spiking.MetropolisDensity)(nil)
	_ spiking.Density = density.Density(nil)
)
