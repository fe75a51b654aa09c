package reference

import (
	"embed"
	"encoding/csv"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

//go:embed tables/*.csv
var files embed.FS

// A Table is a table of figures that the authors' program gave.
type Table struct {
	Name    string     // such as "A_ebn_rho"
	Comment []string   // how it was made, by lines
	Header  []string   // names of the columns
	Rows    [][]string // as they stand in the file
	Cells   []*Cell    // the rows; none of T_timings, which has words in it
}

// A Setting is what a row of a table was measured at.
type Setting struct {
	Natural       bool    // the geometry; if not, it is naive
	Rho           float64 // ρ; the family of Σ is in the table's comment
	Dims, Neurons int     // p and n
	Scale         float64 // standard deviation of the entries of Γ, or of A in Γ = [A, −A]
	DT            float64 // Δt, s; 0 of the perfect integrator, which has none
	Time          float64 // s after the onset, where a row says how far things are by then; 0 elsewhere
}

// A Cell is a row of a table.
type Cell struct {
	Table string
	Setting
	Repeats     int // that the figures are over
	Independent int // of them, in effect: repeats with one decoder count once
	Stats       []Statistic

	variance float64 // Σ_ii
}

// A Statistic is the mean, the standard deviation and the standard error of a
// figure over repeats. The latter two are 0 where there is one repeat. What is
// NaN was not defined in any repeat.
type Statistic struct {
	Name         string // in the table
	Column       string // of a trial.Row, or of a trial.Point, that has the same; may be empty
	Mean, SD, SE float64
}

// A source says what the columns of a table leave out.
type source struct {
	name        string
	common      Setting
	perDim      int // neurons for each dimension
	independent int // repeats; 0 if all are
	variance    func(rho float64) float64
	scale       func(p int) float64    // if it depends on the dimension
	columns     func(name string) bool // those that are of a trial.Row; all if nil
}

var (
	ebn = Setting{Rho: 0.75, Dims: 20, Scale: 1, DT: 1e-4}
	mh  = Setting{Rho: 0.75, Dims: 10, Scale: 1, DT: 1e-5}
)

// Variances of the families of Σ.
func unit(float64) float64       { return 1 }
func triple(float64) float64     { return 3 }
func shared(rho float64) float64 { return 1 + 2*rho }

var sources = []source{
	{name: "A_ebn_rho", common: ebn, variance: shared, perDim: 10},
	{name: "B_ebn_np_k", common: ebn, variance: shared, perDim: 10},
	{name: "C_ebn_spikestats", common: Setting{Rho: 0.75, Dims: 10, Scale: 1, DT: 1e-4}, variance: triple, perDim: 10, independent: 6},
	{name: "D_ebn_timecourse", common: ebn, variance: shared, perDim: 10},
	{name: "E_mh_base", common: mh, variance: unit, perDim: 10},
	{name: "F1_mh_rho", common: mh, variance: unit, perDim: 10},
	{name: "F2_mh_dim", common: mh, variance: unit, perDim: 10, scale: func(p int) float64 { return 1 / math.Sqrt(float64(p)) }},
	{name: "F3_mh_gammascale", common: mh, variance: unit, perDim: 10},
	{name: "G_perfect_integrator", common: Setting{Rho: 0.75}, variance: unit, columns: none},
	// Its late window is another, and of its spikes per step the divisor is more by one.
	{name: "Q_dt_refinement", common: ebn, variance: shared, perDim: 10, columns: func(name string) bool {
		return !strings.HasPrefix(name, "late") && name != "spikesPerStep"
	}},
	{name: "Q_threshold_quirk", common: ebn, variance: shared, perDim: 10, columns: none},
	{name: "T_timings"},
}

func none(string) bool { return false }

// Names returns the names of the tables.
func Names() []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.name)
	}
	return names
}

// Load returns the table of that name. The error says which there are, if there
// is none.
func Load(name string) (*Table, error) {
	i := slices.IndexFunc(sources, func(s source) bool { return s.name == name })
	if i < 0 {
		return nil, fmt.Errorf("reference: there is no table %q; there are %s", name, strings.Join(Names(), ", "))
	}
	text, err := files.ReadFile("tables/" + name + ".csv")
	if err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	t := &Table{Name: name}
	for line := range strings.Lines(string(text)) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		t.Comment = append(t.Comment, strings.TrimSpace(comment))
	}
	r := csv.NewReader(strings.NewReader(string(text)))
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("reference: table %s: %w", name, err)
	}
	t.Header, t.Rows = rows[0], rows[1:]
	if name == "T_timings" {
		return t, nil
	}
	for _, row := range t.Rows {
		c, err := sources[i].cell(t.Header, row)
		if err != nil {
			return nil, fmt.Errorf("reference: table %s: %w", name, err)
		}
		t.Cells = append(t.Cells, c)
	}
	return t, nil
}

// cell returns a row.
func (s *source) cell(header, row []string) (*Cell, error) {
	c := &Cell{Table: s.name, Setting: s.common, Repeats: 1}
	perDim := s.perDim
	for i, name := range header {
		v, err := strconv.ParseFloat(row[i], 64)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", name, err)
		}
		stat, isMean := strings.CutSuffix(name, "_mean")
		last := len(c.Stats) - 1
		switch {
		case name == "natural":
			c.Natural = v == 1
		case name == "rho":
			c.Rho = v
		case name == "n_p" || name == "p":
			c.Dims = int(v)
		case name == "k":
			perDim = int(v)
		case name == "n":
			c.Neurons = int(v)
		case name == "log10scale": // of the variance
			c.Scale = math.Sqrt(math.Pow(10, v))
		case name == "dt":
			c.DT = v
		case name == "t_ms":
			c.Time = v * 1e-3
		case name == "reps":
			c.Repeats = int(v)
		case isMean:
			c.Stats = append(c.Stats, Statistic{Name: stat, Mean: v})
		case last >= 0 && name == c.Stats[last].Name+"_sd":
			c.Stats[last].SD = v
		case last >= 0 && name == c.Stats[last].Name+"_se":
			c.Stats[last].SE = v
		default: // of the one repeat
			c.Stats = append(c.Stats, Statistic{Name: name, Mean: v})
		}
	}
	if c.Neurons == 0 {
		c.Neurons = perDim * c.Dims
	}
	if s.scale != nil {
		c.Scale = s.scale(c.Dims)
	}
	c.variance = s.variance(c.Rho)
	c.Independent = c.Repeats
	if s.independent > 0 {
		c.Independent = s.independent
	}
	for i, stat := range c.Stats {
		if s.columns == nil || s.columns(stat.Name) {
			c.Stats[i].Column = columns[stat.Name]
		}
	}
	return c, nil
}

// Find returns the cell that was measured at a setting, up to rounding.
func (t *Table) Find(at Setting) (*Cell, bool) {
	for _, c := range t.Cells {
		s := c.Setting
		if s.Natural == at.Natural && s.Dims == at.Dims && s.Neurons == at.Neurons &&
			near(s.Rho, at.Rho) && near(s.Scale, at.Scale) && near(s.DT, at.DT) && near(s.Time, at.Time) {
			return c, true
		}
	}
	return nil, false
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }

// Stat returns the statistic of that name in the table.
func (c *Cell) Stat(name string) (Statistic, bool) {
	return c.find(func(s Statistic) bool { return s.Name == name })
}

// Column returns the statistic that is in that column of a trial.Row, or of a
// trial.Point. A variance or covariance there is divided by the number of samples,
// which are 500 at least, and in the table now and then by one less.
func (c *Cell) Column(name string) (Statistic, bool) {
	return c.find(func(s Statistic) bool { return s.Column == name && name != "" })
}

func (c *Cell) find(is func(Statistic) bool) (Statistic, bool) {
	if i := slices.IndexFunc(c.Stats, is); i >= 0 {
		return c.Stats[i], true
	}
	return Statistic{}, false
}

// String says which row of which table it is.
func (c *Cell) String() string {
	geometry := "naive"
	if c.Natural {
		geometry = "natural"
	}
	s := fmt.Sprintf("%s: %s, ρ = %g, p = %d, n = %d, scale %.3g", c.Table, geometry, c.Rho, c.Dims, c.Neurons, c.Scale)
	if c.DT > 0 {
		s += fmt.Sprintf(", Δt = %g s", c.DT)
	}
	if c.Time > 0 {
		s += fmt.Sprintf(", until %g s", c.Time)
	}
	return s
}
