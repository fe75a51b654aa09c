package atomicfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// staleAge is the age at which a temporary file is removed although it is not known
// whether its process lives: because another machine made it, whose locks may not be
// visible here, or because the file system has no locks.
const staleAge = 7 * 24 * time.Hour

// host returns eight hexadecimal digits that stand for this machine.
var host = sync.OnceValue(func() string {
	name, _ := os.Hostname()
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x", sum[:4])
})

// tempName matches the names that temporary makes, and the names of directories that
// were moved aside. Its groups are the target's name, the host and the
// last part.
var tempName = regexp.MustCompile(`^\.(.+)-([0-9a-f]{8})-[0-9]+\.(tmp|old)$`)

// temporary makes a file or directory beside path, with an unused name, and locks it.
// It removes temporary files of the same target that dead processes of this machine
// have left. The lock is nil if the file system has no locks.
func temporary(path string, create func(name string) error) (name string, lock *os.File, err error) {
	dir, base := filepath.Split(path)
	const most = 1000 // at once
	for try, n := 0, 0; n < 2*most; n++ {
		stem := filepath.Join(dir, fmt.Sprintf(".%s-%s-%d", base, host(), try))
		removeDebris(stem + ".old")
		name := stem + ".tmp"
		if err := create(name); errors.Is(err, fs.ErrExist) {
			if !removeDebris(name) {
				try++
			}
			continue
		} else if err != nil {
			return "", nil, err
		}
		lock, err := hold(name)
		if err == nil || errors.Is(err, errors.ErrUnsupported) {
			return name, lock, nil
		}
		if !errors.Is(err, errHeld) && !errors.Is(err, fs.ErrNotExist) {
			os.Remove(name)
			return "", nil, err
		}
		try++ // another process took it for debris before it was locked
	}
	return "", nil, fmt.Errorf("%s is being written %d times at once: %w", path, most, fs.ErrExist)
}

// removeDebris removes a temporary file or directory whose process is dead, and
// reports whether the name is free now.
func removeDebris(name string) bool {
	parts := tempName.FindStringSubmatch(filepath.Base(name))
	if parts == nil {
		return false
	}
	lock, err := hold(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true
	case err == nil:
		defer lock.Close()
		if parts[2] != host() && !stale(name) {
			return false
		}
	case !errors.Is(err, errors.ErrUnsupported) || !stale(name):
		return false
	}
	if parts[3] == "old" {
		// The process died after it had moved the old directory aside.
		target := filepath.Join(filepath.Dir(name), parts[1])
		if _, err := os.Lstat(target); errors.Is(err, fs.ErrNotExist) {
			return os.Rename(name, target) == nil
		}
	}
	return os.RemoveAll(name) == nil
}

func stale(name string) bool {
	info, err := os.Lstat(name)
	return err == nil && time.Since(info.ModTime()) > staleAge
}

// Clean removes what killed processes have left in dir: temporary files and
// directories, and the files of locks that nobody holds. It does not remove what a
// live process is writing, what another machine made within the last week, and files
// whose names this package does not make. It returns nil if dir does not exist.
func Clean(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		switch {
		case tempName.MatchString(e.Name()):
			removeDebris(name)
		case strings.HasPrefix(e.Name(), ".") && strings.HasSuffix(e.Name(), lockName):
			if release, err := lock(name, dir); err == nil {
				err = release()
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
	}
	return nil
}

// hold locks a file or directory until the *os.File is closed or the process
// ends. Its error is fs.ErrNotExist if there is no such name, errHeld if another
// open file has the lock, and errors.ErrUnsupported where there are no locks.
func hold(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil { // a directory
		if f, err = os.Open(name); err != nil {
			return nil, err
		}
	}
	if err := flock(f); err != nil {
		f.Close()
		return nil, err
	}
	if !hasName(f, name) { // another process removed it as debris
		f.Close()
		return nil, errHeld
	}
	return f, nil
}
