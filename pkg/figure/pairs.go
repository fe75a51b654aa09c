package figure

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure/internal/canvas"
)

// A PairConfig chooses what PairPlot shows. The zero value shows up to five
// coordinates.
type PairConfig struct {
	Coords []int    // coordinates to show; nil for the first five
	Names  []string // of these coordinates; nil for z₁, z₂, …
}

// PairPlot shows the draws of every pair of coordinates, and on the diagonal the
// density of each.
func PairPlot(cfg PairConfig, samples ...Matrix) *Figure {
	coords, names, err := choose("PairPlot", cfg.Coords, cfg.Names, 5, samples)
	if err != nil {
		return Failed(err)
	}
	n := len(coords)
	cells := make([]Drawing, n*n)
	columns := make([][][]float64, len(samples)) // by sample and coordinate
	ranges := slices.Repeat([]span{nowhere}, n)
	for s, sample := range samples {
		for k, i := range coords {
			v := mat.Col(nil, i, sample.Matrix)
			columns[s] = append(columns[s], v)
			ranges[k] = ranges[k].union(spanOf(v))
		}
	}
	for k, r := range ranges {
		ranges[k] = r.padded(0.04)
	}
	for row := range n {
		for col := range row + 1 {
			p := New("", names[col], names[row])
			p.axes[0].unlabelled, p.axes[1].unlabelled = row < n-1, col > 0
			for s, sample := range samples {
				style := sample.Style.orColor(Cycle[s%len(Cycle)])
				if row == col {
					p.Density(sample.Label, columns[s][col], style)
				} else {
					style.Radius = cmp.Or(style.Radius, 1.3*px)
					p.Points("", columns[s][col], columns[s][row], style)
				}
			}
			if finite(ranges[col].lo) && finite(ranges[col].hi) { // otherwise a layer has kept an error
				p.XRange(ranges[col].lo, ranges[col].hi)
				if row != col {
					p.YRange(ranges[row].lo, ranges[row].hi)
				} else {
					p.YTicks([]float64{}, []string{})
					p.axes[1].label = ""
					if row == 0 {
						p.axes[1].label = "density"
					}
				}
			}
			cells[row*n+col] = p
		}
	}
	return Grid(n, cells...).OneLegend()
}

// choose returns the coordinates to show and their names, filled in from the
// samples. It returns an error if they do not fit the samples.
func choose(what string, coords []int, names []string, most int, samples []Matrix) ([]int, []string, error) {
	if len(samples) == 0 {
		return nil, nil, check.Errorf(what, "has no samples")
	}
	dim := -1 // of the first samples
	for _, s := range samples {
		if _, err := check.Matrix(fmt.Sprintf("%s %q", what, s.Label), s.Matrix, -1, dim); err != nil {
			return nil, nil, err
		}
		_, dim = s.Dims()
	}
	if coords == nil {
		for i := range min(dim, most) {
			coords = append(coords, i)
		}
	}
	for i, c := range coords {
		if c < 0 || c >= dim {
			return nil, nil, check.Errorf(fmt.Sprintf("%s: Coords[%d]", what, i), "= %d is not a coordinate of %d", c, dim)
		}
	}
	if names == nil {
		for _, i := range coords {
			names = append(names, "z"+canvas.Subscript(i+1))
		}
	}
	if len(names) != len(coords) {
		return nil, nil, check.Errorf(what, "has %d names for %d coordinates", len(names), len(coords))
	}
	return coords, names, nil
}
