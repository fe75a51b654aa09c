//go:build linux || darwin

package archive

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// limitFiles makes writes beyond a size of a file fail, as on a full disk, until
// the function that it returns is called.
func limitFiles(t *testing.T, size uint64) (restore func()) {
	t.Helper()
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Skip(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	return func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Fatal(err)
		}
	}
}

// Where the disk is full, every writer returns the error of the system, wherever
// it happens, and leaves the file that was there.
func TestFullDisk(t *testing.T) {
	if os.Getenv("ARCHIVE_FULL_DISK") == "" {
		// In a process of its own, since the limit is the process's.
		c := exec.Command(os.Args[0], "-test.run=^TestFullDisk$")
		c.Env = append(os.Environ(), "ARCHIVE_FULL_DISK=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	d := fixture()
	session := Session{Neurons: 4, Stop: 20}
	trains := spikeTrains(session)
	spikes := func(path string) error {
		w, err := CreateNWB(path, session)
		if err != nil {
			return err
		}
		defer w.Discard()
		for i, train := range trains {
			for _, at := range train {
				if err := w.Append(i, at); err != nil {
					return err
				}
			}
		}
		return w.Close()
	}
	for name, save := range map[string]func(path string) error{
		"run.zarr": func(path string) error { return Save(path, d) }, "run.npz": func(path string) error { return Save(path, d) },
		"run.parquet": func(path string) error { return Save(path, d) }, "run.csv": func(path string) error { return Save(path, d) },
		"run.stan.csv":    func(path string) error { return Save(path, d) },
		"table.parquet":   func(path string) error { return SaveTable(path, d.Run, slices.Values(tableRows(500))) },
		"table.csv":       func(path string) error { return SaveTable(path, d.Run, slices.Values(tableRows(500))) },
		"spikes.nwb.zarr": spikes,
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := save(path); err != nil {
			t.Fatal(err)
		}
		before, failed, largest := digest(t, dir), 0, int64(0)
		for _, file := range list(t, dir) {
			info, err := os.Stat(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			largest = max(largest, info.Size())
		}
		for k := range 40 {
			size := largest * int64(k) / 40
			restore := limitFiles(t, uint64(size))
			err := save(path)
			restore()
			if err != nil {
				failed++
			}
			if !errors.Is(err, syscall.EFBIG) {
				t.Errorf("%s: files of at most %d of %d bytes: %v", name, size, largest, err)
			}
			if after := digest(t, dir); after != before {
				t.Fatalf("%s: files of at most %d of %d bytes: the folder has changed, it holds %q", name, size, largest, list(t, dir))
			}
		}
		if failed != 40 {
			t.Errorf("%s: %d of 40 writes failed", name, failed)
		}
	}
}
