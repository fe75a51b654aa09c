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
	Workers   int     // trials of an experiment at once; 0: as many as processors
	Dir       string  // of the data; "" is the current directory

	AnyRevision bool // go on from trials of another commit's program; see sweep.Sweep

	// Done, if not nil, is called after each trial with the share of all the work
	// of the call that is done, also after one that an earlier call had done.
	Done func(share float64)

	progress *progress
	started  func() // called when other trials can begin; may be nil
}

// Validate returns an error if an option is out of range.
func (o Options) Validate() error {
	if !(o.Fraction >= 0 && o.Fraction <= 1) {
		return check.Errorf("fraction", "= %v is not in [0, 1]", o.Fraction)
	}
	if o.Repeats < 0 || o.Repeats > math.MaxInt32 {
		return check.Errorf("repeats", "= %d is not in [1, %d], nor 0 for the paper's", o.Repeats, math.MaxInt32)
	}
	return check.AtLeast("workers", o.Workers, 0)
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
