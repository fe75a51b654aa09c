package nb

import (
	_ "embed"
	"fmt"
	"html"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/figure"
)

// redrawn is the least time between two figures of Live. A figure that takes
// longer to draw gets as much time as the loop does.
const redrawn = 50 * time.Millisecond

// Live counts from 0 to n−1, as Range does, and meanwhile shows what draw returns,
// again and again in one output, so that the reader sees what the loop's body is
// doing:
//
//	for range nb.Live(5000, func() figure.Drawing { return raster(seen) }) {
//		net.Step(rng)
//		seen = append(seen, net.Spikes()...)
//	}
//
// draw is called between steps, at most 20 times a second, and a last time at the
// end. Two buttons pause the loop and end it; Jupyter's own, which interrupts the
// kernel, ends the cell and leaves the last figure. Without a browser only the
// last figure is shown, so that what stays in a notebook that was executed does
// not depend on the machine's speed.
func Live(n int, draw func() figure.Drawing) iter.Seq[int] {
	return func(yield func(int) bool) {
		if n < 0 {
			fail("%v", check.Errorf("the loop of Live", "has %d steps", n))
			return
		}
		if !interactive() {
			watch(n, nil, yield, func() {})
			Show(draw())
			return
		}
		id := gonbui.UniqueId()
		orders, enough := listen("/live/"+id, parseOrder)
		send("controls_"+id, bundle{
			protocol.MIMETextHTML:  fmt.Sprintf("<div data-live=%q><button>pause</button> <button>stop</button></div>\n<script>(%s)(%q);</script>", id, strings.TrimSpace(liveJS), id),
			protocol.MIMETextPlain: "",
		}, nil)
		made := watch(n, orders, yield, func() {
			send("figure_"+id, quick(draw()), nil)
		})
		enough()
		text := fmt.Sprintf("%s steps", grouped(made))
		if made < n {
			text = fmt.Sprintf("stopped after %s of %s steps", grouped(made), grouped(n))
		}
		send("controls_"+id, bundle{protocol.MIMETextHTML: "<div>" + html.EscapeString(text) + "</div>", protocol.MIMETextPlain: text}, nil)
		show("figure_"+id, draw(), true)
	}
}

// liveJS is a function of the id of the buttons.
//
//go:embed live.js
var liveJS string

// An order is a message of the buttons, with a number that tells which came last,
// as an event has.
type order struct {
	number int
	word   string // pause, go or stop
}

// parseOrder reads "number word".
func parseOrder(text string) (o order, ok bool) {
	number, word, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	return order{n, word}, err == nil && (word == "pause" || word == "go" || word == "stop")
}

// watch yields the numbers from 0 to n−1 and redraws between them, until yield
// returns false or an order says stop. It returns how many it has yielded.
func watch(n int, orders <-chan order, yield func(int) bool, redraw func()) (made int) {
	due := time.NewTimer(redrawn)
	defer due.Stop()
	newest, paused := 0, false
	for made < n {
		var o order
		if paused {
			o = <-orders
		} else {
			select {
			case o = <-orders:
			case <-due.C:
				began := time.Now()
				redraw()
				due.Reset(max(redrawn, time.Since(began)))
			default:
			}
		}
		if o.number > newest {
			newest, paused = o.number, o.word == "pause"
			if o.word == "stop" {
				return made
			}
		}
		if paused {
			continue
		}
		made++
		if !yield(made - 1) {
			return made
		}
	}
	return made
}
