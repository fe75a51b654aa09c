package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// NumPy's format of an array, version 1 to 3:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.

const npyMagic = "\x93NUMPY"

// maxNPYHeader bounds the text that describes an array; NumPy itself stops at 10 000.
const maxNPYHeader = 1 << 16

// npyHeader describes an array whose data follows.
type npyHeader struct {
	descr   string // such as <f8
	fortran bool   // first index fastest
	shape   []int
	size    int // elements
	item    int // bytes in one
	order   binary.ByteOrder
	decode  func(b []byte) float64 // nil for text
}

// word returns the bits of an element, which has 1, 2, 4 or 8 bytes.
func (h *npyHeader) word(b []byte) uint64 {
	switch h.item {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(h.order.Uint16(b))
	case 4:
		return uint64(h.order.Uint32(b))
	}
	return h.order.Uint64(b)
}

// appendNPYHeader encodes the header of an array in row-major order.
func appendNPYHeader(b []byte, descr string, shape []int) []byte {
	var tuple strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&tuple, "%d,", n)
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple.String())
	size := len(npyMagic) + 4 + len(dict) + 1
	dict += strings.Repeat(" ", (64-size%64)%64) + "\n"
	b = append(b, npyMagic+"\x01\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(dict)))
	return append(b, dict...)
}

// npyDescr returns NumPy's code of a kind.
func npyDescr(k Kind) string { return [...]string{Float64: "<f8", Int64: "<i8", Bool: "|b1"}[k] }

var (
	npyDescrKey   = regexp.MustCompile(`["']descr["']\s*:\s*(?:'([^']*)'|"([^"]*)")`)
	npyFortranKey = regexp.MustCompile(`["']fortran_order["']\s*:\s*(True|False)`)
	npyShapeKey   = regexp.MustCompile(`["']shape["']\s*:\s*\(([\d,\s]*)\)`)
)

// readNPYHeader reads up to where the data begins.
func readNPYHeader(r io.Reader) (*npyHeader, error) {
	var start [len(npyMagic) + 2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:len(npyMagic)]) != npyMagic {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return nil, errors.New("this is not a NumPy array: it does not begin with \\x93NUMPY")
	}
	major := start[len(npyMagic)]
	length := make([]byte, 4)
	if major == 1 {
		length = length[:2]
	}
	if major < 1 || major > 3 {
		return nil, fmt.Errorf("version %d of NumPy's format; want 1, 2 or 3", major)
	}
	if _, err := io.ReadFull(r, length); err != nil {
		return nil, cut(err)
	}
	var n uint32
	if major == 1 {
		n = uint32(binary.LittleEndian.Uint16(length))
	} else {
		n = binary.LittleEndian.Uint32(length)
	}
	if n > maxNPYHeader {
		return nil, fmt.Errorf("an array header of %d bytes; want at most %d", n, maxNPYHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, cut(err)
	}
	descr, fortran, shape := npyDescrKey.FindSubmatch(text), npyFortranKey.FindSubmatch(text), npyShapeKey.FindSubmatch(text)
	if descr == nil || fortran == nil || shape == nil {
		return nil, fmt.Errorf("array header %.80q lacks a simple descr, fortran_order or shape", text)
	}
	h := &npyHeader{descr: string(descr[1]) + string(descr[2]), fortran: string(fortran[1]) == "True", size: 1}
	for s := range strings.SplitSeq(string(shape[1]), ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, fmt.Errorf("size %.30q of a dimension is too large", s)
		}
		if n != 0 && h.size > math.MaxInt64/64/n {
			return nil, fmt.Errorf("shape (%.80s) is too large", shape[1])
		}
		h.size *= n
		h.shape = append(h.shape, n)
	}
	return h, h.codec()
}

func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("it is cut short")
	}
	return err
}

// codec finds the type of the elements.
func (h *npyHeader) codec() error {
	unknown := fmt.Errorf("elements of type %.20q; want a real or whole number, bool or text", h.descr)
	if len(h.descr) < 3 {
		return unknown
	}
	item, err := strconv.Atoi(h.descr[2:])
	if err != nil || item < 0 || item > 1<<20 {
		return unknown
	}
	h.item = item
	switch h.descr[0] {
	case '>':
		h.order = binary.BigEndian
	case '<', '|':
		h.order = binary.LittleEndian
	default:
		return unknown
	}
	power := item == 1 || item == 2 || item == 4 || item == 8
	switch c := h.descr[1]; {
	case c == 'f' && item == 8:
		h.decode = func(b []byte) float64 { return math.Float64frombits(h.word(b)) }
	case c == 'f' && item == 4:
		h.decode = func(b []byte) float64 { return float64(math.Float32frombits(uint32(h.word(b)))) }
	case c == 'i' && power:
		h.decode = func(b []byte) float64 { return float64(int64(h.word(b)<<(64-8*item)) >> (64 - 8*item)) }
	case c == 'u' && power:
		h.decode = func(b []byte) float64 { return float64(h.word(b)) }
	case c == 'b' && item == 1:
		h.decode = func(b []byte) float64 { return float64(b[0]) }
	case c == 'U':
		h.item *= 4
	default:
		return unknown
	}
	return nil
}

// kind is the kind of the elements of a numeric array.
func (h *npyHeader) kind() Kind {
	switch h.descr[1] {
	case 'f':
		return Float64
	case 'b':
		return Bool
	}
	return Int64
}

// each reads the elements as they stand in the file. In an array of Fortran's
// order they come with the first index fastest; at is where an element belongs
// in row-major order.
func (h *npyHeader) each(r io.Reader, visit func(at int, x float64)) error {
	if h.decode == nil {
		return fmt.Errorf("elements of type %q; want numbers", h.descr)
	}
	stride := make([]int, len(h.shape)) // in row-major order
	for i, n := len(h.shape)-1, 1; i >= 0; i-- {
		stride[i] = n
		n *= h.shape[i]
	}
	index := make([]int, len(h.shape))
	const per = 4096
	buf := make([]byte, min(per, max(h.size, 1))*h.item)
	exact := h.kind() != Int64 || h.item < 8
	for at, left := 0, h.size; left > 0; {
		b := buf[:min(left*h.item, len(buf))]
		if _, err := io.ReadFull(r, b); err != nil {
			return cut(err)
		}
		for ; len(b) > 0; b = b[h.item:] {
			x := h.decode(b)
			if !exact && math.Abs(x) >= 1<<53 {
				return fmt.Errorf("element %d is %v; want whole numbers below 2⁵³ in size, which float64 holds", h.size-left, x)
			}
			visit(at, x)
			left--
			if !h.fortran {
				at++
				continue
			}
			for k := range index {
				at += stride[k]
				if index[k]++; index[k] < h.shape[k] {
					break
				}
				at -= index[k] * stride[k]
				index[k] = 0
			}
		}
	}
	return nil
}
