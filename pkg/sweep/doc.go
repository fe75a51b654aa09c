// Package sweep runs many independent tasks on any number of processors and machines.
// The bytes of the result do not depend on their number.
//
// A [Sweep] is a list of tasks. Each task gives a row of a table, or a fixed
// number of rows. The rows depend on the index of the task alone: the task draws
// random numbers from a stream.Key that is made of its cell and repeat. [Over] makes
// the sweep of a grid.Spec, with a column for each parameter.
//
// # Shards
//
// A [Shard] is one of N parts of a sweep. Its file appears whole or not at all.
// After a run was stopped or killed, another run does the shards that are missing,
// and removes the temporary files of the killed one. Processes that work in one
// directory do each shard once. A file holds its shard and sweep, the version of
// natspike that made it, and the commit if the program's build knows it. An error
// names a file that belongs to another shard or sweep. Shards of two commits are an
// error too, unless [Sweep].AnyRevision allows them. Merge puts the rows of all
// shards in the order of the tasks, and its file does not depend on N.
//
// A task that fails is a row with its error, and does not stop the others.
//
// The command in scripts/sweep is this package on a command line, for the networks
// of package trial/model.
package sweep
