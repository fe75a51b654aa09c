package archive

import (
	"errors"
	"fmt"
	"io"

	"natspike/pkg/arg"
)

// check refuses arguments.
const check = arg.Checker("archive")

// A FormatError reports a file that is damaged, cut short, not of the format
// that its reader wants, or that claims more than it holds.
type FormatError struct {
	Path string
	Line int   // of a text file, from 1; 0 if the error is of no one line
	Err  error // what is wrong, and what was wanted
}

func (e *FormatError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("archive: %s: line %d: %v", e.Path, e.Line, e.Err)
	}
	return fmt.Sprintf("archive: %s: %v", e.Path, e.Err)
}

// Unwrap returns what is wrong.
func (e *FormatError) Unwrap() error { return e.Err }

// errCutShort reports a file that ends too early.
var errCutShort = errors.New("it is cut short")

// cut returns errCutShort for an end that came too early, and other errors as
// they are.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errCutShort
	}
	return err
}

// readFull fills b, or returns errCutShort.
func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	return cut(err)
}

// unprefixed returns what an *arg.Error says, without the name of the package,
// for a FormatError, whose text has it.
func unprefixed(err error) error {
	if e := (*arg.Error)(nil); errors.As(err, &e) {
		return fmt.Errorf("%s %s", e.Name, e.Problem)
	}
	return err
}
