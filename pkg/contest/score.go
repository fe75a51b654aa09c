package contest

import (
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/diag"
	"natspike/pkg/mcmc"
	"natspike/pkg/spiking"
	"natspike/pkg/stream"
)

// Settings say how long a run is.
type Settings struct {
	Seed    uint64
	Chains  int     // 4 if zero, at least 2
	Seconds float64 // brain time of each chain after the first fifth, which is left out, in s; 10 if zero
	Every   float64 // brain time between draws, in s; 2e-3 if zero
	Draws   int     // of a sampler that is no circuit; 2000 if zero
}

func (s Settings) filled() (Settings, error) {
	s.Chains, s.Seconds, s.Every, s.Draws = cmp.Or(s.Chains, 4), cmp.Or(s.Seconds, 10), cmp.Or(s.Every, 2e-3), cmp.Or(s.Draws, 2000)
	return s, cmp.Or(
		check.AtLeast("Chains", s.Chains, 2), check.AtLeast("Draws", s.Draws, 10),
		check.Positive("Seconds", s.Seconds, "s"), check.Positive("Every", s.Every, "s"),
	)
}

// A Score is the result of one entrant on one target. ESS is bulk, of the worst
// coordinate. Rates are NaN where there is no brain time or no spike, and where the
// verdict is unusable.
type Score struct {
	Entrant, Target string
	ESS             float64 // effective samples of all chains
	PerSecond       float64 // effective samples for each second of brain time
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

// Run lets every entrant sample every target that it can, one run after another so
// that computer time is that of one thread, and returns the scores by target. An
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
			score, err := s.score(e, t, stream.Key{Seed: s.Seed, Cell: uint64(i)<<32 | uint64(j)})
			if errors.Is(err, ErrUnfit) {
				continue
			}
			score.Entrant, score.Target, score.Err = e.Name, t.Name, err
			scores = append(scores, score)
		}
	}
	return scores, nil
}

// score runs one entrant on one target.
func (s Settings) score(e Entrant, t Target, key stream.Key) (Score, error) {
	p := len(t.Mean)
	var chains []*mat.Dense
	var warnings []error
	spikes, neurons, seconds, cpu := 0, 0, 0.0, time.Duration(0)
	for c := range s.Chains {
		key.Chain, key.Purpose = uint32(c), stream.Decoder
		start, err := e.Start(t, key.Rand())
		if err != nil {
			return Score{}, err
		}
		key.Purpose = stream.Dynamics
		rng := key.Rand()
		every, draws := 1, s.Draws
		if start.DT > 0 {
			every = max(1, int(math.Round(s.Every/start.DT)))
			draws = int(math.Round(s.Seconds / (float64(every) * start.DT)))
			seconds += float64(draws*every) * start.DT
		} else if tunable, ok := start.Sampler.(mcmc.Tunable); ok {
			if err := (mcmc.Warmup{}).Run(context.Background(), tunable, rng); err != nil {
				return Score{}, err
			}
		}
		x, z := mat.NewDense(draws, p, nil), make([]float64, start.Dim())
		store := func(dst []float64) {
			start.Sampler.Position(z)
			if start.Position == nil {
				copy(dst, z)
			} else {
				start.Position(dst, z)
			}
		}
		net, _ := start.Sampler.(spiking.Network)
		begin := time.Now()
		for i := -draws / 4; i < draws; i++ {
			for range every {
				start.Step(rng)
				if net != nil && i >= 0 {
					spikes += len(net.Spikes())
				}
			}
			if i == -1 {
				begin = time.Now() // burn-in is not counted
			}
			if i >= 0 {
				store(x.RawRowView(i))
			}
		}
		cpu += time.Since(begin)
		if net != nil {
			neurons = net.Neurons()
			if err := net.Err(); err != nil {
				return Score{}, err
			}
		}
		if w, ok := start.Sampler.(interface{ Warnings() []error }); ok && c == 0 {
			warnings = append(warnings, w.Warnings()...)
		}
		chains = append(chains, x)
	}
	for _, x := range chains {
		for i := range x.RawMatrix().Rows {
			if err := mcmc.CheckFinite(i, x.RawRowView(i)); err != nil {
				return Score{}, err
			}
		}
	}
	score := Score{ESS: math.Inf(1), Rate: float64(spikes) / (seconds * float64(neurons))}
	for j := range p {
		ess, err := diag.ESSBulk(diag.Coordinate(chains, j))
		if err != nil {
			ess = 0 // a coordinate that does not move
		}
		score.ESS = min(score.ESS, ess)
	}
	var err error
	if score.MeanError, score.CovError, err = t.distance(chains); err != nil {
		return Score{}, err
	}
	if score.Verdict, err = diag.Judge(diag.Run{Draws: chains, Warnings: warnings}); err != nil {
		return Score{}, err
	}
	if score.CovError > MaxCovError {
		score.Verdict = diag.NewVerdict(score.Verdict.Subject, score.Verdict.Basis, score.Verdict.Table, append(score.Verdict.Findings, diag.Finding{
			Problem: "off target", Grade: diag.Unusable, Value: score.CovError,
			Text:   fmt.Sprintf("the covariance is off by %.0f %%", 100*score.CovError),
			Advice: "take another network for this target",
		}))
	}
	usable := score.Verdict.Grade != diag.Unusable
	score.PerSecond, score.PerSpike, score.PerCPU = per(score.ESS, seconds, usable), per(score.ESS, float64(spikes), usable), per(score.ESS, cpu.Seconds(), usable)
	if neurons == 0 {
		score.Rate = math.NaN()
	}
	return score, nil
}

func per(ess, cost float64, usable bool) float64 {
	if !usable || cost == 0 {
		return math.NaN()
	}
	return ess / cost
}

// distance returns the errors of the mean and of the covariance of all draws.
func (t Target) distance(chains []*mat.Dense) (mean, cov float64, err error) {
	p := len(t.Mean)
	rows := 0
	for _, x := range chains {
		rows += x.RawMatrix().Rows
	}
	all := mat.NewDense(rows, p, nil)
	at := 0
	for _, x := range chains {
		all.Slice(at, at+x.RawMatrix().Rows, 0, p).(*mat.Dense).Copy(x)
		at += x.RawMatrix().Rows
	}
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

func (s Score) fields(format func(x float64) string) []string {
	verdict := s.Verdict.Grade.String()
	if s.Err != nil {
		verdict = s.Err.Error()
	}
	return []string{s.Target, s.Entrant, verdict, format(s.PerSecond), format(1000 * s.PerSpike), format(s.PerCPU), format(s.Rate), format(s.MeanError), format(s.CovError)}
}

// Markdown writes the scores as a table, each target's name once.
func Markdown(w io.Writer, scores []Score) error {
	short := func(x float64) string {
		if math.IsNaN(x) {
			return "–"
		}
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for i, s := range scores {
		fields := s.fields(short)
		if i > 0 && scores[i-1].Target == s.Target {
			fields[0] = ""
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(fields, " | "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// CSV writes the scores with all their digits.
func CSV(w io.Writer, scores []Score) error {
	out := csv.NewWriter(w)
	rows := [][]string{heads}
	for _, s := range scores {
		rows = append(rows, s.fields(func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }))
	}
	return out.WriteAll(rows)
}
