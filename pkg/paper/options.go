package paper

import (
	"fmt"
	"math"
	"strings"
)

// Options say how experiments are run. The zero value is the paper at full
// repeats, in the current directory.
type Options struct {
	Seed      uint64
	Repeats   int     // of each setup; 0: the paper's
	Fraction  float64 // of the repeats; 0: all
	Corrected bool    // the choices that package paper lists, instead of the authors'
	Workers   int     // trials at once; 0: as many as processors
	Dir       string  // of the data; "" is the current directory

	// Done, if not nil, is called after each trial with how much work it was, in
	// the unit of Work; also for one that an earlier call had done.
	Done func(work int)
}

// Check says what is wrong with the options.
func (o Options) Check() error {
	if !(o.Fraction >= 0 && o.Fraction <= 1) {
		return fmt.Errorf("paper: fraction %v is not in [0, 1]", o.Fraction)
	}
	if o.Repeats < 0 || o.Repeats > math.MaxInt32 {
		return fmt.Errorf("paper: %d repeats; want a positive number, or 0 for the paper's", o.Repeats)
	}
	if o.Workers < 0 {
		return fmt.Errorf("paper: %d workers; want a positive number, or 0 for as many as processors", o.Workers)
	}
	return nil
}

// repeats returns how many repeats there are of each setup of e: two at least,
// as one has no standard error.
func (o Options) repeats(e *Experiment) int {
	n := e.Repeats
	if o.Repeats > 0 {
		n = o.Repeats
	}
	if o.Fraction > 0 {
		n = int(math.Round(o.Fraction * float64(n)))
	}
	return max(n, 2)
}

// String describes the options by a word that may be part of a file's name, ""
// for the paper as it is: "corrected-0.1".
func (o Options) String() string {
	var words []string
	if o.Corrected {
		words = append(words, "corrected")
	}
	if o.Repeats > 0 {
		words = append(words, fmt.Sprintf("%drepeats", o.Repeats))
	}
	if o.Fraction > 0 && o.Fraction < 1 {
		words = append(words, fmt.Sprint(o.Fraction))
	}
	if o.Seed != 0 {
		words = append(words, fmt.Sprintf("seed%d", o.Seed))
	}
	return strings.Join(words, "-")
}
