package nb

import (
	"fmt"
	"html"
	"iter"
	"strconv"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// A Bar is a progress bar. Its methods may be called from several goroutines.
type Bar struct {
	label string
	total int

	mu    sync.Mutex
	count int
	start time.Time
	shown time.Time // when the bar was last drawn
	id    string    // of the output that is redrawn
	done  bool
}

// frame is the shortest time between two drawings of a bar.
const frame = 100 * time.Millisecond

// Progress shows a bar for total steps that moves while the cell runs. When all
// steps are made, or on Done, it becomes a line that says how many there were:
// what stays in the notebook does not depend on the machine's speed.
func Progress(total int, label string) *Bar {
	b := &Bar{label: label, total: total, start: time.Now(), id: "progress_" + gonbui.UniqueId()}
	if total < 0 {
		fail("nb: progress %q of %d steps", label, total)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.draw()
	return b
}

// Add counts n more steps.
func (b *Bar) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set(b.count + n)
}

// Set says that n steps have been made.
func (b *Bar) Set(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set(n)
}

func (b *Bar) set(n int) {
	if b.done {
		return
	}
	b.count = min(max(n, 0), b.total)
	if b.count == b.total {
		b.finish()
	} else if time.Since(b.shown) >= frame {
		b.draw()
	}
}

// Done ends the bar, also before all steps are made.
func (b *Bar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.finish()
}

func (b *Bar) finish() {
	if b.done {
		return
	}
	b.done = true
	text := b.summary()
	if !gonbui.IsNotebook {
		fmt.Fprintln(stderr, text)
		return
	}
	send(b.id, bundle{
		protocol.MIMETextHTML:  `<div style="color:#777">` + html.EscapeString(text) + `</div>`,
		protocol.MIMETextPlain: text,
	}, nil)
}

func (b *Bar) summary() string {
	if b.count < b.total {
		return fmt.Sprintf("%s: stopped after %s of %s", b.label, grouped(b.count), grouped(b.total))
	}
	return fmt.Sprintf("%s: %s done", b.label, grouped(b.total))
}

// draw shows the bar as it stands.
func (b *Bar) draw() {
	if b.done || !gonbui.IsNotebook {
		return
	}
	b.shown = time.Now()
	share := 1.0
	if b.total > 0 {
		share = float64(b.count) / float64(b.total)
	}
	left := ""
	if spent := time.Since(b.start); spent > time.Second && share > 0 {
		left = ", " + (time.Duration(float64(spent) * (1 - share) / share)).Round(time.Second).String() + " left"
	}
	text := fmt.Sprintf("%s: %s of %s%s", b.label, grouped(b.count), grouped(b.total), left)
	gonbui.SendData(&protocol.DisplayData{DisplayID: b.id, Data: bundle{
		protocol.MIMETextHTML: fmt.Sprintf(`<div style="color:#777"><span style="display:inline-block;width:240px;height:8px;background:#eee;border-radius:4px;overflow:hidden;margin-right:8px"><span style="display:block;width:%.1f%%;height:8px;background:#5D3A9B"></span></span>%s</div>`,
			100*share, html.EscapeString(text)),
		protocol.MIMETextPlain: text,
	}})
}

// grouped writes n with thin spaces between thousands.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// Range counts from 0 to n−1 with a progress bar.
func Range(n int, label string) iter.Seq[int] {
	return func(yield func(int) bool) {
		b := Progress(n, label)
		defer b.Done()
		for i := range n {
			if !yield(i) {
				return
			}
			b.Add(1)
		}
	}
}

// Track goes through seq with a progress bar of total steps:
//
//	for i, x := range nb.Track(plan.Draws, "naive", mcmc.Draws(s, rng, plan)) { … }
func Track[K, V any](total int, label string, seq iter.Seq2[K, V]) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		b := Progress(total, label)
		defer b.Done()
		for k, v := range seq {
			if !yield(k, v) {
				return
			}
			b.Add(1)
		}
	}
}
