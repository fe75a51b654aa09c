package figure

import (
	"fmt"
	"strconv"
	"strings"
)

// name returns the name that was given to Name, or else the titles of the figure
// and its panels.
func (f *Figure) name() string {
	if f.called != "" {
		return f.called
	}
	var names []string
	add := func(s string) {
		if s != "" {
			names = append(names, s)
		}
	}
	add(f.title)
	for _, d := range f.cells {
		switch d := d.(type) {
		case *Panel:
			add(d.title)
		case *Figure:
			add(d.name())
		}
	}
	return strings.Join(names, ", ")
}

// String describes the figure in words, for readers who do not see it: by the text
// given to Alt, or else by the titles, axes, ranges and series.
func (f *Figure) String() string {
	if err := f.Err(); err != nil {
		return fmt.Sprintf("no figure: %v", err)
	}
	if f.alt != "" {
		return f.alt
	}
	var parts []string
	if f.title != "" {
		parts = append(parts, sentence(f.title))
	}
	letter := 'a'
	for _, d := range f.cells {
		switch d := d.(type) {
		case *Panel:
			text := d.describe()
			if f.letters {
				text = string(letter) + ": " + text
				letter++
			}
			parts = append(parts, text)
		case *Figure:
			parts = append(parts, d.String())
		}
	}
	return strings.Join(parts, " ")
}

// String describes the panel in words, as (*Figure).String does.
func (p *Panel) String() string { return p.Figure().String() }

// describe describes the panel in words.
func (p *Panel) describe() string {
	if p.alt != "" {
		return p.alt
	}
	var parts []string
	if p.title != "" {
		parts = append(parts, sentence(p.title))
	}
	x, y := p.axes[0].describe(), p.axes[1].describe()
	text := strings.ToUpper(x[:1]) + x[1:] + "; " + y
	var names []string
	for _, e := range collect(nil, p.items) {
		names = append(names, e.label)
	}
	if len(names) > 0 {
		text += ": " + strings.Join(names, ", ")
	}
	if p.bar != nil {
		text += "; colours " + p.bar.label + " from " + between(span{p.bar.scale.lo, p.bar.scale.hi})
	}
	return strings.Join(append(parts, sentence(text)), " ")
}

// describe describes the axis in words.
func (a *axis) describe() string {
	text := a.name + " axis"
	if a.label != "" {
		text += " " + a.label
	}
	var names []string
	for _, p := range a.named {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	if n := len(names); n > 0 && n <= 12 {
		return text + " at " + strings.Join(names, ", ")
	}
	s := a.span()
	text += " from " + between(s)
	if a.log {
		text += ", logarithmic"
	}
	return text
}

// between writes the ends of s with three significant digits, or as many as tell
// them apart.
func between(s span) string {
	for digits := 3; ; digits++ {
		lo, hi := strconv.FormatFloat(s.lo, 'g', digits, 64), strconv.FormatFloat(s.hi, 'g', digits, 64)
		if lo != hi || digits == 17 {
			return strings.ReplaceAll(lo+" to "+hi, "-", "−")
		}
	}
}

// sentence returns s with a full stop, unless it has an end.
func sentence(s string) string {
	if strings.ContainsAny(s[len(s)-1:], ".?!") {
		return s
	}
	return s + "."
}
