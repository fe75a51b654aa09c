package stream

import (
	"math"
	"math/rand/v2"
	"reflect"
	"unsafe"

	"natspike/pkg/internal/state"
)

// lanes is the number of generators that a Source interleaves.
const lanes = 8

// Source is the rand.Source behind the streams of this package: eight
// xoshiro256++ generators in turn, so that vector instructions advance all of
// them at once. Word i of the stream is that of generator i mod 8.
//
// Use a Source where the state of a stream is to be saved; otherwise Key.Rand
// is enough. Key.Source makes one, at its beginning. The zero value is there
// for UnmarshalBinary to fill; its own words are all zero.
//
// Blackman and Vigna, ACM Trans. Math. Softw. 47:36 (2021).
type Source struct {
	start generators  // state of the generators before they gave words
	state generators  // and after
	words [256]uint64 // of which those from next on are still to be used
	next  uint8

	// What the words propose as normal numbers, with room to read a batch beyond the last,
	// and which of them are inside their layers. If proposed is false, nobody has asked
	// yet, and none are.
	proposals [256 + batch]float64
	inside    marks
	proposed  bool

	// Numbers that NextNormals returns and that are not side by side in proposals.
	joined [2 * batch]float64
}

// generators holds the four words of each generator's state.
type generators [4][lanes]uint64

// Uint64 returns the next word of the stream.
func (s *Source) Uint64() uint64 {
	word := s.words[s.next]
	if s.next++; s.next == 0 {
		s.refill()
	}
	return word
}

// unused returns the words that refill has made and nobody has used: at least
// one. advance tells that k of them are used.
func (s *Source) unused() []uint64 { return s.words[s.next:] }

func (s *Source) advance(k int) {
	if s.next += uint8(k); s.next == 0 && k > 0 {
		s.refill()
	}
}

//go:noinline
func (s *Source) refill() { // so that advance is inlined
	s.start = s.state
	s.generate()
}

// generate makes the words that follow the present state.
func (s *Source) generate() {
	fill(&s.words, &s.state)
	s.proposed, s.inside = false, marks{}
}

// fillGo does what fill does, without vector instructions.
func fillGo(words *[256]uint64, state *generators) {
	for lane := range lanes {
		a, b, c, d := state[0][lane], state[1][lane], state[2][lane], state[3][lane]
		for i := lane; i < len(words); i += lanes {
			sum := a + d
			words[i] = sum<<23 | sum>>41
			words[i] += a
			t := b << 17
			c ^= a
			d ^= b
			b ^= c
			a ^= d
			c ^= t
			d = d<<45 | d>>19
		}
		state[0][lane], state[1][lane], state[2][lane], state[3][lane] = a, b, c, d
	}
}

func (s *Source) fields(c *state.Coder) {
	for i := range s.start {
		for lane := range s.start[i] {
			word := int64(s.start[i][lane])
			c.Int("generators", &word, math.MinInt64, math.MaxInt64)
			s.start[i][lane] = uint64(word)
		}
	}
	next := int64(s.next)
	c.Int("position", &next, 0, int64(len(s.words)-1))
	s.next = uint8(next)
	for lane := range lanes {
		bits := s.start[0][lane] | s.start[1][lane] | s.start[2][lane] | s.start[3][lane]
		c.Check("generators", bits != 0, "include one that gives only zeros")
	}
	if c.Reading() {
		s.state = s.start
		s.generate()
	}
}

const kind = "stream.Source/1"

// MarshalBinary returns the state of the stream, for UnmarshalBinary.
func (s *Source) MarshalBinary() ([]byte, error) { return state.Marshal(kind, s.fields) }

// UnmarshalBinary sets the state of the stream to one that MarshalBinary
// returned. It returns an error if the data are damaged or of another kind, and
// then leaves the stream as it is.
func (s *Source) UnmarshalBinary(data []byte) error {
	return state.Restore(kind, data, s, (*Source).fields)
}

// readable reports whether a rand.Rand consists of its source alone, as
// sourceOf takes for granted.
var readable = func() bool {
	t := reflect.TypeFor[rand.Rand]()
	return t.NumField() == 1 && t.Field(0).Type == reflect.TypeFor[rand.Source]()
}()

// sourceOf returns the Source that rng draws from, or nil if it draws from
// another rand.Source. The functions that fill slices use it to read many words
// at a time.
func sourceOf(rng *rand.Rand) *Source {
	if !readable {
		return nil
	}
	s, _ := (*struct{ rand.Source })(unsafe.Pointer(rng)).Source.(*Source)
	return s
}
