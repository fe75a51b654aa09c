package contest

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/boltzmann"
	"natspike/pkg/density"
	"natspike/pkg/olfaction"
	"natspike/pkg/stream"
)

// A Target is a distribution whose mean and covariance are known.
type Target struct {
	Name string
	Mean []float64
	Cov  *mat.SymDense

	// What an Entrant may ask for, nil where the target is not of that kind.
	Density   density.Density      // of a continuous target
	Gaussian  *density.Gaussian    // of a Gaussian one, which is also the Density
	Machine   *boltzmann.Machine   // of binary variables
	Posterior *olfaction.Posterior // of odours, whose Density is that of positive concentrations
}

// Targets returns Gaussians of three shapes, a mixture, a banana, a Boltzmann
// machine, and the posterior of two odours. Their moments are exact or by quadrature.
func Targets() ([]Target, error) {
	var targets []Target
	for _, g := range []struct {
		name string
		p    int
		rho  float64
	}{{"Gaussian, d = 2, ρ = 0.75", 2, 0.75}, {"Gaussian, d = 10, ρ = 0.75", 10, 0.75}, {"Gaussian, d = 10, ρ = 0.95", 10, 0.95}} {
		gaussian, err := density.Equicorrelated(g.p, g.rho, 3)
		if err != nil {
			return nil, err
		}
		t := known(g.name, gaussian)
		t.Gaussian = gaussian
		targets = append(targets, t)
	}
	var modes []*density.Gaussian
	for _, mean := range []float64{-1.5, 1.5} {
		mode, err := density.NewGaussian([]float64{mean, mean}, mat.NewDiagDense(2, []float64{1, 1}))
		if err != nil {
			return nil, err
		}
		modes = append(modes, mode)
	}
	mixture, err := density.NewMixture([]float64{0.4, 0.6}, modes)
	if err != nil {
		return nil, err
	}
	banana, err := density.NewBananaShape(2, 0.3, 1)
	if err != nil {
		return nil, err
	}
	targets = append(targets, known("mixture of two", mixture), known("banana", banana))
	machine, err := boltzmannMachine(10)
	if err != nil {
		return nil, err
	}
	odours, err := odours()
	if err != nil {
		return nil, err
	}
	return append(targets, machine, odours), nil
}

// known returns the target of a density that has its moments in closed form.
func known(name string, p interface {
	density.Density
	density.Moments
}) Target {
	var cov mat.SymDense
	p.CovarianceMatrix(&cov)
	return Target{Name: name, Mean: p.Mean(nil), Cov: &cov, Density: p}
}

// boltzmannMachine returns a machine of n variables whose weights and biases are
// normal, from a fixed seed.
func boltzmannMachine(n int) (Target, error) {
	rng := stream.Key{Seed: 3, Purpose: stream.Data}.Rand()
	w, b := mat.NewSymDense(n, nil), make([]float64, n)
	stream.Normals(rng, b)
	for i := range n {
		for j := range i {
			w.SetSym(i, j, 0.6*stream.Normal(rng))
		}
	}
	m, err := boltzmann.New(w, b)
	if err != nil {
		return Target{}, err
	}
	mean, cov, err := m.Moments()
	return Target{Name: "Boltzmann machine, 10 variables", Mean: mean, Cov: cov, Machine: m}, err
}

// odours returns the posterior of two odours that six receptors smell, with the
// moments of its positive concentrations by the midpoint rule.
func odours() (Target, error) {
	a := mat.NewDense(6, 2, []float64{4, 3, 1, 2, 3, 3, 5, 1, 2, 4, 0.5, 2})
	p, err := olfaction.NewPosterior(a, []float64{22, 8, 18, 27, 13, 5}, 3, 0.2)
	if err != nil {
		return Target{}, err
	}
	const cells, far = 500, 12.0
	mean, square, total := make([]float64, 2), make([]float64, 3), 0.0
	near := p.LogProb([]float64{4, 1})
	for i := range cells {
		for j := range cells {
			c := []float64{(float64(i) + 0.5) * far / cells, (float64(j) + 0.5) * far / cells}
			w := math.Exp(p.LogProb(c) - near)
			total += w
			mean[0] += w * c[0]
			mean[1] += w * c[1]
			square[0] += w * c[0] * c[0]
			square[1] += w * c[0] * c[1]
			square[2] += w * c[1] * c[1]
		}
	}
	mean[0], mean[1] = mean[0]/total, mean[1]/total
	cov := mat.NewSymDense(2, []float64{
		square[0]/total - mean[0]*mean[0], square[1]/total - mean[0]*mean[1],
		0, square[2]/total - mean[1]*mean[1],
	})
	return Target{Name: "two odours", Mean: mean, Cov: cov, Density: p.Positive(), Posterior: p}, nil
}
