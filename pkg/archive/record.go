package archive

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// A Column is a column of a table whose columns are not known before the program
// runs. Its Unit and Help are not written.
type Column struct {
	Name string
	Unit string
	Help string
	Kind reflect.Kind // of the values, such as Float64, Int or String; 0 stands for Float64
}

// A Table is the layout of rows R. The zero Table is for a struct R, which has a
// column for each exported field; see SaveTable. Records returns the layout of
// rows whose columns are not known before the program runs.
type Table[R any] struct {
	columns []Column
}

// Records returns the layout of rows with the given columns. A row is a slice
// with a value for each column: a float64 for the kind Float64, an int for Int, a
// string for String, and so on.
func Records(columns ...Column) Table[[]any] {
	return Table[[]any]{slices.Clone(columns)}
}

// Columns returns the columns of the table. It returns an error if R is no
// struct, if a column is of a type that a table does not hold, and if two
// columns have one name.
func (t Table[R]) Columns() ([]Column, error) {
	l, err := t.layout()
	if err != nil {
		return nil, err
	}
	if t.columns != nil {
		return slices.Clone(t.columns), nil
	}
	columns := make([]Column, len(l.cols))
	for i, c := range l.cols {
		columns[i] = Column{Name: c.name, Kind: c.kind}
	}
	return columns, nil
}

// A layout stores rows in structs.
type layout[R any] struct {
	cols []column
	pack func(R) (reflect.Value, error) // returns the struct of a row
	row  reflect.Value                  // the struct into which a row is read
	take func() R                       // returns the row that was read
}

func (t Table[R]) layout() (l layout[R], err error) {
	if t.columns == nil {
		row := new(R)
		l.pack = func(r R) (reflect.Value, error) { return reflect.ValueOf(&r).Elem(), nil }
		l.row = reflect.ValueOf(row).Elem()
		l.take = func() R { return *row }
		l.cols, err = columnsOf(l.row.Type())
		return l, err
	}
	var fields []reflect.StructField
	for i, c := range t.columns {
		if err := validateName("column", c.Name); err != nil {
			return l, err
		}
		field := reflect.TypeFor[float64]()
		if c.Kind != reflect.Invalid {
			field = basic[c.Kind]
		}
		if field == nil {
			return l, check.Errorf("column "+c.Name, "is of kind %v; want Float64, Float32, Int, Int64, Int32, Uint64, Uint32, Bool or String", c.Kind)
		}
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: field, Tag: reflect.StructTag(fmt.Sprintf("parquet:%q", c.Name)),
		})
	}
	of := reflect.StructOf(fields)
	l.pack = func(r R) (reflect.Value, error) {
		values := any(r).([]any)
		row := reflect.New(of).Elem()
		if len(values) != len(fields) {
			return row, fmt.Errorf("a row of %d values for %d columns", len(values), len(fields))
		}
		for i, v := range values {
			if reflect.TypeOf(v) != fields[i].Type {
				return row, fmt.Errorf("column %s has the value %#v; want type %v", t.columns[i].Name, v, fields[i].Type)
			}
			row.Field(i).Set(reflect.ValueOf(v))
		}
		return row, nil
	}
	l.row = reflect.New(of).Elem()
	l.take = func() R {
		values := make([]any, len(fields))
		for i := range values {
			values[i] = l.row.Field(i).Interface()
		}
		return any(values).(R)
	}
	l.cols, err = columnsOf(of)
	return l, err
}

// basic has the type of a field of each kind.
var basic = map[reflect.Kind]reflect.Type{
	reflect.Float64: reflect.TypeFor[float64](), reflect.Float32: reflect.TypeFor[float32](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int64: reflect.TypeFor[int64](), reflect.Int32: reflect.TypeFor[int32](),
	reflect.Uint64: reflect.TypeFor[uint64](), reflect.Uint32: reflect.TypeFor[uint32](),
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
}

// CheckTable returns an *arg.Error if no table can be saved at path, because its
// extension names no format of tables.
func CheckTable(path string) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".parquet" && ext != ".csv" {
		return check.Errorf("path", "= %q ends in neither .parquet nor .csv", path)
	}
	return nil
}

// Save writes rows to path; see SaveTable. The first error among the rows is
// returned, and no file appears.
func (t Table[R]) Save(path string, run Run, rows iter.Seq2[R, error]) error {
	if err := CheckTable(path); err != nil {
		return err
	}
	l, err := t.layout()
	if err != nil {
		return err
	}
	if run, err = run.normalize(); err != nil {
		return err
	}
	var failed error    // of the rows
	var malformed error // a row
	packed := func(yield func(reflect.Value) bool) {
		n := 0
		for row, err := range rows {
			if failed = err; err != nil {
				return
			}
			v, err := l.pack(row)
			if err == nil {
				err = normalizeRow(l.cols, v)
			}
			if malformed = err; err != nil {
				malformed = fmt.Errorf("row %d: %w", n, err)
				return
			}
			if n++; !yield(v) {
				return
			}
		}
	}
	stopped := func() error { return cmp.Or(failed, malformed) }
	switch {
	case strings.EqualFold(filepath.Ext(path), ".csv"):
		err = saveCSV(path, l.cols, packed, stopped)
	case t.columns == nil:
		err = saveParquet(path, run, func(yield func(R) bool) {
			for v := range packed {
				if !yield(*v.Addr().Interface().(*R)) {
					return
				}
			}
		}, stopped)
	default:
		err = saveParquet(path, run, func(yield func(any) bool) {
			for v := range packed {
				if !yield(v.Interface()) {
					return
				}
			}
		}, stopped, parquet.SchemaOf(l.row.Addr().Interface()))
	}
	if failed != nil {
		return failed
	}
	if err != nil {
		return fmt.Errorf("archive: %s: %w", path, err)
	}
	return nil
}

// normalizeRow gives every NaN in a row the same bits. It returns an error unless
// every format keeps the strings of the row.
func normalizeRow(cols []column, row reflect.Value) error {
	for _, c := range cols {
		switch v := row.Field(c.field); {
		case c.kind == reflect.String:
			if err := validateText(v.String()); err != nil {
				return fmt.Errorf("column %s: %w", c.name, err)
			}
		case v.CanFloat() && math.IsNaN(v.Float()):
			v.SetFloat(math.NaN())
		}
	}
	return nil
}

// Rows returns the rows of a table; see the function Rows.
func (t Table[R]) Rows(path string) iter.Seq2[R, error] {
	return func(yield func(R, error) bool) {
		more := true
		l, err := t.layout()
		if ext := filepath.Ext(path); err == nil && !strings.EqualFold(ext, ".parquet") {
			err = check.Errorf("path", "= %q does not end in .parquet", path)
		}
		if err == nil {
			err = withFile(path, func(f io.ReaderAt, size int64) error {
				return readParquet(f, size, l.cols, l.row, func() bool {
					more = yield(l.take(), nil)
					return more
				})
			})
		}
		if err != nil && more {
			var none R
			yield(none, err)
		}
	}
}
