package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"natspike/pkg/racetest"
)

// checkForeign checks what testdata/open.py savez wrote.
func checkForeign(t *testing.T, path string) {
	t.Helper()
	d, err := ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	x := make([]float64, 24)
	for i := range x {
		x[i] = float64(i) / 8
	}
	for _, name := range []string{"c", "fortran", "big", "single", "half", "big_half"} {
		if v, got := of(d, name, false); !same(got, x) || !slices.Equal(v.Shape(), []int{2, 2}) {
			t.Errorf("%s: shape %v, %v", name, v.Shape(), got)
		}
	}
	for name, want := range map[string][]float64{"small": {1, -2, 3, 4, 5, -128}, "unsigned": {1, 2, 65535, 4, 5, 6}, "flag": {1, 0, 1, 0, 0, 1}} {
		if _, got := of(d, name, false); !same(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	for _, order := range []string{"little_", "big_"} {
		for _, kind := range []string{"i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"} {
			if v, got := of(d, order+kind, false); v.Kind != Int64 || !same(got, []float64{0, 1, 100, 7, 8, 127}) {
				t.Errorf("%s%s: %v of kind %v", order, kind, got, v.Kind)
			}
		}
	}
	if v, got := of(d, "bytes", false); v.Kind != Bool || !same(got, []float64{1, 0, 1, 0, 1, 0}) {
		t.Errorf("bytes: %v of kind %v, want every byte but 0 true", got, v.Kind)
	}
	if err := Save(filepath.Join(t.TempDir(), "run.npz"), d); err != nil {
		t.Errorf("what was read cannot be written: %v", err)
	}
	if _, got := of(d, "lp", true); got[1] != -0.5 || d.Observed[0].Kind != Int64 || d.Observed[0].Data[2] != 3 {
		t.Errorf("statistics %v, observed %v", got, d.Observed)
	}
}

func TestReadsForeignNPZ(t *testing.T) { checkForeign(t, filepath.Join("testdata", "foreign.npz")) }

// zipped makes a zip archive of members, given as names and contents.
func zipped(t testing.TB, method uint16, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		m, err := z.CreateHeader(&zip.FileHeader{Name: members[i], Method: method})
		if err == nil {
			_, err = io.WriteString(m, members[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readNPZBytes(data []byte) (*Draws, error) {
	return readNPZ(bytes.NewReader(data), int64(len(data)))
}

// Foreign and hostile files get an error that says what is wrong.
func TestNPZRefuses(t *testing.T) {
	dir := t.TempDir()
	array := func(descr string, data string, shape ...int) string {
		return string(appendNPYHeader(nil, descr, shape)) + data
	}
	eight := strings.Repeat("\x00", 8)
	for _, c := range []struct {
		members []string
		wants   string
	}{
		{nil, "it holds no draws"},
		{[]string{"readme.txt", "hi"}, "names that end in .npy"},
		{[]string{"x.npy", "hello"}, "not a NumPy array"},
		{[]string{"x.npy", "\x93NUMPY\x09\x00"}, "version 9"},
		{[]string{"x.npy", "\x93NUMPY\x02\x00\xff\xff\xff\xff"}, "header of 4294967295 bytes"},
		{[]string{"x.npy", "\x93NUMPY\x01\x00\xff\x00{"}, "cut short"},
		{[]string{"x.npy", array("|O", eight, 1, 1)}, `type "|O"`},
		{[]string{"x.npy", array("<f8", eight, 1, 2)}, "want 144 for an array of shape [1 2]"},
		{[]string{"x.npy", array("<f8", eight, 1<<30, 1<<30)}, "too large"},
		{[]string{"x.npy", array("<f8", eight, 99999999999999)}, "bytes; want"},
		{[]string{"x.npy", array("<f8", eight+eight, 2, 1), "y.npy", array("<f8", eight, 1, 1)}, "y holds 1 chains of 1 draws, and x 2 of 1"},
		{[]string{"x.npy", array("<f8", eight, 1, 1), "x.npy", array("<f8", eight, 1, 1)}, "is there twice"},
		{[]string{"x.npy", array("<f8", "", 0, 1)}, "none empty"},
		{[]string{"x.npy", array("<f8", eight)}, "want (chain, draw, …)"},
		{[]string{"a/x.npy", array("<f8", eight, 1)}, "without a slash"},
		{[]string{"../x.npy", array("<f8", eight, 1)}, "without a slash"},
		{[]string{"x.npy", array("<U2", eight, 1)}, `type "<U2"`},
		{[]string{"x.npy", array("<i8", "\x01\x00\x00\x00\x00\x00\x20\x00", 1)}, "2⁵³"},
		{[]string{"sample_stats/x.npy", array("<f8", eight, 1)}, "Header.Variables is empty"},
	} {
		if _, err := readNPZBytes(zipped(t, zip.Store, c.members...)); err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%q: want an error with %q, got %v", c.members, c.wants, err)
		}
	}
	if _, err := readNPZBytes([]byte("not a zip")); err == nil || !strings.Contains(err.Error(), "not a .npz file") {
		t.Errorf("no zip: %v", err)
	}
	// A flipped bit is found by the checksum.
	path := filepath.Join(dir, "flip.npz")
	if err := Save(path, fixture()); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	data[400] ^= 1
	os.WriteFile(path, data, 0o666)
	if _, err := ReadNPZ(path); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("a flipped bit: %v", err)
	}
}

// The numbers of 16 bits, in ascending order from 0, are what the standard says.
func TestHalfFloat(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0: 0, 1: 0x1p-24, 0x03ff: 1023 * 0x1p-24, 0x0400: 0x1p-14, 0x3c00: 1, 0x3c01: 1 + 0x1p-10, 0x7bff: 65504, 0x7c00: math.Inf(1),
		0x7c01: math.NaN(), 0x8000: math.Copysign(0, -1), 0xc000: -2, 0xfbff: -65504, 0xfc00: math.Inf(-1), 0xfe00: math.NaN(),
	} {
		if got := halfFloat(bits); !same([]float64{got}, []float64{want}) {
			t.Errorf("%#04x is %v, want %v", bits, got, want)
		}
	}
	for bits := uint16(1); bits <= 0x7c00; bits++ {
		if !(halfFloat(bits) > halfFloat(bits-1)) || halfFloat(bits|0x8000) != -halfFloat(bits) {
			t.Fatalf("%#04x is %v, after %v", bits, halfFloat(bits), halfFloat(bits-1))
		}
	}
}

// The codes of types that other programs write.
func TestNPYTypes(t *testing.T) {
	array := func(descr, data string, shape ...int) []byte {
		return zipped(t, zip.Store, "x.npy", string(appendNPYHeader(nil, descr, shape))+data)
	}
	for descr, c := range map[string]struct {
		data string
		want float64
	}{
		"f8": {"\x00\x00\x00\x00\x00\x00\xf0\x3f", 1}, "=f8": {"\x00\x00\x00\x00\x00\x00\xf0\x3f", 1}, "d": {"\x00\x00\x00\x00\x00\x00\xf0\x3f", 1},
		"f": {"\x00\x00\x80\x3f", 1}, "e": {"\x00\x3c", 1}, ">e": {"\x3c\x00", 1},
		"?": {"\x07", 1}, "|b1": {"\xff", 1}, "b": {"\xff", -1}, "B": {"\xff", 255}, ">h": {"\xff\xfe", -2}, "|u1": {"\x80", 128}, "<i8": {"\xff\xff\xff\xff\xff\xff\xff\xff", -1},
	} {
		d, err := readNPZBytes(array(descr, c.data, 1, 1))
		if err != nil || d.Values[0].At(0, 0) != c.want {
			t.Errorf("%s: %v, %v, want %v", descr, d, err, c.want)
		}
	}
	for _, descr := range []string{"<c16", "<f16", "<M8[ns]", "<m8[s]", "<U3", "|S3", "|O", "|V8", "<<f8", "<f3", "f", "", "<b2", "<>i1"} {
		size := map[string]int{"f": 3}[descr]
		if size == 0 {
			size = 16
		}
		if _, err := readNPZBytes(array(descr, strings.Repeat("\x00", size), 1, 1)); err == nil || !strings.Contains(err.Error(), "x.npy") {
			t.Errorf("type %q: %v, want an error that names the array", descr, err)
		}
	}
	structured := "\x93NUMPY\x01\x00\x76\x00" + "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (1,), }" + strings.Repeat(" ", 38) + "\n"
	if _, err := readNPZBytes(zipped(t, zip.Store, "x.npy", structured+strings.Repeat("\x00", 12))); err == nil || !strings.Contains(err.Error(), "structured") {
		t.Errorf("a structured type: %v", err)
	}
	for shape, wants := range map[string]string{"()": "want (chain, draw, …)", "(0,)": "none empty", "(2, 0)": "none empty", "(2, 3, 0)": "size 0", "(0, 2, 3)": "none empty"} {
		text := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': %s, }\n", shape)
		data := fmt.Sprintf("\x93NUMPY\x01\x00%c\x00%s", len(text), text)
		if shape == "()" {
			data += strings.Repeat("\x00", 8)
		}
		if _, err := readNPZBytes(zipped(t, zip.Store, "x.npy", data)); err == nil || !strings.Contains(err.Error(), wants) {
			t.Errorf("shape %s: %v, want an error with %q", shape, err, wants)
		}
	}
	// As Python 2 writes them.
	text := "{'descr': '<f8', 'fortran_order': False, 'shape': (1L, 2L), }\n"
	if d, err := readNPZBytes(zipped(t, zip.Store, "x.npy", fmt.Sprintf("\x93NUMPY\x01\x00%c\x00%s%s", len(text), text, strings.Repeat("\x00", 16)))); err != nil || d.Chains != 1 {
		t.Errorf("a shape of long integers: %v", err)
	}
}

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Small files that claim very much are refused before anything is allocated for
// what they claim.
func TestNPZBombs(t *testing.T) {
	racetest.Sequential(t)
	array := func(descr string, size int, shape ...int) string {
		return string(appendNPYHeader(nil, descr, shape)) + strings.Repeat("\x00", size)
	}
	deflated := func(members ...string) []byte { return zipped(t, zip.Deflate, members...) }
	var many []string
	for i := range 300 { // an array of 2¹⁵ dimensions in each
		header := "{'descr': '<f8', 'fortran_order': False, 'shape': (" + strings.Repeat("1,", 1<<15-40) + "), }\n"
		many = append(many, fmt.Sprintf("x%d.npy", i), "\x93NUMPY\x02\x00"+string(binary.LittleEndian.AppendUint32(nil, uint32(len(header))))+header+strings.Repeat("\x00", 8))
	}
	for name, c := range map[string]struct {
		data  []byte
		wants string
	}{
		"one member under 40 names":       {aliases(t, deflated("x.npy", array("<f8", 25<<20, 1, 25<<20/8)), 40), "claims to hold more than 268435456 bytes"},
		"zeros of bool":                   {deflated("x.npy", array("|b1", 40<<20, 1, 40<<20)), "claims to hold more than"},
		"zeros in many arrays":            {deflated("x.npy", array("|b1", 20<<20, 1, 20<<20), "y.npy", array("|b1", 20<<20, 1, 20<<20)), "y.npy"},
		"a description of spaces":         {deflated("x.npy", array("<f8", 8, 1, 1), descriptionName, strings.Repeat(" ", 33<<20)), "in a file of"},
		"a description of dimensions":     {deflated("x.npy", array("<f8", 8, 1, 1), descriptionName, `{"variables":[{"dims":[`+strings.Repeat("{},", 11<<20)+`{}]}]}`), "in a file of"},
		"arrays of very many dimensions":  {deflated(many...), "which NumPy does not have"},
		"very many chains":                {deflated("x.npy", array("|b1", 20<<20, 20<<20, 1)), "chains"},
		"a shape without bytes behind it": {deflated("x.npy", array("<f8", 8, 1<<20, 1<<10)), "bytes; want"},
	} {
		if len(c.data) > 1<<18 {
			t.Fatalf("%s: the file has %d bytes", name, len(c.data))
		}
		var err error
		const most = 64 << 20
		if got := allocated(func() { _, err = readNPZBytes(c.data) }); got > most {
			t.Errorf("%s: %d bytes of memory, more than %d, for a file of %d", name, got, most, len(c.data))
		}
		if err == nil || !strings.Contains(err.Error(), c.wants) {
			t.Errorf("%s: want an error with %q, got %v", name, c.wants, err)
		}
	}
	// What deflate can honestly do is read.
	if d, err := readNPZBytes(deflated("x.npy", array("<f8", 8<<20, 4, 1<<18))); err != nil || d.Chains != 4 {
		t.Errorf("zeros: %v", err)
	}
}

// aliases returns the archive with its one member under n names.
func aliases(t *testing.T, data []byte, n int) []byte {
	t.Helper()
	end := bytes.LastIndex(data, []byte("PK\x05\x06"))
	at := int(binary.LittleEndian.Uint32(data[end+16:]))
	record := data[at:end]
	out := slices.Clone(data[:at])
	for i := range n {
		r := slices.Clone(record)
		r[46] = byte('A' + i) // the first letter of the name
		out = append(out, r...)
	}
	tail := slices.Clone(data[end:])
	binary.LittleEndian.PutUint16(tail[8:], uint16(n))
	binary.LittleEndian.PutUint16(tail[10:], uint16(n))
	binary.LittleEndian.PutUint32(tail[12:], uint32(n*len(record)))
	return append(out, tail...)
}
