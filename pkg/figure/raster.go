package figure

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"natspike/pkg/diag"
)

// Spikes draws one tick for each spike. Spike k is of neuron neurons[k], at times[k].
func (p *Panel) Spikes(label string, times []float64, neurons []int, style ...Style) *Panel {
	if p.err != nil {
		return p
	}
	if len(times) != len(neurons) {
		return p.fail(fmt.Sprintf("Spikes %q", label), "has %d times and %d neurons; want as many", len(times), len(neurons))
	}
	if !p.finite("Spikes", label, "times", times) {
		return p
	}
	for k, n := range neurons {
		if n < 0 {
			return p.fail(of("Spikes", label, fmt.Sprintf("neurons[%d]", k)), "= %d is not an index from 0", n)
		}
	}
	rows := nowhere
	for _, n := range neurons {
		rows = rows.union(span{float64(n) - 0.5, float64(n) + 0.5})
	}
	times, neurons = slices.Clone(times), slices.Clone(neurons)
	return p.add(drawFunc(func(a *area, s Style) { drawSpikes(a, s, times, neurons) }),
		tight(spanOf(times)), loose(rows), p.style("Spikes", label, style), label, pointEntry)
}

func drawSpikes(a *area, s Style, times []float64, neurons []int) {
	row := a.py(1) - a.py(0)
	half := max(0.45*row, 0.9*px)
	var path vg.Path
	const cell = 0.5 * px // of many spikes in one, one is drawn
	drawn := make(map[[2]int32]bool)
	for k, t := range times {
		x, y := a.px(t), a.py(float64(neurons[k]))
		if x < a.Min.X || x > a.Max.X || y < a.Min.Y || y > a.Max.Y {
			continue
		}
		if at := [2]int32{int32(x / cell), int32(y / cell)}; len(times) > crowded {
			if drawn[at] {
				continue
			}
			drawn[at] = true
		}
		path.Move(vg.Point{X: x, Y: max(y-half, a.Min.Y)})
		path.Line(vg.Point{X: x, Y: min(y+half, a.Max.Y)})
	}
	width := 0.9 * px
	if len(times) > 4000 {
		width = 0.6 * px
	}
	a.SetLineStyle(draw.LineStyle{Color: s.ink(), Width: width})
	a.Stroke(path)
}

// A RasterConfig describes a Raster. Times are in seconds.
type RasterConfig struct {
	Title    string
	Neurons  int       // number of neurons; 0 for those up to the last that spikes
	From, To float64   // ends of the window; both 0 for the first and the last spike
	Bin      float64   // width of the rate's bins; 0 for a hundredth of the window
	Onset    []float64 // times marked by a vertical line
	Style    Style
}

// Raster shows spikes, one row for each neuron, above the population rate:
// spikes in a bin, divided by its width and the number of neurons.
func Raster(cfg RasterConfig, times []float64, neurons []int) *Figure {
	cfg, rate, err := cfg.withDefaults(times, neurons)
	if err != nil {
		return Failed(err)
	}
	n, from := cfg.Neurons, cfg.From
	edges := make([]float64, len(rate)+1)
	for i := range edges {
		edges[i] = from + float64(i)*cfg.Bin
	}
	end := edges[len(rate)]
	style := cfg.Style.orColor(Ink)
	var shown []float64
	var whose []int
	for k, t := range times {
		if t >= from && t <= end {
			shown, whose = append(shown, t), append(whose, neurons[k])
		}
	}
	highest := cmp.Or(slices.Max(rate), 1) // the rate may be 0
	height := math.Min(math.Max(3*float64(n), 90), 230)
	spikes := New(cfg.Title, "", "neuron").Spikes("", shown, whose, style).
		XRange(from, end).YRange(-0.5, float64(n)-0.5).Height(height)
	at, names := indexTicks(n)
	if len(at) > 5 { // the ends say enough
		at, names = []float64{0, float64(n - 1)}, []string{"1", number(float64(n), 0)}
	}
	spikes.YTicks(at, names)
	rates := New("", "time (s)", "rate (Hz)").
		addHist(&histLayer{edges, rate}, style.filled(Ink), "").
		YRange(0, 1.05*highest).
		XRange(from, end).Height(70)
	for _, t := range cfg.Onset {
		mark := Truth.Thin()
		spikes.VLine("", t, mark)
		rates.VLine("", t, mark)
	}
	f := Column(spikes, rates)
	f.ShareX()
	spikes.axes[0].label = rates.axes[0].label // only the lower panel shows it
	return f
}

// withDefaults returns the configuration with the defaults filled in from the spikes,
// and the rate in each bin.
func (cfg RasterConfig) withDefaults(times []float64, neurons []int) (RasterConfig, []float64, error) {
	refuse := func(part, problem string, values ...any) (RasterConfig, []float64, error) {
		return cfg, nil, check.Errorf(of("Raster", cfg.Title, part), problem, values...)
	}
	if len(times) != len(neurons) {
		return cfg, nil, check.Errorf(fmt.Sprintf("Raster %q", cfg.Title), "has %d times and %d neurons; want as many", len(times), len(neurons))
	}
	given := cfg.Neurons
	for k, i := range neurons {
		switch {
		case !finite(times[k]):
			return refuse(fmt.Sprintf("times[%d]", k), "= %v is not finite", times[k])
		case i < 0 || given > 0 && i >= given:
			return refuse(fmt.Sprintf("neurons[%d]", k), "= %d of %d neurons", i, given)
		case given == 0:
			cfg.Neurons = max(cfg.Neurons, i+1)
		}
	}
	if cfg.From == 0 && cfg.To == 0 {
		s := spanOf(times)
		cfg.From, cfg.To = s.lo, s.hi+(s.hi-s.lo)/1000 // the last spike is within
	}
	window := cfg.To - cfg.From
	if cfg.Neurons < 1 || !finite(cfg.From) || !finite(cfg.To) || !(window >= minRange) || !finite(window) {
		return refuse("window", "is [%v, %v] s for %d neurons; without spikes, set Neurons, From and To", cfg.From, cfg.To, cfg.Neurons)
	}
	cfg.Bin = cmp.Or(cfg.Bin, window/100)
	if n := window / cfg.Bin; n > maxBins {
		return refuse("Bin", "= %v s makes %.3g bins in a window of %v s; want at most %d", cfg.Bin, n, window, maxBins)
	}
	rate, err := diag.PopulationRate(times, cfg.Neurons, cfg.From, cfg.To, cfg.Bin)
	if err != nil {
		return refuse("Bin", "= %v s makes no rate: %v", cfg.Bin, err)
	}
	return cfg, rate, nil
}

// ISIHistogram shows histograms of interspike intervals without the longest 1 %,
// each with the exponential density of a Poisson process of the same mean. The
// intervals are the Y of a series.
func ISIHistogram(unit string, intervals ...Series) *Panel {
	p := New("", "interspike interval ("+unit+")", "density (1/"+unit+")")
	if len(intervals) == 0 {
		return p.fail("ISIHistogram", "has no intervals")
	}
	end := 0.0
	means := make([]float64, len(intervals))
	for i, v := range intervals {
		if !p.samples("ISIHistogram", v.Label, v.Y) {
			return p
		}
		for i, x := range v.Y {
			if x < 0 {
				return p.fail(of("ISIHistogram", v.Label, fmt.Sprintf("intervals[%d]", i)), "= %v is negative", x)
			}
		}
		long, err := diag.Quantile(v.Y, 0.99)
		mean, _, err2 := diag.MeanSD(v.Y, 0)
		if err := cmp.Or(err, err2); err != nil {
			return p.fail(of("ISIHistogram", v.Label, "intervals"), "have no mean: %v", err)
		}
		end, means[i] = math.Max(end, long), mean
	}
	if !(end >= minRange) {
		return p.fail("ISIHistogram", "has intervals of 0 only")
	}
	const bins = 50
	edges := make([]float64, bins+1)
	for i := range edges {
		edges[i] = end * float64(i) / bins
	}
	for i, v := range intervals {
		style := v.Style.orColor(Cycle[i%len(Cycle)])
		p.HistEdges(v.Label, v.Y, edges, style)
		poisson := func(x float64) float64 { return math.Exp(-x/means[i]) / means[i] }
		curve := Style{Color: style.Color, Dashes: Truth.Dashes, Width: 1.2 * px}
		p.Func("", poisson, 0, end, curve)
	}
	legendOnly := drawFunc(func(*area, Style) {})
	p.add(legendOnly, loose(nowhere), loose(nowhere), Truth.filled(Ink), "Poisson, same mean", lineEntry)
	return p.XRange(0, end)
}
