package portable

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestSpecialFunctions compares with values of 25 digits.
func TestSpecialFunctions(t *testing.T) {
	text, err := os.ReadFile("testdata/special.csv")
	if err != nil {
		t.Fatal(err)
	}
	ulp := func(x float64) float64 { return math.Nextafter(math.Abs(x), math.Inf(1)) - math.Abs(x) }
	// Errors in units of the last place of the value, and for functions with
	// zeros of the larger of 1 and the value.
	limit := map[string]float64{"erfc": 4, "quantile": 6, "sinpi": 1.5, "cospi": 1.5, "loggamma": 16}
	worst := map[string]float64{}
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n")[1:] {
		cells := strings.Split(line, ",")
		x, err := strconv.ParseFloat(cells[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		want, err := strconv.ParseFloat(cells[2], 64)
		if err != nil {
			t.Fatal(err)
		}
		var got float64
		unit := ulp(want)
		switch cells[0] {
		case "erfc":
			got = Erfc(x)
		case "quantile":
			got = NormalQuantile(x)
		case "sinpi":
			got, _ = SinCosPi(x)
			unit = 0x1p-53
		case "cospi":
			_, got = SinCosPi(x)
			unit = 0x1p-53
		case "loggamma":
			got = LogGamma(x)
			unit = ulp(max(1, math.Abs(want)))
		}
		e := math.Abs(got-want) / unit
		worst[cells[0]] = max(worst[cells[0]], e)
		if !(e <= limit[cells[0]]) {
			t.Errorf("%s(%v) = %.17g, want %.17g: %.1f units in the last place", cells[0], x, got, want, e)
		}
	}
	t.Logf("largest errors in units of the last place: %v", worst)
}

func TestSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		what      string
		got, want float64
	}{
		{"Erfc(0)", Erfc(0), 1},
		{"Erfc(∞)", Erfc(inf), 0},
		{"Erfc(−∞)", Erfc(-inf), 2},
		{"Erfc(28)", Erfc(28), 0},
		{"Erfc(NaN)", Erfc(nan), nan},
		{"Φ⁻¹(0)", NormalQuantile(0), -inf},
		{"Φ⁻¹(1)", NormalQuantile(1), inf},
		{"Φ⁻¹(½)", NormalQuantile(0.5), 0},
		{"Φ⁻¹(−1)", NormalQuantile(-1), nan},
		{"Φ⁻¹(2)", NormalQuantile(2), nan},
		{"Φ⁻¹(NaN)", NormalQuantile(nan), nan},
		{"ln Γ(1)", LogGamma(1), 0},
	} {
		if math.Float64bits(c.got) != math.Float64bits(c.want) && !(math.IsNaN(c.got) && math.IsNaN(c.want)) && !(math.Abs(c.got-c.want) < 4e-15) {
			t.Errorf("%s = %v, want %v", c.what, c.got, c.want)
		}
	}
	for n := range 9 {
		s, c := SinCosPi(float64(n) / 2)
		ws, wc := []float64{0, 1, 0, -1}[n%4], []float64{1, 0, -1, 0}[n%4]
		if s != ws || c != wc {
			t.Errorf("sin and cos of %d quarter turns are %v and %v", n, s, c)
		}
	}
	// Φ⁻¹ is odd to the last bit where 1 − p is exact.
	for i := range 1000 {
		p := float64(i+1) / 2048
		if a, b := NormalQuantile(p), NormalQuantile(1-p); a != -b {
			t.Errorf("Φ⁻¹(%v) = %v and Φ⁻¹(%v) = %v", p, a, 1-p, b)
		}
	}
}

func TestFrozenSpecialFunctions(t *testing.T) {
	const want = 0x941fe6ceaeff7e17
	hash := fnv.New64a()
	for i := range 5000 {
		x := float64(i) * 0.00537
		s, c := SinCosPi(x)
		for _, v := range []float64{Erfc(x), Erfc(-x), NormalQuantile(float64(i) / 5000), NormalQuantile(Exp(-x)), s, c, LogGamma(x + 0x1p-20)} {
			binary.Write(hash, binary.LittleEndian, v)
		}
	}
	if got := hash.Sum64(); got != want {
		t.Errorf("digest %#x, want %#x", got, uint64(want))
	}
}

func BenchmarkErfc(b *testing.B) {
	x := 0.0
	for b.Loop() {
		x += 1e-7
		Erfc(x)
	}
}

func BenchmarkNormalQuantile(b *testing.B) {
	p := 0.1
	for b.Loop() {
		p += 1e-10
		NormalQuantile(p)
	}
}
