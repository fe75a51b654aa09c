//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// flock locks an open file for as long as it is open.
func flock(f *os.File) error {
	for {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err {
		case nil:
			return nil
		case unix.EINTR:
		case unix.EWOULDBLOCK:
			return errHeld
		case unix.ENOSYS, unix.ENOTSUP, unix.ENOLCK, unix.EINVAL, unix.EBADF:
			// EBADF: network file systems lock no directory.
			return errors.ErrUnsupported
		default:
			return os.NewSyscallError("flock", err)
		}
	}
}
