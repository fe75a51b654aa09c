package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"natspike/pkg/internal/atomicfile"
	"natspike/pkg/internal/parquetguard"
)

// descriptionKey is the key of the description in Parquet's metadata.
const descriptionKey = "natspike"

// groupRows is the number of rows in a row group. Readers take one group at a
// time.
const groupRows = 1 << 16

// parquetOptions returns the options for writing a file. Values are encoded
// plainly, in pages of the first version, which every reader knows. They are
// compressed with Gzip: Snappy's encoder gives other bytes on arm64 than on amd64,
// and the decoder of Zstandard takes 20 MB.
func parquetOptions(about description, rows int64) ([]parquet.WriterOption, error) {
	text, err := json.Marshal(about)
	return []parquet.WriterOption{
		parquet.KeyValueMetadata(descriptionKey, string(text)),
		parquet.CreatedBy("natspike", about.Run.Version, ""),
		parquet.MaxRowsPerRowGroup(rows),
		parquet.Compression(&parquet.Gzip),
		parquet.DataPageVersion(1),
		parquet.DefaultEncodingFor(parquet.ByteArray, &parquet.Plain),
	}, err
}

// saveParquet writes rows. It writes no file if stopped returns an error after
// the last. Rows that are no structs need a schema.
func saveParquet[T any](path string, run Run, rows iter.Seq[T], stopped func() error, schema ...parquet.WriterOption) (err error) {
	options, err := parquetOptions(description{Run: run}, groupRows)
	if err != nil {
		return err
	}
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	w := parquet.NewGenericWriter[T](f, append(options, schema...)...)
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

// withParquet calls use with the file decoded up to its pages. A panic of the
// decoder becomes an error.
func withParquet(f io.ReaderAt, size int64, use func(*parquet.File) error) (err error) {
	if err := parquetguard.Footer(f, size); err != nil {
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
	return use(p)
}

// readParquet reads the columns into the fields of row and calls visit, for each
// row until visit returns false.
func readParquet(file io.ReaderAt, size int64, cols []column, row reflect.Value, visit func() bool) error {
	return withParquet(file, size, func(f *parquet.File) error {
		leaves := make([]int, len(cols))
		for i := range cols {
			c := &cols[i]
			leaf, ok := f.Schema().Lookup(c.name)
			if !ok {
				return fmt.Errorf("it has no column %s", c.name)
			}
			if !leaf.Node.Leaf() || leaf.Node.Repeated() || !holds(c.kind, leaf.Node.Type()) {
				return fmt.Errorf("column %s is %v; want what fits %v", c.name, leaf.Node, c.kind)
			}
			leaves[i], c.unsigned = leaf.ColumnIndex, unsigned(leaf.Node.Type())
		}
		if err := parquetguard.Columns(file, size, f, leaves); err != nil {
			return err
		}
		done := 0
		for _, g := range f.RowGroups() {
			more, err := readRowGroup(g, cols, leaves, row, &done, visit)
			if err != nil || !more {
				return err
			}
		}
		if int64(done) != f.NumRows() {
			return fmt.Errorf("%d rows; it promises %d", done, f.NumRows())
		}
		return nil
	})
}

// readRowGroup reads the rows of a group and counts them in done. It returns
// false if visit did.
func readRowGroup(g parquet.RowGroup, cols []column, leaves []int, row reflect.Value, done *int, visit func() bool) (more bool, err error) {
	readers := make([]columnReader, len(cols))
	defer func() {
		for i := range readers {
			err = errors.Join(err, readers[i].close())
		}
	}()
	if g.NumRows() > 0 { // a group without rows may have no pages
		for i, k := range leaves {
			readers[i].pages = g.ColumnChunks()[k].Pages()
		}
	}
	for range g.NumRows() {
		for i := range cols {
			v, err := readers[i].next()
			if err == nil {
				err = cols[i].setParquet(row.Field(cols[i].field), v)
			}
			if err != nil {
				return false, fmt.Errorf("row %d, column %s: %w", *done, cols[i].name, cut(err))
			}
		}
		*done++
		if !visit() {
			return false, nil
		}
	}
	return true, nil
}

// A columnReader reads the values of one column in one row group.
type columnReader struct {
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader
	buf    [64]parquet.Value
	ahead  []parquet.Value // part of buf
}

// next returns the next value, or io.EOF.
func (r *columnReader) next() (parquet.Value, error) {
	for len(r.ahead) == 0 {
		if r.values == nil {
			parquet.Release(r.page)
			r.page = nil
			page, err := r.pages.ReadPage()
			if err != nil {
				return parquet.Value{}, err
			}
			r.page, r.values = page, page.Values()
		}
		n, err := r.values.ReadValues(r.buf[:])
		r.ahead = r.buf[:n]
		if err == io.EOF {
			r.values = nil
		} else if err != nil {
			return parquet.Value{}, err
		} else if n == 0 {
			return parquet.Value{}, io.ErrNoProgress
		}
	}
	v := r.ahead[0]
	r.ahead = r.ahead[1:]
	return v, nil
}

func (r *columnReader) close() error {
	if r.pages == nil {
		return nil
	}
	parquet.Release(r.page)
	return r.pages.Close()
}

// holds reports whether a field can hold a column's values, if they fit. A
// column whose numbers mean something else, such as days, is not taken for a
// number.
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

// setParquet stores a value in the column's field.
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
		if err := validateText(text); err != nil {
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
