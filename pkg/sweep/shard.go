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

// A Shard is one of Of equal parts of a sweep: the tasks whose index is Index
// modulo Of, so that cheap and costly neighbours are spread over the shards.
// Shard{0, 1} is the whole.
type Shard struct{ Index, Of int }

// ParseShard reads a shard written as "i/N", with 0 ≤ i < N.
func ParseShard(s string) (Shard, error) {
	index, of, ok := strings.Cut(s, "/")
	i, err1 := strconv.Atoi(index)
	n, err2 := strconv.Atoi(of)
	shard := Shard{i, n}
	if !ok || err1 != nil || err2 != nil || !shard.valid() {
		return Shard{}, fmt.Errorf("sweep: %q is not a shard: it is written i/N with 0 ≤ i < N, such as 0/16", s)
	}
	return shard, nil
}

func (s Shard) valid() bool { return 0 <= s.Index && s.Index < s.Of }

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

// path is that of the shard's file in dir. It is padded so that names sort.
func (s Shard) path(dir string) string {
	width := len(strconv.Itoa(s.Of - 1))
	return filepath.Join(dir, fmt.Sprintf("shard-%0*d-of-%d.parquet", width, s.Index, s.Of))
}

// Cuts returns into how many shards the sweeps were cut whose shards are in dir,
// in ascending order: none for a directory that is not there, and more than one
// number if somebody changed their mind.
func Cuts(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	var cuts []int
	for _, e := range entries {
		var s Shard
		if n, _ := fmt.Sscanf(e.Name(), "shard-%d-of-%d.parquet", &s.Index, &s.Of); n == 2 && s.valid() && e.Name() == s.path("") {
			cuts = append(cuts, s.Of)
		}
	}
	slices.Sort(cuts)
	return slices.Compact(cuts), nil
}
