package parallel

import (
	"context"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
)

// TestBallast counts how often the garbage collector runs while tasks leave garbage of
// twice ballastSize. Without ballast it ran each time that the heap had grown by some
// megabytes, ten times and more.
func TestBallast(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	const tasks, garbage = 64, 2 * ballastSize / 64
	leave := func(context.Context, int) byte { return slices.Max(make([]byte, garbage)) }
	for name, run := range map[string]func(){
		"Map": func() {
			if _, err := Map(t.Context(), tasks, func(ctx context.Context, i int) (byte, error) { return leave(ctx, i), nil }); err != nil {
				t.Error(err)
			}
		},
		"Ordered": func() {
			for range Ordered(t.Context(), make(chan struct{}, 2), slices.Values(make([]int, tasks)), leave) {
			}
		},
	} {
		var before, after runtime.MemStats
		ballast = sync.OnceValue(newBallast) // what other tests have loaded goes with the next collection
		runtime.GC()
		runtime.ReadMemStats(&before)
		run()
		runtime.ReadMemStats(&after)
		if after.TotalAlloc-before.TotalAlloc < tasks*garbage {
			t.Errorf("%s has left %d bytes", name, after.TotalAlloc-before.TotalAlloc)
		}
		if runs := after.NumGC - before.NumGC; runs > 4 {
			t.Errorf("during %s the collector has run %d times", name, runs)
		}
	}
}
