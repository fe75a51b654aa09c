package trial_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/figure"
	"natspike/pkg/grid"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/sweep"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// A poisson network is a user's own: neurons that fire as Poisson processes whose
// rates are a rectified linear function of the stimulus μ in two dimensions,
//
//	rate_j = gain·max(0, 1 + e_j·μ),
//
// with preferred directions e_j around the circle, and an estimate that is read
// out with a decay. It has the methods of spiking.Network, Driven and Leaky.
type poisson struct {
	gain, dt, tau float64 // Hz, s, s
	decoder       *spiking.Decoder
	mu, z         []float64
	fired         []int
}

func (s *poisson) Dim() int                   { return 2 }
func (s *poisson) Neurons() int               { _, n := s.decoder.Dims(); return n }
func (s *poisson) DT() float64                { return s.dt }
func (s *poisson) Spikes() []int              { return s.fired }
func (s *poisson) Err() error                 { return nil }
func (s *poisson) Position(dst []float64)     { copy(dst, s.z) }
func (s *poisson) SetMean(mu []float64) error { copy(s.mu, mu); return nil }
func (s *poisson) Decoder() *spiking.Decoder  { return s.decoder }
func (s *poisson) Decay() float64             { return 1 - s.dt/s.tau }

func (s *poisson) Step(rng *rand.Rand) {
	s.z[0], s.z[1], s.fired = s.z[0]*s.Decay(), s.z[1]*s.Decay(), s.fired[:0]
	for j := range s.Neurons() {
		g := s.decoder.Column(j)
		e := math.Hypot(g[0], g[1])
		if rng.Float64() < s.dt*s.gain*max(0, 1+(g[0]*s.mu[0]+g[1]*s.mu[1])/e) {
			s.fired = append(s.fired, j)
			s.decoder.AddTo(s.z, j)
		}
	}
}

// newPoisson returns a network of n neurons whose estimate is μ on average.
func newPoisson(n int, gain float64) (*poisson, error) {
	s := &poisson{gain: gain, dt: 1e-3, tau: 20e-3, mu: make([]float64, 2), z: make([]float64, 2)}
	gamma := mat.NewDense(2, n, nil)
	for j := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(j) / float64(n))
		size := 2 / (s.tau * gain * float64(n))
		gamma.SetCol(j, []float64{size * cos, size * sin})
	}
	var err error
	s.decoder, err = spiking.NewDecoder(gamma)
	return s, err
}

// A network of one's own is presented with a stimulus, recorded, and measured with
// every measure in one pass.
func Example() {
	net, err := newPoisson(40, 50)
	if err != nil {
		log.Fatal(err)
	}
	r, err := trial.Present(net, trial.Step(0.8, -0.4), stream.New(1))
	if err != nil {
		log.Fatal(err)
	}
	target, err := density.NewGaussian([]float64{0.8, -0.4}, mat.NewSymDense(2, []float64{0.05, 0, 0, 0.05}))
	if err != nil {
		log.Fatal(err)
	}
	late := trial.Window{From: 0.2, To: 1.5, Name: "late"}
	measures := []trial.Measure{
		trial.CovarianceMatrix(late, 2), trial.Distance(late, target), trial.Course(0.02, 0.1),
		trial.Rates(trial.AfterOnset), trial.Intervals(trial.AfterOnset), trial.Fano(trial.AfterOnset, 0.1),
		trial.Spectrum(late, 10), trial.Response(late, 10),
	}
	values, err := trial.Measured(r, measures...)
	if err != nil {
		log.Fatal(err)
	}
	for i, c := range trial.Columns(measures...) {
		fmt.Println(strings.TrimSpace(fmt.Sprintf("%s = %.3g %s", c.Name, values[i], c.Unit)))
	}
	// Output:
	// mean_0_late = 0.786
	// mean_1_late = -0.415
	// cov_0_0_late = 0.0158
	// cov_1_0_late = 2.64e-05
	// cov_1_1_late = 0.0195
	// mean_late = 0.186
	// var_late = 0.0176
	// cov_late = 2.64e-05
	// mse_late = 0.000209
	// cov_error_late = 0.0021
	// w2_late = 0.0957
	// mean_20ms = 0.112
	// var_20ms = 0.013
	// mean_100ms = 0.14
	// var_100ms = 0.0188
	// rate_after = 49.7 Hz
	// rate_sd_after = 32.1 Hz
	// rate_median_after = 50.7 Hz
	// rate_max_after = 101 Hz
	// spikes_per_step_after = 1.99
	// silent_after = 0
	// isi_after = 0.0468 s
	// isi_median_after = 0.0194 s
	// cv_after = 0.966
	// cv_sd_after = 0.165
	// cv_median_after = 0.917
	// few_after = 0
	// fano_after = 0.947
	// psd_10Hz_late = 1.75e-05 1/Hz
	// re_10Hz_late = 0.000917
	// im_10Hz_late = -0.00397
}

// Independent repeats run in parallel, and give the same numbers on any number of
// processors.
func ExampleTrials() {
	measures := []trial.Measure{trial.Moments(trial.First(0.05)), trial.Rates(trial.AfterOnset)}
	table, err := trial.Trials(context.Background(), 16, measures, func(repeat uint32) (*trial.Recording, error) {
		net, err := newPoisson(40, 50)
		if err != nil {
			return nil, err
		}
		return trial.Present(net, trial.Step(0.8), stream.Key{Seed: 1, Repeat: repeat}.Rand())
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"mean_50ms", "rate_after"} {
		e, err := table.Estimate(name)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name, e)
	}
	// Output:
	// mean_50ms 0.533 ± 0.018 (95 %: 0.501 to 0.566, 16 repeats)
	// rate_after 50.48 ± 0.27 (95 %: 50.00 to 50.99, 16 repeats)
}

// A statistic of one's own is a type: here the largest value that the estimate has
// in a window.
type peak struct{ trial.Window }

func (m peak) Columns() []trial.Column {
	return []trial.Column{{Name: m.Column("peak"), Help: "largest value of any coordinate"}}
}

func (peak) Start(*trial.Recording) (trial.Accumulator, error) { return new(largest), nil }

type largest float64

func (x *largest) Add(s trial.Segment) { *x = max(*x, largest(slices.Max(s.X))) }

func (x *largest) Result(dst []float64) error { dst[0] = float64(*x); return nil }

// A sweep of a network of one's own takes a table of its parameters. Its columns
// are the parameters and the measures, one's own too.
func Example_sweep() {
	type setup struct {
		Neurons int
		Gain    float64
	}
	table := &grid.Table[setup]{
		Default: setup{Neurons: 40, Gain: 50},
		Parameters: []grid.Parameter[setup]{
			grid.Int("neurons", "", "number of neurons", func(s *setup) *int { return &s.Neurons }).AtLeast(3),
			grid.Float("gain", "Hz", "rate without a stimulus", func(s *setup) *float64 { return &s.Gain }).Positive(),
		},
	}
	spec := table.Spec()
	spec.Repeats = 2
	if err := spec.Set("neurons", 20, 80); err != nil {
		log.Fatal(err)
	}
	measures := []trial.Measure{trial.Moments(trial.First(0.05)), peak{trial.AfterOnset}}
	s, err := sweep.Over(context.Background(), spec, trial.Columns(measures...), func(_ context.Context, s setup, seed uint64, repeat uint32) ([]float64, error) {
		net, err := newPoisson(s.Neurons, s.Gain)
		if err != nil {
			return nil, err
		}
		r, err := trial.Present(net, trial.Step(0.8), stream.Key{Seed: seed, Cell: uint64(s.Neurons), Repeat: repeat}.Rand())
		if err != nil {
			return nil, err
		}
		return trial.Measured(r, measures...)
	})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "sweep")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "poisson.parquet")
	if err := s.RunWhole(context.Background(), filepath.Join(dir, "parts"), 4, path); err != nil {
		log.Fatal(err)
	}
	columns, err := s.Table.Columns()
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range columns {
		fmt.Println(c.Name)
	}
	for row, err := range s.Table.Rows(path) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%d neurons, repeat %d: mean %.2f, peak %.2f\n", row[0], row[2], row[3], row[6])
	}
	// Output:
	// neurons
	// gain
	// repeat
	// mean_50ms
	// var_50ms
	// cov_50ms
	// peak_after
	// error
	// 20 neurons, repeat 0: mean 0.61, peak 1.43
	// 20 neurons, repeat 1: mean 0.49, peak 1.53
	// 80 neurons, repeat 0: mean 0.51, peak 1.13
	// 80 neurons, repeat 1: mean 0.55, peak 1.08
}

// Any network can stand beside ours in a figure.
func Example_figure() {
	protocol := trial.Step(0.8)
	protocol.Before, protocol.After = 0.1, 0.3
	ours := model.PaperMetropolis(2, 20, 0, metric.Natural)
	build, _, err := ours.Build(1, 0)
	if err != nil {
		log.Fatal(err)
	}
	own, err := newPoisson(40, 50)
	if err != nil {
		log.Fatal(err)
	}
	p := figure.New("A step of the mean", "time after the onset (s)", "estimate z₁")
	for _, n := range []struct {
		label string
		net   spiking.Network
		style figure.Style
	}{{"Poisson neurons", own, figure.Naive}, {"probabilistic spiking", build, figure.Natural}} {
		r, err := trial.Present(n.net, protocol, stream.New(1))
		if err != nil {
			log.Fatal(err)
		}
		every := r.Clock().Step(1e-3) // ms
		t, z, err := r.Estimate(trial.Whole, every)
		if err != nil {
			log.Fatal(err)
		}
		p.Line(n.label, t, mat.Col(nil, 0, z), n.style.Thin())
		fmt.Printf("%s: %d times from %v to %v s\n", n.label, len(t), t[0], t[len(t)-1])
	}
	if _, err := p.HLine("mean", 0.8).SVG(); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Poisson neurons: 400 times from -0.099 to 0.3 s
	// probabilistic spiking: 400 times from -0.099 to 0.3 s
}

// A loop looks at a network itself, step by step, where a recording does not hold
// what is asked for.
func ExampleSteps() {
	decoder, err := spiking.RandomDecoder(stream.New(1), 2, 200, 1)
	if err != nil {
		log.Fatal(err)
	}
	target, err := density.Equicorrelated(2, 0.5, 1)
	if err != nil {
		log.Fatal(err)
	}
	net, err := spiking.NewBalanced(spiking.PaperBalanced(target, decoder, metric.Natural))
	if err != nil {
		log.Fatal(err)
	}
	x, z := make([]float64, 2), make([]float64, 2)
	lag, n := 0.0, 0
	for t, err := range trial.Steps(net, trial.Step(1), stream.New(2)) {
		if err != nil {
			log.Fatal(err)
		}
		if t > 0.5 {
			net.Latent(x)
			net.Position(z)
			lag, n = lag+math.Hypot(x[0]-z[0], x[1]-z[1]), n+1
		}
	}
	fmt.Printf("the estimate is %.2f from what it follows, on average over %d steps\n", lag/float64(n), n)
	// Output:
	// the estimate is 7.14 from what it follows, on average over 10000 steps
}

// Traces are recorded besides the spikes.
func ExamplePresent_trace() {
	s := model.PaperBalanced(2, 10, 0.5, metric.Natural)
	net, protocol, err := s.Build(1, 0)
	if err != nil {
		log.Fatal(err)
	}
	trace := &trial.Trace{Window: trial.Window{From: -0.001, To: 0.002}, Every: 10, VoltageOf: []int{3}}
	if _, err := trial.Present(net, protocol, stream.New(1), trace); err != nil {
		log.Fatal(err)
	}
	for i, t := range trace.Times {
		fmt.Printf("%v s: V = %.2f\n", t, trace.Voltages[0][i])
	}
	// Output:
	// 0 s: V = 1.91
	// 0.001 s: V = -0.53
	// 0.002 s: V = -11.41
}

// The stimuli that are made, at a few times after the onset.
func ExampleProtocol() {
	times := []float64{-0.1, 0, 0.1, 0.3, 1}
	for _, c := range []struct {
		name string
		p    trial.Protocol
	}{
		{"constant", trial.Constant(6)},
		{"step", trial.Step(6)},
		{"pulse", trial.Pulse(0.2, 6)},
		{"ramp", trial.Ramp(0.5, 6)},
		{"walk", trial.RandomWalk(stream.New(1), 0.5, 1.5, 0.2, 1e-3, 6)},
	} {
		fmt.Printf("%-9s", c.name)
		mean := make([]float64, 1)
		for _, t := range times {
			c.p.Mean(mean, t)
			fmt.Printf("%6.1f", mean[0])
		}
		fmt.Println()
	}
	// Output:
	// constant    6.0   6.0   6.0   6.0   6.0
	// step        0.0   6.0   6.0   6.0   6.0
	// pulse       0.0   6.0   6.0   0.0   0.0
	// ramp        0.0   0.0   1.2   3.6   6.0
	// walk       -3.3 -10.3  -8.1  -3.2   6.6
}
