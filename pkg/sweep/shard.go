package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A Shard is one of Of equal parts of a sweep. It holds the tasks whose index is
// Index modulo Of, so that tasks with neighbouring indices, which tend to take the
// same time, are in different shards. Shard{0, 1} has all tasks.
type Shard struct{ Index, Of int }

// whole stands for the table of the whole sweep.
var whole = Shard{}

// maxShards bounds the shards of a sweep, which are all open at once in a merge.
const maxShards = 10_000

// ParseShard reads a shard written as "i/N", with 0 ≤ i < N.
func ParseShard(s string) (Shard, error) {
	index, of, ok := strings.Cut(s, "/")
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(of)
	if !ok || err1 != nil || err2 != nil {
		return Shard{}, check.Errorf("the shard", "= %.40q is not written i/N with 0 ≤ i < N, such as 0/16", s)
	}
	shard := Shard{i, n}
	return shard, shard.validate()
}

// validate returns an error unless 0 ≤ Index < Of ≤ maxShards.
func (s Shard) validate() error {
	if s.Of < 1 || s.Of > maxShards {
		return check.Errorf("the number of shards", "= %d is not from 1 to %d", s.Of, maxShards)
	}
	if s.Index < 0 || s.Index >= s.Of {
		return check.Errorf("the shard", "= %v is not i/N with 0 ≤ i < N", s)
	}
	return nil
}

// String returns "i/N".
func (s Shard) String() string { return fmt.Sprintf("%d/%d", s.Index, s.Of) }

// Size returns how many of the given number of tasks are in the shard.
func (s Shard) Size(tasks int) int { return (tasks - s.Index + s.Of - 1) / s.Of }

// Tasks yields the indices of the shard's tasks in ascending order.
func (s Shard) Tasks(tasks int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := s.Index; i < tasks; i += s.Of {
			if !yield(i) {
				return
			}
		}
	}
}

// path returns the path of the shard's file in dir. Its number is padded so that
// names sort.
func (s Shard) path(dir string) string {
	width := len(strconv.Itoa(s.Of - 1))
	return filepath.Join(dir, fmt.Sprintf("shard-%0*d-of-%d.parquet", width, s.Index, s.Of))
}

// shardsIn returns the shards whose files are in dir.
func shardsIn(dir string) ([]Shard, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	var shards []Shard
	for _, e := range entries {
		var s Shard
		if n, _ := fmt.Sscanf(e.Name(), "shard-%d-of-%d.parquet", &s.Index, &s.Of); n == 2 && s.validate() == nil && e.Name() == s.path("") {
			shards = append(shards, s)
		}
	}
	return shards, nil
}

// Cuts returns the numbers N of the shards i/N in dir, in ascending order. It returns
// none for a directory that does not exist.
func Cuts(dir string) ([]int, error) {
	shards, err := shardsIn(dir)
	var cuts []int
	for _, s := range shards {
		cuts = append(cuts, s.Of)
	}
	slices.Sort(cuts)
	return slices.Compact(cuts), err
}
