package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"natspike/pkg/archive"
	"natspike/pkg/density"
	"natspike/pkg/grid"
	"natspike/pkg/mcmc"
	"natspike/pkg/metric"
	"natspike/pkg/stream"
	"natspike/pkg/sweep"
)

// A langevin is a setup of the user's own: an unadjusted Langevin chain on a
// normal law of the given standard deviation.
type langevin struct {
	SD    float64
	H     float64
	Draws int
}

// langevins lists its parameters. A new one is a field and a line.
var langevins = &grid.Table[langevin]{
	Default: langevin{SD: 1, H: 0.1, Draws: 20_000},
	Parameters: []grid.Parameter[langevin]{
		grid.Float("sd", "", "standard deviation of the target", func(s *langevin) *float64 { return &s.SD }).Positive(),
		grid.Float("h", "", "step size", func(s *langevin) *float64 { return &s.H }).Positive(),
		grid.Int("draws", "", "number of draws", func(s *langevin) *int { return &s.Draws }).AtLeast(1),
	},
}

// statistics are the columns of the table beside the parameters: the variance,
// and one that nobody has thought of.
var statistics = []grid.Column{
	{Name: "variance", Help: "mean square of the draws"},
	{Name: "upcrossings", Help: "share of the steps that lead from below one standard deviation to above it"},
}

func (s langevin) run(ctx context.Context, seed uint64, repeat uint32) ([]float64, error) {
	target, err := density.NewNormal(0, s.SD)
	if err != nil {
		return nil, err
	}
	chain, err := mcmc.NewULA(target, []float64{0}, s.H, metric.Naive)
	if err != nil {
		return nil, err
	}
	rng := stream.Key{Seed: seed, Cell: math.Float64bits(s.H), Repeat: repeat}.Rand()
	variance, crossings, before := 0.0, 0.0, 0.0
	for _, x := range mcmc.Draws(chain, rng, mcmc.Plan{Draws: s.Draws}) {
		variance += x[0] * x[0] / float64(s.Draws)
		if before < s.SD && x[0] >= s.SD {
			crossings += 1 / float64(s.Draws)
		}
		before = x[0]
	}
	return []float64{variance, crossings}, ctx.Err()
}

// A sweep of a setup of the user's own, with a statistic of their own as a
// column. With target N(0, 1) the variance of ULA is 1/(1 − h/2), and there is
// none for h ≥ 2.
func Example() {
	dir, err := os.MkdirTemp("", "sweep")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	spec := langevins.Spec()
	spec.Repeats = 2
	if err := spec.Set("h", 0.1, 1.5, -1); err != nil {
		fmt.Println(err)
		return
	}
	s, err := sweep.Over(context.Background(), spec, statistics, func(ctx context.Context, s langevin, seed uint64, repeat uint32) ([]float64, error) {
		return s.run(ctx, seed, repeat)
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "langevin.parquet")
	if err := s.RunWhole(context.Background(), filepath.Join(dir, "parts"), 4, path); err != nil {
		fmt.Println(err)
		return
	}

	// The table may be read into a struct that has some of its columns.
	type row struct {
		H           float64 `parquet:"h"`
		Repeat      int     `parquet:"repeat"`
		Variance    float64 `parquet:"variance"`
		Upcrossings float64 `parquet:"upcrossings"`
		Error       string  `parquet:"error"`
	}
	for r, err := range archive.Rows[row](path) {
		if err != nil {
			fmt.Println(err)
			return
		}
		if r.Error != "" {
			fmt.Printf("h = %4.1f, repeat %d: %s\n", r.H, r.Repeat, r.Error)
			continue
		}
		fmt.Printf("h = %4.1f, repeat %d: variance %.2f, upcrossings %.3f\n", r.H, r.Repeat, r.Variance, r.Upcrossings)
	}
	// Output:
	// h =  0.1, repeat 0: variance 1.07, upcrossings 0.042
	// h =  0.1, repeat 1: variance 1.06, upcrossings 0.045
	// h =  1.5, repeat 0: variance 3.98, upcrossings 0.273
	// h =  1.5, repeat 1: variance 3.93, upcrossings 0.272
	// h = -1.0, repeat 0: sweep: h = -1 is not positive and finite
	// h = -1.0, repeat 1: sweep: h = -1 is not positive and finite
}

// Tasks may be anything, and rows a struct. Three machines run a shard each.
func ExampleSweep() {
	dir, err := os.MkdirTemp("", "sweep")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	type row struct {
		Number, Factor int
		Error          string
	}
	s := &sweep.Sweep[row]{
		Run:   archive.Run{Version: "v1", Parameters: map[string]int{"from": 92, "to": 97}},
		Tasks: 6,
		Task: func(_ context.Context, i int) ([]row, error) {
			n := 92 + i
			for f := 2; f*f <= n; f++ {
				if n%f == 0 {
					return []row{{Number: n, Factor: f}}, nil
				}
			}
			return nil, errors.New("it has no factor below its root")
		},
		Failed: func(i int, err error) row { return row{Number: 92 + i, Error: err.Error()} },
	}
	for i := range 3 {
		if err := s.RunShards(context.Background(), dir, sweep.Shard{Index: i, Of: 3}); err != nil {
			fmt.Println(err)
			return
		}
	}
	for r, err := range s.All(context.Background(), dir, 3) {
		fmt.Println(r, err)
	}
	// Output:
	// {92 2 } <nil>
	// {93 3 } <nil>
	// {94 2 } <nil>
	// {95 5 } <nil>
	// {96 2 } <nil>
	// {97 0 it has no factor below its root} <nil>
}
