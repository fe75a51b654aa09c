package sweep

import (
	"context"
	"os"
)

// RunWhole does what is missing of the sweep and puts all of it in the table at
// path. Until that is complete it is in dir, in as many parts as of, and what is
// done of them is kept when ctx ends; then dir is removed. A table at path that
// is already there is left as it is if it is of this sweep, and an error
// otherwise.
func (s *Sweep[R]) RunWhole(ctx context.Context, dir string, of int, path string) error {
	switch done, err := s.done(path); {
	case err != nil:
		return err
	case done:
		for i := range s.Tasks {
			s.tick(i)
		}
		return nil
	}
	for k := range of {
		if err := s.RunShard(ctx, dir, Shard{k, of}); err != nil {
			return err
		}
	}
	if err := s.Merge(dir, of, path); err != nil {
		return err
	}
	for k := range of {
		if err := os.Remove(Shard{k, of}.path(dir)); err != nil {
			return err
		}
	}
	return os.Remove(dir) // fails, and should, if others keep files there
}
