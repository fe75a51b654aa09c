package archive

import (
	"encoding/csv"
	"io"
	"math"
	"reflect"
	"strconv"
)

// csv begins a table of comma-separated text with a line of names, and returns
// functions that write a row and the end. Numbers are written as pandas, polars,
// DuckDB and R read them, with as many digits as it takes to read the same number
// back. The run is not written.
func (t *tableFile) csv(f io.Writer) (write, end func() error, err error) {
	w := csv.NewWriter(f)
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = c.name
	}
	write = func() error {
		for i, c := range t.columns {
			cells[i] = cell(c.value)
		}
		return w.Write(cells)
	}
	end = func() error { w.Flush(); return w.Error() }
	return write, end, w.Write(cells)
}

func cell(v reflect.Value) string {
	switch {
	case v.CanFloat():
		switch x := v.Float(); {
		case math.IsInf(x, 1):
			return "inf"
		case math.IsInf(x, -1):
			return "-inf"
		default:
			return strconv.FormatFloat(x, 'g', -1, v.Type().Bits()) // NaN is NaN
		}
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanUint():
		return strconv.FormatUint(v.Uint(), 10)
	case v.Kind() == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return v.String()
}
