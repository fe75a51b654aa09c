package sweep

import (
	"errors"
	"testing"

	"natspike/pkg/arg"
)

// FuzzShard reads a shard from any text. What is accepted is written as the same
// shard again, and the shards of a sweep have each of its tasks once.
func FuzzShard(f *testing.F) {
	for _, text := range []string{"0/1", "3/16", "+1/02", "-1/3", "3/3", "1/0", "9999/10000", "0/10001", "1 / 2", "99999999999999999999/1"} {
		f.Add(text, uint16(37))
	}
	f.Fuzz(func(t *testing.T, text string, tasks uint16) {
		s, err := ParseShard(text)
		if err != nil {
			if !errors.As(err, new(*arg.Error)) {
				t.Fatalf("error of type %T: %v", err, err)
			}
			return
		}
		if again, err := ParseShard(s.String()); err != nil || again != s {
			t.Fatalf("%q is %v, and that is %v, %v", text, s, again, err)
		}
		n := 0
		for i := range s.Tasks(int(tasks)) {
			if i%s.Of != s.Index || i >= int(tasks) {
				t.Fatalf("shard %v of %d tasks has task %d", s, tasks, i)
			}
			n++
		}
		if n != s.Size(int(tasks)) {
			t.Fatalf("shard %v of %d tasks has %d, not %d", s, tasks, n, s.Size(int(tasks)))
		}
	})
}
