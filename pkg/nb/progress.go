package nb

import (
	"fmt"
	"html"
	"iter"
	"os"
	"strconv"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/progress"
)

// A Bar is a progress bar. Its methods may be called from several goroutines.
type Bar = progress.Bar

// Progress shows a bar for total steps that moves while the cell runs. After the last
// step, or after Done, it becomes a line with the number of steps. The output that
// stays in the notebook does not depend on the machine's speed.
func Progress(total int, label string) *Bar {
	if total < 0 {
		fail("%v", check.Errorf(fmt.Sprintf("progress %q", label), "has %d steps", total))
	}
	const frame = 100 * time.Millisecond
	id := "progress_" + gonbui.UniqueId()
	return progress.New(label, total, frame, func(s progress.State) {
		text := fmt.Sprintf("%s: %s of %s", s.Label, grouped(s.Count), grouped(s.Total))
		switch {
		case s.Ended && s.Count < s.Total:
			text = fmt.Sprintf("%s: stopped after %s of %s", s.Label, grouped(s.Count), grouped(s.Total))
		case s.Ended:
			text = fmt.Sprintf("%s: %s done", s.Label, grouped(s.Total))
		case s.Left() > 0:
			text += fmt.Sprintf(", %v left", s.Left().Round(time.Second))
		}
		bar := ""
		if !s.Ended {
			bar = fmt.Sprintf(`<span style="display:inline-block;width:240px;height:8px;background:#eee;border-radius:4px;overflow:hidden;margin-right:8px"><span style="display:block;width:%.1f%%;height:8px;background:#5D3A9B"></span></span>`, 100*s.Share())
		}
		switch {
		case gonbui.IsNotebook:
			send(id, bundle{
				protocol.MIMETextHTML:  `<div style="color:#777">` + bar + html.EscapeString(text) + `</div>`,
				protocol.MIMETextPlain: text,
			}, nil)
		case s.Ended:
			fmt.Fprintln(os.Stderr, text)
		}
	})
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

// Track iterates over seq with a progress bar of total steps:
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
