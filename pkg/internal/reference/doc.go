// Package reference holds tables of results of the authors' own program for the
// spiking networks, and compares our results with them.
//
//	table, err := reference.Load("A_ebn_rho")
//	row, ok := table.Find(reference.Setting{Natural: true, Rho: 0.75, Dims: 20, Neurons: 200, Scale: 1, DT: 1e-4})
//	mean, ok := row.Stat("mean_50ms")
//	z, se := row.Departure(mean, ours)
//
// README.md and the comment at the top of each table say how they were made.
// Package referencetest is the harness of the tests that use them.
package reference
