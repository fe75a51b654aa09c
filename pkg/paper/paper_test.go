package paper

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"natspike/pkg/archive"
	"natspike/pkg/figure"
	"natspike/pkg/metric"
	model "natspike/pkg/oldtrial"
	"natspike/pkg/stream"
)

// TestThePapersNumbers holds the experiments to what the paper has.
func TestThePapersNumbers(t *testing.T) {
	want := map[string]struct{ setups, repeats int }{
		"balanced-timecourse":    {2 * 2, 100},
		"balanced-correlation":   {2 * 100, 100},
		"balanced-dimension":     {2 * 7 * 4, 100},
		"balanced-spikes":        {2, 1000},
		"metropolis-base":        {2, 100},
		"metropolis-correlation": {2 * 100, 100},
		"metropolis-dimension":   {2 * 6, 100},
		"metropolis-scale":       {2 * 101, 100},
		"metropolis-spikes":      {2, 1000},
	}
	for _, e := range Experiments() {
		w, ok := want[e.Name]
		if !ok {
			t.Errorf("an experiment %q", e.Name)
		}
		delete(want, e.Name)
		for _, corrected := range []bool{false, true} {
			setups := e.Setups(corrected)
			if len(setups) != w.setups || e.Repeats != w.repeats {
				t.Errorf("%s: %d setups of %d repeats, want %d of %d", e.Name, len(setups), e.Repeats, w.setups, w.repeats)
			}
			for i, s := range setups {
				if err := s.Check(); err != nil {
					t.Errorf("%s: %v", e.Name, err)
				}
				if g := []metric.Geometry{metric.Naive, metric.Natural}[i%2]; s.Geometry != g {
					t.Errorf("%s: setup %d is %v, want %v", e.Name, i, s.Geometry, g)
				}
				if s.Model != model.Balanced || !corrected {
					continue
				}
				// Euler's method is stable below 2.
				least := 3 * (1 - s.Rho) // eigenvalue of Σ
				if h := s.DT / s.TauS / least; s.Geometry == metric.Naive && !(h < 2) {
					t.Errorf("%s: ρ = %v is past the stability of Euler's method: %v", e.Name, s.Rho, h)
				}
			}
		}
	}
	for name := range want {
		t.Errorf("there is no experiment %q", name)
	}
}

// TestAuthorsValuesAreFound: what was measured from the authors' programs has a
// place in the experiments, all of it.
func TestAuthorsValuesAreFound(t *testing.T) {
	cells := map[string]int{
		"balanced-timecourse": 16, "balanced-correlation": 8, "balanced-dimension": 10, "balanced-spikes": 2,
		"metropolis-base": 2, "metropolis-correlation": 8, "metropolis-dimension": 6, "metropolis-scale": 8, "metropolis-spikes": 2,
	}
	for _, e := range Experiments() {
		for _, corrected := range []bool{false, true} {
			r := &Result{Experiment: e, Options: Options{Corrected: corrected}, Setups: e.Setups(corrected)}
			for _, s := range r.Setups {
				if e.record != courses {
					r.Cells = append(r.Cells, Cell{Setup: s, Time: math.NaN()})
					continue
				}
				for _, at := range courseTimes {
					r.Cells = append(r.Cells, Cell{Setup: s, Time: at})
				}
			}
			if err := r.compare(); err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, c := range r.Cells {
				if c.authors != nil {
					found++
				}
			}
			want := cells[e.Name]
			if corrected {
				want = 0
			}
			if found != want {
				t.Errorf("%s (corrected %v): %d cells have authors' values, want %d", e.Name, corrected, found, want)
			}
		}
	}
}

// tiny is an experiment of three setups, of which one cannot be run.
func tiny(rec record) *Experiment {
	return &Experiment{
		Name: "tiny", Title: "Tiny", Caption: "A test.", Repeats: 20, record: rec,
		setups: func(bool) []model.Setup {
			s := model.PaperBalanced(3, 5, 0.5, metric.Naive)
			if rec != courses {
				s.Before, s.After = 0.02, 0.06
			}
			bad := s
			bad.Rho = 1
			return append(both(s), bad)
		},
		draw: func(r *Result) *figure.Figure { return figure.New("", "x", "y").HLine("", 1).Figure() },
	}
}

// TestRunGoesOn stops a run, goes on with another number of workers, and wants
// the bytes of one that was not stopped.
func TestRunGoesOn(t *testing.T) {
	for _, rec := range []record{rows, courses, neurons} {
		e := tiny(rec)
		o := Options{Seed: 4, Fraction: 0.4, Dir: t.TempDir(), Workers: 1}
		if _, err := e.Run(context.Background(), o); err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(o.path("tiny.parquet"))
		if err != nil {
			t.Fatal(err)
		}

		o.Dir, o.Workers = t.TempDir(), 3
		ctx, stop := context.WithCancel(context.Background())
		var done atomic.Int32
		o.Done = func(int) {
			if done.Add(1) == 7 {
				stop()
			}
		}
		if _, err := e.Run(ctx, o); !errors.Is(err, context.Canceled) {
			t.Errorf("record %d: the error of a stopped run is %v", rec, err)
		}
		var work atomic.Int64
		o.Done = func(w int) { work.Add(int64(w)) }
		r, err := e.Run(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		if got := int(work.Load()); got != TotalWork([]*Experiment{e}, o) {
			t.Errorf("record %d: the work was %d, want %d", rec, got, TotalWork([]*Experiment{e}, o))
		}
		if got, err := os.ReadFile(o.path("tiny.parquet")); err != nil || !bytes.Equal(got, want) {
			t.Errorf("record %d: other bytes after a stop (%v)", rec, err)
		}
		if r.Repeats != 8 || r.Failed != 8 || !strings.Contains(r.Failure, "ρ = 1") {
			t.Errorf("record %d: %d repeats, %d failed: %s", rec, r.Repeats, r.Failed, r.Failure)
		}

		// Data of other options are refused, not mixed in.
		o.Seed = 5
		if _, err := e.Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "seed is 4, not 5") {
			t.Errorf("record %d: data of another seed: %v", rec, err)
		}
	}
}

// TestEstimates compares the sums with the trials themselves.
func TestEstimates(t *testing.T) {
	o := Options{Seed: 4, Repeats: 5, Dir: t.TempDir()}
	byRow, err := tiny(rows).Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = t.TempDir()
	byNeuron, err := tiny(neurons).Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range byRow.Setups[:2] {
		mean := 0.0
		for repeat := range 5 {
			tr, err := model.Run(s, 4, uint32(repeat))
			if err != nil {
				t.Fatal(err)
			}
			row, err := tr.Row()
			if err != nil {
				t.Fatal(err)
			}
			mean += row.MeanEnd / 5
		}
		e := byRow.Cells[i].Of("mean_end")
		if math.Abs(e.Mean-mean) > 1e-12 || e.Repeats != 5 || !(e.Lo <= e.Mean && e.Mean <= e.Hi) || math.Abs(e.SE*math.Sqrt(5)-e.SD) > 1e-12 {
			t.Errorf("mean_end of %v is %+v, want %v", s.Geometry, e, mean)
		}
		for _, column := range []string{"rate", "silent", "isi", "cv_median"} {
			if a, b := byRow.Cells[i].Of(column), byNeuron.Cells[i].Of(column); a != b && !math.IsNaN(a.Mean+b.Mean) {
				t.Errorf("%s of %v is %+v by trials and %+v by neurons", column, s.Geometry, a, b)
			}
		}
		if n := len(byNeuron.Cells[i].Estimates); n != len(summedUp) {
			t.Errorf("%d columns are summed up from neurons, want %d", n, len(summedUp))
		}
	}
	if e := byRow.Cells[2].Of("mean_end"); !math.IsNaN(e.Mean) || e.Repeats != 0 {
		t.Errorf("a setup that cannot be run has %+v", e)
	}
	if n := len(byRow.Summary()); n != 3*len(statistics) {
		t.Errorf("%d lines of summary, want %d", n, 3*len(statistics))
	}
}

// TestBootstrapCovers draws 400 samples of 30 from N(1, 1). The percentile
// interval holds the mean in about 93.7 % of them, as √(29/30)·1.96 is that
// quantile of Student's law; the standard error of the share is 1.2 %. The
// negative control is a mean that is half a standard error off.
func TestBootstrapCovers(t *testing.T) {
	const samples, n = 400, 30
	rng := stream.New(7)
	covered, wrong := 0, 0
	for k := range samples {
		x := make([]float64, n+1)
		for i := range x {
			x[i] = 1 + stream.Normal(rng)
		}
		x[k%n] = math.NaN() // is left out
		r := &Result{}
		r.Cells = make([]Cell, k) // other weights each time
		r.add(model.Setup{}, math.NaN(), []string{"x"}, [][]float64{x})
		e := r.Cells[k].Estimates[0]
		if e.Repeats != n {
			t.Fatalf("%d repeats, want %d", e.Repeats, n)
		}
		if e.Lo <= 1 && 1 <= e.Hi {
			covered++
		}
		if off := 1 + 0.75/math.Sqrt(n); e.Lo <= off && off <= e.Hi {
			wrong++
		}
	}
	student := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: n - 1}
	want := 2*student.CDF(1.96*math.Sqrt((n-1.0)/n)) - 1
	se := math.Sqrt(want * (1 - want) / samples)
	z := func(hits int) float64 { return (float64(hits)/samples - want) / se }
	if math.Abs(z(covered)) > 4 {
		t.Errorf("the interval holds the mean in %d of %d samples, want %.1f %% (z = %.1f)", covered, samples, 100*want, z(covered))
	}
	if z(wrong) > -4 {
		t.Errorf("the interval holds a wrong mean in %d of %d samples", wrong, samples)
	}
}

// TestMake makes two of the figures with few repeats, one after the other, and
// wants a page with both.
func TestMake(t *testing.T) {
	o := Options{Repeats: 3, Dir: filepath.Join(t.TempDir(), "new")}
	for _, name := range []string{"balanced-timecourse", "metropolis-base"} {
		e, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		var begun []string
		if err := Make(context.Background(), []*Experiment{e}, o, func(e *Experiment) { begun = append(begun, e.Name) }); err != nil {
			t.Fatal(err)
		}
		if len(begun) != 1 || begun[0] != name {
			t.Errorf("begun with %v, want %s", begun, name)
		}
		for _, suffix := range []string{".parquet", "-summary.parquet", ".svg", ".png"} {
			if info, err := os.Stat(o.path(name + suffix)); err != nil || info.Size() < 1000 {
				t.Errorf("%s%s: %v", name, suffix, err)
			}
		}
		if _, err := os.Stat(o.path(name)); !os.IsNotExist(err) {
			t.Errorf("the parts of %s are left: %v", name, err)
		}
		compared := 0
		for l, err := range archive.Rows[Line](o.path(name + "-summary.parquet")) {
			if err != nil {
				t.Fatal(err)
			}
			if l.AuthorsRepeats > 0 {
				compared++
				// Three repeats of ours: Student's law has heavy tails, but not so heavy.
				if math.Abs(l.Departure) > 5 {
					t.Errorf("%s: %s of %s is %v ± %v, the authors' %v ± %v", name, l.Column, l.Geometry, l.Mean, l.SE, l.AuthorsMean, l.AuthorsSE)
				}
			}
		}
		if compared < 30 {
			t.Errorf("%s: %d values are compared with the authors'", name, compared)
		}
	}
	page, err := os.ReadFile(o.path("index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="balanced-timecourse"`, `id="metropolis-base"`, "data:image/svg&#43;xml;base64,", "Beside the authors"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestPagePointsOutDepartures: the page says so where ours are not the authors'.
func TestPagePointsOutDepartures(t *testing.T) {
	o := Options{Repeats: 6, Dir: t.TempDir()}
	r, err := metropolisBase.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if c := r.comparison(); c == nil || c.Count < 40 || c.Beyond > 0 || !(c.RMS < 2) {
		t.Fatalf("the comparison is %+v", c)
	}
	for k, e := range r.Cells[1].Estimates {
		if e.Column == "var_end" {
			for i := range r.Cells[1].samples[k] {
				r.Cells[1].samples[k][i] *= 1.2
			}
		}
	}
	if c := r.comparison(); c.Beyond != 1 {
		t.Errorf("%d departures are pointed out, want the one that is wrong", c.Beyond)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Fraction: -0.1}, {Fraction: 1.5}, {Fraction: math.NaN()}, {Repeats: -1}, {Workers: -2}} {
		if err := o.Check(); err == nil {
			t.Errorf("%+v passes", o)
		}
		if _, err := balancedSpikes.Run(context.Background(), o); err == nil {
			t.Errorf("%+v runs", o)
		}
	}
	for want, o := range map[string]Options{"": {}, "0.02": {Fraction: 0.02}, "corrected-5repeats-seed3": {Corrected: true, Repeats: 5, Seed: 3}} {
		if got := o.String(); got != want {
			t.Errorf("%+v is called %q, want %q", o, got, want)
		}
	}
	if n := (Options{Fraction: 0.02}).repeats(balancedSpikes); n != 20 {
		t.Errorf("a fiftieth of 1000 repeats is %d", n)
	}
	if _, err := Lookup("fig-1"); err == nil || !strings.Contains(err.Error(), "balanced-correlation") {
		t.Errorf("an unknown figure: %v", err)
	}
}
