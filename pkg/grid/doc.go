// Package grid runs through combinations of named parameters.
//
// A Table lists the parameters of a setup, which is any struct. Everything that
// a program needs to vary them comes from this one list: the keys of a TOML
// file, the flags of a command and their help, the check of each value, the
// order of the cells, and the columns of the result. A new parameter takes one
// line of the table.
//
// A Spec says which values the parameters take and how often each combination
// is repeated. Its Setups are the cells of the grid. A parameter that is not
// given keeps the value of the table's default setup.
//
// Package sweep runs a Spec in parallel and in shards.
package grid

import "natspike/pkg/arg"

const check = arg.Checker("grid")
