package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"natspike/pkg/internal/atomicfile"
)

// A spool is a folder beside a file being written, where parts of it grow
// whose order in the file, or length, is known only at the end.
type spool struct{ *atomicfile.Scratch }

func newSpool(path string) (spool, error) {
	s, err := atomicfile.NewScratch(path)
	return spool{s}, err
}

// grow appends to a part. Different parts may grow at the same time.
func (s spool) grow(part string, data []byte) error {
	f, err := os.OpenFile(s.Path(part), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// copy copies a part, which is empty if nothing was ever appended.
func (s spool) copy(w io.Writer, part string) error {
	f, err := os.Open(s.Path(part))
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

func (s spool) remove() error { return s.Discard() }
