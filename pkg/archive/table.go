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
)

// SaveTable writes rows to path as a table with a column for each exported
// field of T, a struct. The extension names the format, .parquet or .npz. A
// field is a float64, float32, int, int64, int32, uint64, uint32, bool or
// string; its column has its name, or the one that its tag gives:
//
//	type Row struct {
//		StepSize float64 `parquet:"step_size"`
//	}
//
// The run goes along under the key natspike. Rows are written as they come, and
// the file appears when the last is; the first error of a write ends the loop.
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

// Rows returns the rows of a table, from .parquet or .npz. The file must have a
// column for each field of T, of a type that the field holds, without missing
// values; it may have more. An error comes last, after the rows before it.
func Rows[T any](path string) iter.Seq2[T, error] { return Table[T]{}.Rows(path) }

// ReadRun returns the run that a .parquet, .npz or CmdStan .csv file of ours
// was written with.
func ReadRun(path string) (Run, error) {
	if strings.ToLower(filepath.Ext(path)) == ".csv" {
		r, err := OpenCmdStan(path)
		if err != nil {
			return Run{}, err
		}
		defer r.Close()
		return r.Header.Run, nil
	}
	run, err := readRun(path)
	if err != nil {
		return Run{}, fmt.Errorf("archive: %s: %w", path, err)
	}
	return run, nil
}

var errNoRun = errors.New("it does not say what run it is from")

func readRun(path string) (run Run, err error) {
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".parquet":
		err = withFile(path, func(f io.ReaderAt, size int64) error {
			return withParquet(f, size, func(p parquetFile) error {
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
		err = fmt.Errorf("its name ends in %q; want .parquet, .npz or .csv", ext)
	}
	return run, err
}

// A column is a field of the struct that holds a row.
type column struct {
	name     string
	field    int
	kind     reflect.Kind
	unsigned bool // what a Parquet file has, whatever the field
}

func tableColumns(t reflect.Type) ([]column, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("rows of type %v; want a struct", t)
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
		if err := checkName("column", name); err != nil {
			return nil, err
		}
		if _, ok := npyTypes[f.Type.Kind()]; !ok || f.Anonymous {
			return nil, fmt.Errorf("column %s is of type %v; want a float64, float32, int, int64, int32, uint64, uint32, bool or string", name, f.Type)
		}
		if seen[name] {
			return nil, fmt.Errorf("two columns are called %s", name)
		}
		seen[name] = true
		cols = append(cols, column{name: name, field: i, kind: f.Type.Kind()})
	}
	if len(cols) == 0 {
		return nil, fmt.Errorf("rows of type %v, which has no exported field; want a column for each", t)
	}
	return cols, nil
}

// checkText admits strings that every format keeps.
func checkText(s string) error {
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
