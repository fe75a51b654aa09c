// Command mutants changes the source of packages, one small change at a time, and
// runs the tests of the package on each. A change that no test notices is a
// survivor: an assertion is missing, or the change makes no difference.
//
//	go run ./scripts/mutants ./pkg/mcmc                         # a sample of 60
//	go run ./scripts/mutants -n 200 -seed 2 ./pkg/mcmc
//	go run ./scripts/mutants -files 'nuts.*' -run NUTS ./pkg/mcmc # one file, by some of the tests
//	go run ./scripts/mutants -only 'join: drop' ./pkg/mcmc        # mutants by what is printed of them
//
// A change is one of these: another operator of arithmetic, comparison or logic,
// another constant, min for max, true for false, break for continue, a sign or a
// function of math removed, an assignment or a call removed, a condition reversed or
// never met, a function that returns at once. The sample depends on the seed and the
// code alone. The command also runs the faults in named.go, which other libraries
// have shipped, if their package is given.
//
// The files of the tree are not changed: go test reads the changed file through
// -overlay. The fastest tests run first, since most mutants fail them. The command
// prints each survivor with its place and its change. Survivors that are explained in
// equivalent.txt do not count.
//
// The exit status is 1 if less than the share -least was killed, if a named fault
// survived, or if an explanation in equivalent.txt belongs to no mutant.
package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"natspike/scripts/internal/command"
)

//go:embed equivalent.txt
var equivalent string

func main() {
	command.Main(func(ctx context.Context, args []string, stdout, stderr io.Writer) int {
		r := runner{root: ".", faults: faults, equivalent: equivalent, stdout: stdout, patience: 10 * time.Second}
		err := r.run(ctx, args, stderr)
		return command.Status(ctx, err, "mutants: stopped", stderr)
	})
}

// A runner runs mutants of the module at root.
type runner struct {
	root       string
	faults     []fault
	equivalent string // the explanations
	stdout     io.Writer
	patience   time.Duration // for the tests of a mutant, beyond three times what they take

	n       int
	seed    uint64
	least   float64
	tests   string
	scratch string
}

// A tally counts the outcomes of mutants.
type tally struct{ killed, survived, explained, broken int }

func (r *runner) run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&r.n, "n", 60, "`mutants` that compile, of each package")
	flags.Uint64Var(&r.seed, "seed", 1, "`seed` of the sample")
	flags.Float64Var(&r.least, "least", 0.95, "the smallest `share` of mutants to be killed")
	flags.StringVar(&r.tests, "run", "", "`pattern` of the tests to run, as of go test")
	only := flags.String("only", "", "`pattern` in what is printed of a mutant; all if empty")
	files := flags.String("files", "", "`pattern` of the names of the files to change; all if empty")
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: mutants [flags] PACKAGE…")
		flags.PrintDefaults()
		fmt.Fprintln(stderr, command.Statuses)
	}
	if err := flags.Parse(args); err != nil {
		return command.Misuse(err)
	}
	wanted, err := regexp.Compile(`^(?:` + *files + `)`)
	if err != nil {
		return command.Misusef("mutants: -files: %w", err)
	}
	chosen, err := regexp.Compile(*only)
	if err != nil {
		return command.Misusef("mutants: -only: %w", err)
	}
	if flags.NArg() == 0 {
		return command.Misusef("mutants: no package is given")
	}
	explained, err := readExplanations(r.equivalent)
	if err != nil {
		return fmt.Errorf("mutants: equivalent.txt: %w", err)
	}
	packages, err := r.packages(ctx, flags.Args())
	if err != nil {
		return err
	}
	if r.scratch, err = os.MkdirTemp("", "mutants-"); err != nil {
		return err
	}
	defer os.RemoveAll(r.scratch)

	var problems []error
	for _, p := range packages {
		problems = append(problems, r.one(ctx, p, wanted, chosen, explained))
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(problems...)
}

// A pkg is the output of go list for a package.
type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
	Module          struct{ Dir string }
}

func (r *runner) packages(ctx context.Context, patterns []string) (found []pkg, err error) {
	list := exec.CommandContext(ctx, "go", append([]string{"list", "-json=ImportPath,Dir,GoFiles,Module"}, patterns...)...)
	list.Dir = r.root
	list.Stderr = new(bytes.Buffer)
	out, err := list.Output()
	if err != nil {
		return nil, command.Misusef("mutants: %s", strings.TrimSpace(list.Stderr.(*bytes.Buffer).String()))
	}
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p pkg
		if err := d.Decode(&p); err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	return found, nil
}

// one runs the mutants of one package.
func (r *runner) one(ctx context.Context, p pkg, wanted, chosen *regexp.Regexp, explained explanations) error {
	var named, all []mutant
	folder, err := filepath.Rel(p.Module.Dir, p.Dir)
	if err != nil {
		return err
	}
	keys := map[string]bool{}
	for _, name := range p.GoFiles {
		file := filepath.Join(folder, name)
		found, err := mutantsOf(p.Module.Dir, file)
		if err != nil {
			return err
		}
		for _, m := range found {
			keys[m.key()] = true
			if wanted.MatchString(name) && chosen.MatchString(m.key()) {
				all = append(all, m)
			}
		}
	}
	for _, f := range r.faults {
		if filepath.Dir(f.file) == filepath.ToSlash(folder) && wanted.MatchString(filepath.Base(f.file)) && chosen.MatchString(f.name) {
			m, err := f.mutant(p.Module.Dir)
			if err != nil {
				return fmt.Errorf("mutants: %w", err)
			}
			named = append(named, m)
		}
	}
	var problems []error
	for key := range explained {
		file, _, _ := strings.Cut(key, " ")
		if filepath.Dir(file) == filepath.ToSlash(folder) && !keys[key] {
			problems = append(problems, fmt.Errorf("mutants: equivalent.txt explains what is no mutant any more: %s", key))
		}
	}
	order(all, r.seed)

	if out, err := r.build(ctx, p, nil); err != nil {
		return fmt.Errorf("mutants: the tests of %s do not compile: %w\n%s", p.ImportPath, err, out)
	}
	began := time.Now()
	out, err := r.test(ctx, p, 10*time.Minute, "-test.v")
	if err != nil {
		return fmt.Errorf("mutants: the tests of %s fail without a change: %w\n%s", p.ImportPath, err, out)
	}
	patience := r.patience + 3*time.Since(began)
	quick, slow := byTime(out)
	if len(quick)+len(slow) == 0 {
		return fmt.Errorf("mutants: %s has no tests to run", p.ImportPath)
	}
	attempt := func(m mutant, t *tally) error {
		return r.try(ctx, p, m, patience, [][]string{slow, quick}, explained, t)
	}
	fmt.Fprintf(r.stdout, "%s: %d mutants, of which %d are drawn; each has %.0f s\n", p.ImportPath, len(all), min(r.n, len(all)), patience.Seconds())

	var t tally
	for _, m := range named {
		if err := attempt(m, &t); err != nil {
			return err
		}
	}
	if len(named) > 0 {
		fmt.Fprintf(r.stdout, "%s: %d of %d named faults killed\n", p.ImportPath, t.killed, len(named))
	}
	if t.killed != len(named) {
		problems = append(problems, fmt.Errorf("mutants: %d of %d named faults were not killed", len(named)-t.killed, len(named)))
	}
	t = tally{}
	for _, m := range all {
		if t.killed+t.survived+t.explained >= r.n {
			break
		}
		if err = attempt(m, &t); err != nil { // stopped: say what is known by now
			break
		}
	}
	rate := float64(t.killed) / float64(max(1, t.killed+t.survived))
	fmt.Fprintf(r.stdout, "%s: %d killed, %d survived, %d explained, %d did not compile: %.1f %% killed\n",
		p.ImportPath, t.killed, t.survived, t.explained, t.broken, 100*rate)
	if err != nil {
		return err
	}
	if t.killed+t.survived > 0 && rate < r.least {
		problems = append(problems, fmt.Errorf("mutants: %s: %.1f %% killed, fewer than %.1f %%", p.ImportPath, 100*rate, 100*r.least))
	}
	return errors.Join(problems...)
}

// byTime divides the tests in the output of go test -v into the fastest, which
// together took a tenth of the time, and the others.
func byTime(out []byte) (quick, slow []string) {
	type timed struct {
		name    string
		seconds float64
	}
	var tests []timed
	total, sum := 0.0, 0.0
	for _, m := range regexp.MustCompile(`(?m)^--- PASS: (\S+) \(([0-9.]+)s\)`).FindAllSubmatch(out, -1) {
		seconds, _ := strconv.ParseFloat(string(m[2]), 64)
		tests = append(tests, timed{string(m[1]), seconds})
		total += seconds
	}
	slices.SortStableFunc(tests, func(a, b timed) int { return cmp.Compare(a.seconds, b.seconds) })
	for _, t := range tests {
		if sum += t.seconds; sum <= total/10 {
			quick = append(quick, t.name)
		} else {
			slow = append(slow, t.name)
		}
	}
	return quick, slow
}

// try runs the tests on one mutant, unless it is explained, and counts the outcome.
// Each round skips some of the tests. It prints survivors.
func (r *runner) try(ctx context.Context, p pkg, m mutant, patience time.Duration, rounds [][]string, explained explanations, t *tally) error {
	if _, ok := explained[m.key()]; ok {
		t.explained++
		return nil
	}
	path := filepath.Join(p.Module.Dir, m.file)
	original, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed := filepath.Join(r.scratch, "changed.go")
	if err := os.WriteFile(changed, m.source(original), 0o600); err != nil {
		return err
	}
	_, err = r.build(ctx, p, map[string]string{path: changed})
	if ctx.Err() != nil {
		return ctx.Err()
	} else if err != nil {
		t.broken++
		return nil
	}
	for _, without := range rounds {
		_, err := r.test(ctx, p, patience, "-test.failfast", "-test.skip", "^("+strings.Join(without, "|")+")$")
		if ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			t.killed++
			return nil
		}
	}
	t.survived++
	fmt.Fprintf(r.stdout, "survived, line %d:\n%s\n", m.line, m.key())
	return nil
}

// build compiles the tests of a package with some of its files replaced.
func (r *runner) build(ctx context.Context, p pkg, replace map[string]string) ([]byte, error) {
	overlay := filepath.Join(r.scratch, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return nil, err
	}
	if err := os.Remove(r.binary()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-vet=off", "-ldflags=-s -w", "-o", r.binary(), p.ImportPath)
	build.Dir = p.Module.Dir
	return build.CombinedOutput()
}

// binary returns the path of the compiled tests.
func (r *runner) binary() string { return filepath.Join(r.scratch, "tests") }

// memory limits the address space of a mutant, in KiB, because some mutants allocate
// without end.
const memory = 12 << 20

// test runs the compiled tests of a package, as go test does.
func (r *runner) test(ctx context.Context, p pkg, patience time.Duration, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args = append([]string{"-c", fmt.Sprintf(`ulimit -v %d; exec "$@"`, memory), "sh",
		r.binary(), "-test.paniconexit0", "-test.run", r.tests}, args...)
	test := exec.CommandContext(ctx, "sh", args...)
	test.Dir = p.Dir
	test.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the tests and what they start
	test.Cancel = func() error { return syscall.Kill(-test.Process.Pid, syscall.SIGKILL) }
	return test.CombinedOutput()
}
