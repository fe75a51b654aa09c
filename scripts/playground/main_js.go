package main

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"syscall/js"
)

// text returns v as JSON.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // facts and state hold what JSON can
	}
	return string(b)
}

// main gives the page an object natspike with the functions start(query), run(steps),
// move(mean) and state().
func main() {
	var n *network
	js.Global().Set("natspike", map[string]any{
		"start": js.FuncOf(func(_ js.Value, args []js.Value) any {
			query := args[0].String()
			next, err := start(query)
			if err != nil {
				return text(facts{Error: err.Error()})
			}
			n = next
			f := n.facts()
			f.Digest, err = digest(query)
			if err != nil {
				f.Error = err.Error()
			}
			return text(f)
		}),
		"run": js.FuncOf(func(_ js.Value, args []js.Value) any {
			n.run(args[0].Int())
			var b []byte
			for _, x := range n.take() {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
			}
			array := js.Global().Get("Uint8Array").New(len(b))
			js.CopyBytesToJS(array, b)
			return array
		}),
		"move": js.FuncOf(func(_ js.Value, args []js.Value) any {
			if err := n.move(args[0].Float()); err != nil {
				return err.Error()
			}
			return nil
		}),
		"state": js.FuncOf(func(js.Value, []js.Value) any { return text(n.state()) }),
	})
	select {}
}
