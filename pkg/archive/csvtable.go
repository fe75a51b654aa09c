package archive

import (
	"encoding/csv"
	"fmt"
	"math"
	"reflect"
	"strconv"

	"natspike/pkg/internal/atomicfile"
)

// saveCSV writes a line of names and a line for each row. It writes no file if
// stopped returns an error after the last. Numbers have as many digits as it takes to read
// the same number back. The run is not written.
func saveCSV(path string, cols []column, rows func(yield func(reflect.Value) bool), stopped func() error) error {
	f, err := atomicfile.Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	w := csv.NewWriter(f)
	cells := make([]string, len(cols))
	for i, c := range cols {
		cells[i] = c.name
	}
	if err := w.Write(cells); err != nil {
		return err
	}
	for row := range rows {
		for i, c := range cols {
			cells[i] = cell(row.Field(c.field))
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	if err := stopped(); err != nil {
		return err
	}
	if w.Flush(); w.Error() != nil {
		return w.Error()
	}
	return f.Commit()
}

// cell writes a value as pandas, polars and R read it.
func cell(v reflect.Value) string {
	if !v.CanFloat() {
		return fmt.Sprint(v)
	}
	switch x := v.Float(); {
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	default:
		return strconv.FormatFloat(x, 'g', -1, v.Type().Bits())
	}
}
