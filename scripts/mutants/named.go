package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A fault is a mutant that was made by hand: a piece of source and its replacement.
type fault struct {
	name     string
	file     string // relative to the module
	old, new string
}

// faults are faults that libraries have shipped in their MALA. They run with the other
// mutants of their package.
var faults = []fault{
	{"MALA: the energy is reversed", "pkg/mcmc/mala.go",
		"s.logp-next.logp+(back2-forward2)/2", "next.logp-s.logp+(back2-forward2)/2"},
	{"MALA: the way back takes the gradient where the step began", "pkg/mcmc/mala.go",
		"s.g[i]+next.g[i]", "s.g[i]+s.g[i]"},
	{"MALA: the step takes the gradient of the proposal before", "pkg/mcmc/kernel.go",
		"float64(k.h*k.g[i])", "float64(k.h*to.g[i])"},
	{"MALA: the correction for the proposal is missing", "pkg/mcmc/mala.go",
		"s.logp-next.logp+(back2-forward2)/2", "s.logp-next.logp+0*(back2-forward2)"},
	{"MALA: every proposal is accepted", "pkg/mcmc/mala.go",
		"s.decide(rng, s.logp", "s.decide(rng, math.Inf(-1)+s.logp"},
	{"MALA: every proposal is accepted, and counted by its probability", "pkg/mcmc/exact.go",
		"k.accepted = stream.Exponential(rng) > rise && !math.IsInf(rise, -1)", "k.accepted = stream.Exponential(rng) > rise || true"},
	{"MALA: the step size goes on adapting after the warm-up", "pkg/mcmc/mala.go",
		"back := math.Sqrt(s.h / 2)", "back := math.Sqrt(s.h / 2)\n\tdefer func() { s.h *= math.Exp(0.05 * (s.AcceptanceProbability() - 0.57)) }()"},
}

// mutant returns the fault as a mutant of the module at root. It returns an error
// unless the source holds the old piece exactly once.
func (f fault) mutant(root string) (mutant, error) {
	src, err := os.ReadFile(filepath.Join(root, f.file))
	if err != nil {
		return mutant{}, fmt.Errorf("%q: %w", f.name, err)
	}
	if n := bytes.Count(src, []byte(f.old)); n != 1 {
		return mutant{}, fmt.Errorf("%q: %s holds %q %d times, not once: bring the fault up to date", f.name, f.file, f.old, n)
	}
	from := bytes.Index(src, []byte(f.old))
	line := 1 + bytes.Count(src[:from], []byte("\n"))
	return mutant{f.file, "named", line, f.name, from, from + len(f.old), f.new}, nil
}

// An explanation tells why a mutant cannot be killed.
type explanations map[string]string

// readExplanations reads a list of mutants that are equivalent to the original.
// An entry is a line with the key of the mutant, followed by lines that begin with a
// tab and explain why no test can kill it. Lines that begin with # are comments.
func readExplanations(text string) (explanations, error) {
	e, key := explanations{}, ""
	for i, line := range strings.Split(text, "\n") {
		reason, indented := strings.CutPrefix(line, "\t")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
		case indented && key == "":
			return nil, fmt.Errorf("line %d: a reason without a mutant", i+1)
		case indented:
			e[key] = strings.TrimSpace(e[key] + " " + strings.TrimSpace(reason))
		default:
			if _, twice := e[line]; twice {
				return nil, fmt.Errorf("line %d: %s is there twice", i+1, line)
			}
			key, e[line] = line, ""
		}
	}
	for key, reason := range e {
		if reason == "" {
			return nil, fmt.Errorf("%s has no reason", key)
		}
	}
	return e, nil
}
