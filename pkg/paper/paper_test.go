package paper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"natspike/pkg/archive"
	"natspike/pkg/figure"
	"natspike/pkg/metric"
	"natspike/pkg/racetest"
	"natspike/pkg/trial"
	"natspike/pkg/trial/model"
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
			setups := e.setups(corrected)
			if len(setups) != w.setups || e.Repeats != w.repeats {
				t.Errorf("%s: %d setups of %d repeats, want %d of %d", e.Name, len(setups), e.Repeats, w.setups, w.repeats)
			}
			for i, s := range setups {
				if err := s.Validate(); err != nil {
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
	conditions := map[string]int{
		"balanced-timecourse": 16, "balanced-correlation": 8, "balanced-dimension": 10, "balanced-spikes": 2,
		"metropolis-base": 2, "metropolis-correlation": 8, "metropolis-dimension": 6, "metropolis-scale": 8, "metropolis-spikes": 2,
	}
	for _, e := range Experiments() {
		for _, corrected := range []bool{false, true} {
			r := &Result{Experiment: e, Options: Options{Corrected: corrected}, Setups: e.setups(corrected)}
			for _, s := range r.Setups {
				measures, err := e.measures(r.Options.task(s, 0))
				if err != nil {
					t.Fatal(err)
				}
				r.Conditions = append(r.Conditions, e.conditions(s, &trial.Table{Columns: trial.Columns(measures...)})...)
			}
			if err := r.compare(); err != nil {
				t.Fatal(err)
			}
			found := 0
			for _, c := range r.Conditions {
				if c.authors == nil {
					continue
				}
				found++
				for _, s := range c.authors.Stats {
					// Of the neurons' intervals there are spikes alone.
					ours := slices.Contains(c.columns, s.Name)
					if !ours && !(strings.HasSuffix(e.Name, "spikes") && !slices.Contains([]string{"rate_after", "silent_after", "few_after", "isi_after", "cv_after"}, s.Name)) {
						t.Errorf("%s: %v has %s, and ours has no such column", e.Name, c.authors, s.Name)
					}
				}
			}
			want := conditions[e.Name]
			if corrected {
				want = 0
			}
			if found != want {
				t.Errorf("%s (corrected %v): %d conditions have authors' values, want %d", e.Name, corrected, found, want)
			}
		}
	}
}

// tiny is an experiment of three setups, of which one cannot be run.
func tiny(measures func(t task) ([]trial.Measure, error), times []float64) *Experiment {
	return &Experiment{
		Name: "tiny", Title: "Tiny", Caption: "A test.", Repeats: 20, measures: measures, times: times,
		setups: func(bool) []model.Setup {
			s := model.PaperBalanced(3, 5, 0.5, metric.Naive)
			if times == nil {
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
	for name, e := range map[string]*Experiment{
		"statistics": tiny(task.statistics, nil), "courses": tiny(task.courses, courseTimes), "spikes": tiny(task.spikeStatistics, nil),
	} {
		t.Run(name, func(t *testing.T) {
			if name != "statistics" {
				racetest.Larger(t, "TestRunGoesOn/statistics")
			}
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
			o.Done = func(float64) {
				if done.Add(1) == 7 {
					stop()
				}
			}
			if _, err := e.Run(ctx, o); !errors.Is(err, context.Canceled) {
				t.Errorf("the error of a stopped run is %v", err)
			}
			var shares []float64
			o.Done = func(share float64) { shares = append(shares, share) }
			r, err := e.Run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(shares) != 24 || !slices.IsSorted(shares) || shares[0] <= 0 || math.Abs(shares[23]-1) > 1e-12 {
				t.Errorf("the shares done are %v", shares)
			}
			if got, err := os.ReadFile(o.path("tiny.parquet")); err != nil || !bytes.Equal(got, want) {
				t.Errorf("other bytes after a stop (%v)", err)
			}
			if r.Repeats != 8 || r.Failed != 8 || !strings.Contains(r.Failure, "rho = 1") {
				t.Errorf("%d repeats, %d failed: %s", r.Repeats, r.Failed, r.Failure)
			}

			// Data of other options are refused, not mixed in.
			o.Seed = 5
			if _, err := e.Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), "seed is 4, not 5") {
				t.Errorf("data of another seed: %v", err)
			}
		})
	}
}

// TestEstimates compares the sums with the trials themselves.
func TestEstimates(t *testing.T) {
	o := Options{Seed: 4, Repeats: 5, Dir: t.TempDir()}
	statistics, err := tiny(task.statistics, nil).Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Dir = t.TempDir()
	spikes, err := tiny(task.spikeStatistics, nil).Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range statistics.Setups[:2] {
		mean := 0.0
		for repeat := range 5 {
			task := o.task(s, uint32(repeat))
			measures, err := task.statistics()
			if err != nil {
				t.Fatal(err)
			}
			recording, err := task.present()
			if err != nil {
				t.Fatal(err)
			}
			values, err := model.Measured(recording, measures...)
			if err != nil {
				t.Fatal(err)
			}
			k := slices.IndexFunc(trial.Columns(measures...), func(c trial.Column) bool { return c.Name == "mean_after" })
			mean += values[k] / 5
		}
		e := statistics.Conditions[i].Of("mean_after")
		if math.Abs(e.Mean-mean) > 1e-12 || e.N != 5 || e.Bounded() || math.Abs(e.SE*math.Sqrt(5)-e.SD) > 1e-12 {
			t.Errorf("the mean of %v is %+v, want %v", s.Geometry, e, mean)
		}
		for _, column := range []string{"rate_after", "silent_after", "isi_after", "cv_median_after"} {
			if a, b := statistics.Conditions[i].Of(column), spikes.Conditions[i].Of(column); fmt.Sprint(a) != fmt.Sprint(b) {
				t.Errorf("%s of %v is %+v in one experiment and %+v in another", column, s.Geometry, a, b)
			}
		}
		total := 0.0
		for k := range shareBins {
			total += spikes.Conditions[i].Of(neuronShares[0].column(k)).Mean
		}
		if silent := spikes.Conditions[i].Of("silent_after").Mean; math.Abs(total+silent-1) > 1e-12 {
			t.Errorf("%v of the neurons have a rate and %v are silent", total, silent)
		}
	}
	if e := statistics.Conditions[2].Of("mean_after"); !math.IsNaN(e.Mean) || e.N != 0 {
		t.Errorf("a setup that cannot be run has %+v", e)
	}
	if n, want := len(statistics.Summary()), 3*len(statistics.Conditions[0].columns); n != want || want < 30 {
		t.Errorf("%d rows of summary, want %d", n, want)
	}
}

// TestMake makes two of the figures with few repeats, one after the other, and
// wants a page with both. One call for both gives the same files.
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
		for l, err := range archive.Rows[SummaryRow](o.path(name + "-summary.parquet")) {
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
	both := Options{Repeats: 3, Dir: t.TempDir()}
	var shares []float64
	both.Done = func(share float64) { shares = append(shares, share) }
	if err := Make(context.Background(), []*Experiment{metropolisBase, balancedCourse}, both, func(*Experiment) {}); err != nil {
		t.Fatal(err)
	}
	if n := 3 * (4 + 2); len(shares) != n || !slices.IsSorted(shares) || math.Abs(shares[n-1]-1) > 1e-12 {
		t.Errorf("the shares done are %v", shares)
	}
	files, err := os.ReadDir(o.Dir)
	if err != nil || len(files) != 9 {
		t.Errorf("%d files, want 9 (%v)", len(files), err)
	}
	for _, f := range files {
		a, err := os.ReadFile(o.path(f.Name()))
		b, err2 := os.ReadFile(both.path(f.Name()))
		if err != nil || err2 != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: other bytes if both are made in one call (%v, %v)", f.Name(), err, err2)
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
	natural := r.Conditions[1]
	k := slices.IndexFunc(natural.table.Columns, func(c trial.Column) bool { return c.Name == "var_after" })
	for _, row := range natural.table.Rows {
		row[k] *= 1.2
	}
	if c := r.comparison(); c.Beyond != 1 {
		t.Errorf("%d departures are pointed out, want the one that is wrong", c.Beyond)
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{Fraction: -0.1}, {Fraction: 1.5}, {Fraction: math.NaN()}, {Repeats: -1}, {Workers: -2}} {
		if err := o.Validate(); err == nil {
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
