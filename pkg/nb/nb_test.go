package nb

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"natspike/pkg/figure"
)

// capture runs f as a cell without a kernel, and returns what it wrote and the
// status with which it ended, −1 if it did not end early.
func capture(t *testing.T, f func()) (printed, said string, status int) {
	t.Helper()
	streams := []**os.File{&os.Stdout, &os.Stderr}
	var written [2]string
	func() {
		for i, stream := range streams {
			f, err := os.Create(filepath.Join(t.TempDir(), "stream"))
			if err != nil {
				t.Fatal(err)
			}
			defer func(old *os.File) {
				*stream = old
				text, err := os.ReadFile(f.Name())
				if written[i] = string(text); err != nil || f.Close() != nil {
					t.Fatal(err)
				}
			}(*stream)
			*stream = f
		}
		status = -1
		type ended struct{}
		exit = func(code int) { status = code; panic(ended{}) }
		defer func() {
			exit = os.Exit
			if r := recover(); r != nil {
				if _, ok := r.(ended); !ok {
					panic(r)
				}
			}
		}()
		f()
	}()
	return written[0], written[1], status
}

func line() *figure.Panel {
	return figure.New("", "x", "y").Line("", []float64{0, 1}, []float64{0, 1})
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{0.0, "0"}, {1.0, "1.00"}, {-1.5, "−1.50"}, {0.012345, "0.0123"}, {123456.7, "123457"},
		{1.5e9, "1.50×10⁹"}, {-2.5e-7, "−2.50×10⁻⁷"}, {1e-4, "0.000100"}, {float32(0.5), "0.500"},
		{9.999, "10.0"}, {0.9999, "1.00"}, {99.96, "100"}, {999999.9, "1.00×10⁶"},
		{math.NaN(), "NaN"}, {math.Inf(-1), "−∞"}, {-3, "−3"}, {uint8(7), "7"}, {"as it is", "as it is"},
		{nil, ""}, {true, "true"}, {[]int{1, 2}, "[1 2]"},
	} {
		if got := format(c.v); got != c.want {
			t.Errorf("format(%v) = %q; want %q", c.v, got, c.want)
		}
	}
}

func TestTableHTML(t *testing.T) {
	tab, err := newTable([]string{"a<b", "n"}, []Row{{"x&y", 1}, {"z"}})
	if err != nil {
		t.Fatal(err)
	}
	got := tab.html()
	for _, want := range []string{"<th style=\"text-align:left\">a&lt;b</th>", "<td style=\"text-align:left\">x&amp;y</td>", "<td style=\"text-align:right\">1</td>", "<td style=\"text-align:right\"></td>"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is not in %s", want, got)
		}
	}
	_, errs, status := capture(t, func() { Table([]string{"a"}, Row{1, 2}) })
	if status != 1 || !strings.Contains(errs, "row 0 of the table has 2 cells for 1 columns") {
		t.Errorf("too long a row: status %d, %q", status, errs)
	}
}

func TestWithoutKernel(t *testing.T) {
	out, errs, status := capture(t, func() {
		Show(figure.Row(line(), line()).Title("Two"))
		ShowPNG(line())
		Markdown("**bold**")
		rho, way := Slider("ρ", 0, 0.99, 0.75), Menu("geometry", "naive", "natural")
		Explore(func(context.Context) figure.Drawing { return line() }, rho, way)
		Frames("p", []int{2, 20}, func(int) figure.Drawing { return line() }, 1)
		Play(figure.Animation{Frames: 2, Frame: func(int) figure.Drawing { return line() }})
		for range Range(3, "counting") {
		}
		for i := range Range(3000, "halfway") {
			if i == 1500 {
				break
			}
		}
		for i, v := range Track(2, "tracked", slices.All([]string{"a", "b"})) {
			fmt.Println(i, v)
		}
	})
	const one = "figure: X axis x from 0 to 1; y axis y from −0.05 to 1.05.\n"
	wantOut := "figure: Two. X axis x from 0 to 1; y axis y from −0.05 to 1.05. X axis x from 0 to 1; y axis y from −0.05 to 1.05.\n" + one +
		"**bold**\nρ = 0.75, geometry = naive\n" + one + "figure: p = 20 (frame 2 of 2). " + strings.TrimPrefix(one, "figure: ") + "animation of 2 frames\n0 a\n1 b\n"
	const wantErrs = "counting: 3 done\nhalfway: stopped after 1\u202f500 of 3\u202f000\ntracked: 2 done\n"
	if out != wantOut || errs != wantErrs || status != -1 {
		t.Errorf("status %d\nout:\n%s\nerrors:\n%s", status, out, errs)
	}
}

func TestFailures(t *testing.T) {
	bad := figure.New("", "", "").Line("naive", []float64{0}, []float64{math.NaN()})
	for want, f := range map[string]func(){
		`Line "naive": y[0] = NaN`:              func() { Show(bad) },
		`Line "naive": y[0]`:                    func() { ShowPNG(bad) },
		`frame 0: figure: Line "naive"`:         func() { Play(figure.Animation{Frames: 1, Frame: func(int) figure.Drawing { return bad }}) },
		`slider "s" goes from 0 to 9`:           func() { Explore(nil, Slider("s", 0, 9, 10)) },
		`slider "l" goes from 0 to 9`:           func() { Explore(nil, LogSlider("l", 0, 9, 1)) },
		`slider "i" has 1001 positions`:         func() { Explore(nil, IntSlider("i", 0, 1000, 1)) },
		`menu "m" has no options`:               func() { Explore(nil, Menu("m")) },
		`frames "f" are 0`:                      func() { Frames[int]("f", nil, nil) },
		`frames "f" are 1, shown from number 1`: func() { Frames("f", []int{1}, nil, 1) },
		`frame f = 0.5: figure: Line "naive"`:   func() { Frames("f", []float64{0.5}, func(float64) figure.Drawing { return bad }) },
		`progress "p" has -1 steps`:             func() { Progress(-1, "p") },
		"out of luck":                           func() { Check(errors.New("out of luck")) },
		"out of must":                           func() { Must(1, errors.New("out of must")) },
		"out of two":                            func() { Must2(1, 2, errors.New("out of two")) },
		"key func(): (func()) has no value":     func() { Cached(func() {}, func() (int, error) { return 1, nil }) },
		"not computed":                          func() { Cached(t.Name(), func() (int, error) { return 0, errors.New("not computed") }) },
	} {
		t.Setenv(CacheDir, t.TempDir())
		if _, errs, status := capture(t, f); status != 1 || !strings.Contains(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("status %d and %q; want 1 and %q on one line", status, errs, want)
		}
	}
	Check(nil)
	if a, b := Must2(1, "b", nil); Must(a, nil) != 1 || b != "b" {
		t.Error("Must changes its argument")
	}
}

func TestProgressCounts(t *testing.T) {
	_, errs, _ := capture(t, func() {
		b := Progress(1_000_000, "steps")
		done := make(chan bool)
		for range 4 {
			go func() {
				for range 250 {
					b.Add(1000)
				}
				done <- true
			}()
		}
		for range 4 {
			<-done
		}
		b.Add(1) // after the end: nothing more
		b.Done()
	})
	if errs != "steps: 1\u202f000\u202f000 done\n" {
		t.Errorf("%q", errs)
	}
}

type key struct {
	Version int
	Rho     float64
	hidden  string
	Mean    []float64
	Next    *key
	Any     any
}

func TestCached(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(CacheDir, dir)
	calls := 0
	get := func(k any) *mat.Dense {
		return Cached(k, func() (*mat.Dense, error) {
			calls++
			return mat.NewDense(1, 2, []float64{float64(calls), math.Pi}), nil
		})
	}
	base := key{Version: 1, Rho: 0.75, Mean: []float64{1, 2}, Next: &key{Rho: 0.5}}
	first := get(base)
	again := base
	again.Next = &key{Rho: 0.5} // another pointer to the same value
	if second := get(again); calls != 1 || !mat.Equal(first, second) {
		t.Errorf("the second call gives %v after %d computations; want %v after 1", second, calls, first)
	}
	// Whatever differs must be computed.
	for i, change := range []func(k *key){
		func(k *key) { k.Version = 2 },
		func(k *key) { k.Rho = math.Nextafter(0.75, 1) },
		func(k *key) { k.hidden = "x" },
		func(k *key) { k.Mean = []float64{1, 2, 0} },
		func(k *key) { k.Next = nil },
		func(k *key) { k.Next = &key{Rho: 0.5, hidden: "y"} },
		func(k *key) { k.Any = int32(1) },
		func(k *key) { k.Any = int64(1) },
		func(k *key) { k.Any = []string{"a b"} },
		func(k *key) { k.Any = []string{"a", "b"} },
	} {
		k := base
		change(&k)
		before := calls
		get(k)
		if calls != before+1 {
			t.Errorf("change %d of the key is not seen", i)
		}
	}
	type other struct{ key }
	if before := calls; get(other{base}) == nil || calls != before+1 {
		t.Error("another type of key is not seen")
	}
	if before := calls; Cached(base, func() (int, error) { calls++; return calls, nil }) != before+1 {
		t.Error("another type of result is not seen")
	}
	// A damaged file is computed again, and "off" always is.
	files, err := filepath.Glob(filepath.Join(dir, "*.gob"))
	if err != nil || len(files) != calls {
		t.Fatalf("%d files for %d results (%v)", len(files), calls, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, data[:len(data)/2], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	before := calls
	if get(base); calls != before+1 {
		t.Error("a damaged file is not computed again")
	}
	if get(base); calls != before+1 {
		t.Error("a repaired file is computed again")
	}
	t.Setenv(CacheDir, "off")
	if get(base); calls != before+2 {
		t.Error("the cache is not off")
	}
	type loop struct{ Self *loop }
	l := &loop{}
	l.Self = l
	t.Setenv(CacheDir, dir)
	if _, errs, status := capture(t, func() { get(l) }); status != 1 || !strings.Contains(errs, "contains itself") {
		t.Errorf("a key that contains itself: %d, %q", status, errs)
	}
}
