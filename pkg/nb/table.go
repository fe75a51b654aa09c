package nb

import (
	"fmt"
	"html"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// A Row is one row of a table: numbers, strings, or anything that prints.
type Row = []any

// Table shows a table. Floating-point numbers get three significant digits
// (write them with fmt.Sprintf where they need others), and columns of numbers
// are aligned on the right. Rows may be shorter than the header, not longer.
func Table(header []string, rows ...Row) {
	t := Must(newTable(header, rows))
	present("", t.text(), bundle{protocol.MIMETextHTML: t.html()})
}

type table struct {
	header []string
	cells  [][]string
	right  []bool // whether a column holds numbers, which are aligned on the right
}

func newTable(header []string, rows []Row) (*table, error) {
	t := &table{header: header, right: slices.Repeat([]bool{len(rows) > 0}, len(header))}
	for i, row := range rows {
		if len(row) > len(header) {
			return nil, check.Errorf(fmt.Sprintf("row %d of the table", i), "has %d cells for %d columns", len(row), len(header))
		}
		cells := make([]string, len(header))
		for c := range header {
			if c >= len(row) {
				continue
			}
			cells[c] = format(row[c])
			if !numeric(row[c], cells[c]) {
				t.right[c] = false
			}
		}
		t.cells = append(t.cells, cells)
	}
	return t, nil
}

// numeric reports whether a value, written as s, may be in a column of numbers.
func numeric(v any, s string) bool {
	x := reflect.ValueOf(v)
	r, _ := utf8.DecodeRuneInString(s)
	return x.CanInt() || x.CanUint() || x.CanFloat() || s == "" || unicode.IsDigit(r) || strings.ContainsRune("-−+±<>≈–—", r)
}

// format writes a value as Table does.
func format(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return number(v)
	case float32:
		return number(float64(v))
	case fmt.Stringer:
		return v.String()
	case string:
		return v
	}
	if s := fmt.Sprint(v); strings.HasPrefix(s, "-") {
		return "−" + s[1:]
	} else {
		return s
	}
}

// number writes v with three significant digits, and below a million with all digits
// before the point.
func number(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "∞"
	case math.IsInf(v, -1):
		return "−∞"
	case v == 0:
		return "0"
	}
	// Rounded first: 9.999 is 10.0, not 10.00.
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		panic(err) // not a number that strconv writes
	}
	if e >= 6 || e < -4 {
		return power(mantissa, e)
	}
	return minus(strconv.FormatFloat(v, 'f', max(0, 2-e), 64))
}

// short writes a number with at most four significant digits, and anything else
// as format does.
func short(v any) string {
	x, ok := v.(float64)
	if !ok {
		return format(v)
	}
	text := strconv.FormatFloat(x, 'e', 3, 64)
	if v, err := strconv.ParseFloat(text, 64); err == nil && (v == 0 || math.Abs(v) >= 1e-4 && math.Abs(v) < 1e6) {
		return minus(strconv.FormatFloat(v, 'f', -1, 64))
	}
	mantissa, exponent, _ := strings.Cut(text, "e")
	e, err := strconv.Atoi(exponent)
	if err != nil { // it is not finite
		return format(v)
	}
	return power(strings.TrimRight(strings.TrimRight(mantissa, "0"), "."), e)
}

// minus writes a number with a true minus sign.
func minus(s string) string { return strings.Replace(s, "-", "−", 1) }

var raised = strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹")

// power writes a mantissa times ten to the power of e.
func power(mantissa string, e int) string {
	return minus(mantissa) + "×10" + raised.Replace(strconv.Itoa(e))
}

func (t *table) html() string {
	var b strings.Builder
	align := func(c int) string {
		if t.right[c] {
			return ` style="text-align:right"`
		}
		return ` style="text-align:left"`
	}
	b.WriteString("<table>\n<thead><tr>")
	for c, h := range t.header {
		fmt.Fprintf(&b, "<th%s>%s</th>", align(c), html.EscapeString(h))
	}
	b.WriteString("</tr></thead>\n<tbody>\n")
	for _, row := range t.cells {
		b.WriteString("<tr>")
		for c, s := range row {
			fmt.Fprintf(&b, "<td%s>%s</td>", align(c), html.EscapeString(s))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</tbody>\n</table>")
	return b.String()
}

func (t *table) text() string {
	width := make([]int, len(t.header))
	for _, row := range append([][]string{t.header}, t.cells...) {
		for c, s := range row {
			width[c] = max(width[c], utf8.RuneCountInString(s))
		}
	}
	var b strings.Builder
	write := func(row []string) {
		var line strings.Builder
		for c, s := range row {
			pad := strings.Repeat(" ", width[c]-utf8.RuneCountInString(s))
			if c > 0 {
				line.WriteString("  ")
			}
			if t.right[c] {
				line.WriteString(pad + s)
			} else {
				line.WriteString(s + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	write(t.header)
	rule := make([]string, len(width))
	for c, w := range width {
		rule[c] = strings.Repeat("─", w)
	}
	write(rule)
	for _, row := range t.cells {
		write(row)
	}
	return b.String()
}
