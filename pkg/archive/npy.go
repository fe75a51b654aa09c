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

// NumPy's format of an array, versions 1 to 3:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.

const npyMagic = "\x93NUMPY"

// maxNPYHeader bounds the text that describes an array. NumPy itself stops at
// 10 000 bytes.
const maxNPYHeader = 1 << 16

// An npyHeader describes an array whose data follow it.
type npyHeader struct {
	descr   string // the type of the elements, such as <f8
	fortran bool   // whether the first index changes fastest
	shape   []int
	size    int // elements
	begin   int // bytes before the data
	npyType
	order binary.ByteOrder
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
	npyFieldsKey  = regexp.MustCompile(`["']descr["']\s*:\s*[\[(]`)
	npyFortranKey = regexp.MustCompile(`["']fortran_order["']\s*:\s*(True|False)`)
	npyShapeKey   = regexp.MustCompile(`["']shape["']\s*:\s*\(([\dL,\s]*)\)`) // with the L of Python 2
)

// readNPYHeader reads up to where the data begin.
func readNPYHeader(r io.Reader) (*npyHeader, error) {
	var start [len(npyMagic) + 2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:len(npyMagic)]) != npyMagic {
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return nil, err
		}
		return nil, errors.New("this is not a NumPy array: it does not begin with \\x93NUMPY")
	}
	major := start[len(npyMagic)]
	if major < 1 || major > 3 {
		return nil, fmt.Errorf("version %d of NumPy's format; want 1, 2 or 3", major)
	}
	var length [4]byte // of which version 1 has two
	read := length[:min(2*int(major), 4)]
	if err := readFull(r, read); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n > maxNPYHeader {
		return nil, fmt.Errorf("an array header of %d bytes; want at most %d", n, maxNPYHeader)
	}
	text := make([]byte, n)
	if err := readFull(r, text); err != nil {
		return nil, err
	}
	if npyFieldsKey.Match(text) {
		return nil, errors.New("elements of a structured type; want real or whole numbers or bool")
	}
	descr, fortran, shape := npyDescrKey.FindSubmatch(text), npyFortranKey.FindSubmatch(text), npyShapeKey.FindSubmatch(text)
	if descr == nil || fortran == nil || shape == nil {
		return nil, fmt.Errorf("array header %.80q lacks descr, fortran_order or shape", text)
	}
	h := &npyHeader{descr: string(descr[1]) + string(descr[2]), fortran: string(fortran[1]) == "True", size: 1, begin: len(start) + len(read) + len(text)}
	for s := range strings.SplitSeq(string(shape[1]), ",") {
		if s = strings.TrimSuffix(strings.TrimSpace(s), "L"); s == "" {
			continue
		}
		n, err := strconv.Atoi(s)
		if err != nil {
			return nil, fmt.Errorf("size %.30q of a dimension is too large", s)
		}
		if n != 0 && h.size > math.MaxInt64/64/n {
			return nil, fmt.Errorf("shape (%.80s) is too large", shape[1])
		}
		if len(h.shape) == maxDims+2 {
			return nil, fmt.Errorf("an array of more than %d dimensions, which NumPy does not have", maxDims+2)
		}
		h.size *= n
		h.shape = append(h.shape, n)
	}
	return h, h.setType()
}

// npyCodes are the one-letter codes of NumPy's types and their lengths in bytes,
// on the 64-bit systems of Linux and macOS.
var npyCodes = map[string]string{
	"?": "b1", "b": "i1", "B": "u1", "h": "i2", "H": "u2", "i": "i4", "I": "u4",
	"l": "i8", "L": "u8", "q": "i8", "Q": "u8", "p": "i8", "P": "u8",
	"e": "f2", "f": "f4", "d": "f8",
}

// setType sets the type and the byte order of the elements. It returns an error
// unless they are bool or numbers of 1 to 8 bytes.
func (h *npyHeader) setType() error {
	code := strings.TrimLeft(h.descr, "<>=|")
	if len(h.descr)-len(code) > 1 {
		code = "" // two byte orders
	}
	if long, ok := npyCodes[code]; ok {
		code = long
	}
	var order binary.ByteOrder = binary.LittleEndian
	if h.descr != "" && h.descr[0] == '>' {
		order = binary.BigEndian
	}
	t, ok := npyTypes[code]
	if !ok {
		return fmt.Errorf("elements of type %.20q; want bool, or real or whole numbers of 1 to 8 bytes", h.descr)
	}
	h.npyType, h.order = t, order
	return nil
}

// An npyType is a type of elements and the way to read them.
type npyType struct {
	kind   Kind
	item   int                                        // bytes in one
	exact  bool                                       // whether float64 holds every value of the type
	decode func(o binary.ByteOrder, b []byte) float64 // one element
}

// npyTypes are the types of elements that can be read.
var npyTypes = map[string]npyType{
	"b1": {Bool, 1, true, func(_ binary.ByteOrder, b []byte) float64 { return float64(min(b[0], 1)) }}, // any byte but 0 is true
	"f2": {Float64, 2, true, func(o binary.ByteOrder, b []byte) float64 { return halfFloat(o.Uint16(b)) }},
	"f4": {Float64, 4, true, func(o binary.ByteOrder, b []byte) float64 { return float64(math.Float32frombits(o.Uint32(b))) }},
	"f8": {Float64, 8, true, func(o binary.ByteOrder, b []byte) float64 { return math.Float64frombits(o.Uint64(b)) }},
	"i1": {Int64, 1, true, func(_ binary.ByteOrder, b []byte) float64 { return float64(int8(b[0])) }},
	"i2": {Int64, 2, true, func(o binary.ByteOrder, b []byte) float64 { return float64(int16(o.Uint16(b))) }},
	"i4": {Int64, 4, true, func(o binary.ByteOrder, b []byte) float64 { return float64(int32(o.Uint32(b))) }},
	"i8": {Int64, 8, false, func(o binary.ByteOrder, b []byte) float64 { return float64(int64(o.Uint64(b))) }},
	"u1": {Int64, 1, true, func(_ binary.ByteOrder, b []byte) float64 { return float64(b[0]) }},
	"u2": {Int64, 2, true, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint16(b)) }},
	"u4": {Int64, 4, true, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint32(b)) }},
	"u8": {Int64, 8, false, func(o binary.ByteOrder, b []byte) float64 { return float64(o.Uint64(b)) }},
}

// halfFloat returns the value of an IEEE 754 number of 16 bits.
func halfFloat(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	x := math.Ldexp(fraction, -24) // subnormal
	switch {
	case exponent == 31 && fraction != 0:
		x = math.NaN()
	case exponent == 31:
		x = math.Inf(1)
	case exponent > 0:
		x = math.Ldexp(1024+fraction, exponent-25)
	}
	if bits>>15 == 1 {
		x = math.Copysign(x, -1)
	}
	return x
}

// each reads the elements in the order of the file. It calls visit with the index of
// each element in row-major order.
func (h *npyHeader) each(r io.Reader, visit func(at int, x float64)) error {
	const per = 4096
	buf := make([]byte, min(per, max(h.size, 1))*h.item)
	for n := 0; n < h.size; {
		b := buf[:min((h.size-n)*h.item, len(buf))]
		if err := readFull(r, b); err != nil {
			return err
		}
		for ; len(b) > 0; b = b[h.item:] {
			x := h.decode(h.order, b)
			if !h.exact && math.Abs(x) >= 1<<53 {
				return fmt.Errorf("element %d is %v; want whole numbers below 2⁵³ in size, which float64 holds", n, x)
			}
			at := n
			if h.fortran {
				at = rowMajor(n, h.shape)
			}
			visit(at, x)
			n++
		}
	}
	return nil
}
