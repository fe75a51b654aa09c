package nb

import (
	"fmt"
	"html"
	"os"
	"strconv"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/dom"
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
		caption(label, strconv.Itoa(value))
		Show(draw(value))
		return
	}
	s := widgets.Slider(lo, hi, value).AppendTo(controls(label)).Done()
	explore(label, s.Listen().LatestOnly(), s.HtmlId(), value, strconv.Itoa, draw)
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
		caption(label, options[0])
		Show(draw(options[0]))
		return
	}
	escaped := make([]string, len(options))
	for i, o := range options {
		escaped[i] = html.EscapeString(o)
	}
	s := widgets.Select(escaped).AppendTo(controls(label)).Done()
	name := func(i int) string { return options[i] }
	explore(label, s.Listen().LatestOnly(), s.HtmlId(), 0, name, func(i int) figure.Drawing { return draw(options[i]) })
}

// caption says which value a figure without a browser is for.
func caption(label, value string) {
	text := label + ": " + value
	if !gonbui.IsNotebook {
		fmt.Fprintln(stdout, text)
		return
	}
	send("", bundle{
		protocol.MIMETextHTML:  "<div>" + html.EscapeString(label) + ": <b>" + html.EscapeString(value) + "</b></div>",
		protocol.MIMETextPlain: text,
	}, nil)
}

// controls makes the place for a widget, with its label, and returns its id.
func controls(label string) string {
	id := "controls_" + gonbui.UniqueId()
	gonbui.DisplayHTMLF(`<div id="%s"><label>%s </label></div>`, id, html.EscapeString(label))
	gonbui.Sync()
	return id
}

// explore draws the figure for each value that arrives, until the button is
// pressed.
func explore(label string, values *comms.AddressChan[int], widget string, value int, name func(int) string, draw func(int) figure.Drawing) {
	done := widgets.Button("keep this one").Done()
	presses := done.Listen()
	id := "figure_" + gonbui.UniqueId()
	redraw := func() {
		f := draw(value).Figure()
		svg, err := f.SVG()
		if err != nil {
			fail("%v", err)
		}
		if len(svg) > heavySVG {
			svg = nil
		}
		show(id, f, svg)
	}
	redraw()
	for {
		select {
		case value = <-values.C:
			redraw()
		case <-presses.C:
			presses.Close()
			values.Close()
			dom.Remove(widget)
			dom.Remove(done.HtmlId())
			caption(label, name(value))
			return
		}
	}
}
