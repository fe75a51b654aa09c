package spiking

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/stream"
)

// perfect returns the configuration of a perfect integrator.
func perfect(target *density.Gaussian, decoder mat.Matrix, g metric.Geometry, mean float64) MetropolisConfig {
	c := PaperMetropolis(about(target, constant(target.Dim(), mean)), decoder, g)
	c.TauM = math.Inf(1)
	return c
}

// TestStationaryAcceptance starts perfect integrators at exact draws from the
// target, which they leave invariant, lets them run, and compares the mean
// acceptance of each neuron with 2Φ(−√Ω_jj/2). The bound is 5 standard errors, of
// 6 neurons: a false alarm in 3e5 seeds. A leak of τ_m = 20 steps must be seen.
func TestStationaryAcceptance(t *testing.T) {
	t.Parallel()
	const p, n, chains, steps = 3, 12, 4000, 60
	sigma := equicorrelated(p, 0.6, 0.4)
	root := root(metric.Natural, sigma)
	for _, geometry := range []metric.Geometry{metric.Naive, metric.Natural} {
		worst := func(tau float64) (worst float64) {
			config := perfect(sigma, pairs(t, 3, p, n, 0.7), geometry, 1.5)
			config.TauM = tau
			net := mustMetropolis(t, config)
			rng := stream.New(4)
			start := make([]float64, p)
			sum, sum2 := make([]float64, n), make([]float64, n)
			xi := make([]float64, p)
			for range chains {
				stream.Normals(rng, xi)
				for d := range p {
					start[d] = 1.5
					for e := range p {
						start[d] += root.At(d, e) * xi[e]
					}
				}
				net.place(start, 1)
				for range steps {
					net.Step(rng)
				}
				for j := range n {
					a := net.Acceptance(j)
					sum[j] += a
					sum2[j] += a * a
				}
			}
			for j := range n / 2 { // the other half are their mirror images
				mean := sum[j] / chains
				se := math.Sqrt((sum2[j]/chains - mean*mean) / chains)
				want := 2 * distuv.UnitNormal.CDF(-math.Sqrt(2*net.Threshold(j))/2)
				worst = max(worst, math.Abs(mean-want)/se)
			}
			return worst
		}
		if z := worst(math.Inf(1)); z > 5 {
			t.Errorf("%v: mean acceptance is %.1f standard errors off 2Φ(−√Ω_jj/2)", geometry, z)
		}
		if z := worst(20e-5); z < 5 {
			t.Errorf("%v: with a strong leak it is only %.1f standard errors off: no power", geometry, z)
		}
	}
}

// TestAcceptanceAtTheMode averages over decoders the acceptance at θ = μ, and
// compares with det(I+Σ⁻¹)^−½ in naive and 2^−p/2 in natural geometry, within 5
// standard errors.
func TestAcceptanceAtTheMode(t *testing.T) {
	t.Parallel()
	const p, n, decoders = 4, 60, 600
	const rho = 0.5
	sigma := equicorrelated(p, rho, 1-rho)
	det := math.Pow(1+1/(1-rho), p-1) * (1 + 1/(1+(p-1)*rho))
	exact := map[string]float64{"naive": 1 / math.Sqrt(det), "natural": math.Pow(2, -p/2.0)}
	for _, geometry := range []metric.Geometry{metric.Naive, metric.Natural} {
		var a []float64 // of one decoder each
		for seed := range uint64(decoders) {
			config := perfect(sigma, pairs(t, 100+seed, p, n, 1), geometry, 2)
			config.Start = config.Target.Mean(nil)
			net := mustMetropolis(t, config)
			sum := 0.0
			for j := range n {
				sum += net.Acceptance(j) / n
			}
			a = append(a, sum)
		}
		mean, sd := stat.MeanStdDev(a, nil)
		se := sd / math.Sqrt(decoders)
		for name, want := range exact {
			z := (mean - want) / se
			if same := name == geometry.String(); same != (math.Abs(z) < 5) {
				t.Errorf("%v: mean acceptance at the mode %.5f, that of %s geometry is %.5f: %.1f standard errors apart", geometry, mean, name, want, z)
			}
		}
	}
}

// TestDetailedBalance checks π(θ) A_j(θ) = π(θ+Γ_j) A_k(θ+Γ_j) of the perfect
// integrator, with k the partner of j, at random states; and that it fails for a
// gain other than one.
func TestDetailedBalance(t *testing.T) {
	const p, n = 3, 10
	sigma := equicorrelated(p, 0.5, 0.5)
	var precision mat.SymDense
	var chol mat.Cholesky
	chol.Factorize(covariance(sigma))
	if err := chol.InverseTo(&precision); err != nil {
		t.Fatal(err)
	}
	worst := func(gain float64) (worst float64) {
		config := perfect(sigma, pairs(t, 5, p, n, 0.5), metric.Natural, 1)
		config.Gain = gain
		net := mustMetropolis(t, config)
		logp := func(theta []float64) float64 {
			x := mat.NewVecDense(p, nil)
			for d := range p {
				x.SetVec(d, theta[d]-1)
			}
			return -0.5 * mat.Inner(x, &precision, x)
		}
		rng := stream.New(6)
		at := make([]float64, p)
		for range 200 {
			stream.Normals(rng, at)
			j := rng.IntN(n)
			net.place(at, 1)
			here := logp(at) + math.Log(net.Acceptance(j))
			there := append([]float64(nil), at...)
			portable.Axpy(1, net.gamma.Column(j), there)
			net.place(there, 1)
			back := logp(there) + math.Log(net.Acceptance((j+n/2)%n))
			worst = max(worst, math.Abs(here-back))
		}
		return worst
	}
	if w := worst(1); w > 1e-12 {
		t.Errorf("the flows between two states differ by a factor of up to exp(%.2g)", w)
	}
	if w := worst(1.1); w < 0.1 {
		t.Errorf("at gain 1.1 they differ by exp(%.2g) only: no power", w)
	}
}

// TestLattice runs a perfect integrator in one dimension and compares the time
// it spends at each site of its lattice with the target's weights there. The
// standard errors are those of 200 batches; the bound is 5, of 9 sites. With a
// gain of 1.2 it must fail.
func TestLattice(t *testing.T) {
	t.Parallel()
	racetest.Sequential(t)
	const step, mean, batches, size = 0.8, 0.3, 200, 4000
	const reach = 4
	weights, total := map[int]float64{}, 0.0
	for k := -50; k <= 50; k++ {
		w := math.Exp(-0.5 * math.Pow(step*float64(k)-mean, 2))
		weights[k] = w
		total += w
	}
	worst := func(gain float64) (worst float64) {
		config := perfect(equicorrelated(1, 0, 1), mat.NewDense(1, 2, []float64{step, -step}), metric.Naive, mean)
		config.Gain = gain
		net := mustMetropolis(t, config)
		rng := stream.New(7)
		occupied := make([][]float64, 2*reach+1)
		x := make([]float64, 1)
		for range batches {
			count := make([]float64, 2*reach+1)
			for range size {
				net.Step(rng)
				net.Position(x)
				if k := int(math.Round(x[0] / step)); k >= -reach && k <= reach {
					count[k+reach] += 1.0 / size
				}
			}
			for i, c := range count {
				occupied[i] = append(occupied[i], c)
			}
		}
		for i, o := range occupied {
			got, sd := stat.MeanStdDev(o, nil)
			worst = max(worst, math.Abs(got-weights[i-reach]/total)/(sd/math.Sqrt(batches)))
		}
		return worst
	}
	if z := worst(1); z > 5 {
		t.Errorf("the time at a site is %.1f standard errors off the target's weight", z)
	}
	if z := worst(1.2); z < 5 {
		t.Errorf("at gain 1.2 it is %.1f standard errors off: no power", z)
	}
}

// TestGainLimit lets a perfect integrator with gain +Inf that takes the largest
// excess, and the balanced network with decoder Σ^−½Γ, λ = α = 0, without
// dynamics of its own and in cascades, come down from the same voltages: they
// spike neuron for neuron alike. At a finite gain the probabilistic network
// does so more and more often as the gain grows.
func TestGainLimit(t *testing.T) {
	t.Parallel()
	const p, n, trials = 3, 20, 200
	sigma := equicorrelated(p, 0.7, 0.3)
	whiten := root(metric.Power(-1), sigma)
	decoder := pairs(t, 8, p, n, 0.4)
	var white mat.Dense
	white.Mul(whiten, decoder)
	rng := stream.New(9)
	agreement := func(choice Choice) float64 {
		config := perfect(sigma, decoder, metric.Naive, 0)
		config.Gain, config.Choice = math.Inf(1), choice
		same, all := 0, 0
		for range trials {
			config.Start = make([]float64, p)
			stream.Normals(rng, config.Start)
			for d := range p {
				config.Start[d] *= 5
			}
			net := mustMetropolis(t, config)
			balanced := PaperBalanced(equicorrelated(p, 0, 1), &white, fixed(mat.NewDense(p, p, nil)))
			balanced.Arbitration, balanced.Lambda, balanced.Alpha = Greedy, 0, 0
			balanced.TauM, balanced.TauS, balanced.DT = 1, 1, 1e-15
			for j := range n {
				balanced.Voltage = append(balanced.Voltage, net.Voltage(j))
			}
			limit, err := NewBalanced(balanced)
			if err != nil {
				t.Fatal(err)
			}
			limit.Advance(make([]float64, p))
			if len(limit.Spikes()) == 0 {
				continue
			}
			for _, j := range limit.Spikes() {
				net.Step(rng)
				all++
				if net.Spike() != j {
					break
				}
				same++
			}
			if choice == LargestExcess {
				if net.Step(rng); net.Spike() >= 0 {
					t.Errorf("neuron %d spikes when the balanced network is at rest", net.Spike())
				}
			}
		}
		if all < trials {
			t.Fatalf("%d spikes in %d trials: nothing to compare", all, trials)
		}
		return float64(same) / float64(all)
	}
	if a := agreement(LargestExcess); a != 1 {
		t.Errorf("gain +Inf: %.4f of spikes are those of the balanced network, want all", a)
	}
	if a := agreement(UniformNeuron); a > 0.5 {
		t.Errorf("proposals at random: %.4f of spikes are those of the balanced network: no power", a)
	}

	// What a finite gain adds are spikes from below threshold, with probability
	// exp(−g(Ω_jj/2 − V_j)).
	share := func(gain float64) float64 {
		config := perfect(sigma, decoder, metric.Naive, 0)
		config.Gain = gain
		net := mustMetropolis(t, config)
		below, spikes := 0.0, 0.0
		for range 20_000 {
			j := rng.IntN(n)
			under := net.Voltage(j) <= net.Threshold(j)
			if net.Propose(j, rng.Float64()) {
				spikes++
				if under {
					below++
				}
			}
		}
		return below / max(spikes, 1)
	}
	if weak, strong := share(1), share(1e6); weak < 0.3 || strong > 0.001 {
		t.Errorf("share of spikes from below threshold: %.3f at gain 1, %.5f at gain 1e6", weak, strong)
	}
}

// TestMetropolisVoltages compares the voltages with the recursion that defines
// them, in which the weights Ω are a matrix, under a moving mean.
func TestMetropolisVoltages(t *testing.T) {
	const p, n, steps = 3, 10, 2000
	sigma := equicorrelated(p, 0.5, 0.5)
	config := PaperMetropolis(sigma, pairs(t, 11, p, n, 0.3), metric.Natural)
	config.DT = 1e-4
	net := mustMetropolis(t, config)
	mean := func(dst []float64) {
		for d := range dst {
			dst[d] = math.Cos(50*net.Time() + float64(d))
		}
		if err := net.SetMean(dst); err != nil {
			t.Fatal(err)
		}
	}
	mu, before := make([]float64, p), make([]float64, p)
	mean(before)
	v := make([]float64, n)
	for j := range n {
		v[j] = net.Voltage(j)
	}
	keep := net.Decay()
	rng := stream.New(12)
	spikes := 0
	for range steps {
		net.Step(rng)
		if s := net.Spike(); s >= 0 {
			spikes++
			for j := range n {
				v[j] -= portable.Dot(net.dual[j*p:(j+1)*p], net.gamma.Column(s))
			}
		}
		mean(mu)
		for j := range n {
			v[j] *= keep
			for d := range p {
				v[j] += net.dual[j*p+d] * (mu[d] - keep*before[d])
			}
			if d := math.Abs(v[j] - net.Voltage(j)); d > 1e-10 {
				t.Fatalf("step %d: V_%d is %.2g off its recursion", net.Steps(), j, d)
			}
		}
		copy(before, mu)
	}
	if spikes < 100 {
		t.Errorf("%d spikes: too few to tell", spikes)
	}
}

// TestMetropolisDecoder compares Γ with B[A, −A].
func TestMetropolisDecoder(t *testing.T) {
	sigma, a := equicorrelated(3, 0.5, 0.5), pairs(t, 15, 3, 8, 1)
	net := mustMetropolis(t, PaperMetropolis(sigma, a, metric.Natural))
	b := root(metric.Natural, sigma)
	var want mat.Dense
	want.Mul(b, a)
	if !mat.EqualApprox(net.Decoder(), &want, 1e-14) {
		t.Errorf("decoder is\n%v, want\n%v", mat.Formatted(net.Decoder()), mat.Formatted(&want))
	}
}

// TestLongRun runs through many changes of unit of the decaying estimate, which
// must not show in θ = Γr.
func TestLongRun(t *testing.T) {
	const p, n = 2, 6
	config := PaperMetropolis(equicorrelated(p, 0, 1), pairs(t, 13, p, n, 0.5), metric.Naive)
	config.DT = 2e-3 // η = 0.1
	net := mustMetropolis(t, config)
	rng := stream.New(14)
	theta := make([]float64, p)
	for range 20_000 {
		net.Step(rng)
	}
	net.Position(theta)
	for j := range n {
		portable.Axpy(-net.Rate(j), net.gamma.Column(j), theta)
	}
	if math.Abs(theta[0]) > 1e-13 || math.Abs(theta[1]) > 1e-13 {
		t.Errorf("θ − Γr = %v after 20000 steps", theta)
	}
}

func TestProbabilisticNetworksRefuse(t *testing.T) {
	sigma, decoder := equicorrelated(2, 0.5, 0.5), pairs(t, 1, 2, 10, 1)
	odd := randomDecoder(stream.New(1), 2, 9, 1)
	unpaired := randomDecoder(stream.New(1), 2, 10, 1)
	metropolis := PaperMetropolis(sigma, decoder, metric.Natural)
	continuous := ContinuousConfig{Target: sigma, Decoder: decoder, Geometry: metric.Natural, TauM: 20e-3, Proposals: 1e5, Gain: 1, Interval: 1e-5}
	for _, c := range []struct {
		field  string
		change func(m *MetropolisConfig, c *ContinuousConfig)
	}{
		{"Target", func(m *MetropolisConfig, c *ContinuousConfig) { m.Target, c.Target = nil, nil }},
		{"Decoder", func(m *MetropolisConfig, c *ContinuousConfig) { m.Decoder, c.Decoder = nil, nil }},
		{"Decoder", func(m *MetropolisConfig, c *ContinuousConfig) { m.Decoder, c.Decoder = odd, odd }},
		{"Decoder", func(m *MetropolisConfig, c *ContinuousConfig) { m.Decoder, c.Decoder = unpaired, unpaired }},
		{"Decoder", func(m *MetropolisConfig, c *ContinuousConfig) {
			m.Decoder, c.Decoder = mat.NewDense(3, 10, nil), mat.NewDense(3, 10, nil)
		}},
		{"Geometry", func(m *MetropolisConfig, c *ContinuousConfig) {
			m.Geometry = fixed(mat.NewDense(1, 1, nil))
			c.Geometry = m.Geometry
		}},
		{"TauM", func(m *MetropolisConfig, c *ContinuousConfig) { m.TauM, c.TauM = -1, -1 }},
		{"TauM", func(m *MetropolisConfig, c *ContinuousConfig) { m.TauM, c.TauM = math.NaN(), math.NaN() }},
		{"DT", func(m *MetropolisConfig, _ *ContinuousConfig) { m.DT = 0 }},
		{"DT", func(m *MetropolisConfig, _ *ContinuousConfig) { m.DT = math.Inf(1) }},
		{"DT", func(m *MetropolisConfig, _ *ContinuousConfig) { m.DT = 1 }},
		{"Interval", func(_ *MetropolisConfig, c *ContinuousConfig) { c.Interval = 0 }},
		{"Interval", func(_ *MetropolisConfig, c *ContinuousConfig) { c.Interval = math.Inf(1) }},
		{"Gain", func(m *MetropolisConfig, c *ContinuousConfig) { m.Gain, c.Gain = 0, 0 }},
		{"Gain", func(m *MetropolisConfig, c *ContinuousConfig) { m.Gain, c.Gain = math.NaN(), math.NaN() }},
		{"Start", func(m *MetropolisConfig, c *ContinuousConfig) { m.Start, c.Start = constant(3, 0), constant(3, 0) }},
		{"Start", func(m *MetropolisConfig, c *ContinuousConfig) {
			m.Start, c.Start = constant(2, 1e304), constant(2, 1e304)
		}},
		{"mean", func(m *MetropolisConfig, c *ContinuousConfig) {
			m.Target = about(m.Target, []float64{0, -1e304})
			c.Target = m.Target
		}},
		{"Decoder", func(m *MetropolisConfig, c *ContinuousConfig) {
			m.Decoder = pairs(t, 1, 2, 10, 1e151)
			c.Decoder = m.Decoder
		}},
		{"Interval", func(_ *MetropolisConfig, c *ContinuousConfig) { c.Interval = 1e3 }},
		{"Choice", func(m *MetropolisConfig, _ *ContinuousConfig) { m.Choice = 9 }},
		{"Proposals", func(_ *MetropolisConfig, c *ContinuousConfig) { c.Proposals = 0 }},
	} {
		m, n := metropolis, continuous
		c.change(&m, &n)
		if _, err := NewMetropolis(m); c.field != "Interval" && c.field != "Proposals" && !names(err, c.field) {
			t.Errorf("Metropolis: want an error that names %s, got %v", c.field, err)
		}
		if _, err := NewContinuous(n); c.field != "DT" && c.field != "Choice" && !names(err, c.field) {
			t.Errorf("Continuous: want an error that names %s, got %v", c.field, err)
		}
	}
	for _, net := range []Driven{mustMetropolis(t, metropolis), mustContinuous(t, continuous)} {
		if err := net.SetMean([]float64{0, -1e304}); !names(err, "mean") {
			t.Errorf("a mean of −1e304: %v", err)
		}
	}
	if _, err := RandomDecoder(stream.New(1), 2, 100, 1e308); !names(err, "sd") {
		t.Errorf("RandomDecoder of 1e308: %v", err)
	}
	if _, err := RandomPairs(stream.New(1), 2, 7, 1); !names(err, "neurons") {
		t.Errorf("RandomPairs of 7 neurons: %v", err)
	}
	if _, err := RandomPairs(stream.New(1), 0, 8, 1); !names(err, "dims") {
		t.Errorf("RandomPairs in no dimensions: %v", err)
	}
	config := PaperMetropolis(sigma, odd, metric.Naive)
	config.Unpaired = true
	if _, err := NewMetropolis(config); err != nil {
		t.Errorf("Unpaired: %v", err)
	}
}

// The proposed neuron and the uniform number come from one word. Each neuron is
// as likely as another and the number is uniform whichever it is: Pearson's χ²
// over 7×10 cells, 69 degrees of freedom, exceeds 150 with probability 1e-7.
func TestNeuronAndUniform(t *testing.T) {
	const n, bins, draws = 7, 10, 200_000
	rng := rand.New(rand.NewPCG(1, 2))
	var counts [n][bins]float64
	for range draws {
		j, u := neuronAndUniform(rng.Uint64(), n)
		counts[j][int(u*bins)]++
	}
	chi2 := 0.0
	const expected = draws / (n * bins)
	for _, row := range counts {
		for _, c := range row {
			chi2 += (c - draws/(n*bins*1.0)) * (c - draws/(n*bins*1.0)) / expected
		}
	}
	if chi2 > 150 {
		t.Errorf("χ² = %.1f over %d cells", chi2, n*bins)
	}
}

// A mean is refused if its entries, of either sign, make voltages overflow. That is, for
// Σ = I, beyond 10³⁰⁰ over the largest sum of |Γ_ij| over a column.
func TestMeanOutOfReach(t *testing.T) {
	net := mustMetropolis(t, PaperMetropolis(equicorrelated(2, 0, 1), mat.NewDense(2, 2, []float64{3, -3, 1, -1}), metric.Naive))
	for _, sign := range []float64{1, -1} {
		if err := net.SetMean([]float64{0, sign * 0.249e300}); err != nil {
			t.Error(err)
		}
		if err := net.SetMean([]float64{0, sign * 0.251e300}); !names(err, "mean") {
			t.Errorf("a mean of %v: %v", sign*0.251e300, err)
		}
	}
}
