package state

import (
	"errors"
	"hash/crc64"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"natspike/pkg/arg"
)

type everything struct {
	steps  int64
	warm   bool
	scale  float64
	x      []float64
	spikes []int
	times  []float64
	inner  *part
}

func (e *everything) fields(c *Coder) {
	c.Same("dimension", uint64(len(e.x)), "belongs to another dimension")
	c.Int("steps", &e.steps, 0, math.MaxInt64)
	c.Bool("warm", &e.warm)
	c.Float("scale", &e.scale)
	c.Check("scale", e.scale > 0, "is not positive")
	c.Floats("x", e.x)
	c.Ints("spikes", &e.spikes, 5, 10)
	c.List("times", &e.times, 5)
	c.Part("inner", e.inner)
	c.SameFloats("constants", []float64{e.scale, 2}, "are not those of the scale")
}

const kind = "test.Everything/1"

func example() *everything {
	return &everything{1 << 40, true, math.SmallestNonzeroFloat64, []float64{1, math.Copysign(0, -1), math.MaxFloat64}, []int{0, 9}, []float64{0.25, 0.5}, &part{"nine more"}}
}

func bytesOf(fields func(*Coder)) []byte {
	data, err := Marshal(kind, fields)
	if err != nil {
		panic(err)
	}
	return data
}

// A part is a text that saves and restores itself.
type part struct{ text string }

func (p *part) MarshalBinary() ([]byte, error)    { return []byte(p.text), nil }
func (p *part) UnmarshalBinary(data []byte) error { p.text = string(data); return nil }

func read(data []byte) (*everything, error) {
	e := &everything{x: make([]float64, 3), inner: &part{}}
	return e, Unmarshal(kind, data, e.fields)
}

func TestRoundTrip(t *testing.T) {
	want := example()
	got, err := read(bytesOf(want.fields))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v; wrote %+v", got, err, want)
	}
}

// TestRefuses reads values that no type would write, with a valid checksum.
func TestRefuses(t *testing.T) {
	for field, change := range map[string]func(*everything){
		"steps":     func(e *everything) { e.steps = -1 },
		"scale":     func(e *everything) { e.scale = 0 },
		"x":         func(e *everything) { e.x[1] = math.NaN() },
		"spikes":    func(e *everything) { e.spikes = []int{10} },
		"times":     func(e *everything) { e.times = make([]float64, 6) },
		"dimension": func(e *everything) { e.x = e.x[:2] },
	} {
		e := example()
		change(e)
		var refusal *arg.Error
		if _, err := read(bytesOf(e.fields)); !errors.As(err, &refusal) || refusal.Name != "state's "+field {
			t.Errorf("%s: %v", field, err)
		}
	}
	other, _ := Marshal("test.Everything/2", example().fields)
	for name, data := range map[string][]byte{
		"is not that of a":  other,
		"bytes more than":   bytesOf(func(c *Coder) { e := example(); e.fields(c); c.Float("", &e.scale) }),
		"constants is cut":  bytesOf(func(c *Coder) { e := example(); e.times = nil; e.fields(c); c.data = c.data[:len(c.data)-8] }),
		"of 0 bytes is cut": nil,
	} {
		if _, err := read(data); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDamage changes each bit, and cuts at each length.
func TestDamage(t *testing.T) {
	data := bytesOf(example().fields)
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			if _, err := read(data); err == nil {
				t.Fatalf("bit %d of byte %d is changed, and it is read", bit, i)
			}
			data[i] ^= 1 << bit
		}
		if _, err := read(data[:i]); err == nil {
			t.Fatalf("%d bytes of %d are read", i, len(data))
		}
	}
}

// TestHostile changes words and mends the checksum, so that each field's own
// checks must hold: no panic, no large allocation.
func TestHostile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	whole := bytesOf(example().fields)
	for range 20_000 {
		data := append([]byte(nil), whole[:len(whole)-8]...)
		for range 1 + rng.IntN(3) {
			data[rng.IntN(len(data))] = byte(rng.Uint32())
		}
		data = data[:len(data)-rng.IntN(2)*rng.IntN(len(data))]
		c := &Coder{data: data}
		c.word(crc64.Checksum(data, table))
		if e, err := read(c.data); err == nil && (e.steps < 0 || !(e.scale > 0) || len(e.spikes) > 5 || len(e.inner.text) > len(whole) || len(e.times) > 5) {
			t.Fatalf("read %+v", e)
		}
	}
}

// TestRestore: a state that is refused at its very end leaves all fields as they
// were, also those in slices that the copy shares; one that is read replaces them.
func TestRestore(t *testing.T) {
	from, into, want := example(), example(), example()
	from.steps, from.x[1], from.spikes, from.times[0] = 7, -8, []int{3, 4, 5}, -1
	more := bytesOf(func(c *Coder) { from.fields(c); c.Float("", &from.scale) })
	if err := Restore(kind, more, into, (*everything).fields); err == nil || !reflect.DeepEqual(into, want) {
		t.Errorf("refused by %v, and then %+v, want %+v", err, into, want)
	}
	if err := Restore(kind, bytesOf(from.fields), into, (*everything).fields); err != nil || !reflect.DeepEqual(into, from) {
		t.Errorf("read %+v, %v; wrote %+v", into, err, from)
	}
}

// TestCount: a count is what was written, and is not negative.
func TestCount(t *testing.T) {
	n := 1 << 40
	data := bytesOf(func(c *Coder) { c.Count("n", &n) })
	m := 0
	if err := Unmarshal(kind, data, func(c *Coder) { c.Count("n", &m) }); err != nil || m != n {
		t.Errorf("read %d, %v; wrote %d", m, err, n)
	}
	n = -1
	data = bytesOf(func(c *Coder) { c.Count("n", &n) })
	if err := Unmarshal(kind, data, func(c *Coder) { c.Count("n", &m) }); err == nil || m != 1<<40 {
		t.Errorf("a count of −1 is read as %d, error %v", m, err)
	}
}

// picky is a part that refuses every state, and mute one that cannot be saved.
type (
	picky struct{ part }
	mute  struct{ part }
)

func (picky) UnmarshalBinary([]byte) error { return errors.New("picky") }

func (mute) MarshalBinary() ([]byte, error) { return nil, errors.New("mute") }

// TestPart: a part that has no methods, or cannot be saved, is an error both ways. A
// part that refuses its state leaves the parts before it as they were.
func TestPart(t *testing.T) {
	parts := func(of ...any) func(*Coder) {
		return func(c *Coder) {
			for _, p := range of {
				c.Part("inner", p)
			}
		}
	}
	data := bytesOf(parts(&part{"one"}, &part{"other"}))
	for want, of := range map[string]any{"inner is a int, which has no methods": 1, "mute": &mute{}} {
		if _, err := Marshal(kind, parts(of)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
		if err := Unmarshal(kind, data, parts(of, &part{})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
	first, second := &part{"first"}, &part{"second"}
	if err := Unmarshal(kind, data, parts(first, &picky{})); err == nil || err.Error() != "picky" || first.text != "first" {
		t.Errorf("error is %v, and the first part is %q, want what it was", err, first.text)
	}
	if err := Unmarshal(kind, data, parts(first, second)); err != nil || first.text != "one" || second.text != "other" {
		t.Errorf("read %q and %q, %v", first.text, second.text, err)
	}
}
