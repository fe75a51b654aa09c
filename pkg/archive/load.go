package archive

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Load reads draws that Save or another program wrote to path. The end of the name
// chooses the format:
//
//	run.npz       see ReadNPZ
//	run.stan.csv  see ReadCmdStan: the file itself, or else run_1.stan.csv, run_2.stan.csv …
//	run.parquet   a table of the columns chain, draw, and others that hold numbers or bool
//	run.csv       the same table as text; or CmdStan's CSV, which begins with a comment
//
// The rows of a table are in the order in which Save writes them: chain by chain,
// draw by draw, both numbered from 0.
//
// Parquet that Save wrote contains the Header. In any other table, columns with the
// names of ArviZ's statistics, such as lp and diverging, are statistics. Columns
// x[0], x[1] … are one variable if they make up an array, whose indices are numbers
// from 0 or labels. In a .csv file, values true and false are of kind
// Bool, and others of kind Float64.
//
// Load returns an *arg.Error if the name has none of these ends, and a
// *FormatError if the file is damaged or is not of its format.
func Load(path string) (*Draws, error) {
	for _, f := range formats {
		if strings.HasSuffix(strings.ToLower(path), f.ending) && f.load != nil {
			return f.load(path)
		}
	}
	return nil, check.Errorf("path", "= %q ends in none of .npz, .parquet, .stan.csv and .csv", path)
}

// loadCmdStan reads a file of one chain, or the files of all chains of a run.
func loadCmdStan(path string) (*Draws, error) {
	paths := []string{path}
	if _, err := os.Stat(path); err != nil {
		for c := 0; ; c++ {
			next := stanPath(path, c)
			if _, err := os.Stat(next); err != nil {
				break
			}
			paths = append(paths[:c], next)
		}
	}
	return ReadCmdStan(paths...)
}

// loadParquet reads a Parquet table of draws.
func loadParquet(path string) (*Draws, error) { return withParquetFile(path, parquetDraws) }

func parquetDraws(p *parquet.File) (*Draws, error) {
	var names []string
	var kinds []Kind
	var cols []column
	for _, node := range p.Schema().Fields() {
		var kind Kind
		ok := node.Leaf()
		if ok {
			kind, ok = parquetKinds[node.Type().Kind()]
		}
		if !ok {
			return nil, fmt.Errorf("column %.80q is %v; want numbers or bool", node.Name(), node)
		}
		names, kinds = append(names, node.Name()), append(kinds, kind)
		cols = append(cols, newColumn(node.Name(), kindTypes[kind]))
	}
	about, err := describedIn(p)
	if err != nil {
		return nil, err
	}
	var t drawTable
	if err := t.begin(names, kinds); err != nil {
		return nil, err
	}
	row := make([]float64, len(cols))
	err = readParquet(p, cols, func() error {
		for i, c := range cols {
			switch c.value.Kind() {
			case reflect.Float64:
				row[i] = c.value.Float()
			case reflect.Int64:
				row[i] = float64(c.value.Int())
			case reflect.Bool:
				row[i] = 0
				if c.value.Bool() {
					row[i] = 1
				}
			}
		}
		return t.add(row)
	})
	if err != nil {
		return nil, err
	}
	return t.draws(about)
}

// parquetKinds are the kinds of the values that a column of draws may hold.
var parquetKinds = map[parquet.Kind]Kind{parquet.Double: Float64, parquet.Float: Float64, parquet.Int64: Int64, parquet.Int32: Int64, parquet.Boolean: Bool}

// describedIn returns the description in the metadata of a file, nil if it has
// none.
func describedIn(p *parquet.File) (*description, error) {
	text, ok := p.Lookup(descriptionKey)
	if !ok {
		return nil, nil
	}
	d := new(description)
	return d, json.Unmarshal([]byte(text), d)
}

// loadCSV reads a table of draws, or CmdStan's CSV.
func loadCSV(path string) (*Draws, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	defer f.Close()
	r := bufio.NewReader(f)
	if first, err := r.Peek(1); err == nil && first[0] == '#' {
		return ReadCmdStan(path)
	}
	d, line, err := csvDraws(r)
	if err != nil {
		return nil, &FormatError{path, line, err}
	}
	return d, nil
}

// csvDraws reads a table of draws. It returns the line of an error.
func csvDraws(f io.Reader) (d *Draws, line int, err error) {
	r := csv.NewReader(f)
	r.ReuseRecord = true
	names, err := r.Read()
	if err != nil {
		return nil, 1, cutShort(err)
	}
	names = slices.Clone(names)
	kinds, row := make([]Kind, len(names)), make([]float64, len(names))
	var t drawTable
	for {
		cells, err := r.Read()
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, e.Line, e.Err
		}
		if err == io.EOF {
			d, err := t.draws(nil)
			return d, 0, err
		}
		if err != nil {
			return nil, 0, err
		}
		line, _ := r.FieldPos(0)
		for i, text := range cells {
			logical := strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
			if t.chains == nil && logical {
				kinds[i] = Bool
			}
			switch {
			case logical != (kinds[i] == Bool):
				return nil, line, fmt.Errorf("column %.80q holds %.40q; its first row is of kind %v", names[i], text, kinds[i])
			case logical:
				row[i] = float64(len("false") - len(text))
			default:
				if row[i], err = strconv.ParseFloat(text, 64); err != nil {
					return nil, line, fmt.Errorf("column %.80q holds %.40q; want a number", names[i], text)
				}
			}
		}
		if t.chains == nil {
			err = t.begin(names, kinds)
		}
		if err == nil {
			err = t.add(row)
		}
		if err != nil {
			return nil, line, err
		}
	}
}

// A drawTable gathers draws from the rows of a table.
type drawTable struct {
	names  []string    // of the columns but chain and draw
	kinds  []Kind      // of these columns
	chains [][]float64 // the values of each chain in these columns, row by row
}

// begin sets the columns of the table. It returns an error unless they are chain,
// draw and others.
func (t *drawTable) begin(names []string, kinds []Kind) error {
	if len(names) < 3 || names[0] != "chain" || names[1] != "draw" {
		return fmt.Errorf("its columns are %.200q; want chain, draw, and at least one other", names)
	}
	t.names, t.kinds = names[2:], kinds[2:]
	return nil
}

// add adds a row.
func (t *drawTable) add(row []float64) error {
	last, draws := len(t.chains)-1, 0
	if last >= 0 {
		draws = len(t.chains[last]) / len(t.names)
	}
	switch chain, draw := row[0], row[1]; {
	case chain == float64(last) && draw == float64(draws) && (last == 0 || !t.complete()):
	case chain == float64(last+1) && draw == 0 && t.complete():
		t.chains, last = append(t.chains, nil), last+1
	default:
		return fmt.Errorf("draw %v of chain %v after %d draws of chain %d; want chain by chain, numbered from 0, as many draws of each", draw, chain, draws, last)
	}
	t.chains[last] = append(t.chains[last], row[2:]...)
	return nil
}

// complete reports whether the last chain has as many draws as the first.
func (t *drawTable) complete() bool {
	n := len(t.chains)
	return n == 0 || len(t.chains[n-1]) == len(t.chains[0])
}

// draws returns the draws that were added. Their description may be nil.
func (t *drawTable) draws(about *description) (*Draws, error) {
	if len(t.chains) == 0 {
		return nil, errors.New("it holds no draws")
	}
	if !t.complete() {
		return nil, fmt.Errorf("chain %d ends before chain 0 did: it is cut short", len(t.chains)-1)
	}
	d := &Draws{Header: Header{Chains: len(t.chains)}}
	if about != nil {
		d.Run, d.Variables, d.Stats = about.Run, about.Variables, about.Stats
	}
	described := d.Variables != nil
	var order, stats []int // columns of the variables, and then of the statistics
	if !described {
		column := 0
		for _, v := range arraysOf(t.names, t.kinds) {
			vars, its := &d.Variables, &order
			if kind, known := statKinds[v.Name]; known {
				v.Kind = max(v.Kind, kind)
				vars, its = &d.Stats, &stats
			}
			*vars = append(*vars, v)
			for range v.Size() {
				*its = append(*its, column)
				column++
			}
		}
		order = append(order, stats...)
	}
	if err := d.Header.validate(); err != nil {
		return nil, withoutPackage(err)
	}
	if described {
		if d.width() != len(t.names) || !slices.Equal(d.Names(), t.names) {
			return nil, errors.New("its columns are not those of its description")
		}
		for column := range t.names {
			order = append(order, column)
		}
	}
	for _, values := range t.chains {
		rows := make([]float64, 0, len(values))
		for row := range slices.Chunk(values, len(order)) {
			for _, column := range order {
				rows = append(rows, row[column])
			}
		}
		d.addChain(rows)
	}
	if err := d.validate(d.Chains); err != nil {
		return nil, withoutPackage(err)
	}
	return d, nil
}

// arraysOf returns the variables whose elements have these names, as
// Variable.Names writes them, and these kinds.
func arraysOf(names []string, kinds []Kind) (all []Variable) {
	for len(names) > 0 {
		base, first := cutIndices(names[0])
		indices := [][]string{first}
		for n := 1; n < len(names) && first != nil && kinds[n] == kinds[0]; n++ {
			b, index := cutIndices(names[n])
			if b != base || index == nil {
				break
			}
			indices = append(indices, index)
		}
		n := len(indices)
		if v := (Variable{base, kinds[0], dimsOf(base, indices)}); v.Dims != nil && slices.Equal(v.Names(), names[:n]) {
			all = append(all, v)
		} else {
			for i := range n {
				all = append(all, Variable{Name: names[i], Kind: kinds[i]})
			}
		}
		names, kinds = names[n:], kinds[n:]
	}
	return all
}

// cutIndices cuts a[1, 2] into a and 1, 2. It returns no indices for a name
// without brackets.
func cutIndices(name string) (base string, index []string) {
	base, inside, ok := strings.Cut(name, "[")
	inside, closed := strings.CutSuffix(inside, "]")
	if !ok || !closed || strings.Count(inside, ", ") >= maxDims {
		return name, nil
	}
	return base, strings.Split(inside, ", ")
}

// dimsOf returns the dimensions of an array whose elements have these indices, or
// nil if they make up none.
func dimsOf(base string, indices [][]string) (dims []Dim) {
	for _, index := range indices {
		if len(index) != len(indices[0]) {
			return nil
		}
	}
	size := 1
	for k := range indices[0] {
		var labels []string
		seen := make(map[string]bool)
		counted := true // whether the coordinates are 0, 1, 2 …
		for _, index := range indices {
			if label := index[k]; !seen[label] {
				counted = counted && label == strconv.Itoa(len(labels))
				seen[label] = true
				labels = append(labels, label)
			}
		}
		d := Dim{Name: base + "_dim_" + strconv.Itoa(k), Size: len(labels)}
		if !counted {
			d.Labels = labels
		}
		if size *= d.Size; size > len(indices) {
			return nil
		}
		dims = append(dims, d)
	}
	if size < len(indices) {
		return nil
	}
	return dims
}

// ReadRun returns the run that is stored in a file of this package that Load reads,
// or in a table in Parquet. It returns a *FormatError if the file does not hold it. Of
// Parquet it reads no rows.
func ReadRun(path string) (run Run, err error) {
	var about *description
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		about, err = withParquetFile(path, describedIn)
	} else if d, failed := Load(path); failed != nil {
		err = failed
	} else if d.Run.Version != "" || d.Run.Sampler != "" {
		about = &description{Run: d.Run}
	}
	if err == nil && about == nil {
		err = &FormatError{Path: path, Err: errors.New("it does not say what run it is from")}
	}
	if err != nil {
		return run, err
	}
	return about.Run, nil
}
