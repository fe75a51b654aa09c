package canvas

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
)

// PNG returns the image in that format.
func PNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// CompactPNG returns the image as a PNG of at most 256 colours.
func CompactPNG(img *image.RGBA) ([]byte, error) {
	return PNG(Index(img, Quantize(256, img)))
}

// rgb packs an opaque colour.
type rgb uint32

func (c rgb) channel(k int) int { return int(c>>(16-8*k)) & 0xFF }

func rgbAt(img *image.RGBA, i int) rgb {
	return rgb(img.Pix[i])<<16 | rgb(img.Pix[i+1])<<8 | rgb(img.Pix[i+2])
}

type colorCount struct {
	c rgb
	n int
}

// Quantize chooses at most the given number of colours for opaque images by median
// cut (Heckbert 1982): the box of colours with the largest spread is cut in two
// until there are enough. A colour is weighted by the square root of its number of
// pixels, so that the colour of a thin line is not lost beside that of the page.
func Quantize(most int, imgs ...*image.RGBA) color.Palette {
	counts := make(map[rgb]int)
	for _, img := range imgs {
		for i := 0; i < len(img.Pix); i += 4 {
			counts[rgbAt(img, i)]++
		}
	}
	all := make([]colorCount, 0, len(counts))
	for c, n := range counts {
		all = append(all, colorCount{c, n})
	}
	slices.SortFunc(all, func(a, b colorCount) int { return int(a.c) - int(b.c) })

	type bucket struct {
		colors []colorCount
		axis   int     // of the largest spread
		score  float64 // that spread
	}
	weigh := func(cs []colorCount) bucket {
		b := bucket{colors: cs}
		for k := range 3 {
			var mean, spread, w float64
			for _, c := range cs {
				m := math.Sqrt(float64(c.n))
				w += m
				d := float64(c.c.channel(k)) - mean
				mean += float64(d*m) / w
				spread += float64(m * d * (float64(c.c.channel(k)) - mean))
			}
			if spread > b.score {
				b.score, b.axis = spread, k
			}
		}
		return b
	}
	boxes := []bucket{weigh(all)}
	for len(boxes) < most {
		best := 0
		for i, b := range boxes {
			if b.score > boxes[best].score {
				best = i
			}
		}
		b := boxes[best]
		if b.score == 0 || len(b.colors) < 2 {
			break
		}
		k := b.axis
		slices.SortStableFunc(b.colors, func(x, y colorCount) int {
			if d := x.c.channel(k) - y.c.channel(k); d != 0 {
				return d
			}
			return int(x.c) - int(y.c)
		})
		var mean, n float64
		for _, c := range b.colors {
			m := math.Sqrt(float64(c.n))
			mean += float64(m * float64(c.c.channel(k)))
			n += m
		}
		mean /= n
		cut := 1
		for cut < len(b.colors)-1 && float64(b.colors[cut].c.channel(k)) <= mean {
			cut++
		}
		boxes[best] = weigh(b.colors[:cut])
		boxes = append(boxes, weigh(b.colors[cut:]))
	}
	palette := make(color.Palette, len(boxes))
	for i, b := range boxes {
		var sum [3]int
		n := 0
		for _, c := range b.colors {
			for k := range sum {
				sum[k] += c.n * c.c.channel(k)
			}
			n += c.n
		}
		palette[i] = color.RGBA{uint8((sum[0] + n/2) / n), uint8((sum[1] + n/2) / n), uint8((sum[2] + n/2) / n), 0xFF}
	}
	return palette
}

// Index maps each pixel to the nearest colour of the palette.
func Index(img *image.RGBA, palette color.Palette) *image.Paletted {
	out := image.NewPaletted(img.Bounds(), palette)
	known := make(map[rgb]uint8)
	for i, j := 0, 0; i < len(img.Pix); i, j = i+4, j+1 {
		c := rgbAt(img, i)
		k, ok := known[c]
		if !ok {
			k = uint8(palette.Index(color.RGBA{img.Pix[i], img.Pix[i+1], img.Pix[i+2], 0xFF}))
			known[c] = k
		}
		out.Pix[j] = k
	}
	return out
}
