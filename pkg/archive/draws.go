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

// width returns the number of coordinates and statistics of a draw.
func (h *Header) width() int { return columns(h.Variables) + columns(h.Stats) }

// An Array is a variable with its values.
type Array struct {
	Variable
	Data []float64
}

// Limits that bound the memory for draws. Each chain takes some memory, and so does
// each variable of each chain.
const (
	maxChains = 1 << 20
	maxChunks = 1 << 22
)

// validate returns an *arg.Error if the draws that the header describes cannot be
// written. Each format has further limits.
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
		if err := a.validateValues(a.Data); err != nil {
			return check.Errorf("observed data", "has a wrong value: %v", err)
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

// draw returns the coordinates and the statistics of draw i of chain c.
func (d *Draws) draw(c, i int) (x, stats []float64) {
	if len(d.Stats) > 0 {
		stats = d.StatValues[c].RawRowView(i)
	}
	return d.Values[c].RawRowView(i), stats
}

// addChain adds a chain, whose rows of values are one after the other.
func (d *Draws) addChain(rows []float64) {
	k, width := columns(d.Variables), d.width()
	n := len(rows) / width
	all := mat.NewDense(n, width, rows)
	d.Values = append(d.Values, mat.DenseCopyOf(all.Slice(0, n, 0, k)))
	if len(d.Stats) > 0 {
		d.StatValues = append(d.StatValues, mat.DenseCopyOf(all.Slice(0, n, k, width)))
	}
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
// among Names, in the form that package diag takes.
func (d *Draws) Column(name string) ([][]float64, error) {
	k := slices.Index(d.Names(), name)
	if k < 0 {
		return nil, check.Errorf("name", "= %q is no column; want one of %s", name, abbreviate(d.Names()))
	}
	values := d.Values
	if n := columns(d.Variables); k >= n {
		values, k = d.StatValues, k-n
	}
	var chains [][]float64
	for _, m := range values {
		chains = append(chains, mat.Col(nil, k, m))
	}
	return chains, nil
}

// abbreviate joins at most 12 names.
func abbreviate(names []string) string {
	if len(names) > 12 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:12], ", "), len(names)-12)
	}
	return strings.Join(names, ", ")
}
