package contest

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"
)

//go:embed page.html
var pageHTML string

//go:embed example_test.go
var examples string

var page = template.Must(template.New("page").Funcs(template.FuncMap{"short": short}).Parse(pageHTML))

// Page writes one page of HTML that needs no other file: the scores of circuits, how a
// network of one's own joins them, and the gradients of kernels. The tables are those
// of Rows and CostRows, or of the CSV that they were written to. A table without rows
// is left out.
func Page(w io.Writer, scores, costs [][]string) error {
	_, example, _ := strings.Cut(examples, "func ExampleRun() {\n")
	example, _, _ = strings.Cut(example, "\t// Output:")
	return page.Execute(w, map[string]any{
		"Scores": table(scores), "Costs": table(costs),
		"Example": strings.TrimSpace(strings.ReplaceAll("\n"+example, "\n\t", "\n")),
	})
}

// Markdown writes a table, each target's name once and numbers in three digits. The
// first row has the heads, and the first cell of each other row the target.
func Markdown(w io.Writer, rows [][]string) error {
	t := table(rows)
	var b strings.Builder
	fmt.Fprintf(&b, "| %s |\n|%s\n", strings.Join(t.Head, " | "), strings.Repeat("---|", len(t.Head)))
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "| %s |", r.Target)
		for _, cell := range r.Cells {
			fmt.Fprintf(&b, " %s |", short(cell))
		}
		b.WriteByte('\n')
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// A row is one line of a table. Cells has no cell for the target.
type row struct {
	Target string // of the first row of each target alone
	Cells  []string
	Poor   bool // whether there is no score
}

// table returns the head of a table and its rows.
func table(rows [][]string) (t struct {
	Head []string
	Rows []row
}) {
	for i, cells := range rows {
		if i == 0 {
			t.Head = cells
			continue
		}
		r := row{Target: cells[0], Cells: cells[1:], Poor: cells[2] == "unusable" || short(cells[2]) == "∞"}
		if i > 1 && rows[i-1][0] == cells[0] {
			r.Target = ""
		}
		t.Rows = append(t.Rows, r)
	}
	return t
}

// short returns a number in three digits, and other text as it is.
func short(text string) string {
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return text
	case math.IsNaN(x):
		return "–"
	case math.IsInf(x, 1):
		return "∞"
	case math.Abs(x) >= 1000:
		return count(x)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}
