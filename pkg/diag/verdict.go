package diag

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// Limits of Judge, with their sources.
const (
	// MaxRHat is the largest R-hat of chains that have mixed. Source: Vehtari et
	// al. (2021).
	MaxRHat = 1.01
	// MaxUsableRHat is the R-hat above which chains are of no use. Source: RStan's
	// documentation of Rhat.
	MaxUsableRHat = 1.05
	// MinESS is the least effective sample size for each chain, in the bulk and in
	// the tails, of which R-hat and the Monte Carlo errors can be trusted. Source:
	// Vehtari et al. (2021).
	MinESS = 100
	// MinEBFMI is the least E-BFMI of a chain. Source: ArviZ's advice, which it
	// calls provisional; RStan warns below 0.2.
	MinEBFMI = 0.3
	// MaxDivergent is the share of divergent trajectories above which draws are of
	// no use. A single one deserves attention (Betancourt 2017,
	// arXiv:1701.02434, section 6.2); this limit is our own.
	MaxDivergent = 0.1
	// MinAcceptance is the least mean probability of acceptance. The best is 0.23
	// for a random walk, and more for other kernels (Roberts and Rosenthal 2001,
	// Statistical Science 16:351); this limit, of a tenth of that, is our own.
	MinAcceptance = 0.02
	// MinStartSpread is the least standard deviation of the starts of chains, in
	// standard deviations of the draws, at which R-hat can see that they have not
	// mixed. Starts should be more dispersed than the draws (Gelman and Rubin 1992,
	// Statistical Science 7:457, section 2.1); this limit is our own.
	MinStartSpread = 0.1
)

// A Run is what a sampler returned, for [Judge]. Only Draws must be given.
type Run struct {
	Draws []*mat.Dense // of each chain, draws × dimensions, warm-up left out
	Names []string     // of the dimensions; x[0], x[1], … if nil

	// Stats are the sampler's statistics of each draw (draws × statistics), one
	// matrix for each chain, and StatNames their names. These are known, by the
	// names that they have in ArviZ: diverging (1 or 0), energy, acceptance_rate,
	// tree_depth and reached_max_treedepth (1 or 0).
	Stats     []*mat.Dense
	StatNames []string

	MaxTreeDepth int         // at which trajectories are cut; 0 if unknown
	Starts       [][]float64 // where each chain started, before any warm-up
	Warnings     []error     // of the sampler, or of a network
}

// A Grade says whether draws can be used.
type Grade int

const (
	Good     Grade = iota // they can be used
	Doubtful              // something may be wrong with them
	Unusable              // they must not be used
)

func (g Grade) String() string {
	switch g {
	case Good:
		return "good"
	case Doubtful:
		return "doubtful"
	}
	return "unusable"
}

// A Problem is the kind of a Finding.
type Problem string

const (
	NonFiniteDraws Problem = "non-finite draws"
	TooFewDraws    Problem = "too few draws"
	NoMovement     Problem = "no movement" // of a chain, or of all of them in a dimension
	NotMixed       Problem = "not mixed"   // R-hat
	FewEffective   Problem = "few effective draws"
	OneChain       Problem = "one chain"
	OneStart       Problem = "one start"
	Divergences    Problem = "divergences"
	LowEnergy      Problem = "low E-BFMI"
	LowAcceptance  Problem = "low acceptance"
	DepthReached   Problem = "tree depth reached"
	Warned         Problem = "warned"
)

// A Finding is something that is wrong with a run, or that a user should know. Of
// grade Good it does no harm to the draws.
type Finding struct {
	Problem Problem
	Grade   Grade
	Value   float64 // the number that is wrong; NaN if there is none
	Text    string  // what is wrong, a clause such as "R-hat is 1.31 for x[2], …"
	Advice  string  // what to do next, a clause such as "run longer chains"
	Err     error   // a warning of the sampler, or nil
}

// A Verdict says whether draws, or something else, can be used, why, and what to do
// next.
type Verdict struct {
	Subject  string    // what is judged, such as "The draws"
	Basis    string    // why it can be used if it can, a clause; "" for no reason
	Grade    Grade     // the worst of the findings
	Findings []Finding // the worst first
	Table    Table     // the summary of each dimension
}

// NewVerdict returns the verdict that follows from findings.
func NewVerdict(subject, basis string, table Table, findings []Finding) Verdict {
	v := Verdict{Subject: subject, Basis: basis, Table: table, Findings: slices.Clone(findings)}
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return int(b.Grade) - int(a.Grade) })
	if len(findings) > 0 {
		v.Grade = v.Findings[0].Grade
	}
	return v
}

// Judge looks at what is known of a run and says whether its draws can be used. It
// finds
//
//   - draws that are not finite, fewer than four, chains that do not move, and
//     dimensions in which no chain moves;
//   - R-hat above 1.01 (doubtful) or 1.05 (unusable) in any dimension;
//   - fewer than 100 effective draws for each chain, in the bulk or the tails of any
//     dimension;
//   - divergent trajectories (doubtful; unusable if more than one in ten), E-BFMI
//     below 0.3, a mean acceptance below 0.02, and trajectories cut at the largest
//     depth;
//   - a single chain, and chains that started in one place;
//   - the warnings of the sampler.
//
// Measured on four chains of 1000 draws in ten dimensions: of independent draws none
// of 400 runs was called other than good, and of autoregressions with correlation
// 0.5, which are worth 333 draws a chain, two were, for R-hat just above its limit.
// A chain shifted by half a standard deviation in one dimension, one of 1.5 times
// the spread, a trend of as much, and chains worth 26 draws each were called doubtful
// or unusable in all of 100 runs. What no chain has visited cannot be seen in draws:
// chains that started in one mode of two, and stayed there, are called good unless
// Starts are given.
//
// The error wraps ErrShort without chains, ErrRagged if chains differ in their
// numbers of draws, dimensions or statistics, and ErrRange for names that do not fit.
func Judge(r Run) (Verdict, error) {
	if err := r.check(); err != nil {
		return Verdict{}, err
	}
	table, err := NewTable(r.Draws, r.Names)
	if err != nil {
		return Verdict{}, err
	}
	v := Verdict{Table: table}
	draws, dims := r.Draws[0].Dims()
	v.stuck(r, draws, dims)
	v.mixing(len(r.Draws))
	v.starts(r, dims)
	v.statistics(r)
	for _, w := range r.Warnings {
		v.add(Finding{Problem: Warned, Grade: Doubtful, Value: math.NaN(), Text: "the sampler warns: " + w.Error(), Err: w})
	}
	return NewVerdict("The draws", table.basis(), table, v.Findings), nil
}

// basis returns the reason why draws can be used, or "" if no row has a summary.
func (t Table) basis() string {
	at, rhat := t.worst(func(s Summary) float64 { return s.RHat })
	if at < 0 {
		return ""
	}
	_, ess := t.worst(func(s Summary) float64 { return -min(s.ESSBulk, s.ESSTail) })
	_, mcse := t.worst(func(s Summary) float64 { return s.MCSEMean / s.SD })
	return fmt.Sprintf("R-hat is at most %.3f, the effective sample size at least %.0f, and means are known to %.2g %% of a standard deviation", rhat, -ess, 100*mcse)
}

// check returns an error if the parts of the run do not fit.
func (r Run) check() error {
	if len(r.Draws) == 0 {
		return fmt.Errorf("diag: no chains: %w", ErrShort)
	}
	draws, dims := r.Draws[0].Dims()
	for c, x := range r.Draws {
		if n, d := x.Dims(); n != draws || d != dims {
			return fmt.Errorf("diag: chain %d has %d draws of dimension %d and chain 0 has %d of %d: %w", c, n, d, draws, dims, ErrRagged)
		}
	}
	if r.Stats != nil && len(r.Stats) != len(r.Draws) {
		return fmt.Errorf("diag: statistics of %d chains, draws of %d: %w", len(r.Stats), len(r.Draws), ErrRagged)
	}
	for c, x := range r.Stats {
		if n, k := x.Dims(); n != draws || k != len(r.StatNames) {
			return fmt.Errorf("diag: chain %d has %d×%d statistics for %d draws and %d names: %w", c, n, k, draws, len(r.StatNames), ErrRagged)
		}
	}
	if r.Starts != nil && len(r.Starts) != len(r.Draws) {
		return fmt.Errorf("diag: %d starts of %d chains: %w", len(r.Starts), len(r.Draws), ErrRagged)
	}
	for c, x := range r.Starts {
		if len(x) != dims {
			return fmt.Errorf("diag: the start of chain %d has dimension %d, and its draws %d: %w", c, len(x), dims, ErrRagged)
		}
	}
	return nil
}

func (v *Verdict) add(f Finding) { v.Findings = append(v.Findings, f) }

// stuck finds draws that are not finite or too few, and what does not move.
func (v *Verdict) stuck(r Run, draws, dims int) {
	for _, row := range v.Table {
		switch {
		case errors.Is(row.Err, ErrNonFinite):
			v.add(Finding{Problem: NonFiniteDraws, Grade: Unusable, Value: math.NaN(),
				Text:   row.Name + ": " + reason(row.Err),
				Advice: "find out where the density or its gradient is not finite"})
			return
		case errors.Is(row.Err, ErrShort):
			v.add(Finding{Problem: TooFewDraws, Grade: Unusable, Value: float64(draws), Text: reason(row.Err), Advice: "run longer chains"})
			return
		case errors.Is(row.Err, ErrScale):
			v.add(Finding{Problem: NonFiniteDraws, Grade: Doubtful, Value: math.NaN(),
				Text: row.Name + ": " + reason(row.Err), Advice: "measure the dimension in another unit"})
		}
	}
	const freeze = "see that the density is finite around the start, take a shorter step, or start elsewhere"
	var still []string
	for c, x := range r.Draws {
		moved := false
		for j := range dims {
			first := x.At(0, j)
			for i := 1; i < draws && !moved; i++ {
				moved = x.At(i, j) != first
			}
		}
		if !moved {
			still = append(still, fmt.Sprint(c))
		}
	}
	if len(still) > 0 {
		text := fmt.Sprintf("%s %s did not move", plural(len(still), "chain", "chains"), strings.Join(still, ", "))
		if len(still) == len(r.Draws) {
			text = "no chain moved"
		}
		v.add(Finding{Problem: NoMovement, Grade: Unusable, Value: float64(len(still)), Text: text, Advice: freeze})
		return
	}
	var constant []string
	for _, row := range v.Table {
		if errors.Is(row.Err, ErrConstant) {
			constant = append(constant, row.Name)
		}
	}
	if len(constant) > 0 {
		grade := Good
		if len(constant) == dims {
			grade = Unusable
		}
		v.add(Finding{Problem: NoMovement, Grade: grade, Value: float64(len(constant)),
			Text:   fmt.Sprintf("%s the same in all draws", subject(constant, "is", "are")),
			Advice: "leave out dimensions that are meant to be constant"})
	}
}

// mixing finds what R-hat and the effective sample sizes tell.
func (v *Verdict) mixing(chains int) {
	at, rhat := v.Table.worst(func(s Summary) float64 { return s.RHat })
	if at < 0 {
		return
	}
	if rhat > MaxRHat {
		grade, count := Doubtful, 0
		if rhat > MaxUsableRHat {
			grade = Unusable
		}
		for _, row := range v.Table {
			if row.Err == nil && row.Summary.RHat > MaxRHat {
				count++
			}
		}
		text := fmt.Sprintf("R-hat is %.4g for %s", rhat, v.Table[at].Name)
		if count > 1 {
			text += fmt.Sprintf(" and above %v in %d of %d dimensions", MaxRHat, count, len(v.Table))
		}
		text += ", so that the chains do not agree yet"
		if chains == 1 {
			text = strings.Replace(text, "the chains do", "the halves of the chain do", 1)
		}
		v.add(Finding{Problem: NotMixed, Grade: grade, Value: rhat, Text: text,
			Advice: "run longer chains, and if that does not help change the coordinates, the step or the sampler"})
	}
	least := func(s Summary) float64 { return min(s.ESSBulk, s.ESSTail) }
	at, ess := v.Table.worst(func(s Summary) float64 { return -least(s) })
	if ess = -ess; ess < MinESS*float64(chains) {
		s := v.Table[at].Summary
		where := "bulk"
		if s.ESSTail < s.ESSBulk {
			where = "tails"
		}
		advice := ""
		if rhat <= MaxRHat { // or else how long is unknown
			advice = fmt.Sprintf("run chains about %.0f times as long", math.Ceil(1.2*MinESS*float64(chains)/max(ess, 1)))
		}
		v.add(Finding{Problem: FewEffective, Grade: Doubtful, Value: ess, Advice: advice,
			Text: fmt.Sprintf("the %d draws of %s are worth %.0f independent ones in the %s, fewer than %d for each chain",
				s.Chains*s.Draws, v.Table[at].Name, ess, where, MinESS)})
	}
	if chains == 1 {
		v.add(Finding{Problem: OneChain, Grade: Good, Value: 1,
			Text: "there is only one chain, which can miss a mode without a sign", Advice: "run four chains from different starts"})
	}
}

// starts finds chains that started in one place.
func (v *Verdict) starts(r Run, dims int) {
	if len(r.Starts) < 2 {
		return
	}
	spread := 0.0 // the largest over dimensions
	for j := range dims {
		x := make([]float64, len(r.Starts))
		for c, s := range r.Starts {
			x[c] = s[j]
		}
		_, sd, err := MeanSD(x, 1)
		if err != nil {
			return
		}
		if row := v.Table[j]; row.Err == nil {
			spread = max(spread, sd/row.Summary.SD)
		}
	}
	if spread < MinStartSpread {
		v.add(Finding{Problem: OneStart, Grade: Doubtful, Value: spread,
			Text:   "all chains started in one place, so that their agreement says little of modes elsewhere",
			Advice: "start chains further apart than the draws are"})
	}
}

// statistics finds what the sampler's statistics tell.
func (v *Verdict) statistics(r Run) {
	column := func(name string) [][]float64 {
		k := slices.Index(r.StatNames, name)
		if k < 0 || r.Stats == nil {
			return nil
		}
		return Coordinate(r.Stats, k)
	}
	count := func(chains [][]float64, is func(x float64) bool) (n, of int) {
		for _, x := range chains {
			for _, e := range x {
				of++
				if is(e) {
					n++
				}
			}
		}
		return n, of
	}
	set := func(x float64) bool { return x > 0 }
	if n, of := count(column("diverging"), set); n > 0 {
		grade := Doubtful
		if float64(n) > MaxDivergent*float64(of) {
			grade = Unusable
		}
		v.add(Finding{Problem: Divergences, Grade: grade, Value: float64(n),
			Text:   fmt.Sprintf("%d of %d trajectories diverged, so that a narrow part of the density may be missing", n, of),
			Advice: "ask for a higher acceptance, by which steps are shorter, or change the coordinates"})
	}
	lowest, chain := math.Inf(1), 0
	for c, x := range column("energy") {
		if e, err := EBFMI(x); err == nil && e < lowest {
			lowest, chain = e, c
		}
	}
	if lowest < MinEBFMI {
		v.add(Finding{Problem: LowEnergy, Grade: Doubtful, Value: lowest,
			Text:   fmt.Sprintf("E-BFMI is %.2f for chain %d, below %v, so that the tails are explored slowly", lowest, chain, MinEBFMI),
			Advice: "warm up for longer, or change the coordinates so that the tails are lighter"})
	}
	if a := column("acceptance_rate"); a != nil {
		if rate := mean(pool(a)); rate < MinAcceptance {
			v.add(Finding{Problem: LowAcceptance, Grade: Doubtful, Value: rate,
				Text:   fmt.Sprintf("only %.2g %% of proposals are accepted", 100*rate),
				Advice: "take a shorter step"})
		}
	}
	n, of := count(column("reached_max_treedepth"), set)
	if r.MaxTreeDepth > 0 && of == 0 {
		n, of = count(column("tree_depth"), func(x float64) bool { return x >= float64(r.MaxTreeDepth) })
	}
	if n > 0 {
		v.add(Finding{Problem: DepthReached, Grade: Good, Value: float64(n),
			Text:   fmt.Sprintf("%d of %d trajectories were cut at the largest depth, which costs time and does not bias", n, of),
			Advice: "warm up for longer, or allow a larger depth"})
	}
}

// String returns the verdict in two or three sentences: whether its subject can be
// used and why, and what to do next.
func (v Verdict) String() string {
	var why, next, notes []string
	for _, f := range v.Findings {
		if f.Grade == Good && v.Grade != Good {
			continue
		}
		if f.Grade == Good {
			notes = append(notes, f.Text)
		} else {
			why = append(why, f.Text)
		}
		if f.Advice != "" && !slices.Contains(next, f.Advice) {
			next = append(next, f.Advice)
		}
	}
	var b strings.Builder
	switch v.Grade {
	case Good:
		fmt.Fprintf(&b, "%s can be used", v.Subject)
		if v.Basis != "" {
			b.WriteString(": " + v.Basis)
		}
		b.WriteString(".")
		if len(notes) > 0 {
			fmt.Fprintf(&b, " Note that %s.", strings.Join(notes, "; "))
		}
	case Doubtful:
		fmt.Fprintf(&b, "%s should be used with care: %s.", v.Subject, shorten(why))
	default:
		fmt.Fprintf(&b, "%s must not be used: %s.", v.Subject, shorten(why))
	}
	if len(next) > 0 {
		fmt.Fprintf(&b, " Next: %s.", shorten(next))
	}
	return b.String()
}

// shorten joins at most three clauses.
func shorten(clauses []string) string {
	const most = 3
	if n := len(clauses); n > most {
		return fmt.Sprintf("%s; and %d more", strings.Join(clauses[:most], "; "), n-most)
	}
	return strings.Join(clauses, "; ")
}

func plural(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// subject returns names as the subject of a sentence, at most four of them.
func subject(names []string, is, are string) string {
	n := len(names)
	verb := plural(n, is, are)
	if n > 4 {
		names = append(slices.Clone(names[:3]), fmt.Sprintf("%d others", n-3))
		n = 4
	}
	if n == 1 {
		return names[0] + " " + verb
	}
	return strings.Join(names[:n-1], ", ") + " and " + names[n-1] + " " + verb
}
