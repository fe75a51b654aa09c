package archive

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"natspike/pkg/internal/atomicfile"
)

// partFiles are files in a temporary directory beside the file being written.
// They hold parts whose length, or order in that file, is known only at the end.
type partFiles struct{ *atomicfile.Scratch }

func newPartFiles(path string) (partFiles, error) {
	s, err := atomicfile.NewScratch(path)
	return partFiles{s}, err
}

// extend appends to a part. Different parts may be extended at the same time.
func (p partFiles) extend(part string, data []byte) error {
	f, err := os.OpenFile(p.Path(part), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}

// copy writes a part to w. A part that was never extended is empty.
func (p partFiles) copy(w io.Writer, part string) error {
	f, err := os.Open(p.Path(part))
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
