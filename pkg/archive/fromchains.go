package archive

import (
	"gonum.org/v1/gonum/mat"
)

// statKinds are the kinds of statistics by ArviZ's names.
var statKinds = map[string]Kind{
	"lp":                    Float64,
	"energy":                Float64,
	"step_size":             Float64,
	"acceptance_rate":       Float64,
	"accepted":              Bool,
	"diverging":             Bool,
	"reached_max_treedepth": Bool,
	"n_steps":               Int64,
	"tree_depth":            Int64,
}

// FromChains returns the draws of several chains, with the sampler's statistics,
// as Save takes them. It does not copy the matrices.
//
// Each chain has a matrix of draws × coordinates, the coordinates being the
// elements of the variables; vars may be nil for a single vector x. Each chain also
// has a matrix of draws × statistics, with a column for each name; names and
// matrices are nil if the sampler reports none. All chains have the same number of
// draws.
//
// ArviZ's group sample_stats holds each statistic under its name. ArviZ's plots and
// diagnostics know diverging, energy, lp, tree_depth, n_steps, step_size and
// acceptance_rate. The statistics diverging, accepted and reached_max_treedepth must
// be 0 or 1, and are saved as bool; tree_depth and n_steps must be whole numbers, and
// are saved as int64.
//
// It returns an *arg.Error if sizes do not fit or a value is not of its type.
func FromChains(run Run, vars []Variable, draws []*mat.Dense, statNames []string, stats []*mat.Dense) (*Draws, error) {
	if len(draws) == 0 || draws[0] == nil {
		return nil, check.Errorf("draws", "is empty; want a matrix for each chain")
	}
	if vars == nil {
		_, n := draws[0].Dims()
		vars = []Variable{Vector("x", n)}
	}
	d := &Draws{Header: Header{Run: run, Chains: len(draws), Variables: vars}, Values: draws}
	for _, name := range statNames {
		d.Stats = append(d.Stats, Variable{Name: name, Kind: statKinds[name]})
	}
	if len(statNames) > 0 {
		d.StatValues = stats
	}
	if err := d.Header.validate(); err != nil {
		return nil, err
	}
	if err := d.validate(len(draws)); err != nil {
		return nil, err
	}
	n, _ := draws[0].Dims()
	for c := range draws {
		if m, _ := draws[c].Dims(); m != n {
			return nil, check.Errorf("draws", "has %d draws of chain %d and %d of chain 0; want as many", m, c, n)
		}
	}
	return d, nil
}
