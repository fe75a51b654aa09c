// Package killtest kills a command at any moment and wants it to go on.
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

// Run calls a command with SIGKILL at a moment at random, again and again, in a
// directory of its own. After at most four kills it lets the command end, and
// wants it to leave the same files with the same bytes as a command that nobody
// has killed, and no hidden file; then it begins with a new directory. The
// environment of the commands is that of the test and env.
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
