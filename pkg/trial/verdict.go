package trial

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/diag"
	"natspike/pkg/spiking"
)

// Limits of Judge, with their sources.
const (
	// DefaultPrecision is the largest standard error of a mean that is good
	// enough, in standard deviations. It is that of 100 independent samples, the
	// fewest of which Monte Carlo errors can be trusted: see diag.MinESS.
	DefaultPrecision = 0.1
	// MaxStartZ is the largest difference between the beginning of a window and
	// its second half, in standard errors. The test is that of Geweke (1992,
	// Bayesian Statistics 4:169); the limit is our own. Geweke's, of 2, is for one
	// test of one coordinate.
	MaxStartZ = 5
	// MaxTargetZ is the largest difference from the target that can be chance, in
	// standard errors. The limit is our own, for the tests of all directions.
	MaxTargetZ = 4
	// MaxOff is the largest relative error of a variance, and the largest error of
	// a mean in standard deviations, of an estimate that samples its target. It is
	// the limit at which spiking.GrainWarning and its like begin; our own.
	MaxOff = 0.25
	// MaxUsableOff is the largest factor by which the variance of a usable estimate
	// is too large or too small. Its mean is off by at most 1/MaxUsableOff standard
	// deviations. The limits are our own.
	MaxUsableOff = 2
)

// The problems of networks, beside those of package diag. Every warning of a
// network is a diag.Warned, whose Err is the warning.
const (
	NetworkFailed diag.Problem = "network failed"
	NoSpikes      diag.Problem = "no spikes" // or too few to make up for the leak
	NotSettled    diag.Problem = "not settled"
	OffTarget     diag.Problem = "off target"
	NotRecorded   diag.Problem = "not recorded"
)

// Evidence is what is known of a network that was to sample, for [Judge].
type Evidence struct {
	// Network is any of the networks, after its trial. Its Warnings count if it
	// has a method Warnings() []error, as those of package spiking do. It may be nil.
	Network spiking.Network

	Recordings []*Recording      // independent repeats of one trial
	Window     Window            // the part of each that is to be used; Whole if zero
	Target     *density.Gaussian // what the estimate is to sample; nil if unknown
	Precision  float64           // wanted, as DefaultPrecision, which 0 stands for
}

// Judge says in words whether the estimate of a network can be used, and what to do
// next. It finds
//
//   - what the network warns of: too few spikes to sample; spikes that are too large
//     for the narrowest direction of the target; prices that pull the estimate; the
//     cap of one spike a step; Δt near the stability of Euler's method, or past it; a
//     decoder that does not span; cascades that were cut short; times that are not in
//     seconds; a mean out of reach. Each is doubtful, and unusable where it makes a
//     variance or a mean wrong by a factor of two, or keeps the network from sampling;
//   - means that are less precise than Precision (doubtful);
//   - a window that begins before the estimate has settled (doubtful): the first
//     estimate, or the mean of the first fiftieth or tenth of the window, differs
//     from the mean of the second half by more than five standard errors, and
//     enough to change the mean by half the Precision or the variance by a tenth;
//   - a mean that is off the target by more than a quarter of a standard deviation,
//     or a variance off by more than a quarter, along any principal axis of the
//     target, if that is more than four standard errors (doubtful; unusable beyond
//     half a standard deviation or a factor of two);
//   - an estimate that is not finite, or does not move in the window or in the second
//     half of it (unusable).
//
// Measured on networks of ten dimensions, each with other decoders: of 400 trials of
// four healthy networks two were called other than good, for a cap that they nearly
// met, and of 848 trials of fifteen ill ones none was called good. By recordings of
// some 400 effective samples alone, without what networks warn of, none of these was
// called good either, but for times that are not in seconds, which spoil nothing. Of
// 400 independent draws of the target 0.2 % were called ill, and of those with 1.5
// times its variance 24 % good; of 1000 draws none and none. What is less wrong than a
// quarter is called good.
//
// The Table of the verdict is that of the coordinates of the estimate, where a
// recording stands for a chain. Of an estimate of more than 4000 steps every few
// are taken.
//
// Judge refuses evidence that is neither a network nor a recording, recordings and a
// target of different dimensions, and a Precision that is negative or not finite.
// The error wraps ErrWindow if a recording does not hold the window, and
// diag.ErrRagged if recordings differ in their numbers of steps.
func Judge(e Evidence) (diag.Verdict, error) {
	if e.Network == nil && len(e.Recordings) == 0 {
		return diag.Verdict{}, check.Errorf("evidence", "is neither a network nor a recording")
	}
	if err := check.NonNegative("Precision", e.Precision, ""); err != nil {
		return diag.Verdict{}, err
	}
	if e.Precision == 0 {
		e.Precision = DefaultPrecision
	}
	if e.Window == (Window{}) {
		e.Window = Whole
	}
	j := judge{Evidence: e}
	warns := j.network()
	basis := "the network gives no warning; its estimate was not judged"
	if len(e.Recordings) == 0 {
		j.add(NotRecorded, diag.Good, math.NaN(), "no recording was given", "present a stimulus to the network, and judge the recording too")
	} else {
		if err := j.draw(); err != nil {
			return diag.Verdict{}, err
		}
		if !warns {
			j.spikes()
		}
		if j.moves() {
			if err := j.moments(); err != nil {
				return diag.Verdict{}, err
			}
			basis = j.basis()
		}
	}
	return diag.NewVerdict("The estimate", basis, j.table, j.findings), nil
}

// A judge collects findings.
type judge struct {
	Evidence
	times    []float64    // s after the onset, of the draws
	draws    []*mat.Dense // of each recording
	table    diag.Table
	widest   [2]float64 // the least and the largest variance beside the target's
	findings []diag.Finding
}

func (j *judge) add(p diag.Problem, g diag.Grade, value float64, text, advice string) *diag.Finding {
	j.findings = append(j.findings, diag.Finding{Problem: p, Grade: g, Value: value, Text: text, Advice: advice})
	return &j.findings[len(j.findings)-1]
}

// network finds what the network says of itself. It reports whether the network can
// warn.
func (j *judge) network() bool {
	if j.Network == nil {
		return false
	}
	if err := j.Network.Err(); err != nil {
		text := "the network failed: " + strings.TrimPrefix(err.Error(), "spiking: ")
		j.add(NetworkFailed, diag.Unusable, math.NaN(), text, "mend what it names, and present the stimulus again").Err = err
	}
	w, ok := j.Network.(interface{ Warnings() []error })
	if !ok {
		return false
	}
	for _, warning := range w.Warnings() {
		// A warning says what is wrong, and after a semicolon what changes it.
		text, _, _ := strings.Cut(strings.TrimPrefix(warning.Error(), "spiking: "), "; ")
		grade, value, advice := weigh(warning)
		j.add(diag.Warned, grade, value, text, advice).Err = warning
	}
	return true
}

// weigh returns how bad a warning is, by which number, and what to do.
func weigh(warning error) (grade diag.Grade, value float64, advice string) {
	unusable := func(yes bool) diag.Grade {
		if yes {
			return diag.Unusable
		}
		return diag.Doubtful
	}
	switch w := warning.(type) {
	case *spiking.StabilityWarning:
		if w.MaxDT == 0 {
			return diag.Unusable, w.EulerGrowth, "choose D and S of which (D+S)Σ⁻¹ has eigenvalues with positive real parts"
		}
		return diag.Unusable, w.EulerGrowth, fmt.Sprintf("take a Δt below %.2g s, or a longer τ_s", w.MaxDT)
	case *spiking.EulerWarning:
		return unusable(w.Variance > MaxUsableOff), w.Variance, "take a smaller Δt or a longer τ_s"
	case *spiking.CapWarning:
		return diag.Doubtful, w.SpikesPerStep, "take a smaller Δt, or let neurons spike together (Greedy)"
	case *spiking.TruncationWarning:
		share := float64(w.Truncated) / float64(w.Steps)
		return unusable(share > diag.MaxDivergent), share, "take a larger decoder, more neurons or a smaller Δt"
	case *spiking.GrainWarning:
		return unusable(w.Variance > MaxUsableOff-1), w.Variance, "take a smaller decoder, with more neurons or higher rates to hold the estimate"
	case *spiking.PriceWarning:
		return unusable(w.Kept < 1.0/MaxUsableOff), w.Kept, "lower λ and α, or take a larger decoder or more neurons"
	case *spiking.SilenceWarning:
		if w.Probabilistic {
			return diag.Unusable, w.PerTau, "take the natural geometry, a smaller decoder or more proposals"
		}
		return diag.Unusable, w.PerTau, "lower λ and α, or take a larger decoder or more neurons"
	case *spiking.LeakWarning:
		return unusable(w.Kept < 1.0/MaxUsableOff), w.Kept, "take a larger decoder, more proposals or a longer τ_m"
	case *spiking.SpanWarning:
		return diag.Unusable, math.NaN(), "add neurons, or take pairs ±Γ_j"
	case *spiking.ZeroColumnWarning:
		return diag.Good, float64(w.Columns), "leave these neurons out"
	case *spiking.ReachWarning:
		return unusable(w.Mean > w.Reach), w.Mean / w.Reach, "take a larger decoder, a smaller Δt or a longer τ_m"
	case *spiking.UnitWarning:
		return diag.Doubtful, w.Value, fmt.Sprintf("give %s in seconds", w.Name)
	case *spiking.RuleWarning:
		return diag.Doubtful, math.NaN(), "use it to study the rule, not to sample"
	}
	return diag.Doubtful, math.NaN(), ""
}

// draw takes the estimates out of the recordings.
func (j *judge) draw() error {
	const most = 4000 // draws of a recording
	p := j.Recordings[0].p
	for i, r := range j.Recordings {
		if r.p != p {
			return check.Errorf("Recordings", "has an entry [%d] of dimension %d, and one of %d before it", i, r.p, p)
		}
		from, to, err := r.Steps(j.Window)
		if err != nil {
			return err
		}
		times, x, err := r.Estimate(j.Window, (to-from+most-1)/most)
		if err != nil {
			return err
		}
		j.times, j.draws = times, append(j.draws, x)
	}
	if j.Target != nil && j.Target.Dim() != p {
		return check.Errorf("Target", "has dimension %d, the recordings %d", j.Target.Dim(), p)
	}
	for i, x := range j.draws {
		if n, _ := x.Dims(); n != len(j.times) {
			return fmt.Errorf("trial: recording %d has %d estimates in the window and the last %d: %w", i, n, len(j.times), diag.ErrRagged)
		}
	}
	var err error
	j.table, err = diag.NewTable(j.draws, nil)
	return err
}

// spikes finds a Leaky network without the spikes that hold its estimate. A leak
// needs one spike in its time constant for each dimension.
func (j *judge) spikes() {
	r := j.Recordings[0]
	if r.decay == nil || r.decay.Factor() == 1 {
		return
	}
	count, steps := 0, 0
	for _, r := range j.Recordings {
		from, to, _ := r.Steps(j.Window)
		lo, hi := r.in(from, to)
		count, steps = count+hi-lo, steps+to-from
	}
	constant := -1 / math.Log(r.decay.Factor()) // steps
	if perTau := float64(count) / float64(steps) * constant; perTau < float64(r.p) && float64(steps) > 3*constant {
		j.add(NoSpikes, diag.Unusable, perTau,
			fmt.Sprintf("%d spikes in %d steps are %.2g in the time constant of the leak, for %d dimensions, so that the estimate decays instead of sampling", count, steps, perTau, r.p),
			"make neurons spike more often")
	}
}

// moves reports whether all coordinates have moments, and finds why not.
func (j *judge) moves() bool {
	for d, row := range j.table {
		text := row.Name + ": " + strings.TrimPrefix(fmt.Sprint(row.Err), "diag: ")
		switch {
		case row.Err == nil && !j.stops(d):
			continue
		case row.Err == nil:
			j.add(diag.NoMovement, diag.Unusable, math.NaN(), row.Name+" does not move in the second half of the window", "see whether neurons still spike then, and move the estimate there")
		case errors.Is(row.Err, diag.ErrConstant):
			j.add(diag.NoMovement, diag.Unusable, math.NaN(), row.Name+" does not move", "see whether any neuron spikes, and moves the estimate there")
		case errors.Is(row.Err, diag.ErrShort):
			j.add(diag.TooFewDraws, diag.Unusable, float64(len(j.times)), text, "take a longer window")
		default:
			j.add(diag.NonFiniteDraws, diag.Unusable, math.NaN(), text, "find out where the estimate is not finite")
		}
		return false
	}
	return true
}

// stops reports whether coordinate d does not move in the second half of a recording.
func (j *judge) stops(d int) bool {
	return slices.ContainsFunc(j.draws, func(x *mat.Dense) bool {
		all := mat.Col(nil, d, x)
		second := all[len(all)/2:]
		return slices.Min(second) == slices.Max(second)
	})
}

// moments finds what the estimate itself tells.
func (j *judge) moments() error {
	if begin, z, settled := j.settled(); !settled {
		advice := "record for longer, and use what comes after the estimate has settled"
		if !math.IsNaN(begin) {
			advice = fmt.Sprintf("begin the window at %.2g s", begin)
		}
		j.add(NotSettled, diag.Doubtful, z, fmt.Sprintf("the window begins before the estimate has settled: its beginning is %.0f standard errors from its second half", z), advice)
		return nil // what follows would blame something else
	}
	worst, at := j.precision()
	if worst > j.Precision {
		j.add(diag.FewEffective, diag.Doubtful, 1/(worst*worst),
			fmt.Sprintf("the estimate is worth %.0f independent samples of %s, so that its mean is known to %.2g standard deviations, not to %.2g",
				1/(worst*worst), j.table[at].Name, worst, j.Precision),
			fmt.Sprintf("record for about %.0f times as long, or as many repeats", math.Ceil(1.2*worst*worst/(j.Precision*j.Precision))))
	}
	if j.Target == nil {
		return nil
	}
	return j.target()
}

// precision returns the largest standard error of a mean, in standard deviations, and
// of which coordinate it is.
func (j *judge) precision() (worst float64, at int) {
	for d, row := range j.table {
		if e := row.Summary.MCSEMean / row.Summary.SD; e > worst {
			worst, at = e, d
		}
	}
	return worst, at
}

// settled looks for a beginning of the window that is not like its second half. If
// there is one it returns the difference in standard errors, and when a window
// begins in which there is none, or NaN.
func (j *judge) settled() (begin, z float64, yes bool) {
	if z = j.start(0); z == 0 {
		return 0, 0, true
	}
	for _, share := range []float64{0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6} {
		if from := int(share * float64(len(j.times))); from > 0 && j.start(from) == 0 {
			return j.times[from], z, false
		}
	}
	return math.NaN(), z, false
}

// start returns by how many standard errors the beginning of the draws after the
// first ones differs from their second half, in the worst coordinate, or zero if no
// coordinate differs by more than chance and precision allow.
func (j *judge) start(from int) (worst float64) {
	size, recordings := len(j.times)-from, float64(len(j.draws))
	for d := range j.table {
		chains, second := make([][]float64, len(j.draws)), make([][]float64, len(j.draws))
		for i, x := range j.draws {
			chains[i] = mat.Col(nil, d, x)[from:]
			second[i] = chains[i][size/2:]
		}
		s, err := diag.Summarize(second)
		if err != nil { // there are too few
			continue
		}
		// The variance of a mean of one recording's second half is that of one
		// independent sample divided by so many.
		worth := math.Pow(s.SD/s.MCSEMean, 2) / recordings
		for _, n := range []int{1, size / 50, size / 10} {
			if n == 0 {
				continue
			}
			mean := 0.0
			for _, x := range chains {
				for _, v := range x[:n] {
					mean += v / (float64(n) * recordings)
				}
			}
			off := math.Abs(mean-s.Mean) / s.SD
			share := float64(n) / float64(size)
			se := math.Sqrt((1/max(1, 2*share*worth) + 1/worth) / recordings)
			spoilt := max(share, 1/(2*worth)) // share of the window that is like its beginning
			if harm := spoilt * off; off > MaxStartZ*se && (harm > j.Precision/2 || harm*off > 0.1) {
				worst = max(worst, off/se)
			}
		}
	}
	return worst
}

// target compares the estimate with the target along its principal axes.
func (j *judge) target() error {
	p := j.Target.Dim()
	axes, mean := mat.NewDense(p, p, nil), j.Target.Mean(nil)
	variances := j.Target.Eigen(nil, axes)
	type off struct {
		size float64 // of the worst
		text string
	}
	var shift, spread off
	j.widest = [2]float64{math.Inf(1), 0}
	for k, variance := range variances {
		sd := math.Sqrt(variance)
		chains := make([][]float64, len(j.draws))
		for i, x := range j.draws {
			n, _ := x.Dims()
			chains[i] = make([]float64, n)
			for t := range n {
				for d, v := range x.RawRowView(t) {
					chains[i][t] += axes.At(d, k) * (v - mean[d]) / sd
				}
			}
		}
		s, err := diag.Summarize(chains)
		if err != nil && !errors.Is(err, diag.ErrConstant) { // whose variance is zero
			return fmt.Errorf("trial: the estimate along a direction of the target: %w", err)
		}
		v := float64(s.SD * s.SD)
		j.widest = [2]float64{min(j.widest[0], v), max(j.widest[1], v)}
		where := fmt.Sprintf("along a direction in which the target's standard deviation is %.3g", sd)
		if m := math.Abs(s.Mean); m > MaxOff && m > MaxTargetZ*s.MCSEMean && m > shift.size {
			shift = off{m, fmt.Sprintf("the mean is off by %.2g standard deviations %s", m, where)}
		}
		if f := max(v, 1/v); math.Abs(v-1) > MaxOff && math.Abs(v-1) > MaxTargetZ*2*s.SD*s.MCSESD && f > spread.size {
			spread = off{f, fmt.Sprintf("the variance is %.2g times the target's %s", v, where)}
		}
	}
	advice := "see whether a smaller Δt, a smaller decoder or more neurons bring the estimate nearer"
	if slices.ContainsFunc(j.findings, func(f diag.Finding) bool { return f.Grade > diag.Good }) {
		advice = "" // what was found before says what to do
	}
	for _, o := range []struct {
		off
		limit float64
	}{{shift, 1.0 / MaxUsableOff}, {spread, MaxUsableOff}} {
		if o.size == 0 {
			continue
		}
		grade := diag.Doubtful
		if o.size > o.limit {
			grade = diag.Unusable
		}
		j.add(OffTarget, grade, o.size, o.text, advice)
	}
	return nil
}

// basis returns why the estimate can be used, if it can.
func (j *judge) basis() string {
	worst, _ := j.precision()
	text := fmt.Sprintf("it is worth at least %.0f independent samples, so that means are known to %.2g %% of a standard deviation", 1/(worst*worst), 100*worst)
	if j.widest[1] > 0 {
		text += fmt.Sprintf(", and its variances are %.2f to %.2f times the target's", j.widest[0], j.widest[1])
	}
	return text
}
