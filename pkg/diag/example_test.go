package diag_test

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/diag"
	"natspike/pkg/moments"
	"natspike/pkg/stream"
)

// autoregression returns m chains of n draws with correlation phi between
// successive ones, of mean 0 and variance 1.
func autoregression(phi float64, m, n int) [][]float64 {
	chains := make([][]float64, m)
	for c := range chains {
		rng := stream.Key{Seed: 1, Chain: uint32(c)}.Rand()
		x := rng.NormFloat64()
		for range n {
			x = phi*x + math.Sqrt(1-phi*phi)*rng.NormFloat64()
			chains[c] = append(chains[c], x)
		}
	}
	return chains
}

func ExampleSummarize() {
	s, err := diag.Summarize(autoregression(0.9, 4, 2000))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("mean %.2f ± %.2f, sd %.2f ± %.2f\n", s.Mean, s.MCSEMean, s.SD, s.MCSESD)
	fmt.Printf("%d draws are worth %.0f in the bulk and %.0f in the tails; R-hat %.3f\n", s.Chains*s.Draws, s.ESSBulk, s.ESSTail, s.RHat)
	// Output:
	// mean -0.06 ± 0.05, sd 0.98 ± 0.03
	// 8000 draws are worth 394 in the bulk and 942 in the tails; R-hat 1.005
}

func ExampleRHat() {
	chains := autoregression(0.5, 4, 1000)
	r, _ := diag.RHat(chains)
	fmt.Printf("chains that agree: %.3f\n", r)

	for i := range chains[3] {
		chains[3][i] += 1
	}
	r, _ = diag.RHat(chains)
	fmt.Printf("one shifted: %.3f\n", r)

	chains[0][7] = math.NaN()
	_, err := diag.RHat(chains)
	fmt.Println(errors.Is(err, diag.ErrNonFinite), err)
	// Output:
	// chains that agree: 1.002
	// one shifted: 1.095
	// true diag: draw 7 of chain 0 is NaN: values must be finite
}

func ExampleESS() {
	// An AR(1) of correlation φ is worth (1−φ)/(1+φ) of its length.
	const phi, m, n = 0.8, 4, 5000
	e, _ := diag.ESS(autoregression(phi, m, n))
	fmt.Printf("%.0f of %d; in theory %.0f\n", e, m*n, m*n*(1-phi)/(1+phi))
	// Output:
	// 2245 of 20000; in theory 2222
}

func ExampleBatches() {
	// A run of a million draws in the memory of 256.
	chains := make([]*diag.Batches, 2)
	for c, rng := range []uint64{1, 2} {
		rng := stream.New(rng)
		chains[c] = diag.NewBatches(1, 256)
		x := []float64{0}
		for range 500_000 {
			x[0] = 0.9*x[0] + math.Sqrt(0.19)*rng.NormFloat64()
			chains[c].Add(x)
		}
	}
	r, _ := diag.BatchRHat(chains, 0)
	e, _ := diag.BatchESS(chains, 0)
	fmt.Printf("R-hat %.3f, ESS %.2g, in theory %.2g\n", r, e, 1e6*0.1/1.9)
	// Output:
	// R-hat 1.000, ESS 5.8e+04, in theory 5.3e+04
}

func Example_moments() {
	// Two workers each see half of the draws.
	a, b := moments.NewMeanCovariance(2), moments.NewMeanCovariance(2)
	a.Add([]float64{1, 2})
	a.Add([]float64{3, 6})
	b.Add([]float64{2, 1})
	b.Add([]float64{6, 7})
	a.Merge(b)
	var c mat.SymDense
	a.CovarianceMatrix(&c)
	fmt.Println(a.N(), a.Mean(nil))
	fmt.Printf("%.3f\n", mat.Formatted(&c))
	// Output:
	// 4 [3 4]
	// ⎡4.667  5.333⎤
	// ⎣5.333  8.667⎦
}

func ExampleW2Normal() {
	// How far are the draws from N(0, 1), and how far would exact ones be?
	x := autoregression(0.99, 1, 1000)[0]
	w, _ := diag.W2Normal(x, 0, 1)
	exact := autoregression(0, 1, 1000)[0]
	floor, _ := diag.W2Normal(exact, 0, 1)
	fmt.Printf("%.2f, of independent draws %.2f\n", w, floor)
	// Output:
	// 0.47, of independent draws 0.05
}

func ExampleW2Gaussian() {
	// What a step h does to preconditioned Langevin: Σ becomes Σ/(1−h/2).
	sigma := mat.NewSymDense(2, []float64{1, 0.75, 0.75, 1})
	var biased mat.SymDense
	biased.ScaleSym(1/(1-0.1/2), sigma)
	zero := []float64{0, 0}
	w, _ := diag.W2Gaussian(zero, sigma, zero, &biased)
	fmt.Printf("%.4f\n", w)
	// Output:
	// 0.0367
}

func ExampleEnergyTest() {
	rng := stream.New(1)
	x, y := mat.NewDense(100, 2, nil), mat.NewDense(100, 2, nil)
	for i := range 100 {
		for j := range 2 {
			x.Set(i, j, rng.NormFloat64())
			y.Set(i, j, 2*rng.NormFloat64())
		}
	}
	test, _ := diag.EnergyTest(x, y, 999, rng)
	fmt.Printf("distance %.2f, p = %.3f\n", test.Statistic, test.PValue)
	// Output:
	// distance 0.72, p = 0.001
}

func ExampleTrains() {
	// A network of two neurons: one a clock, one Poisson.
	rng := stream.New(1)
	var events []diag.Spike
	for k := range 1000 {
		events = append(events, diag.Spike{Time: float64(k) / 100, Neuron: 0})
	}
	for t := rng.ExpFloat64() / 100; t < 10; t += rng.ExpFloat64() / 100 {
		events = append(events, diag.Spike{Time: t, Neuron: 1})
	}
	trains, _ := diag.Trains(events, 2, 0, 10)
	for j, train := range trains {
		isi := train.ISI()
		cv, _ := diag.CV(isi, 0)
		lv, _ := diag.LV(isi)
		counts, _ := train.Counts(0.1)
		fano, _ := diag.Fano(counts, 0)
		fmt.Printf("neuron %d: %.1f Hz, CV %.2f, LV %.2f, Fano %.2f\n", j, train.Rate(), cv, lv, fano)
	}
	// Output:
	// neuron 0: 100.0 Hz, CV 0.00, LV 0.00, Fano 0.00
	// neuron 1: 101.3 Hz, CV 1.02, LV 0.98, Fano 1.05
}
