package progress

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// run makes a bar on the clock of a synctest, on which every step takes a while.
func run(redraw bool, total, steps int, step time.Duration) string {
	var out strings.Builder
	b := terminal("runs", total, false, redraw, &out)
	for range steps {
		time.Sleep(step)
		b.Add(1)
	}
	b.Done()
	b.Done()
	return out.String()
}

func TestLines(t *testing.T) { synctest.Test(t, testLines) }

func testLines(t *testing.T) {
	want := "runs: 2 of 6, 33 %, 1m20s left\n" +
		"runs: 4 of 6, 67 %, 40s left\n" +
		"runs: 6 done in 2m0s\n"
	if got := run(false, 6, 6, 20*time.Second); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got, want := run(false, 6, 3, time.Second), "runs: stopped after 3 of 6, 3s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := run(false, 0, 0, 0), "runs: 0 done in 0s\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTerminal(t *testing.T) { synctest.Test(t, testTerminal) }

func testTerminal(t *testing.T) {
	got := strings.Split(run(true, 4, 2, 2*time.Second), "\r\x1b[K")
	want := []string{
		"",
		strings.Repeat("░", 24) + " runs: 0 of 4, 0 %",
		strings.Repeat("█", 6) + strings.Repeat("░", 18) + " runs: 1 of 4, 25 %, 6s left",
		strings.Repeat("█", 12) + strings.Repeat("░", 12) + " runs: 2 of 4, 50 %, 4s left",
		"runs: stopped after 2 of 4, 4s\n",
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
	// Steps of a millisecond are drawn once in a hundred.
	if n := strings.Count(run(true, 1000, 1000, time.Millisecond), "\r"); n != 1+10 {
		t.Errorf("1000 steps in a second are drawn %d times", n)
	}
}

// TestWork shows shares of the work alone, and takes no more than there is.
func TestWork(t *testing.T) { synctest.Test(t, testWork) }

func testWork(t *testing.T) {
	var out strings.Builder
	b := terminal("a", 200, true, false, &out)
	time.Sleep(time.Minute)
	b.Add(50)
	b.Label("b")
	time.Sleep(time.Minute)
	b.Set(300)
	b.Add(-1000)
	if want := "a: 25 %, 3m0s left\nb: done in 2m0s\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	out.Reset()
	b = terminal("a", 200, true, false, &out)
	b.Add(-3)
	b.Add(20)
	b.Done()
	if want := "a: stopped at 10 %, after 0s\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	defer func() {
		if recover() == nil {
			t.Error("a negative number of steps passes")
		}
	}()
	Terminal("a", -1)
}

func TestGoroutines(t *testing.T) {
	var out strings.Builder
	b := terminal("runs", 1000, false, true, &out)
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			for range 100 {
				b.Add(1)
			}
		})
	}
	group.Wait()
	b.Done()
	if !strings.Contains(out.String(), "runs: 1000 done in") {
		t.Errorf("steps are lost: %q", out.String())
	}
}
