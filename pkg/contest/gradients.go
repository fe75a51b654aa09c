package contest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
)

// A Kernel is a way to sample a density by its gradient. Start makes a chain from what
// a warm-up has found. It may tune it, with numbers from rng. It returns ErrUnfit for a
// target that the kernel is not for.
type Kernel struct {
	Name  string
	Start func(w Warm, rng *rand.Rand) (mcmc.Sampler, error)
}

// Warm is the result of the warm-up that all kernels share: 500 steps of NUTS from a
// standard normal start, with a diagonal metric and an acceptance of 0.8.
type Warm struct {
	density.Density                 // counts its gradients
	count           *counting       // the same
	Reference       *Reference      // what is sampled
	X               []float64       // last position
	Metric          metric.Geometry // the variance of each coordinate
	Step            float64         // leapfrog step, in the metric
}

// GradientSettings say how gradients are counted.
type GradientSettings struct {
	Seed    uint64
	Repeats int     // independent warm-ups and chains, 32 if zero, at least 4
	Error   float64 // b² at which counting ends; 0.01 if zero
}

// A Cost is what a kernel takes to know the second moments of a target. With ẑ the mean
// square of a coordinate over a chain of so many gradients, its error is
//
//	b² = ⟨(ẑ − E[z²])²⟩ / Var[z²],
//
// averaged over repeats. Independent draws reach 0.01 with 100 of them.
type Cost struct {
	Kernel, Target string
	Warmup         float64 // gradients of the warm-up of NUTS, mean over repeats
	Tuning         float64 // gradients that the kernel tuned itself with, mean over repeats
	Mean, MeanSE   float64 // gradients until the mean of b² over coordinates stays below Error; +Inf if they do not suffice
	Max, MaxSE     float64 // the same for the coordinate of the largest b²
	Final          float64 // largest b² at the end
	Gradients      int     // at the end
	Err            error   // why there is no chain, or nil
}

// Gradients counts the gradients that each kernel takes to a given error of the second
// moments of each target. A chain counts from its start after warm-up and tuning, which
// are counted apart. The error is computed each time that the number of gradients has
// grown by a factor of 2^{1/4}, and interpolated in logarithms. A count is valid if the
// error stays below its limit until there are twice as many gradients. Standard errors are jackknifes over repeats, in
// which a count that is not reached is that of all gradients.
//
// A kernel that fails in a repeat has a Cost with Err. The result of a kernel on a
// target depends on the settings and on their two names, and not on the other kernels
// and targets. Gradients refuses
// settings out of range, and stops with the error of ctx.
func Gradients(ctx context.Context, kernels []Kernel, targets []Reference, s GradientSettings) ([]Cost, error) {
	s.Repeats, s.Error = cmp.Or(s.Repeats, 32), cmp.Or(s.Error, 0.01)
	if err := cmp.Or(check.AtLeast("Repeats", s.Repeats, 4), check.Positive("Error", s.Error, "")); err != nil {
		return nil, err
	}
	var costs []Cost
	for i := range targets {
		t := &targets[i]
		warm := make([]Warm, s.Repeats)
		taken := 0.0
		failed := each(s.Repeats, func(r int) (err error) {
			warm[r], err = t.warmUp(ctx, s.key(r, t.Name).Rand())
			return err
		})
		for _, w := range warm {
			taken += float64(w.count.n) / float64(s.Repeats)
		}
		for _, k := range kernels {
			if err := ctx.Err(); err != nil {
				return costs, err
			}
			c, err := s.cost(ctx, k, t, warm, failed)
			if errors.Is(err, ErrUnfit) {
				continue
			}
			c.Kernel, c.Target, c.Warmup, c.Err = k.Name, t.Name, taken, err
			costs = append(costs, c)
		}
	}
	return costs, ctx.Err()
}

// key returns the key of a repeat of the run that the names describe.
func (s GradientSettings) key(repeat int, names ...string) stream.Key {
	h := fnv.New64a()
	io.WriteString(h, strings.Join(names, "\x00"))
	return stream.Key{Seed: s.Seed, Cell: h.Sum64(), Repeat: uint32(repeat)}
}

// each calls f for all repeats at once and waits for all. It returns the error of the
// failed repeat with the lowest number, which does not depend on timing.
func each(repeats int, f func(r int) error) error {
	failed := make([]error, repeats)
	var running sync.WaitGroup
	for r := range repeats {
		running.Go(func() { failed[r] = f(r) })
	}
	running.Wait()
	return cmp.Or(failed...)
}

// counting is a density that counts its gradients. It belongs to one chain.
type counting struct {
	density.Density
	n int
}

func (c *counting) ScoreInput(dst, x []float64) []float64 {
	c.n++
	return c.Density.ScoreInput(dst, x)
}

func (c *counting) LogProbScore(dst, x []float64) float64 {
	c.n++
	return density.LogProbScore(c.Density, dst, x)
}

// again returns a copy of w whose position can change and whose count of gradients
// starts at zero.
func (w Warm) again() Warm {
	w.count = &counting{Density: w.Reference.Density}
	w.Density, w.X = w.count, slices.Clone(w.X)
	return w
}

func (t *Reference) warmUp(ctx context.Context, rng *rand.Rand) (Warm, error) {
	w := Warm{Reference: t}.again()
	w.X = make([]float64, t.Density.Dim())
	stream.Normals(rng, w.X)
	nuts, err := mcmc.NewNUTS(w.Density, w.X, 0.1, metric.Naive)
	if err != nil {
		return w, err
	}
	err = mcmc.Warmup{Steps: 500}.Run(ctx, nuts, rng)
	nuts.Position(w.X)
	w.Metric, w.Step = metric.Fixed(nuts.Metric()), nuts.StepSize()
	return w, err
}

// A track is one chain with the mean squares of its draws.
type track struct {
	s       mcmc.Sampler
	t       *Reference
	count   *counting
	rng     *rand.Rand
	waiting bool    // a draw that has cost more than was asked for is in z
	draws   float64 // so far
	x, z    []float64
	squares []float64 // sum over draws
}

// patience is the number of steps without a gradient after which a kernel is stopped.
const patience = 1 << 20

// advance takes the chain as far as n gradients go, and returns the squared error of
// each coordinate's mean square, over Var[z²].
func (c *track) advance(ctx context.Context, n int) ([]float64, error) {
	for idle := 0; ; idle++ {
		if !c.waiting {
			before := c.count.n
			c.s.Step(c.rng)
			if c.count.n > before {
				idle = 0
			}
			c.s.Position(c.x)
			c.t.coordinates(c.z, c.x)
		}
		if c.waiting = c.count.n > n; c.waiting {
			break
		}
		if idle == patience {
			return nil, check.Errorf("kernel", "took no gradient in %d steps", patience)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c.add()
	}
	errs := make([]float64, len(c.z))
	for i, sum := range c.squares {
		e := sum/c.draws - c.t.Squares[i]
		errs[i] = float64(e*e) / c.t.Variances[i]
	}
	return errs, nil
}

func (c *track) add() {
	c.draws++
	for i, v := range c.z {
		c.squares[i] += float64(v * v)
	}
}

// cost runs a kernel on a target in all repeats.
func (s GradientSettings) cost(ctx context.Context, k Kernel, t *Reference, warm []Warm, failed error) (Cost, error) {
	tracks := make([]*track, s.Repeats)
	tuning := make([]float64, s.Repeats)
	err := cmp.Or(failed, each(s.Repeats, func(r int) error {
		w, rng := warm[r].again(), s.key(r, t.Name, k.Name).Rand()
		sampler, err := k.Start(w, rng)
		if err != nil {
			return err
		}
		d := len(w.X)
		c := &track{s: sampler, t: t, count: w.count, rng: rng, x: make([]float64, d), z: make([]float64, d), squares: make([]float64, d)}
		tuning[r], c.count.n = float64(c.count.n), 0
		sampler.Position(c.x)
		t.coordinates(c.z, c.x)
		c.add()
		tracks[r] = c
		return nil
	}))
	if err != nil {
		return Cost{}, err
	}
	var cost Cost
	for _, n := range tuning {
		cost.Tuning += n / float64(s.Repeats)
	}
	const perOctave = 4
	var log2 []float64       // of gradients, at each look
	var errs [][][]float64   // of each look, repeat and coordinate
	var mean, most []float64 // of b², at each look
	for look := 4 * perOctave; ; look++ {
		log2 = append(log2, float64(look)/perOctave)
		cost.Gradients = int(math.Round(math.Exp2(float64(look) / perOctave)))
		if cost.Gradients > t.Gradients {
			break
		}
		now := make([][]float64, s.Repeats)
		if err := each(s.Repeats, func(r int) (err error) {
			now[r], err = tracks[r].advance(ctx, cost.Gradients)
			return err
		}); err != nil {
			return cost, err
		}
		errs = append(errs, now)
		a, b := pooled(now, -1)
		mean, most = append(mean, a), append(most, b)
		cost.Final = b
		if math.IsNaN(b) {
			break // a chain has diverged
		}
		if n := len(mean) - perOctave; n > 0 && slices.Max(mean[n-1:]) < s.Error && slices.Max(most[n-1:]) < s.Error {
			break
		}
	}
	cost.Gradients = min(cost.Gradients, t.Gradients)
	cost.Mean, cost.Max = s.crossing(log2, mean), s.crossing(log2, most)
	meanLogs, mostLogs := make([]float64, s.Repeats), make([]float64, s.Repeats)
	end := portable.Log(float64(cost.Gradients))
	for r := range s.Repeats {
		for look, now := range errs {
			mean[look], most[look] = pooled(now, r)
		}
		meanLogs[r] = min(portable.Log(s.crossing(log2, mean)), end)
		mostLogs[r] = min(portable.Log(s.crossing(log2, most)), end)
	}
	cost.MeanSE, cost.MaxSE = jackknife(cost.Mean, meanLogs), jackknife(cost.Max, mostLogs)
	return cost, nil
}

// jackknife returns the standard error of a count, given the logarithms of the counts
// without one of the repeats each. It is NaN for a count that is not finite.
func jackknife(count float64, logs []float64) float64 {
	if math.IsInf(count, 1) {
		return math.NaN()
	}
	n, sum, sum2 := float64(len(logs)), 0.0, 0.0
	for _, v := range logs {
		sum += v
		sum2 += float64(v * v)
	}
	return count * math.Sqrt(max((n-1)/n*(sum2-float64(sum*sum)/n), 0))
}

// pooled returns the mean and the largest over coordinates of b², the mean over
// repeats but the one to leave out.
func pooled(errs [][]float64, out int) (mean, most float64) {
	d := len(errs[0])
	b2 := make([]float64, d)
	n := 0.0
	for r, e := range errs {
		if r != out {
			n++
			portable.Axpy(1, e, b2)
		}
	}
	for _, v := range b2 {
		mean += v / n / float64(d)
		most = max(most, v/n)
	}
	return mean, most
}

// crossing returns the number of gradients from which on b² is below the error, or
// +Inf. Between the numbers of gradients at which b² is known, it is interpolated as a
// power of them.
func (s GradientSettings) crossing(log2, b2 []float64) float64 {
	k := len(b2)
	for k > 0 && b2[k-1] < s.Error {
		k--
	}
	switch {
	case k == len(b2):
		return math.Inf(1)
	case k == 0:
		return portable.Exp(math.Ln2 * log2[0])
	}
	high, low := portable.Log(b2[k-1]), portable.Log(b2[k])
	share := (high - portable.Log(s.Error)) / (high - low)
	return portable.Exp(math.Ln2 * (log2[k-1] + float64(share*(log2[k]-log2[k-1]))))
}

// Kernels returns the kernels of package mcmc that take gradients, each tuned by one
// rule for all targets:
//
//   - NUTS with the step of the warm-up, and by 100 more steps to an acceptance of 0.95.
//   - HMC for a quarter of the period of a unit mode, π/2, with steps of 50 % jitter, by
//     100 steps of warm-up to an acceptance of 0.8.
//   - MALA by 200 steps to an acceptance of 0.57, and ULA with a quarter of that step.
//   - BAOAB with a quarter of the step of the warm-up and the friction 1.
//   - The microcanonical sampler with L = √d, by 500 steps of Tune to a level of 5e-4,
//     and the adjusted one with L = √d, by 100 steps to an acceptance of 0.9.
//   - Parallel tempering of HMC at 12 temperatures with inverses from 1 to 0.05, for
//     targets with several modes alone.
func Kernels() []Kernel {
	return []Kernel{
		{"NUTS", func(w Warm, _ *rand.Rand) (mcmc.Sampler, error) {
			return mcmc.NewNUTS(w.Density, w.X, w.Step, w.Metric)
		}},
		{"NUTS, acceptance 0.95", func(w Warm, rng *rand.Rand) (mcmc.Sampler, error) {
			return tuned(100, 0.95, rng)(mcmc.NewNUTS(w.Density, w.X, w.Step, w.Metric))
		}},
		{"HMC", func(w Warm, rng *rand.Rand) (mcmc.Sampler, error) {
			return tuned(100, 0.8, rng)(hmc(w, w.Density, w.Step))
		}},
		{"MALA", func(w Warm, rng *rand.Rand) (mcmc.Sampler, error) {
			return tuned(200, 0.57, rng)(mcmc.NewMALA(w.Density, w.X, w.Step*w.Step/2, w.Metric))
		}},
		{"ULA", func(w Warm, rng *rand.Rand) (mcmc.Sampler, error) {
			mala, err := mcmc.NewMALA(w.Density, w.X, w.Step*w.Step/2, w.Metric)
			if _, err := tuned(200, 0.57, rng)(mala, err); err != nil {
				return nil, err
			}
			mala.Position(w.X)
			return mcmc.NewULA(w.Density, w.X, mala.StepSize()/4, w.Metric)
		}},
		{"BAOAB", func(w Warm, _ *rand.Rand) (mcmc.Sampler, error) {
			return mcmc.NewUnderdamped(w.Density, w.X, w.Step/4, w.Metric, mcmc.UnderdampedConfig{Friction: 1})
		}},
		{"microcanonical", func(w Warm, rng *rand.Rand) (mcmc.Sampler, error) {
			s, err := mcmc.NewMicrocanonical(w.Density, w.X, w.Step, w.Metric, math.Sqrt(float64(len(w.X))))
			if err != nil {
				return nil, err
			}
			return s, s.Tune(rng, 500, 5e-4)
		}},
		{"adjusted microcanonical", func(w Warm, rng *rand.Rand) (mcmc.Sampler, error) {
			return tuned(100, 0.9, rng)(mcmc.NewAdjustedMicrocanonical(w.Density, w.X, w.Step, w.Metric, math.Sqrt(float64(len(w.X)))))
		}},
		{"tempered HMC", func(w Warm, _ *rand.Rand) (mcmc.Sampler, error) {
			if w.Reference.Modes < 2 {
				return nil, ErrUnfit
			}
			betas, err := mcmc.Ladder(12, 0.05)
			if err != nil {
				return nil, err
			}
			return mcmc.NewTempering(w.Density, betas, func(p *density.Tempered) (mcmc.Replica, error) {
				return hmc(w, p, w.Step/math.Sqrt(p.Beta()))
			})
		}},
	}
}

// hmc returns HMC for a quarter of the period of a mode of unit variance at the
// temperature of p, with as many steps as the warm-up's step asks for.
func hmc(w Warm, p density.Density, h float64) (*mcmc.HMC, error) {
	steps := int(math.Ceil(math.Pi / 2 / w.Step))
	return mcmc.NewHMC(p, w.X, h, w.Metric, mcmc.HMCConfig{LeapfrogSteps: min(max(steps, 1), 1024), Jitter: 0.5})
}

// tuned returns a function that warms a kernel up to an acceptance by so many steps,
// with the metric that it has.
func tuned(steps int, acceptance float64, rng *rand.Rand) func(s mcmc.Tunable, err error) (mcmc.Sampler, error) {
	return func(s mcmc.Tunable, err error) (mcmc.Sampler, error) {
		if err != nil {
			return nil, err
		}
		return s, mcmc.Warmup{Steps: steps, Acceptance: acceptance, Metric: mcmc.FixedMetric}.Run(context.Background(), s, rng)
	}
}

var costHeads = []string{"target", "kernel", "gradients, mean b²", "standard error", "gradients, largest b²", "standard error", "tuning", "warm-up", "largest b² at the end", "gradients at the end"}

// CostTable returns the costs as a reader wants them, after a row of heads, with the
// count of NUTS over that of the kernel.
func CostTable(costs []Cost) [][]string {
	rows := [][]string{{"target", "kernel", "gradients, mean b²", "gradients, largest b²", "NUTS / kernel", "tuning", "largest b² at the end"}}
	nuts := map[string]float64{}
	for _, c := range costs {
		if c.Kernel == "NUTS" {
			nuts[c.Target] = c.Mean
		}
		target, ratio := fmt.Sprintf("%s (warm-up %s)", c.Target, count(c.Warmup)), "–"
		if r := nuts[c.Target] / c.Mean; r > 0 && !math.IsInf(r, 0) {
			ratio = fmt.Sprintf("%.2f", r)
		}
		if c.Err != nil {
			rows = append(rows, []string{target, c.Kernel, c.Err.Error(), "", "", "", ""})
			continue
		}
		rows = append(rows, []string{target, c.Kernel, c.text(c.Mean, c.MeanSE), c.text(c.Max, c.MaxSE), ratio, count(c.Tuning), fmt.Sprintf("%.2g", c.Final)})
	}
	return rows
}

// text returns a count with its standard error, or what it exceeds.
func (c Cost) text(n, se float64) string {
	if math.IsInf(n, 1) {
		return "> " + count(float64(c.Gradients))
	}
	return count(n) + " ± " + count(se)
}

// count returns a count in three digits.
func count(x float64) string {
	x, _ = strconv.ParseFloat(strconv.FormatFloat(x, 'g', 3, 64), 64)
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// CostRows returns the costs with all their digits, after a row of heads.
func CostRows(costs []Cost) [][]string {
	rows := [][]string{costHeads}
	for _, c := range costs {
		row := []string{c.Target, c.Kernel}
		for _, x := range []float64{c.Mean, c.MeanSE, c.Max, c.MaxSE, c.Tuning, c.Warmup, c.Final, float64(c.Gradients)} {
			row = append(row, digits(x))
		}
		if c.Err != nil {
			row[2] = c.Err.Error()
		}
		rows = append(rows, row)
	}
	return rows
}
