package nb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestFollow plays users of one knob: each event is a moment and what the
// controls say then. A draw takes a second and looks at its context every 10 ms.
func TestFollow(t *testing.T) {
	type moment struct {
		at time.Duration
		event
	}
	move := func(at time.Duration, number, position int) moment {
		return moment{at, event{number, []int{position}, false}}
	}
	press := func(at time.Duration, number, position int) moment {
		return moment{at, event{number, []int{position}, true}}
	}
	const s = time.Second
	for _, c := range []struct {
		name   string
		events []moment
		shown  string        // positions that were shown
		drawn  string        // and those that were begun
		end    time.Duration // when the cell ended
	}{
		{"untouched", nil, "5", "5", s + untouched},
		{"moved once", []moment{move(3*s, 1, 7)}, "5 7", "5 7", 4*s + touched},
		{"overtaken", []moment{move(3*s, 1, 7), move(3*s+100*time.Millisecond, 2, 8), move(3*s+200*time.Millisecond, 3, 9)}, "5 9", "5 7 8 9", 4*s + 200*time.Millisecond + touched},
		{"out of order", []moment{move(3*s, 2, 8), move(3*s+100*time.Millisecond, 1, 7)}, "5 8", "5 8", 4*s + touched},
		{"moved back", []moment{move(3*s, 1, 5)}, "5", "5", 3*s + touched},
		{"pressed", []moment{move(3*s, 1, 7), press(9*s, 2, 7)}, "5 7", "5 7", 9 * s},
		{"pressed while it draws", []moment{move(3*s, 1, 7), press(3*s+100*time.Millisecond, 2, 7)}, "5 7", "5 7", 4 * s},
		{"pressed at once", []moment{press(9*s, 1, 7)}, "5 7", "5 7", 10 * s},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				events := make(chan event)
				start := time.Now()
				for _, m := range c.events {
					go func() {
						time.Sleep(m.at)
						events <- m.event
					}()
				}
				position, running := 5, 0
				var shown, drawn []string
				follow([]int{5}, events, func(at []int) {
					if running > 0 {
						t.Error("a knob is set while draw runs")
					}
					position = at[0]
				}, func(ctx context.Context) view {
					running++
					defer func() { running-- }()
					here := fmt.Sprint(position)
					drawn = append(drawn, here)
					for range 100 {
						time.Sleep(10 * time.Millisecond)
						if ctx.Err() != nil {
							return view{data: bundle{"text": "cancelled"}}
						}
					}
					return view{data: bundle{"text": here}}
				}, func(v view) { shown = append(shown, v.data["text"].(string)) })
				if got := strings.Join(shown, " "); got != c.shown {
					t.Errorf("shown %s; want %s", got, c.shown)
				}
				if got := strings.Join(drawn, " "); got != c.drawn {
					t.Errorf("drawn %s; want %s", got, c.drawn)
				}
				if got := time.Since(start).Truncate(50 * time.Millisecond); got != c.end {
					t.Errorf("it ends after %v; want %v", got, c.end)
				}
			})
		})
	}
}

func TestParseEvent(t *testing.T) {
	e, ok := parseEvent("3 1 7 0", 2)
	if !ok || e.number != 3 || !e.done || !slices.Equal(e.positions, []int{7, 0}) {
		t.Errorf("%+v, %v", e, ok)
	}
	for _, bad := range []string{"", "1 0 7", "1 0 7 8 9", "1 0 7 x"} {
		if _, ok := parseEvent(bad, 2); ok {
			t.Errorf("%q is read", bad)
		}
	}
}

// TestControls checks that labels and options cannot break out of the page.
func TestControls(t *testing.T) {
	page := controls("id", []Knob{Slider("<ρ>", 0, 1, 0.5), Menu("way", "</script><b>", `"naive"`)})
	for _, want := range []string{`<label>&lt;ρ&gt; <input type="range" min="0" max="100" value="50" aria-valuetext="0.5"`, `<option selected>&lt;/script&gt;&lt;b&gt;</option>`, `"<\/script><b>"`, `("id", [["0"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not in %s", want, page)
		}
	}
	if n := strings.Count(page, "</script>"); n != 1 {
		t.Errorf("the script ends %d times", n)
	}
}
