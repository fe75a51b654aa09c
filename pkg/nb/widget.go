package nb

import (
	"fmt"
	"html"
	"os"
	"strconv"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"github.com/janpfeifer/gonb/gonbui/widgets"

	"natspike/pkg/figure"
)

// interactive says whether a browser is there to answer a widget. GoNB waits
// for the browser for ever, and an execution without one has no kernel id.
func interactive() bool {
	return gonbui.IsNotebook && os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) != ""
}

// Slider shows a figure of an integer parameter between lo and hi, and a slider
// that draws it again as it moves. The cell runs until its button is pressed,
// and keeps the last figure. Without a browser it shows the figure of value.
func Slider(label string, lo, hi, value int, draw func(value int) figure.Drawing) {
	if lo > hi || value < lo || value > hi {
		fail("nb: slider %q from %d to %d, at %d; want lo ≤ value ≤ hi", label, lo, hi, value)
		return
	}
	if !interactive() {
		caption("", label, strconv.Itoa(value))
		Show(draw(value))
		return
	}
	c := newControls(label)
	s := widgets.Slider(lo, hi, value).AppendTo(c.div).Done()
	c.explore(s.Listen().LatestOnly(), value, strconv.Itoa, draw)
}

// Choice shows a figure of one of several options, and a menu that draws it
// again when another is chosen. The cell runs until its button is pressed, and
// keeps the last figure. Without a browser it shows the figure of the first.
func Choice(label string, options []string, draw func(option string) figure.Drawing) {
	if len(options) == 0 {
		fail("nb: choice %q has no options", label)
		return
	}
	if !interactive() {
		caption("", label, options[0])
		Show(draw(options[0]))
		return
	}
	escaped := make([]string, len(options))
	for i, o := range options {
		escaped[i] = html.EscapeString(o)
	}
	c := newControls(label)
	s := widgets.Select(escaped).AppendTo(c.div).Done()
	name := func(i int) string { return options[i] }
	c.explore(s.Listen().LatestOnly(), 0, name, func(i int) figure.Drawing { return draw(options[i]) })
}

// caption says, in the output id, which value a figure is for.
func caption(id, label, value string) {
	text := label + ": " + value
	if !gonbui.IsNotebook {
		fmt.Fprintln(stdout, text)
		return
	}
	send(id, bundle{
		protocol.MIMETextHTML:  "<div>" + html.EscapeString(label) + ": <b>" + html.EscapeString(value) + "</b></div>",
		protocol.MIMETextPlain: text,
	}, nil)
}

// controls is an output with a widget and its label, which becomes a caption
// when the widget is done with.
type controls struct {
	label, output string
	div           string // the element that the widget goes into
}

func newControls(label string) controls {
	c := controls{label: label, output: "output_" + gonbui.UniqueId(), div: "controls_" + gonbui.UniqueId()}
	send(c.output, bundle{protocol.MIMETextHTML: fmt.Sprintf(`<div id="%s"><label>%s </label></div>`, c.div, html.EscapeString(label))}, nil)
	return c
}

// explore draws the figure for each value that arrives, until the button is
// pressed.
func (c controls) explore(values *comms.AddressChan[int], value int, name func(int) string, draw func(int) figure.Drawing) {
	presses := widgets.Button("keep this one").AppendTo(c.div).Done().Listen()
	id := "figure_" + gonbui.UniqueId()
	for {
		show(id, draw(value), true)
		select {
		case value = <-values.C:
		case <-presses.C:
			presses.Close()
			values.Close()
			caption(c.output, c.label, name(value))
			return
		}
	}
}
