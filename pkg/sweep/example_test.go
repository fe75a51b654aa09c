package sweep_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"natspike/pkg/archive"
	"natspike/pkg/stream"
	"natspike/pkg/sweep"
)

// A sweep in three shards, as three machines would run it.
func ExampleSweep() {
	dir, err := os.MkdirTemp("", "sweep")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	type row struct {
		SD     float64 `parquet:"sd"`
		Repeat int     `parquet:"repeat"`
		Mean   float64 `parquet:"mean"`
		Error  string  `parquet:"error"`
	}
	sds, repeats := []float64{1, 10}, 2
	grid := sweep.Grid{len(sds), repeats}
	s := &sweep.Sweep[row]{
		Run:   archive.Run{Seed: 1, Version: "v1", Parameters: map[string]any{"sd": sds, "repeats": repeats}},
		Tasks: grid.Size(),
		Task: func(_ context.Context, i int) ([]row, error) {
			at := grid.Index(nil, i)
			rng := stream.Key{Seed: 1, Cell: uint64(at[0]), Repeat: uint32(at[1])}.Rand()
			r := row{SD: sds[at[0]], Repeat: at[1]}
			for range 1000 {
				r.Mean += r.SD * stream.Normal(rng) / 1000
			}
			return []row{r}, nil
		},
		Failed: func(i int, err error) row { return row{Error: err.Error()} },
	}
	for i := range 3 {
		if err := s.RunShards(context.Background(), dir, sweep.Shard{Index: i, Of: 3}); err != nil {
			fmt.Println(err)
			return
		}
	}
	path := filepath.Join(dir, "means.parquet")
	if err := s.Merge(dir, 3, path); err != nil {
		fmt.Println(err)
		return
	}
	for r, err := range archive.Rows[row](path) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("sd %2.0f, repeat %d: %+.3f\n", r.SD, r.Repeat, r.Mean)
	}
	// Output:
	// sd  1, repeat 0: -0.049
	// sd  1, repeat 1: -0.015
	// sd 10, repeat 0: +0.295
	// sd 10, repeat 1: -0.290
}
