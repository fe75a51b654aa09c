package main

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"natspike/pkg/racetest"
	"natspike/scripts/internal/command"
)

// module writes a module of one package and returns its folder.
func module(t *testing.T, source, test string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module toy\n\ngo 1.26\n", "toy.go": source, "toy_test.go": test} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestMutantsOf(t *testing.T) {
	root := module(t, `package toy

import "math"

const limit = 2.5

type T[K any] struct{ n int }

func (t *T[K]) Add(x, y float64) (z float64, err error) {
	if x < limit && !math.IsNaN(y) {
		t.n++
		z = math.Sqrt(x)
	}
	z += y * 1
	println(min(-x, 0))
	for {
		break
	}
	return z, nil
}

func assembly()
`, "package toy")
	found, err := mutantsOf(root, "toy.go")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range found {
		got = append(got, fmt.Sprint(m.line, " ", m.function, ": ", m.change))
	}
	want := []string{
		"5 limit: 2.5 → (2 * 2.5)",
		"9 T.Add: return at once",
		"10 T.Add: if x < limit && !math.IsNaN(y) → if not",
		"10 T.Add: if x < limit && !math.IsNaN(y) → never",
		"10 T.Add: x < limit && !math.IsNaN(y) → x < limit || !math.IsNaN(y)",
		"10 T.Add: x < limit → x <= limit",
		"10 T.Add: x < limit → x >= limit",
		"10 T.Add: !math.IsNaN(y) → math.IsNaN(y)",
		"10 T.Add: math.IsNaN(y) → (y)",
		"11 T.Add: t.n ++ → t.n --",
		"12 T.Add: drop z = math.Sqrt(x)",
		"12 T.Add: math.Sqrt(x) → (x)",
		"14 T.Add: z += y * 1 → z -= y * 1",
		"14 T.Add: drop z += y * 1",
		"14 T.Add: y * 1 → y / 1",
		"14 T.Add: 1 → 0",
		"15 T.Add: drop println(min(-x, 0))",
		"15 T.Add: min → max",
		"15 T.Add: -x → x",
		"15 T.Add: 0 → (0 + 1)",
		"17 T.Add: break → continue",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Every mutant of a package of ours is another text that parses, and no two have
// one key. The negative control is a mutant that is cut short.
func TestMutantsParse(t *testing.T) {
	const root, file = "../..", "pkg/mcmc/nuts.go"
	src, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		t.Fatal(err)
	}
	found, err := mutantsOf(root, file)
	if err != nil {
		t.Fatal(err)
	}
	parse := func(m mutant) error {
		_, err := parser.ParseFile(token.NewFileSet(), "", m.source(src), parser.SkipObjectResolution)
		return err
	}
	seen := map[string]bool{}
	for _, m := range found {
		if err := parse(m); err != nil {
			t.Errorf("%s: %v", m.key(), err)
		}
		if seen[m.key()] || string(m.source(src)) == string(src) {
			t.Errorf("%s is there twice, or no change", m.key())
		}
		seen[m.key()] = true
	}
	broken := found[0]
	broken.text = "{"
	if len(found) < 100 || parse(broken) == nil {
		t.Errorf("%d mutants, and a broken one parses", len(found))
	}
}

// A sample is that of its seed, and stays so when mutants are added elsewhere.
func TestOrder(t *testing.T) {
	var all []mutant
	for i := range 100 {
		all = append(all, mutant{file: "a.go", function: "F", change: fmt.Sprint(i, " → ", i+1)})
	}
	sample := func(m []mutant, seed uint64) (keys []string) {
		m = slices.Clone(m)
		order(m, seed)
		for _, m := range m {
			keys = append(keys, m.key())
		}
		return keys
	}
	first := sample(all, 1)
	if !slices.Equal(first, sample(all, 1)) || slices.Equal(first, sample(all, 2)) {
		t.Error("the order is not that of the seed")
	}
	fewer := slices.DeleteFunc(slices.Clone(first), func(key string) bool { return strings.Contains(key, ": 7 ") })
	if !slices.Equal(fewer, sample(slices.Delete(slices.Clone(all), 7, 8), 1)) {
		t.Error("the order of the rest changes when one mutant is gone")
	}
}

// The named faults are pieces of today's source, and parse. One whose piece is
// not there, or there twice, is an error.
func TestFaults(t *testing.T) {
	const root = "../.."
	for _, f := range faults {
		m, err := f.mutant(root)
		if err != nil {
			t.Error(err)
			continue
		}
		src, err := os.ReadFile(filepath.Join(root, f.file))
		if err != nil {
			t.Fatal(err)
		}
		changed := m.source(src)
		if _, err := parser.ParseFile(token.NewFileSet(), "", changed, 0); err != nil || string(changed) == string(src) {
			t.Errorf("%q: no change, or %v", f.name, err)
		}
	}
	for _, old := range []string{"this is not in the source", "err"} {
		if _, err := (fault{"x", "pkg/mcmc/mala.go", old, "y"}).mutant(root); err == nil {
			t.Errorf("a fault in place of %q is no error", old)
		}
	}
	if _, err := (fault{"x", "pkg/mcmc/none.go", "a", "b"}).mutant(root); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a fault in no file: %v", err)
	}
}

func TestReadExplanations(t *testing.T) {
	if _, err := readExplanations(equivalent); err != nil {
		t.Errorf("equivalent.txt: %v", err)
	}
	got, err := readExplanations("# c\n\na.go F: 1 → 0\n\tno one\n\tcares\nb.go G: 0 → 1\n\tnor here\n")
	if err != nil || len(got) != 2 || got["a.go F: 1 → 0"] != "no one cares" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"\tlost\n", "a.go F: 1 → 0\n", "a\n\tb\na\n\tc\n"} {
		if _, err := readExplanations(bad); err == nil {
			t.Errorf("%q is no error", bad)
		}
	}
}

// The quick tests together take at most a tenth of the time, and no test is lost.
func TestByTime(t *testing.T) {
	const out = "=== RUN   TestA\n--- PASS: TestA (4.00s)\n    --- PASS: TestA/sub (4.00s)\n--- PASS: TestB (0.20s)\n--- PASS: ExampleC (0.00s)\n--- SKIP: TestD (0.00s)\n--- PASS: FuzzE (0.30s)\nPASS\n"
	quick, slow := byTime([]byte(out))
	if !slices.Equal(quick, []string{"ExampleC", "TestB"}) || !slices.Equal(slow, []string{"FuzzE", "TestA"}) {
		t.Errorf("quick %q, slow %q", quick, slow)
	}
	if quick, slow = byTime([]byte("PASS\n")); len(quick)+len(slow) != 0 {
		t.Errorf("%q and %q of no tests", quick, slow)
	}
}

// A package of which some mutants survive: every one is run, the survivors are
// printed with their lines, and no file of the package changes.
func TestRun(t *testing.T) {
	racetest.Program(t)
	t.Parallel()
	const source = `package toy

// Sign is tested on both sides of zero and not at zero.
func Sign(x int) int {
	if x < 0 {
		return -1
	}
	return 1
}
`
	root := module(t, source, `package toy

import "testing"

func TestSign(t *testing.T) {
	if Sign(-2) != -1 || Sign(2) != 1 {
		t.Fatal("wrong")
	}
}
`)
	run := func(equivalent string, faults []fault, args ...string) (string, error) {
		var out strings.Builder
		r := runner{root: root, faults: faults, equivalent: equivalent, stdout: &out, patience: time.Second}
		err := r.run(context.Background(), append(args, "."), io.Discard)
		return out.String(), err
	}
	const edge, one = "toy.go Sign: x < 0 → x <= 0", "toy.go Sign: 0 → (0 + 1)"
	out, err := run("", nil, "-n", "100")
	if err == nil || !strings.Contains(out, "survived, line 5:\n"+edge+"\n") || !strings.Contains(out, one) ||
		!strings.Contains(out, "toy: 6 killed, 2 survived, 0 explained, 0 did not compile: 75.0 % killed") {
		t.Errorf("%v\n%s", err, out)
	}
	same := fault{"a fault that makes no difference", "toy.go", "return -1", "return -1 * 1"}
	out, err = run(edge+"\n\tfor the test\n"+one+"\n\tfor the test\n", []fault{same}, "-n", "8")
	if err == nil || !strings.Contains(err.Error(), "1 of 1 named faults") || strings.Contains(err.Error(), "%") ||
		!strings.Contains(out, "6 killed, 0 survived, 2 explained") {
		t.Errorf("%v\n%s", err, out)
	}
	reversed := fault{"the other way", "toy.go", "x < 0", "x > 0"}
	stale := "toy.go Sign: 7 → 8\n\tit is gone\n"
	if out, err = run(stale, []fault{reversed}, "-n", "0"); err == nil || !strings.Contains(err.Error(), "7 → 8") || !strings.Contains(out, "1 of 1 named faults killed") {
		t.Errorf("%v\n%s", err, out)
	}
	if out, err = run("", []fault{reversed}, "-only", "x < 0 → x <="); err == nil || !strings.Contains(out, "toy: 0 killed, 1 survived") || strings.Contains(out, "named") {
		t.Errorf("-only: %v\n%s", err, out)
	}
	if got, err := os.ReadFile(filepath.Join(root, "toy.go")); err != nil || string(got) != source {
		t.Errorf("the source is now %s (%v)", got, err)
	}
}

// A run that is stopped says how far it got.
func TestStopped(t *testing.T) {
	racetest.Program(t)
	t.Parallel()
	root := module(t, "package toy\n\nfunc One() int { return 1 }\n", "package toy\n\nimport \"testing\"\n\nfunc TestOne(t *testing.T) {\n\tif One() != 1 {\n\t\tt.Fatal()\n\t}\n}\n")
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var out strings.Builder
	r := runner{root: root, stdout: writer(func(p []byte) (int, error) {
		stop() // at the first line
		return out.Write(p)
	})}
	if err := r.run(ctx, []string{"."}, io.Discard); !errors.Is(err, context.Canceled) || !strings.Contains(out.String(), "toy: 0 killed, 0 survived") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// A mutant that does not end is killed by its time.
func TestEndless(t *testing.T) {
	racetest.Program(t)
	t.Parallel()
	root := module(t, "package toy\n\nfunc Count() (n int) {\n\tfor n < 9 {\n\t\tn++\n\t}\n\treturn n\n}\n",
		"package toy\n\nimport \"testing\"\n\nfunc TestCount(t *testing.T) {\n\tif Count() != 9 {\n\t\tt.Fatal()\n\t}\n}\n")
	var out strings.Builder
	r := runner{root: root, faults: []fault{{"endless", "toy.go", "n++", "n += 0"}}, stdout: &out}
	if err := r.run(context.Background(), []string{"-n", "0", "."}, io.Discard); err != nil || !strings.Contains(out.String(), "1 of 1 named faults killed") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestMisuse(t *testing.T) {
	racetest.Program(t)
	t.Parallel()
	failing := module(t, "package toy\n", "package toy\n\nimport \"testing\"\n\nfunc TestNo(t *testing.T) { t.Fatal() }\n")
	for _, c := range []struct {
		args   []string
		status int
	}{
		{nil, command.Misused},
		{[]string{"-n", "x", "."}, command.Misused},
		{[]string{"-files", "(", "."}, command.Misused},
		{[]string{"-only", "(", "."}, command.Misused},
		{[]string{"./none"}, command.Misused},
		{[]string{"."}, command.Failed},
		{[]string{"-run", "None", "."}, command.Failed},
		{[]string{"-h"}, command.Done},
	} {
		r := runner{root: failing, stdout: io.Discard}
		err := r.run(context.Background(), c.args, io.Discard)
		if got := command.Status(context.Background(), err, "", io.Discard); got != c.status {
			t.Errorf("%q: status %d (%v), want %d", c.args, got, err, c.status)
		}
	}
}
