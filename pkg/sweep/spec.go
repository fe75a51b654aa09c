package sweep

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"natspike/pkg/metric"
	model "natspike/pkg/oldtrial"
	"natspike/pkg/spiking"
)

// A Spec is a grid of trials: every combination of the values of its axes, each
// repeated.
//
// An axis that is empty has the value that its comment gives, where that is
// "the model's" the one of model.PaperBalanced or model.PaperMetropolis, as the
// cell's model is. An axis that is given holds for both models, but those that
// are of one model only do not multiply the cells of the other.
type Spec struct {
	Model       Axis[string]  `toml:"model" json:"model,omitempty"`             // balanced or metropolis; empty is metropolis
	Geometry    Axis[string]  `toml:"geometry" json:"geometry,omitempty"`       // naive, natural, or s for D = Σˢ; empty is natural
	Family      Axis[string]  `toml:"family" json:"family,omitempty"`           // unit, triple or shared; empty is the model's
	Rho         Axis[float64] `toml:"rho" json:"rho,omitempty"`                 // ρ; empty is 0.75
	NP          Axis[int]     `toml:"n_p" json:"n_p,omitempty"`                 // dimensions of the target; empty is 10
	K           Axis[int]     `toml:"k" json:"k,omitempty"`                     // neurons per dimension; empty is 10
	Scale       Axis[float64] `toml:"scale" json:"scale,omitempty"`             // standard deviation of the entries of Γ; empty is the model's
	Skew        Axis[float64] `toml:"skew" json:"skew,omitempty"`               // strength of S, of balanced; empty is the model's
	Arbitration Axis[string]  `toml:"arbitration" json:"arbitration,omitempty"` // of balanced, as spiking.Arbitration writes it; empty is the model's
	Gain        Axis[float64] `toml:"gain" json:"gain,omitempty"`               // g, of metropolis; empty is the model's
	DT          Axis[float64] `toml:"dt" json:"dt,omitempty"`                   // Δt, s; empty is the model's

	Mean    *float64 `toml:"mean" json:"mean,omitempty"` // m after the onset; nil is the model's
	Before  float64  `toml:"before" json:"before"`       // s before the onset
	After   float64  `toml:"after" json:"after"`         // s after it
	Repeats int      `toml:"repeats" json:"repeats"`     // of each cell
	Seed    uint64   `toml:"seed" json:"-"`              // is the Seed of the archive.Run
}

// NewSpec returns a grid of one cell and one repeat: every axis is empty, the
// times are the published ones, the seed is 1.
func NewSpec() *Spec {
	return &Spec{Before: 0.5, After: 1.5, Repeats: 1, Seed: 1}
}

// ReadSpec returns NewSpec with what a TOML file says. A key that is none of
// the spec's is an error.
func ReadSpec(path string) (*Spec, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	s := NewSpec()
	meta, err := toml.Decode(string(text), s)
	if err != nil {
		return nil, fmt.Errorf("sweep: %s: %w", path, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("sweep: %s: there is no key %q; there are %s", path, unknown[0], strings.Join(keys(), ", "))
	}
	if int64(s.Seed) < 0 { // the decoder takes a negative number for a large one, which TOML has not
		return nil, fmt.Errorf("sweep: %s: seed = %d; it must not be negative", path, int64(s.Seed))
	}
	return s, nil
}

// Flags defines a flag for each field of the spec, of the name that it has in a
// file.
func (s *Spec) Flags(f *flag.FlagSet) {
	f.Var(&s.Model, "model", "`models`: balanced, metropolis (default metropolis)")
	f.Var(&s.Geometry, "geometry", "`geometries`: naive, natural, or a power s of D = Σˢ (default natural)")
	f.Var(&s.Family, "family", "`families` of targets: unit, triple, shared (default the model's)")
	f.Var(&s.Rho, "rho", "`values` of ρ (default 0.75)")
	f.Var(&s.NP, "n_p", "`dimensions` of the target (default 10)")
	f.Var(&s.K, "k", "`neurons` per dimension (default 10)")
	f.Var(&s.Scale, "scale", "standard `deviations` of the entries of Γ (default the model's)")
	f.Var(&s.Skew, "skew", "`strengths` of S, of balanced (default the model's)")
	f.Var(&s.Arbitration, "arbitration", "`rules` of balanced: OnePerStep, OnePerStepByExcess, Greedy (default the model's)")
	f.Var(&s.Gain, "gain", "`gains` of metropolis (default the model's)")
	f.Var(&s.DT, "dt", "time `steps` in s (default the model's)")
	f.Func("mean", "`mean` of the target after the onset (default the model's)", func(text string) error {
		mean, err := strconv.ParseFloat(text, 64)
		s.Mean = &mean
		return err
	})
	f.Float64Var(&s.Before, "before", s.Before, "`seconds` before the onset")
	f.Float64Var(&s.After, "after", s.After, "`seconds` after the onset")
	f.IntVar(&s.Repeats, "repeats", s.Repeats, "`number` of runs of each cell")
	f.Uint64Var(&s.Seed, "seed", s.Seed, "`seed` of the random streams")
}

// keys are the names of the fields.
func keys() (names []string) {
	f := flag.NewFlagSet("", flag.ContinueOnError)
	new(Spec).Flags(f)
	f.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

const defaultNP, defaultK, defaultRho = 10, 10, 0.75

// What a spec may ask for, lest a slip in it fills the memory.
const (
	maxCells   = 10_000_000
	maxRuns    = 1 << 31
	maxDecoder = 100_000_000 // entries of Γ
)

// Setups returns the cells of the grid. They are numbered as those of a Grid
// of the axes in the order of the fields of Spec: the model changes last and Δt
// first. It refuses a spec that is malformed: a name that there is none of, a
// value that is there twice, an axis that no model of the grid has a use for,
// more than can be run. It does not Check the cells.
func (s *Spec) Setups() ([]model.Setup, error) {
	v, err := s.parse()
	if err != nil {
		return nil, err
	}
	var cells []model.Setup
	for _, m := range v.models {
		skews, arbitrations, gains := s.Skew, v.arbitrations, s.Gain
		paper := model.PaperBalanced
		if m == model.Metropolis {
			skews, arbitrations = nil, nil
			paper = model.PaperMetropolis
		} else {
			gains = nil
		}
		grid := Grid{
			max(len(v.geometries), 1), max(len(v.families), 1), max(len(s.Rho), 1), max(len(s.NP), 1), max(len(s.K), 1),
			max(len(s.Scale), 1), max(len(skews), 1), max(len(arbitrations), 1), max(len(gains), 1), max(len(s.DT), 1),
		}
		size := 1
		for _, n := range grid {
			if size *= n; size > maxCells-len(cells) {
				return nil, fmt.Errorf("sweep: the grid has more than %d cells", maxCells)
			}
		}
		at := make([]int, len(grid))
		for cell := range size {
			grid.Index(at, cell)
			c := paper(value(s.NP, at[3], defaultNP), value(s.K, at[4], defaultK), value(s.Rho, at[2], defaultRho), value(v.geometries, at[0], metric.Natural))
			c.Family = value(v.families, at[1], c.Family)
			c.Scale = value(s.Scale, at[5], c.Scale)
			c.Skew = value(skews, at[6], c.Skew)
			c.Arbitration = value(arbitrations, at[7], c.Arbitration)
			c.Gain = value(gains, at[8], c.Gain)
			c.DT = value(s.DT, at[9], c.DT)
			if s.Mean != nil {
				c.Mean = *s.Mean
			}
			c.Before, c.After = s.Before, s.After
			cells = append(cells, c)
		}
	}
	if s.Repeats > maxRuns/len(cells) {
		return nil, fmt.Errorf("sweep: %d repeats of %d cells are more than %d runs", s.Repeats, len(cells), maxRuns)
	}
	return cells, nil
}

// value returns the i-th value of an axis, and otherwise what stands for one
// that is empty.
func value[T any](axis []T, i int, otherwise T) T {
	if len(axis) == 0 {
		return otherwise
	}
	return axis[i]
}

// named are the values of the axes that are names.
type named struct {
	models       []model.Model
	geometries   []metric.Geometry
	families     []model.Family
	arbitrations []spiking.Arbitration
}

// parse reads the names and refuses what is malformed.
func (s *Spec) parse() (v named, err error) {
	models := s.Model
	if len(models) == 0 {
		models = Axis[string]{string(model.Metropolis)}
	}
	for _, name := range models {
		m := model.Model(name)
		if m != model.Balanced && m != model.Metropolis {
			return v, fmt.Errorf("sweep: model %q is none of %s and %s", name, model.Balanced, model.Metropolis)
		}
		v.models = append(v.models, m)
	}
	for _, name := range s.Geometry {
		g, err := metric.Parse(name)
		if err != nil {
			return v, fmt.Errorf("sweep: %w", err)
		}
		v.geometries = append(v.geometries, g)
	}
	for _, name := range s.Family {
		f := model.Family(name)
		if f != model.Unit && f != model.Triple && f != model.Shared {
			return v, fmt.Errorf("sweep: family %q is none of %s, %s and %s", name, model.Unit, model.Triple, model.Shared)
		}
		v.families = append(v.families, f)
	}
	for _, name := range s.Arbitration {
		a, err := spiking.ParseArbitration(name)
		if err != nil {
			return v, fmt.Errorf("sweep: %w", err)
		}
		v.arbitrations = append(v.arbitrations, a)
	}
	if err := errors.Join(
		once("model", v.models), once("geometry", texts(v.geometries)), once("family", v.families), once("rho", s.Rho),
		once("n_p", s.NP), once("k", s.K), once("scale", s.Scale), once("skew", s.Skew),
		once("arbitration", v.arbitrations), once("gain", s.Gain), once("dt", s.DT),
	); err != nil {
		return v, err
	}
	balanced, metropolis := slices.Contains(v.models, model.Balanced), slices.Contains(v.models, model.Metropolis)
	for _, only := range []struct {
		name  string
		given bool
		of    model.Model
		there bool
	}{
		{"skew", len(s.Skew) > 0, model.Balanced, balanced},
		{"arbitration", len(s.Arbitration) > 0, model.Balanced, balanced},
		{"gain", len(s.Gain) > 0, model.Metropolis, metropolis},
	} {
		if only.given && !only.there {
			return v, fmt.Errorf("sweep: %s is of the model %s, and the grid has only %s", only.name, only.of, v.models[0])
		}
	}
	if s.Repeats < 1 {
		return v, fmt.Errorf("sweep: repeats = %d; at least one is needed", s.Repeats)
	}
	p, k := defaultNP, defaultK
	if len(s.NP) > 0 {
		p = slices.Max(s.NP)
	}
	if len(s.K) > 0 {
		k = slices.Max(s.K)
	}
	if float64(p)*float64(p)*float64(k) > maxDecoder {
		return v, fmt.Errorf("sweep: n_p = %d and k = %d make a decoder of %.3g numbers; it may have %d", p, k, float64(p)*float64(p)*float64(k), maxDecoder)
	}
	return v, nil
}

// once refuses an axis with a value that is there twice.
func once[T comparable](name string, axis []T) error {
	seen := make(map[T]bool, len(axis))
	for _, v := range axis {
		if seen[v] {
			return fmt.Errorf("sweep: %s has the value %v twice", name, v)
		}
		seen[v] = true
	}
	return nil
}

func texts[T fmt.Stringer](axis []T) []string {
	out := make([]string, len(axis))
	for i, v := range axis {
		out[i] = v.String()
	}
	return out
}
