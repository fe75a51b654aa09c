package figure_test

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot/cmpimg"

	"natspike/pkg/figure"
	"natspike/pkg/racetest"
)

// The examples are the golden tests: each compares its figure with the image in
// testdata that a reader finds under its name. To look at the figures at full
// size, or to accept a change:
//
//	go test ./pkg/figure -args -preview /tmp
//	go test ./pkg/figure -args -update
var (
	update  = flag.Bool("update", false, "rewrite the golden images")
	preview = flag.String("preview", "", "folder for the figures as SVG, PDF and PNG at 2×")
)

// tolerance is how far, in perceived colour, a pixel may be from the golden
// one: 0.05 is an eighth of a pixel's shift of a black line's edge. It leaves
// room for another order of floating-point operations, and none for other data:
// see TestChangeIsSeen.
const tolerance = 0.05

// change is added to one datum of every example by the functions that make the
// data. It is 0 but in TestChangeIsSeen.
var change float64

// seen has the outcome of each comparison.
var seen = map[string]bool{}

// compare prints whether the drawing looks like the golden image.
func compare(name string, d figure.Drawing) {
	f := d.Figure()
	if *preview != "" && change == 0 {
		for _, ext := range []string{".svg", ".png", ".pdf"} {
			if err := f.Save(filepath.Join(*preview, name+ext)); err != nil {
				fmt.Println(err)
			}
		}
	}
	got, err := f.CompactPNG(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	report(name, got)
}

// report prints whether the image got looks like the golden one.
func report(name string, got []byte) {
	golden := filepath.Join("testdata", name+".png")
	if *update && change == 0 {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			fmt.Println(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		fmt.Println(err)
		return
	}
	same, err := cmpimg.EqualApprox("png", got, want, tolerance)
	seen[name] = same && err == nil
	switch {
	case err != nil:
		fmt.Println(err)
	case same:
		fmt.Println("looks like " + filepath.ToSlash(golden))
	default:
		fmt.Println("differs from " + filepath.ToSlash(golden))
	}
}

// examples are all that have a golden image.
var examples = map[string]func(){
	"animation": ExampleAnimation, "playpath": ExampleAnimation_path, "playraster": ExampleAnimation_raster, "boxplot": ExamplePanel_Add, "autocorrelation": ExampleAutocorrelation, "bars": ExampleBarChart,
	"bootstrap": ExamplePanel_Bootstrap, "contour": ExamplePanel_Contour, "covariance": ExampleCovarianceHeatMap,
	"ellipse": ExamplePanel_Ellipse, "estimates": ExamplePanel_Estimates, "forest": ExampleForest, "grid": ExampleGrid, "heatmap": ExamplePanel_HeatMap,
	"hist": ExamplePanel_Hist, "isi": ExampleISIHistogram, "line": ExamplePanel_Line, "logaxes": ExamplePanel_LogX,
	"marginals": ExampleMarginals, "pairs": ExamplePairPlot, "points": ExamplePanel_Points, "ranks": ExampleRankPlot,
	"raster": ExampleRaster, "steps": ExamplePanel_Steps, "text": Example_text, "trace": ExampleTrace,
	"vectors": ExamplePanel_Vectors,
}

// TestChangeIsSeen is the negative control of the golden images: with one datum
// changed, no example may look like its image.
func TestChangeIsSeen(t *testing.T) {
	racetest.Sequential(t)
	stdout := os.Stdout
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { os.Stdout, change = stdout, 0; null.Close() }()
	os.Stdout = null
	change = 1
	for name, example := range examples {
		delete(seen, name)
		example()
		if same, ok := seen[name]; !ok || same {
			t.Errorf("%s: a changed datum is not seen (compared: %v)", name, ok)
		}
	}
}

// TestGoldenFiles keeps the images few and small, and each in use.
func TestGoldenFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.png")
	if err != nil || len(files) != len(examples) {
		t.Errorf("%d images for %d examples (%v)", len(files), len(examples), err)
	}
	var total int64
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if total += info.Size(); info.Size() > 60<<10 {
			t.Errorf("%s has %d bytes; want at most 60 kB", name, info.Size())
		}
	}
	if total > 1<<20 {
		t.Errorf("the images have %d bytes; want at most 1 MB", total)
	}
}

// ar1 is a stationary AR(1) series of unit variance.
func ar1(seed uint64, n int, phi float64) []float64 {
	rng := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n)
	v := rng.NormFloat64()
	for i := range x {
		x[i] = v
		v = phi*v + math.Sqrt(1-phi*phi)*rng.NormFloat64()
	}
	x[n/2] += 4 * change
	return x
}

// normals are n×dim independent standard normals.
func normals(seed uint64, n, dim int) *mat.Dense {
	m := mat.NewDense(n, dim, nil)
	for j := range dim {
		m.SetCol(j, ar1(seed+uint64(100*j), n, 0))
	}
	m.Set(0, 0, m.At(0, 0)+4*change)
	return m
}

// curve is f at n places from 0 to end.
func curve(n int, end float64, f func(x float64) float64) (x, y []float64) {
	for i := range n {
		u := end * float64(i) / float64(n-1)
		x, y = append(x, u), append(y, f(u))
	}
	y[n/2] += change / 2
	return x, y
}

func normal(x float64) float64 { return math.Exp(-x*x/2) / math.Sqrt(2*math.Pi) }

func equicorrelated(n int, rho float64) *mat.SymDense {
	s := mat.NewSymDense(n, nil)
	for i := range n {
		for j := i; j < n; j++ {
			s.SetSym(i, j, rho)
		}
		s.SetSym(i, i, 1)
	}
	s.SetSym(n/2, 0, s.At(n/2, 0)-change)
	return s
}

// compareLastFrame plays an animation to its end and compares what is then seen.
func compareLastFrame(name string, a figure.Animation) {
	data, err := a.GIF()
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := gif.DecodeAll(bytes.NewReader(data))
	if err != nil {
		fmt.Println(err)
		return
	}
	screen := image.NewRGBA(g.Image[0].Rect)
	for _, frame := range g.Image {
		draw.Draw(screen, frame.Rect, frame, frame.Rect.Min, draw.Over)
	}
	var got bytes.Buffer
	if err := png.Encode(&got, screen); err != nil {
		fmt.Println(err)
		return
	}
	report(name, got.Bytes())
}
