package paper

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"natspike/pkg/internal/atomicfile"
	"natspike/pkg/internal/reference"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// pageFigure is what the page shows of an experiment.
type pageFigure struct {
	Name, Title, Caption string
	Repeats, Setups      int
	Failed               int
	Failure              string
	Image                template.URL
	Compared             *comparison
}

// A comparison sets an experiment beside the authors' values.
type comparison struct {
	Count      int     // of values compared
	RMS        float64 // root mean square departure, in standard errors
	Beyond     int     // departures of more than reference.Bound standard errors
	Chance     float64 // how many of those are to be expected by chance
	Conditions []pageCondition
}

type pageCondition struct {
	Name string
	Rows []pageRow
}

type pageRow struct {
	Column, Ours, Theirs, Departure string
	Alarming                        bool
}

// pageFigure returns what the page shows of the result, given its figure.
func (r *Result) pageFigure(svg []byte) pageFigure {
	return pageFigure{
		Name: r.Experiment.Name, Title: r.Experiment.Title, Caption: r.Experiment.Caption,
		Repeats: r.Repeats, Setups: len(r.Setups), Failed: r.Failed, Failure: r.Failure,
		Image:    template.URL("data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)),
		Compared: r.comparison(),
	}
}

// savePage writes the page that shows the figures.
func (o Options) savePage(figures []pageFigure) error {
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, struct {
		Corrected bool
		Seed      uint64
		Figures   []pageFigure
	}{o.Corrected, o.Seed, figures}); err != nil {
		return err
	}
	return atomicfile.WriteFile(o.path("index.html"), b.Bytes())
}

// comparison returns the comparison with the authors' values, or nil if there are
// none.
func (r *Result) comparison() *comparison {
	var c comparison
	sum := 0.0
	for _, condition := range r.Conditions {
		var rows []pageRow
		for _, l := range condition.summary() {
			if l.AuthorsRepeats == 0 {
				continue
			}
			row := pageRow{
				Column: l.Column,
				Ours:   plusMinus(l.Mean, l.SE),
				Theirs: plusMinus(l.AuthorsMean, l.AuthorsSE),
			}
			if z := l.Departure; !math.IsNaN(z) {
				c.Count++
				sum += float64(z * z)
				row.Departure = fmt.Sprintf("%+.1f", z)
				row.Alarming = math.Abs(z) > reference.Bound
				if row.Alarming {
					c.Beyond++
				}
			}
			rows = append(rows, row)
		}
		if len(rows) > 0 {
			c.Conditions = append(c.Conditions, pageCondition{condition.name(), rows})
		}
	}
	if c.Count == 0 {
		return nil
	}
	c.RMS = math.Sqrt(sum / float64(c.Count))
	c.Chance = float64(c.Count) * math.Erfc(reference.Bound/math.Sqrt2)
	return &c
}

// name describes the condition.
func (c *Condition) name() string {
	s := c.Setup
	words := []string{s.Geometry.String(), fmt.Sprintf("ρ = %g", s.Rho), fmt.Sprintf("%d dimensions", s.Dims), fmt.Sprintf("%d neurons", s.Neurons())}
	if s.Model == "metropolis" && s.Scale != 1 {
		words = append(words, fmt.Sprintf("variance of Γ %.3g", s.Scale*s.Scale))
	}
	if !math.IsNaN(c.Time) {
		words = append(words, fmt.Sprintf("%g ms", math.Round(1e4*c.Time)/10))
	}
	return strings.Join(words, ", ")
}

// plusMinus writes a mean with its standard error, to two digits of that.
func plusMinus(mean, se float64) string {
	switch {
	case math.IsNaN(mean):
		return "–"
	case !(se > 0) || math.IsInf(se, 1):
		return strconv.FormatFloat(mean, 'g', 4, 64)
	}
	digits := int(1 - math.Floor(math.Log10(se)))
	if digits > 6 || digits < -3 {
		return fmt.Sprintf("%.3g ± %.1g", mean, se)
	}
	digits = max(digits, 0)
	return fmt.Sprintf("%.*f ± %.*f", digits, mean, digits, se)
}
