package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A spool is a folder beside a file being written, where parts of it grow
// whose order in the file, or length, is known only at the end.
type spool string

func newSpool(path string) (spool, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*.tmp")
	return spool(dir), err
}

// grow appends to a part. Different parts may grow at the same time.
func (s spool) grow(part string, data []byte) error {
	f, err := os.OpenFile(filepath.Join(string(s), part), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// copy copies a part, which is empty if nothing was ever appended.
func (s spool) copy(w io.Writer, part string) error {
	f, err := os.Open(filepath.Join(string(s), part))
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

func (s spool) remove() error { return os.RemoveAll(string(s)) }
