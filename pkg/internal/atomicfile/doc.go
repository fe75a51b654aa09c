// Package atomicfile writes files and directories that appear whole or not at
// all: the bytes go to a hidden neighbour of the target, reach the disk, and
// take the target's name in one step. Whoever reads the target while it is
// written, or after a crash, sees the old content or the new, never a part.
//
// A killed process may leave the neighbour behind, named .NAME-….tmp; it is
// safe to delete.
package atomicfile
