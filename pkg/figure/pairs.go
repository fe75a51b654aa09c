package figure

import "gonum.org/v1/gonum/mat"

// PairConfig says what PairPlot shows. The zero value shows up to five
// coordinates.
type PairConfig struct {
	Coords []int    // which coordinates; nil: the first five
	Names  []string // of the coordinates shown; nil: z₁, z₂, …
}

// PairPlot shows the draws of every pair of coordinates, and on the diagonal the
// density of each.
func PairPlot(cfg PairConfig, samples ...Matrix) *Figure {
	coords, names, failure := choose("PairPlot", cfg.Coords, cfg.Names, 5, samples)
	if failure != nil {
		return failure
	}
	n := len(coords)
	f := &Figure{cols: n}
	columns := make([][][]float64, len(samples)) // by sample and coordinate
	ranges := make([]span, n)
	for k := range ranges {
		ranges[k] = nowhere
	}
	for s, sample := range samples {
		for k, i := range coords {
			v := mat.Col(nil, i, sample.Matrix)
			columns[s] = append(columns[s], v)
			ranges[k] = ranges[k].union(spanOf(v))
		}
	}
	for k, r := range ranges {
		pad := 0.04*(r.hi-r.lo) + 1e-12
		ranges[k] = span{r.lo - pad, r.hi + pad}
	}
	for row := range n {
		for col := range n {
			if col > row {
				f.blocks = append(f.blocks, nil)
				continue
			}
			p := New("", names[col], names[row])
			p.quietX, p.quietY = row < n-1, col > 0
			for s, sample := range samples {
				style := sample.Style
				if style.Color == nil {
					style.Color = Cycle[s%len(Cycle)]
				}
				if row == col {
					p.Density(sample.Label, columns[s][col], style)
				} else {
					if style.Radius == 0 {
						style.Radius = 1.3 * px
					}
					p.Points("", columns[s][col], columns[s][row], style)
				}
			}
			if finite(ranges[col].lo) && finite(ranges[col].hi) { // else a layer has said so
				p.XRange(ranges[col].lo, ranges[col].hi)
				if row != col {
					p.YRange(ranges[row].lo, ranges[row].hi)
				} else {
					p.YTicks([]float64{}, []string{})
					p.ylabel = ""
					if row == 0 {
						p.ylabel = "density"
					}
				}
			}
			f.blocks = append(f.blocks, p)
		}
	}
	return f.OneLegend()
}

// choose settles which coordinates of the samples are shown under which names.
func choose(what string, coords []int, names []string, most int, samples []Matrix) ([]int, []string, *Figure) {
	if len(samples) == 0 {
		return nil, nil, failed("%s: there are no samples", what)
	}
	_, dim := samples[0].Dims()
	for _, s := range samples {
		if r, c := s.Dims(); c != dim || r == 0 {
			return nil, nil, failed("%s %q: draws are %d×%d; want at least one row and %d columns", what, s.Label, r, c, dim)
		}
	}
	if coords == nil {
		for i := range min(dim, most) {
			coords = append(coords, i)
		}
	}
	for _, i := range coords {
		if i < 0 || i >= dim {
			return nil, nil, failed("%s: coordinate %d of a %d-dimensional sample", what, i, dim)
		}
	}
	if names == nil {
		for _, i := range coords {
			names = append(names, "z"+subscript(i+1))
		}
	}
	if len(names) != len(coords) {
		return nil, nil, failed("%s: %d names for %d coordinates", what, len(names), len(coords))
	}
	return coords, names, nil
}
