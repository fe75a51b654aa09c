package nb

import (
	"fmt"
	"html"
	"os"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// exit is a variable so that a test can replace it.
var exit = os.Exit

// A bundle is one output in several forms; the reader's program picks one.
type bundle = map[protocol.MIMEType]any

// send sends an output to the kernel and waits until the kernel has it. Without the
// wait, a cell that ends at once sometimes loses its last output. An output with an
// id replaces the one sent before under that id.
//
// Metadata must be of types that are registered with encoding/gob. A nested
// map[string]any is not: the kernel would drop the output without an error.
func send(id string, data bundle, metadata map[string]any) {
	if err := deliver(&protocol.DisplayData{Data: data, Metadata: metadata, DisplayID: id}); err != nil {
		fail("the kernel does not answer: %v", err)
	}
}

// present shows an output with its text, or prints the text in a program without a
// notebook.
func present(id, text string, data bundle) {
	if !gonbui.IsNotebook {
		fmt.Println(strings.TrimSuffix(text, "\n"))
		return
	}
	data[protocol.MIMETextPlain] = text
	send(id, data, nil)
}

// caption shows a line of text in the output id.
func caption(id, text string) {
	present(id, text, bundle{protocol.MIMETextHTML: "<div>" + html.EscapeString(text) + "</div>"})
}

// deliver sends an output to the kernel, and subscribe calls a function with each
// message of the page at an address. They are variables so that a test can replace
// the kernel.
var (
	deliver = func(d *protocol.DisplayData) error {
		gonbui.SendData(d)
		gonbui.Sync()
		return gonbui.Error()
	}
	subscribe = func(address string, receive func(text string)) {
		comms.Subscribe(address, func(_, text string) { receive(text) })
	}
)

// listen returns the messages of the page at an address, as parse reads them, and
// a function to call when no more are wanted. The subscription stays until the
// cell ends, because a message that arrives after the end of a subscription would
// lock GoNB's table of subscriptions.
func listen[M any](address string, parse func(text string) (M, bool)) (messages <-chan M, stop func()) {
	all := make(chan M)
	subscribe(address, func(text string) {
		if m, ok := parse(text); ok {
			all <- m
		}
	})
	return all, func() {
		go func() {
			for range all { // so that no sender blocks
			}
		}()
	}
}

// fail ends the cell with a sentence. It does not return.
func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	exit(1)
}

// Check ends the cell with the error's message, if there is an error.
func Check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

// Must returns v, or ends the cell with the error's message.
func Must[T any](v T, err error) T {
	Check(err)
	return v
}

// Must2 is Must for a function with two results.
func Must2[T, U any](v T, u U, err error) (T, U) {
	Check(err)
	return v, u
}

// Markdown shows text, with formulas between dollar signs.
func Markdown(text string) { present("", text, bundle{protocol.MIMETextMarkdown: text}) }
