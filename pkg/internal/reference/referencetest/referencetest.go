// Package referencetest compares with the tables of package reference, in tests.
//
// A test runs every cell of a table, with fresh decoders and noise, and compares
// every statistic, by reference.Cell.Departure. A departure of more than
// reference.Bound standard errors fails: of about 1300 comparisons 0.1 would then
// fail by chance; seeds are fixed, so that what passes keeps passing. A true
// departure of 5.3 standard errors is caught with a probability of 90 %, or a
// little less; Compare logs what that is in per cent of the mean. Networks that
// are wrong on purpose must fail: see Reject.
//
// The race detector makes a step several times as dear, so that there are fewer
// repeats under it. With -reference.repeats=64 standard errors are hardly more
// than those of the tables, and one comparison fails, by 4.1: mean_fast0 of the
// naive network with p = 8 in table F2, whose three repeats are 3.3 standard errors
// from the mean of a thousand of ours.
package referencetest

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"sort"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/stat"

	"natspike/pkg/internal/reference"
)

var repeats = flag.Int("reference.repeats", 0, "repeats of each cell of the reference tables; 0 is the default of each table")

// Seed is that of all comparisons.
const Seed = 3

const powerQuantile = 1.28 // of the normal law, at 90 %

// Load returns the cells of a table.
func Load(t testing.TB, name string) []*reference.Cell {
	t.Helper()
	table, err := reference.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return table.Cells
}

// Repeats returns the number of repeats to make of a cell, given the default.
func Repeats(usual int) int {
	switch {
	case *repeats > 0:
		return *repeats
	case underRace:
		return max(usual/3, 3)
	}
	return usual
}

// Run calls run for each of so many cells and repeats, as many at once as there
// are processors, and returns what it returns.
func Run[T any](cells, repeats int, run func(cell, repeat int) T) [][]T {
	out := make([][]T, cells)
	for i := range out {
		out[i] = make([]T, repeats)
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				out[i/repeats][i%repeats] = run(i/repeats, i%repeats)
			}
		})
	}
	for i := range cells * repeats {
		next <- i
	}
	close(next)
	workers.Wait()
	return out
}

// Compare fails the test for every statistic of every cell that departs by more
// than the bound, and logs the test's power. Values returns ours, one for each
// repeat, for a statistic of cell i.
func Compare(t testing.TB, cells []*reference.Cell, values func(i int, s reference.Statistic) []float64) {
	t.Helper()
	power := map[string][]float64{}
	count, sum2 := 0, 0.0
	for i, c := range cells {
		for _, want := range c.Stats {
			x := values(i, want)
			z, se := c.Departure(want, x)
			count++
			sum2 += z * z
			if !(math.Abs(z) <= reference.Bound) {
				mean, sd := stat.MeanStdDev(x, nil)
				t.Errorf("%v: %s = %.6g (sd %.3g, %d repeats), the table has %.6g (sd %.3g, %d repeats): %.1f standard errors apart",
					c, want.Name, mean, sd, len(x), want.Mean, want.SD, c.Repeats, z)
			}
			if want.Mean != 0 && se > 0 {
				power[want.Name] = append(power[want.Name], (reference.Bound+powerQuantile)*se/math.Abs(want.Mean))
			}
		}
	}
	t.Logf("%d comparisons over %d cells, root mean square departure %.2f standard errors", count, len(cells), math.Sqrt(sum2/float64(count)))
	var lines []string
	for name, share := range power {
		sort.Float64s(share)
		lines = append(lines, fmt.Sprintf("%s %.2g%%", name, 100*share[len(share)/2]))
	}
	sort.Strings(lines)
	t.Logf("caught in nine cases of ten, in the median cell, are departures of: %s", strings.Join(lines, ", "))
}

// Reject fails the test if no statistic of the cell departs by more than the
// bound: what is wrong on purpose must be found out.
func Reject(t testing.TB, what string, c *reference.Cell, values func(s reference.Statistic) []float64) {
	t.Helper()
	worst, name := 0.0, ""
	for _, want := range c.Stats {
		if z, _ := c.Departure(want, values(want)); math.Abs(z) > worst {
			worst, name = math.Abs(z), want.Name
		}
	}
	if worst <= reference.Bound {
		t.Errorf("%s: no statistic departs by more than %.1f standard errors", what, worst)
	} else {
		t.Logf("%s: %.3g standard errors, in %s", what, worst, name)
	}
}
