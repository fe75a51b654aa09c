package parallel

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A Team computes the parts of a sum, of microseconds each, on several goroutines. It
// is made for sums that follow each other closely, such as the gradients of a chain:
// to wake a thread takes longer than such a sum. Its helpers therefore wait for the
// next Run without sleeping, for a short time, after which they end. A team that is
// no longer used has no goroutines.
//
// Each worker has a share of the parts, the same in each run, so that a processor
// meets again the data that it has in its cache. Every other run goes through the
// shares backwards, and begins with the data that were used last. A worker that has
// finished its share takes parts of the others'.
//
// A team belongs to one goroutine at a time.
type Team struct {
	part      func(i int)
	parts     int64
	backwards bool         // how the run before went
	left      atomic.Int64 // parts that are not computed yet
	finished  chan struct{}
	shares    []share
}

// A share is a worker's.
type share struct {
	from, size int64
	help       func()
	helped     atomic.Bool  // the helper's goroutine runs
	taken      atomic.Int64 // parts that workers have asked for, maybe more than there are
	_          [64]byte     // other shares are in other lines of the cache
}

// linger is the time for which a helper waits for parts, and Run for the last ones,
// without sleeping.
const linger = 50 * time.Microsecond

// NewTeam returns a team of the given number of workers, the caller of Run being one,
// that calls part for 0, …, parts−1. Both numbers are at least 1.
func NewTeam(workers, parts int, part func(i int)) *Team {
	workers = min(workers, parts)
	t := &Team{part: part, parts: int64(parts), backwards: true, finished: make(chan struct{}, 1), shares: make([]share, workers)}
	for w := range t.shares {
		s, from, to := &t.shares[w], w*parts/workers, (w+1)*parts/workers
		s.from, s.size = int64(from), int64(to-from)
		s.help = func() { t.help(w) }
	}
	return t
}

// Run calls part for each part, on no more goroutines than there are processors, and
// returns when all calls have returned. It allocates nothing.
func (t *Team) Run() {
	t.backwards = !t.backwards
	t.left.Store(t.parts)
	for w := range t.shares {
		t.shares[w].taken.Store(0) // from here on helpers take parts
	}
	for w := 1; w < min(len(t.shares), runtime.GOMAXPROCS(0)); w++ {
		if s := &t.shares[w]; s.helped.CompareAndSwap(false, true) {
			go s.help()
		}
	}
	t.work(0)
	for start := time.Now(); t.left.Load() > 0 && time.Since(start) < linger; {
	}
	<-t.finished // asleep, if a helper has no processor
}

// work computes parts while there are any, those of the share w first.
func (t *Team) work(w int) {
	done := int64(0)
	for k := range t.shares {
		s := &t.shares[(w+k)%len(t.shares)]
		for {
			i := s.taken.Add(1) - 1
			if i >= s.size {
				break
			}
			if t.backwards {
				i = s.size - 1 - i
			}
			t.part(int(s.from + i))
			done++
		}
	}
	if done > 0 && t.left.Add(-done) == 0 {
		t.finished <- struct{}{}
	}
}

// help works on each run until there has been none for a while. A run that begins
// while it ends has its help, or starts another helper.
func (t *Team) help(w int) {
	s := &t.shares[w]
	for {
		for last := time.Now(); time.Since(last) < linger; {
			if s.taken.Load() < s.size {
				t.work(w)
				last = time.Now()
			}
		}
		s.helped.Store(false)
		if s.taken.Load() >= s.size || !s.helped.CompareAndSwap(false, true) {
			return
		}
	}
}
