package parquetguard

import (
	"encoding/binary"
	"errors"
)

// Kinds of values in Thrift's compact protocol.
const (
	thriftTrue = iota + 1
	thriftFalse
	thriftByte
	thriftI16
	thriftI32
	thriftI64
	thriftDouble
	thriftBinary
	thriftList
	thriftSet
	thriftMap
	thriftStruct
	thriftUUID
)

const (
	maxThriftDepth = 32

	// minStruct is the least number of bytes that a struct within a list takes in
	// Parquet's metadata: a field's header, its value, and the end.
	minStruct = 3
)

var errClaims = errors.New("it is damaged: its metadata claim more than there is")

// A walker passes over a value without building it, so that nothing is allocated
// for what the value only claims.
type walker struct {
	data    []byte                        // what is left
	path    []int                         // numbers of the fields around the value; 0 for a list
	structs int                           // structs in lists so far
	integer func(path []int, value int64) // is called with each integer, if it is not nil
}

func (w *walker) skip(n uint64) error {
	if n > uint64(len(w.data)) {
		return errClaims
	}
	w.data = w.data[n:]
	return nil
}

func (w *walker) varint() (uint64, error) {
	x, n := binary.Uvarint(w.data)
	if n <= 0 {
		return 0, errClaims
	}
	w.data = w.data[n:]
	return x, nil
}

func (w *walker) byte() (byte, error) {
	if len(w.data) == 0 {
		return 0, errClaims
	}
	b := w.data[0]
	w.data = w.data[1:]
	return b, nil
}

func zigzag(x uint64) int64 { return int64(x>>1) ^ -int64(x&1) }

// structure passes over the fields of a struct.
func (w *walker) structure() error {
	if len(w.path) >= maxThriftDepth {
		return errClaims
	}
	id := 0
	for {
		b, err := w.byte()
		if err != nil || b == 0 {
			return err
		}
		if delta := int(b >> 4); delta != 0 {
			id += delta
		} else {
			x, err := w.varint()
			if err != nil {
				return err
			}
			id = int(int16(zigzag(x)))
		}
		w.path = append(w.path, id)
		if kind := b & 0xf; kind != thriftTrue && kind != thriftFalse { // whose value is the kind
			err = w.value(kind)
		}
		w.path = w.path[:len(w.path)-1]
		if err != nil {
			return err
		}
	}
}

func (w *walker) value(kind byte) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte: // in a list the first two take a byte
		return w.skip(1)
	case thriftI16, thriftI32, thriftI64:
		x, err := w.varint()
		if err == nil && w.integer != nil {
			w.integer(w.path, zigzag(x))
		}
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftBinary:
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		b, err := w.byte()
		if err != nil {
			return err
		}
		n := uint64(b >> 4)
		if n == 15 {
			if n, err = w.varint(); err != nil {
				return err
			}
		}
		return w.elements(n, b&0xf)
	case thriftMap:
		n, err := w.varint()
		if err != nil || n == 0 {
			return err
		}
		b, err := w.byte()
		if err != nil {
			return err
		}
		return w.elements(n, b>>4, b&0xf)
	case thriftStruct:
		return w.structure()
	case thriftUUID:
		return w.skip(16)
	}
	return errClaims
}

// elements passes over n values, or pairs of values. Each value takes a byte at
// least.
func (w *walker) elements(n uint64, kinds ...byte) error {
	if n > uint64(len(w.data)) || len(w.path) >= maxThriftDepth {
		return errClaims
	}
	if len(kinds) == 1 && kinds[0] == thriftStruct {
		if n > uint64(len(w.data)/minStruct) {
			return errClaims
		}
		w.structs += int(n)
	}
	w.path = append(w.path, 0)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	for range n {
		for _, kind := range kinds {
			if err := w.value(kind); err != nil {
				return err
			}
		}
	}
	return nil
}
