// Package terminal shows how far a command has come.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// A Bar shows progress on standard error: as a bar that is redrawn in place on
// a terminal, and as a line now and then elsewhere. Its methods may be called
// from several goroutines.
type Bar struct {
	label string
	total int
	work  bool // what is counted is no number of anything

	out    io.Writer
	redraw bool             // out is a terminal
	now    func() time.Time // a test's own clock

	mu    sync.Mutex
	count int
	start time.Time
	shown time.Time // when something was last written
	done  bool
}

// What is written is at least so far apart.
const (
	frame    = 100 * time.Millisecond // on a terminal
	interval = 30 * time.Second       // elsewhere
)

// NewBar returns a bar for total steps. A negative total panics.
func NewBar(label string, total int) *Bar {
	info, err := os.Stderr.Stat()
	redraw := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	return newBar(label, total, os.Stderr, redraw, time.Now)
}

// NewWorkBar returns a bar for steps that are not alike, each of which is added as
// the work that it was: it shows shares of the total work alone.
func NewWorkBar(label string, total int) *Bar {
	b := NewBar(label, total)
	b.work = true
	return b
}

// Name changes the label.
func (b *Bar) Name(label string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.label = label
}

func newBar(label string, total int, out io.Writer, redraw bool, now func() time.Time) *Bar {
	if total < 0 {
		panic("terminal: negative number of steps")
	}
	b := &Bar{label: label, total: total, out: out, redraw: redraw, now: now, start: now()}
	b.shown = b.start
	if redraw {
		b.draw()
	}
	return b
}

// Add counts n more steps.
func (b *Bar) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count += n
	apart := interval
	if b.redraw {
		apart = frame
	}
	if now := b.now(); !b.done && now.Sub(b.shown) >= apart {
		b.shown = now
		b.draw()
	}
}

// Done ends the bar, also before all steps are made, with a line that says how
// many were. Only its first call does.
func (b *Bar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done {
		return
	}
	b.done = true
	spent := b.now().Sub(b.start)
	text := fmt.Sprintf("%s: %d done in %v", b.label, b.count, round(spent))
	switch {
	case b.count < b.total && b.work:
		text = fmt.Sprintf("%s: stopped at %.0f %%, after %v", b.label, 100*b.share(), round(spent))
	case b.count < b.total:
		text = fmt.Sprintf("%s: stopped after %d of %d, %v", b.label, b.count, b.total, round(spent))
	case b.work:
		text = fmt.Sprintf("%s: done in %v", b.label, round(spent))
	}
	b.write(text, "\n")
}

// draw writes the state, with what is left if the steps to come take as long as
// those that were made.
func (b *Bar) draw() {
	share := b.share()
	text := fmt.Sprintf("%s: %d of %d, %.0f %%", b.label, b.count, b.total, 100*share)
	if b.work {
		text = fmt.Sprintf("%s: %.0f %%", b.label, 100*share)
	}
	if spent := b.now().Sub(b.start); share > 0 && share < 1 && spent >= time.Second {
		text += fmt.Sprintf(", %v left", round(time.Duration(float64(spent)*(1-share)/share)))
	}
	if !b.redraw {
		b.write(text, "\n")
		return
	}
	const width = 24
	full := int(share * width)
	b.write(strings.Repeat("█", full)+strings.Repeat("░", width-full)+" "+text, "")
}

// share returns how much of the total is done.
func (b *Bar) share() float64 {
	if b.total == 0 {
		return 1
	}
	return min(float64(b.count)/float64(b.total), 1)
}

func (b *Bar) write(text, end string) {
	if b.redraw {
		text = "\r\x1b[K" + text // over what was drawn
	}
	fmt.Fprint(b.out, text+end)
}

// round leaves what matters of a duration.
func round(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
