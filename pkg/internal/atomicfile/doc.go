// Package atomicfile writes files and directories that appear whole or not at
// all. The bytes go to a hidden neighbour of the target, reach the disk, and
// take the target's name in one step. Whoever reads the target while it is
// written, or after a crash, sees the old content or the new, never a part.
//
// A killed process leaves its neighbour behind. Its name is
// .NAME-HOST-NUMBER.tmp, and the process that writes it holds a lock on it,
// which ends with the process. [Create], [CreateDir] and [NewScratch] remove
// what earlier processes left of the same target; [Clean] does so for a whole
// directory. [Lock] keeps two processes from working on one file.
package atomicfile
