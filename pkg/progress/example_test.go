package progress_test

import (
	"fmt"
	"time"

	"natspike/pkg/progress"
)

// A bar of one's own: the function draws it.
func ExampleNew() {
	bar := progress.New("chains", 4, time.Hour, func(s progress.State) {
		fmt.Printf("%s: %.0f %%, ended: %v\n", s.Label, 100*s.Share(), s.Ended)
	})
	for range 4 {
		bar.Add(1)
	}
	// Output:
	// chains: 0 %, ended: false
	// chains: 100 %, ended: true
}
