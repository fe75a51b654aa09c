package archive

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// npyTypes are NumPy's codes for the types of fields.
var npyTypes = map[reflect.Kind]string{
	reflect.Float64: "<f8", reflect.Float32: "<f4", reflect.Int: "<i8", reflect.Int64: "<i8", reflect.Int32: "<i4",
	reflect.Uint64: "<u8", reflect.Uint32: "<u4", reflect.Bool: "|b1", reflect.String: "<U",
}

// saveNPZTable writes an array of one dimension for each column, unless stopped
// says that the rows ended too early.
func saveNPZTable(path string, run Run, cols []column, rows func(yield func(reflect.Value) bool), stopped func() error) (err error) {
	w, err := createNPZ(path)
	if err != nil {
		return err
	}
	defer w.discard()
	bufs := make([][]byte, len(cols))
	longest := make([]int, len(cols)) // string of each column, in runes
	n := 0
	flush := func(i int) {
		if err == nil {
			err = w.spool.grow(strconv.Itoa(i), bufs[i])
		}
		bufs[i] = bufs[i][:0]
	}
	for row := range rows {
		for i, c := range cols {
			v := row.Field(c.field)
			if c.kind == reflect.String {
				if err := checkText(v.String()); err != nil {
					return fmt.Errorf("row %d, column %s: %w", n, c.name, err)
				}
				longest[i] = max(longest[i], utf8.RuneCountInString(v.String()))
			}
			bufs[i] = appendField(bufs[i], v)
			if len(bufs[i]) >= blockBytes {
				flush(i)
			}
		}
		n++
		if err != nil {
			return err
		}
	}
	if err := stopped(); err != nil {
		return err
	}
	for i, c := range cols {
		flush(i)
		if err != nil {
			return err
		}
		descr := npyTypes[c.kind]
		if c.kind != reflect.String {
			err = w.array(c.name, descr, []int{n}, strconv.Itoa(i))
		} else {
			err = w.texts(c.name, strconv.Itoa(i), max(longest[i], 1), n)
		}
		if err != nil {
			return err
		}
	}
	return w.close(description{Run: run})
}

func appendField(b []byte, v reflect.Value) []byte {
	switch v.Kind() {
	case reflect.Float64:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Float()))
	case reflect.Float32:
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v.Float())))
	case reflect.Int, reflect.Int64:
		return binary.LittleEndian.AppendUint64(b, uint64(v.Int()))
	case reflect.Int32:
		return binary.LittleEndian.AppendUint32(b, uint32(v.Int()))
	case reflect.Uint64:
		return binary.LittleEndian.AppendUint64(b, v.Uint())
	case reflect.Uint32:
		return binary.LittleEndian.AppendUint32(b, uint32(v.Uint()))
	case reflect.Bool:
		if v.Bool() {
			return append(b, 1)
		}
		return append(b, 0)
	default: // a string, until the longest is known
		b = binary.AppendUvarint(b, uint64(v.Len()))
		return append(b, v.String()...)
	}
}

// texts writes an array of n strings, each as long as the longest.
func (w *npzWriter) texts(name, part string, runes, n int) error {
	m, err := w.start(name + ".npy")
	if err != nil {
		return err
	}
	if _, err := m.Write(appendNPYHeader(nil, fmt.Sprintf("<U%d", runes), []int{n})); err != nil {
		return err
	}
	f, err := os.Open(w.spool.Path(part))
	if err != nil { // each column has a part, if an empty one
		return err
	}
	defer f.Close()
	r := bufio.NewReader(f)
	var text, cell []byte
	for range n {
		size, err := binary.ReadUvarint(r)
		if err != nil {
			return err
		}
		text = append(text[:0], make([]byte, size)...)
		if _, err := io.ReadFull(r, text); err != nil {
			return err
		}
		cell = appendUTF32(cell[:0], string(text), runes)
		if _, err := m.Write(cell); err != nil {
			return err
		}
	}
	return nil
}

// npzRows reads the columns side by side.
func npzRows(file io.ReaderAt, size int64, cols []column, row reflect.Value, visit func() bool) error {
	r, err := openNPZ(file, size)
	if err != nil {
		return err
	}
	type reader struct {
		*npzMember
		r    *bufio.Reader
		cell []byte
	}
	readers := make([]reader, len(cols))
	for i, c := range cols {
		for k := range r.arrays {
			m := &r.arrays[k]
			if m.name != c.name {
				continue
			}
			if len(m.shape) != 1 || !m.fits(c.kind) {
				return fmt.Errorf("array %s has shape %v and type %s; want one dimension, and what fits %v", m.name, m.shape, m.descr, c.kind)
			}
			if readers[0].npzMember != nil && m.size != readers[0].size {
				return fmt.Errorf("array %s has %d elements, and %s %d", m.name, m.size, readers[0].name, readers[0].size)
			}
			data, err := m.data()
			if err != nil {
				return err
			}
			defer data.Close()
			readers[i] = reader{m, bufio.NewReaderSize(data, 1<<14), make([]byte, m.item)}
		}
		if readers[i].npzMember == nil {
			return fmt.Errorf("it has no array %s", c.name)
		}
	}
	for n := range readers[0].size {
		for i, c := range cols {
			k := &readers[i]
			if _, err := io.ReadFull(k.r, k.cell); err != nil {
				return fmt.Errorf("array %s, element %d: %w", c.name, n, cut(err))
			}
			if err := k.set(row.Field(c.field), k.cell); err != nil {
				return fmt.Errorf("array %s, element %d: %w", c.name, n, err)
			}
		}
		if !visit() {
			return nil
		}
	}
	for i, c := range cols {
		if _, err := readers[i].r.ReadByte(); err != io.EOF { // here the checksum is compared
			return fmt.Errorf("array %s: %w", c.name, err)
		}
	}
	return nil
}

// fits reports whether a field can hold the elements, if their values fit.
func (h *npyHeader) fits(field reflect.Kind) bool {
	switch c := h.descr[1]; field {
	case reflect.Float64:
		return c == 'f'
	case reflect.Float32:
		return c == 'f' && h.item == 4
	case reflect.Bool:
		return c == 'b'
	case reflect.String:
		return c == 'U'
	default:
		return c == 'i' || c == 'u'
	}
}

// set stores an element in a field.
func (h *npyHeader) set(field reflect.Value, cell []byte) error {
	switch h.descr[1] {
	case 'f':
		field.SetFloat(h.decode(cell))
	case 'b':
		field.SetBool(cell[0] != 0)
	case 'i':
		return setInt(field, int64(h.word(cell)<<(64-8*h.item))>>(64-8*h.item))
	case 'u':
		return setUint(field, h.word(cell))
	case 'U':
		var b strings.Builder
		end := len(cell)
		for end > 0 && h.order.Uint32(cell[end-4:]) == 0 {
			end -= 4
		}
		for i := 0; i < end; i += 4 {
			r := rune(h.order.Uint32(cell[i:]))
			if !utf8.ValidRune(r) {
				return fmt.Errorf("%#x is no character", uint32(r))
			}
			b.WriteRune(r)
		}
		field.SetString(b.String())
	}
	return nil
}
