package spiking

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/density"
	"natspike/pkg/internal/portable"
)

// The warnings below name the reasons for which a network does not sample its
// target, with the numbers and what to change. The method Warnings of each network
// returns those that apply: some follow from its parameters, others need a run.
//
// The limits from which there is a warning.
const (
	illVariance = 0.25 // variance added along a direction, relative to the target's
	illShrink   = 0.8  // share of the variance along a direction that is left
	illEuler    = 1.1  // factor by which Euler's method inflates the variance
	capShare    = 0.9  // share of steps with a spike above which the cap sets the rate
	perDim      = 5    // spikes in τ_m for each dimension below which the leak wins
	runLength   = 3    // time constants that a run must last to be judged
)

// A StabilityWarning reports that Δt is past the stability of Euler's method on
// dz = −(D+S)Σ⁻¹(z−μ)dt/τ_s. The dynamics that the network is built to follow then
// diverge, and its cap and its thresholds alone hold the estimate.
type StabilityWarning struct {
	DT          float64 // s
	MaxDT       float64 // s, the largest stable Δt; zero if there is none
	EulerNumber float64 // Δt λ_max/τ_s
	EulerGrowth float64 // max |1 − Δt λ/τ_s| ≥ 1
}

func (w *StabilityWarning) Error() string {
	if w.MaxDT == 0 {
		return fmt.Sprintf("spiking: (D+S)Σ⁻¹ has an eigenvalue without positive real part, so that the sampling dynamics are stable for no Δt (growth %.3g a step)", w.EulerGrowth)
	}
	return fmt.Sprintf("spiking: Δt = %.3g s is past the stability of Euler's method: the Euler number is %.3g and the fastest mode grows by %.3g a step; Δt must be below %.3g s",
		w.DT, w.EulerNumber, w.EulerGrowth, w.MaxDT)
}

// An EulerWarning reports that Δt, although stable, is so large that Euler's method
// inflates the variance.
type EulerWarning struct {
	DT, TauS float64 // s
	Variance float64 // of the fastest mode, relative to that at Δt → 0
}

func (w *EulerWarning) Error() string {
	return fmt.Sprintf("spiking: Δt = %.3g s makes the variance of the fastest mode %.2f times too large, by Euler's method at τ_s = %.3g s; a smaller Δt or a larger τ_s lowers it", w.DT, w.Variance, w.TauS)
}

// A CapWarning reports that the network spikes at nearly every step, so that the
// one spike it is allowed in each sets its rate.
type CapWarning struct {
	SpikesPerStep float64
	CapBinds      float64 // share of steps with more than one neuron above threshold
}

func (w *CapWarning) Error() string {
	return fmt.Sprintf("spiking: %.1f%% of steps have a spike and %.1f%% more than one neuron above threshold: the cap of one spike a step sets the rate; a smaller Δt or Greedy lifts it",
		100*w.SpikesPerStep, 100*w.CapBinds)
}

// A TruncationWarning reports that cascades of Greedy were cut short.
type TruncationWarning struct {
	Truncated, Steps int64
	Spikes           int // the largest number in a step
}

func (w *TruncationWarning) Error() string {
	return fmt.Sprintf("spiking: %d of %d steps had a cascade that was cut short at %d spikes: the estimate does not keep up with its dynamics; a larger decoder, more neurons or a smaller Δt lets it", w.Truncated, w.Steps, w.Spikes)
}

// A GrainWarning reports that single spikes are too large for the target. The
// estimate may be off by R along a unit vector d before a neuron spikes, with R =
// min_j ½|Γ_j|²/(Γ_jᵀd)₊. Errors that fill that region evenly have the variance
// R²/(p+2), which adds to the target's.
type GrainWarning struct {
	Spike    float64 // root mean square of |Γ_jᵀd| over neurons
	SD       float64 // of the target along d
	Variance float64 // added, relative to the target's
}

func (w *GrainWarning) Error() string {
	return fmt.Sprintf("spiking: a spike moves the estimate by %.3g along a direction in which the target's standard deviation is %.3g, which adds about %.0f%% to the variance there; a smaller decoder (with more neurons, or a higher rate) lowers it",
		w.Spike, w.SD, 100*w.Variance)
}

// A PriceWarning reports that the costs of firing pull the estimate. λ shrinks it
// along an eigenvector of ΓΓᵀ by γ/(γ+λ), with γ half the eigenvalue, as there are
// about half of the neurons that push either way. And a neuron spikes only when
// the error along a direction is worth the price too, which adds to the variance as
// in GrainWarning, with (½|Γ_j|² + ½λ + α) in place of ½|Γ_j|².
type PriceWarning struct {
	Lambda, Alpha float64
	Kept          float64 // the least γ/(γ+λ)
	Reach         float64 // the error at which a neuron spikes
	SD            float64 // of the target in that direction
}

func (w *PriceWarning) Error() string {
	return fmt.Sprintf("spiking: λ = %.3g and α = %.3g keep about %.0f%% of the estimate, and let it be off by %.3g where the target's standard deviation is %.3g; lower prices, a larger decoder or more neurons mend it",
		w.Lambda, w.Alpha, 100*w.Kept, w.Reach, w.SD)
}

// A SilenceWarning reports that a network has so few spikes in τ_m, for each
// dimension of the estimate, that the estimate decays towards zero instead of
// sampling: below five for a probabilistic network, where the variance is by then
// a fifth too small, and below one for a Balanced one.
type SilenceWarning struct {
	Spikes, Steps int64   // or proposals
	PerTau        float64 // spikes in τ_m
	Dim           int     // p
	Acceptance    float64 // the largest of any neuron, now; of a probabilistic network
	Probabilistic bool
}

func (w *SilenceWarning) Error() string {
	s := fmt.Sprintf("spiking: %d spikes in %d steps are %.2g in a membrane time constant, for %d dimensions: the estimate decays instead of sampling", w.Spikes, w.Steps, w.PerTau, w.Dim)
	if w.Probabilistic {
		return s + fmt.Sprintf("; no neuron now has an acceptance above %.2g; natural geometry, a smaller decoder or more proposals raise it", w.Acceptance)
	}
	return s + "; lower prices or a larger decoder make neurons spike"
}

// A LeakWarning reports that the spikes of a probabilistic network move the
// estimate too little to make up for the leak. Spikes that move it by c² on
// average along an eigenvector of Σ with eigenvalue v, N in τ_m, leave about
// 1/(1 + 2v/Nc²) of its mean and variance there.
type LeakWarning struct {
	Kept  float64 // the least of these shares
	SD    float64 // √v
	Spike float64 // c
}

func (w *LeakWarning) Error() string {
	return fmt.Sprintf("spiking: the leak leaves about %.0f%% of the mean and the variance in a direction of standard deviation %.3g, where an accepted spike moves the estimate by %.3g; a larger decoder, more proposals or a longer τ_m lower the loss", 100*w.Kept, w.SD, w.Spike)
}

// A SpanWarning reports that no neuron moves the estimate towards Direction: the
// decoder does not span the space with non-negative weights.
type SpanWarning struct {
	Direction []float64 // a unit vector, p
}

func (w *SpanWarning) Error() string {
	return fmt.Sprintf("spiking: no neuron moves the estimate towards %.2g: the decoder does not span it; more neurons, or pairs ±Γ_j, do", w.Direction)
}

// A ZeroColumnWarning reports neurons whose spikes do not move the estimate.
type ZeroColumnWarning struct {
	Columns int // number of all-zero columns
	First   int // the first of these neurons
	Neurons int // n
}

func (w *ZeroColumnWarning) Error() string {
	return fmt.Sprintf("spiking: %d of %d columns of the decoder are zero, the first of neuron %d: their neurons do not move the estimate", w.Columns, w.Neurons, w.First)
}

// A ReachWarning reports that the mean of the target is beyond half of what the
// network can hold against the leak at its highest rate. It is then pinned rather
// than sampling.
type ReachWarning struct {
	Mean  float64 // |μ|
	Reach float64 // largest estimate along μ that the highest rate can hold
}

func (w *ReachWarning) Error() string {
	return fmt.Sprintf("spiking: the mean is %.3g from zero, and at its highest rate the network holds an estimate of %.3g there; a larger decoder, a smaller Δt (more proposals) or a longer τ_m extends it", w.Mean, w.Reach)
}

// A UnitWarning reports a time that is far from the usual, as when milliseconds
// are given for seconds.
type UnitWarning struct {
	Name      string  // such as "TauM"
	Value     float64 // s
	Low, High float64 // s, the usual range
}

func (w *UnitWarning) Error() string {
	return fmt.Sprintf("spiking: %s = %g s is outside the usual %g to %g s; times are in seconds", w.Name, w.Value, w.Low, w.High)
}

// A RuleWarning reports a setting with which a probabilistic network is not meant
// to sample its target.
type RuleWarning struct {
	Setting string // such as "Gain = 2"
	Problem string
}

func (w *RuleWarning) Error() string { return "spiking: with " + w.Setting + " " + w.Problem }

// Warnings returns the reasons for which the network does not sample its target,
// or nothing: a *StabilityWarning, *EulerWarning, *GrainWarning, *PriceWarning,
// *SpanWarning, *ZeroColumnWarning, *ReachWarning and *UnitWarning from its
// parameters, and after a run of three τ_m a *CapWarning, *TruncationWarning and
// *SilenceWarning. It costs p²n.
func (s *Balanced) Warnings() []error {
	d := s.Diagnostics()
	w := unitWarnings(s.tauM, s.tauS, s.dt)
	switch {
	case d.EulerGrowth >= 1:
		w = append(w, &StabilityWarning{DT: s.dt, MaxDT: d.MaxDT, EulerNumber: d.EulerNumber, EulerGrowth: d.EulerGrowth})
	case d.EulerVariance > illEuler:
		w = append(w, &EulerWarning{DT: s.dt, TauS: s.tauS, Variance: d.EulerVariance})
	}
	w = append(w, decoderWarnings(s.gamma, s.target)...)
	w = append(w, s.errorWarnings()...)
	if s.arbitration != Greedy {
		if d.SpikesPerStep > capShare {
			w = append(w, &CapWarning{SpikesPerStep: d.SpikesPerStep, CapBinds: d.CapBinds})
		}
		highest := 0.0 // one neuron spikes in each step
		project(s.gamma, s.mean, func(x float64) { highest = max(highest, x) })
		w = append(w, reachWarning(s.mean, highest/(1-s.kappa))...)
	}
	if d.Truncated > 0 {
		w = append(w, &TruncationWarning{Truncated: d.Truncated, Steps: d.Steps, Spikes: s.cascade})
	}
	if perTau := d.SpikesPerStep * s.tauM / s.dt; float64(d.Steps)*s.dt >= runLength*s.tauM && perTau < float64(s.p) {
		w = append(w, &SilenceWarning{Spikes: d.Spikes, Steps: d.Steps, PerTau: perTau, Dim: s.p})
	}
	return w
}

// errorWarnings returns what follows from the error that the thresholds allow.
func (s *Balanced) errorWarnings() (w []error) {
	var grain *GrainWarning
	price := &PriceWarning{Lambda: s.lambda, Alpha: s.alpha, Kept: 1}
	worst := 0.0
	eachDirection(s.target, func(d []float64, variance float64) {
		added, priced, square := 0.0, 0.0, 0.0
		for _, sign := range []float64{1, -1} {
			grainReach, priceReach := math.Inf(1), math.Inf(1)
			for j := range s.n {
				column := s.gamma.Column(j)
				x := sign * portable.Dot(column, d)
				square += x * x / float64(2*s.n)
				if x > 0 {
					grainReach = min(grainReach, portable.Dot(column, column)/2/x)
					priceReach = min(priceReach, max(0, s.search.threshold[j]+s.alpha)/x)
				}
			}
			added += float64(grainReach * grainReach / 2)
			priced += float64(priceReach * priceReach / 2)
		}
		relative := 1 / (float64(s.p+2) * variance)
		if math.IsInf(added, 1) { // no spike goes there: SpanWarning
			return
		}
		if v := added * relative; v > illVariance && (grain == nil || v > grain.Variance) {
			grain = &GrainWarning{Spike: math.Sqrt(square), SD: math.Sqrt(variance), Variance: v}
		}
		if v := (priced - added) * relative; v > worst || price.SD == 0 {
			worst, price.Reach, price.SD = v, math.Sqrt(priced), math.Sqrt(variance)
		}
	})
	if s.lambda > 0 {
		values, _ := gram(s.gamma)
		double := max(values[0], 0) // 2γ
		price.Kept = double / (double + 2*s.lambda)
	}
	if grain != nil {
		w = append(w, grain)
	}
	if price.SD > 0 && (worst > illVariance || price.Kept < illShrink) {
		w = append(w, price)
	}
	return w
}

// Warnings returns the reasons for which the network does not sample its target,
// or nothing: a *SpanWarning, *ZeroColumnWarning, *ReachWarning, *UnitWarning and
// *RuleWarning from its parameters, and after a run of three τ_m a *SilenceWarning
// or a *LeakWarning. It costs p²n.
func (s *Metropolis) Warnings() []error {
	w := unitWarnings(s.tauM, 0, s.dt)
	if s.choice == LargestExcess {
		w = append(w, &RuleWarning{"Choice = LargestExcess", "proposals depend on the state: the network does not sample"})
	}
	return append(w, s.warnings(s.Counts(), s.tauM/s.dt)...)
}

// Warnings returns the reasons for which the network does not sample its target,
// or nothing: those of Metropolis.
func (s *Continuous) Warnings() []error {
	return append(unitWarnings(s.tau, 0, 1/s.nu), s.warnings(s.Counts(), s.nu*s.tau)...)
}

// warnings returns the warnings that do not depend on how a network proposes, given
// the number of its proposals in τ_m.
func (s *probabilistic) warnings(c ProbabilisticCounts, perTau float64) []error {
	w := ruleWarnings(s.gain, s.paired)
	w = append(w, decoderWarnings(s.gamma, s.target)...)
	highest := 0.0 // every neuron spikes whenever it is proposed
	project(s.gamma, s.mean, func(x float64) { highest += max(x, 0) / float64(s.n) })
	w = append(w, reachWarning(s.mean, perTau*highest)...)
	silent := silenceWarning(c, perTau, s.p, s.n, s.Acceptance)
	if silent == nil {
		silent = s.leakWarning(c, perTau)
	}
	return append(w, silent...)
}

// leakWarning returns a *LeakWarning if the network has run for three τ_m and the leak
// takes more than a fifth of the variance along a direction.
func (s *probabilistic) leakWarning(c ProbabilisticCounts, perTau float64) []error {
	if math.IsInf(perTau, 1) || float64(c.Proposals) < runLength*perTau {
		return nil
	}
	spikes := c.Acceptance() * perTau
	w := &LeakWarning{Kept: 1}
	eachDirection(s.target, func(d []float64, variance float64) {
		square, total := 0.0, 0.0
		for j := range s.n {
			a, x := s.Acceptance(j), portable.Dot(s.gamma.Column(j), d)
			square += float64(a * x * x)
			total += a
		}
		if square /= total; square > 0 {
			if kept := 1 / (1 + 2*variance/(spikes*square)); kept < w.Kept {
				*w = LeakWarning{Kept: kept, SD: math.Sqrt(variance), Spike: math.Sqrt(square)}
			}
		}
	})
	if w.Kept >= illShrink {
		return nil
	}
	return []error{w}
}

// Warnings returns the reasons for which the network does not sample its target,
// or nothing: a *SpanWarning, *ZeroColumnWarning, *UnitWarning and *RuleWarning from
// its parameters, and after a run of three τ_m a *SilenceWarning. It costs p²n.
func (s *MetropolisDensity) Warnings() []error {
	w := append(unitWarnings(s.tauM, 0, s.dt), ruleWarnings(s.gain, !s.unpaired)...)
	w = append(w, decoderWarnings(s.gamma, nil)...)
	return append(w, silenceWarning(s.counts, s.tauM/s.dt, s.p, s.n, s.Acceptance)...)
}

// silenceWarning returns a *SilenceWarning if a network of perTau proposals in τ_m has
// run for three τ_m and spikes too rarely. Without leak that is a network that has
// never spiked in thirty proposals of each neuron.
func silenceWarning(c ProbabilisticCounts, perTau float64, p, n int, acceptance func(j int) float64) []error {
	if math.IsInf(perTau, 1) {
		if c.Spikes > 0 {
			return nil
		}
		perTau = 10 * float64(n)
	}
	spikes := c.Acceptance() * perTau
	if float64(c.Proposals) < runLength*perTau || spikes >= perDim*float64(p) {
		return nil
	}
	w := &SilenceWarning{Spikes: c.Spikes, Steps: c.Proposals, PerTau: spikes, Dim: p, Probabilistic: true}
	for j := range n {
		w.Acceptance = max(w.Acceptance, acceptance(j))
	}
	return []error{w}
}

// ruleWarnings returns a *RuleWarning for each setting of the spike rule with which
// the network does not sample.
func ruleWarnings(gain float64, paired bool) (w []error) {
	if math.IsInf(gain, 1) {
		w = append(w, &RuleWarning{"Gain = +Inf", "neurons spike at a threshold: the network does not sample"})
	} else if gain != 1 {
		w = append(w, &RuleWarning{fmt.Sprintf("Gain = %g", gain), fmt.Sprintf("the network samples the power %g of the target", gain)})
	}
	if !paired {
		w = append(w, &RuleWarning{"Unpaired", "there is no detailed balance, which needs a neuron −Γ_j beside each Γ_j"})
	}
	return w
}

// unitWarnings returns a *UnitWarning for each time that is far from the usual.
// Membranes have time constants of 5 to 50 ms; what is allowed here is wider. A
// τ_m of +Inf is the perfect integrator, and a τ_s of zero is none.
func unitWarnings(tauM, tauS, dt float64) (w []error) {
	for _, u := range []UnitWarning{{"TauM", tauM, 1e-3, 1}, {"TauS", tauS, 1e-5, 1}, {"DT", dt, 1e-8, 1e-2}} {
		if (u.Value < u.Low || u.Value > u.High) && u.Value != 0 && !math.IsInf(u.Value, 1) {
			w = append(w, &u)
		}
	}
	return w
}

// reachWarning returns a *ReachWarning if the mean is beyond half of the reach.
func reachWarning(mean []float64, reach float64) []error {
	if norm := mat.Norm(mat.NewVecDense(len(mean), mean), 2); norm > reach/2 {
		return []error{&ReachWarning{Mean: norm, Reach: reach}}
	}
	return nil
}

// project calls f with the projection of each column on the direction of x. It
// does not call f if x is zero.
func project(g *Decoder, x []float64, f func(projection float64)) {
	if norm := mat.Norm(mat.NewVecDense(len(x), x), 2); norm > 0 {
		for j := range g.n {
			f(portable.Dot(g.Column(j), x) / norm)
		}
	}
}

// decoderWarnings returns the warnings that follow from the decoder, whatever the
// spike rule.
func decoderWarnings(g *Decoder, target *density.Gaussian) (w []error) {
	zero := &ZeroColumnWarning{Neurons: g.n}
	for j := range g.n {
		if portable.Dot(g.Column(j), g.Column(j)) == 0 {
			if zero.Columns == 0 {
				zero.First = j
			}
			zero.Columns++
		}
	}
	if zero.Columns > 0 {
		w = append(w, zero)
	}
	if d := unreachable(g, target); d != nil {
		w = append(w, &SpanWarning{Direction: d})
	}
	return w
}

// unreachable returns a unit vector towards which no column points, or nil if it
// finds none. It looks along the eigenvectors of ΓΓᵀ and of Σ, both ways, and for a
// hyperplane that has all columns on one side.
func unreachable(g *Decoder, target *density.Gaussian) (found []float64) {
	values, vectors := gram(g)
	length := math.Sqrt(values[g.p-1])
	try := func(d []float64, _ float64) {
		for _, sign := range []float64{1, -1} {
			best := math.Inf(-1)
			for j := range g.n {
				best = max(best, sign*portable.Dot(g.Column(j), d))
			}
			if found == nil && best <= 1e-9*length/math.Sqrt(float64(g.n)) {
				found = make([]float64, g.p)
				portable.Axpy(sign, d, found)
			}
		}
	}
	eachColumn(vectors, values, try)
	if target != nil && found == nil {
		eachDirection(target, try)
	}
	if found == nil {
		if d := separating(g); d != nil {
			try(d, 0)
		}
	}
	return found
}

// separating returns a unit vector with which all columns that are not zero have a
// negative product, or nil if it finds none. It moves a point of the columns' convex
// hull towards the column that has the least product with it, which is Gilbert's
// method for the point nearest to the origin.
func separating(g *Decoder) []float64 {
	unit := newDecoder(g.p, g.n)
	for j := range g.n {
		if norm := math.Sqrt(portable.Dot(g.Column(j), g.Column(j))); norm > 0 {
			portable.Axpy(1/norm, g.Column(j), unit.Column(j))
		}
	}
	point := make([]float64, g.p)
	for j := range g.n {
		portable.Axpy(1/float64(g.n), unit.Column(j), point)
	}
	const rounds = 200
	for range rounds {
		least, at := math.Inf(1), -1
		for j := range g.n {
			column := unit.Column(j)
			if x := portable.Dot(column, point); portable.Dot(column, column) > 0 && x < least {
				least, at = x, j
			}
		}
		square := portable.Dot(point, point)
		if at < 0 || square < 1e-12 {
			return nil
		}
		if least > 0 {
			portable.Axpy(-1-1/math.Sqrt(square), append([]float64(nil), point...), point)
			return point
		}
		// The nearest point of the segment from point to the column.
		t := (square - least) / (square - 2*least + 1)
		portable.Axpy(-t, append([]float64(nil), point...), point)
		portable.Axpy(t, unit.Column(at), point)
	}
	return nil
}

// gram returns the eigenvalues of ΓΓᵀ, ascending, and its eigenvectors.
func gram(g *Decoder) (values []float64, vectors *mat.Dense) {
	p := g.p
	a, q := make([]float64, p*p), make([]float64, p*p)
	for j := range g.n {
		column := g.Column(j)
		for i, v := range column {
			portable.Axpy(v, column, a[i*p:(i+1)*p])
		}
	}
	values = make([]float64, p)
	portable.EigenSym(values, q, a, p)
	return values, mat.NewDense(p, p, q)
}

// eachDirection calls f with each unit eigenvector of Σ and its eigenvalue,
// ascending.
func eachDirection(target *density.Gaussian, f func(d []float64, variance float64)) {
	var vectors mat.Dense
	values := target.Eigen(nil, &vectors)
	eachColumn(&vectors, values, f)
}

// eachColumn calls f with each column of a matrix and its value.
func eachColumn(m *mat.Dense, values []float64, f func(column []float64, value float64)) {
	for k, v := range values {
		f(mat.Col(nil, k, m), v)
	}
}
