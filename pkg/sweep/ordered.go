package sweep

import (
	"context"
	"fmt"
	"iter"
	"runtime/debug"
	"sync"
)

// ordered calls f for each task on the given number of goroutines, and yields
// the results in the order of the tasks, whichever finishes first. It holds at
// most a few results for each goroutine. When ctx ends, it waits for the calls
// under way, drops their results and returns.
func ordered[R any](ctx context.Context, workers int, tasks iter.Seq[int], f func(ctx context.Context, task int) R) iter.Seq2[int, R] {
	type job struct {
		task   int
		result chan R
	}
	return func(yield func(int, R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()

		todo := make(chan job)
		queue := make(chan job, 2*workers) // in order; its length bounds what waits
		running.Go(func() {
			defer close(todo)
			defer close(queue)
			for task := range tasks {
				j := job{task, make(chan R, 1)}
				select {
				case queue <- j:
				case <-ctx.Done():
					return
				}
				select {
				case todo <- j:
				case <-ctx.Done():
					return
				}
			}
		})
		for range workers {
			running.Go(func() {
				for j := range todo {
					j.result <- f(ctx, j.task)
				}
			})
		}
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

// A PanicError is a panic of a task. Its message is one line without the stack,
// whose addresses would make the row that holds the message differ between runs.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// recovered calls f and turns a panic into a *PanicError.
func recovered[R any](f func() (R, error)) (r R, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{p, debug.Stack()}
		}
	}()
	return f()
}

// orCancelled runs f. If ctx ends first it returns the error of ctx and abandons
// f, which goes on in the background until it returns.
func orCancelled[T any](ctx context.Context, f func() (T, error)) (T, error) {
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
