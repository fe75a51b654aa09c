package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A Dir is a directory being written, which has no place yet under its name.
type Dir struct {
	tmp, path string
	done      bool
}

// CreateDir begins to write the directory that will be at path. It fails if
// something is there that may not be replaced: anything but a directory that
// is empty, or that has a file called mark at its top.
func CreateDir(path, mark string) (*Dir, error) {
	path = filepath.Clean(target(path))
	if err := replaceable(path, mark); err != nil {
		return nil, err
	}
	tmp, err := neighbour(path, func(name string) (string, error) { return name, os.Mkdir(name, 0o777) })
	if err != nil {
		return nil, err
	}
	return &Dir{tmp: tmp, path: path}, nil
}

func replaceable(path, mark string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == mark {
			return nil
		}
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s holds %s and other things but no %s: it is not replaced", path, entries[0].Name(), mark)
	}
	return nil
}

// Path returns where name, relative and with slashes, is written.
func (d *Dir) Path(name string) string { return filepath.Join(d.tmp, filepath.FromSlash(name)) }

// WriteFile writes one file of the directory, making the folders above it.
func (d *Dir) WriteFile(name string, data []byte) error {
	path := d.Path(name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// Commit gives the directory its name, once all in it is on the disk. On Linux
// and macOS a directory that is replaced changes place with the new one in one
// step; elsewhere there is an instant with none. On an error the new directory
// is discarded.
func (d *Dir) Commit() error {
	if d.done {
		return fmt.Errorf("atomicfile: %s: %w", d.path, fs.ErrClosed)
	}
	d.done = true
	err := filepath.WalkDir(d.tmp, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = syncDir(path)
		}
		return err
	})
	if err == nil {
		err = d.place()
	}
	// What is left under the temporary name is the old directory, or on an error the new.
	return errors.Join(err, os.RemoveAll(d.tmp), syncDir(filepath.Dir(d.path)))
}

func (d *Dir) place() error {
	if _, err := os.Lstat(d.path); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(d.tmp, d.path)
	}
	err := exchange(d.tmp, d.path)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	old := d.tmp + ".old"
	if err := os.Rename(d.path, old); err != nil {
		return err
	}
	if err := os.Rename(d.tmp, d.path); err != nil {
		return errors.Join(err, os.Rename(old, d.path))
	}
	return os.RemoveAll(old)
}

// Discard removes what was written, unless it was committed.
func (d *Dir) Discard() {
	if !d.done {
		d.done = true
		os.RemoveAll(d.tmp)
	}
}
