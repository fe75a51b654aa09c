package diag

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/mat"
)

// A Table holds the summaries of several quantities, one in a row.
type Table []TableRow

// A TableRow is the summary of a quantity, or the reason why it has none.
type TableRow struct {
	Name    string
	Summary Summary
	Err     error
}

// NewTable returns the summary of each dimension of chains of draws
// (draws × dimensions). names are those of the dimensions; nil stands for x[0],
// x[1], …. A dimension without a summary, such as one that is constant, has an
// error in its row.
//
// The error wraps ErrShort without chains, ErrRagged if their dimensions differ,
// and ErrRange if there are not as many names as dimensions.
func NewTable(chains []*mat.Dense, names []string) (Table, error) {
	names, err := dimensionNames(chains, names)
	if err != nil {
		return nil, err
	}
	t := make(Table, len(names))
	for j, name := range names {
		s, err := Summarize(Coordinate(chains, j))
		t[j] = TableRow{name, s, err}
	}
	return t, nil
}

// dimensionNames returns the names of the dimensions of chains.
func dimensionNames(chains []*mat.Dense, names []string) ([]string, error) {
	if len(chains) == 0 {
		return nil, fmt.Errorf("diag: no chains: %w", ErrShort)
	}
	_, dim := chains[0].Dims()
	for c, x := range chains {
		if _, d := x.Dims(); d != dim {
			return nil, fmt.Errorf("diag: chain %d has %d dimensions and chain 0 has %d: %w", c, d, dim, ErrRagged)
		}
	}
	if names == nil {
		for j := range dim {
			names = append(names, fmt.Sprintf("x[%d]", j))
		}
	}
	if len(names) != dim {
		return nil, check.Errorf("names", "has length %d for %d dimensions", len(names), dim)
	}
	return names, nil
}

// Cells returns the table as the header and the rows of a notebook's table. The
// mean and the quantiles have as many digits as the Monte Carlo error of the mean
// leaves: two of that error.
func (t Table) Cells() (header []string, rows [][]any) {
	header = []string{"name", "mean", "MCSE", "sd", "5 %", "50 %", "95 %", "ESS bulk", "ESS tail", "R-hat"}
	for _, r := range t {
		s := r.Summary
		if r.Err != nil {
			rows = append(rows, []any{r.Name + ": " + reason(r.Err)})
			continue
		}
		d := decimals(s.MCSEMean)
		rows = append(rows, []any{
			r.Name, fixed(s.Mean, d), fixed(s.MCSEMean, d), fixed(s.SD, decimals(s.MCSESD)),
			fixed(s.Q5, d), fixed(s.Median, d), fixed(s.Q95, d),
			fmt.Sprintf("%.0f", s.ESSBulk), fmt.Sprintf("%.0f", s.ESSTail), fmt.Sprintf("%.3f", s.RHat),
		})
	}
	return header, rows
}

// reason returns the text of an error without the name of this package.
func reason(err error) string { return strings.TrimPrefix(err.Error(), "diag: ") }

// String returns the table as text, with columns aligned.
func (t Table) String() string {
	header, rows := t.Cells()
	lines, width := [][]any{make([]any, len(header))}, make([]int, len(header))
	for i, name := range header {
		lines[0][i] = name
	}
	lines = append(lines, rows...)
	for _, line := range lines {
		for i, cell := range line {
			if len(line) > 1 { // or else it is the reason why there is no summary
				width[i] = max(width[i], utf8.RuneCountInString(cell.(string)))
			}
		}
	}
	var b strings.Builder
	for _, line := range lines {
		for i, cell := range line {
			switch {
			case len(line) == 1:
				fmt.Fprint(&b, cell)
			case i == 0:
				fmt.Fprintf(&b, "%-*s", width[i], cell)
			default:
				fmt.Fprintf(&b, "  %*s", width[i], cell)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// worst returns the row with the largest value, or −1 if none has a summary.
func (t Table) worst(value func(s Summary) float64) (at int, largest float64) {
	at, largest = -1, math.Inf(-1)
	for j, r := range t {
		if v := value(r.Summary); r.Err == nil && (at < 0 || v > largest) {
			at, largest = j, v
		}
	}
	return at, largest
}
