// Package nb is what a notebook cell works with: it shows figures and tables,
// moves a progress bar while a long cell runs, keeps what was slow to compute,
// and lets a reader turn knobs.
//
// Frames shows figures that were drawn ahead, with a slider that moves in an
// exported page too. Explore draws anew whenever a slider or a menu moves, as
// long as the cell runs. Live redraws a figure while a loop runs. Play shows an
// animation.
//
// The package speaks to the GoNB kernel and is the only one here that does. In a
// program that no kernel started it is of use too: tables and text go to standard
// output, a figure leaves a line that says what it shows, and a knob stands where
// it is put.
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
// took, and a knob without a browser stands where it is put.
package nb
