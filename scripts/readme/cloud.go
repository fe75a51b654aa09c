package main

import (
	"bytes"
	"fmt"
	"math"
	"os"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/metric"
	"natspike/pkg/trial"
)

const (
	side    = 300.0 // width and height of one panel, in pixels
	reach   = 3.6   // range of each coordinate on both sides of the target's mean, in standard deviations
	dots    = 240   // estimates shown, from the onset to the end
	seconds = 9.0   // s; the time in which the picture repeats
)

// cloud writes an animated SVG picture: the estimate of each network, dot by
// dot, beside the target's ellipse. The picture needs no script, follows the
// reader's light or dark theme, and does not move if the reader prefers reduced
// motion.
func cloud(path string) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%g" height="%g" viewBox="0 0 %[1]g %[2]g" role="img" aria-labelledby="title desc" font-family="system-ui, sans-serif" font-size="14">
<title id="title">The estimates of two spiking networks beside the ellipse of their target</title>
<desc id="desc">Two panels with coordinates one and two of a ten-dimensional Gaussian. Left, naive geometry: the dots gather where the estimate decays to and miss the ellipse. Right, natural geometry: the dots fill the ellipse.</desc>
<style>
text { fill: #24292f } .frame { fill: none; stroke: #8c959f } .target { fill: #8c959f; fill-opacity: .18; stroke: #57606a }
.naive { fill: #d95f02 } .natural { fill: #7570b3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .target { stroke: #b1bac4 } .naive { fill: #f08a3c } .natural { fill: #a49fe0 } }
@keyframes dot { 0%% { opacity: 0; r: 7px } 0.5%% { opacity: 1; r: 7px } 3%% { opacity: .6; r: 2.6px } 90%% { opacity: .6 } 97%%, 100%% { opacity: 0 } }
circle { r: 2.6px; opacity: .6; animation: dot %gs linear infinite backwards }
@media (prefers-reduced-motion: reduce) { circle { animation: none } }
</style>
`, 2*side+80, side+64, seconds)
	for i, g := range []metric.Geometry{metric.Naive, metric.Natural} {
		if err := panel(&b, g, 30+float64(i)*(side+40)); err != nil {
			return err
		}
	}
	b.WriteString("</svg>\n")
	if err := os.WriteFile(path+".tmp", b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}

func panel(b *bytes.Buffer, geometry metric.Geometry, left float64) error {
	z, err := estimates(geometry)
	if err != nil {
		return err
	}
	unit := side / (2 * reach)
	class, says := "naive", "Naive: it misses the target"
	if geometry == metric.Natural {
		class, says = "natural", "Natural: it fills the target"
	}
	fmt.Fprintf(b, `<svg x="%g" y="34" width="%g" height="%[2]g" viewBox="%g %[3]g %[2]g %[2]g"><rect class="frame" x="%[3]g" y="%[3]g" width="%[2]g" height="%[2]g"/>
`, left, side, -side/2)
	// An ellipse of two standard deviations, whose axes lie along (1, 1) and (1, −1).
	fmt.Fprintf(b, `<ellipse class="target" rx="%.1f" ry="%.1f" transform="rotate(-45)"/><g class="%s">
`, 2*unit*math.Sqrt(1+rho), 2*unit*math.Sqrt(1-rho), class)
	for i := range dots {
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" style="animation-delay:%.2fs"/>
`, (z.At(i, 0)-1)*unit, (1-z.At(i, 1))*unit, 0.8*seconds*float64(i)/dots)
	}
	fmt.Fprintf(b, `</g></svg>
<text x="%[1]g" y="22" font-weight="600">%[2]s</text><text x="%[3]g" y="%[4]g" text-anchor="middle">z₁</text><text x="%[5]g" y="%[6]g" text-anchor="end">z₂</text>
`, left, says, left+side/2, side+54, left-6, side/2+34)
	return nil
}

// estimates returns the network's estimate at equal times after the step of its
// target's mean from 0 to 1.
func estimates(geometry metric.Geometry) (mat.Matrix, error) {
	rec, err := present(geometry)
	if err != nil {
		return nil, err
	}
	from, to, err := rec.Steps(trial.AfterOnset)
	if err != nil {
		return nil, err
	}
	_, z, err := rec.Estimate(trial.AfterOnset, (to-from)/dots)
	return z, err
}
