package sweep

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"natspike/pkg/grid"
)

// TestOver compares each row with what its run returns, for any number of shards.
// Invalid cells, and runs that fail, are rows with the reason.
func TestOver(t *testing.T) {
	grid := spec(t, "law", []any{"normal", "broken", "panics", "short"}, "bias", []any{0, 1}, "steps", []any{0, 50})
	s, err := Over(context.Background(), grid, walkColumns, runWalk)
	if err != nil {
		t.Fatal(err)
	}
	want, rows := table(t, s, 1)
	cells, err := grid.Setups()
	if err != nil || len(cells) != 16 || len(rows) != 32 {
		t.Fatalf("%d cells and %d rows, %v; want 16 and 32", len(cells), len(rows), err)
	}
	for i, row := range rows {
		c, repeat := cells[i/2], i%2
		x, y, problem := math.NaN(), math.NaN(), ""
		switch {
		case c.Steps == 0:
			problem = "sweep: steps = 0 is not a finite number ≥ 1"
		case c.Law == "broken":
			problem = "the broken walk does \ufffd\ufffd not start"
		case c.Law == "panics":
			problem = "panic: no such walk"
		case c.Law == "short":
			problem = "sweep: the run returned 1 values for 2 columns"
		default:
			v, _ := runWalk(context.Background(), c, 1, uint32(repeat))
			x, y = v[0], v[1]
		}
		if expect := []any{c.Law, c.Bias, c.Steps, repeat, x, y, problem}; fmt.Sprint(row) != fmt.Sprint(expect) {
			t.Errorf("row %d is %v, want %v", i, row, expect)
		}
	}
	for _, shards := range []int{2, 5, 40} {
		if got, _ := table(t, s, shards); !bytes.Equal(got, want) {
			t.Errorf("%d shards give other bytes", shards)
		}
	}
	grid.Seed = 2
	other, err := Over(context.Background(), grid, walkColumns, runWalk)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := table(t, other, 1); bytes.Equal(got, want) {
		t.Error("another seed gives the same bytes")
	}
}

// TestOverKeepsTheGrid changes a grid after the sweep was made of it.
func TestOverKeepsTheGrid(t *testing.T) {
	g := spec(t, "bias", []any{0, 1})
	s, err := Over(context.Background(), g, walkColumns, runWalk)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := table(t, s, 1)
	g.Repeats, g.Seed = 1, 9
	if err := g.Set("bias", 5); err != nil {
		t.Fatal(err)
	}
	if got, _ := table(t, s, 3); !bytes.Equal(got, want) {
		t.Error("a grid that is changed changes the sweep")
	}
}

// A picky setup has a Validate of its own.
type picky struct{ X float64 }

func (p picky) Validate() error {
	if p.X < 0 {
		return errors.New("x is below zero")
	}
	return nil
}

func TestOverRefuses(t *testing.T) {
	if _, err := Over(context.Background(), spec(t, "steps", []any{0, -1}), walkColumns, runWalk); err == nil || !strings.Contains(err.Error(), "the grid has no cell that can be run among 2; of the first: sweep: steps = 0") {
		t.Errorf("no cell that can be run: %v", err)
	}
	if _, err := Over(context.Background(), spec(t), []grid.Column{{Name: "repeat"}}, runWalk); err == nil || !strings.Contains(err.Error(), "column repeat is there twice") {
		t.Errorf("two columns of one name: %v", err)
	}
	g := spec(t)
	g.Repeats = 0
	if _, err := Over(context.Background(), g, walkColumns, runWalk); err == nil || !strings.Contains(err.Error(), "repeats = 0") {
		t.Errorf("no repeats: %v", err)
	}
	own := (&grid.Table[picky]{Parameters: []grid.Parameter[picky]{grid.Float("x", "", "a number", func(p *picky) *float64 { return &p.X })}}).Spec()
	if err := own.Set("x", -1); err != nil {
		t.Fatal(err)
	}
	run := func(context.Context, picky, uint64, uint32) ([]float64, error) { return nil, nil }
	if _, err := Over(context.Background(), own, nil, run); err == nil || !strings.Contains(err.Error(), "x is below zero") {
		t.Errorf("a setup that refuses itself: %v", err)
	}
}

func load(run func(context.Context, walk, int64) error) Load[walk] {
	return Load[walk]{
		Steps: func(w walk) int64 { return int64(w.Steps) },
		Size:  func(w walk) float64 { return 1 + w.Bias },
		Kind:  func(w walk) any { return w.Law },
		Run:   run,
	}
}

// TestSeconds compares which setups are timed and for how many steps. A step sleeps
// for a microsecond, which bounds the estimates from below; other programs share
// the machine, so that nothing bounds them from above.
func TestSeconds(t *testing.T) {
	timed := make(map[walk]int64)
	l := load(func(_ context.Context, w walk, steps int64) error {
		timed[w] = max(timed[w], steps)
		time.Sleep(time.Duration(steps) * time.Microsecond)
		return nil
	})
	setups := []walk{{"normal", 0, 10}, {"normal", 0, 3000}, {"normal", 1, 2000}, {"broken", 0, 1000}, {"normal", 1, 1000}}
	seconds, atLeast, err := l.Seconds(context.Background(), setups)
	if err != nil || atLeast || len(seconds) != 5 {
		t.Fatalf("%v, %v, %v", seconds, atLeast, err)
	}
	for i, want := range []int64{0, 3000, 2000, 1000, 0} { // the longest of each kind and size, to its end
		if timed[setups[i]] != want {
			t.Errorf("%+v was timed for %d steps, want %d", setups[i], timed[setups[i]], want)
		}
		if seconds[i] < float64(setups[i].Steps)*0.99e-6 { // what it sleeps
			t.Errorf("%+v takes %v s", setups[i], seconds[i])
		}
	}
	if seconds[0] > seconds[1] || seconds[4] > seconds[2] {
		t.Errorf("fewer steps of one kind take more time: %v", seconds)
	}
	if none, _, err := l.Seconds(context.Background(), nil); err != nil || len(none) != 0 {
		t.Errorf("no setups: %v, %v", none, err)
	}
}

// TestSecondsEnd: a run that never ends holds up neither the budget nor the stop.
func TestSecondsEnd(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	began := make(chan struct{}, 100)
	l := load(func(context.Context, walk, int64) error { began <- struct{}{}; <-never; return nil })
	l.Budget = 20 * time.Millisecond
	seconds, atLeast, err := l.Seconds(context.Background(), []walk{{"normal", 0, 10}, {"broken", 3, 10}})
	if err != nil || !atLeast || len(seconds) != 2 || !(seconds[0] > 0) || !(seconds[1] > 0) {
		t.Errorf("runs that do not end: %v, %v, %v", seconds, atLeast, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	l.Budget = time.Hour
	for len(began) > 0 {
		<-began
	}
	go func() { <-began; stop() }()
	if _, _, err := l.Seconds(ctx, []walk{{"normal", 0, 10}}); !errors.Is(err, context.Canceled) {
		t.Errorf("an estimate that is stopped: %v", err)
	}
}

func TestCost(t *testing.T) {
	l := load(func(context.Context, walk, int64) error { return nil })
	g := spec(t, "steps", []any{0, 50, 100}, "bias", []any{0, 1})
	cost, err := CostOf(context.Background(), g, l)
	if err != nil || cost.Cells != 6 || cost.Invalid != 2 || cost.Runs != 8 || cost.Steps != 2*2*150 || cost.Seconds < 0 || cost.AtLeast {
		t.Errorf("the cost is %+v, %v", cost, err)
	}
	if cost.Problem == nil || !strings.Contains(cost.Problem.Error(), "steps = 0") {
		t.Errorf("the first problem is %v", cost.Problem)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := CostOf(ctx, g, l); !errors.Is(err, context.Canceled) {
		t.Errorf("the error of an estimate that was stopped is %v", err)
	}
}
