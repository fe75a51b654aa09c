// Package sweep runs many independent tasks on any number of processors and
// machines, and gives the same bytes as on one.
//
// A [Sweep] is a list of tasks. Each task gives a row of a table, or a fixed
// number of rows, and depends on its index alone: it draws from a stream.Key that
// is made of its cell and repeat. [Over] makes the sweep of a grid.Spec, with a
// column for each parameter.
//
// # Shards
//
// A [Shard] is one of N parts of a sweep. Its file appears whole or not at all.
// A run that was stopped or killed goes on by doing the shards that are missing,
// and removes what the killed run left behind. Processes that work in one
// directory do each shard once. A file says which shard of which sweep it is and
// which version of natspike made it, and of which commit, where the program's build
// knows it. A file that does not belong where it stands is refused by name, and so
// are shards of two commits unless [Sweep].AnyRevision allows them. Merge puts the rows of all shards in the order of the tasks,
// and its file does not depend on N.
//
// A task that fails is a row with its error, and does not stop the others.
//
// The command in scripts/sweep is this package on a command line, for the networks
// of package trial/model.
package sweep
