package paper

import (
	"math"
	"strings"

	"natspike/pkg/arg"
	"natspike/pkg/figure"
	"natspike/pkg/metric"
	"natspike/pkg/spiking"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

const check = arg.Checker("paper")

// An Experiment is a figure of the paper.
type Experiment struct {
	Name    string // such as "balanced-correlation"
	Title   string // what is shown, in a few words
	Caption string // what was done and what to see, in a few sentences
	Repeats int    // the paper's, of each setup

	setups   func(corrected bool) []model.Setup    // each naive and natural
	measures func(t task) ([]trial.Measure, error) // their columns are the same for all setups
	times    []float64                             // of a time course, s after the onset; nil of other experiments
	draw     func(r *Result) *figure.Figure
	authors  []string // names of the published tables that it is compared with
}

// Experiments returns all of them, in the order of the paper.
func Experiments() []*Experiment {
	return []*Experiment{
		balancedCourse, balancedCorrelation, balancedDimension, balancedSpikes,
		metropolisBase, metropolisCorrelation, metropolisDimension, metropolisScale, metropolisSpikes,
	}
}

// Lookup returns the experiment of that name.
func Lookup(name string) (*Experiment, error) {
	var names []string
	for _, e := range Experiments() {
		if e.Name == name {
			return e, nil
		}
		names = append(names, e.Name)
	}
	return nil, check.Errorf("figure", "= %q is none of %s", name, strings.Join(names, ", "))
}

// each returns the setup of each value, with the naive and with the natural
// geometry.
func each[T any](values []T, setup func(value T) model.Setup) []model.Setup {
	var all []model.Setup
	for _, v := range values {
		all = append(all, both(setup(v))...)
	}
	return all
}

// both returns a setup with the naive and with the natural geometry.
func both(s model.Setup) []model.Setup {
	naive, natural := s, s
	naive.Geometry, natural.Geometry = metric.Naive, metric.Natural
	return []model.Setup{naive, natural}
}

// balanced returns the trial of the balanced network.
func balanced(dims, perDim int, rho float64, corrected bool) model.Setup {
	s := model.PaperBalanced(dims, perDim, rho, metric.Naive)
	if corrected {
		s.Family = model.FamilyTriple
		s.Arbitration, s.DT = spiking.Greedy, s.DT/10
	}
	return s
}

// metropolis returns the trial of probabilistic spiking, with entries of the
// decoder of the given standard deviation in the published programs.
func metropolis(dims int, rho, scale float64, corrected bool) model.Setup {
	const perDim = 10
	s := model.PaperMetropolis(dims, perDim, rho, metric.Naive)
	s.Scale = scale
	if corrected {
		s.Scale = inverseRoot(dims)
	}
	return s
}

// correlations are the values of ρ of the sweeps: 0, 0.01, …, 0.99.
func correlations() []float64 {
	rho := make([]float64, 100)
	for i := range rho {
		rho[i] = float64(i) / 100
	}
	return rho
}

// powersOfTwo returns 2, 4, …, up to last.
func powersOfTwo(last int) []int {
	var p []int
	for x := 2; x <= last; x *= 2 {
		p = append(p, x)
	}
	return p
}

// inverseRoot returns 1/√p.
func inverseRoot(p int) float64 { return 1 / math.Sqrt(float64(p)) }
