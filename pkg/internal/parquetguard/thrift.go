package parquetguard

import (
	"errors"

	"github.com/parquet-go/parquet-go/encoding/thrift"
)

const (
	maxThriftDepth = 32

	// minStruct is the least number of bytes that a struct within a list takes in
	// Parquet's metadata: a field's header, its value, and the end.
	minStruct = 3
)

var errClaims = errors.New("it is damaged: its metadata claim more than there is")

// A walker reads a struct without building it, so that nothing is allocated for
// lists that are shorter than they claim.
type walker struct {
	thrift.BytesReader
	size    int                           // bytes
	path    []int                         // numbers of the fields that contain the value; 0 for a list
	structs int                           // structs in lists so far
	integer func(path []int, value int64) // is called with each integer, if it is not nil
}

// walk reads the struct at the beginning of data. It returns the length of the struct
// and the number of structs in lists within it.
func walk(data []byte, integer func(path []int, value int64)) (length, structs int, err error) {
	w := walker{BytesReader: new(thrift.CompactProtocol).NewReaderFromBytes(data), size: len(data), integer: integer}
	if w.value(thrift.STRUCT) != nil {
		return 0, 0, errClaims
	}
	return w.BytesRead(), w.structs, nil
}

func (w *walker) value(kind thrift.Type) (err error) {
	switch kind {
	case thrift.TRUE, thrift.FALSE, thrift.I8: // in a list the first two take a byte
		_, err = w.ReadInt8()
	case thrift.I16, thrift.I32, thrift.I64:
		x, err := w.ReadInt64()
		if err == nil && w.integer != nil {
			w.integer(w.path, x)
		}
		return err
	case thrift.DOUBLE:
		_, err = w.ReadFloat64()
	case thrift.BINARY:
		_, err = w.ReadBytes() // part of the data
	case thrift.LIST, thrift.SET:
		l, err := w.ReadList()
		if err != nil {
			return err
		}
		return w.elements(l.Size, l.Type)
	case thrift.MAP:
		m, err := w.ReadMap()
		if err != nil {
			return err
		}
		return w.elements(m.Size, m.Key, m.Value)
	case thrift.STRUCT:
		return w.fields()
	default:
		return errClaims
	}
	return err
}

// fields reads the fields of a struct.
func (w *walker) fields() error {
	if len(w.path) >= maxThriftDepth {
		return errClaims
	}
	id := 0
	for {
		f, err := w.ReadField()
		if err != nil || f == (thrift.Field{}) { // the end
			return err
		}
		if !f.Delta {
			id = 0
		}
		id += int(f.ID)
		w.path = append(w.path, id)
		if f.Type != thrift.TRUE && f.Type != thrift.FALSE { // whose value is the type
			err = w.value(f.Type)
		}
		w.path = w.path[:len(w.path)-1]
		if err != nil {
			return err
		}
	}
}

// elements reads n values, or pairs of values. Each value takes at least a byte.
func (w *walker) elements(n int32, kinds ...thrift.Type) error {
	left := w.size - w.BytesRead()
	if len(kinds) == 1 && kinds[0] == thrift.STRUCT {
		left /= minStruct
		w.structs += int(n)
	}
	if int(n) > left || len(w.path) >= maxThriftDepth {
		return errClaims
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
