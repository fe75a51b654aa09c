package nb

import (
	"encoding/base64"
	"fmt"
	"html"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/figure"
)

// heavySVG is the size in bytes beyond which a figure is shown as PNG only, because a
// page with many such figures scrolls slowly.
const heavySVG = 200 << 10

// Show shows a figure or a panel as SVG, which is sharp at any size. Beside it is a
// PNG, at two device pixels for one CSS pixel, for programs that do not show SVG,
// such as Jupyter with a notebook that is not trusted. A figure of very many strokes
// is shown as PNG only. Readers who do not see it get the text of its Alt, or else
// its titles, axes, ranges and series.
func Show(d figure.Drawing) { show("", d, true) }

// ShowPNG shows a figure as PNG only, at two device pixels for one CSS pixel.
func ShowPNG(d figure.Drawing) { show("", d, false) }

// show shows a figure in the output id, as SVG too if it may and is not heavy.
func show(id string, d figure.Drawing, vector bool) {
	f := d.Figure()
	var svg []byte
	if vector {
		svg = Must(f.SVG())
	}
	png := Must(f.CompactPNG(2))
	if !gonbui.IsNotebook {
		fmt.Println("figure: " + f.String())
		return
	}
	data, metadata := pngBundle(f, png)
	if vector && len(svg) <= heavySVG {
		data[protocol.MIMEImageSVG] = string(svg)
	}
	send(id, data, metadata)
}

// pngBundle returns a figure as PNG with its text, and metadata with its size and
// the text for readers who do not see it.
func pngBundle(f *figure.Figure, png []byte) (bundle, map[string]any) {
	w, h := f.Pixels()
	return bundle{protocol.MIMEImagePNG: png, protocol.MIMETextPlain: f.String()},
		map[string]any{string(protocol.MIMEImagePNG): map[string]int{"width": w, "height": h}, "alt": f.String()}
}

// Play shows an animation. Readers who do not see it get its number of frames, and
// the text of the last one.
func Play(a figure.Animation) {
	gif := Must(a.GIF())
	text := a.String()
	last := a.Frame(a.Frames - 1).Figure()
	w, _ := last.Pixels()
	page := fmt.Sprintf("<img src=\"data:image/gif;base64,%s\" width=\"%d\" alt=\"%s\">",
		base64.StdEncoding.EncodeToString(gif), w, html.EscapeString(text+". "+last.String()))
	present("", text, bundle{protocol.MIMETextHTML: page})
}
