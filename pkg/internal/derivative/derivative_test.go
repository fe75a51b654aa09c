package derivative

import (
	"math"
	"testing"
)

// TestOf compares with derivatives in closed form, at every scale of the argument
// and of the function: ten digits in units of the function's size over its length.
func TestOf(t *testing.T) {
	for _, c := range []struct {
		name     string
		f, slope func(x float64) float64
		at       float64
	}{
		{"sine", math.Sin, math.Cos, 0.7},
		{"exponential", math.Exp, math.Exp, -1.3},
		{"rational", func(x float64) float64 { return 1 / (2 + x*x) }, func(x float64) float64 { return -2 * x / (2 + x*x) / (2 + x*x) }, 0.4},
		{"constant", func(x float64) float64 { return 3 }, func(x float64) float64 { return 0 }, 5},
		{"cubic at its inflection", func(x float64) float64 { return x * x * x }, func(x float64) float64 { return 3 * x * x }, 0},
	} {
		for _, length := range []float64{1e-150, 1e-12, 1, 1e12, 1e150} {
			for _, size := range []float64{1e-150, 1, 1e150} {
				f := func(x float64) float64 { return size * c.f(x/length) }
				x := c.at * length
				h := StepWithin(x, func(h float64) float64 {
					return (math.Abs(f(x+h)-f(x)) + math.Abs(f(x-h)-f(x))) / size
				})
				if c.name == "constant" && h != Step(x) || c.name != "constant" && !(h > length/16 && h < 2*length) {
					t.Errorf("%s over %g: the first step is %g", c.name, length, h)
				}
				got, off := Of(f, x, h)
				want, unit := size/length*c.slope(c.at), size/length
				if math.Abs(got-want) > 1e-10*unit || off > 1e-8*unit {
					t.Errorf("%s of size %g over %g: %g ± %g, want %g", c.name, size, length, got, off, want)
				}
			}
		}
	}
}

// TestOfWithoutOne: at a kink the estimate knows that it is none, and outside of a
// function's domain there is none.
func TestOfWithoutOne(t *testing.T) {
	if value, off := Of(func(x float64) float64 { return math.Abs(x - 1e-4) }, 0, 0.25); off < 1e-4 {
		t.Errorf("beside a kink: %g ± %g", value, off)
	}
	if value, off := Of(math.Log, -1, 0.25); !math.IsNaN(value) || !math.IsInf(off, 1) {
		t.Errorf("outside of the domain: %g ± %g", value, off)
	}
	// A hole in the domain that one of the steps falls into.
	hole := func(x float64) float64 {
		if math.Abs(x) == 0x1p-4 {
			return math.NaN()
		}
		return math.Exp(x)
	}
	if value, off := Of(hole, 0, 0.25); math.Abs(value-1) > 1e-11 || off > 1e-9 {
		t.Errorf("with a hole in the domain: %g ± %g", value, off)
	}
	// Steps that leave the domain are passed over.
	if value, off := Of(math.Log, 0.1, 0.25); math.Abs(value-10) > 1e-6 || off > 1e-4 {
		t.Errorf("near the end of the domain: %g ± %g", value, off)
	}
}

func TestStep(t *testing.T) {
	for x, want := range map[float64]float64{0: 0.25, 0.9: 0.25, -1: 0.25, 1.9: 0.25, 2: 0.5, -1000: 128} {
		if got := Step(x); got != want {
			t.Errorf("Step(%g) = %g, want %g", x, got, want)
		}
	}
	endless := func(float64) float64 { return math.Inf(1) }
	if h := StepWithin(3, endless); h != 0 {
		t.Errorf("a function that changes without bound has the step %g", h)
	}
	// The support [0, ∞): no step goes beyond it.
	if h := StepWithin(0.1, func(h float64) float64 {
		if h > 0.1 {
			return math.NaN()
		}
		return 0
	}); h != 0x1p-4 {
		t.Errorf("near the end of the support the step is %g, want 1/16", h)
	}
	// A function of period ¼ comes back to its value: that change is no small one.
	wave := func(h float64) float64 { return 4 * math.Abs(math.Sin(4*math.Pi*h)) }
	if h := StepWithin(0, wave); h != 0x1p-7 {
		t.Errorf("a wave of period ¼ has the step %g, want 1/128", h)
	}
}

// TestRounding: the bound is above what rounding does to a large constant beside a
// small slope, and not far above.
func TestRounding(t *testing.T) {
	const size, h = 1e6, 0.25
	worst := 0.0
	for i := range 100 {
		x := float64(i) / 100
		f := func(x float64) float64 { return size + x/3 }
		last := h / (1 << (Levels - 1))
		worst = math.Max(worst, math.Abs((f(x+last)-f(x-last))/(2*last)-1.0/3))
	}
	if bound := Rounding(size, h); worst > bound || worst < bound/20 {
		t.Errorf("rounding changes a quotient by %g, the bound is %g", worst, bound)
	}
}

func TestRelative(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct{ off, allowed, want float64 }{
		{3, 2, 1.5}, {0, 0, 0}, {0, 1, 0}, {1, 0, inf}, {math.NaN(), 1, inf}, {inf, inf, inf},
	} {
		if got := Relative(c.off, c.allowed); got != c.want {
			t.Errorf("Relative(%v, %v) = %v, want %v", c.off, c.allowed, got, c.want)
		}
	}
}
