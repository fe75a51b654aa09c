// Package killtest tests that a command which was killed at a random moment can
// continue.
package killtest

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var kills = flag.Int("kills", 10, "how often a command is killed; 200 takes some minutes")

// Run starts a command in an empty directory and kills it at a random moment, and
// repeats this in the same directory at most four times. Then it lets the command
// end. The test fails if the files in the directory do not have the bytes of an
// undisturbed run, or if there is a hidden file. Run repeats all this in further
// directories. The environment of the commands is that of the test and env.
func Run(t *testing.T, env []string, command func(dir string) []string) {
	begin := func(dir string) (*exec.Cmd, *bytes.Buffer) {
		args := command(dir)
		c := exec.Command(args[0], args[1:]...)
		c.Env = append(os.Environ(), env...)
		var said bytes.Buffer
		c.Stdout, c.Stderr = &said, &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c, &said
	}
	whole := t.TempDir()
	start := time.Now()
	c, said := begin(whole)
	if err := c.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	length := time.Since(start)
	want := files(t, whole)

	rng := rand.New(rand.NewPCG(1, 2))
	resumed, debris := 0, 0
	for killed := 0; killed < *kills; {
		dir := t.TempDir()
		for attempt := 0; ; attempt++ {
			c, said := begin(dir)
			if attempt < 4 {
				time.AfterFunc(time.Duration(rng.Float64()*float64(length)), func() { c.Process.Kill() })
			}
			err := c.Wait()
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL {
				killed++
				if attempt > 0 {
					resumed++
				}
				for name := range files(t, dir) {
					if strings.HasPrefix(filepath.Base(name), ".") {
						debris++
					}
				}
				continue
			}
			if err != nil {
				t.Fatalf("after %d kills: %v\n%s", killed, err, said)
			}
			break
		}
		got := files(t, dir)
		for name, b := range want {
			if !bytes.Equal(got[name], b) {
				t.Errorf("after %d kills %s has other bytes", killed, name)
			}
			delete(got, name)
		}
		for name := range got {
			t.Errorf("after %d kills there is also %s", killed, name)
		}
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d of them in a run that went on; they left %d hidden files, which later runs removed", *kills, resumed, debris)
}

// files returns the content of each file below dir.
func files(t *testing.T, dir string) map[string][]byte {
	content := make(map[string][]byte)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			content[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return content
}
