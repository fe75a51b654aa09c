package sweep

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"natspike/pkg/internal/atomicfile"
)

// RunWhole runs the sweep and writes its rows to the Parquet table at path. Until the
// sweep is complete its rows are in dir, in the given number of shards. After a run
// was stopped or killed, RunWhole continues from the shards that are done. At the end
// it removes the shards, and dir too unless there are other files in it. If the table
// at path exists already, RunWhole leaves it unchanged if it is of this sweep, and
// returns an error otherwise.
//
// While another process runs the same sweep, RunWhole returns an error that names
// the process.
func (s *Sweep[R]) RunWhole(ctx context.Context, dir string, of int, path string) error {
	if ext := filepath.Ext(path); strings.ToLower(ext) != ".parquet" {
		return check.Errorf("the path", "= %s does not end in .parquet", path)
	}
	if err := s.validate(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	release, err := atomicfile.Lock(path)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	defer release()
	there, err := s.read(path, whole)
	switch {
	case err != nil:
		return err
	case there != nil:
		s.skip(there, Shard{0, 1})
	default:
		all := make([]Shard, max(of, 0))
		for k := range all {
			all[k] = Shard{k, of}
		}
		if err := s.RunShards(ctx, dir, all...); err != nil {
			return err
		}
		if err := s.Merge(ctx, dir, of, path); err != nil {
			return err
		}
	}
	return discard(dir)
}

// discard removes the shards in dir, the temporary files of killed runs, and dir
// itself if it is then empty.
func discard(dir string) error {
	shards, err := shardsIn(dir)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		if err := os.Remove(shard.path(dir)); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
	}
	if err := atomicfile.Clean(dir); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	_ = os.Remove(dir) // fails if it holds other files, which stay
	return nil
}
