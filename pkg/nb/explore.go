package nb

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/figure"
)

// Explore ends if no knob moves for untouched, so that Run All goes on, or for
// touched after one has moved.
const (
	untouched = 15 * time.Second
	touched   = 2 * time.Minute
)

// Explore shows a figure that depends on knobs, and the knobs above it. When one
// moves, draw is called again and its figure replaces the last. draw reads the
// knobs by their methods:
//
//	rho := nb.Slider("ρ", 0, 0.99, 0.75)
//	way := nb.Menu("geometry", "naive", "natural")
//	nb.Explore(func(ctx context.Context) figure.Drawing {
//		return network(ctx, rho.Value(), way.Value())
//	}, rho, way)
//
// The context ends when a knob moves while draw runs: a slow draw should check it and
// return soon. The figure that it then returns is not shown. To show an error in
// place of the figure, draw returns figure.Failed(err).
//
// The cell runs until its button is pressed, for 15 s if no knob is touched, and
// for 2 min after the last has moved. The last figure stays, with a line of the
// values. Without a browser Explore draws once, for the values that the knobs have.
func Explore(draw func(ctx context.Context) figure.Drawing, knobs ...Knob) {
	for _, k := range knobs {
		Check(k.err())
	}
	if !interactive() {
		caption("", values(knobs))
		Show(draw(context.Background()))
		return
	}
	id := gonbui.UniqueId()
	events, stop := listen("/knobs/"+id, func(text string) (event, bool) { return parseEvent(text, len(knobs)) })
	send("controls_"+id, bundle{protocol.MIMETextHTML: controls(id, knobs), protocol.MIMETextPlain: values(knobs)}, nil)
	var last figure.Drawing
	at := make([]int, len(knobs))
	for i, k := range knobs {
		_, _, at[i] = k.positions()
	}
	follow(at, events, func(positions []int) {
		for i, k := range knobs {
			k.set(positions[i])
		}
	}, func(ctx context.Context) view {
		d := draw(ctx)
		return view{d, preview(d)}
	}, func(v view) {
		last = v.Drawing
		send("figure_"+id, v.data, nil)
	})
	stop()
	caption("controls_"+id, values(knobs))
	show("figure_"+id, last, true)
}

// interactive reports whether there is a browser, whose user can move a knob. An
// execution without a browser has no kernel id.
func interactive() bool {
	return gonbui.IsNotebook && os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV) != ""
}

// A view is a figure with the output that shows it while knobs move.
type view struct {
	figure.Drawing
	data bundle
}

// preview returns the figure in the one form that is made fastest, or the text of its
// error.
func preview(d figure.Drawing) bundle {
	f := d.Figure()
	data := bundle{protocol.MIMETextPlain: f.String()}
	if svg, err := f.SVG(); err == nil && len(svg) <= heavySVG {
		data[protocol.MIMEImageSVG] = string(svg)
		return data
	}
	png, err := f.PNG(1)
	if err != nil {
		return bundle{protocol.MIMETextPlain: err.Error()}
	}
	data[protocol.MIMEImagePNG] = png
	return data
}

// An event is a message of the controls. GoNB delivers messages in any order, so they
// are numbered.
type event struct {
	number    int
	positions []int
	done      bool
}

// parseEvent reads "number done position position …".
func parseEvent(text string, knobs int) (e event, ok bool) {
	fields := strings.Fields(text)
	if len(fields) != knobs+2 {
		return e, false
	}
	n := make([]int, len(fields))
	for i, f := range fields {
		var err error
		if n[i], err = strconv.Atoi(f); err != nil {
			return e, false
		}
	}
	return event{number: n[0], done: n[1] != 0, positions: n[2:]}, true
}

// follow draws with the knobs at the positions at, and again for each newer event
// with other positions, until an event reports that the user is done or none comes.
// It cancels a draw when such an event comes, and sets the knobs only while no draw
// runs.
func follow(at []int, events <-chan event, set func(positions []int), draw func(context.Context) view, show func(view)) {
	wait, newest, done := untouched, 0, false
	for {
		ctx, cancel := context.WithCancel(context.Background())
		drawn := make(chan view, 1)
		go func() { drawn <- draw(ctx) }()
		idle := time.NewTimer(wait)
		for ready, overtaken := false, false; !overtaken; {
			select {
			case v := <-drawn:
				show(v)
				ready = true
				idle.Reset(wait)
			case <-idle.C:
				done = done || ready // a slow draw is not idle
				idle.Reset(wait)
			case e := <-events:
				if e.number <= newest {
					continue
				}
				newest, done, wait = e.number, e.done, touched
				overtaken = !slices.Equal(e.positions, at)
				at = e.positions
				idle.Reset(wait)
			}
			if done && ready && !overtaken {
				cancel()
				return
			}
			if overtaken && !ready {
				cancel()
				<-drawn
			}
		}
		cancel()
		set(at)
	}
}

// knobsJS is the source of a function of the id, the names of the positions of each
// knob, and the milliseconds that it waits for further moves before it reports one.
//
//go:embed knobs.js
var knobsJS string

// controls returns the knobs as HTML with their script.
func controls(id string, knobs []Knob) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div data-knobs="%s" data-lm-suppress-shortcuts="true" style="display:flex;flex-wrap:wrap;gap:4px 24px;align-items:center">`, id)
	all := make([][]string, len(knobs))
	for i, k := range knobs {
		label, names, at := k.positions()
		all[i] = names
		if _, ok := k.(*Choice); ok {
			fmt.Fprintf(&b, `<label>%s <select>`, html.EscapeString(label))
			for j, name := range names {
				selected := ""
				if j == at {
					selected = " selected"
				}
				fmt.Fprintf(&b, `<option%s>%s</option>`, selected, html.EscapeString(name))
			}
			b.WriteString(`</select></label>`)
			continue
		}
		b.WriteString(slider(label, names, at, ""))
	}
	fmt.Fprintf(&b, "<button>keep this one</button></div>\n<script>(%s)(%q, %s, 40);</script>", strings.TrimSpace(knobsJS), id, scriptJSON(all))
	return b.String()
}

// slider returns a slider with its label and its value as HTML.
func slider(label string, names []string, at int, attributes string) string {
	return fmt.Sprintf(`<label>%s <input type="range" min="0" max="%d" value="%d" aria-valuetext="%s"%s style="width:240px;vertical-align:middle"> <output style="display:inline-block;min-width:4em">%s</output></label>`,
		html.EscapeString(label), len(names)-1, at, html.EscapeString(names[at]), attributes, html.EscapeString(names[at]))
}

// scriptJSON writes v for a script within a page.
func scriptJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // strings and numbers
	}
	return strings.NewReplacer("</", `<\/`, "<!--", `<\!--`).Replace(strings.TrimSpace(b.String()))
}

// values writes the values of the knobs.
func values(knobs []Knob) string {
	parts := make([]string, len(knobs))
	for i, k := range knobs {
		parts[i] = k.String()
	}
	return strings.Join(parts, ", ")
}
