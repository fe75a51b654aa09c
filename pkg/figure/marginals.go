package figure

import "gonum.org/v1/gonum/mat"

// A MarginalConfig chooses what Marginals shows. The zero value shows up to eight
// coordinates, without a true density.
type MarginalConfig struct {
	Coords []int                              // coordinates to show; nil for the first eight
	Names  []string                           // of these coordinates; nil for z₁, z₂, …
	Truth  func(coord int, x float64) float64 // true density; nil if it is not known
}

// Marginals compares kernel estimates of the marginal densities of samples with each other and with
// the truth, one small panel for each coordinate. All panels share their range.
func Marginals(cfg MarginalConfig, samples ...Matrix) *Figure {
	coords, names, err := choose("Marginals", cfg.Coords, cfg.Names, 8, samples)
	if err != nil {
		return Failed(err)
	}
	cols := min(len(coords), 4)
	panels := make([]Drawing, len(coords))
	for k, i := range coords {
		ylabel := ""
		if k%cols == 0 {
			ylabel = "density"
		}
		p := New("", names[k], ylabel)
		all := nowhere
		for _, s := range samples {
			v := mat.Col(nil, i, s.Matrix)
			all = all.union(spanOf(v))
			p.Density(s.Label, v, s.Style)
		}
		if cfg.Truth != nil && p.err == nil {
			s := all.padded(0.1)
			p.Func("truth", func(x float64) float64 { return cfg.Truth(i, x) }, s.lo, s.hi, Truth)
		}
		panels[k] = p
	}
	return Grid(cols, panels...).ShareX().ShareY().OneLegend()
}
