package archive

import (
	"cmp"
	"fmt"
	"iter"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"natspike/pkg/internal/atomicfile"
)

// SaveTable writes rows to path as a table with a column for each exported field
// of T, a struct. The extension names the format, .parquet or .csv. A field is a
// float64, float32, int, int64, int32, uint64, uint32, bool or string; its column
// has its name, or the one that its tag gives:
//
//	type Row struct {
//		StepSize float64 `parquet:"step_size"`
//	}
//
// A .parquet file holds the run in its metadata, under the key natspike; a .csv file
// does not hold it. Rows are written as they come, and the file appears after the
// last. The first error of a write ends the loop.
func SaveTable[T any](path string, run Run, rows iter.Seq[T]) error {
	return SaveRows(path, run, func(yield func(T, error) bool) {
		for row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
}

// SaveRows is SaveTable for rows that come with errors, such as the Rows of other
// tables. It returns the first of the errors, and no file appears.
func SaveRows[T any](path string, run Run, rows iter.Seq2[T, error]) error {
	return Table[T]{}.Save(path, run, rows)
}

// Rows returns the rows of a table in a .parquet file. The file must have a
// column for each field of T, of a type that the field can hold, without missing
// values. Further columns are not read. An error ends the rows: an *arg.Error if T
// or the path is not allowed, a *FormatError if the file is damaged or does not
// fit T.
func Rows[T any](path string) iter.Seq2[T, error] { return Table[T]{}.Rows(path) }

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
	columns := make([]Column, len(l.columns))
	for i, c := range l.columns {
		columns[i] = Column{Name: c.name, Kind: c.value.Kind()}
	}
	return columns, nil
}

// A column is one of a table that is written or read. It holds the value of one
// row at a time.
type column struct {
	name     string
	value    reflect.Value
	unsigned bool // whether the numbers in the file are unsigned
}

func newColumn(name string, of reflect.Type) column {
	return column{name: name, value: reflect.New(of).Elem()}
}

// A layout stores rows in columns and makes rows of them.
type layout[R any] struct {
	columns []column
	put     func(R) error // stores a row in the columns
	take    func() R      // returns the row in the columns
}

func (t Table[R]) layout() (l layout[R], err error) {
	if t.columns == nil {
		row := new(R)
		l.put = func(r R) error { *row = r; return nil }
		l.take = func() R { return *row }
		l.columns, err = columnsOf(reflect.ValueOf(row).Elem())
		return l, err
	}
	for _, c := range t.columns {
		kind := cmp.Or(c.Kind, reflect.Float64)
		if basic[kind] == nil {
			return l, check.Errorf("column "+c.Name, "is of kind %v; want Float64, Float32, Int, Int64, Int32, Uint64, Uint32, Bool or String", kind)
		}
		l.columns = append(l.columns, newColumn(c.Name, basic[kind]))
	}
	l.put = func(r R) error {
		values := any(r).([]any)
		if len(values) != len(l.columns) {
			return fmt.Errorf("a row of %d values for %d columns", len(values), len(l.columns))
		}
		for i, c := range l.columns {
			if reflect.TypeOf(values[i]) != c.value.Type() {
				return fmt.Errorf("column %s has the value %#v; want type %v", c.name, values[i], c.value.Type())
			}
			c.value.Set(reflect.ValueOf(values[i]))
		}
		return nil
	}
	l.take = func() R {
		values := make([]any, len(l.columns))
		for i, c := range l.columns {
			values[i] = c.value.Interface()
		}
		return any(values).(R)
	}
	return l, validateColumns(l.columns)
}

// basic are the types of values by their kinds.
var basic = map[reflect.Kind]reflect.Type{
	reflect.Float64: reflect.TypeFor[float64](), reflect.Float32: reflect.TypeFor[float32](),
	reflect.Int: reflect.TypeFor[int](), reflect.Int64: reflect.TypeFor[int64](), reflect.Int32: reflect.TypeFor[int32](),
	reflect.Uint64: reflect.TypeFor[uint64](), reflect.Uint32: reflect.TypeFor[uint32](),
	reflect.Bool: reflect.TypeFor[bool](), reflect.String: reflect.TypeFor[string](),
}

// columnsOf returns columns whose values are the fields of a struct.
func columnsOf(row reflect.Value) (columns []column, err error) {
	of := row.Type()
	if of.Kind() != reflect.Struct {
		return nil, check.Errorf("T", "is %v; want a struct", of)
	}
	for i := range of.NumField() {
		f := of.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		name = cmp.Or(name, f.Name)
		if basic[f.Type.Kind()] == nil || f.Anonymous {
			return nil, check.Errorf("column "+name, "is of type %v; want a float64, float32, int, int64, int32, uint64, uint32, bool or string", f.Type)
		}
		columns = append(columns, column{name: name, value: row.Field(i)})
	}
	if len(columns) == 0 {
		return nil, check.Errorf("T", "is %v, which has no exported field; want a field for each column", of)
	}
	return columns, validateColumns(columns)
}

// validateColumns returns an error if the name of a column is not allowed, or if two
// columns have the same name.
func validateColumns(columns []column) error {
	var names []string
	for _, c := range columns {
		if err := validateName("column", c.name); err != nil {
			return err
		}
		names = append(names, c.name)
	}
	return distinct("column", names)
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
	var failed error // of the rows
	file := tableFile{path: path, name: reflect.TypeFor[R]().Name(), about: description{Run: run}, columns: l.columns, perGroup: groupRows}
	err = file.save(func(yield func(error) bool) {
		n := 0
		for row, err := range rows {
			if failed = err; err == nil {
				if err = cmp.Or(l.put(row), normalizeRow(l.columns)); err != nil {
					err = fmt.Errorf("row %d: %w", n, err)
				}
			}
			if n++; !yield(err) {
				return
			}
		}
	})
	return cmp.Or(failed, at(path, err))
}

// normalizeRow gives every NaN in a row the same bits. It returns an error unless
// every format keeps the strings of the row.
func normalizeRow(columns []column) error {
	for _, c := range columns {
		switch v := c.value; {
		case v.Kind() == reflect.String:
			if err := validateText(v.String()); err != nil {
				return fmt.Errorf("column %s: %w", c.name, err)
			}
		case v.CanFloat() && math.IsNaN(v.Float()):
			v.SetFloat(math.NaN())
		}
	}
	return nil
}

// validateText returns an error unless every format keeps the string.
func validateText(s string) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return fmt.Errorf("%.40q is not UTF-8 text without NUL", s)
	}
	return nil
}

// A tableFile is a table that is to be written.
type tableFile struct {
	path     string
	name     string      // of a row's type; only in Parquet
	about    description // only in Parquet
	columns  []column
	perGroup int // rows of a row group in Parquet
}

// save writes the table in the format that the extension of its path names. The
// columns hold a row each time that rows yields. An error among the rows ends
// the table, and no file appears.
func (t *tableFile) save(rows iter.Seq[error]) error {
	f, err := atomicfile.Create(t.path)
	if err != nil {
		return err
	}
	defer f.Discard()
	create := t.parquet
	if strings.EqualFold(filepath.Ext(t.path), ".csv") {
		create = t.csv
	}
	write, end, err := create(f)
	if err != nil {
		return err
	}
	for err := range rows {
		if err == nil {
			err = write()
		}
		if err != nil {
			return err
		}
	}
	if err := end(); err != nil {
		return err
	}
	return f.Commit()
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
			_, err = withParquetFile(path, func(p *parquet.File) (struct{}, error) {
				return struct{}{}, readParquet(p, l.columns, func() error {
					if more = yield(l.take(), nil); !more {
						return errStopped
					}
					return nil
				})
			})
		}
		if err != nil && more {
			var none R
			yield(none, err)
		}
	}
}
