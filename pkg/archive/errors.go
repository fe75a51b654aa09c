package archive

import (
	"errors"
	"fmt"
	"io"

	"natspike/pkg/arg"
)

const check = arg.Checker("archive")

// A FormatError reports a file that is damaged, cut short, not of the format
// that its reader wants, or that claims more than it holds.
type FormatError struct {
	Path string
	Line int   // of a text file, from 1; 0 if the error concerns no single line
	Err  error // the problem, and what was wanted
}

func (e *FormatError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("archive: %s: line %d: %v", e.Path, e.Line, e.Err)
	}
	return fmt.Sprintf("archive: %s: %v", e.Path, e.Err)
}

// Unwrap returns the problem.
func (e *FormatError) Unwrap() error { return e.Err }

// at returns err with the path of the file, or nil if err is nil.
func at(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("archive: %s: %w", path, err)
}

// errClosed reports the use of a writer after Close or Discard.
var errClosed = errors.New("closed already")

// errStopped ends the reading of rows that nobody wants any more.
var errStopped = errors.New("stopped")

// errCutShort reports a file that ends too early.
var errCutShort = errors.New("it is cut short")

// cutShort returns errCutShort for an unexpected end of the file, and other errors
// unchanged.
func cutShort(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errCutShort
	}
	return err
}

// readFull fills b, or returns errCutShort.
func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	return cutShort(err)
}

// withoutPackage returns an *arg.Error as an error without the name of the package,
// which a FormatError adds.
func withoutPackage(err error) error {
	if e, ok := errors.AsType[*arg.Error](err); ok {
		return fmt.Errorf("%s %s", e.Name, e.Problem)
	}
	return err
}
