package nb

import (
	_ "embed"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/figure"
)

// redrawn is the least time between two figures of Live. After a figure that took
// longer to draw, the loop runs for as long as the drawing took.
const redrawn = 50 * time.Millisecond

// Live counts from 0 to n−1, as Range does, and redraws the figure of draw in one
// output meanwhile, so that the reader sees what the loop's body is doing:
//
//	for range nb.Live(5000, func() figure.Drawing { return raster(seen) }) {
//		net.Step(rng)
//		seen = append(seen, net.Spikes()...)
//	}
//
// draw is called between steps, at most 20 times a second, and a last time at the
// end. Two buttons pause the loop and end it. Jupyter's button, which interrupts the
// kernel, ends the cell and leaves the last figure. Without a browser only the last
// figure is shown, so that the output of an executed notebook does not depend on
// the machine's speed.
func Live(n int, draw func() figure.Drawing) iter.Seq[int] {
	return func(yield func(int) bool) {
		if n < 0 {
			fail("%v", check.Errorf("the loop of Live", "has %d steps", n))
		}
		if !interactive() {
			watch(n, nil, yield, func() {})
			Show(draw())
			return
		}
		id := gonbui.UniqueId()
		commands, stop := listen("/live/"+id, parseCommand)
		send("controls_"+id, bundle{
			protocol.MIMETextHTML:  fmt.Sprintf("<div data-live=%q><button>pause</button> <button>stop</button></div>\n<script>(%s)(%q);</script>", id, strings.TrimSpace(liveJS), id),
			protocol.MIMETextPlain: "",
		}, nil)
		made := watch(n, commands, yield, func() {
			send("figure_"+id, preview(draw()), nil)
		})
		stop()
		text := fmt.Sprintf("%s steps", grouped(made))
		if made < n {
			text = fmt.Sprintf("stopped after %s of %s steps", grouped(made), grouped(n))
		}
		caption("controls_"+id, text)
		show("figure_"+id, draw(), true)
	}
}

// liveJS is the source of a function of the id of the buttons.
//
//go:embed live.js
var liveJS string

// A command is a message of the buttons. Like events, commands are numbered.
type command struct {
	number int
	word   string // pause, go or stop
}

// parseCommand reads "number word".
func parseCommand(text string) (c command, ok bool) {
	number, word, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(number)
	return command{n, word}, err == nil && (word == "pause" || word == "go" || word == "stop")
}

// watch yields the numbers from 0 to n−1 and redraws between them, until yield
// returns false or a command says stop. It returns how many it has yielded.
func watch(n int, commands <-chan command, yield func(int) bool, redraw func()) (made int) {
	due := time.NewTimer(redrawn)
	defer due.Stop()
	newest, paused := 0, false
	for made < n {
		var c command
		if paused {
			c = <-commands
		} else {
			select {
			case c = <-commands:
			case <-due.C:
				began := time.Now()
				redraw()
				due.Reset(max(redrawn, time.Since(began)))
			default:
			}
		}
		if c.number > newest {
			newest, paused = c.number, c.word == "pause"
			if c.word == "stop" {
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
