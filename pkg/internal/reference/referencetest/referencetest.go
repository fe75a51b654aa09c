// Package referencetest compares with the tables of package reference, in tests.
//
// A test runs every row of a table, with new decoders and noise, and compares
// every statistic by reference.Row.Departure. A departure of more than
// reference.Bound standard errors fails. Of about 1300 comparisons 0.1 would fail by
// chance; seeds are fixed, so that a test that passes keeps passing. A true departure
// of 5.3 standard errors fails with a probability of about 90 %; Compare logs how much
// that is in per cent of the mean. Reject tests that networks which are wrong on
// purpose fail.
//
// Under the race detector, which slows a step several times, there are fewer repeats.
// With -reference.repeats=64 standard errors are hardly larger than those of the
// tables, and one comparison fails, by 4.1: mean_50ms of the naive network with p = 8
// in table F2, whose three repeats are 3.3 standard errors from the mean of a thousand
// of ours.
package referencetest

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"natspike/pkg/internal/parallel"
	"natspike/pkg/internal/reference"
	"natspike/pkg/racetest"
)

var repeats = flag.Int("reference.repeats", 0, "repeats of each row of the reference tables; 0 is the default of each table")

// Seed is the seed of all comparisons.
const Seed = 3

const powerQuantile = 1.28 // of the normal law, at 90 %

// Load returns the rows of a table.
func Load(t testing.TB, name string) []*reference.Row {
	t.Helper()
	table, err := reference.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return table.Rows
}

// Repeats returns the number of repeats of a row, given the default.
func Repeats(usual int) int {
	switch {
	case *repeats > 0:
		return *repeats
	case racetest.Enabled:
		return max(usual/3, 3)
	}
	return usual
}

// Run calls run for each repeat of each row, as many at once as there are processors,
// and returns the results by row and repeat.
func Run[T any](rows, repeats int, run func(row, repeat int) T) [][]T {
	flat, err := parallel.Map(context.Background(), rows*repeats, func(_ context.Context, i int) (T, error) {
		return run(i/repeats, i%repeats), nil
	})
	if err != nil {
		panic(err)
	}
	return slices.Collect(slices.Chunk(flat, repeats))
}

// Compare fails the test for every statistic of every row that departs by more than
// the bound, and logs the power of the test. values returns our repeats of a statistic
// of row i.
func Compare(t testing.TB, rows []*reference.Row, values func(i int, s reference.Statistic) []float64) {
	t.Helper()
	power := map[string][]float64{}
	count, sum2 := 0, 0.0
	for i, r := range rows {
		for _, want := range r.Stats {
			x := values(i, want)
			z, se := r.Departure(want, x)
			count++
			sum2 += z * z
			if !(math.Abs(z) <= reference.Bound) {
				mean, sd := stat.MeanStdDev(x, nil)
				t.Errorf("%v: %s = %.6g (sd %.3g, %d repeats), the table has %.6g (sd %.3g, %d repeats): %.1f standard errors apart",
					r, want.Name, mean, sd, len(x), want.Mean, want.SD, r.Repeats, z)
			}
			if want.Mean != 0 && se > 0 {
				power[want.Name] = append(power[want.Name], (reference.Bound+powerQuantile)*se/math.Abs(want.Mean))
			}
		}
	}
	t.Logf("%d comparisons over %d rows, root mean square departure %.2f standard errors", count, len(rows), math.Sqrt(sum2/float64(count)))
	var lines []string
	for name, share := range power {
		sort.Float64s(share)
		lines = append(lines, fmt.Sprintf("%s %.2g%%", name, 100*share[len(share)/2]))
	}
	sort.Strings(lines)
	t.Logf("caught in nine cases of ten, in the median row, are departures of: %s", strings.Join(lines, ", "))
}

// Reject fails the test if no statistic of the row departs by more than the bound. It
// is for networks that are wrong on purpose.
func Reject(t testing.TB, what string, r *reference.Row, values func(s reference.Statistic) []float64) {
	t.Helper()
	worst, name := 0.0, ""
	for _, want := range r.Stats {
		if z, _ := r.Departure(want, values(want)); math.Abs(z) > worst {
			worst, name = math.Abs(z), want.Name
		}
	}
	if worst <= reference.Bound {
		t.Errorf("%s: no statistic departs by more than %.1f standard errors", what, worst)
	} else {
		t.Logf("%s: %.3g standard errors, in %s", what, worst, name)
	}
}
