// Package state writes the state of a sampler to bytes and reads it back, for
// MarshalBinary and UnmarshalBinary.
//
// A type lists its fields once, in a function that both directions call:
//
//	func (s *Walker) fields(c *state.Coder) {
//		c.Count("steps", &s.steps)
//		c.Floats("position", s.x)
//	}
//
//	func (s *Walker) MarshalBinary() ([]byte, error) {
//		return state.Marshal("mcmc.Walker/1", s.fields)
//	}
//
//	func (s *Walker) UnmarshalBinary(data []byte) error {
//		return state.Restore("mcmc.Walker/1", data, s, (*Walker).fields)
//	}
//
// The bytes are the kind as a header, the fields in order, and a checksum. All
// numbers take eight bytes, the least significant first. The length of a slice comes
// before its elements. The kind begins with the package, whose name errors have, and
// ends with a version, which is raised when the fields change.
package state

import (
	"encoding"
	"encoding/binary"
	"hash/crc64"
	"math"
	"slices"
	"strings"

	"natspike/pkg/arg"
)

var table = crc64.MakeTable(crc64.ECMA)

// A Coder writes fields or reads them. It keeps the first error, and then leaves the
// fields that follow as they are.
type Coder struct {
	reading bool
	data    []byte // written so far, or left to read
	check   arg.Checker
	err     error
	undo    []func() // functions that restore the fields that were overwritten
}

func newCoder(kind string) *Coder {
	name, _, _ := strings.Cut(kind, ".")
	return &Coder{check: arg.Checker(name)}
}

// Marshal returns the bytes of the fields that the function lists, or an error if a
// part cannot be saved.
func Marshal(kind string, fields func(*Coder)) ([]byte, error) {
	c := newCoder(kind)
	c.word(uint64(len(kind)))
	c.data = append(c.data, kind...)
	fields(c)
	c.word(crc64.Checksum(c.data, table))
	return c.data, c.err
}

// Unmarshal reads the fields that the function lists from the bytes of Marshal. It
// returns an *arg.Error that names the field if the data are of another kind,
// cut short, too long or damaged, or if a field is out of range. After an error the
// fields are unchanged.
func Unmarshal(kind string, data []byte, fields func(*Coder)) error {
	c := newCoder(kind)
	c.reading = true
	switch body := len(data) - 8; {
	case body < 8+len(kind):
		return c.check.Errorf("state", "of %d bytes is cut short", len(data))
	case binary.LittleEndian.Uint64(data) != uint64(len(kind)) || string(data[8:8+len(kind)]) != kind:
		return c.check.Errorf("state", "is not that of a %s", kind)
	case binary.LittleEndian.Uint64(data[body:]) != crc64.Checksum(data[:body], table):
		return c.check.Errorf("state", "is damaged: its checksum does not match")
	default:
		c.data = data[8+len(kind) : body]
	}
	fields(c)
	if c.err == nil && len(c.data) > 0 {
		c.fail("", "has %d bytes more than its fields take", len(c.data))
	}
	if c.err != nil {
		for _, undo := range slices.Backward(c.undo) {
			undo()
		}
	}
	return c.err
}

// Restore reads the fields of s as Unmarshal does. After an error s is unchanged, also
// where the function sets what follows from the fields.
func Restore[T any](kind string, data []byte, s *T, fields func(*T, *Coder)) error {
	next := *s
	if err := Unmarshal(kind, data, func(c *Coder) { fields(&next, c) }); err != nil {
		return err
	}
	*s = next
	return nil
}

// Reading reports whether the coder reads.
func (c *Coder) Reading() bool { return c.reading }

// set changes *v to x, until an error changes it back.
func set[T any](c *Coder, v *T, x T) {
	before := *v
	c.undo = append(c.undo, func() { *v = before })
	*v = x
}

// Int codes an integer from least to most.
func (c *Coder) Int(name string, v *int64, least, most int64) {
	if x, ok := c.next(name, uint64(*v)); ok {
		if x := int64(x); x < least || x > most {
			c.fail(name, "is %d, want %d to %d", x, least, most)
		} else {
			set(c, v, x)
		}
	}
}

// Count codes a number of events.
func (c *Coder) Count(name string, n *int) {
	v := int64(*n)
	c.Int(name, &v, 0, math.MaxInt)
	set(c, n, int(v))
}

// Bool codes a truth value.
func (c *Coder) Bool(name string, v *bool) {
	x := int64(0)
	if *v {
		x = 1
	}
	c.Int(name, &x, 0, 1)
	set(c, v, x == 1)
}

// Float codes a number, which must be finite.
func (c *Coder) Float(name string, v *float64) {
	x, ok := c.next(name, math.Float64bits(*v))
	if f := math.Float64frombits(x); ok && !(math.Abs(f) <= math.MaxFloat64) {
		c.fail(name, "is %v, which is not finite", f)
	} else if ok {
		set(c, v, f)
	}
}

// Floats codes the elements of v, which must be finite. It does not change the length
// of v.
func (c *Coder) Floats(name string, v []float64) {
	n := int64(len(v))
	if !c.length(name, &n, n, n) {
		return
	}
	for i := range v {
		c.Float(name, &v[i])
	}
}

// Ints codes the elements of a list of at most most integers from 0 to below-1.
func (c *Coder) Ints(name string, v *[]int, most, below int) {
	list(c, name, v, most, func(x *int) {
		i := int64(*x)
		c.Int(name, &i, 0, int64(below)-1)
		*x = int(i)
	})
}

// List codes the elements of a list of at most most finite numbers.
func (c *Coder) List(name string, v *[]float64, most int) {
	list(c, name, v, most, func(x *float64) { c.Float(name, x) })
}

// list codes a list of at most most elements. When it reads, it replaces *v.
func list[T any](c *Coder, name string, v *[]T, most int, element func(*T)) {
	n := int64(len(*v))
	if !c.length(name, &n, 0, int64(most)) {
		return
	}
	if c.reading {
		set(c, v, make([]T, n, max(n, int64(cap(*v)))))
	}
	for i := range *v {
		element(&(*v)[i])
	}
}

// Part codes the state of a part that saves and restores itself, padded to words. It
// keeps an error if the part has no methods MarshalBinary and UnmarshalBinary, or the
// error that one of them returns.
func (c *Coder) Part(name string, of any) {
	part, ok := of.(interface {
		encoding.BinaryMarshaler
		encoding.BinaryUnmarshaler
	})
	if !ok {
		c.refuse(c.check.Errorf(name, "is a %T, which has no methods MarshalBinary and UnmarshalBinary", of))
		return
	}
	now, err := part.MarshalBinary()
	if err != nil {
		c.refuse(err)
		return
	}
	n, ok := c.next(name, uint64(len(now)))
	switch {
	case !c.reading:
		c.data = append(c.data, now...)
		c.data = append(c.data, make([]byte, -len(now)&7)...)
	case ok && n > uint64(len(c.data)):
		c.fail(name, "is cut short")
	case ok:
		c.undo = append(c.undo, func() { part.UnmarshalBinary(now) })
		c.refuse(part.UnmarshalBinary(c.data[:n]))
		c.data = c.data[min(n+-n&7, uint64(len(c.data))):]
	}
}

// Same codes the number v. Reading another number is an error with the given problem,
// a clause such as "belongs to a network with another decoder".
func (c *Coder) Same(name string, v uint64, problem string) {
	if x, ok := c.next(name, v); ok && x != v {
		c.fail(name, "%s", problem)
	}
}

// SameFloats codes a digest of x. Reading the digest of other numbers is an error, as
// in Same.
func (c *Coder) SameFloats(name string, x []float64, problem string) {
	c.Same(name, Digest(x), problem)
}

// Digest returns a hash of x. Two different x have the same hash with a probability of
// about 2⁻⁶⁴.
func Digest(x []float64) uint64 {
	digest := uint64(len(x))
	for _, v := range x {
		digest = (digest ^ math.Float64bits(v)) * 0x9e3779b97f4a7c15
		digest ^= digest >> 29
	}
	return digest
}

// Check keeps an error when it reads, unless ok, with a problem as in Same.
func (c *Coder) Check(name string, ok bool, problem string) {
	if c.reading && c.err == nil && !ok {
		c.fail(name, "%s", problem)
	}
}

// length codes the length of a slice, which must fit the data that are left.
func (c *Coder) length(name string, n *int64, least, most int64) (ok bool) {
	before := c.err
	x, ok := c.next(name, uint64(*n))
	switch {
	case !c.reading:
		return true
	case !ok || before != nil:
		return false
	case int64(x) < least || int64(x) > most:
		if least == most {
			c.fail(name, "has length %d, want %d", int64(x), most)
		} else {
			c.fail(name, "has length %d, want at most %d", int64(x), most)
		}
	case x > uint64(len(c.data)/8):
		c.fail(name, "is cut short")
	default:
		*n = int64(x)
		return true
	}
	return false
}

// next writes x, or reads the next word and reports whether there was one.
func (c *Coder) next(name string, x uint64) (read uint64, ok bool) {
	switch {
	case !c.reading:
		c.word(x)
		return 0, false
	case c.err != nil:
		return 0, false
	case len(c.data) < 8:
		c.fail(name, "is cut short")
		return 0, false
	}
	read = binary.LittleEndian.Uint64(c.data)
	c.data = c.data[8:]
	return read, true
}

func (c *Coder) word(x uint64) { c.data = binary.LittleEndian.AppendUint64(c.data, x) }

// fail refuses the field of that name.
func (c *Coder) fail(name, format string, values ...any) {
	if name != "" {
		name = "'s " + name
	}
	c.refuse(c.check.Errorf("state"+name, format, values...))
}

// refuse keeps the first error.
func (c *Coder) refuse(err error) {
	if c.err == nil {
		c.err = err
	}
}
