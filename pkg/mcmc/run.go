package mcmc

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/stream"
)

// A Plan is the length of a run: BurnIn steps that are not looked at, and then
// Draws draws, one every Thin steps. A Thin of zero is one.
type Plan struct{ BurnIn, Thin, Draws int }

// Validate returns an error that names the first field that is negative.
func (p Plan) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"BurnIn", p.BurnIn}, {"Thin", p.Thin}, {"Draws", p.Draws}} {
		if err := check.AtLeast("Plan."+f.name, f.value, 0); err != nil {
			return err
		}
	}
	return nil
}

// Draws runs s as p says and yields the index and the position of each draw.
// The slice is the same one each time: copy what is to be kept. A draw is
// yielded as it is, finite or not; see CheckFinite. Draws panics if p is not
// valid.
func Draws(s Sampler, rng *rand.Rand, p Plan) iter.Seq2[int, []float64] {
	if err := p.Validate(); err != nil {
		panic(err.Error())
	}
	return func(yield func(int, []float64) bool) {
		x := make([]float64, s.Dim())
		for range p.BurnIn {
			s.Step(rng)
		}
		for i := range p.Draws {
			for range max(p.Thin, 1) {
				s.Step(rng)
			}
			s.Position(x)
			if !yield(i, x) {
				return
			}
		}
	}
}

// Collect runs s as p says and returns the draws, a matrix with one row for
// each, or a *DivergedError for the first that is not finite.
func Collect(s Sampler, rng *rand.Rand, p Plan) (*mat.Dense, error) {
	return collect(context.Background(), s, rng, p)
}

func collect(ctx context.Context, s Sampler, rng *rand.Rand, p Plan) (*mat.Dense, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if p.Draws == 0 || s.Dim() == 0 {
		return nil, fmt.Errorf("mcmc: no draws to collect: plan has Draws = %d and the sampler %d dimensions", p.Draws, s.Dim())
	}
	draws := mat.NewDense(p.Draws, s.Dim(), nil)
	for i, x := range Draws(s, rng, p) {
		if err := CheckFinite(i, x); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("mcmc: stopped at draw %d of %d: %w", i, p.Draws, err)
		}
		draws.SetRow(i, x)
	}
	return draws, nil
}

// Chains runs n independent chains as p says, as many at once as there are
// processors, and returns the draws of each. start makes the sampler of a
// chain; its rng is for the initial state. Chain c is a function of seed and c
// alone: it steps on the stream
//
//	stream.Key{Seed: seed, Chain: c, Purpose: stream.Dynamics}
//
// and starts on the same key with Purpose Start, so that the result is the same
// bytes on any number of processors. start is called from several goroutines at
// once, and samplers must not share what they change.
//
// The first chain to fail stops the others; its error says which it was.
func Chains(ctx context.Context, n int, seed uint64, p Plan, start func(chain int, rng *rand.Rand) (Sampler, error)) ([]*mat.Dense, error) {
	if n <= 0 {
		return nil, fmt.Errorf("mcmc: cannot run %d chains, at least one is needed", n)
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	draws := make([]*mat.Dense, n)
	run := func(c int) error {
		key := stream.Key{Seed: seed, Chain: uint32(c)}
		key.Purpose = stream.Start
		s, err := start(c, key.Rand())
		if err != nil {
			return err
		}
		key.Purpose = stream.Dynamics
		draws[c], err = collect(ctx, s, key.Rand(), p)
		return err
	}
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for c := range next {
				if err := run(c); err != nil && ctx.Err() == nil {
					cancel(fmt.Errorf("chain %d: %w", c, err))
				}
			}
		})
	}
feed:
	for c := range n {
		select {
		case next <- c:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	workers.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	return draws, nil
}
