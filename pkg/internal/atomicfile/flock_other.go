//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package atomicfile

import (
	"errors"
	"os"
)

// flock locks an open file for as long as it is open.
func flock(*os.File) error { return errors.ErrUnsupported }
