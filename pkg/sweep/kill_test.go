package sweep

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"natspike/pkg/racetest"
)

var kills = flag.Int("kills", 10, "how often TestKill kills a run; 200 takes half a minute")

// The test program runs the sweep of TestKill when it is asked to.
func TestMain(m *testing.M) {
	if dir := os.Getenv("SWEEP_TEST_DIR"); dir != "" {
		s := normals(40)
		s.Workers = 2
		if err := s.RunWhole(context.Background(), filepath.Join(dir, "parts"), 20, filepath.Join(dir, "all.parquet")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestKill kills runs with SIGKILL at any moment. The next run goes on; the one
// that is let live leaves the table, to the byte, and nothing else. Then a new
// sweep begins.
//
//	go test ./pkg/sweep -run TestKill -kills 200
func TestKill(t *testing.T) {
	racetest.Larger(t, "TestRunWhole")
	want := merged(t, normals(40), t.TempDir(), 1)
	rng := rand.New(rand.NewPCG(1, 2))
	var length time.Duration // of a run from the beginning to the end
	resumed, debris := 0, 0
	for killed := 0; killed < *kills; {
		dir := t.TempDir()
		for attempt := 0; ; attempt++ {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), "SWEEP_TEST_DIR="+dir)
			var said bytes.Buffer
			c.Stderr = &said
			start := time.Now()
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			if length > 0 && attempt < 5 {
				time.AfterFunc(time.Duration(rng.Float64()*float64(length)), func() { c.Process.Kill() })
			}
			err := c.Wait()
			if length == 0 {
				length = time.Since(start)
			}
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
				if killed++; attempt > 0 {
					resumed++
				}
				debris += len(hidden(t, dir))
				continue
			}
			if err != nil {
				t.Fatalf("after %d kills: %v\n%s", killed, err, &said)
			}
			break
		}
		got, err := os.ReadFile(filepath.Join(dir, "all.parquet"))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("after %d kills the table has other bytes (%v)", killed, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 1 {
			t.Fatalf("after %d kills there are left %v", killed, files)
		}
	}
	t.Logf("%d kills, %d of them in a run that went on; they left %d hidden files, which later runs removed", *kills, resumed, debris)
	if *kills >= 10 && debris == 0 {
		t.Error("no kill has left a file: the test tells nothing")
	}
}

// hidden returns the hidden files below dir.
func hidden(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(e.Name(), ".") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
