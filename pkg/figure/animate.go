package figure

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"natspike/pkg/figure/internal/canvas"
	"natspike/pkg/internal/atomicfile"
)

// maxFrames is the largest number of frames of an animation.
const maxFrames = 5000

// An Animation is a sequence of figures of one size, played in a loop: the path
// of a sampler as it grows, or a raster as time goes on; see the examples.
type Animation struct {
	Frames int                 // number of frames
	Frame  func(i int) Drawing // frame i, from 0
	FPS    float64             // frames per second; 0 for 15
	Scale  float64             // device pixels for one CSS pixel; 0 for 1
	Hold   float64             // time for which the last frame stays, in s; 0 for 2
}

// String returns the number of frames.
func (a Animation) String() string { return fmt.Sprintf("animation of %d frames", a.Frames) }

// GIF returns the animation as an animated GIF of at most 255 colours, which are
// chosen from up to eight of its frames. Each frame stores the pixels that differ
// from the frame before.
func (a Animation) GIF() ([]byte, error) {
	fps, scale, hold := cmp.Or(a.FPS, 15), cmp.Or(a.Scale, 1), cmp.Or(a.Hold, 2)
	if a.Frames < 1 || a.Frames > maxFrames || a.Frame == nil || !(fps > 0 && fps <= 50) || !(hold >= 0 && hold <= 600) {
		return nil, check.Errorf("animation", "has %d frames at %v frames a second, held for %v s; want 1 to %d frames, (0, 50] a second, [0, 600] s", a.Frames, fps, hold, maxFrames)
	}
	draw := func(i int) (*image.RGBA, error) {
		img, err := a.Frame(i).Figure().image(scale)
		if err != nil {
			return nil, fmt.Errorf("frame %d: %w", i, err)
		}
		return img, nil
	}
	known := make(map[int]*image.RGBA) // the frames that give the colours
	for k := range min(a.Frames, 8) {
		i := k * (a.Frames - 1) / max(min(a.Frames, 8)-1, 1)
		img, err := draw(i)
		if err != nil {
			return nil, err
		}
		known[i] = img
	}
	palette := canvas.Quantize(255, slices.Collect(maps.Values(known))...)
	clear := uint8(len(palette))
	palette = append(palette, color.RGBA{})

	g := &gif.GIF{}
	var before *image.Paletted
	for i := range a.Frames {
		img := known[i]
		if img == nil {
			var err error
			if img, err = draw(i); err != nil {
				return nil, err
			}
		}
		now := canvas.Index(img, palette[:clear])
		now.Palette = palette
		if before != nil && now.Rect != before.Rect {
			return nil, check.Errorf(fmt.Sprintf("frame %d", i), "is %v pixels and frame 0 is %v; set the size and the ranges of the axes so that all frames agree", now.Rect.Size(), before.Rect.Size())
		}
		g.Image = append(g.Image, changed(before, now, clear))
		g.Delay = append(g.Delay, int(math.Round(100/fps)))
		g.Disposal = append(g.Disposal, gif.DisposalNone)
		before = now
	}
	g.Delay[len(g.Delay)-1] = int(math.Round(100 * hold))
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, g); err != nil {
		return nil, fmt.Errorf("figure: %w", err)
	}
	return b.Bytes(), nil
}

// changed returns the smallest rectangle of now that holds all pixels that differ
// from before. The other pixels in it are clear.
func changed(before, now *image.Paletted, clear uint8) *image.Paletted {
	if before == nil {
		return now
	}
	var box image.Rectangle
	for y := now.Rect.Min.Y; y < now.Rect.Max.Y; y++ {
		for x := now.Rect.Min.X; x < now.Rect.Max.X; x++ {
			if now.ColorIndexAt(x, y) != before.ColorIndexAt(x, y) {
				box = box.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	if box.Empty() {
		box = image.Rect(0, 0, 1, 1)
	}
	part := image.NewPaletted(box, now.Palette)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			k := now.ColorIndexAt(x, y)
			if k == before.ColorIndexAt(x, y) {
				k = clear
			}
			part.SetColorIndex(x, y, k)
		}
	}
	return part
}

// Save writes the animation to path, which must end in .gif. The file appears
// whole or not at all.
func (a Animation) Save(path string) error {
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".gif" {
		return check.Errorf("path", "= %q ends in %q; want .gif", path, ext)
	}
	data, err := a.GIF()
	if err != nil {
		return err
	}
	return atomicfile.WriteFile(path, data)
}
