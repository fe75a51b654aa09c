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
	// mean 0.01 ± 0.05, sd 0.99 ± 0.02
	// 8000 draws are worth 465 in the bulk and 830 in the tails; R-hat 1.013
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
	// chains that agree: 1.003
	// one shifted: 1.116
	// true diag: draw 7 of chain 0 is NaN: values must be finite
}

func ExampleESS() {
	// An AR(1) of correlation φ is worth (1−φ)/(1+φ) of its length.
	const phi, m, n = 0.8, 4, 5000
	e, _ := diag.ESS(autoregression(phi, m, n))
	fmt.Printf("%.0f of %d; in theory %.0f\n", e, m*n, m*n*(1-phi)/(1+phi))
	// Output:
	// 2387 of 20000; in theory 2222
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
	// R-hat 1.000, ESS 4.9e+04, in theory 5.3e+04
}

func ExampleW2Normal() {
	// How far are the draws from N(0, 1), and how far would exact ones be?
	x := autoregression(0.99, 1, 1000)[0]
	w, _ := diag.W2Normal(x, 0, 1)
	exact := autoregression(0, 1, 1000)[0]
	floor, _ := diag.W2Normal(exact, 0, 1)
	fmt.Printf("%.2f, of independent draws %.2f\n", w, floor)
	// Output:
	// 0.17, of independent draws 0.04
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

// Draws that sit in a histogram, for a run that is too long to keep.
func ExampleHistogram() {
	h, err := diag.NewHistogram(-5, 5, 200, 4)
	if err != nil {
		fmt.Println(err)
		return
	}
	rng := stream.New(1)
	for range 100_000 {
		h.Add(1.1 * rng.NormFloat64())
	}
	w, err := h.W2Normal(0, 1)
	fmt.Printf("%.3f from N(0, 1), in theory 0.1, %v\n", w, err)
	// Output:
	// 0.095 from N(0, 1), in theory 0.1, <nil>
}

// The estimate of a network without spikes decays: 300 steps are counted at the price of
// the bins that they pass through.
func ExampleHistograms() {
	narrow, err := diag.NewHistogram(-1, 1, 100, 4)
	if err != nil {
		panic(err)
	}
	wide, err := diag.NewHistogram(-10, 10, 100, 4)
	if err != nil {
		panic(err)
	}
	decay, err := moments.NewDecay(0.99)
	if err != nil {
		panic(err)
	}
	diag.NewHistograms([]*diag.Histogram{narrow, wide}).AddSegment([]float64{1, -10}, decay, 300)
	fmt.Println(narrow.N(), wide.N())
	// Output:
	// 300 300
}

// Two samples that differ in their spread, and whether chance explains it.
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
	fmt.Printf("energy distance %.2f, p = %.3f\n", test.Statistic, test.PValue)

	bandwidth, _ := diag.MedianBandwidth(x, y)
	test, _ = diag.MMDTest(x, y, bandwidth, 999, rng)
	fmt.Printf("maximum mean discrepancy %.2f, p = %.3f\n", test.Statistic, test.PValue)

	w, se, _ := diag.SlicedW2(x, y, 1000, rng)
	fmt.Printf("sliced Wasserstein distance %.2f ± %.2f\n", w, se)
	// Output:
	// energy distance 0.49, p = 0.001
	// maximum mean discrepancy 0.27, p = 0.001
	// sliced Wasserstein distance 0.87 ± 0.01
}

// The spikes of a network of two neurons, one a clock and one Poisson.
func ExampleTrains() {
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
		cv, _ := diag.CV(isi, 1)
		cv2, _ := diag.CV2(isi)
		lv, _ := diag.LV(isi)
		counts, _ := train.Counts(0.1)
		fano, _ := diag.Fano(counts, 1)
		fmt.Printf("neuron %d: %.1f Hz, CV %.2f, CV2 %.2f, LV %.2f, Fano %.2f\n", j, train.Rate(), cv, cv2, lv, fano)
	}
	rates, _ := diag.PSTH(trains, 2.5)
	fmt.Printf("population rate %.1f Hz\n", rates)
	correlation, _ := diag.CountCorrelation(trains, 0.025)
	fmt.Printf("correlation of counts %.2f\n", correlation.At(0, 1))
	// Output:
	// neuron 0: 100.0 Hz, CV 0.00, CV2 0.00, LV 0.00, Fano 0.00
	// neuron 1: 107.2 Hz, CV 1.03, CV2 1.02, LV 1.03, Fano 1.20
	// population rate [108.0 105.4 97.6 103.4] Hz
	// correlation of counts 0.00
}

// A neuron that follows another after 5 ms.
func ExampleCrossCorrelogram() {
	rng := stream.New(1)
	var a, b []float64
	for t := 0.0; t < 100; t += rng.ExpFloat64() / 20 {
		a = append(a, t)
		if rng.Float64() < 0.3 {
			b = append(b, t+5e-3)
		}
	}
	leader, _ := diag.NewTrain(a, 0, 101)
	follower, _ := diag.NewTrain(b, 0, 101)
	pairs, _ := diag.CrossCorrelogram(leader, follower, 1e-3, 8)
	fmt.Println(pairs)
	rho, _ := diag.CrossCorrelation(leader, follower, 1e-3, 8)
	fmt.Printf("correlation %.2f at a lag of 5 ms\n", rho[8+5])
	// Output:
	// [11 12 12 19 16 15 9 12 15 16 12 12 12 636 15 16 12]
	// correlation 0.55 at a lag of 5 ms
}

// Intervals as the spikes come, without keeping them: a neuron with a refractory
// period of 5 ms.
func ExampleIntervals() {
	rng := stream.New(1)
	var isi diag.Intervals
	t := 0.0
	for range 100_000 {
		t += 5e-3 + rng.ExpFloat64()/50
		isi.Add(t)
	}
	mean, _ := isi.Mean()
	cv, _ := isi.CV(1)
	lv, _ := isi.LV()
	lvr, _ := isi.LvR(5e-3)
	fmt.Printf("%d spikes, mean interval %.1f ms, CV %.2f, LV %.2f, LvR %.2f\n", isi.Spikes(), 1000*mean, cv, lv, lvr)
	// Output:
	// 100000 spikes, mean interval 24.9 ms, CV 0.80, LV 0.56, LvR 0.81
}

// The power spectrum of a rate that oscillates at 20 Hz.
func ExamplePowerSpectrum() {
	const dt = 1e-3
	rng := stream.New(1)
	x := make([]float64, 20_000)
	for i := range x {
		x[i] = math.Sin(2*math.Pi*20*float64(i)*dt) + rng.NormFloat64()
	}
	s, err := diag.PowerSpectrum(x, dt, 256)
	if err != nil {
		fmt.Println(err)
		return
	}
	peak := 0
	for k, d := range s.Density {
		if d > s.Density[peak] {
			peak = k
		}
	}
	fmt.Printf("peak at %.1f Hz: %.3f ± %.3f; at %.0f Hz: %.4f ± %.4f, in theory %.4f\n",
		s.Frequency[peak], s.Density[peak], s.SE[peak], s.Frequency[100], s.Density[100], s.SE[100], 2*dt)
	// Output:
	// peak at 19.5 Hz: 0.086 ± 0.007; at 395 Hz: 0.0016 ± 0.0001, in theory 0.0020
}

// The mean of twelve repeats, of three of which the statistic does not exist.
func ExampleBootstrap() {
	b, err := diag.NewBootstrap(12, diag.Resamples, stream.Key{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	nan := math.NaN()
	e, err := b.Mean([]float64{2.1, 1.9, nan, 2.4, 2.0, 1.7, nan, 2.2, 2.3, 1.8, nan, 2.1})
	fmt.Println(e, err, e.Bounded())
	e, err = b.Mean([]float64{2.1, 1.9, nan, nan, nan, nan, nan, nan, nan, nan, nan, 2.4})
	fmt.Println(e, err, e.Bounded())
	// Output:
	// 2.056 ± 0.077 (95 %: 1.900 to 2.200, 9 repeats) <nil> true
	// 2.13 ± 0.15 (3 repeats, too few for an interval) <nil> false
}

// What a histogram and a density are drawn from.
func ExampleKernelDensity() {
	rng := stream.New(1)
	x := make([]float64, 5000)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	at, density, _ := diag.KernelDensity(x, 101)
	edges, _ := diag.HistogramEdges(x)
	fmt.Printf("density %.2f at %.2f; %d bins from %.2f to %.2f\n", density[50], at[50], len(edges)-1, edges[0], edges[len(edges)-1])
	median, _ := diag.Median(x)
	q90, _ := diag.Quantile(x, 0.9)
	mean, sd, _ := diag.MeanSD(x, 1)
	fmt.Printf("median %.2f, 90 %% quantile %.2f, mean %.2f, sd %.2f\n", median, q90, mean, sd)
	// Output:
	// density 0.42 at 0.02; 46 bins from -3.52 to 3.57
	// median 0.02, 90 % quantile 1.23, mean 0.00, sd 0.98
}

// Ranks of the draws of two chains among all draws: the second is shifted.
func ExampleRankHistogram() {
	chains := autoregression(0.5, 2, 1000)
	for i := range chains[1] {
		chains[1][i] += 0.5
	}
	counts, _ := diag.RankHistogram(chains, 8)
	fmt.Println(counts[0])
	fmt.Println(counts[1])
	// Output:
	// [167 138 135 148 128 110 91 83]
	// [83 112 115 102 122 140 159 167]
}

// Four chains in two dimensions, of which one has not found the others in the
// second, and trajectories that diverged.
func ExampleJudge() {
	var run diag.Run
	run.Names = []string{"rate", "scale"}
	run.StatNames = []string{"diverging"}
	for c := range 4 {
		draws, stats := mat.NewDense(1000, 2, nil), mat.NewDense(1000, 1, nil)
		for i, x := range autoregression(0.3, 8, 1000)[c] {
			draws.Set(i, 0, 20+2*x)
		}
		for i, x := range autoregression(0.3, 8, 1000)[4+c] {
			draws.Set(i, 1, x)
			if c == 3 {
				draws.Set(i, 1, x+1)
				stats.Set(i, 0, float64(i%200/199))
			}
		}
		run.Draws, run.Stats = append(run.Draws, draws), append(run.Stats, stats)
	}
	verdict, err := diag.Judge(run)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(verdict.Table)
	fmt.Println(verdict)
	fmt.Println(verdict.Grade == diag.Unusable, verdict.Findings[0].Problem == diag.NotMixed)
	// Output:
	// name     mean   MCSE     sd     5 %    50 %    95 %  ESS bulk  ESS tail  R-hat
	// rate   19.947  0.042  1.971  16.736  19.970  23.200      2247      3218  1.002
	// scale    0.20   0.22  1.085   -1.57    0.19    2.03        24       118  1.111
	// The draws must not be used: R-hat is 1.111 for scale, so that the chains do not agree yet; the 4000 draws of scale are worth 24 independent ones in the bulk, fewer than 100 for each chain; 5 of 4000 trajectories diverged, so that a narrow part of the density may be missing. Next: run longer chains, and if that does not help change the coordinates, the step or the sampler; ask for a higher acceptance, by which steps are shorter, or change the coordinates.
	// true true
}

// How well quantiles are known, and the spread.
func ExampleMCSEQuantile() {
	chains := autoregression(0.9, 4, 2000)
	for _, p := range []float64{0.05, 0.5} {
		effective, err := diag.ESSQuantile(chains, p)
		if err != nil {
			panic(err)
		}
		se, err := diag.MCSEQuantile(chains, p)
		if err != nil {
			panic(err)
		}
		fmt.Printf("the %g-quantile is worth %.0f draws, and known to %.2f\n", p, effective, se)
	}
	effective, err := diag.ESSSD(chains)
	if err != nil {
		panic(err)
	}
	fmt.Printf("the standard deviation is worth %.0f draws\n", effective)
	// Output:
	// the 0.05-quantile is worth 1123 draws, and known to 0.06
	// the 0.5-quantile is worth 640 draws, and known to 0.05
	// the standard deviation is worth 858 draws
}

// The autocovariance of a series that alternates. The divisor is the length at every
// lag.
func ExampleAutocovariance() {
	c, err := diag.Autocovariance([]float64{1, -1, 1, -1}, 3)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.2f\n", c)
	// Output:
	// [1.00 -0.75 0.50 -0.25]
}

// Distances of two points, 0 and 3: they are in units of the points, of their roots,
// and of a kernel.
func ExampleEnergyDistance() {
	x, y := mat.NewDense(1, 1, []float64{0}), mat.NewDense(1, 1, []float64{3})
	energy, err := diag.EnergyDistance(x, y)
	if err != nil {
		panic(err)
	}
	mmd, err := diag.MMD(x, y, 1)
	if err != nil {
		panic(err)
	}
	w2, se, err := diag.SlicedW2Gaussian(x, []float64{3}, mat.NewSymDense(1, []float64{16}), 10, stream.New(1))
	if err != nil {
		panic(err)
	}
	fmt.Printf("energy distance √%.0f, mean discrepancy %.3f\n", energy*energy, mmd)
	fmt.Printf("from N(3, 4²) the point 0 is %.0f ± %.0f away\n", w2, se)
	// Output:
	// energy distance √6, mean discrepancy 1.406
	// from N(3, 4²) the point 0 is 5 ± 0 away
}

// The means of batches show where a chain has been.
func ExampleBatches_Means() {
	b := diag.NewBatches(1, 8)
	for i := range 32 {
		b.Add([]float64{float64(i)})
	}
	fmt.Println(b.Full(), "batches of", b.Size(), "draws have the means", b.Means(0))
	// Output:
	// 4 batches of 8 draws have the means [3.5 11.5 19.5 27.5]
}

// Two neurons that fire once each in the first 10 ms of 20: 100 Hz, and then none.
func ExamplePopulationRate() {
	rate, err := diag.PopulationRate([]float64{0.002, 0.007}, 2, 0, 0.02, 0.01)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rate)
	// Output:
	// [100 0]
}

// Draws that are wrong by one standard deviation are off by as many bins as that has.
func ExampleW2Binned() {
	rng := stream.New(1)
	x, y := make([]float64, 10_000), make([]float64, 10_000)
	stream.Normals(rng, x)
	stream.Normals(rng, y)
	for i := range y {
		y[i]++
	}
	bins, err := diag.W2Binned(x, y, 42)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f bins\n", bins)
	// Output:
	// 5 bins
}

// Chains that agree, and started in one place, may all have missed a mode. A sampler
// that reports the depths of its trees, and not which were cut, needs the largest.
func ExampleRun() {
	draws := make([]*mat.Dense, 4)
	depths, starts := make([]*mat.Dense, 4), make([][]float64, 4)
	for c, x := range autoregression(0, 4, 1000) {
		draws[c], starts[c] = mat.NewDense(1000, 1, x), []float64{0}
		depths[c] = mat.NewDense(1000, 1, nil)
		depths[c].Set(0, 0, 10)
	}
	v, err := diag.Judge(diag.Run{Draws: draws, Starts: starts, Stats: depths, StatNames: []string{"tree_depth"}, MaxTreeDepth: 10})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range v.Findings {
		fmt.Printf("%v: %v, %v\n", f.Grade, f.Problem, f.Value)
	}
	// Output:
	// doubtful: one start, 0
	// good: tree depth reached, 4
}
