package archive

import (
	"bufio"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"natspike/pkg/internal/atomicfile"
)

// Draws as a table: a row for each draw, chain by chain. The columns are chain,
// draw, the coordinates and the statistics.

// A tableColumn is a column of such a table.
type tableColumn struct {
	name string
	kind Kind
}

// drawColumns returns the columns. It returns an error if there are more than
// most, or if two have one name.
func drawColumns(h *Header, most int) ([]tableColumn, error) {
	if err := validateColumns(h, most); err != nil {
		return nil, err
	}
	cols := []tableColumn{{"chain", Int64}, {"draw", Int64}}
	seen := map[string]bool{"chain": true, "draw": true}
	for _, f := range fields(h) {
		for _, name := range f.Names() {
			if seen[name] {
				return nil, check.Errorf("column "+name, "would be there twice in the table")
			}
			seen[name] = true
			cols = append(cols, tableColumn{name, f.Kind})
		}
	}
	return cols, nil
}

// maxTextColumns is the most columns that a text file of draws may have. Their
// names then take some tens of megabytes.
const maxTextColumns = 1 << 22

// validateColumns returns an error if there are more coordinates and statistics
// than most.
func validateColumns(h *Header, most int) error {
	if n := columns(h.Variables) + columns(h.Stats); n > most {
		return check.Errorf("Header", "has %d coordinates and statistics; a file of this format holds at most %d", n, most)
	}
	return nil
}

// rowParts gathers the rows of each chain, as bytes, in a part file for each.
type rowParts struct {
	fields []field
	parts  partFiles
	chains []rowPart
}

type rowPart struct {
	data []byte
	rows int
}

func newRowParts(path string, h *Header) (rowParts, error) {
	parts, err := newPartFiles(path)
	return rowParts{fields(h), parts, make([]rowPart, h.Chains)}, err
}

// flush writes the rows of a chain that are in memory.
func (r *rowParts) flush(chain int) error {
	c := &r.chains[chain]
	err := r.parts.extend(strconv.Itoa(chain), c.data)
	c.data = c.data[:0]
	return err
}

// csvDraws writes a table as comma-separated text.
type csvDraws struct {
	rowParts
	cols []tableColumn
	out  *atomicfile.File
}

func newCSVDraws(path string, h *Header) (*csvDraws, error) {
	cols, err := drawColumns(h, maxTextColumns)
	if err != nil {
		return nil, err
	}
	out, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	rows, err := newRowParts(path, h)
	if err != nil {
		out.Discard()
		return nil, err
	}
	return &csvDraws{rows, cols, out}, nil
}

func (d *csvDraws) put(chain int, x, stats []float64) error {
	c := &d.chains[chain]
	before := len(c.data)
	c.data = strconv.AppendInt(c.data, int64(chain), 10)
	c.data = append(c.data, ',')
	c.data = strconv.AppendInt(c.data, int64(c.rows), 10)
	for i := range d.fields {
		f := &d.fields[i]
		for _, v := range f.in(x, stats) {
			if err := f.admits(v); err != nil {
				c.data = c.data[:before]
				return err
			}
			c.data = appendCSV(append(c.data, ','), f.Kind, v)
		}
	}
	c.data = append(c.data, '\n')
	c.rows++
	if len(c.data) < chunkBytes {
		return nil
	}
	return d.flush(chain)
}

// appendCSV appends a number as pandas, polars, DuckDB and R read it.
func appendCSV(b []byte, kind Kind, x float64) []byte {
	switch {
	case kind == Bool:
		return strconv.AppendBool(b, x == 1)
	case kind == Int64:
		return strconv.AppendInt(b, int64(x), 10)
	case math.IsInf(x, 1):
		return append(b, "inf"...)
	case math.IsInf(x, -1):
		return append(b, "-inf"...)
	}
	return strconv.AppendFloat(b, x, 'g', -1, 64) // NaN is NaN
}

func (d *csvDraws) close(int) error {
	names := make([]string, len(d.cols))
	for i, c := range d.cols {
		names[i] = c.name
	}
	w := csv.NewWriter(d.out)
	if err := w.Write(names); err != nil {
		return err
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	for chain := range d.chains {
		if err := d.flush(chain); err != nil {
			return err
		}
		if err := d.parts.copy(d.out, strconv.Itoa(chain)); err != nil {
			return err
		}
	}
	if err := d.out.Commit(); err != nil {
		return err
	}
	return d.parts.Discard()
}

func (d *csvDraws) discard() {
	d.out.Discard()
	d.parts.Discard()
}

// parquetDraws writes a table as Parquet.
type parquetDraws struct {
	rowParts
	h    *Header
	cols []tableColumn
	out  *atomicfile.File
}

func newParquetDraws(path string, h *Header) (*parquetDraws, error) {
	cols, err := drawColumns(h, parquet.MaxColumnIndex-2)
	if err != nil {
		return nil, err
	}
	out, err := atomicfile.Create(path)
	if err != nil {
		return nil, err
	}
	rows, err := newRowParts(path, h)
	if err != nil {
		out.Discard()
		return nil, err
	}
	return &parquetDraws{rows, h, cols, out}, nil
}

func (d *parquetDraws) put(chain int, x, stats []float64) error {
	c := &d.chains[chain]
	before := len(c.data)
	for i := range d.fields {
		f := &d.fields[i]
		for _, v := range f.in(x, stats) {
			if err := f.admits(v); err != nil {
				c.data = c.data[:before]
				return err
			}
			c.data = binary.LittleEndian.AppendUint64(c.data, float64bits(v))
		}
	}
	if c.rows++; len(c.data) < chunkBytes {
		return nil
	}
	return d.flush(chain)
}

// groupBytes bounds the memory for a row group.
const groupBytes = 1 << 22

func (d *parquetDraws) close(draws int) error {
	about := d.h.describe()
	about.Observed = nil // the table has no place for their values
	options, err := parquetOptions(about, int64(min(max(groupBytes/(8*len(d.cols)), 1<<10), groupRows)))
	if err != nil {
		return err
	}
	w := parquet.NewGenericWriter[any](d.out, append(options, drawsSchema(d.cols))...)
	row := make(parquet.Row, len(d.cols))
	for chain := range d.chains {
		if err := d.flush(chain); err != nil {
			return err
		}
		if err := d.writeChain(w, row, chain, draws); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := d.out.Commit(); err != nil {
		return err
	}
	return d.parts.Discard()
}

// writeChain writes the rows of a chain from its part file.
func (d *parquetDraws) writeChain(w *parquet.GenericWriter[any], row parquet.Row, chain, draws int) error {
	f, err := os.Open(d.parts.Path(strconv.Itoa(chain)))
	if err != nil {
		return err
	}
	defer f.Close()
	values := make([]byte, 8*(len(d.cols)-2))
	r := bufio.NewReaderSize(f, chunkBytes)
	for draw := range draws {
		if err := readFull(r, values); err != nil {
			return fmt.Errorf("chain %d, draw %d: %w", chain, draw, err)
		}
		row[0], row[1] = parquet.Int64Value(int64(chain)), parquet.Int64Value(int64(draw))
		for i := range d.cols[2:] {
			x := math.Float64frombits(binary.LittleEndian.Uint64(values[8*i:]))
			switch d.cols[2+i].kind {
			case Float64:
				row[2+i] = parquet.DoubleValue(x)
			case Int64:
				row[2+i] = parquet.Int64Value(int64(x))
			case Bool:
				row[2+i] = parquet.BooleanValue(x == 1)
			}
		}
		for i := range row {
			row[i] = row[i].Level(0, 0, i)
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			return err
		}
	}
	return nil
}

func (d *parquetDraws) discard() {
	d.out.Discard()
	d.parts.Discard()
}

// drawsSchema returns the schema of the table.
func drawsSchema(cols []tableColumn) *parquet.Schema {
	g := orderedGroup{Group: make(parquet.Group)}
	for _, c := range cols {
		kind := parquet.DoubleType
		switch c.kind {
		case Int64:
			kind = parquet.Int64Type
		case Bool:
			kind = parquet.BooleanType
		}
		g.Group[c.name] = parquet.Leaf(kind)
	}
	byName := make(map[string]parquet.Field)
	for _, f := range g.Group.Fields() {
		byName[f.Name()] = f
	}
	for _, c := range cols {
		g.fields = append(g.fields, byName[c.name])
	}
	return parquet.NewSchema("draws", g)
}

// An orderedGroup is a parquet.Group whose columns keep their order. Those of a
// parquet.Group are sorted by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// Fields returns the columns in their order.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }
