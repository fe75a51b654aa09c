package nb

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"natspike/pkg/figure"
)

// maxFrames and maxFrameBytes limit Frames, because a notebook with more is slow to
// open. The second is a variable so that a test can lower it.
const maxFrames = 200

var maxFrameBytes = 16 << 20

// Frames draws a figure for each of the values and shows them as one output with a
// slider. The slider works without a kernel too, such as in an exported page. It
// starts at the first value, or at the one with the index first. A reader that does
// not run scripts shows this frame.
//
//	nb.Frames("ρ", []float64{0, 0.5, 0.75, 0.9}, func(rho float64) figure.Drawing {
//		return raster(rho)
//	}, 2)
//
// The frames are SVG, of which each distinct line is stored once, or PNG if one of
// them would be a large SVG. Frames refuses more than 200 of them, or 16 MB.
func Frames[T any](label string, values []T, draw func(value T) figure.Drawing, first ...int) {
	f := frames{label: label}
	if len(first) > 0 {
		f.at = first[0]
	}
	if len(values) == 0 || len(values) > maxFrames || f.at < 0 || f.at >= len(values) {
		fail("%v", check.Errorf(fmt.Sprintf("frames %q", label), "are %d, shown from number %d on; want 1 to %d, and one of them", len(values), f.at, maxFrames))
	}
	for _, v := range values {
		name := short(v)
		drawn := draw(v).Figure()
		if err := drawn.Err(); err != nil {
			fail("frame %s = %s: %v", label, name, err)
		}
		f.names, f.figures = append(f.names, name), append(f.figures, drawn)
	}
	text := fmt.Sprintf("%s = %s (frame %d of %d). %v", label, f.names[f.at], f.at+1, len(values), f.figures[f.at])
	if !gonbui.IsNotebook {
		fmt.Println("figure: " + text)
		return
	}
	page, png := Must2(f.page())
	data, metadata := pngBundle(f.figures[f.at], png)
	data[protocol.MIMETextHTML], data[protocol.MIMETextPlain] = page, text
	send("", data, metadata)
}

// frames are figures with names, and the index of the one that is shown first.
type frames struct {
	label   string
	names   []string
	figures []*figure.Figure
	at      int
}

// framesJS is the source of a function of the id of the output and its frames.
//
//go:embed frames.js
var framesJS string

// page returns the frames as HTML with their script, and the frame that is shown
// first as PNG.
func (f *frames) page() (page string, png []byte, err error) {
	data := struct {
		SVG    bool     `json:"svg"`
		Names  []string `json:"names"`
		Texts  []string `json:"texts"`
		Lines  []string `json:"lines"`
		Frames [][]int  `json:"frames"` // indices of the lines of each
	}{SVG: true, Names: f.names}
	pictures := make([]string, len(f.figures))
	for i, d := range f.figures {
		data.Texts = append(data.Texts, d.String())
		svg, err := d.SVG()
		if err != nil {
			return "", nil, err
		}
		pictures[i] = string(svg)
		data.SVG = data.SVG && len(svg) <= heavySVG
	}
	for i, d := range f.figures {
		if data.SVG && i != f.at {
			continue
		}
		made, err := d.CompactPNG(2)
		if err != nil {
			return "", nil, err
		}
		if i == f.at {
			png = made
		}
		if !data.SVG {
			pictures[i] = base64.StdEncoding.EncodeToString(made)
		}
	}
	known := make(map[string]int) // index of a line
	size := 0
	for _, p := range pictures {
		var lines []int
		for line := range strings.SplitSeq(p, "\n") {
			k, ok := known[line]
			if !ok {
				k = len(data.Lines)
				known[line] = k
				data.Lines = append(data.Lines, line)
				size += len(line)
			}
			lines = append(lines, k)
		}
		data.Frames = append(data.Frames, lines)
	}
	if size > maxFrameBytes {
		return "", nil, check.Errorf(fmt.Sprintf("frames %q", f.label), "take %.1f MB; want at most %d, draw fewer or smaller ones", float64(size)/(1<<20), maxFrameBytes>>20)
	}
	source := scriptJSON(data)
	sum := sha256.Sum256([]byte(source))
	id := hex.EncodeToString(sum[:8]) // the same frames have the same bytes
	src := "data:image/png;base64," + pictures[f.at]
	if data.SVG {
		src = "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString([]byte(pictures[f.at]))
	}
	w, _ := f.figures[f.at].Pixels()
	page = fmt.Sprintf("<div data-frames=\"%s\" data-lm-suppress-shortcuts=\"true\">\n<div>%s</div>\n<img src=\"%s\" width=\"%d\" alt=\"%s\">\n</div>\n<script>(%s)(%q, %s);</script>",
		id, slider(f.label, f.names, f.at, " hidden"), src, w, html.EscapeString(data.Texts[f.at]), strings.TrimSpace(framesJS), id, source)
	return page, png, nil
}
