// Package parallel calls a function for many indices at once.
package parallel

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Map returns f(0), …, f(n−1). It makes as many calls at once as there are
// processors. If f depends on its index alone, the result does not depend on their
// number.
//
// After a call that fails, Map makes no further calls and returns the error. When ctx
// ends, Map returns its cause after the calls that are under way, which can check
// their own ctx. A panic of f becomes a *PanicError.
func Map[T any](ctx context.Context, n int, f func(ctx context.Context, i int) (T, error)) ([]T, error) {
	ballast()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out := make([]T, n)
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := range next {
				v, err := recovered(func() (T, error) { return f(ctx, i) })
				if err != nil {
					cancel(err)
					continue
				}
				out[i] = v
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return out, nil
}

// Relay calls f(0), …, f(n−1), at most limit of them at once. A call begins when the
// call before it has called next or has returned without error.
//
// After a call that fails, Relay begins no further calls, ends the ctx of the calls
// under way, waits for them and returns the error. When ctx ends, Relay returns an
// error after the calls that are under way.
func Relay(ctx context.Context, n, limit int, f func(ctx context.Context, i int, next func()) error) error {
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(limit)
	for i := 0; i < n && running.Err() == nil; i++ {
		begun, next := context.WithCancel(running)
		group.Go(func() error {
			err := running.Err() // it may have ended while Go waited for another call
			if err == nil {
				err = f(running, i, next)
			}
			if err == nil {
				next()
			}
			return err
		})
		<-begun.Done()
	}
	return cmp.Or(group.Wait(), context.Cause(ctx))
}

// A PanicError reports a panic.
type PanicError struct {
	Value any
	Stack []byte
}

// Error returns one line without addresses, so that it is the same in every run.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

func recovered[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &PanicError{p, debug.Stack()}
		}
	}()
	return f()
}
