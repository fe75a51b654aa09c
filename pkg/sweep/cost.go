package sweep

import (
	"context"
	"math/rand/v2"
	"time"

	"natspike/pkg/metric"
	model "natspike/pkg/oldtrial"
	"natspike/pkg/spiking"
)

// A Cost is what a grid asks for.
type Cost struct {
	Cells   int
	Invalid int   // cells that cannot be run
	Problem error // of the first of them
	Runs    int   // of the other cells
	Steps   int64 // of these runs

	// Time is an estimate of what the runs take on one processor like that of
	// this machine.
	Time time.Duration
}

// A shape is what a time step's cost depends on most.
type shape struct {
	model         model.Model
	naive         bool
	arbitration   spiking.Arbitration
	dims, neurons int
}

func shapeOf(s model.Setup) shape {
	return shape{s.Model, s.Geometry == metric.Naive, s.Arbitration, s.Dims, s.Neurons}
}

// size is what a step's cost is about proportional to.
func (s shape) size() float64 { return float64(s.dims) * float64(s.neurons) }

// Cost checks every cell and counts. It estimates the time from short pieces of
// trials, one for each shape of network that it gets to while budget lasts; for
// the others it takes the mean of those, by their size. The estimate is of this
// machine and this moment; nothing else is.
func (s *Spec) Cost(ctx context.Context, budget time.Duration) (Cost, error) {
	var cost Cost
	cells, err := s.Setups()
	if err != nil {
		return cost, err
	}
	cost.Cells = len(cells)
	type work struct {
		example model.Setup
		runs    int
		steps   int64
	}
	works := make(map[shape]*work)
	var shapes []shape
	for _, c := range cells {
		if err := ctx.Err(); err != nil {
			return cost, err
		}
		if err := c.Check(); err != nil {
			if cost.Invalid++; cost.Problem == nil {
				cost.Problem = err
			}
			continue
		}
		steps := c.Steps() * int64(s.Repeats)
		cost.Runs += s.Repeats
		cost.Steps += steps
		w := works[shapeOf(c)]
		if w == nil {
			w = &work{example: c}
			works[shapeOf(c)] = w
			shapes = append(shapes, shapeOf(c))
		}
		w.runs += s.Repeats
		w.steps += steps
	}

	// In a random order, so that those that are reached stand for all.
	rand.New(rand.NewPCG(1, 0)).Shuffle(len(shapes), func(i, j int) { shapes[i], shapes[j] = shapes[j], shapes[i] })
	start := time.Now()
	var seconds, timed, untimed float64 // timed and untimed are steps × size
	for i, sh := range shapes {
		w := works[sh]
		amount := float64(w.steps) * sh.size()
		left := budget - time.Since(start)
		if left <= 0 && timed > 0 || ctx.Err() != nil {
			untimed += amount
			continue
		}
		run, step := timePiece(w.example, s.Seed, left/time.Duration(len(shapes)-i))
		seconds += run*float64(w.runs) + step*float64(w.steps)
		timed += amount
	}
	if timed > 0 {
		seconds *= 1 + untimed/timed
	}
	cost.Time = time.Duration(seconds * float64(time.Second))
	return cost, ctx.Err()
}

// timePiece returns the seconds that a run of a setup takes whatever its length,
// and those that each step takes, from pieces that grow until the budget is
// spent.
func timePiece(s model.Setup, seed uint64, budget time.Duration) (run, step float64) {
	deadline := time.Now().Add(budget)
	length := s.Before + s.After
	piece := func(steps int64) float64 {
		p := s
		share := float64(steps) * s.DT / length
		p.Before, p.After = s.Before*share, max(s.After*share, 2*s.DT)
		start := time.Now()
		if t, err := model.Run(p, seed, 0); err == nil {
			_, _ = t.Row() // what a piece fails at does not matter for its time
		}
		return time.Since(start).Seconds()
	}
	const short = 4
	total := s.Steps()
	run = piece(short)
	for steps := int64(1000); ; steps *= 4 {
		steps = min(steps, total)
		spent := piece(steps)
		step = max(spent-run, 0) / float64(steps)
		// The next piece takes four times as long.
		if steps == total || time.Now().Add(time.Duration(4*spent*float64(time.Second))).After(deadline) {
			return run, step
		}
	}
}
