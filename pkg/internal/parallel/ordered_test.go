package parallel

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func count(n int) func(func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

// TestOrdered has tasks that take longer the earlier they are.
func TestOrdered(t *testing.T) {
	for _, workers := range []int{1, 2, 7} {
		next := 0
		for i, r := range Ordered(context.Background(), make(chan struct{}, workers), count(20), func(_ context.Context, i int) int {
			time.Sleep(time.Duration(20-i) * 100 * time.Microsecond)
			return i * i
		}) {
			if i != next || r != i*i {
				t.Fatalf("%d workers: result %d of task %d in place %d", workers, r, i, next)
			}
			next++
		}
		if next != 20 {
			t.Errorf("%d workers: %d results", workers, next)
		}
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	seen := 0
	for range Ordered(ctx, make(chan struct{}, 2), count(20), func(_ context.Context, i int) int { return i }) {
		if seen++; seen == 5 {
			stop()
		}
	}
	if seen != 5 {
		t.Errorf("%d results, want those of before the stop", seen)
	}
}

// TestOrderedShares shares two slots among three calls of Ordered.
func TestOrderedShares(t *testing.T) {
	slots := make(chan struct{}, 2)
	var running, most atomic.Int32
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			n := 0
			for range Ordered(context.Background(), slots, count(20), func(context.Context, int) int {
				now := running.Add(1)
				for m := most.Load(); now > m && !most.CompareAndSwap(m, now); m = most.Load() {
				}
				time.Sleep(100 * time.Microsecond)
				return int(running.Add(-1))
			}) {
				n++
			}
			if n != 20 {
				t.Errorf("%d results", n)
			}
		})
	}
	group.Wait()
	if most.Load() != 2 || len(slots) != 0 {
		t.Errorf("%d calls at once with two slots, of which %d are held at the end", most.Load(), len(slots))
	}
}

func TestOrCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	never := make(chan struct{})
	defer close(never)
	_, err := OrCancelled(ctx, func() (int, error) {
		stop()
		<-never
		return 1, nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	var p *PanicError
	if _, err := OrCancelled(context.Background(), func() (int, error) { panic("no such neuron") }); !errors.As(err, &p) || !strings.Contains(err.Error(), "no such neuron") {
		t.Errorf("a panic gives %v", err)
	}
	if n, err := OrCancelled(context.Background(), func() (int, error) { return 1, nil }); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}
