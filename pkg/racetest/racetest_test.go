package racetest

import (
	"flag"
	"runtime"
	"testing"
)

// fake records what Sequential does to a test.
type fake struct {
	testing.TB
	skipped, failed bool
	cleanup         func()
}

func (f *fake) Helper()               {}
func (f *fake) Skip(...any)           { f.skipped = true }
func (f *fake) Cleanup(c func())      { f.cleanup = c }
func (f *fake) Errorf(string, ...any) { f.failed = true }

// A marked test that starts a goroutine fails, also if the goroutine ended long ago, and
// one that collects garbage does not. Under the race detector both are skipped. Where
// other tests may run meanwhile, nothing is counted.
func TestSequential(t *testing.T) {
	parallel := flag.Lookup("test.parallel").Value
	defer parallel.Set(parallel.String())
	for _, c := range []struct {
		parallel string
		test     func()
		fails    bool
	}{
		{"1", func() { runtime.GC() }, false},
		{"1", func() { done := make(chan int); go close(done); <-done }, true},
		{"2", func() { done := make(chan int); go close(done); <-done }, false},
	} {
		if err := parallel.Set(c.parallel); err != nil {
			t.Fatal(err)
		}
		f := &fake{TB: t}
		Sequential(f)
		if f.skipped != Enabled {
			t.Fatalf("skipped: %v, with the race detector: %v", f.skipped, Enabled)
		}
		c.test()
		if f.cleanup != nil {
			f.cleanup()
		}
		if !Enabled && f.failed != c.fails {
			t.Errorf("-parallel %s: failed is %v, want %v", c.parallel, f.failed, c.fails)
		}
	}
}

func TestProgramAndLarger(t *testing.T) {
	for name, mark := range map[string]func(testing.TB){"Program": Program, "Larger": func(t testing.TB) { Larger(t, "TestSmall") }} {
		f := &fake{TB: t}
		if mark(f); f.skipped != Enabled {
			t.Errorf("%s skipped: %v, with the race detector: %v", name, f.skipped, Enabled)
		}
	}
}
