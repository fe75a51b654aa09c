package progress

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Terminal returns a bar on standard error. It is redrawn in place on a terminal;
// elsewhere it is a line every half minute. Its last line says how many steps were
// made and how long they took.
func Terminal(label string, total int) *Bar { return onStderr(label, total, false) }

// TerminalWork is Terminal for steps that are not alike, each of which is added as
// the work that it was. It shows shares of the work and no counts.
func TerminalWork(label string, total int) *Bar { return onStderr(label, total, true) }

func onStderr(label string, total int, work bool) *Bar {
	info, err := os.Stderr.Stat()
	redraw := err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
	return terminal(label, total, work, redraw, os.Stderr)
}

func terminal(label string, total int, work, redraw bool, out io.Writer) *Bar {
	every := 30 * time.Second
	if redraw {
		every = 100 * time.Millisecond
	}
	return New(label, total, every, func(s State) {
		text := s.text(work)
		switch {
		case !redraw && s.Spent == 0 && !s.Ended:
			return // a line for the start says nothing
		case redraw && !s.Ended:
			const width = 24
			full := int(s.Share() * width)
			fmt.Fprintf(out, "\r\x1b[K%s%s %s", strings.Repeat("█", full), strings.Repeat("░", width-full), text)
		case redraw:
			fmt.Fprintf(out, "\r\x1b[K%s\n", text)
		default:
			fmt.Fprintln(out, text)
		}
	})
}

// text describes the state in words.
func (s State) text(work bool) string {
	percent := fmt.Sprintf("%.0f %%", 100*s.Share())
	stopped := s.Ended && s.Count < s.Total
	switch {
	case stopped && work:
		return fmt.Sprintf("%s: stopped at %s, after %v", s.Label, percent, round(s.Spent))
	case stopped:
		return fmt.Sprintf("%s: stopped after %d of %d, %v", s.Label, s.Count, s.Total, round(s.Spent))
	case s.Ended && work:
		return fmt.Sprintf("%s: done in %v", s.Label, round(s.Spent))
	case s.Ended:
		return fmt.Sprintf("%s: %d done in %v", s.Label, s.Count, round(s.Spent))
	}
	text := fmt.Sprintf("%s: %d of %d, %s", s.Label, s.Count, s.Total, percent)
	if work {
		text = s.Label + ": " + percent
	}
	if left := s.Left(); left > 0 {
		text += fmt.Sprintf(", %v left", round(left))
	}
	return text
}

// round rounds a duration to a tenth of a second below 10 s, and to a second above.
func round(d time.Duration) time.Duration {
	if d < 10*time.Second {
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}
