package parallel

import "sync"

// ballast returns memory that counts as in use and that nothing touches, so that it
// takes none of the machine's. With it the garbage collector runs less often while
// tasks run.
//
// The collector runs when the heap has grown to twice what is in use. Trials leave
// megabytes of garbage and keep little: without ballast it runs about once in each of
// them. A run stops all tasks, and some of them continue on another processor, whose
// cache does not hold their data. Two workers with trials of 50 ms lost 8 % of their
// time to that. With ballast the collector runs when there are at least ballastSize
// bytes of garbage. A program that uses much more memory than that is hardly changed.
var ballast = sync.OnceValue(newBallast)

func newBallast() []byte { return make([]byte, ballastSize) }

const ballastSize = 32 << 20 // bytes
