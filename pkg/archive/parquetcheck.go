package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The decoder allocates what a Parquet file claims: 22 bytes can ask for
// hundreds of gigabytes, which ends the program. So before it sees a file, the
// claims are held against the bytes that are there. The metadata are in
// Thrift's compact protocol:
// https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md

const (
	maxThriftDepth = 32
	maxGroups      = 1000    // columns within columns in a schema
	maxPageValues  = 1 << 24 // in one page, however well they compress
	maxPageBytes   = 1 << 24 // of one page, or deflateLimit times what is stored
	maxPageHeader  = 1 << 20 // statistics of long strings are in it
)

var errClaims = errors.New("it is damaged: its metadata claim more than there is")

// A thriftWalker passes over a value, and tells of the whole numbers in it.
type thriftWalker struct {
	data  []byte
	path  []int                         // of field numbers
	visit func(path []int, value int64) // a whole number
}

func (w *thriftWalker) bytes(n uint64) error {
	if n > uint64(len(w.data)) {
		return errClaims
	}
	w.data = w.data[n:]
	return nil
}

func (w *thriftWalker) varint() (uint64, error) {
	x, n := binary.Uvarint(w.data)
	if n <= 0 {
		return 0, errClaims
	}
	w.data = w.data[n:]
	return x, nil
}

func (w *thriftWalker) byte() (byte, error) {
	if len(w.data) == 0 {
		return 0, errClaims
	}
	b := w.data[0]
	w.data = w.data[1:]
	return b, nil
}

func zigzag(x uint64) int64 { return int64(x>>1) ^ -int64(x&1) }

// structure passes over the fields of a struct.
func (w *thriftWalker) structure() error {
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
		if kind := b & 0xf; kind > 2 { // true and false are the type itself
			err = w.value(kind)
		}
		w.path = w.path[:len(w.path)-1]
		if err != nil {
			return err
		}
	}
}

func (w *thriftWalker) value(kind byte) error {
	switch kind {
	case 1, 2, 3: // bool in a list, byte
		return w.bytes(1)
	case 4, 5, 6: // whole numbers
		x, err := w.varint()
		if err == nil {
			w.visit(w.path, zigzag(x))
		}
		return err
	case 7: // double
		return w.bytes(8)
	case 8: // bytes, text
		n, err := w.varint()
		if err != nil {
			return err
		}
		return w.bytes(n)
	case 9, 10: // list, set
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
	case 11: // map
		n, err := w.varint()
		if err != nil || n == 0 {
			return err
		}
		b, err := w.byte()
		if err != nil {
			return err
		}
		return w.elements(n, b>>4, b&0xf)
	case 12:
		return w.structure()
	case 13: // UUID
		return w.bytes(16)
	}
	return errClaims
}

// elements passes over n values, or pairs of values. Each takes a byte at least.
func (w *thriftWalker) elements(n uint64, kinds ...byte) error {
	if n > uint64(len(w.data)) || len(w.path) >= maxThriftDepth {
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

// checkFooter checks the claims of the metadata at the end of a file.
func checkFooter(f io.ReaderAt, size int64) error {
	var tail [8]byte
	if _, err := f.ReadAt(tail[:], size-8); err != nil {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(tail[:4]))
	if length > size-12 {
		return errClaims
	}
	footer := make([]byte, length)
	if _, err := f.ReadAt(footer, size-8-length); err != nil {
		return err
	}
	groups := 0
	w := thriftWalker{data: footer, visit: func(path []int, value int64) {
		if len(path) == 3 && path[0] == 2 && path[2] == 5 && value > 0 { // children in the schema
			groups++
		}
	}}
	if err := w.structure(); err != nil {
		return err
	}
	if groups > maxGroups {
		return fmt.Errorf("its schema has %d groups; want at most %d", groups, maxGroups)
	}
	return nil
}

// checkPages checks the claims of the pages of all columns.
func checkPages(f io.ReaderAt, size int64, p parquetFile) error {
	for _, g := range p.Metadata().RowGroups {
		for i := range g.Columns {
			m := &g.Columns[i].MetaData
			at := m.DataPageOffset
			if d := m.DictionaryPageOffset; d > 0 && d < at {
				at = d
			}
			if at < 4 || m.TotalCompressedSize < 0 || m.TotalCompressedSize > size-at || m.NumValues < 0 {
				return errClaims
			}
			if err := checkColumn(f, at, at+m.TotalCompressedSize); err != nil {
				return fmt.Errorf("column %v: %w", m.PathInSchema, err)
			}
		}
	}
	return nil
}

func checkColumn(f io.ReaderAt, at, end int64) error {
	buf := make([]byte, 1<<10)
	for at < end {
		var stored, whole, values int64
		n, err := f.ReadAt(buf[:min(int64(len(buf)), end-at)], at)
		if err != nil && err != io.EOF {
			return err
		}
		w := thriftWalker{data: buf[:n], visit: func(path []int, value int64) {
			switch {
			case len(path) == 1 && path[0] == 2:
				whole = value
			case len(path) == 1 && path[0] == 3:
				stored = value
			case len(path) == 2 && path[1] == 1 && (path[0] == 5 || path[0] == 7 || path[0] == 8):
				values = value
			}
		}}
		if err := w.structure(); err != nil {
			if int64(n) == end-at || len(buf) >= maxPageHeader {
				return err
			}
			buf = make([]byte, 4*len(buf)) // the header may be longer
			continue
		}
		at += int64(n - len(w.data))
		if stored < 0 || stored > end-at || whole < 0 || values < 0 {
			return errClaims
		}
		if whole > max(maxPageBytes, deflateLimit*stored) || values > maxPageValues {
			return fmt.Errorf("a page of %d bytes claims %d values in %d bytes; want at most %d in %d", stored, values, whole, maxPageValues, max(maxPageBytes, deflateLimit*stored))
		}
		at += stored
	}
	return nil
}
