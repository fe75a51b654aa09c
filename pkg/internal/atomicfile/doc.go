// Package atomicfile writes files and directories that appear whole or not at
// all. The bytes are written to a hidden temporary file in the same directory.
// When they are on the disk, the temporary file gets the name of the target in one
// step. A reader sees the old content or the new, never a part, even after a crash.
//
// A killed process leaves its temporary file behind. The file is called
// .NAME-HOST-NUMBER.tmp. The process that writes it holds a lock on it, which ends
// with the process. [Create], [CreateDir] and [NewScratch] remove temporary files of
// the same target that no process locks; [Clean] removes those of a whole directory.
// [Lock] keeps two processes from working on one file.
package atomicfile
