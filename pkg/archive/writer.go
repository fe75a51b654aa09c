package archive

import (
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/arg"
)

// A Writer writes the draws of a run as they come.
type Writer struct {
	path           string
	columns, stats int // values of a draw
	fields         []field
	rows           [][]float64 // of each chain, the draw that is being written
	drawn          []int       // draws of each chain
	sink           sink
	done           bool
}

// A sink writes one format. Goroutines may call put for different chains at the same
// time.
type sink interface {
	put(chain int, row []float64) error
	close(draws int) error
	discard()
}

// formats are the formats of draws by the ends of file names. The first that matches
// is taken.
var formats = []struct {
	ending string
	create func(path string, h *Header) (sink, error)
	load   func(path string) (*Draws, error) // nil if there is no reader
}{
	{".zarr", newInferenceData, nil},
	{".npz", newNPZDraws, ReadNPZ},
	{".parquet", newTableDraws, loadParquet},
	{".stan.csv", newCmdStan, loadCmdStan},
	{".csv", newTableDraws, loadCSV},
}

// Create begins to write draws to path. The end of the name chooses the format:
//
//	run.zarr      an ArviZ InferenceData, a directory
//	              arviz.from_zarr("run.zarr")                              (ArviZ 0.23 with zarr before 3)
//	run.stan.csv  CmdStan's CSV, a file for each chain: run_1.stan.csv, run_2.stan.csv …
//	              arviz.from_cmdstanpy(cmdstanpy.from_csv(["run_1.stan.csv", …]))
//	              arviz.from_cmdstan(["run_1.stan.csv", …])              (ArviZ 0.23 only)
//	run.npz       NumPy arrays of shape (chain, draw, …), the statistics under sample_stats/,
//	              arviz.from_dict({"posterior": {name: z[name] for name in …}})   with z = numpy.load("run.npz")
//	run.parquet   a table: columns chain, draw, one for each coordinate, one for each statistic
//	              arviz.convert_to_datatree(table.set_index(["chain", "draw"]).to_xarray())
//	              with table = pandas.read_parquet("run.parquet")
//	run.csv       the same table as text: pandas.read_csv("run.csv")
//
// ArviZ 0.23 takes arviz.convert_to_inference_data for convert_to_datatree, and
// arviz.from_dict(posterior={…}). A row of a table is one draw. Its columns have
// the names of Draws.Names, so a variable and a statistic must not share one, and
// to ArviZ the statistics are variables like the others. A .csv file has no place
// for the Run, nor have tables and CmdStan's files one for observed data.
//
// Load reads all of these but the first.
//
// If Close succeeds, the file replaces one that is at path. A .zarr replaces only a
// Zarr store or an empty directory. Create returns an *arg.Error if the header or the
// name of the file is not allowed.
func Create(path string, h Header) (*Writer, error) {
	if err := h.validate(); err != nil {
		return nil, err
	}
	var err error
	if h.Run, err = h.Run.normalize(); err != nil {
		return nil, err
	}
	for _, f := range formats {
		if strings.HasSuffix(strings.ToLower(path), f.ending) {
			s, err := f.create(path, &h)
			if _, refused := errors.AsType[*arg.Error](err); refused {
				return nil, err
			} else if err != nil {
				return nil, at(path, err)
			}
			return &Writer{path: path, columns: columns(h.Variables), stats: columns(h.Stats), fields: h.fields(), rows: make([][]float64, h.Chains), drawn: make([]int, h.Chains), sink: s}, nil
		}
	}
	return nil, check.Errorf("path", "= %q ends in none of .zarr, .npz, .parquet, .stan.csv and .csv", path)
}

const (
	badChain  = "archive: chain out of range"
	badLength = "archive: wrong number of values"
)

// Append adds a draw to a chain, numbered from 0. The slices hold the draw's
// coordinates and its statistics, in the order of Header.Stats; Append does not
// keep them. Different chains may append at the same time. It returns an error
// if a value is not of its variable's kind, and panics if a length does not
// match the header.
func (w *Writer) Append(chain int, x, stats []float64) error {
	if uint(chain) >= uint(len(w.drawn)) {
		panic(badChain)
	}
	if len(x) != w.columns || len(stats) != w.stats {
		panic(badLength)
	}
	if w.done {
		return at(w.path, errClosed)
	}
	row := append(append(w.rows[chain][:0], x...), stats...)
	w.rows[chain] = row
	err := validateValues(w.fields, row)
	if err == nil {
		err = w.sink.put(chain, row)
	}
	if err != nil {
		return fmt.Errorf("archive: %s: chain %d, draw %d: %w", w.path, chain, w.drawn[chain], err)
	}
	w.drawn[chain]++
	return nil
}

// Close completes the file and gives it its name. It returns an error if the
// chains do not have equal numbers of draws. After an error nothing is left.
func (w *Writer) Close() error {
	if w.done {
		return at(w.path, errClosed)
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
	w.Discard() // does nothing after a success
	return at(w.path, err)
}

// Discard removes what was written, unless Close was called. Defer it.
func (w *Writer) Discard() {
	if !w.done {
		w.done = true
		w.sink.discard()
		w.sink = nil // its buffers are large
	}
}

// Save writes draws to path. Create lists the formats, and which call of ArviZ
// opens each.
func Save(path string, d *Draws) error {
	h := d.Header
	if h.Chains == 0 {
		h.Chains = len(d.Values)
	}
	if err := d.validate(h.Chains); err != nil {
		return err
	}
	w, err := Create(path, h)
	if err != nil {
		return err
	}
	defer w.Discard()
	for c, values := range d.Values {
		n, _ := values.Dims()
		for i := range n {
			x, stats := d.draw(c, i)
			if err := w.Append(c, x, stats); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

// validate returns an error if the matrices do not fit the header.
func (d *Draws) validate(chains int) error {
	matrices := func(name string, list []*mat.Dense, vars []Variable) error {
		if len(list) != chains {
			return check.Errorf(name, "has %d matrices for %d chains", len(list), chains)
		}
		for c, m := range list {
			if m == nil {
				return check.Errorf(name, "has no matrix for chain %d", c)
			}
			n, _ := d.Values[c].Dims()
			if r, k := m.Dims(); r != n || k != columns(vars) {
				return check.Errorf(name, "has a %d×%d matrix for chain %d, want %d×%d", r, k, c, n, columns(vars))
			}
		}
		return nil
	}
	if err := matrices("Draws.Values", d.Values, d.Variables); err != nil {
		return err
	}
	if len(d.Stats) > 0 {
		if err := matrices("Draws.StatValues", d.StatValues, d.Stats); err != nil {
			return err
		}
	}
	fields := d.fields()
	var row []float64
	for c, values := range d.Values {
		n, _ := values.Dims()
		for i := range n {
			x, stats := d.draw(c, i)
			row = append(append(row[:0], x...), stats...)
			if err := validateValues(fields, row); err != nil {
				return check.Errorf("Draws", "has a wrong value in chain %d, draw %d: %v", c, i, err)
			}
		}
	}
	return nil
}
