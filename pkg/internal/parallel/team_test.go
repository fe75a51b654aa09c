package parallel

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
)

// onProcessors sets the number of processors for the time of a test.
func onProcessors(t *testing.T, n int) {
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// TestTeam runs teams of every size, some for longer than helpers wait: each run
// calls each part once, and has ended when Run returns.
func TestTeam(t *testing.T) {
	for _, processors := range []int{1, 2, 4} {
		onProcessors(t, processors)
		for _, workers := range []int{1, 2, 3, 8} {
			for _, parts := range []int{1, 2, 5, 16} {
				calls := make([]int, parts) // the race detector sees two calls of a part at once
				team := NewTeam(workers, parts, func(i int) { calls[i]++ })
				for run := range 200 {
					if run%50 == 49 {
						time.Sleep(2 * linger)
					}
					team.Run()
					for i, n := range calls {
						if n != run+1 {
							t.Fatalf("%d processors, %d workers: after %d runs, part %d of %d was called %d times", processors, workers, run+1, i, parts, n)
						}
					}
				}
			}
		}
	}
}

// TestTeamShares has two workers that wait for each other: both take part, each of its
// own share, forwards and backwards in turn.
func TestTeamShares(t *testing.T) {
	onProcessors(t, 2)
	var mu sync.Mutex
	var order [2][]int
	met := make(chan bool)
	team := NewTeam(2, 8, func(i int) {
		if i < 4 {
			met <- true
		} else {
			<-met
		}
		mu.Lock()
		defer mu.Unlock()
		order[i/4] = append(order[i/4], i)
	})
	for _, want := range [][2][]int{{{0, 1, 2, 3}, {4, 5, 6, 7}}, {{3, 2, 1, 0}, {7, 6, 5, 4}}, {{0, 1, 2, 3}, {4, 5, 6, 7}}} {
		order = [2][]int{}
		team.Run()
		for w := range want {
			if !slices.Equal(order[w], want[w]) {
				t.Errorf("worker %d computed the parts %v, want %v", w, order[w], want[w])
			}
		}
	}
}

// TestTeamSleeps has a part that takes longer than Run waits without sleeping.
func TestTeamSleeps(t *testing.T) {
	onProcessors(t, 2)
	var calls [2]int
	helping := make(chan bool)
	team := NewTeam(2, 2, func(i int) {
		if i == 0 {
			<-helping
		} else {
			helping <- true
			time.Sleep(20 * linger)
		}
		calls[i]++
	})
	for run := range 20 {
		team.Run()
		if want := run + 1; calls != [2]int{want, want} {
			t.Fatalf("after %d runs, the parts were called %v times", want, calls)
		}
	}
}

// TestTeamEnds counts the goroutines: helpers end by themselves.
func TestTeamEnds(t *testing.T) {
	onProcessors(t, 4)
	before := runtime.NumGoroutine()
	var most int
	var mu sync.Mutex
	team := NewTeam(4, 64, func(int) {
		mu.Lock()
		most = max(most, runtime.NumGoroutine())
		mu.Unlock()
		runtime.Gosched()
	})
	for range 100 {
		team.Run()
	}
	for range 1000 {
		if runtime.NumGoroutine() <= before {
			if most <= before {
				t.Error("there was no helper")
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines are left, there were %d", runtime.NumGoroutine(), before)
}

// BenchmarkTeam measures what a run costs whose parts do nothing.
func BenchmarkTeam(b *testing.B) {
	team := NewTeam(2, 16, func(int) {})
	b.ReportAllocs()
	for b.Loop() {
		team.Run()
	}
}
