package nb

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"natspike/pkg/figure"
)

// TestWatch plays users of the buttons: each command comes at a moment. A step takes
// 9 ms, a figure 20 ms.
func TestWatch(t *testing.T) {
	const ms = time.Millisecond
	type moment struct {
		at time.Duration
		command
	}
	for _, c := range []struct {
		name     string
		commands []moment
		end      int           // the step in which yield says that it is enough
		made     int           // steps
		took     time.Duration // with the figures
		drawn    string        // how many steps were made at each
	}{
		{"left alone", nil, 100, 12, 128 * ms, "6"},
		{"broken off", nil, 3, 4, 36 * ms, ""},
		{"stopped", []moment{{55 * ms, command{1, "stop"}}}, 100, 7, 83 * ms, "6"},
		{"paused", []moment{{55 * ms, command{1, "pause"}}, {1055 * ms, command{2, "go"}}}, 100, 12, 1120 * ms, "6 8"},
		{"paused and stopped", []moment{{55 * ms, command{1, "pause"}}, {1055 * ms, command{2, "stop"}}}, 100, 7, 1055 * ms, "6"},
		{"out of order", []moment{{55 * ms, command{2, "go"}}, {58 * ms, command{1, "pause"}}}, 100, 12, 128 * ms, "6"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				commands, over := make(chan command), make(chan struct{})
				for _, m := range c.commands {
					go func() {
						time.Sleep(m.at)
						select {
						case commands <- m.command:
						case <-over:
						}
					}()
				}
				began, steps := time.Now(), 0
				var drawn []string
				made := watch(12, commands, func(i int) bool {
					if i != steps {
						t.Errorf("step %d is called %d", steps, i)
					}
					steps++
					time.Sleep(9 * ms)
					return i < c.end
				}, func() {
					drawn = append(drawn, fmt.Sprint(steps))
					time.Sleep(20 * ms)
				})
				took := time.Since(began)
				close(over)
				if made != c.made || steps != made {
					t.Errorf("%d steps, of which it counts %d; want %d", steps, made, c.made)
				}
				if took != c.took {
					t.Errorf("it took %v; want %v", took, c.took)
				}
				if got := strings.Join(drawn, " "); got != c.drawn {
					t.Errorf("drawn after %s steps; want %s", got, c.drawn)
				}
			})
		})
	}
}

func TestParseCommand(t *testing.T) {
	if o, ok := parseCommand("3 pause"); !ok || o != (command{3, "pause"}) {
		t.Errorf("%+v, %v", o, ok)
	}
	for _, bad := range []string{"", "pause", "1 faster", "x stop"} {
		if _, ok := parseCommand(bad); ok {
			t.Errorf("%q is read", bad)
		}
	}
}

// Without a notebook the loop leaves a line on its last figure, also when it is
// broken off.
func TestLive(t *testing.T) {
	n := 0
	got, _, _ := capture(t, func() {
		for i := range Live(10, func() figure.Drawing { return figure.New("", "x", "y").Alt(fmt.Sprint("after ", n)) }) {
			if n++; i == 6 {
				break
			}
		}
	})
	if got != "figure: after 7\n" {
		t.Errorf("it leaves %q", got)
	}
}

// FuzzMessages reads any text as a message of the page: one that is taken says
// what is written in it.
func FuzzMessages(f *testing.F) {
	for _, s := range []string{"1 pause", "2 stop", "3 1 7 0", "", "9999999999999999999 go", "1 0 -1 2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if o, ok := parseCommand(text); ok {
			if again, ok := parseCommand(fmt.Sprint(o.number, " ", o.word)); !ok || again != o {
				t.Errorf("%q is read as %+v", text, o)
			}
		}
		if e, ok := parseEvent(text, 2); ok && len(e.positions) != 2 {
			t.Errorf("%q is read as %+v", text, e)
		}
	})
}
