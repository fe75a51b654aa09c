package paper

import (
	"context"
	"fmt"
	"path/filepath"

	"natspike/pkg/archive"
	model "natspike/pkg/oldtrial"
	"natspike/pkg/sweep"
)

// shards is the number of parts in which an experiment is run, each of which is
// kept when it is done: what a stop loses.
const shards = 64

// version is raised when the same seed no longer gives the same trials, so that
// data of before are refused.
const version = "2"

// parameters are what an experiment's data depend on beside the seed; they are
// in each of its files.
type parameters struct {
	Figure    string `json:"figure"`
	Corrected bool   `json:"corrected"`
	Repeats   int    `json:"repeats"`
	Trials    string `json:"trials"` // version
}

// Run makes what is missing of the experiment's data in o.Dir and sums it up.
// When ctx ends it stops, and the next call goes on from what was done. A trial
// that fails is left out of the sums and counted.
//
// The data are in NAME.parquet: a row for each trial, or for each time or neuron
// of each. Until they are complete, they are in parts in the folder NAME.
func (e *Experiment) Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	r := &Result{Experiment: e, Options: o, Setups: e.setups(o.Corrected), Repeats: o.repeats(e)}
	var err error
	switch e.record {
	case rows:
		err = collect(ctx, r, 1, func(t *model.Trial) ([]model.Row, error) {
			row, err := t.Row()
			return []model.Row{row}, err
		}, model.Failed, func(cell int, row []model.Row) {
			r.addRow(cell, row[0])
		})
	case courses:
		r.points = make([][][]model.Point, len(r.Setups))
		err = collect(ctx, r, len(courseTimes), func(t *model.Trial) ([]model.Point, error) {
			return t.Course(courseTimes), nil
		}, func(s model.Setup, repeat int, err error) model.Point {
			return model.Point{Repeat: repeat, Error: err.Error()}
		}, func(cell int, points []model.Point) {
			if points[0].Error != "" {
				r.fail(points[0].Error)
				return
			}
			r.points[cell] = append(r.points[cell], points)
		})
	case neurons:
		r.neurons = make([][]model.Neuron, len(r.Setups))
		// All setups of such an experiment have the same number of neurons.
		err = collect(ctx, r, r.Setups[0].Neurons, func(t *model.Trial) ([]model.Neuron, error) {
			return t.Neurons(), nil
		}, func(s model.Setup, repeat int, err error) model.Neuron {
			return model.Neuron{Repeat: repeat, Error: err.Error()}
		}, func(cell int, neurons []model.Neuron) {
			if neurons[0].Error != "" {
				r.fail(neurons[0].Error)
				return
			}
			row := model.Blank(r.Setups[cell], neurons[0].Repeat)
			row.SumUp(neurons)
			r.addRow(cell, row)
			r.neurons[cell] = append(r.neurons[cell], neurons...)
		})
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	r.estimate()
	return r, r.compare()
}

// collect runs the trials that are missing, each of which gives a number of rows
// T, and passes the rows of all to add, in order.
func collect[T any](ctx context.Context, r *Result, perTrial int,
	of func(*model.Trial) ([]T, error), failed func(s model.Setup, repeat int, err error) T, add func(cell int, rows []T),
) error {
	tasks := len(r.Setups) * r.Repeats
	s := &sweep.Sweep[T]{
		Run:   r.run(),
		Tasks: tasks, Rows: perTrial, Workers: r.Options.Workers,
		Task: func(_ context.Context, i int) ([]T, error) {
			t, err := model.Run(r.Setups[i/r.Repeats], r.Options.Seed, uint32(i%r.Repeats))
			if err != nil {
				return nil, err
			}
			return of(t)
		},
		Failed: func(i int, err error) T {
			return failed(r.Setups[i/r.Repeats], i%r.Repeats, err)
		},
	}
	if done := r.Options.Done; done != nil {
		s.Done = func(i int) { done(Work(r.Setups[i/r.Repeats])) }
	}
	path := r.Options.path(r.Experiment.Name)
	if err := s.RunWhole(ctx, path, min(shards, tasks), path+".parquet"); err != nil {
		return err
	}
	// A trial's rows, one after the other; trials in the order of the tasks.
	var one []T
	task := 0
	for row, err := range archive.Rows[T](path + ".parquet") {
		if err != nil {
			return err
		}
		if one = append(one, row); len(one) == perTrial {
			add(task/r.Repeats, one)
			task++
			one = nil
		}
	}
	if task != tasks {
		return fmt.Errorf("paper: %s.parquet has the rows of %d trials, not of %d; delete it", path, task, tasks)
	}
	return nil
}

// run says in a file what the experiment was.
func (r *Result) run() archive.Run {
	return archive.Run{
		Seed: r.Options.Seed, Sampler: string(r.Setups[0].Model),
		Parameters: parameters{r.Experiment.Name, r.Options.Corrected, r.Repeats, version},
	}
}

// path returns where the file or folder of that name is.
func (o Options) path(name string) string { return filepath.Join(o.Dir, name) }

// Work is an estimate of the time that a trial takes, in microseconds on a
// machine of 2023: what a progress bar counts.
func Work(s model.Setup) int {
	n, p, steps := float64(s.Neurons), float64(s.Dims), float64(s.Steps())
	step := 0.03 // a proposal
	if s.Model == model.Balanced {
		step = 0.15 + 0.00016*n*p
		if n*p > 1e5 { // Γ no longer fits the caches next to the processor
			step *= 1.5
		}
	}
	return int(steps*step + 300*p)
}
