package main

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"natspike/pkg/racetest"
)

var queries = []string{
	"network=balanced",
	"network=metropolis&rho=0.9&geometry=natural",
	"network=balanced&geometry=naive&n_p=3&k=4&lambda=1&scale=0.5&seed=7",
}

// A program compiled to WebAssembly gives the digests that a native one gives.
func TestDigestsInWebAssembly(t *testing.T) {
	racetest.Program(t)
	if testing.Short() {
		t.Skip("builds the standard library for WebAssembly")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("there is no node on PATH: scripts/browser compares the digest in Chromium")
	}
	wasm := filepath.Join(t.TempDir(), "play.wasm")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", wasm, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	script := `
require(process.argv[1] + "/lib/wasm/wasm_exec.js");
const go = new Go();
WebAssembly.instantiate(require("fs").readFileSync(process.argv[2]), go.importObject).then(({instance}) => {
  go.run(instance);
  for (const q of JSON.parse(process.argv[3])) console.log(JSON.parse(natspike.start(q)).digest);
  process.exit(0);
});`
	list, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, "-e", script, strings.TrimSpace(string(root)), wasm, string(list)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := strings.Fields(string(out))
	for i, q := range queries {
		want, err := digest(q)
		if err != nil {
			t.Fatal(err)
		}
		if i >= len(got) || got[i] != want {
			t.Errorf("%s: WebAssembly gives %v, a native program %s", q, got, want)
		}
	}
}

// Another seed and another correlation give other digests.
func TestDigestsDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, q := range append(queries, "network=balanced&seed=2", "network=balanced&rho=0.5") {
		d, err := digest(q)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[d]; ok {
			t.Errorf("%s and %s have one digest", q, other)
		}
		seen[d] = q
	}
}

func TestStartRefuses(t *testing.T) {
	for query, want := range map[string]string{
		"rho=2":          "rho = 2",
		"nothing=1":      `"nothing"`,
		"rho=0:0.5:0.1":  "one value of each key",
		"n_p=33":         "must not be above 32",
		"network=%":      "key=value",
		"network=square": "square",
		"seed=-1":        "seed",
		"dt=1e-9":        "must not be below 1e-06",
	} {
		if _, err := start(query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %s", query, err, want)
		}
	}
}

// What the page draws is what the network did: spikes counted once, estimates at
// equal times, and moments of the time since the target moved.
func TestRun(t *testing.T) {
	n, err := start("network=balanced&n_p=2&k=10")
	if err != nil {
		t.Fatal(err)
	}
	n.run(300)
	all := n.take()
	spikes, estimates := int(all[0]), int(all[1])
	if len(all) != 2+2*spikes+4*estimates || estimates != 300 || spikes == 0 {
		t.Fatalf("%d numbers, %d spikes, %d estimates", len(all), spikes, estimates)
	}
	total := 0
	for _, c := range n.counts {
		total += c
	}
	if total != spikes {
		t.Errorf("%d spikes counted, %d drawn", total, spikes)
	}
	if again := n.take(); again[0] != 0 || again[1] != 0 {
		t.Errorf("%v is drawn twice", again[:2])
	}
	if err := n.move(0); err != nil {
		t.Fatal(err)
	}
	n.run(10_000)
	s := n.state()
	if s.Target != 0 || math.Abs(s.Seen-1) > 1e-9 || math.Abs(s.Time-1.03) > 1e-9 {
		t.Errorf("the state is of %v s of %v s at a target of %v", s.Seen, s.Time, s.Target)
	}
	if s.Variance <= 0 || s.Ellipse[0] <= 0 || len(s.Rates) != 20 {
		t.Errorf("the state is %+v", s)
	}
	f := n.facts()
	if f.Neurons != 20 || f.Dims != 2 || !strings.Contains(f.File, `k = "10"`) || !strings.Contains(f.Cell, `spec.Set("n_p", "2")`) {
		t.Errorf("the facts are %+v", f)
	}
}

// FuzzStart gives the page any address: it is refused with a sentence, or gives a
// network that runs and whose numbers JSON can hold.
func FuzzStart(f *testing.F) {
	for _, q := range append(queries, "rho=2", "mean=1e300", "scale=1e-200&k=2", "%zz", "network=metropolis&gain=Inf&tau_m=Inf", "lambda=1e308&network=balanced") {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, query string) {
		n, err := start(query)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		n.run(20)
		n.take()
		for _, v := range []any{n.facts(), n.state()} {
			if _, err := json.Marshal(v); err != nil {
				t.Errorf("%s: %v", query, err)
			}
		}
	})
}
