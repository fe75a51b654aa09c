package nb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/figure"
)

// A fake is a kernel with a reader: it keeps outputs, of those with an id the last
// one, and lets the reader press and turn what a cell shows.
type fake struct {
	outputs []*protocol.DisplayData
	receive func(text string)
	user    func(k *fake) // called after each output
}

// pretend makes this process the program of a cell until the test ends.
func pretend(t *testing.T, user func(k *fake)) *fake {
	k := &fake{user: user}
	d, s := deliver, subscribe
	t.Cleanup(func() { deliver, subscribe, gonbui.IsNotebook = d, s, false })
	t.Setenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV, "fake")
	gonbui.IsNotebook = true
	subscribe = func(_ string, receive func(text string)) { k.receive = receive }
	deliver = func(d *protocol.DisplayData) error {
		same := func(o *protocol.DisplayData) bool { return d.DisplayID != "" && o.DisplayID == d.DisplayID }
		if i := slices.IndexFunc(k.outputs, same); i >= 0 {
			k.outputs[i] = d
		} else {
			k.outputs = append(k.outputs, d)
		}
		if k.user != nil {
			k.user(k)
		}
		return nil
	}
	return k
}

// seen returns the text of each output and the forms that it has besides.
func (k *fake) seen() string {
	var all []string
	for _, o := range k.outputs {
		var forms []string
		for form := range o.Data {
			if form != protocol.MIMETextPlain {
				forms = append(forms, string(form))
			}
		}
		slices.Sort(forms)
		all = append(all, fmt.Sprint(o.Data[protocol.MIMETextPlain], " as ", strings.Join(forms, " and ")))
	}
	return strings.Join(all, "; ")
}

func labelled(text string) *figure.Panel { return line().Alt(text) }

// Each function sends the forms that a notebook needs.
func TestOutputs(t *testing.T) {
	k := pretend(t, nil)
	Show(labelled("a"))
	ShowPNG(labelled("b"))
	Play(figure.Animation{Frames: 2, Frame: func(int) figure.Drawing { return labelled("c") }})
	Table([]string{"d"}, Row{1})
	Markdown("*e*")
	Frames("f", []int{1, 2}, func(i int) figure.Drawing { return labelled(fmt.Sprint("g", i)) })
	for range Range(3, "h") {
	}
	want := "a as image/png and image/svg+xml; b as image/png; animation of 2 frames as text/html; d\n─\n1\n as text/html; " +
		"*e* as text/markdown; f = 1 (frame 1 of 2). g1 as image/png and text/html; h: 3 done as text/html"
	if got := k.seen(); got != want {
		t.Errorf("seen\n%s\nwant\n%s", got, want)
	}
}

// A reader moves a knob and presses the button: the figure and the line with the
// values are those of the last position.
func TestExploreInNotebook(t *testing.T) {
	turned := false
	k := pretend(t, func(k *fake) {
		if len(k.outputs) == 2 && !turned {
			turned = true
			go func() {
				k.receive("not a message")
				k.receive("1 0 8 1")
				k.receive("2 1 8 1")
			}()
		}
	})
	n, way := IntSlider("n", 0, 10, 5), Menu("way", "naive", "natural")
	Explore(func(context.Context) figure.Drawing { return labelled(n.String() + " " + way.Value()) }, n, way)
	want := "n = 8, way = natural as text/html; n = 8 natural as image/png and image/svg+xml"
	if got := k.seen(); got != want {
		t.Errorf("seen\n%s\nwant\n%s", got, want)
	}
	// A figure that fails is a sentence while the reader turns knobs, and ends the cell
	// when that is where they stay.
	k = pretend(t, nil)
	k.user = func(k *fake) {
		if len(k.outputs) == 2 {
			go k.receive("1 1 5 0")
			k.user = nil
		}
	}
	broken := func(context.Context) figure.Drawing { return figure.Failed(errors.New("no such network")) }
	_, said, status := capture(t, func() { Explore(broken, n, way) })
	if status != 1 || said != "no such network\n" || !strings.Contains(k.seen(), "; no such network as ") {
		t.Errorf("status %d, %q, seen %s", status, said, k.seen())
	}
}

// A reader stops a loop: what is left is the figure of the step where it stopped.
func TestLiveInNotebook(t *testing.T) {
	k := pretend(t, nil)
	steps := 0
	for range Live(1<<40, func() figure.Drawing { return labelled(fmt.Sprint("step ", steps)) }) {
		if steps++; steps == 1000 {
			go k.receive("1 stop")
		}
	}
	want := fmt.Sprintf("stopped after %s of %s steps as text/html; step %d as image/png and image/svg+xml", grouped(steps), grouped(1<<40), steps)
	if got := k.seen(); got != want {
		t.Errorf("seen\n%s\nwant\n%s", got, want)
	}
	// A figure that cannot be drawn yet does not end the cell.
	k = pretend(t, nil)
	var x []float64
	for i := range Live(1<<40, func() figure.Drawing { return figure.New("", "x", "y").Points("", x, x).Alt("points") }) {
		switch {
		case strings.Contains(k.seen(), "is an empty series as"):
			x = []float64{1, 2}
			go k.receive("1 stop")
		case i == 1<<30:
			t.Fatal("no figure was drawn")
		}
	}
	if !strings.HasSuffix(k.seen(), "; points as image/png and image/svg+xml") {
		t.Errorf("seen %s", k.seen())
	}
	k = pretend(t, nil)
	for range Live(5, func() figure.Drawing { return labelled("done") }) {
	}
	if got, want := k.seen(), "5 steps as text/html; done as image/png and image/svg+xml"; got != want {
		t.Errorf("seen %s; want %s", got, want)
	}
	_, said, status := capture(t, func() {
		for range Live(-1, func() figure.Drawing { return line() }) {
		}
	})
	if status != 1 || !strings.Contains(said, "has -1 steps") {
		t.Errorf("a negative number of steps: status %d, %q", status, said)
	}
}

// A kernel that does not answer ends the cell.
func TestNoAnswer(t *testing.T) {
	pretend(t, nil)
	deliver = func(*protocol.DisplayData) error { return errors.New("broken pipe") }
	_, said, status := capture(t, func() { Markdown("x") })
	if status != 1 || said != "the kernel does not answer: broken pipe\n" {
		t.Errorf("status %d, %q", status, said)
	}
}
