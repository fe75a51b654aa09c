package nb

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/figure"
)

// heavySVG is the size in bytes from which a figure is shown as an image only:
// beyond it a page with many figures scrolls badly.
const heavySVG = 200 << 10

// Show shows a figure: as SVG, sharp at any size, with a PNG of two device
// pixels for one CSS pixel beside it for readers that do not take SVG (a
// notebook that Jupyter has not been told to trust, for one). A figure of very
// many strokes is shown as PNG only.
func Show(d figure.Drawing) { show("", d, true) }

// ShowPNG shows a figure as PNG only, at two device pixels for one CSS pixel.
func ShowPNG(d figure.Drawing) { show("", d, false) }

// show shows a figure in the output id, as SVG too if it may and is not heavy.
func show(id string, d figure.Drawing, vector bool) {
	f := d.Figure()
	var svg []byte
	if vector {
		var err error
		if svg, err = f.SVG(); err != nil {
			fail("%v", err)
			return
		}
	}
	png, err := f.CompactPNG(2)
	if err != nil {
		fail("%v", err)
		return
	}
	w, h := f.Pixels()
	text := f.String()
	if !gonbui.IsNotebook {
		fmt.Fprintln(stdout, "figure: "+text)
		return
	}
	data := bundle{protocol.MIMEImagePNG: png, protocol.MIMETextPlain: text}
	if vector && len(svg) <= heavySVG {
		data[protocol.MIMEImageSVG] = string(svg)
	}
	send(id, data, map[string]any{string(protocol.MIMEImagePNG): map[string]int{"width": w, "height": h}})
}

// Play shows an animation.
func Play(a figure.Animation) {
	gif, err := a.GIF()
	if err != nil {
		fail("%v", err)
		return
	}
	text := a.String()
	if !gonbui.IsNotebook {
		fmt.Fprintln(stdout, text)
		return
	}
	send("", bundle{"image/gif": gif, protocol.MIMETextPlain: text}, nil)
}
