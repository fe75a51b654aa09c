package archive

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"natspike/pkg/internal/parquetguard"
)

// descriptionKey is the key of the description in Parquet's metadata.
const descriptionKey = "natspike"

// groupRows is the number of rows in a row group. Readers hold one group in memory.
const groupRows = 1 << 16

// parquet begins a Parquet file and returns functions that write a row and the end.
// Values are encoded plainly, in pages of the first version, which every reader
// knows. They are compressed with Gzip, because Snappy's encoder gives other bytes
// on arm64 than on amd64, and the decoder of Zstandard takes 20 MB.
func (t *tableFile) parquet(f io.Writer) (write, end func() error, err error) {
	text, err := json.Marshal(t.about)
	if err != nil {
		return nil, nil, err
	}
	w := parquet.NewGenericWriter[any](f, schemaOf(t.name, t.columns),
		parquet.KeyValueMetadata(descriptionKey, string(text)),
		parquet.CreatedBy("natspike", t.about.Run.Version, ""),
		parquet.MaxRowsPerRowGroup(int64(t.perGroup)),
		parquet.Compression(&parquet.Gzip),
		parquet.DataPageVersion(1),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
	)
	rows, n := make([]parquet.Row, max(1, min(256, 1<<13/len(t.columns)))), 0
	for i := range rows {
		rows[i] = make(parquet.Row, len(t.columns))
	}
	flush := func() error {
		_, err := w.WriteRows(rows[:n])
		n = 0
		return err
	}
	write = func() error {
		for i, c := range t.columns {
			rows[n][i] = parquet.ValueOf(c.value.Interface()).Level(0, 0, i)
		}
		if n++; n < len(rows) {
			return nil
		}
		return flush()
	}
	return write, func() error { return cmp.Or(flush(), w.Close()) }, nil
}

// nodes are the types of columns by the kinds of their values.
var nodes = map[reflect.Kind]parquet.Node{
	reflect.Float64: parquet.Leaf(parquet.DoubleType), reflect.Float32: parquet.Leaf(parquet.FloatType),
	reflect.Int: parquet.Int(64), reflect.Int64: parquet.Leaf(parquet.Int64Type), reflect.Int32: parquet.Int(32),
	reflect.Uint64: parquet.Uint(64), reflect.Uint32: parquet.Uint(32),
	reflect.Bool: parquet.Leaf(parquet.BooleanType), reflect.String: parquet.String(),
}

// schemaOf returns the schema of a table.
func schemaOf(name string, columns []column) *parquet.Schema {
	g := orderedGroup{Group: make(parquet.Group)}
	place := make(map[string]int)
	for i, c := range columns {
		g.Group[c.name], place[c.name] = nodes[c.value.Kind()], i
	}
	g.fields = g.Group.Fields()
	slices.SortFunc(g.fields, func(a, b parquet.Field) int { return place[a.Name()] - place[b.Name()] })
	return parquet.NewSchema(name, g)
}

// An orderedGroup is a parquet.Group whose columns keep their order. Those of a
// parquet.Group are sorted by name.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

// Fields returns the columns in their order.
func (g orderedGroup) Fields() []parquet.Field { return g.fields }

// withParquet returns what use returns for the file, decoded up to its pages. A
// panic of the decoder becomes an error.
func withParquet[T any](f io.ReaderAt, size int64, use func(*parquet.File) (T, error)) (content T, err error) {
	if err := parquetguard.Footer(f, size); err != nil {
		return content, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it is damaged: %v", p)
		}
	}()
	p, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return content, fmt.Errorf("it is damaged: %w", err)
	}
	return use(p)
}

// withParquetFile is withParquet for the file at path.
func withParquetFile[T any](path string, use func(*parquet.File) (T, error)) (T, error) {
	return withFile(path, func(f io.ReaderAt, size int64) (T, error) { return withParquet(f, size, use) })
}

// readParquet reads rows into the columns and calls visit for each. An error of
// visit ends the rows.
func readParquet(f *parquet.File, cols []column, visit func() error) error {
	leaves := make([]int, len(cols))
	for i := range cols {
		c := &cols[i]
		leaf, ok := f.Schema().Lookup(c.name)
		if !ok {
			return fmt.Errorf("it has no column %s", c.name)
		}
		if !leaf.Node.Leaf() || leaf.Node.Repeated() || !holds(c.value.Kind(), leaf.Node.Type()) {
			return fmt.Errorf("column %s is %v; want what fits %v", c.name, leaf.Node, c.value.Kind())
		}
		leaves[i], c.unsigned = leaf.ColumnIndex, unsigned(leaf.Node.Type())
	}
	if err := parquetguard.Columns(f, f.Size(), f, leaves); err != nil {
		return err
	}
	done := 0
	for _, g := range f.RowGroups() {
		if err := readRowGroup(g, cols, leaves, &done, visit); err != nil {
			return err
		}
	}
	if int64(done) != f.NumRows() {
		return fmt.Errorf("%d rows; it promises %d", done, f.NumRows())
	}
	return nil
}

// readRowGroup reads the rows of a group and counts them in done.
func readRowGroup(g parquet.RowGroup, cols []column, leaves []int, done *int, visit func() error) (err error) {
	if g.NumRows() == 0 { // the group may have no pages
		return nil
	}
	readers := make([]columnReader, len(cols))
	for i, k := range leaves {
		readers[i].ColumnChunkValueReader = parquet.NewColumnChunkValueReader(g.ColumnChunks()[k])
	}
	defer func() {
		for i := range readers {
			err = errors.Join(err, readers[i].Close())
		}
	}()
	for range g.NumRows() {
		for i := range cols {
			v, err := readers[i].next()
			if err == nil {
				err = cols[i].setParquet(v)
			}
			if err != nil {
				return fmt.Errorf("row %d, column %s: %w", *done, cols[i].name, cutShort(err))
			}
		}
		*done++
		if err := visit(); err != nil {
			return err
		}
	}
	return nil
}

// A columnReader reads the values of one column in one row group.
type columnReader struct {
	parquet.ColumnChunkValueReader
	buf   [64]parquet.Value
	ahead []parquet.Value // values in buf that next has not returned
}

// next returns the next value, or io.EOF.
func (r *columnReader) next() (parquet.Value, error) {
	if len(r.ahead) == 0 {
		n, err := r.ReadValues(r.buf[:])
		if n == 0 {
			return parquet.Value{}, err
		}
		r.ahead = r.buf[:n]
	}
	v := r.ahead[0]
	r.ahead = r.ahead[1:]
	return v, nil
}

// holds reports whether a field of the given kind can hold the values of a column,
// as far as they are in its range. A column whose numbers have a logical type, such
// as dates, does not hold numbers.
func holds(field reflect.Kind, t parquet.Type) bool {
	var meaning format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		meaning = l.Value
	}
	if _, empty := meaning.(*format.NullType); empty {
		return true // pandas' type of a column of objects without rows
	}
	switch k := t.Kind(); field {
	case reflect.Float64:
		return meaning == nil && (k == parquet.Double || k == parquet.Float)
	case reflect.Float32:
		return meaning == nil && k == parquet.Float
	case reflect.Bool:
		return meaning == nil && k == parquet.Boolean
	case reflect.String:
		_, text := meaning.(*format.StringType)
		return k == parquet.ByteArray && (text || meaning == nil)
	default:
		_, whole := meaning.(*format.IntType)
		return (k == parquet.Int64 || k == parquet.Int32) && (whole || meaning == nil)
	}
}

// unsigned reports whether a column's whole numbers are unsigned.
func unsigned(t parquet.Type) bool {
	if l := t.LogicalType(); l != nil {
		i, ok := l.Value.(*format.IntType)
		return ok && !i.IsSigned
	}
	return false
}

// setParquet stores a value in the column.
func (c *column) setParquet(v parquet.Value) error {
	if v.IsNull() {
		return errors.New("a missing value; want one in each row")
	}
	switch k := v.Kind(); {
	case k == parquet.Double:
		c.value.SetFloat(v.Double())
	case k == parquet.Float:
		c.value.SetFloat(float64(v.Float()))
	case k == parquet.Boolean:
		c.value.SetBool(v.Boolean())
	case k == parquet.ByteArray:
		text := string(v.ByteArray())
		if err := validateText(text); err != nil {
			return err
		}
		c.value.SetString(text)
	case k == parquet.Int64 && c.unsigned:
		return setWhole(c.value, v.Uint64(), false)
	case k == parquet.Int64:
		return setWhole(c.value, uint64(v.Int64()), v.Int64() < 0)
	case k == parquet.Int32 && c.unsigned:
		return setWhole(c.value, uint64(v.Uint32()), false)
	case k == parquet.Int32:
		return setWhole(c.value, uint64(v.Int32()), v.Int32() < 0)
	default:
		return fmt.Errorf("a value of kind %v", k)
	}
	return nil
}

// setWhole stores a whole number in a value, if it fits. A negative one is given
// by its bits.
func setWhole(v reflect.Value, bits uint64, negative bool) error {
	switch {
	case v.CanUint() && !negative && !v.OverflowUint(bits):
		v.SetUint(bits)
	case v.CanInt() && (int64(bits) < 0) == negative && !v.OverflowInt(int64(bits)):
		v.SetInt(int64(bits))
	case negative:
		return fmt.Errorf("%d does not fit %v", int64(bits), v.Kind())
	default:
		return fmt.Errorf("%d does not fit %v", bits, v.Kind())
	}
	return nil
}
