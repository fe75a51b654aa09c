package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"natspike/pkg/internal/atomicfile"
)

// descriptionKey is where Parquet's key–value metadata hold the description.
const descriptionKey = "natspike"

// groupRows is how many rows a row group has: readers take one group at a time.
const groupRows = 1 << 16

// saveParquet writes rows, unless stopped says that they ended too early. Rows
// that are no structs need a schema.
func saveParquet[T any](path string, run Run, rows iter.Seq[T], stopped func() error, schema ...parquet.WriterOption) (err error) {
	about, err := json.Marshal(description{Run: run})
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	w := parquet.NewGenericWriter[T](f, append(schema,
		parquet.KeyValueMetadata(descriptionKey, string(about)),
		parquet.CreatedBy("natspike", run.Version, ""),
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.Compression(&parquet.Snappy))...)
	batch := make([]T, 0, 256)
	for row := range rows {
		batch = append(batch, row)
		if len(batch) == cap(batch) {
			if _, err := w.Write(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := stopped(); err != nil {
		return err
	}
	if _, err := w.Write(batch); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return f.Commit()
}

// A parquetFile is one open for reading.
type parquetFile = *parquet.File

// withParquet calls use with the file decoded. Damage that the decoder meets
// with a panic is an error like any other.
func withParquet(f io.ReaderAt, size int64, use func(parquetFile) error) (err error) {
	magic := make([]byte, 4)
	if _, err := f.ReadAt(magic, 0); err != nil || !bytes.Equal(magic, []byte("PAR1")) {
		return errors.New("this is not a Parquet file: it does not begin with PAR1")
	}
	if _, err := f.ReadAt(magic, size-4); err != nil || !bytes.Equal(magic, []byte("PAR1")) || size < 12 {
		return errors.New("it does not end with PAR1: it is cut short")
	}
	if err := checkFooter(f, size); err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it is damaged: %v", p)
		}
	}()
	p, err := parquet.OpenFile(f, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("it is damaged: %w", err)
	}
	if err := checkPages(f, size, p); err != nil {
		return err
	}
	return use(p)
}

func parquetRows(file io.ReaderAt, size int64, cols []column, row reflect.Value, visit func() bool) error {
	return withParquet(file, size, func(f parquetFile) error {
		fields := make(map[int]column)
		for _, c := range cols {
			leaf, ok := f.Schema().Lookup(c.name)
			if !ok {
				return fmt.Errorf("it has no column %s", c.name)
			}
			if !leaf.Node.Leaf() || leaf.Node.Repeated() || !holds(c.kind, leaf.Node.Type()) {
				return fmt.Errorf("column %s is %v; want what fits %v", c.name, leaf.Node, c.kind)
			}
			c.unsigned = unsigned(leaf.Node.Type())
			fields[leaf.ColumnIndex] = c
		}
		done := 0
		buf := make([]parquet.Row, 64)
		for _, g := range f.RowGroups() {
			rows := g.Rows()
			for {
				n, err := rows.ReadRows(buf)
				for _, r := range buf[:n] {
					set := 0
					for _, v := range r {
						c, ok := fields[v.Column()]
						if !ok {
							continue
						}
						set++
						if err := c.setParquet(row.Field(c.field), v); err != nil {
							rows.Close()
							return fmt.Errorf("row %d, column %s: %w", done, c.name, err)
						}
					}
					if set != len(cols) {
						rows.Close()
						return fmt.Errorf("row %d has %d of %d columns", done, set, len(cols))
					}
					done++
					if !visit() {
						return rows.Close()
					}
				}
				if err == io.EOF {
					break
				}
				if err == nil && n == 0 {
					err = io.ErrNoProgress
				}
				if err != nil {
					rows.Close()
					return fmt.Errorf("row %d: it is damaged: %w", done, err)
				}
			}
			if err := rows.Close(); err != nil {
				return err
			}
		}
		if int64(done) != f.NumRows() {
			return fmt.Errorf("%d rows; it promises %d", done, f.NumRows())
		}
		return nil
	})
}

// holds reports whether a field can hold a column's values, if they fit. A
// column whose numbers mean something else, such as days, is none that it can.
func holds(field reflect.Kind, t parquet.Type) bool {
	var meaning format.LogicalTypeValue
	if l := t.LogicalType(); l != nil {
		meaning = l.Value
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

func unsigned(t parquet.Type) bool {
	if l := t.LogicalType(); l != nil {
		i, ok := l.Value.(*format.IntType)
		return ok && !i.IsSigned
	}
	return false
}

func (c *column) setParquet(field reflect.Value, v parquet.Value) error {
	if v.IsNull() {
		return errors.New("a missing value; want one in each row")
	}
	switch k := v.Kind(); {
	case k == parquet.Double:
		field.SetFloat(v.Double())
	case k == parquet.Float:
		field.SetFloat(float64(v.Float()))
	case k == parquet.Boolean:
		field.SetBool(v.Boolean())
	case k == parquet.ByteArray:
		text := string(v.ByteArray())
		if err := checkText(text); err != nil {
			return err
		}
		field.SetString(text)
	case k == parquet.Int64 && c.unsigned:
		return setUint(field, v.Uint64())
	case k == parquet.Int64:
		return setInt(field, v.Int64())
	case k == parquet.Int32 && c.unsigned:
		return setUint(field, uint64(v.Uint32()))
	case k == parquet.Int32:
		return setInt(field, int64(v.Int32()))
	default:
		return fmt.Errorf("a value of kind %v", k)
	}
	return nil
}
