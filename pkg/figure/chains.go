package figure

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/vg"
)

// RankPlot shows, for each chain, the histogram of the ranks of its draws among
// those of all chains (Vehtari et al. 2021, figure 3): flat where the chains
// explore the same distribution. Equal draws share their mean rank. The dashed
// line is what a flat histogram has.
func RankPlot(chains ...[]float64) *Figure {
	if len(chains) < 2 {
		return Failed(check.Errorf("RankPlot", "has %d chains; want at least 2", len(chains)))
	}
	type draw struct {
		v     float64
		chain int
	}
	var all []draw
	for c, chain := range chains {
		if len(chain) == 0 {
			return Failed(check.Errorf(fmt.Sprintf("RankPlot: chain %d", c+1), "is empty"))
		}
		for i, v := range chain {
			if !finite(v) {
				return Failed(check.Errorf(fmt.Sprintf("RankPlot: chain %d: draws[%d]", c+1, i), "= %v is not finite", v))
			}
			all = append(all, draw{v, c})
		}
	}
	slices.SortFunc(all, func(a, b draw) int { return cmp.Or(cmp.Compare(a.v, b.v), a.chain-b.chain) })
	bins := min(max(len(all)/len(chains)/25, 5), 20)
	counts := make([][]float64, len(chains))
	for c := range counts {
		counts[c] = make([]float64, bins)
	}
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].v == all[i].v {
			j++
		}
		rank := float64(i+j-1) / 2
		bin := min(int(rank*float64(bins)/float64(len(all))), bins-1)
		for ; i < j; i++ {
			counts[all[i].chain][bin]++
		}
	}
	width := float64(len(all)) / float64(bins)
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
		p := New("chain "+strconv.Itoa(c+1), "rank", ylabel).
			Bars("", mids, counts[c], 0.92*width, Color(Cycle[c%len(Cycle)])).
			HLine("", float64(len(chain))/float64(bins)).
			XRange(0, float64(len(all)))
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
	InnerLo, InnerHi float64 // of the inner one, say of 50 %; both 0: none
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
		style := r.Style
		if style.Color == nil {
			style.Color = Blue
		}
		p.add(&forestLayer{r, y}, p.style("Forest", label, []Style{style}), r.Label, lineEntry)
	}
	p.YTicks(at, names).YRange(y-0.6, 0.6)
	return p.Height(math.Min(math.Max(26*(1-y), 70), 600))
}

type forestLayer struct {
	ForestRow
	y float64
}

func (l *forestLayer) bounds() bounds {
	return bounds{x: spanOf([]float64{l.Lo, l.Hi, l.Mid}), y: span{l.y, l.y}}
}

func (l *forestLayer) draw(a *area, s Style) {
	bar := func(lo, hi float64, s Style) {
		stroke(a, s, []vg.Point{a.point(lo, l.y), a.point(hi, l.y)})
	}
	thin, thick := s, s
	thin.Width, thick.Width = 1.3*px, 3.6*px
	bar(l.Lo, l.Hi, thin)
	if l.InnerLo != 0 || l.InnerHi != 0 {
		bar(l.InnerLo, l.InnerHi, thick)
	}
	if q := a.point(l.Mid, l.y); a.Contains(q) {
		halo := Style{Color: White, Radius: 4.6 * px, Opacity: 1}
		marker(a, halo, q)
		dot := s
		dot.Radius = 3.4 * px
		marker(a, dot, q)
	}
}

// Bootstrap draws the mean of repeated series with a band in which it lies with
// 95 % confidence, by the percentile bootstrap: the repeats are resampled with
// replacement 2000 times, from a stream of its own that is always the same.
// repeats[k] is the series of repeat k, one value for each x.
func (p *Panel) Bootstrap(label string, x []float64, repeats [][]float64, style ...Style) *Panel {
	if p.err == nil && len(repeats) < 2 {
		return p.fail(fmt.Sprintf("Bootstrap %q", label), "has %d repeats; an interval needs at least 2", len(repeats))
	}
	for _, r := range repeats {
		if !p.series("Bootstrap", label, x, r) {
			return p
		}
	}
	if p.err != nil {
		return p
	}
	const resamples = 2000
	rng := rand.New(rand.NewPCG(0x62616e64, uint64(len(repeats))))
	n := len(repeats)
	mean := make([]float64, len(x))
	for i := range x {
		for _, r := range repeats {
			mean[i] += r[i] / float64(n)
		}
	}
	means := make([][]float64, len(x))
	for i := range means {
		means[i] = make([]float64, resamples)
	}
	weight := make([]float64, n)
	for b := range resamples { // whole series, so that the band is one of curves
		clear(weight)
		for range n {
			weight[rng.IntN(n)] += 1 / float64(n)
		}
		for i := range x {
			var m float64
			for k, w := range weight {
				m += float64(w * repeats[k][i])
			}
			means[i][b] = m
		}
	}
	lo, hi := make([]float64, len(x)), make([]float64, len(x))
	for i, m := range means {
		slices.Sort(m)
		lo[i] = stat.Quantile(0.025, stat.Empirical, m, nil)
		hi[i] = stat.Quantile(0.975, stat.Empirical, m, nil)
	}
	s := p.style("Bootstrap", label, style)
	return p.Band("", x, lo, hi, s).Line(label, x, mean, s)
}

func quantile(v []float64, q float64) float64 {
	return stat.Quantile(q, stat.Empirical, slices.Sorted(slices.Values(v)), nil)
}
