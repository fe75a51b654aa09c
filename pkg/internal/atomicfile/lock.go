package atomicfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// lockName ends the name of the file that is locked, .NAME.natspike.lock.
const lockName = ".natspike.lock"

// errHeld reports that another open file holds the lock.
var errHeld = errors.New("locked")

// A HeldError reports that another process, or another part of this one, works
// on a file.
type HeldError struct {
	Path   string
	Holder string // such as "process 4711 on lab1"; empty if it is not known
}

func (e *HeldError) Error() string {
	who := e.Holder
	if who == "" {
		who = "another process"
	}
	return fmt.Sprintf("%s is in use by %s", e.Path, who)
}

// Lock locks the file at path for its writer, or returns a *HeldError at once if it
// is locked. The file need not exist, but its directory must. The lock ends when
// release is called, or with the process. release also removes the lock's file;
// calling it again does nothing. The lock is advisory: it excludes only processes
// that call Lock too. On a file system without locks Lock succeeds and excludes
// nobody.
func Lock(path string) (release func() error, err error) {
	dir, base := filepath.Split(path)
	return lock(filepath.Join(dir, "."+base+lockName), path)
}

// lock locks the file of the given name for the writer of path.
func lock(name, path string) (release func() error, err error) {
	for range 100 {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		err = flock(f)
		switch {
		case errors.Is(err, errHeld):
			text := make([]byte, 200)
			n, _ := f.ReadAt(text, 0)
			f.Close()
			holder, _, _ := strings.Cut(string(text[:n]), "\n")
			return nil, &HeldError{path, holder}
		case err != nil && !errors.Is(err, errors.ErrUnsupported):
			f.Close()
			return nil, err
		}
		if !hasName(f, name) { // another process removed it before it was locked
			f.Close()
			continue
		}
		machine, _ := os.Hostname()
		err = f.Truncate(0)
		if err == nil {
			_, err = fmt.Fprintf(f, "process %d on %s\n", os.Getpid(), machine)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		return func() error {
			if f == nil {
				return nil
			}
			// The file is removed while it is locked, so that it is not one that another
			// process has made.
			err := errors.Join(os.Remove(name), f.Close())
			f = nil
			return err
		}, nil
	}
	return nil, &HeldError{Path: path}
}

// hasName reports whether the open file still has the name.
func hasName(f *os.File, name string) bool {
	open, err1 := f.Stat()
	there, err2 := os.Stat(name)
	return err1 == nil && err2 == nil && os.SameFile(open, there)
}
