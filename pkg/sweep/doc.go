// Package sweep runs grids of simulations on as many machines as there are, to
// the same bytes as on one.
//
// A Sweep is a list of tasks, each of which gives a row of a table, or a fixed
// number of them, and is a function of its index alone: it draws from the
// stream.Key of its cell and repeat. A Shard is one of N parts of it. A shard's file appears whole or not
// at all, so that a run that was stopped goes on where it was by doing the
// shards that are missing; Merge puts the rows of all of them in the order of
// the tasks, and its file does not depend on N. A task that fails is a row with
// its error, and does not stop the others.
//
// A Spec is a grid of trials of spiking networks, from a TOML file or from
// flags; its Sweep runs it, its Cost says beforehand what that takes. The command
// in scripts/sweep is these on a command line.
package sweep
