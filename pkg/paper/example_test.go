package paper_test

import (
	"fmt"

	"natspike/pkg/paper"
)

// What the authors' own programs give.
func ExamplePublished() {
	fmt.Println(len(paper.PublishedNames()), "tables, of which the first is", paper.PublishedNames()[0])
	table, err := paper.Published("E_mh_base")
	if err != nil {
		panic(err)
	}
	for _, row := range table.Rows {
		mean, _ := row.Stat("mean_after")
		fmt.Printf("natural %t: mean %.3f ± %.3f\n", row.Natural, mean.Mean, mean.SE)
	}
	// Output:
	// 12 tables, of which the first is A_ebn_rho
	// natural false: mean 0.121 ± 0.024
	// natural true: mean 0.985 ± 0.005
}
