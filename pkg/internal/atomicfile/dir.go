package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A Scratch is a temporary directory beside a file that is being written. It
// holds parts of the file whose order or length is known only at the end.
type Scratch struct {
	tmp  string
	lock *os.File // see temporary
	done bool
}

// NewScratch makes a directory for parts of the file at path.
func NewScratch(path string) (*Scratch, error) {
	name, lock, err := temporary(path, func(name string) error { return os.Mkdir(name, 0o777) })
	if err != nil {
		return nil, err
	}
	return &Scratch{tmp: name, lock: lock}, nil
}

// Path returns the path of a name in the directory. The name is relative, with
// slashes.
func (s *Scratch) Path(name string) string { return filepath.Join(s.tmp, filepath.FromSlash(name)) }

// Append appends to a file of the directory, and makes it if there is none.
// Different files may be appended to at the same time.
func (s *Scratch) Append(name string, data []byte) error {
	f, err := os.OpenFile(s.Path(name), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// CopyTo writes the content of a file of the directory to w, which is nothing if the
// file does not exist.
func (s *Scratch) CopyTo(w io.Writer, name string) error {
	f, err := os.Open(s.Path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}

// Discard removes the directory, unless it was committed.
func (s *Scratch) Discard() error {
	if s.done {
		return nil
	}
	s.done = true
	defer s.lock.Close()
	return os.RemoveAll(s.tmp)
}

// A Dir is a directory being written. It takes its name when it is committed.
type Dir struct {
	Scratch
	path string
}

// CreateDir begins to write the directory that will be at path. It may replace a
// directory that is empty or contains a file called mark. Anything else at path is an
// error.
func CreateDir(path, mark string) (*Dir, error) {
	path = filepath.Clean(target(path))
	if err := replaceable(path, mark); err != nil {
		return nil, err
	}
	s, err := NewScratch(path)
	if err != nil {
		return nil, err
	}
	return &Dir{*s, path}, nil
}

func replaceable(path, mark string) error {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	marked := slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == mark })
	if len(entries) > 0 && !marked {
		return fmt.Errorf("%s holds %s and other things but no %s: it is not replaced", path, entries[0].Name(), mark)
	}
	return nil
}

// WriteFile writes one file of the directory, making the folders above it.
func (d *Dir) WriteFile(name string, data []byte) error {
	path := d.Path(name)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(d.tmp); err != nil {
			return err // the directory was removed, with all that was written before
		}
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

// Commit gives the directory its name when its content is on the disk. On Linux and
// macOS it exchanges the names of the old and the new directory in one step.
// Elsewhere there is no directory at path for a moment; if the process dies then,
// the next process restores the old directory. After an error Commit discards the
// new directory.
func (d *Dir) Commit() error {
	if d.done {
		return fmt.Errorf("atomicfile: %s: %w", d.path, fs.ErrClosed)
	}
	d.done = true
	defer d.lock.Close() // after the rename, so that nobody takes the directory for debris
	err := filepath.WalkDir(d.tmp, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = syncDir(path)
		}
		return err
	})
	if err == nil {
		err = d.place()
	}
	// The old directory now has the temporary name, or the new one after an error.
	return errors.Join(err, os.RemoveAll(d.tmp), syncDir(filepath.Dir(d.path)))
}

// place gives the directory its name.
func (d *Dir) place() error {
	if _, err := os.Lstat(d.path); errors.Is(err, fs.ErrNotExist) {
		return os.Rename(d.tmp, d.path)
	}
	err := exchange(d.tmp, d.path)
	if errors.Is(err, errors.ErrUnsupported) {
		err = d.rename()
	}
	return err
}

// rename moves the old directory aside and gives its name to the new one.
func (d *Dir) rename() error {
	old := strings.TrimSuffix(d.tmp, ".tmp") + ".old"
	if err := os.Rename(d.path, old); err != nil {
		return err
	}
	if err := os.Rename(d.tmp, d.path); err != nil {
		return errors.Join(err, os.Rename(old, d.path))
	}
	return os.RemoveAll(old)
}
