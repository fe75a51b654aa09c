package paper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"natspike/pkg/archive"
	"natspike/pkg/figure"
	"natspike/pkg/internal/atomicfile"
	"natspike/pkg/internal/parallel"
)

// Make runs the experiments and writes, into o.Dir, for each:
//
//	NAME.parquet          the data
//	NAME-summary.parquet  the mean of each column in each condition, and the authors'
//	NAME.svg, NAME.png    the figure
//
// and index.html, a page with all of them, those included that earlier calls have
// made in that directory with the same options. Before is called before the trials of
// each experiment, and must return. When ctx ends or an experiment fails, Make stops, and
// what was not summed up yet is missing but for its data. The next call goes on from what
// was done.
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
	all := Experiments()
	figures := make([]pageFigure, len(all))
	// One experiment is summed up and drawn while the trials of the next one run.
	if err := parallel.Relay(ctx, len(all), 2, func(ctx context.Context, i int, next func()) error {
		e, o := all[i], o
		o.started = next
		asked := slices.Contains(experiments, e)
		if asked {
			before(e)
		} else {
			if _, err := os.Stat(o.path(e.Name) + ".parquet"); errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			o.Done = nil
		}
		r, err := e.Run(ctx, o)
		switch {
		case err != nil && asked:
			return err
		case err != nil: // of other options
			return nil
		}
		f := r.Figure()
		svg, err := f.SVG()
		if err != nil {
			return fmt.Errorf("paper: %s: %w", e.Name, err)
		}
		figures[i] = r.pageFigure(svg)
		if asked {
			return r.save(f, svg)
		}
		return nil
	}); err != nil {
		return err
	}
	return o.savePage(slices.DeleteFunc(figures, func(f pageFigure) bool { return f.Name == "" }))
}

// save writes the summary and the figure, which is also given as SVG.
func (r *Result) save(f *figure.Figure, svg []byte) error {
	path := r.Options.path(r.Experiment.Name)
	return cmp.Or(
		archive.SaveTable(path+"-summary.parquet", r.run(), slices.Values(r.Summary())),
		atomicfile.WriteFile(path+".svg", svg),
		f.Save(path+".png"))
}
