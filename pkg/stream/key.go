package stream

import (
	"encoding/binary"
	"math/rand/v2"
)

// A Purpose tells apart the streams that one chain needs, so that, say, two
// networks with different decoders can be driven by the same noise.
type Purpose uint64

// The purposes that natspike itself uses. Others may take any other value.
const (
	Dynamics Purpose = iota // the noise and the proposals of a sampler's steps
	Start                   // its initial state
	Decoder                 // the random decoding weights of a network
	Data                    // simulated observations
	Exact                   // independent draws from the target, for comparison
)

// A Key names a random stream. Distinct keys give independent streams.
type Key struct {
	Seed    uint64  // what the user chose
	Cell    uint64  // index of a parameter combination in a sweep
	Repeat  uint32  // independent repeat of a cell
	Chain   uint32  // parallel chain of a repeat
	Purpose Purpose // what the numbers are for
}

// Source returns the stream that k names, at its beginning. The state of its
// generators is 256 bytes of the ChaCha8 generator whose 256-bit seed is k
// itself, so that the map from keys to seeds is one-to-one.
func (k Key) Source() *Source {
	var seed [32]byte
	le := binary.LittleEndian
	le.PutUint64(seed[0:], k.Seed)
	le.PutUint64(seed[8:], k.Cell)
	le.PutUint32(seed[16:], k.Repeat)
	le.PutUint32(seed[20:], k.Chain)
	le.PutUint64(seed[24:], uint64(k.Purpose))
	words, s := rand.NewChaCha8(seed), &Source{}
	for i := range s.state {
		for lane := range s.state[i] {
			s.state[i][lane] = words.Uint64()
		}
	}
	s.refill()
	return s
}

// Rand returns the stream that k names, at its beginning, as a rand.Rand.
func (k Key) Rand() *rand.Rand { return rand.New(k.Source()) }

// New returns the Dynamics stream of the given seed: Key{Seed: seed}.Rand().
func New(seed uint64) *rand.Rand { return Key{Seed: seed}.Rand() }
