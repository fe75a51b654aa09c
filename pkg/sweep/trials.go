package sweep

import (
	"context"
	"fmt"

	"natspike/pkg/archive"
	model "natspike/pkg/oldtrial"
)

// Sweep returns the sweep that runs the grid: the cells of Setups in their
// order, all repeats of one before the next. A cell that Setup.Check refuses,
// and a trial that fails, is a row with the error; only if there is no cell that
// can be run is that an error here.
func (s *Spec) Sweep() (*Sweep[model.Row], error) {
	cells, err := s.Setups()
	if err != nil {
		return nil, err
	}
	if err := anyValid(cells); err != nil {
		return nil, err
	}
	grid := Grid{len(cells), s.Repeats}
	return &Sweep[model.Row]{
		Run:   archive.Run{Seed: s.Seed, Sampler: "trial", Parameters: s},
		Tasks: grid.Size(),
		Task: func(_ context.Context, i int) ([]model.Row, error) {
			at := grid.Index(nil, i)
			t, err := model.Run(cells[at[0]], s.Seed, uint32(at[1]))
			if err != nil {
				return nil, err
			}
			row, err := t.Row()
			return []model.Row{row}, err
		},
		Failed: func(i int, err error) model.Row {
			at := grid.Index(nil, i)
			return model.Failed(cells[at[0]], at[1], err)
		},
	}, nil
}

// anyValid returns an error if none of the cells can be run.
func anyValid(cells []model.Setup) error {
	var first error
	for _, c := range cells {
		err := c.Check()
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return fmt.Errorf("sweep: none of the %d cells can be run; of the first: %w", len(cells), first)
}
