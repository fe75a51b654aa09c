package sweep

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"natspike/pkg/grid"
	"natspike/pkg/stream"
)

// A walk is a setup of its own for the tests: the sum of normal steps.
type walk struct {
	Law   string
	Bias  float64
	Steps int
}

var walks = &grid.Table[walk]{
	Default: walk{"normal", 0, 100},
	Parameters: []grid.Parameter[walk]{
		grid.Choice("law", "law of a step", func(w *walk) *string { return &w.Law }, "normal", "broken", "panics", "short"),
		grid.Float("bias", "", "mean of a step", func(w *walk) *float64 { return &w.Bias }),
		grid.Int("steps", "", "number of steps", func(w *walk) *int { return &w.Steps }).AtLeast(1),
	},
}

var walkColumns = []grid.Column{{Name: "end", Help: "the sum of the steps"}, {Name: "highest", Help: "the largest sum on the way"}}

func runWalk(_ context.Context, w walk, seed uint64, repeat uint32) ([]float64, error) {
	switch w.Law {
	case "broken":
		return nil, fmt.Errorf("the %s walk does \x00\xff not start", w.Law)
	case "panics":
		panic("no such walk")
	case "short":
		return []float64{1}, nil
	}
	rng := stream.Key{Seed: seed, Cell: uint64(w.Steps), Repeat: repeat}.Rand()
	x, highest := 0.0, 0.0
	for range w.Steps {
		x += w.Bias + stream.Normal(rng)
		highest = max(highest, x)
	}
	return []float64{x, highest}, nil
}

// spec returns a grid of walks; keys and values alternate.
func spec(t *testing.T, keysAndValues ...any) *grid.Spec[walk] {
	t.Helper()
	s := walks.Spec()
	s.Repeats = 2
	for i := 0; i < len(keysAndValues); i += 2 {
		if err := s.Set(keysAndValues[i].(string), keysAndValues[i+1].([]any)...); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// table runs a sweep in shards and returns its bytes and its rows.
func table(t *testing.T, s *Sweep[[]any], shards int) ([]byte, [][]any) {
	t.Helper()
	dir := t.TempDir()
	b := merged(t, s, dir, shards)
	var rows [][]any
	for r, err := range s.Table.Rows(filepath.Join(dir, "merged.parquet")) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	return b, rows
}

func merged[R any](t *testing.T, s *Sweep[R], dir string, shards int) []byte {
	t.Helper()
	for k := range shards {
		if err := s.RunShards(context.Background(), dir, Shard{k, shards}); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "merged.parquet")
	if err := s.Merge(context.Background(), dir, shards, path); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
