package sweep

import (
	"cmp"
	"context"
	"math/rand/v2"
	"time"

	"natspike/pkg/internal/parallel"
)

// A Load describes the time that a run of a setup S takes: the time of its start,
// and the same time for each step.
type Load[S any] struct {
	Steps  func(S) int64                                     // number of steps of a run
	Size   func(S) float64                                   // size of a step, to which its time is about proportional
	Kind   func(S) any                                       // comparable value; setups of equal Kind and Size take the same time for a step
	Run    func(ctx context.Context, s S, steps int64) error // the first steps of a run
	Budget time.Duration                                     // for all estimates together; 0 stands for 2 s
}

// Seconds returns an estimate of the time that one run of each setup takes on one
// processor like that of this machine. It times the beginnings of runs, one for
// each Kind and Size, in a random order until the budget is spent. The estimates of
// the other setups are the mean of these times in proportion to their size.
//
// atLeast reports that a beginning of very few steps did not end within the
// budget, so that the estimates are lower bounds. Seconds returns soon after the
// budget is spent or ctx has ended. A run that is then under way goes on in the
// background unless it stops with its context.
func (l Load[S]) Seconds(ctx context.Context, setups []S) (seconds []float64, atLeast bool, err error) {
	type shape struct {
		kind any
		size float64
	}
	type cost struct{ start, step float64 } // s
	shapeOf := func(s S) shape { return shape{l.Kind(s), l.Size(s)} }

	// The example of a shape is its longest run.
	examples := make(map[shape]S)
	var shapes []shape
	for _, s := range setups {
		sh := shapeOf(s)
		if example, ok := examples[sh]; !ok {
			shapes = append(shapes, sh)
			examples[sh] = s
		} else if l.Steps(s) > l.Steps(example) {
			examples[sh] = s
		}
	}
	// The order is random, so that the shapes that are timed represent all.
	rand.New(rand.NewPCG(1, 0)).Shuffle(len(shapes), func(i, j int) { shapes[i], shapes[j] = shapes[j], shapes[i] })

	deadline := time.Now().Add(cmp.Or(l.Budget, 2*time.Second))
	limited, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	costs := make(map[shape]cost)
	var mean cost // of the shapes that were timed, with a step of size 1
	for i, sh := range shapes {
		share := time.Until(deadline) / time.Duration(len(shapes)-i)
		start, step, ok := l.time(limited, examples[sh], share)
		if ctx.Err() != nil {
			return nil, false, ctx.Err()
		}
		if !ok && i > 0 {
			break // the budget is spent
		}
		atLeast = !ok
		costs[sh] = cost{start, step}
		mean.start += start
		mean.step += step / sh.size
	}
	if n := float64(len(costs)); n > 0 {
		mean = cost{mean.start / n, mean.step / n}
	}
	for _, s := range setups {
		sh := shapeOf(s)
		c, ok := costs[sh]
		if !ok {
			c = cost{mean.start, mean.step * sh.size}
		}
		seconds = append(seconds, c.start+c.step*float64(l.Steps(s)))
	}
	return seconds, atLeast, nil
}

// time returns the seconds that the start of a run of s takes, and the seconds of
// each step. It times longer and longer beginnings until the budget is spent. If the
// shortest does not end before ctx does, ok is false and start is the time spent.
func (l Load[S]) time(ctx context.Context, s S, budget time.Duration) (start, step float64, ok bool) {
	deadline := time.Now().Add(budget)
	piece := func(steps int64) (float64, bool) {
		began := time.Now()
		_, err := parallel.OrCancelled(ctx, func() (struct{}, error) {
			return struct{}{}, l.Run(ctx, s, steps) // a piece that fails takes its time all the same
		})
		return time.Since(began).Seconds(), err == nil || ctx.Err() == nil
	}
	const short = 4
	total := max(l.Steps(s), 1)
	if start, ok = piece(min(short, total)); !ok {
		return start, 0, false
	}
	for steps := min(1000, total); ; steps = min(4*steps, total) {
		spent, ended := piece(steps)
		if !ended {
			// The piece would have taken at least this long.
			return start, max(step, max(spent-start, 0)/float64(steps)), true
		}
		step = max(spent-start, 0) / float64(steps)
		// The next piece takes four times as long.
		if steps == total || time.Now().Add(time.Duration(4*spent*float64(time.Second))).After(deadline) {
			return start, step, true
		}
	}
}
