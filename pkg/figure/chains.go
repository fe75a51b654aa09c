package figure

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"

	"natspike/pkg/diag"
	"natspike/pkg/stream"
)

// RankPlot shows, for each chain, the histogram of the ranks of its draws among
// those of all chains (Vehtari et al. 2021, figure 3), as diag.RankHistogram
// counts them. The histograms are flat if the chains explore the same
// distribution; a dashed line marks the height of a flat one. All chains have the
// same number of draws, at least four.
func RankPlot(chains ...[]float64) *Figure {
	if len(chains) < 2 || len(chains) > maxColumns {
		return Failed(check.Errorf("RankPlot", "has %d chains; want 2 to %d", len(chains), maxColumns))
	}
	bins := min(max(len(chains[0])/25, 5), 20)
	counts, err := diag.RankHistogram(chains, bins)
	if err != nil {
		return Failed(check.Errorf("RankPlot", "has no ranks: %v", err))
	}
	draws := float64(len(chains) * len(chains[0]))
	width := draws / float64(bins)
	mids := make([]float64, bins)
	for i := range mids {
		mids[i] = (float64(i) + 0.5) * width
	}
	cols := min(len(chains), 4)
	panels := make([]Drawing, len(chains))
	for c, chain := range chains {
		ylabel := ""
		if c%cols == 0 {
			ylabel = "draws"
		}
		heights := make([]float64, bins)
		for i, n := range counts[c] {
			heights[i] = float64(n)
		}
		p := New("chain "+strconv.Itoa(c+1), "rank", ylabel).
			Bars("", mids, heights, 0.92*width, Color(Cycle[c%len(Cycle)])).
			HLine("", float64(len(chain))/float64(bins)).
			XRange(0, draws)
		panels[c] = p.Height(110)
	}
	return Grid(cols, panels...).ShareY().ShareX()
}

// A ForestRow is one estimate of Forest.
type ForestRow struct {
	Name             string
	Label            string  // in the legend, say of the method; may be empty
	Mid              float64 // posterior mean or median
	Lo, Hi           float64 // ends of the outer interval, say of 94 %
	InnerLo, InnerHi float64 // ends of the inner interval, say of 50 %; both 0 for none
	Style            Style
}

// Forest shows estimates with their intervals, one row for each, the first at
// the top. Rows of the same name stand close together, so that methods can be
// compared; label names what the x axis shows.
func Forest(label string, rows ...ForestRow) *Panel {
	p := New("", label, "")
	if len(rows) == 0 {
		return p.fail(fmt.Sprintf("Forest %q", label), "has no rows")
	}
	var at []float64
	var names []string
	y := 0.0
	for i, r := range rows {
		for _, v := range []float64{r.Mid, r.Lo, r.Hi, r.InnerLo, r.InnerHi} {
			if !finite(v) || r.Lo > r.Hi || r.InnerLo > r.InnerHi {
				return p.fail(of("Forest", label, fmt.Sprintf("row %q", r.Name)), "= %v in [%v, %v], inner [%v, %v]; want finite ends in ascending order",
					r.Mid, r.Lo, r.Hi, r.InnerLo, r.InnerHi)
			}
		}
		group := 1
		for i+group < len(rows) && rows[i+group].Name == r.Name {
			group++
		}
		switch {
		case i > 0 && rows[i-1].Name == r.Name:
			y -= 0.4
		case i > 0:
			y--
			fallthrough
		default:
			at, names = append(at, y-0.2*float64(group-1)), append(names, r.Name)
		}
		p.add(forestRow(r, y), loose(spanOf([]float64{r.Lo, r.Hi, r.Mid})), loose(span{y, y}), p.style("Forest", label, []Style{r.Style.orColor(Blue)}), r.Label, lineEntry)
	}
	p.YTicks(at, names).YRange(y-0.6, 0.6)
	return p.Height(math.Min(math.Max(26*(1-y), 70), 600))
}

// forestRow draws an estimate at the height y.
func forestRow(r ForestRow, y float64) drawFunc {
	return func(a *area, s Style) {
		bar := func(lo, hi float64, width vg.Length) {
			s := s
			s.Width = width
			stroke(a, s, []vg.Point{a.point(lo, y), a.point(hi, y)})
		}
		bar(r.Lo, r.Hi, 1.3*px)
		if r.InnerLo != 0 || r.InnerHi != 0 {
			bar(r.InnerLo, r.InnerHi, 3.6*px)
		}
		if q := a.point(r.Mid, y); a.Contains(q) {
			marker(a, Style{Color: White, Radius: 4.6 * px, Opacity: 1}, q)
			s.Radius = 3.4 * px
			marker(a, s, q)
		}
	}
}

// Bootstrap draws the mean of repeated series, with a band of 95 % confidence if
// there are diag.MinRepeats of them. diag.Bootstrap computes the band by resampling
// whole series; its random draws are always the same. repeats[k] is the
// series of repeat k, one value for each x.
func (p *Panel) Bootstrap(label string, x []float64, repeats [][]float64, style ...Style) *Panel {
	what := fmt.Sprintf("Bootstrap %q", label)
	for _, r := range repeats {
		if !p.series("Bootstrap", label, x, r) {
			return p
		}
	}
	b, err := diag.NewBootstrap(len(repeats), diag.Resamples, stream.Key{})
	if err != nil {
		return p.fail(what, "has no mean: %v", err)
	}
	mean, lo, hi := make([]float64, len(x)), make([]float64, len(x)), make([]float64, len(x))
	values := make([]float64, len(repeats))
	for i := range x {
		for k, r := range repeats {
			values[k] = r[i]
		}
		e, err := b.Mean(values)
		if err != nil {
			return p.fail(what, "has no mean at %v: %v", x[i], err)
		}
		mean[i], lo[i], hi[i] = e.Mean, e.Lo, e.Hi
	}
	s := p.style("Bootstrap", label, style)
	if len(repeats) >= diag.MinRepeats {
		p.Band("", x, lo, hi, s)
	}
	return p.Line(label, x, mean, s)
}
