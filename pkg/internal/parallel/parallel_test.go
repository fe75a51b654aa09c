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
