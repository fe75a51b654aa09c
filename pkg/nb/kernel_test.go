package nb_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"natspike/pkg/racetest"
)

// cells are a notebook that uses this package. The setup cell is that of the
// notebooks, with the module's folder named.
var cells = []string{
	`!*rm -f go.work && go work init . "${NATSPIKE_ROOT}"
%noautoget
%goflags -ldflags=-w`,

	`import (
	"context"
	"fmt"
	"math"
	"time"

	"natspike/pkg/figure"
	"natspike/pkg/nb"
)

func relaxation(tau float64) *figure.Panel {
	return figure.New("Relaxation", "time (τ)", "mean").
		Func("mean", func(t float64) float64 { return 1 - math.Exp(-t/tau) }, 0, 5, figure.Natural)
}`,

	`%%
nb.Show(relaxation(1))
nb.ShowPNG(relaxation(2))`,

	`%%
nb.Show(relaxation(1))
nb.ShowPNG(relaxation(2))`,

	`%%
for range nb.Range(300, "sampling") {
	time.Sleep(time.Millisecond)
}
nb.Table([]string{"geometry", "ESS"}, nb.Row{"naive", 12.3456}, nb.Row{"natural", 987.6})
nb.Markdown("**measured**")`,

	`%%
tau := nb.Slider("τ", 0.1, 10, 2)
nb.Explore(func(context.Context) figure.Drawing { return relaxation(tau.Value()) }, tau)
nb.Frames("τ", []float64{1, 2, 4}, func(tau float64) figure.Drawing { return relaxation(tau) }, 1)
nb.Play(figure.Animation{Frames: 3, Frame: func(i int) figure.Drawing { return relaxation(float64(i + 1)) }})`,

	`%%
for range 2 {
	fmt.Println(nb.Cached("a key", func() (int, error) { fmt.Println("computed"); return 42, nil }))
}`,

	`%%
nb.Show(relaxation(math.NaN()))`,
}

// execute runs the cells with nbclient and the GoNB kernel, without a browser.
const execute = `
import nbformat, sys
from nbclient import NotebookClient
nb = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(nb, timeout=300, kernel_name="gonb", allow_errors=True).execute(cwd=".")
nbformat.write(nb, sys.argv[1])
`

type output struct {
	Type     string         `json:"output_type"`
	Name     string         `json:"name"`
	Text     any            `json:"text"`
	Data     map[string]any `json:"data"`
	Metadata map[string]any `json:"metadata"`
}

// text joins what the notebook format may split into lines.
func text(v any) string {
	if lines, ok := v.([]any); ok {
		var b strings.Builder
		for _, l := range lines {
			b.WriteString(l.(string))
		}
		return b.String()
	}
	s, _ := v.(string)
	return s
}

// TestKernel executes a notebook for real. It needs what scripts/lab sets up in
// the checkout, and is skipped where that is not there.
func TestKernel(t *testing.T) {
	racetest.Program(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	lab := filepath.Join(root, ".lab")
	python := filepath.Join(lab, "venv/bin/python")
	for _, need := range []string{python, filepath.Join(lab, "bin/gonb"), filepath.Join(lab, "jupyter/data/kernels/gonb/kernel.json")} {
		if _, err := os.Stat(need); err != nil {
			t.Skipf("no GoNB kernel in the checkout (%v): scripts/lab sets it up", err)
		}
	}
	if testing.Short() {
		t.Skip("starts a kernel")
	}

	type cell map[string]any
	var nb []cell
	for _, source := range cells {
		nb = append(nb, cell{"cell_type": "code", "source": source, "metadata": cell{}, "outputs": []any{}, "execution_count": nil})
	}
	data, err := json.Marshal(cell{"cells": nb, "metadata": cell{"kernelspec": cell{"name": "gonb", "display_name": "Go", "language": "go"}}, "nbformat": 4, "nbformat_minor": 4})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "test.ipynb")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-I", "-c", execute, path)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NATSPIKE_ROOT="+root, "NATSPIKE_CACHE="+filepath.Join(dir, "cache"), "GOWORK=", "GOFLAGS=",
		"PATH="+filepath.Join(lab, "bin")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"JUPYTER_DATA_DIR="+filepath.Join(lab, "jupyter/data"), "JUPYTER_RUNTIME_DIR="+filepath.Join(dir, "runtime"))
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	var done struct{ Cells []struct{ Outputs []output } }
	if err := json.Unmarshal(data, &done); err != nil {
		t.Fatal(err)
	}

	forms := func(o output) (m []string) {
		for _, k := range []string{"image/svg+xml", "image/png", "image/gif", "text/html", "text/markdown", "text/plain"} {
			if _, ok := o.Data[k]; ok {
				m = append(m, k)
			}
		}
		return m
	}
	expect := func(c int, want ...[]string) bool {
		t.Helper()
		var got [][]string
		for _, o := range done.Cells[c].Outputs {
			if o.Type != "display_data" {
				t.Errorf("cell %d: %s %q", c, o.Type, text(o.Text))
				continue
			}
			got = append(got, forms(o))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("cell %d shows %q; want %q", c, got, want)
			return false
		}
		return true
	}
	svg, png := []string{"image/svg+xml", "image/png", "text/plain"}, []string{"image/png", "text/plain"}
	if expect(2, svg, png) {
		o := done.Cells[2].Outputs
		if s := text(o[0].Data["image/svg+xml"]); !strings.HasPrefix(s, "<svg ") || !strings.HasSuffix(s, "</svg>\n") {
			t.Errorf("the SVG is %.80q…", s)
		}
		want := map[string]any{"width": 700.0, "height": 317.0}
		for i := range o {
			if got := o[i].Metadata["image/png"]; !reflect.DeepEqual(got, want) {
				t.Errorf("output %d has the size %v; want %v", i, got, want)
			}
			const words = "Relaxation. X axis time (τ) from 0 to 5; y axis mean from"
			for _, said := range []any{o[i].Metadata["alt"], o[i].Data["text/plain"]} {
				if !strings.HasPrefix(text(said), words) {
					t.Errorf("output %d is called %q", i, said)
				}
			}
		}
	}
	if !reflect.DeepEqual(done.Cells[2].Outputs, done.Cells[3].Outputs) {
		t.Error("the same cell shows something else the second time")
	}
	if expect(4, []string{"text/html", "text/plain"}, []string{"text/html", "text/plain"}, []string{"text/markdown", "text/plain"}) {
		o := done.Cells[4].Outputs
		for i, want := range []string{"sampling: 300 done", "naive     12.3", "**measured**"} {
			if got := text(o[i].Data["text/plain"]); !strings.Contains(got, want) {
				t.Errorf("output %d is %q; want %q in it", i, got, want)
			}
		}
	}
	expect(5, []string{"text/html", "text/plain"}, svg, []string{"image/png", "text/html", "text/plain"}, []string{"text/html", "text/plain"})
	var printed string
	for _, o := range done.Cells[6].Outputs {
		printed += text(o.Text)
	}
	if printed != "computed\n42\n42\n" {
		t.Errorf("a cached value asked for twice gives %q", printed)
	}
	var errs, kinds []string
	for _, o := range done.Cells[7].Outputs {
		kinds = append(kinds, o.Type)
		if o.Name == "stderr" {
			errs = append(errs, text(o.Text))
		}
	}
	if all := strings.Join(errs, ""); !strings.HasPrefix(all, "figure: Func \"mean\": f(0) = NaN is not finite\n") || kinds[len(kinds)-1] != "error" {
		t.Errorf("a broken figure gives %q and %q", kinds, all)
	}
}
