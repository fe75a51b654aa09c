// Package nb is the notebook's hands: it shows figures and tables, moves a
// progress bar while a long cell runs, keeps what was slow to compute, and asks
// for a value with a slider.
//
// It speaks to the GoNB kernel and is the only package here that does. In a
// program that no kernel started it is of use too: tables and text go to
// standard output, a figure leaves a line that says what it was, and a slider
// has its default value.
//
// # Errors
//
// A cell reads best without error handling. Functions of this package that
// cannot do their work therefore print one sentence to standard error and end
// the cell with exit status 1, and [Must] and [Check] do the same with the
// errors of other packages:
//
//	x := nb.Must(mcmc.Collect(s, rng, plan))
//	nb.Show(figure.Trace("x₁", mat.Col(nil, 0, x)))
//
// # Outputs that can be compared
//
// A cell executed again leaves the same output: figures are the same bytes, a
// finished progress bar says how many steps were made and not how long they
// took, and a slider without a browser shows its default.
package nb
