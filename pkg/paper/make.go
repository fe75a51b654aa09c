package paper

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"natspike/pkg/archive"
)

// Make runs the experiments and writes, into o.Dir, for each:
//
//	NAME.parquet          the data
//	NAME-summary.parquet  the mean of each column in each condition, and the authors'
//	NAME.svg, NAME.png    the figure
//
// and index.html, a page with all of them, those included that earlier calls have
// made in that directory with the same options. Before is called before each
// experiment. When ctx ends it stops; the next call goes on from what was done.
func Make(ctx context.Context, experiments []*Experiment, o Options, before func(e *Experiment)) error {
	if err := o.Validate(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Clean(o.Dir), 0o777); err != nil {
		return err
	}
	if o.Done != nil {
		var err error
		if o.progress, err = newProgress(ctx, o, experiments...); err != nil {
			return err
		}
	}
	var results []*Result
	var drawing sync.WaitGroup // a figure is drawn while the next experiment runs
	var drawn error
	defer drawing.Wait()
	for _, e := range Experiments() {
		asked := slices.Contains(experiments, e)
		quiet := o
		if asked {
			before(e)
		} else {
			if _, err := os.Stat(o.path(e.Name) + ".parquet"); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			quiet.Done = nil
		}
		r, err := e.Run(ctx, quiet)
		switch {
		case err != nil && asked:
			return err
		case err != nil: // of other options
			continue
		}
		if asked {
			if drawing.Wait(); drawn != nil {
				return drawn
			}
			drawing.Go(func() { drawn = r.save() })
		}
		results = append(results, r)
	}
	if drawing.Wait(); drawn != nil {
		return drawn
	}
	return savePage(o.path("index.html"), results)
}

// save writes the summary and the figure.
func (r *Result) save() error {
	path := r.Options.path(r.Experiment.Name)
	if err := archive.SaveTable(path+"-summary.parquet", r.run(), slices.Values(r.Summary())); err != nil {
		return err
	}
	f := r.Figure()
	for _, ext := range []string{".svg", ".png"} {
		if err := f.Save(path + ext); err != nil {
			return err
		}
	}
	return nil
}
