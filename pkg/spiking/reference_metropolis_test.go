package spiking

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/reference"
	"natspike/pkg/internal/reference/referencetest"
	"natspike/pkg/stream"
)

const (
	metropolisDT    = 1e-5
	metropolisOnset = 50_000  // steps; 0.5 s
	metropolisSteps = 200_000 // 2 s
)

// metropolisRun drives the probabilistic network as the authors do, through a
// step of its mean from 0 to 1 after 0.5 s, and returns the columns of tables E
// and F.
func metropolisRun(config MetropolisConfig, key stream.Key) sample {
	sigma := config.Covariance
	p := sigma.SymmetricDim()
	net, err := NewMetropolis(config)
	if err != nil {
		panic(err)
	}
	key.Purpose = stream.Dynamics
	rng := key.Rand()
	for range metropolisOnset {
		net.Step(rng)
	}
	before := net.Counts()
	net.ResetCounts()
	if err := net.SetMean(constant(p, 1)); err != nil {
		panic(err)
	}
	const after = metropolisSteps - metropolisOnset
	x := newPath(p, after)
	trains := make([][]float64, net.Neurons())
	theta := make([]float64, p)
	for k := range after {
		net.Step(rng)
		net.Position(theta)
		x.set(k, theta)
		if j := net.Spike(); j >= 0 {
			trains[j] = append(trains[j], net.Time())
		}
	}

	key.Purpose = stream.Exact
	draws := &normals{state: key.Rand().Uint64() | 1}
	const fast = 5_000 // steps; 50 ms
	out := sample{}
	for _, w := range []struct {
		name     string
		from, to int
	}{{"ss", 0, after}, {"fastA", 100_000, 100_000 + fast}, {"fast0", 0, fast}} {
		y := x.window(w.from, w.to)
		out["mean_"+w.name], out["var_"+w.name] = y.moments(1)
		out["w2bins_"+w.name] = y.w2Bins(draws, 1, 1)
		out["w2val_"+w.name] = y.w2Values(1, 1)
	}
	c := x.covariance()
	out["offdiagCov_ss"] = offDiagonal(c, p)
	distance := 0.0
	for i := range p {
		for j := range p {
			distance += math.Pow(c[i*p+j]-sigma.At(i, j), 2)
		}
	}
	out["covDist_ss"] = distance
	late := x.window(after-100_000, after)
	out["lateMean"], out["lateVar"] = late.moments(1)
	out["lateOffdiagCov"] = offDiagonal(late.covariance(), p)

	s := spikeStats(trains, after*metropolisDT)
	out["rateHz"] = meanOf(s.rates)
	out["ratePreHz"] = float64(before.Spikes) / (float64(net.Neurons()) * metropolisOnset * metropolisDT)
	out["acc"], out["accPre"] = net.Counts().Acceptance(), before.Acceptance()
	out["fracSilent"], out["fracLess3spikes"], out["neurons"] = s.silent, s.few, float64(len(trains))
	out["isiMean_s"], out["isiCV"] = meanOf(s.isi), meanOf(s.variation)
	out["maxRateHz"] = largestOf(s.rates)
	return out
}

// metropolisCells runs a table of probabilistic spiking.
func metropolisCells(t *testing.T, table string, repeats int) {
	t.Parallel()
	cells := referencetest.Load(t, table)
	runs := runCells(cells, referencetest.Repeats(repeats), func(c *reference.Cell, key stream.Key) sample {
		key.Cell += 10_000 + 100*uint64(table[1])
		return metropolisRun(metropolisSetting(c, key), key)
	})
	compare(t, cells, runs)
}

// metropolisSetting returns what a row of tables E and F says.
func metropolisSetting(c *reference.Cell, key stream.Key) MetropolisConfig {
	key.Purpose = stream.Decoder
	decoder, err := RandomPairs(key.Rand(), c.Dims, c.Neurons, c.Scale)
	if err != nil {
		panic(err)
	}
	return PaperMetropolis(equicorrelated(c.Dims, c.Rho, 1-c.Rho), decoder, geometryOf(c))
}

func TestReferenceMetropolis(t *testing.T)            { metropolisCells(t, "E_mh_base", 16) }
func TestReferenceMetropolisCorrelation(t *testing.T) { metropolisCells(t, "F1_mh_rho", 8) }
func TestReferenceMetropolisDimension(t *testing.T)   { metropolisCells(t, "F2_mh_dim", 8) }
func TestReferenceMetropolisScale(t *testing.T)       { metropolisCells(t, "F3_mh_gammascale", 8) }

// TestReferenceMetropolisPower compares networks that are not the authors' with
// their table. Each must be found out.
func TestReferenceMetropolisPower(t *testing.T) {
	t.Parallel()
	c := referencetest.Load(t, "E_mh_base")[1] // natural
	for _, wrong := range []struct {
		name   string
		change func(*MetropolisConfig)
	}{
		{"gain 1.1", func(c *MetropolisConfig) { c.Gain = 1.1 }},
		{"Σ and Γ 10 % larger", func(c *MetropolisConfig) {
			larger := mat.NewSymDense(10, nil)
			larger.ScaleSym(1.1, c.Covariance)
			c.Covariance = larger
		}},
		{"τ_m a quarter as long", func(c *MetropolisConfig) { c.TauM /= 4 }},
	} {
		runs := runCells([]*reference.Cell{c}, 8, func(c *reference.Cell, key stream.Key) sample {
			key.Cell += 15_000
			config := metropolisSetting(c, key)
			wrong.change(&config)
			return metropolisRun(config, key)
		})
		referencetest.Reject(t, wrong.name, c, func(s reference.Statistic) []float64 { return valuesOf(t, runs[0], s) })
	}
}

func TestReferencePerfectIntegrator(t *testing.T) {
	t.Parallel()
	cells := referencetest.Load(t, "G_perfect_integrator")
	runs := runCells(cells, referencetest.Repeats(8), func(c *reference.Cell, key stream.Key) sample {
		key.Cell += 20_000
		p, n := c.Dims, c.Neurons
		const rho, steps, burn = 0.75, 200_000, 20_000
		key.Purpose = stream.Decoder
		decoder, err := RandomPairs(key.Rand(), p, n, c.Scale)
		if err != nil {
			panic(err)
		}
		sigma := equicorrelated(p, rho, 1-rho)
		config := PaperMetropolis(sigma, decoder, geometryOf(c))
		config.TauM = math.Inf(1)
		config.Mean = constant(p, 1)
		net, err := NewMetropolis(config)
		if err != nil {
			panic(err)
		}
		key.Purpose = stream.Dynamics
		rng := key.Rand()
		x := newPath(p, steps-burn)
		theta := make([]float64, p)
		for k := range steps {
			net.Step(rng)
			if k >= burn {
				net.Position(theta)
				x.set(k-burn, theta)
			}
		}
		out := sample{}
		out["mean"], out["covDiag"] = x.moments(1)
		cov := x.covariance()
		out["covOffdiag"] = offDiagonal(cov, p)
		out["relFrobErr"], out["relEigErr"] = relativeErrors(cov, sigma)
		out["acc"] = net.Counts().Acceptance()
		out["iat_steps"] = 0
		for _, xs := range x {
			out["iat_steps"] += autocorrelationTime(xs) / float64(p)
		}
		// The authors' voltages drift from what the estimate says by rounding;
		// ours are made from the estimate.
		for j := range n {
			v := 0.0
			row := make([]float64, p)
			net.Position(theta)
			for d := range p {
				row[d] = decoderTimesPrecision(net, j, d)
				v += row[d] * (1 - theta[d])
			}
			out["v_consistency_err"] = max(out["v_consistency_err"], math.Abs(v-net.Voltage(j)))
		}
		return out
	})
	for i, c := range cells {
		// Rounding errors of another program are not to be reproduced.
		kept := c.Stats[:0]
		for _, s := range c.Stats {
			if s.Name != "v_consistency_err" {
				kept = append(kept, s)
			}
		}
		c.Stats = kept
		for _, r := range runs[i] {
			if e := r["v_consistency_err"]; e > 1e-11 {
				t.Errorf("%v: voltages are %.2g off what the estimate says", c, e)
			}
		}
	}
	compare(t, cells, runs)
}

// TestAutocorrelationTime checks the yardstick on x_k = φx_{k−1} + ξ_k, whose
// autocorrelation time is (1+φ)/(1−φ), less the part below the cut.
func TestAutocorrelationTime(t *testing.T) {
	const phi, n = 0.98, 400_000
	x := make([]float64, n)
	(&normals{state: 5}).fill(x, 0, 1)
	for k := 1; k < n; k++ {
		x[k] += phi * x[k-1]
	}
	want, rho := 1.0, phi
	for ; rho >= 0.05; rho *= phi {
		want += 2 * rho
	}
	// The relative standard error of such a sum is about √(2·2·150/n) = 4 %.
	if got := autocorrelationTime(x); math.Abs(got/want-1) > 0.2 {
		t.Errorf("autocorrelation time %v, want %v", got, want)
	}
}

func decoderTimesPrecision(net *Metropolis, j, d int) float64 { return net.dual[j*net.p+d] }

// relativeErrors returns |C − Σ|/|Σ| in the Frobenius norm, and the same of the
// sorted eigenvalues.
func relativeErrors(c []float64, sigma *mat.SymDense) (frobenius, eigen float64) {
	p := sigma.SymmetricDim()
	sample := mat.NewSymDense(p, c)
	var diff mat.Dense
	diff.Sub(sample, sigma)
	frobenius = mat.Norm(&diff, 2) / mat.Norm(sigma, 2)
	var ec, es mat.EigenSym
	ec.Factorize(sample, false)
	es.Factorize(sigma, false)
	a, b := ec.Values(nil), es.Values(nil)
	num, den := 0.0, 0.0
	for i := range a {
		num += (a[i] - b[i]) * (a[i] - b[i])
		den += b[i] * b[i]
	}
	return frobenius, math.Sqrt(num / den)
}

// autocorrelationTime returns 1 + 2Σρ_k, in steps, summed until ρ_k < 0.05.
//
//go:norace
func autocorrelationTime(x []float64) float64 {
	size := 1
	for size < 2*len(x) {
		size *= 2
	}
	mean := average(x)
	f := make([]complex128, size)
	for i, v := range x {
		f[i] = complex(v-mean, 0)
	}
	fft(f)
	for i, v := range f {
		f[i] = complex(real(v)*real(v)+imag(v)*imag(v), 0)
	}
	fft(f) // the spectrum is even, so that this is the way back
	tau := 1.0
	for k := 1; k < len(x); k++ {
		rho := real(f[k]) / real(f[0])
		if rho < 0.05 {
			break
		}
		tau += 2 * rho
	}
	return tau
}

// fft is the discrete Fourier transform of a power of two of numbers, in place.
//
//go:norace
func fft(f []complex128) {
	n := len(f)
	for i, j := 1, 0; i < n; i++ { // into bit-reversed order
		bit := n >> 1
		for ; j&bit != 0; bit >>= 1 {
			j ^= bit
		}
		if j ^= bit; i < j {
			f[i], f[j] = f[j], f[i]
		}
	}
	roots := make([]complex128, n/2)
	for k := range roots {
		sin, cos := math.Sincos(-2 * math.Pi * float64(k) / float64(n))
		roots[k] = complex(cos, sin)
	}
	for half := 1; half < n; half *= 2 {
		stride := n / (2 * half)
		for i := 0; i < n; i += 2 * half {
			for k := range half {
				a, b := f[i+k], f[i+k+half]*roots[k*stride]
				f[i+k], f[i+k+half] = a+b, a-b
			}
		}
	}
}
