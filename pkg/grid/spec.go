package grid

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
)

// A Spec is a grid: every combination of the values of its parameters, each
// repeated. Table.Spec makes it; Set, Read and Flags give it values.
//
// In a TOML file the values of a parameter are one value or a list, in a flag a
// list with commas. An item of a list of numbers may be a range FIRST:LAST:STEP,
// in TOML as a string. "0:0.95:0.05" is 0, 0.05, … and 0.95, each the floating-point
// number nearest to its decimal. Without :STEP the step is 1. The keys repeats and
// seed take one whole number each.
type Spec[S any] struct {
	Table   *Table[S]
	Repeats int    // of each cell
	Seed    uint64 // of the random streams

	values [][]any // of each parameter; nil for one that is not given
}

// Spec returns the grid of one cell, the default setup, and one repeat with the
// seed 1. It panics if two parameters have one name.
func (t *Table[S]) Spec() *Spec[S] {
	seen := map[string]bool{"repeats": true, "seed": true}
	for _, p := range t.Parameters {
		if seen[p.column.Name] {
			panic("grid: two parameters are called " + p.column.Name)
		}
		seen[p.column.Name] = true
	}
	return &Spec[S]{Table: t, Repeats: 1, Seed: 1, values: make([][]any, len(t.Parameters))}
}

// keys returns the names that a file and a command line may use.
func (s *Spec[S]) keys() []string {
	var names []string
	for _, p := range s.Table.Parameters {
		names = append(names, p.column.Name)
	}
	return append(names, "repeats", "seed")
}

// Set replaces the values of a parameter. They are numbers, words, or texts in the
// form of a flag. It returns an error if there is no parameter of that name, if no
// values are given, if the parameter cannot have a value, and if a value is given
// twice.
func (s *Spec[S]) Set(name string, values ...any) error {
	for k, p := range s.Table.Parameters {
		if p.column.Name != name {
			continue
		}
		var all []any
		seen := make(map[any]bool)
		for _, value := range values {
			got, err := p.parse(fmt.Sprint(value))
			if err != nil {
				return check.Errorf(name, "= %v", err)
			}
			for _, v := range got {
				if seen[v] {
					return check.Errorf(name, "has the value %v twice", v)
				}
				seen[v] = true
			}
			if all = append(all, got...); len(all) > maxValues {
				return check.Errorf(name, "has more than %d values", maxValues)
			}
		}
		if len(all) == 0 {
			return check.Errorf(name, "has no values; leave it out to have its default")
		}
		s.values[k] = all
		return nil
	}
	return s.unknown(name)
}

func (s *Spec[S]) unknown(name string) error {
	return check.Errorf(fmt.Sprintf("the key %.40q", name), "is none of %s", strings.Join(s.keys(), ", "))
}

// setNumber sets repeats or seed.
func (s *Spec[S]) setNumber(name, text string) error {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return check.Errorf(name, "= %.40s is not a whole number from 0 to %d", text, uint64(1<<64-1))
	}
	if name == "seed" {
		s.Seed = n
		return nil
	}
	if n < 1 || n > maxRuns {
		return check.Errorf(name, "= %d is not from 1 to %d", n, maxRuns)
	}
	s.Repeats = int(n)
	return nil
}

// Limits of a spec, so that a typing error does not fill the memory.
const (
	maxCells = 1_000_000
	maxRuns  = 1 << 31
	maxFile  = 1 << 18 // bytes
	maxDepth = 100     // of tables in a file
)

// Read sets the values in a TOML file. It returns an error that names the file if a
// key is unknown or given twice, or if it cannot have its value.
func (s *Spec[S]) Read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return check.Errorf("the specification", "cannot be read: %v", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("it has more than %d bytes", maxFile)
	}
	if err == nil {
		err = s.parse(string(text))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// parse sets the values in the text of a TOML file. It decodes the text into a map,
// because the fields of a struct match keys without regard to case.
func (s *Spec[S]) parse(text string) error {
	if nested(text) {
		return check.Errorf("the specification", "has more than %d tables or parts of a key; it needs none", maxDepth)
	}
	var file map[string]any
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return err
	}
	seen := make(map[string]bool)
	for _, key := range meta.Keys() { // in the order of the file
		name, value := key[0], file[key[0]]
		if seen[name] {
			continue // another key of the same TOML table
		}
		seen[name] = true
		if !slices.Contains(s.keys(), name) {
			return s.unknown(name)
		}
		if name == "repeats" || name == "seed" {
			if _, ok := value.(int64); !ok {
				return check.Errorf(name, "= %.40s is not a whole number", fmt.Sprint(value))
			}
			err = s.setNumber(name, fmt.Sprint(value))
		} else {
			list, ok := value.([]any)
			if !ok {
				list = []any{value}
			}
			for _, item := range list {
				switch item.(type) {
				case string, int64, float64:
				default:
					return check.Errorf(name, "= %.40s is neither a number nor a text, nor a list of them", fmt.Sprint(value))
				}
			}
			err = s.Set(name, list...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// nested reports whether a file has so many tables, or a key so many parts, that the
// decoder would take minutes for them.
func nested(text string) bool {
	for line := range strings.Lines(text) {
		keys := line[:strings.LastIndexByte(line, '=')+1]
		if strings.HasPrefix(strings.TrimSpace(line), "[") {
			keys = line
		}
		if strings.Count(keys, ".") > maxDepth {
			return true
		}
	}
	return strings.Count(text, "{") > maxDepth
}

// Flags defines a flag for each key. A flag replaces the values that a file has set.
// It is an error to give a flag twice, since its values are a list.
func (s *Spec[S]) Flags(f *flag.FlagSet) {
	define := func(name, usage string, set func(text string) error) {
		given := false
		f.Func(name, usage, func(text string) error {
			if given {
				return errors.New("it is given twice; several values are a list with commas")
			}
			given = true
			return set(text)
		})
	}
	for _, p := range s.Table.Parameters {
		define(p.column.Name, s.Table.usage(p), func(text string) error {
			var items []any
			for item := range strings.SplitSeq(text, ",") {
				items = append(items, strings.TrimSpace(item))
			}
			return s.Set(p.column.Name, items...)
		})
	}
	define("repeats", "`number` of repeats of each cell (default 1)", func(text string) error { return s.setNumber("repeats", text) })
	define("seed", "`seed` of the random streams (default 1)", func(text string) error { return s.setNumber("seed", text) })
}

// Setups returns the cells of the grid in order. The first parameter of the table
// varies slowest. Setups returns an error if a parameter has values but applies to no
// cell, and if the grid is too large. It does not validate the cells.
func (s *Spec[S]) Setups() ([]S, error) {
	if err := check.AtLeast("repeats", s.Repeats, 1); err != nil {
		return nil, err
	}
	cells := []S{s.Table.Default}
	for k, p := range s.Table.Parameters {
		values := s.values[k]
		if values == nil {
			continue
		}
		var next []S
		used := false
		for _, cell := range cells {
			if !p.applies(cell) {
				next = append(next, cell)
				continue
			}
			used = true
			if len(next)+len(values) > maxCells {
				return nil, check.Errorf("the grid", "has more than %d cells", maxCells)
			}
			for _, v := range values {
				next = append(next, p.with(cell, v))
			}
		}
		if !used {
			return nil, check.Errorf(p.column.Name, "is of %s, which the grid does not have", p.only)
		}
		cells = next
	}
	if s.Repeats > maxRuns/len(cells) {
		return nil, check.Errorf("repeats", "= %d of %d cells are more than %d runs", s.Repeats, len(cells), maxRuns)
	}
	return cells, nil
}

// MarshalJSON encodes the parameters that have values, and the repeats. It omits the
// seed, because an archive.Run has it.
func (s *Spec[S]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for k, p := range s.Table.Parameters {
		values := s.values[k]
		if values == nil {
			continue
		}
		if p.column.Kind == reflect.String {
			texts := make([]any, len(values))
			for i, v := range values {
				texts[i] = fmt.Sprint(v)
			}
			values = texts
		}
		list, err := json.Marshal(values)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "%q:%s,", p.column.Name, list)
	}
	fmt.Fprintf(&b, `"repeats":%d}`, s.Repeats)
	return b.Bytes(), nil
}
