package figure

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

func toyArea(w, h vg.Length, x, y scale) *area {
	return &area{Canvas: draw.Canvas{Rectangle: vg.Rectangle{Max: vg.Point{X: w, Y: h}}}, xs: x, ys: y}
}

// TestDecimation checks what columns promises: in every half pixel of the axis,
// the line reaches as high and as low as the data.
func TestDecimation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const n = 200_000
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i], y[i] = float64(i), rng.NormFloat64()+math.Sin(float64(i)/9000)
	}
	s := spanOf(y)
	a := toyArea(300, 100, scale{lo: 0, hi: n - 1}, scale{lo: s.lo, hi: s.hi})
	pts := columns(a, x, y)
	if len(pts) > 4*int(300/(0.5*px))+4 {
		t.Errorf("%d of %d points are left", len(pts), n)
	}
	extent := func(at func(i int) vg.Point, n int) map[int]span {
		m := map[int]span{}
		for i := range n {
			p := at(i)
			k := int(math.Floor(float64(p.X / (0.5 * px))))
			e, ok := m[k]
			if !ok {
				e = nowhere
			}
			m[k] = e.union(span{float64(p.Y), float64(p.Y)})
		}
		return m
	}
	full := extent(func(i int) vg.Point { return a.point(x[i], y[i]) }, n)
	kept := extent(func(i int) vg.Point { return pts[i] }, len(pts))
	for k, e := range full {
		if g := kept[k]; g != e {
			t.Fatalf("column %d: the line spans %v, the data %v", k, g, e)
		}
	}
}

// TestSimplify checks that a simplified curve stays within the tolerance, and
// that it is simpler.
func TestSimplify(t *testing.T) {
	var pts []vg.Point
	for i := range 5000 {
		u := float64(i) / 100
		pts = append(pts, vg.Point{X: vg.Length(10 * u), Y: vg.Length(30 * math.Sin(u))})
	}
	const tol = 0.05
	got := simplify(pts, tol)
	if len(got) > 1500 {
		t.Errorf("%d of %d points are left", len(got), len(pts))
	}
	k := 0
	for _, p := range pts {
		for k < len(got)-2 && got[k+1].X < p.X {
			k++
		}
		if d := distance(p, got[k], got[k+1]); d > tol+1e-9 {
			t.Fatalf("%v is %v from the line; want at most %v", p, d, tol)
		}
	}
}

// TestIsolines follows the level sets of a paraboloid, which are circles, and
// compares their area with πr², which polygons of this grid's spacing miss by up
// to 0.4 % at the smallest radius; a ring must come as two, with opposite turns.
func TestIsolines(t *testing.T) {
	const n = 201
	g := field{n: n, x: scale{lo: -3, hi: 3}, y: scale{lo: -3, hi: 3}, v: make([]float64, n*n)}
	fill := func(f func(x, y float64) float64) {
		for j := range n {
			for i := range n {
				g.v[j*n+i] = f(g.x.at(float64(i)/(n-1)), g.y.at(float64(j)/(n-1)))
			}
		}
	}
	enclosed := func(c [][2]float64) (a float64) {
		for i := range c {
			p, q := c[i], c[(i+1)%len(c)]
			a += (p[0]*q[1] - q[0]*p[1]) / 2
		}
		return a * 36 / ((n - 1) * (n - 1))
	}
	fill(func(x, y float64) float64 { return -x*x - y*y })
	for _, r := range []float64{0.3, 1, 2.5} {
		for _, closed := range []bool{false, true} {
			c := g.isolines(-r*r, closed)
			if len(c) != 1 {
				t.Fatalf("radius %v: %d curves; want 1", r, len(c))
			}
			if got, want := enclosed(c[0]), math.Pi*r*r; math.Abs(got-want) > 0.006*want {
				t.Errorf("radius %v: encloses %v; want %v, anticlockwise around higher ground", r, got, want)
			}
		}
	}
	fill(func(x, y float64) float64 { d := math.Hypot(x, y) - 1.5; return -d * d })
	c := g.isolines(-0.25, true)
	if len(c) != 2 {
		t.Fatalf("ring: %d curves; want 2", len(c))
	}
	if sum := enclosed(c[0]) + enclosed(c[1]); math.Abs(sum-math.Pi*(4-1)) > 0.03 {
		t.Errorf("ring encloses %v; want 3π", sum)
	}
	// Cut off by the edge of the grid, the region is closed along the edge.
	fill(func(x, y float64) float64 { return -x })
	if c := g.isolines(0, true); len(c) != 1 || math.Abs(enclosed(c[0])-18) > 0.02 {
		t.Errorf("half plane: %d curves; want one around 18", len(c))
	}
	if c := g.isolines(0, false); len(c) != 1 || len(c[0]) != n {
		t.Errorf("half plane, open: %d curves; want one of %d points", len(c), n)
	}
}

// TestRegions compares the levels on a standard Gaussian with the closed form:
// the region that holds the mass m is where log p is above log(1−m), relative to
// the mode.
func TestRegions(t *testing.T) {
	p := New("", "", "").Contour(func(x []float64) float64 { return -(x[0]*x[0] + x[1]*x[1]) / 2 }, -6, 6, -6, 6)
	l := p.layers[0].(*contourLayer)
	if len(l.levels) != len(Regions) {
		t.Fatalf("%d levels; want %d", len(l.levels), len(Regions))
	}
	for i, m := range Regions {
		got, want := l.levels[len(l.levels)-1-i], math.Log1p(-m)
		if math.Abs(got-want) > 0.02 {
			t.Errorf("mass %v: level %v; want %v", m, got, want)
		}
	}
}

func TestHistogramAndDensityHaveUnitArea(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for _, n := range []int{1, 2, 50, 20_000} {
		x := make([]float64, n)
		for i := range x {
			x[i] = 3 + 2*rng.NormFloat64()
		}
		h := New("", "", "").Hist("", x).layers[0].(*histLayer)
		var area float64
		for i, d := range h.density {
			area += d * (h.edges[i+1] - h.edges[i])
		}
		if math.Abs(area-1) > 1e-9 {
			t.Errorf("n = %d: histogram has area %v", n, area)
		}
		u, v := kernelDensity(x)
		area = 0
		for i := 1; i < len(u); i++ {
			area += (v[i] + v[i-1]) / 2 * (u[i] - u[i-1])
		}
		if math.Abs(area-1) > 0.005 { // the kernel ends at three bandwidths
			t.Errorf("n = %d: kernel density has area %v", n, area)
		}
	}
	// The estimate of a Gaussian is the Gaussian, smoothed: at the mode of N(0, 1)
	// with n = 20000 the bandwidth is 0.124, which lowers 0.399 to 0.396; its
	// standard error is √(0.282·0.399/(n·h)) = 0.007. Five of them either way.
	x := make([]float64, 20_000)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	u, v := kernelDensity(x)
	at := 0
	for i := range u {
		if math.Abs(u[i]) < math.Abs(u[at]) {
			at = i
		}
	}
	if math.Abs(v[at]-0.396) > 0.035 {
		t.Errorf("density at 0 is %v; want 0.396", v[at])
	}
}

// TestPalettes checks what the theme promises of its colours.
func TestPalettes(t *testing.T) {
	light := func(c color.Color) float64 { return toLab(nrgba(c)).l }
	for name, m := range map[string]ColorMap{"Mist": Mist, "Depth": Depth} {
		up := light(m(1)) > light(m(0))
		for i := range 100 {
			if a, b := light(m(float64(i)/100)), light(m(float64(i+1)/100)); (b > a) != up && math.Abs(a-b) > 1e-3 {
				t.Errorf("%s: lightness turns at %d %%: %v to %v", name, i, a, b)
			}
		}
	}
	for i := range 51 {
		a, b := light(Balance(float64(i)/100)), light(Balance(1-float64(i)/100))
		if math.Abs(a-b) > 0.05 {
			t.Errorf("Balance: lightness %v at %d %% and %v at %d %%", a, i, b, 100-i)
		}
	}
	for i := 0; i <= 255; i++ { // the way to OKLab and back
		c := color.NRGBA{uint8(i), uint8(255 - i), uint8(i * 7), 0xFF}
		if got := toRGB(toLab(c)); got != c {
			t.Errorf("%v comes back from OKLab as %v", c, got)
		}
	}
	if White != (color.NRGBA{255, 255, 255, 255}) || light(Mist(0)) < 0.999 {
		t.Error("Mist does not begin at the page")
	}

	// Pairs that a figure sets against each other must differ, also for those who
	// do not see red or green (Machado, Oliveira and Fernandes 2009, severity 1).
	// A difference of 0.02 in OKLab can just be seen.
	blind := map[string][9]float64{
		"no loss":      {1, 0, 0, 0, 1, 0, 0, 0, 1},
		"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
		"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
		"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
	}
	sees := func(m [9]float64, c color.Color) oklab {
		k := nrgba(c)
		r, g, b := linear(k.R), linear(k.G), linear(k.B)
		mix := func(i int) uint8 { return gamma(m[i]*r + m[i+1]*g + m[i+2]*b) }
		return toLab(color.NRGBA{mix(0), mix(3), mix(6), 0xFF})
	}
	for name, m := range blind {
		apart := func(a, b color.Color, least float64) {
			p, q := sees(m, a), sees(m, b)
			if d := math.Sqrt((p.l-q.l)*(p.l-q.l) + (p.a-q.a)*(p.a-q.a) + (p.b-q.b)*(p.b-q.b)); d < least {
				t.Errorf("%s: %v and %v are %.3f apart; want %v", name, a, b, d, least)
			}
		}
		apart(Naive.Color, Natural.Color, 0.2)
		apart(Naive.Color, Truth.Color, 0.2)
		apart(Natural.Color, Truth.Color, 0.08)
		apart(Balance(0.1), Balance(0.9), 0.08)
		for i := range 6 {
			for j := range i {
				apart(Cycle[i], Cycle[j], 0.07)
			}
		}
	}
}

// TestQuantize checks that an image of few colours keeps them all, and that one
// of many is close to the original.
func TestQuantize(t *testing.T) {
	few := image.NewRGBA(image.Rect(0, 0, 64, 64))
	many := image.NewRGBA(few.Rect)
	for y := range 64 {
		for x := range 64 {
			few.Set(x, y, Cycle[(x*y)%len(Cycle)])
			many.Set(x, y, Depth(float64(64*y+x)/4096))
		}
	}
	worst := func(img *image.RGBA) (d int) {
		out := index(img, quantize(256, img))
		for i, k := range out.Pix {
			c := out.Palette[k].(color.RGBA)
			for j, v := range []uint8{c.R, c.G, c.B} {
				d = max(d, int(math.Abs(float64(v)-float64(img.Pix[4*i+j]))))
			}
		}
		return d
	}
	if d := worst(few); d != 0 {
		t.Errorf("few colours change by up to %d", d)
	}
	if d := worst(many); d > 4 {
		t.Errorf("many colours change by up to %d; want at most 4", d)
	}
}

// TestLetters checks that every sign has letters that the fonts have, that their
// outlines load, and that a letter which is nowhere is an error by name.
func TestLetters(t *testing.T) {
	for _, f := range liberation.Collection() {
		for g := range f.Face.NumGlyphs() {
			if _, err := f.Face.LoadGlyph(nil, 1, 1000, nil); err != nil {
				t.Fatalf("%s: glyph %d: %v", f.Font.Name(), g, err)
			}
		}
	}
	for _, style := range []textStyle{titleText, tickText} {
		for r := range signs {
			runs, width := style.typeset("x" + string(r))
			if width <= style.width("x") {
				t.Errorf("%q takes no room", r)
			}
			for _, u := range runs {
				if _, err := letters(u.face, u.text); err != nil {
					t.Errorf("%q: %v", r, err)
				}
			}
		}
		for _, s := range []string{"ABC xyz 0123456789 +−×·±÷=≠≈≤≥<>/%()[]{}", "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", "√∂∑∏∫∞∩→←↔†′″…–—‖°µℓ"} {
			if _, err := letters(style.font, s); err != nil {
				t.Error(err)
			}
		}
	}
	f := New("漢", "", "").Line("", []float64{0, 1}, []float64{0, 1}).Figure()
	for name, draw := range map[string]func() ([]byte, error){"SVG": f.SVG, "PDF": f.PDF, "PNG": func() ([]byte, error) { return f.PNG(1) }} {
		if _, err := draw(); err == nil || !strings.Contains(err.Error(), "'漢' (U+6F22)") {
			t.Errorf("%s of a letter that no font has: %v", name, err)
		}
	}
	if a, b := tickText.width("10⁻¹²"), tickText.width("10−12"); a >= b {
		t.Errorf("a power is %v wide and the same in full size %v", a, b)
	}
}

// TestSVG parses a document of everything.
func TestSVG(t *testing.T) {
	p := New("a < b & c", "x", "y").Points("p", []float64{1, 2}, []float64{1, 2}, Style{Marker: Ring}).
		Band("b", []float64{0, 1}, []float64{0, 1}, []float64{1, 2}).
		Ellipse("e", []float64{0, 0}, mat.NewSymDense(2, []float64{1, 0, 0, 1}), 0.9)
	f := p.Figure().Title("<title> & more")
	data, err := f.SVG()
	if err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	ids, uses := map[string]bool{}, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			switch {
			case a.Name.Local == "id":
				ids[a.Value] = true
			case e.Name.Local == "use" && a.Name.Local == "href":
				uses++
				if !ids[strings.TrimPrefix(a.Value, "#")] {
					t.Errorf("%s is used and not defined", a.Value)
				}
			case strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf"):
				t.Errorf("%s %s=%q", e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
	if uses == 0 {
		t.Error("no letters")
	}
	for v, want := range map[float64]string{0: "0", 1: "1", -0.5: "-.5", 0.05: ".05", 12.345: "12.35", -3.1: "-3.1", 0.001: "0", -0.004: "0"} {
		if got := num(v); got != want {
			t.Errorf("num(%v) = %q; want %q", v, got, want)
		}
	}
}

// TestErrors checks that what is wrong with the data is named.
func TestErrors(t *testing.T) {
	nan := math.NaN()
	ok := []float64{1, 2}
	two := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	one := func(p *Panel) Drawing { return p }
	for want, d := range map[string]Drawing{
		`Line "naive": y[1] is NaN`:              one(New("", "", "").Line("naive", ok, []float64{1, nan})),
		`Line "naive": x[0] is +Inf`:             one(New("", "", "").Line("naive", []float64{math.Inf(1), 2}, ok)),
		`Line "naive": 2 values of x and 1 of y`: one(New("", "", "").Line("naive", ok, []float64{1})),
		`Func "f": f(0.5) is +Inf`: one(New("", "", "").Func("f", func(x float64) float64 {
			if x == 0.5 {
				return math.Inf(1)
			}
			return x
		}, 0, 1)),
		`Func "f": from 1 to 0`:                             one(New("", "", "").Func("f", nil, 1, 0)),
		`Line "": the series is empty`:                      one(New("", "", "").Line("", nil, nil)),
		`Steps "s": 2 edges for 2 steps`:                    one(New("", "", "").Steps("s", ok, ok)),
		`Band "b": lo[1] = 2 is above hi[1] = 1`:            one(New("", "", "").Band("b", ok, ok, []float64{1, 1})),
		`Hist "h": there are no samples`:                    one(New("", "", "").Hist("h", nil)),
		`Density "h": samples[1] is NaN`:                    one(New("", "", "").Density("h", []float64{1, nan})),
		`HistEdges "h": want at least two edges, ascending`: one(New("", "", "").HistEdges("h", ok, []float64{1, 1})),
		`range [3, 2] of the y axis`:                        one(New("", "", "").YRange(3, 2)),
		`values down to -1 on the logarithmic x axis`:       one(New("", "", "").LogX().Line("", []float64{-1, 2}, ok)),
		`2 ticks with 1 names`:                              one(New("", "", "").XTicks(ok, []string{"a"})),
		`Contour: log density at (-1, -1) is NaN`:           one(New("", "", "").Contour(func([]float64) float64 { return nan }, -1, 1, -1, 1)),
		`Contour: the density is 0`:                         one(New("", "", "").Contour(func([]float64) float64 { return math.Inf(-1) }, -1, 1, -1, 1)),
		`Contour: rectangle [1, -1]`:                        one(New("", "", "").Contour(nil, 1, -1, 0, 1)),
		`HeatMap: element (1, 0) is NaN`:                    one(New("", "", "").HeatMap(mat.NewDense(2, 1, []float64{0, nan}), 0, 1, Mist)),
		`HeatMap: colours from 1 to 1`:                      one(New("", "", "").HeatMap(two, 1, 1, Mist)),
		`CovarianceHeatMap "Σ": the matrix is 1×2`:          CovarianceHeatMap(Matrix{Label: "Σ", Matrix: mat.NewDense(1, 2, ok)}),
		`HeatMap: element (0, 1) is +Inf`:                   CovarianceHeatMap(Matrix{Label: "Σ", Matrix: mat.NewDense(2, 2, []float64{1, math.Inf(1), 3, 4})}),
		`mean[0] is NaN`:                                    one(New("", "", "").Ellipse("e", []float64{nan, 1}, mat.NewSymDense(2, nil), 0.5)),
		`covariance [1 2; 2 1] is not positive definite`:    one(New("", "", "").Ellipse("e", ok, mat.NewSymDense(2, []float64{1, 2, 2, 1}), 0.5)),
		`mass 1 is outside (0, 1)`:                          one(New("", "", "").Ellipse("e", ok, mat.NewSymDense(2, []float64{1, 0, 0, 1}), 1)),
		`Spikes "": neurons[1] is -1`:                       one(New("", "", "").Spikes("", ok, []int{0, -1})),
		`Raster "r": neurons[1] is 5 of 5 neurons`:          Raster(RasterConfig{Title: "r", Neurons: 5}, ok, []int{0, 5}),
		`Raster "": 0 neurons`:                              Raster(RasterConfig{}, nil, nil),
		`Raster "r": times[1] is NaN`:                       Raster(RasterConfig{Title: "r"}, []float64{1, nan}, []int{0, 1}),
		`Add: the range of`:                                 one(New("", "", "").Add(badRange{})),
		`ISIHistogram "i": interval 0 is -1`:                one(ISIHistogram("ms", Series{Label: "i", Y: []float64{-1}})),
		`RankPlot: draw 1 of chain 2 is NaN`:                RankPlot(ok, []float64{1, nan}),
		`RankPlot: 1 chains`:                                RankPlot(ok),
		`estimate "a" is 1 in [2, 0]`:                       one(Forest("", ForestRow{Name: "a", Mid: 1, Lo: 2})),
		`Bootstrap "b": 1 repeats`:                          one(New("", "", "").Bootstrap("b", ok, [][]float64{ok})),
		`Bootstrap "b": 2 values of x and 1 of y`:           one(New("", "", "").Bootstrap("b", ok, [][]float64{ok, {1}})),
		`Marginals: coordinate 2 of a 2-dimensional sample`: Marginals(MarginalConfig{Coords: []int{2}}, Matrix{Matrix: two}),
		`PairPlot: 1 names for 2 coordinates`:               PairPlot(PairConfig{Names: []string{"a"}}, Matrix{Matrix: two}),
		`Marginals "b": draws are 2×1`:                      Marginals(MarginalConfig{}, Matrix{Matrix: two}, Matrix{Label: "b", Matrix: mat.NewDense(2, 1, ok)}),
		`Bars "b": width 0`:                                 one(New("", "", "").Bars("b", ok, ok, 0)),
		`series "s" has 2 values for 1 names`:               one(BarChart("t", "", []string{"a"}, Series{Label: "s", Y: ok})),
		`Vectors "v": the field at (0.5, 0.5) is (NaN, 0)`: one(New("", "", "").Vectors("v", func(dst, x []float64) {
			dst[0], dst[1] = 0, 0
			if x[0] == 0.5 && x[1] == 0.5 {
				dst[0] = nan
			}
		}, 0, 1, 0, 1)),
		`2 widths for 1 columns`:                     New("", "", "").Line("", ok, ok).Figure().Widths(1, 2),
		`a grid of 0 drawings`:                       Row(),
		`px are left for the plot areas of column 1`: New("", "", "").Line("", ok, ok).Figure().Size(60, 0),
		`Trace "x": there are no chains`:             one(Trace("x")),
		`Autocorrelation: there are no curves`:       one(Autocorrelation("lag")),
	} {
		_, err := d.Figure().SVG()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v; want %s", err, want)
			continue
		}
		if _, e := d.Figure().PNG(1); e == nil || e.Error() != err.Error() {
			t.Errorf("PNG says %v and SVG %v", e, err)
		}
		if e := d.Figure().Draw(draw.New(newSVG(300, 300))); e == nil && !strings.Contains(want, "px are left") {
			t.Errorf("Draw does not say %v", err)
		}
	}
	// The first error is the one that is told, and later layers do no harm.
	p := New("", "", "").Line("a", nil, nil).Line("b", ok, []float64{1}).Hist("c", nil).EqualUnits()
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), `"a"`) {
		t.Errorf("first error: %v", err)
	}
	if _, err := New("", "", "").Line("", ok, ok).Figure().PNG(0); err == nil {
		t.Error("PNG(0) does not fail")
	}
}

type badRange struct{}

func (badRange) Plot(draw.Canvas, *plot.Plot)    {}
func (badRange) DataRange() (a, b, c, d float64) { return 0, math.NaN(), 0, 1 }

// TestSilentNetwork draws a raster without spikes, which is a result too.
func TestSilentNetwork(t *testing.T) {
	f := Raster(RasterConfig{Title: "naive", Neurons: 20, To: 1}, nil, nil)
	if problems := CheckText(f); len(problems) > 0 {
		t.Error(problems)
	}
}

// TestNames checks what a figure is called where it cannot be seen.
func TestNames(t *testing.T) {
	f := Row(New("naive", "", ""), Column(New("natural", "", ""), New("", "", ""))).Title("Two geometries")
	svg, err := f.SVG()
	if want := "<title>Two geometries, naive, natural</title>"; err != nil || !bytes.Contains(svg, []byte(want)) {
		t.Errorf("%s is not in the SVG (%v)", want, err)
	}
	pdf, err := f.PDF()
	if want := "/Title <FEFF00540077006F"; err != nil || !bytes.Contains(pdf, []byte(want)) {
		t.Errorf("%s is not in the PDF (%v)", want, err)
	}
}

// TestOddRanges draws what has no width of its own.
func TestOddRanges(t *testing.T) {
	for name, p := range map[string]*Panel{
		"nothing":     New("", "", ""),
		"logs":        New("", "", "").LogX().LogY(),
		"a point":     New("", "", "").Points("", []float64{3}, []float64{3}),
		"a log point": New("", "", "").LogX().LogY().Points("", []float64{3}, []float64{3}),
		"a constant":  New("", "", "").Line("", []float64{0, 1}, []float64{1e9, 1e9}),
		"zeros":       New("", "", "").Line("", []float64{0, 0}, []float64{0, 0}),
		"huge":        New("", "", "").Line("", []float64{0, 1}, []float64{-1e300, 1e300}),
		"tiny":        New("", "", "").Line("", []float64{0, 1e-300}, []float64{0, 1e-300}),
		"far":         New("", "", "").Line("", []float64{0, 1}, []float64{1e15, 1e15 + 1}),
		"one sample":  New("", "", "").Hist("", []float64{2}).Density("", []float64{2}),
	} {
		f := p.Figure()
		for _, problem := range CheckText(f) {
			t.Errorf("%s: %s", name, problem)
		}
		svg, err := f.SVG()
		if err != nil || bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("-9223372036854775808")) {
			t.Errorf("%s: %v, or coordinates that are not numbers", name, err)
		}
		if _, err := f.PNG(0.25); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := New("Σ", "", "").Line("", []float64{0, 1}, []float64{0, 1}).Figure().Size(200, 150)
	for ext, magic := range map[string]string{".svg": "<svg ", ".png": "\x89PNG", ".pdf": "%PDF-1.4", ".PNG": "\x89PNG"} {
		path := filepath.Join(dir, "figure"+ext)
		if err := f.Save(path); err != nil {
			t.Error(err)
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), magic) {
			t.Errorf("%s begins with %q (%v)", path, data[:min(8, len(data))], err)
		}
	}
	if err := f.Save(filepath.Join(dir, "figure.jpg")); err == nil || !strings.Contains(err.Error(), ".svg, .png or .pdf") {
		t.Errorf("Save to .jpg: %v", err)
	}
	if err := f.Save(filepath.Join(dir, "nowhere", "figure.svg")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Save into no folder: %v", err)
	}
	bad := New("", "", "").Line("", nil, nil).Figure()
	path := filepath.Join(dir, "figure.svg")
	before, _ := os.ReadFile(path)
	if err := bad.Save(path); err == nil {
		t.Error("Save of a broken figure does not fail")
	}
	after, _ := os.ReadFile(path)
	if !bytes.Equal(before, after) {
		t.Error("a failed Save changed the file")
	}
	a := Animation{Frames: 3, Scale: 0.5, Frame: func(i int) Drawing {
		return New("", "", "").Line("", []float64{0, 1}, []float64{0, float64(i)}).YRange(0, 2)
	}}
	if err := a.Save(filepath.Join(dir, "a.gif")); err != nil {
		t.Error(err)
	}
	if err := a.Save(filepath.Join(dir, "a.png")); err == nil {
		t.Error("an animation is saved as .png")
	}
	if _, err := (Animation{}).GIF(); err == nil {
		t.Error("an animation without frames is made")
	}
	a.Frame = func(i int) Drawing {
		return New("", "", "").Line("", []float64{0, 1}, []float64{0, 1}).Height(100 + 50*float64(i))
	}
	if _, err := a.GIF(); err == nil || !strings.Contains(err.Error(), "frame 1 is") {
		t.Errorf("frames of different sizes: %v", err)
	}
	a.Frame = func(int) Drawing { return bad }
	if _, err := a.GIF(); err == nil || !strings.Contains(err.Error(), "frame 0: figure: Line") {
		t.Errorf("a broken frame: %v", err)
	}
}

// TestBootstrap compares the interval with the Gaussian one: of the mean of 400
// repeats of unit variance, ±1.96/20 = ±0.098. The ends of a percentile interval
// of 2000 resamples have a relative standard error of about 4 %, the sample
// standard deviation of 3.5 %: 30 % is more than five of both.
func TestBootstrap(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	repeats := make([][]float64, 400)
	var mean float64
	for i := range repeats {
		repeats[i] = []float64{rng.NormFloat64()}
		mean += repeats[i][0] / 400
	}
	p := New("", "", "").Bootstrap("", []float64{0}, repeats)
	b := p.layers[0].(*bandLayer)
	for _, d := range []float64{mean - b.lo[0], b.hi[0] - mean} {
		if math.Abs(d-0.098) > 0.03 {
			t.Errorf("the interval reaches %v from the mean; want 0.098", d)
		}
	}
}

// TestBelowALogarithmicAxis: a bar down to what a logarithmic axis does not have
// leaves the page at its bottom, as one that is far below it does.
func TestBelowALogarithmicAxis(t *testing.T) {
	x := []float64{1, 2, 3}
	bars := func(lo float64) *Panel {
		return New("", "x", "y").LogY().YRange(0.1, 10).Intervals("bars", x, []float64{0.2, lo, 0.2}, []float64{1, 2, 1}, Naive)
	}
	want, err := bars(1e-9).Figure().SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, lo := range []float64{0, -0.5} {
		got, err := bars(lo).Figure().SVG()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("a bar down to %v looks other than one down to 1e-9", lo)
		}
	}
	if _, err := New("", "x", "y").LogY().Intervals("bars", x, []float64{0.2, 0, 0.2}, []float64{1, 2, 1}).Figure().SVG(); err == nil {
		t.Error("an axis that is to hold zero is drawn")
	}
}
