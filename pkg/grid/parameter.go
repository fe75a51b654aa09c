package grid

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"natspike/pkg/arg"
)

// A Column describes one column of a table of results.
type Column struct {
	Name string       // its heading, such as "tau_m"
	Unit string       // such as "s"; empty for a number without a unit and for a word
	Help string       // description in a few words
	Kind reflect.Kind // Float64, Int or String; 0 stands for Float64
}

// A Parameter is one named number or word of a setup S. The functions Float,
// Int, Choice and Word make it. Its methods return a copy with a check or another
// property added.
type Parameter[S any] struct {
	column  Column
	options []string // all values of a choice
	parse   func(text string) ([]any, error)
	set     func(s *S, v any)
	get     func(s S) any
	check   func(c arg.Checker, name string, x float64, unit string) error
	only    string // description of the setups to which it applies; empty for all
	applies func(S) bool
	then    func(*S)
}

func parameter[S, T any](c Column, parse func(string) ([]any, error), field func(*S) *T) Parameter[S] {
	if c.Name == "" || parse == nil || field == nil {
		panic("grid: a parameter needs a name, a way to read it and a field")
	}
	return Parameter[S]{
		column: c, parse: parse,
		set:     func(s *S, v any) { *field(s) = v.(T) },
		get:     func(s S) any { return *field(&s) },
		check:   func(c arg.Checker, name string, x float64, _ string) error { return c.Finite(name, x) },
		applies: func(S) bool { return true },
		then:    func(*S) {},
	}
}

// Float returns the parameter that the given field of a setup holds. The help
// is a noun phrase, such as "membrane time constant". The field must be finite.
func Float[S any](name, unit, help string, field func(*S) *float64) Parameter[S] {
	return parameter(Column{name, unit, help, reflect.Float64}, parseFloats, field)
}

// Int returns a parameter that is a whole number.
func Int[S any](name, unit, help string, field func(*S) *int) Parameter[S] {
	return parameter(Column{name, unit, help, reflect.Int}, parseInts, field)
}

// Word returns a parameter whose values are written as words. parse reads a
// word, and fmt.Sprint writes it. The help should list the words.
func Word[S any, T comparable](name, help string, parse func(string) (T, error), field func(*S) *T) Parameter[S] {
	return parameter(Column{name, "", help, reflect.String}, func(text string) ([]any, error) {
		v, err := parse(text)
		return []any{v}, err
	}, field)
}

// Choice returns a parameter that has one of the given values, in the form in which
// fmt.Sprint writes them.
func Choice[S any, T comparable](name, help string, field func(*S) *T, values ...T) Parameter[S] {
	options := make([]string, len(values))
	for i, v := range values {
		options[i] = fmt.Sprint(v)
	}
	p := Word(name, help, func(text string) (T, error) {
		if i := slices.Index(options, text); i >= 0 {
			return values[i], nil
		}
		var none T
		return none, fmt.Errorf("%.40q is none of %s", text, strings.Join(options, ", "))
	}, field)
	p.options = options
	return p
}

// Positive returns the parameter with the check 0 < x < ∞.
func (p Parameter[S]) Positive() Parameter[S] {
	p.check = arg.Checker.Positive
	return p
}

// NonNegative returns the parameter with the check 0 ≤ x < ∞.
func (p Parameter[S]) NonNegative() Parameter[S] {
	p.check = arg.Checker.NonNegative
	return p
}

// AtLeast returns the parameter with the check least ≤ x < ∞.
func (p Parameter[S]) AtLeast(least float64) Parameter[S] {
	p.check = func(c arg.Checker, name string, x float64, unit string) error {
		if !(x >= least) || math.IsInf(x, 1) {
			return c.Errorf(name, "= %v%s is not a finite number ≥ %v", x, unit, least)
		}
		return nil
	}
	return p
}

// Only returns the parameter as one that applies to some setups only, such as those
// of one model. In the cells of other setups a grid neither varies nor checks it.
// The words describe the setups, such as "the balanced network". What applies returns
// may depend on parameters that are earlier in the table.
func (p Parameter[S]) Only(words string, applies func(S) bool) Parameter[S] {
	p.only, p.applies = words, applies
	return p
}

// Then returns the parameter with a function that is called after a grid has set
// it. The function may set defaults of parameters that are later in the table.
func (p Parameter[S]) Then(then func(*S)) Parameter[S] {
	p.then = then
	return p
}

// validate returns an error if the value that s has is not allowed.
func (p Parameter[S]) validate(c arg.Checker, s S) error {
	if !p.applies(s) {
		return nil
	}
	var x float64
	switch v := p.get(s).(type) {
	case float64:
		x = v
	case int:
		x = float64(v)
	default:
		if _, err := p.parse(fmt.Sprint(v)); err != nil {
			return c.Errorf(p.column.Name, "= %v", err)
		}
		return nil
	}
	unit := p.column.Unit
	if unit != "" {
		unit = " " + unit
	}
	return p.check(c, p.column.Name, x, unit)
}

// with returns s with the value v.
func (p Parameter[S]) with(s S, v any) S {
	p.set(&s, v)
	p.then(&s)
	return s
}
