package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
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
// In a .parquet file the run goes along in the metadata, under the key natspike;
// text has no place for it. Rows are written as they come, and the file appears
// when the last is; the first error of a write ends the loop.
func SaveTable[T any](path string, run Run, rows iter.Seq[T]) error {
	return SaveRows(path, run, func(yield func(T, error) bool) {
		for row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
}

// SaveRows is SaveTable for rows that may fail to come, such as the Rows of
// other tables. Their first error is returned, and no file appears.
func SaveRows[T any](path string, run Run, rows iter.Seq2[T, error]) error {
	return Table[T]{}.Save(path, run, rows)
}

// Rows returns the rows of a table in a .parquet file. The file must have a
// column for each field of T, of a type that the field holds, without missing
// values; it may have more, which are not read. An error comes last, after the
// rows before it: an *arg.Error if T or the path is not allowed, a *FormatError
// if the file is damaged or does not fit T.
func Rows[T any](path string) iter.Seq2[T, error] { return Table[T]{}.Rows(path) }

// ReadRun returns the run that a .parquet, .npz or .stan.csv file of this package
// was written with. It returns a *FormatError if the file does not say.
func ReadRun(path string) (run Run, err error) {
	errNoRun := errors.New("it does not say what run it is from")
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		r, err := OpenCmdStan(path)
		if err != nil {
			return run, err
		}
		defer r.Close()
		return r.Header.Run, nil
	case ".parquet":
		err = withFile(path, func(f io.ReaderAt, size int64) error {
			return withParquet(f, size, func(p *parquet.File) error {
				text, ok := p.Lookup(descriptionKey)
				if !ok {
					return errNoRun
				}
				var d description
				err := json.Unmarshal([]byte(text), &d)
				run = d.Run
				return err
			})
		})
	case ".npz":
		err = withFile(path, func(f io.ReaderAt, size int64) error {
			r, err := openNPZ(f, size)
			if err != nil {
				return err
			}
			if r.description == nil {
				return errNoRun
			}
			run = r.description.Run
			return nil
		})
	default:
		err = check.Errorf("path", "= %q ends in none of .parquet, .npz and .stan.csv", path)
	}
	return run, err
}

// A column is a field of the struct that holds a row.
type column struct {
	name     string
	field    int
	kind     reflect.Kind
	unsigned bool // whether the numbers in the file are, whatever the field
}

// columnsOf returns the columns of a row.
func columnsOf(t reflect.Type) ([]column, error) {
	if t.Kind() != reflect.Struct {
		return nil, check.Errorf("T", "is %v; want a struct", t)
	}
	var cols []column
	seen := make(map[string]bool)
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("parquet"), ",")
		if !f.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if err := validateName("column", name); err != nil {
			return nil, err
		}
		if basic[f.Type.Kind()] == nil || f.Anonymous {
			return nil, check.Errorf("column "+name, "is of type %v; want a float64, float32, int, int64, int32, uint64, uint32, bool or string", f.Type)
		}
		if seen[name] {
			return nil, check.Errorf("column "+name, "is there twice")
		}
		seen[name] = true
		cols = append(cols, column{name: name, field: i, kind: f.Type.Kind()})
	}
	if len(cols) == 0 {
		return nil, check.Errorf("T", "is %v, which has no exported field; want a field for each column", t)
	}
	return cols, nil
}

// validateText returns an error unless every format keeps the string.
func validateText(s string) error {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return fmt.Errorf("%.40q is not UTF-8 text without NUL", s)
	}
	return nil
}

// setInt stores a whole number in a field, if it fits.
func setInt(v reflect.Value, x int64) error {
	switch k := v.Kind(); {
	case k == reflect.Uint64 || k == reflect.Uint32:
		if x < 0 || v.OverflowUint(uint64(x)) {
			return fmt.Errorf("%d does not fit %v", x, k)
		}
		v.SetUint(uint64(x))
	default:
		if v.OverflowInt(x) {
			return fmt.Errorf("%d does not fit %v", x, k)
		}
		v.SetInt(x)
	}
	return nil
}

func setUint(v reflect.Value, x uint64) error {
	if k := v.Kind(); k == reflect.Uint64 || k == reflect.Uint32 {
		if v.OverflowUint(x) {
			return fmt.Errorf("%d does not fit %v", x, k)
		}
		v.SetUint(x)
		return nil
	}
	if int64(x) < 0 {
		return fmt.Errorf("%d does not fit %v", x, v.Kind())
	}
	return setInt(v, int64(x))
}
