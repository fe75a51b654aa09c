package paper

import (
	"context"
	"fmt"
	"path/filepath"

	"natspike/pkg/archive"
	"natspike/pkg/internal/parallel"
	"natspike/pkg/sweep"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
)

// shards is the number of parts in which an experiment is run. Each is kept when
// it is done, so that a run that is stopped loses a few.
const shards = 64

// parameters decide, with the seed, what an experiment's data are. They are in each
// of its files.
type parameters struct {
	Figure    string `json:"figure"`
	Corrected bool   `json:"corrected"`
	Repeats   int    `json:"repeats"`
}

// Run makes what is missing of the experiment's data in o.Dir, and sums it up. When
// ctx ends it stops, and the next call goes on from what was done. A trial that
// fails is left out of the sums and counted.
//
// The data are in NAME.parquet, a row for each trial: the parameters of its setup,
// the repeat, what was measured, and the error of a trial that failed. Until they
// are complete they are in parts in the folder NAME.
func (e *Experiment) Run(ctx context.Context, o Options) (*Result, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if o.Done != nil && o.progress == nil {
		var err error
		if o.progress, err = newProgress(ctx, o, e); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name, err)
		}
	}
	r := &Result{Experiment: e, Options: o, Setups: e.setups(o.Corrected), Repeats: o.repeats(e)}
	s, columns, err := r.sweep()
	if err == nil {
		path := o.path(e.Name)
		if err = s.RunWhole(ctx, path, min(shards, s.Tasks), path+".parquet"); err == nil {
			err = r.read(s.Table, columns, path+".parquet")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Name, err)
	}
	// Resampling takes long, so that all estimates are made now, and at once.
	if _, err := parallel.Map(ctx, len(r.Conditions), func(_ context.Context, i int) (struct{}, error) {
		for _, column := range r.Conditions[i].columns {
			r.Conditions[i].Of(column)
		}
		return struct{}{}, nil
	}); err != nil {
		return nil, err
	}
	return r, r.compare()
}

// sweep returns the sweep of all trials, all repeats of a setup before the next
// setup, and the columns that are measured.
func (r *Result) sweep() (*sweep.Sweep[[]any], []trial.Column, error) {
	measures, err := r.Experiment.measures(r.Options.task(r.Setups[0], 0))
	if err != nil {
		return nil, nil, err
	}
	columns := trial.Columns(measures...)
	s, err := sweep.Cells(model.Parameters, r.Setups, r.Repeats, columns, func(_ context.Context, s model.Setup, repeat uint32) ([]float64, error) {
		t := r.Options.task(s, repeat)
		recording, err := t.present()
		if err != nil {
			return nil, err
		}
		measures, err := r.Experiment.measures(t)
		if err != nil {
			return nil, err
		}
		return model.Measured(recording, measures...)
	})
	if err != nil {
		return nil, nil, err
	}
	s.Run, s.Workers, s.AnyRevision, s.Started = r.run(), r.Options.Workers, r.Options.AnyRevision, r.Options.started
	if done := r.Options.Done; done != nil {
		s.Done = func(i int) { r.Options.progress.add(r.Setups[i/r.Repeats], done) }
	}
	return s, columns, nil
}

// read reads the trials from the file and makes the conditions.
func (r *Result) read(table archive.Table[[]any], columns []trial.Column, path string) error {
	trials := make([]*trial.Table, len(r.Setups))
	for k := range trials {
		trials[k] = &trial.Table{Columns: columns}
	}
	task := 0
	for row, err := range table.Rows(path) {
		if err != nil {
			return err
		}
		problem := row[len(row)-1].(string)
		switch k := task / r.Repeats; {
		case k >= len(trials):
		case problem != "":
			if r.Failed == 0 {
				r.Failure = problem
			}
			r.Failed++
		default:
			values := make([]float64, len(columns))
			for i := range values {
				values[i] = row[len(row)-1-len(columns)+i].(float64)
			}
			trials[k].Rows = append(trials[k].Rows, values)
		}
		task++
	}
	if want := len(r.Setups) * r.Repeats; task != want {
		return fmt.Errorf("paper: %s has the rows of %d trials, not of %d; delete it", path, task, want)
	}
	for k, s := range r.Setups {
		r.Conditions = append(r.Conditions, r.Experiment.conditions(s, trials[k])...)
	}
	return nil
}

// run describes the experiment in a file.
func (r *Result) run() archive.Run {
	return archive.Run{
		Seed: r.Options.Seed, Sampler: string(r.Setups[0].Model),
		Parameters: parameters{r.Experiment.Name, r.Options.Corrected, r.Repeats},
	}
}

// path returns where the file or folder of that name is.
func (o Options) path(name string) string { return filepath.Join(o.Dir, name) }
