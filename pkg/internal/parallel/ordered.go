package parallel

import (
	"context"
	"iter"
	"sync"
)

// Ordered calls f for each task, and yields the results in the order of the tasks. A
// call holds a place in the channel slots, so that calls of Ordered that share slots
// make no more calls of f at once than it has places. Ordered takes a task when it has
// a place for it, and keeps at most a few results for each place. When ctx ends, it
// waits for the calls under way, drops their results and returns.
func Ordered[R any](ctx context.Context, slots chan struct{}, tasks iter.Seq[int], f func(ctx context.Context, task int) R) iter.Seq2[int, R] {
	type job struct {
		task   int
		result chan R
	}
	return func(yield func(int, R) bool) {
		ballast()
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()

		queue := make(chan job, 2*cap(slots)) // in order; its length bounds what waits
		running.Go(func() {
			defer close(queue)
			next, stop := iter.Pull(tasks)
			defer stop()
			for {
				select {
				case slots <- struct{}{}:
				case <-ctx.Done():
					return
				}
				task, ok := next()
				if !ok {
					<-slots
					return
				}
				j := job{task, make(chan R, 1)}
				running.Go(func() {
					j.result <- f(ctx, task)
					<-slots
				})
				select {
				case queue <- j:
				case <-ctx.Done():
					return
				}
			}
		})
		for j := range queue {
			select {
			case r := <-j.result:
				if ctx.Err() != nil || !yield(j.task, r) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// OrCancelled runs f. If ctx ends first it returns the error of ctx and abandons
// f, which goes on in the background until it returns. A panic of f becomes a
// *PanicError.
func OrCancelled[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := recovered(f)
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
