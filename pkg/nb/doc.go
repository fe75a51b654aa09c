// Package nb is for the cells of a notebook. It shows figures and tables, moves a
// progress bar while a long cell runs, caches slow results, and has sliders and
// menus.
//
// Frames shows figures that were drawn ahead, with a slider that works in an
// exported page too. Explore draws a new figure whenever a slider or a menu moves,
// as long as the cell runs. Live redraws a figure while a loop runs. Play shows an
// animation.
//
// The package sends its outputs to the GoNB kernel. It can also be used in a program
// without a kernel: tables and text go to standard output, a figure prints a line
// that describes it, and sliders and menus keep the values that the program gave
// them.
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
// A cell executed again leaves the same output: figures have the same bytes, a
// finished progress bar shows the number of steps and not their time, and without
// a browser a slider keeps the value that the cell gave it.
package nb
