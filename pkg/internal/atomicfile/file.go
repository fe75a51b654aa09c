package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A File is being written. It takes its name when it is committed.
type File struct {
	*os.File
	path string
	lock *os.File // see temporary
	done bool
}

// Create begins to write the file that will be at path. It follows a symbolic
// link there, so that the file behind the link is replaced and not the link.
func Create(path string) (*File, error) {
	path = target(path)
	var f *os.File
	_, lock, err := temporary(path, func(name string) (err error) {
		f.Close() // the file of an earlier attempt, if any
		f, err = os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &File{File: f, path: path, lock: lock}, nil
}

// Commit gives the file its name when its bytes are on the disk. After an error it
// discards the file.
func (f *File) Commit() error {
	if f.done {
		return fmt.Errorf("atomicfile: %s: %w", f.path, fs.ErrClosed)
	}
	f.done = true
	defer f.lock.Close() // after the rename, so that nobody takes the file for debris
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	if err != nil {
		os.Remove(f.Name())
		return err
	}
	return syncDir(filepath.Dir(f.path))
}

// Discard removes what was written, unless it was committed.
func (f *File) Discard() {
	if !f.done {
		f.done = true
		f.Close()
		os.Remove(f.Name())
		f.lock.Close()
	}
}

// WriteFile writes the file at path in one step.
func WriteFile(path string, data []byte) error {
	f, err := Create(path)
	if err != nil {
		return err
	}
	defer f.Discard()
	if _, err = f.Write(data); err == nil {
		err = f.Commit()
	}
	return err
}

// target follows the symbolic links at path.
func target(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return path
}

// syncDir writes the names in a directory to the disk.
func syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	// Some file systems cannot sync a directory.
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}
