// Package grid makes grids of named parameters.
//
// A Table lists the parameters of a setup, which is any struct. This one list
// provides everything that a program needs to vary them: the keys of a TOML
// file, the flags of a command and their help, the check of each value, the
// order of the cells, and the columns of the result. A new parameter takes one
// line of the table.
//
// A Spec holds the values of the parameters and the number of repeats of each
// combination. Its Setups are the cells of the grid. A parameter without values in
// the Spec has the value of the table's default setup.
//
// Package sweep runs a Spec in parallel and in shards.
package grid

import "natspike/pkg/arg"

const check = arg.Checker("grid")
