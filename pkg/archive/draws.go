package archive

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// A Header says what a file of draws holds.
type Header struct {
	Run    Run
	Chains int
	// Variables are what a draw consists of: its coordinates are theirs, one variable after the
	// other, each in row-major order.
	Variables []Variable
	// Stats are the sampler's statistics of each draw. Where they mean the same, ArviZ's names are
	// best: lp, acceptance_rate, diverging, energy, n_steps, step_size, tree_depth.
	Stats []Variable
	// Observed are the data that the target density was conditioned on, if they shall go along.
	Observed []Array
}

// An Array is a variable with its values.
type Array struct {
	Variable
	Data []float64
}

func (h *Header) check() error {
	if h.Chains < 1 {
		return fmt.Errorf("%d chains; want at least 1", h.Chains)
	}
	if len(h.Variables) == 0 {
		return errors.New("no variables; want at least one")
	}
	if err := checkAll(h.Variables); err != nil {
		return err
	}
	if err := checkAll(h.Stats); err != nil {
		return fmt.Errorf("sampler statistics: %w", err)
	}
	observed := make([]Variable, len(h.Observed))
	for i, a := range h.Observed {
		observed[i] = a.Variable
	}
	if err := checkAll(observed); err != nil {
		return fmt.Errorf("observed data: %w", err)
	}
	for _, a := range h.Observed {
		if len(a.Data) != a.Size() {
			return fmt.Errorf("observed data: %s has %d values for size %d", a.Name, len(a.Data), a.Size())
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
// among Names: what package diag takes.
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
	return nil, fmt.Errorf("archive: no column is called %q; there are %s", name, some(d.Names()))
}

// some lists names, not too many.
func some(names []string) string {
	if len(names) > 12 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:12], ", "), len(names)-12)
	}
	return strings.Join(names, ", ")
}

// Save writes the draws to path; see Create for the formats.
func Save(path string, d *Draws) error {
	h := d.Header
	if h.Chains == 0 {
		h.Chains = len(d.Values)
	}
	if h.Chains != len(d.Values) || len(h.Stats) > 0 && h.Chains != len(d.StatValues) {
		return fmt.Errorf("archive: %s: %d chains, with %d matrices of values and %d of statistics", path, h.Chains, len(d.Values), len(d.StatValues))
	}
	w, err := Create(path, h)
	if err != nil {
		return err
	}
	defer w.Discard()
	for c, values := range d.Values {
		n, cols := values.Dims()
		stats := &mat.Dense{}
		if len(h.Stats) > 0 {
			stats = d.StatValues[c]
		}
		sn, scols := stats.Dims()
		if cols != w.columns || len(h.Stats) > 0 && (sn != n || scols != w.stats) {
			return fmt.Errorf("archive: %s: chain %d has %d×%d values and %d×%d statistics; want %d and %d columns, and equal rows", path, c, n, cols, sn, scols, w.columns, w.stats)
		}
		for i := range n {
			var s []float64
			if len(h.Stats) > 0 {
				s = stats.RawRowView(i)
			}
			if err := w.Append(c, values.RawRowView(i), s); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// A Writer writes the draws of a run as they come.
type Writer struct {
	path           string
	columns, stats int
	drawn          []int
	sink           sink
	done           bool
}

// A sink is a format. Chains may put at the same time, each its own draws.
type sink interface {
	put(chain int, x, stats []float64) error
	close(draws int) error
	discard()
}

// Create begins to write draws to path, in the format that its extension names:
//
//	.zarr  an ArviZ InferenceData, in a directory
//	.npz   an array of shape (chain, draw, …) for each variable, the statistics under sample_stats/
//	.csv   CmdStan's: run.csv stands for run_1.csv, run_2.csv …, one file for each chain
//
// It replaces what is at path, when Close succeeds; a directory only if it is a
// Zarr store, or empty.
func Create(path string, h Header) (*Writer, error) {
	err := h.check()
	if err == nil {
		h.Run, err = h.Run.normal()
	}
	if err != nil {
		return nil, fmt.Errorf("archive: %s: %w", path, err)
	}
	w := &Writer{path: path, columns: columns(h.Variables), stats: columns(h.Stats), drawn: make([]int, h.Chains)}
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".zarr":
		w.sink, err = newInferenceData(path, h)
	case ".npz":
		w.sink, err = newNPZDraws(path, h)
	case ".csv":
		w.sink, err = newCmdStan(path, h)
	default:
		err = fmt.Errorf("its name ends in %q; want .zarr, .npz or .csv", ext)
	}
	if err != nil {
		return nil, fmt.Errorf("archive: %s: %w", path, err)
	}
	return w, nil
}

const (
	badChain  = "archive: chain out of range"
	badLength = "archive: wrong number of values"
)

// Append adds a draw to a chain, numbered from 0: its coordinates, and the
// sampler's statistics in the order of Header.Stats. It keeps neither slice.
// Different chains may append at the same time. It panics if a length does not
// match the header.
func (w *Writer) Append(chain int, x, stats []float64) error {
	if uint(chain) >= uint(len(w.drawn)) {
		panic(badChain)
	}
	if len(x) != w.columns || len(stats) != w.stats {
		panic(badLength)
	}
	if w.done {
		return w.closed()
	}
	if err := w.sink.put(chain, x, stats); err != nil {
		return fmt.Errorf("archive: %s: chain %d, draw %d: %w", w.path, chain, w.drawn[chain], err)
	}
	w.drawn[chain]++
	return nil
}

// Close completes the file and gives it its name. The chains must have equal
// numbers of draws. On an error nothing is left.
func (w *Writer) Close() error {
	if w.done {
		return w.closed()
	}
	var err error
	for c, n := range w.drawn {
		if n != w.drawn[0] || n == 0 {
			err = fmt.Errorf("chain %d has %d draws and chain 0 has %d; want as many in each, and at least one", c, n, w.drawn[0])
			break
		}
	}
	if err == nil {
		err = w.sink.close(w.drawn[0])
	}
	w.Discard() // nothing, after a success
	if err != nil {
		return fmt.Errorf("archive: %s: %w", w.path, err)
	}
	return nil
}

func (w *Writer) closed() error { return fmt.Errorf("archive: %s: closed already", w.path) }

// Discard removes what was written, unless Close was called: defer it.
func (w *Writer) Discard() {
	if !w.done {
		w.done = true
		w.sink.discard()
		w.sink = nil // its buffers are large
	}
}
