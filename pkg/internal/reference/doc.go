// Package reference has what the authors' own program gives for the spiking
// networks, as tables, and the yardstick by which ours is compared with it.
//
//	table, err := reference.Load("A_ebn_rho")
//	cell, ok := table.Find(reference.Setting{Natural: true, Rho: 0.75, Dims: 20, Neurons: 200, Scale: 1, DT: 1e-4})
//	mean, ok := cell.Column("mean_50")
//	z, se := cell.Departure(mean, ours)
//
// How the tables were made is in README.md, and in the comment that each begins
// with. Package referencetest is the harness of the tests that use them.
package reference
