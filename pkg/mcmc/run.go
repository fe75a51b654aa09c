package mcmc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/internal/parallel"
	"natspike/pkg/stream"
)

// A Plan is the length of a run: BurnIn steps that are not looked at, and then
// Draws draws, one every Thin steps. A Thin of zero is one.
type Plan struct{ BurnIn, Thin, Draws int }

// Validate returns an error if a field is negative.
func (p Plan) Validate() error {
	return cmp.Or(
		check.AtLeast("Plan.BurnIn", p.BurnIn, 0),
		check.AtLeast("Plan.Thin", p.Thin, 0),
		check.AtLeast("Plan.Draws", p.Draws, 0),
	)
}

// maxBytes is the most memory that the draws of one call may take.
const maxBytes = 16 << 30

// room returns an error if the draws of a run, each of some columns of numbers,
// do not fit in memory, or if there are none.
func (p Plan) room(chains, columns int) error {
	if err := check.AtLeast("Plan.Draws", p.Draws, 1); err != nil {
		return err
	}
	const overhead = 16 // numbers, for a chain itself
	// In floating point, since the product may be too large for an integer.
	if bytes := 8 * float64(chains) * (float64(float64(p.Draws)*float64(columns)) + overhead); bytes > maxBytes {
		return check.Errorf("Plan.Draws", "= %d takes %.3g GB for chains × numbers = %d × %d, which is more than the %.3g GB allowed; raise Thin, or use each draw of mcmc.Draws and let it go",
			p.Draws, bytes/1e9, chains, columns, float64(maxBytes)/1e9)
	}
	return nil
}

// Draws runs s for the plan p and yields the index and the position of each
// draw. The slice is the same one each time: copy what is to be kept. A draw is
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

// Collect runs s for the plan p and returns the draws, a matrix with one row for
// each. It returns a *DivergedError for the first draw that is not finite, and an
// error if the draws take more than 16 GiB.
func Collect(s Sampler, rng *rand.Rand, p Plan) (*mat.Dense, error) {
	c, err := collect(context.Background(), s, rng, p, 1)
	return c.Draws, err
}

// A Chain is one run of a sampler.
type Chain[S Sampler] struct {
	Sampler S          // as the last step left it
	Draws   *mat.Dense // draws × dimensions
	Stats   *mat.Dense // draws × statistics, those of StatNames; nil if Sampler reports none
}

// StatNames returns the names of the columns of Stats.
func (c Chain[S]) StatNames() []string { return statNames(c.Sampler) }

// collect runs s, one of several chains that keep as many draws.
func collect[S Sampler](ctx context.Context, s S, rng *rand.Rand, p Plan, chains int) (c Chain[S], err error) {
	c.Sampler = s
	d, names := s.Dim(), statNames(s)
	if err := cmp.Or(p.Validate(), check.AtLeast("sampler's dimension", d, 1), p.room(chains, d+len(names))); err != nil {
		return c, err
	}
	var ended atomic.Bool // reading it costs less than ctx.Err
	defer context.AfterFunc(ctx, func() { ended.Store(true) })()
	run := func(steps, draw int) error {
		for range steps {
			if ended.Load() {
				return fmt.Errorf("mcmc: stopped before draw %d of %d: %w", draw, p.Draws, context.Cause(ctx))
			}
			s.Step(rng)
		}
		return nil
	}
	if err := run(p.BurnIn, 0); err != nil {
		return c, err
	}
	draws := mat.NewDense(p.Draws, d, nil)
	var stats *mat.Dense
	if len(names) > 0 {
		stats = mat.NewDense(p.Draws, len(names), nil)
	}
	for i := range p.Draws {
		if err := run(max(p.Thin, 1), i); err != nil {
			return c, err
		}
		s.Position(draws.RawRowView(i))
		if err := CheckFinite(i, draws.RawRowView(i)); err != nil {
			return c, err
		}
		if stats != nil {
			any(s).(Reporter).Stats(stats.RawRowView(i))
		}
	}
	c.Draws, c.Stats = draws, stats
	return c, nil
}

// Chains runs n independent chains for the plan p, as many at once as there are
// processors, and returns them in order. start makes the sampler of a chain; its
// rng is for the initial state. Chain c is a function of seed and c alone: it
// steps on the stream
//
//	stream.Key{Seed: seed, Chain: c, Purpose: stream.Dynamics}
//
// and starts on the same key with Purpose Start, so that the result is the same
// bytes on any number of processors. start is called from several goroutines at
// once, and samplers must not share what they change.
//
// The first chain to fail stops the others, and its error names it. Chains
// returns the error of ctx if ctx ends, at the next step of each chain, and an
// error if the draws and statistics take more than 16 GiB.
func Chains[S Sampler](ctx context.Context, n int, seed uint64, p Plan, start func(chain int, rng *rand.Rand) (S, error)) ([]Chain[S], error) {
	if err := cmp.Or(check.AtLeast("number of chains", n, 1), p.Validate(), p.room(n, 1)); err != nil {
		return nil, err
	}
	chains, err := parallel.Map(ctx, n, func(ctx context.Context, c int) (chain Chain[S], err error) {
		key := stream.Key{Seed: seed, Chain: uint32(c), Purpose: stream.Start}
		s, err := start(c, key.Rand())
		if err == nil {
			key.Purpose = stream.Dynamics
			chain, err = collect(ctx, s, key.Rand(), p, n)
		}
		if err != nil {
			return chain, fmt.Errorf("chain %d: %w", c, err)
		}
		return chain, nil
	})
	// A sampler that panics has been misused; the caller gets the same panic.
	if misuse := (*parallel.PanicError)(nil); errors.As(err, &misuse) {
		panic(misuse.Value)
	}
	return chains, err
}

// AllDraws returns the draws of each chain, in the form that package diag takes:
// diag.Coordinate(mcmc.AllDraws(chains), j).
func AllDraws[S Sampler](chains []Chain[S]) []*mat.Dense {
	draws := make([]*mat.Dense, len(chains))
	for i, c := range chains {
		draws[i] = c.Draws
	}
	return draws
}

// AllStats returns the statistics of each chain and the names of their columns, in
// the form that archive.FromChains takes. Both are nil if the samplers report none.
func AllStats[S Sampler](chains []Chain[S]) (names []string, stats []*mat.Dense) {
	for _, c := range chains {
		if c.Stats != nil {
			names, stats = c.StatNames(), append(stats, c.Stats)
		}
	}
	return names, stats
}

// Stat returns the statistic of that name for each draw of each chain. It returns
// an error if a chain does not report it.
func Stat[S Sampler](chains []Chain[S], name string) ([][]float64, error) {
	values := make([][]float64, len(chains))
	for i, c := range chains {
		names := c.StatNames()
		j := slices.Index(names, name)
		if j < 0 || c.Stats == nil {
			return nil, check.Errorf("statistic", "= %q is none of those of chain %d, a %T: %q", name, i, c.Sampler, names)
		}
		values[i] = mat.Col(nil, j, c.Stats)
	}
	return values, nil
}
