// Package progress counts the steps of a job and shows how far it has come: on a
// terminal, or wherever a function draws it. Package nb shows the same bars in a
// notebook.
package progress

import (
	"sync"
	"time"
)

// A State is how far a job has come.
type State struct {
	Label string
	Count int // steps made
	Total int // steps there are
	Spent time.Duration
	Ended bool // all steps are made, or the job was stopped
}

// Share returns the share of the steps that are made, from 0 to 1.
func (s State) Share() float64 {
	if s.Total == 0 {
		return 1
	}
	return float64(s.Count) / float64(s.Total)
}

// Left returns the time that is left if the steps to come take as long as those
// that were made. It is 0 at the end, and in the first second, which says little.
func (s State) Left() time.Duration {
	share := s.Share()
	if share == 0 || s.Spent < time.Second {
		return 0
	}
	return time.Duration(float64(s.Spent) * (1 - share) / share)
}

// A Bar counts the steps of a job. Its methods may be called from several
// goroutines.
type Bar struct {
	every time.Duration
	show  func(State)

	mu    sync.Mutex
	state State
	start time.Time
	shown time.Time // when the state was last shown
}

// New returns a bar for total steps. It calls show at once, then after steps if
// the last call is at least the given time ago, and a last time when all steps
// are made or with Done. A negative total panics.
func New(label string, total int, every time.Duration, show func(State)) *Bar {
	if total < 0 {
		panic("progress: negative number of steps")
	}
	b := &Bar{every: every, show: show, start: time.Now(), state: State{Label: label, Total: total}}
	b.draw()
	return b
}

// Add counts n more steps.
func (b *Bar) Add(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set(b.state.Count + n)
}

// Set records that n steps have been made.
func (b *Bar) Set(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set(n)
}

func (b *Bar) set(n int) {
	if b.state.Ended {
		return
	}
	b.state.Count = min(max(n, 0), b.state.Total)
	if b.state.Ended = b.state.Count == b.state.Total; b.state.Ended || time.Since(b.shown) >= b.every {
		b.draw()
	}
}

// Label changes the label.
func (b *Bar) Label(label string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Label = label
}

// Done ends the bar, also before all steps are made. It does nothing if the bar
// has ended.
func (b *Bar) Done() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.state.Ended {
		b.state.Ended = true
		b.draw()
	}
}

func (b *Bar) draw() {
	b.shown = time.Now()
	b.state.Spent = b.shown.Sub(b.start)
	b.show(b.state)
}
