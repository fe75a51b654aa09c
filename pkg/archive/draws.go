package archive

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// A Header describes the draws of a run.
type Header struct {
	Run    Run
	Chains int

	// Variables are what a draw consists of. The coordinates of a draw are the
	// elements of its variables, one variable after the other, each in row-major
	// order.
	Variables []Variable

	// Stats are the sampler's statistics of each draw, laid out as Variables are.
	// ArviZ's plots look for the names lp, acceptance_rate, diverging, energy,
	// n_steps, step_size and tree_depth; see FromChains.
	Stats []Variable

	// Observed are the data that the target density was conditioned on, or nil.
	Observed []Array
}

// An Array is a variable with its values.
type Array struct {
	Variable
	Data []float64
}

// What bounds the memory for draws: each chain takes some of its own, and so does
// each variable of each chain.
const (
	maxChains = 1 << 20
	maxChunks = 1 << 22
)

// validate returns an *arg.Error if the header describes no draws that can be
// written. Each format has limits of its own beside these.
func (h *Header) validate() error {
	if err := check.AtLeast("Header.Chains", h.Chains, 1); err != nil {
		return err
	}
	if len(h.Variables) == 0 {
		return check.Errorf("Header.Variables", "is empty; want at least one variable")
	}
	if n := len(h.Variables) + len(h.Stats); h.Chains > maxChains || h.Chains > maxChunks/n {
		return check.Errorf("Header.Chains", "= %d with %d variables and statistics; want at most %d chains, and at most %d of each in all", h.Chains, n, maxChains, maxChunks)
	}
	if err := validateAll("variable", h.Variables); err != nil {
		return err
	}
	if err := validateAll("statistic", h.Stats); err != nil {
		return err
	}
	if err := validateAll("observed data", observedVariables(h)); err != nil {
		return err
	}
	for _, a := range h.Observed {
		if len(a.Data) != a.Size() {
			return check.Errorf("observed data "+a.Name, "has %d values for size %d", len(a.Data), a.Size())
		}
	}
	return nil
}

// Draws are the chains of a run, in memory.
type Draws struct {
	Header
	Values     []*mat.Dense // of each chain: draws × coordinates
	StatValues []*mat.Dense // of each chain: draws × statistics; nil if there are none
}

// Names returns the names of the coordinates and of the statistics, as
// Variable.Names has them.
func (d *Draws) Names() []string {
	var names []string
	for _, v := range slices.Concat(d.Variables, d.Stats) {
		names = append(names, v.Names()...)
	}
	return names
}

// Column returns one coordinate, or one statistic, of every chain, by its name
// among Names. Package diag takes it.
func (d *Draws) Column(name string) ([][]float64, error) {
	for _, part := range []struct {
		vars   []Variable
		values []*mat.Dense
	}{{d.Variables, d.Values}, {d.Stats, d.StatValues}} {
		j := 0
		for _, v := range part.vars {
			if strings.HasPrefix(name, v.Name) {
				if k := slices.Index(v.Names(), name); k >= 0 {
					chains := make([][]float64, len(part.values))
					for c, m := range part.values {
						chains[c] = mat.Col(nil, j+k, m)
					}
					return chains, nil
				}
			}
			j += v.Size()
		}
	}
	return nil, check.Errorf("name", "= %q is no column; want one of %s", name, abbreviate(d.Names()))
}

// abbreviate joins at most 12 names.
func abbreviate(names []string) string {
	if len(names) > 12 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:12], ", "), len(names)-12)
	}
	return strings.Join(names, ", ")
}
