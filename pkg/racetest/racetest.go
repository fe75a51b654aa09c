// Package racetest leaves tests out of the run under the race detector in which the
// detector has nothing to find. It makes code that does nothing but compute five to
// ten times slower. scripts/test runs all tests twice, with the detector and without. The
// package is for the tests of this module.
package racetest

import (
	"flag"
	"runtime"
	"runtime/metrics"
	"testing"
)

const elsewhere = "and the run without the race detector has this test"

// Sequential skips a test that starts no goroutine if the race detector is on. If it is
// off and -parallel is 1, so that no other test runs meanwhile, Sequential fails the
// test at its end if the test started a goroutine. A subtest counts as one: a test with
// subtests calls Sequential in each.
func Sequential(t testing.TB) {
	t.Helper()
	if Enabled {
		t.Skip("this test starts no goroutine, " + elsewhere)
	}
	if flag.Lookup("test.parallel").Value.String() != "1" {
		return
	}
	runtime.GC() // starts the collector's goroutines, if none has been started
	before := created()
	t.Cleanup(func() {
		if n := created() - before; n > 0 {
			t.Errorf("this test is marked as sequential, and it started %d goroutines", n)
		}
	})
}

// Program skips a test of what another program does with our files if the race detector
// is on: the detector sees no other process.
func Program(t testing.TB) {
	t.Helper()
	if Enabled {
		t.Skip("this test is of another program, " + elsewhere)
	}
}

// Larger skips a test if the race detector is on and another test starts the same
// goroutines, fewer of them or on smaller tasks, for the detector to judge.
func Larger(t testing.TB, than string) {
	t.Helper()
	if Enabled {
		t.Skip(than + " starts the same goroutines in less time, " + elsewhere)
	}
}

// created returns the number of goroutines that the process has started.
func created() uint64 {
	sample := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
