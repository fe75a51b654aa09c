package paper

import (
	"fmt"
	"math"

	"natspike/pkg/figure"
	"natspike/pkg/trial/model"
)

// courseTimes are the times after the onset, s, of the time course: those of the
// authors' table among 12 to the factor of ten.
var courseTimes = func() []float64 {
	times := []float64{1e-3}
	for _, until := range []float64{10, 25, 50, 100, 250, 500, 1000, 1500} {
		from := times[len(times)-1]
		n := math.Ceil(12 * math.Log10(until*1e-3/from))
		for i := 1.0; i < n; i++ {
			const grain = 0.2e-3 // a multiple of either time step
			times = append(times, grain*math.Round(from*math.Pow(until*1e-3/from, i/n)/grain))
		}
		times = append(times, until*1e-3)
	}
	return times
}()

// courseRhos are that of the paper, and one that there are authors' values for.
var courseRhos = []float64{0.8, 0.75}

var balancedCourse = &Experiment{
	Name:  "balanced-timecourse",
	Title: "Balanced network: time course",
	Caption: "The mean and the variance of the estimate from the onset of the stimulus to a time after it, in 20 dimensions. An observer who has to decide at that time has these. " +
		"The natural network has the mean within milliseconds; the naive one approaches it over the whole trial and does not arrive. Both begin with a large variance, since the way from 0 to 6 counts.",
	Repeats:  100,
	measures: task.courses,
	times:    courseTimes,
	setups: func(corrected bool) []model.Setup {
		return each(courseRhos, func(rho float64) model.Setup { return balanced(balancedDims, balancedPerDim, rho, corrected) })
	},
	authors: []string{"D_ebn_timecourse"},
	draw: func(r *Result) *figure.Figure {
		var panels []figure.Drawing
		for _, rho := range courseRhos {
			keep := func(c *Condition) bool { return c.Setup.Rho == rho }
			panels = append(panels,
				r.panel(fmt.Sprintf("ρ = %g", rho), overTime, quantity{column: "mean", label: "running mean", truth: targetMean}, keep).Height(panelHeight+30),
				r.panel("", overTime, quantity{column: "var", label: "running variance", truth: targetVariance}, keep).Height(panelHeight+30))
		}
		return figure.Grid(2, panels...).ShareX().OneLegend().Letters()
	},
}
