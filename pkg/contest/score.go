package contest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
	"natspike/pkg/trial"
)

// Settings say how long a run is.
type Settings struct {
	Seed    uint64
	Chains  int     // 4 if zero, at least 2
	Seconds float64 // brain time of each chain after the first fifth, which is left out, in s; 10 if zero
	Every   float64 // brain time between draws, in s; 2e-3 if zero. Few circuits score more than 1/Every a second
	Draws   int     // of a sampler that is no circuit; 2000 if zero
}

func (s Settings) filled() (Settings, error) {
	s.Chains, s.Seconds, s.Every, s.Draws = cmp.Or(s.Chains, 4), cmp.Or(s.Seconds, 10), cmp.Or(s.Every, 2e-3), cmp.Or(s.Draws, 2000)
	return s, cmp.Or(
		check.AtLeast("Chains", s.Chains, 2), check.AtLeast("Draws", s.Draws, 10),
		check.Positive("Seconds", s.Seconds, " s"), check.Positive("Every", s.Every, " s"),
	)
}

// A Score is the result of one entrant on one target. ESS is bulk, of the worst
// coordinate. Rates are NaN where there is no brain time or no spike, and where the
// verdict is unusable.
type Score struct {
	Entrant, Target string
	ESS             float64 // effective samples of all chains
	PerSecond       float64 // effective samples for each second of brain time; near 1/Every, a lower bound
	PerSpike        float64 // effective samples for each spike of any neuron
	PerCPU          float64 // effective samples for each second of computer time
	Rate            float64 // spikes of a neuron in a second, in Hz
	MeanError       float64 // √((m−μ)ᵀΣ⁻¹(m−μ)/p), the error of the mean in standard deviations
	CovError        float64 // |Σ^{−½}CΣ^{−½} − I|/√p, the relative error of the covariance
	Verdict         diag.Verdict
	Err             error // why there is no run, or nil
}

// MaxCovError is the relative error of the covariance beyond which samples are not
// those of the target. It is the quarter that trial.Judge takes for a network.
const MaxCovError = 0.25

// Run returns the scores of every entrant on every target that it can sample, by
// target. Runs follow one another, so that computer time is that of one thread. An
// entrant that fails has a Score with Err. Run refuses settings out of range, and
// stops with the error of ctx.
func Run(ctx context.Context, entrants []Entrant, targets []Target, s Settings) ([]Score, error) {
	s, err := s.filled()
	if err != nil {
		return nil, err
	}
	var scores []Score
	for i, t := range targets {
		for j, e := range entrants {
			if err := ctx.Err(); err != nil {
				return scores, err
			}
			score, err := s.score(ctx, e, t, stream.Key{Seed: s.Seed, Cell: uint64(i)<<32 | uint64(j)})
			if errors.Is(err, ErrUnfit) {
				continue
			}
			score.Entrant, score.Target, score.Err = e.Name, t.Name, err
			scores = append(scores, score)
		}
	}
	return scores, nil
}

// A run holds the draws of the chains of one entrant on one target, and their costs.
type run struct {
	draws           []*mat.Dense
	spikes, neurons int           // spikes of all chains; neurons is zero for a sampler that has none
	seconds         float64       // brain time
	cpu             time.Duration // computer time
	warnings        []error       // of the first chain
}

// score runs one entrant on one target.
func (s Settings) score(ctx context.Context, e Entrant, t Target, key stream.Key) (Score, error) {
	var r run
	for c := range s.Chains {
		key.Chain = uint32(c)
		if err := r.chain(ctx, s, e, t, key); err != nil {
			return Score{}, err
		}
	}
	score := Score{ESS: math.Inf(1), Rate: per(float64(r.spikes), r.seconds*float64(r.neurons))}
	for j := range t.Mean {
		ess, err := diag.ESSBulk(diag.Coordinate(r.draws, j))
		if err != nil {
			ess = 0 // a coordinate that does not move
		}
		score.ESS = min(score.ESS, ess)
	}
	var err error
	if score.MeanError, score.CovError, err = t.distance(r.draws); err != nil {
		return Score{}, err
	}
	if score.Verdict, err = diag.Judge(diag.Run{Draws: r.draws, Warnings: r.warnings}); err != nil {
		return Score{}, err
	}
	if v := score.Verdict; score.CovError > MaxCovError {
		score.Verdict = diag.NewVerdict(v.Subject, v.Basis, v.Table, append(v.Findings, diag.Finding{
			Problem: trial.OffTarget, Grade: diag.Unusable, Value: score.CovError,
			Text:   fmt.Sprintf("the covariance is off by %.0f %%", 100*score.CovError),
			Advice: "take another network for this target",
		}))
	}
	useful := score.ESS
	if score.Verdict.Grade == diag.Unusable {
		useful = math.NaN()
	}
	score.PerSecond, score.PerSpike, score.PerCPU = per(useful, r.seconds), per(useful, float64(r.spikes)), per(useful, r.cpu.Seconds())
	return score, nil
}

// chain runs one chain, from a burn-in of a quarter of its draws on.
func (r *run) chain(ctx context.Context, s Settings, e Entrant, t Target, key stream.Key) error {
	key.Purpose = stream.Decoder
	start, err := e.Start(t, key.Rand())
	if err != nil {
		return err
	}
	key.Purpose = stream.Dynamics
	rng := key.Rand()
	every, draws := 1, s.Draws
	if start.DT > 0 {
		every = max(1, int(math.Round(s.Every/start.DT)))
		draws = int(math.Round(s.Seconds / (float64(every) * start.DT)))
		r.seconds += float64(draws*every) * start.DT
	} else if tunable, ok := start.Sampler.(mcmc.Tunable); ok {
		if err := (mcmc.Warmup{}).Run(ctx, tunable, rng); err != nil {
			return err
		}
	}
	net, _ := start.Sampler.(spiking.Network)
	x, z := mat.NewDense(draws, len(t.Mean), nil), make([]float64, start.Dim())
	for range draws / 4 * every {
		start.Step(rng)
	}
	begin := time.Now()
	for i := range draws {
		for range every {
			start.Step(rng)
			if net != nil {
				r.spikes += len(net.Spikes())
			}
		}
		start.Sampler.Position(z)
		if start.Position == nil {
			x.SetRow(i, z)
		} else {
			start.Position(x.RawRowView(i), z)
		}
		if err := mcmc.CheckFinite(i, x.RawRowView(i)); err != nil {
			return err
		}
	}
	r.cpu += time.Since(begin)
	r.draws = append(r.draws, x)
	if w, ok := start.Sampler.(interface{ Warnings() []error }); ok && len(r.draws) == 1 {
		r.warnings = w.Warnings()
	}
	if net != nil {
		r.neurons = net.Neurons()
		return net.Err()
	}
	return nil
}

// per returns ess/cost, or NaN where there is no cost.
func per(ess, cost float64) float64 {
	if cost == 0 {
		return math.NaN()
	}
	return ess / cost
}

// distance returns the errors of the mean and of the covariance of all draws.
func (t Target) distance(chains []*mat.Dense) (mean, cov float64, err error) {
	p := len(t.Mean)
	var rows []float64
	for _, x := range chains {
		rows = append(rows, x.RawMatrix().Data...)
	}
	all := mat.NewDense(len(rows)/p, p, rows)
	m, err := diag.Mean(all)
	if err != nil {
		return 0, 0, err
	}
	c := mat.NewSymDense(p, nil)
	if p > 1 {
		if c, err = diag.Covariance(all); err != nil {
			return 0, 0, err
		}
	}
	var factor mat.Cholesky
	if !factor.Factorize(t.Cov) {
		return 0, 0, check.Errorf("Cov", "of the target %q is not positive definite", t.Name)
	}
	d := mat.NewVecDense(p, nil)
	for j := range p {
		d.SetVec(j, m[j]-t.Mean[j])
	}
	var l mat.TriDense
	factor.LTo(&l)
	var white, half mat.Dense
	if err := white.Solve(&l, d); err != nil {
		return 0, 0, err
	}
	mean = mat.Norm(&white, 2) / math.Sqrt(float64(p))
	if err := half.Solve(&l, c); err != nil {
		return 0, 0, err
	}
	var whitened mat.Dense
	if err := whitened.Solve(&l, half.T()); err != nil {
		return 0, 0, err
	}
	for j := range p {
		whitened.Set(j, j, whitened.At(j, j)-1)
	}
	return mean, mat.Norm(&whitened, 2) / math.Sqrt(float64(p)), nil
}

var heads = []string{"target", "sampler", "verdict", "ESS/s of brain time", "ESS/1000 spikes", "ESS/s of computer time", "rate (Hz)", "error of the mean", "error of the covariance"}

// Rows returns the scores with all their digits, after a row of heads.
func Rows(scores []Score) [][]string {
	rows := [][]string{heads}
	for _, s := range scores {
		row := []string{s.Target, s.Entrant, s.Verdict.Grade.String()}
		if s.Err != nil {
			row[2] = s.Err.Error()
		}
		for _, x := range []float64{s.PerSecond, 1000 * s.PerSpike, s.PerCPU, s.Rate, s.MeanError, s.CovError} {
			row = append(row, digits(x))
		}
		rows = append(rows, row)
	}
	return rows
}

func digits(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
