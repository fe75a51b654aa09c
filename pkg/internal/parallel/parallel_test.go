package parallel

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
)

func TestMap(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, processors := range []int{1, 4} {
		runtime.GOMAXPROCS(processors)
		squares, err := Map(context.Background(), 100, func(_ context.Context, i int) (int, error) { return i * i, nil })
		if err != nil || len(squares) != 100 || squares[7] != 49 || !slices.IsSorted(squares) {
			t.Errorf("on %d processors: %v, %v", processors, squares, err)
		}
	}
	if none, err := Map(context.Background(), 0, func(context.Context, int) (int, error) { return 0, nil }); err != nil || len(none) != 0 {
		t.Errorf("no calls: %v, %v", none, err)
	}
}

func TestMapStops(t *testing.T) {
	broken := errors.New("broken")
	var calls atomic.Int32
	_, err := Map(context.Background(), 1_000_000, func(ctx context.Context, i int) (int, error) {
		calls.Add(1)
		if i == 10 {
			return 0, broken
		}
		return i, ctx.Err()
	})
	if !errors.Is(err, broken) || calls.Load() > 100_000 {
		t.Errorf("%v after %d calls", err, calls.Load())
	}
	var p *PanicError
	if _, err := Map(context.Background(), 3, func(context.Context, int) (int, error) { panic("no such neuron") }); !errors.As(err, &p) || err.Error() != "panic: no such neuron" {
		t.Errorf("a panic: %v", err)
	}
	ctx, stop := context.WithCancelCause(context.Background())
	stop(broken)
	if _, err := Map(ctx, 3, func(context.Context, int) (int, error) { return 0, nil }); !errors.Is(err, broken) {
		t.Errorf("a context that has ended: %v", err)
	}
}

// TestRelay has calls that end after the beginning of the next one, three of four.
func TestRelay(t *testing.T) {
	const n = 20
	begun := make([]chan struct{}, n)
	for i := range begun {
		begun[i] = make(chan struct{})
	}
	var running atomic.Int32
	if err := Relay(context.Background(), n, 3, func(_ context.Context, i int, next func()) error {
		if running.Add(1) > 3 {
			t.Error("more than three calls at once")
		}
		defer running.Add(-1)
		close(begun[i])
		if i > 0 {
			select {
			case <-begun[i-1]:
			default:
				t.Errorf("call %d begins before the one before it", i)
			}
		}
		if i%4 != 3 { // the fourth returns without a call of next
			next()
			next()
			<-begun[min(i+1, n-1)]
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestRelayStops(t *testing.T) {
	broken := errors.New("broken")
	calls := 0
	if err := Relay(context.Background(), 5, 2, func(ctx context.Context, i int, next func()) error {
		calls++
		if i == 1 {
			return broken
		}
		next()
		<-ctx.Done()
		return ctx.Err()
	}); err != broken || calls != 2 {
		t.Errorf("%v after %d calls, want the first error after two", err, calls)
	}
	// The third call waits until one of two has returned, and is not made.
	calls = 0
	if err := Relay(context.Background(), 5, 2, func(ctx context.Context, i int, next func()) error {
		calls++
		next()
		if i == 1 {
			return broken
		}
		<-ctx.Done()
		return nil
	}); err != broken || calls != 2 {
		t.Errorf("%v after %d calls, want the first error after two", err, calls)
	}
	ctx, stop := context.WithCancelCause(context.Background())
	if err := Relay(ctx, 5, 2, func(_ context.Context, i int, next func()) error {
		if i == 2 {
			stop(broken)
		} else if i > 2 {
			t.Error("a call after the end of the context")
		}
		return nil
	}); err != broken {
		t.Errorf("a context that has ended: %v", err)
	}
}
