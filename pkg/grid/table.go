package grid

import (
	"fmt"
	"reflect"
	"strings"

	"natspike/pkg/arg"
)

// A Table lists the parameters of setups S. A grid sets them in their order, and
// varies the first of them slowest.
type Table[S any] struct {
	Default    S // setup with the default values of the parameters
	Parameters []Parameter[S]
}

// Columns returns a column for each parameter.
func (t *Table[S]) Columns() []Column {
	columns := make([]Column, len(t.Parameters))
	for i, p := range t.Parameters {
		columns[i] = p.column
		if p.only != "" {
			columns[i].Help += ", of " + p.only
		}
	}
	return columns
}

// Values returns the value that a setup has in each column: a float64, an int or
// a string.
func (t *Table[S]) Values(s S) []any {
	values := make([]any, len(t.Parameters))
	for i, p := range t.Parameters {
		values[i] = p.get(s)
		if p.column.Kind == reflect.String {
			values[i] = fmt.Sprint(values[i])
		}
	}
	return values
}

// Validate returns an error if a parameter that applies to s is out of its range.
// The checker names the package in the message.
func (t *Table[S]) Validate(c arg.Checker, s S) error {
	for _, p := range t.Parameters {
		if err := p.validate(c, s); err != nil {
			return err
		}
	}
	return nil
}

// usage describes a parameter in the help of a command.
func (t *Table[S]) usage(p Parameter[S]) string {
	text := p.column.Help
	if p.options != nil {
		text += ": " + strings.Join(p.options, ", ")
	}
	if p.column.Unit != "" {
		text += ", in " + p.column.Unit
	}
	if p.only != "" {
		text += "; only of " + p.only
	}
	return text + " (default " + t.standard(p) + ")"
}

// standard describes the default value of a parameter, which may depend on a choice
// earlier in the table.
func (t *Table[S]) standard(p Parameter[S]) string {
	text := fmt.Sprint(p.get(t.Default))
	for _, choice := range t.Parameters {
		if choice.column.Name == p.column.Name {
			break
		}
		var texts []string
		differ := false
		for _, option := range choice.options {
			v, _ := choice.parse(option)
			s := choice.with(t.Default, v[0])
			if !p.applies(s) {
				continue
			}
			x := fmt.Sprint(p.get(s))
			differ = differ || len(texts) > 0 && !strings.HasPrefix(texts[0], x+" ")
			texts = append(texts, x+" for "+option)
		}
		switch {
		case differ:
			return strings.Join(texts, ", ")
		case len(texts) > 0 && p.only != "":
			text, _, _ = strings.Cut(texts[0], " for ")
		}
	}
	return text
}
