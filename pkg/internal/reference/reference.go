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

// A Table holds results of the authors' program.
type Table struct {
	Name    string     // such as "A_ebn_rho"
	Comment []string   // lines on how it was made
	Header  []string   // names of the columns of the file
	Records [][]string // rows of the file, as text
	Rows    []*Row     // rows; nil of T_timings, which holds words
}

// A Setting holds the parameters of a row of a table.
type Setting struct {
	Natural       bool    // whether the geometry is natural and not naive
	Rho           float64 // ρ; the table's comment gives the family of Σ
	Dims, Neurons int     // p and n
	Scale         float64 // standard deviation of the entries of Γ, or of A in Γ = [A, −A]
	DT            float64 // Δt, s; 0 for the perfect integrator, which has none
	Time          float64 // time after the onset of a row of a time course, s; 0 for other rows
}

// A Row is a row of a table.
type Row struct {
	Table string // the name of the table
	Setting
	Repeats     int // number of repeats of each statistic
	Independent int // number of repeats with different decoders
	Stats       []Statistic

	variance float64 // Σ_ii
}

// A Statistic is the mean, the standard deviation and the standard error of a
// number over repeats. The latter two are 0 if there is one repeat. All are NaN
// if the number was not defined in any repeat. The column of our tables with the same
// number has the same name, such as "mean_50ms".
type Statistic struct {
	Name         string
	Mean, SD, SE float64
}

// A source holds the parameters of a table that are not in its columns.
type source struct {
	name        string
	common      Setting
	perDim      int                       // neurons per dimension
	independent int                       // independent repeats; 0 if all are
	variance    func(rho float64) float64 // Σ_ii
	scale       func(p int) float64       // standard deviation of the entries of Γ, if it depends on the dimension
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
	{name: "G_perfect_integrator", common: Setting{Rho: 0.75}, variance: unit},
	{name: "Q_dt_refinement", common: ebn, variance: shared, perDim: 10},
	{name: "Q_threshold_quirk", common: ebn, variance: shared, perDim: 10},
	{name: "T_timings"},
}

// Names returns the names of the tables.
func Names() []string {
	var names []string
	for _, s := range sources {
		names = append(names, s.name)
	}
	return names
}

// Load returns the table of the given name. The error for an unknown name lists the
// tables.
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
	t.Header, t.Records = rows[0], rows[1:]
	if name == "T_timings" {
		return t, nil
	}
	for _, record := range t.Records {
		row, err := sources[i].row(t.Header, record)
		if err != nil {
			return nil, fmt.Errorf("reference: table %s: %w", name, err)
		}
		t.Rows = append(t.Rows, row)
	}
	return t, nil
}

// row returns a row of the table.
func (s *source) row(header, record []string) (*Row, error) {
	c := &Row{Table: s.name, Setting: s.common, Repeats: 1}
	perDim := s.perDim
	for i, name := range header {
		v, err := strconv.ParseFloat(record[i], 64)
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
	return c, nil
}

// Find returns the row with the given setting, up to rounding.
func (t *Table) Find(at Setting) (*Row, bool) {
	for _, r := range t.Rows {
		s := r.Setting
		if s.Natural == at.Natural && s.Dims == at.Dims && s.Neurons == at.Neurons &&
			near(s.Rho, at.Rho) && near(s.Scale, at.Scale) && near(s.DT, at.DT) && near(s.Time, at.Time) {
			return r, true
		}
	}
	return nil, false
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b) }

// Stat returns the statistic of the given name. Our variances and covariances are
// sums divided by the number of samples, which is 500 or more. Some of the tables'
// are divided by that number less one.
func (r *Row) Stat(name string) (Statistic, bool) {
	if i := slices.IndexFunc(r.Stats, func(s Statistic) bool { return s.Name == name }); i >= 0 {
		return r.Stats[i], true
	}
	return Statistic{}, false
}

// String names the table and the setting.
func (r *Row) String() string {
	geometry := "naive"
	if r.Natural {
		geometry = "natural"
	}
	s := fmt.Sprintf("%s: %s, ρ = %g, p = %d, n = %d, scale %.3g", r.Table, geometry, r.Rho, r.Dims, r.Neurons, r.Scale)
	if r.DT > 0 {
		s += fmt.Sprintf(", Δt = %g s", r.DT)
	}
	if r.Time > 0 {
		s += fmt.Sprintf(", until %g s", r.Time)
	}
	return s
}
