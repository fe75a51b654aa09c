package archive

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
	for _, name := range []string{"c", "fortran", "big", "single"} {
		if v, got := of(d, name, false); !same(got, x) || !slices.Equal(v.Shape(), []int{2, 2}) {
			t.Errorf("%s: shape %v, %v", name, v.Shape(), got)
		}
	}
	for name, want := range map[string][]float64{"small": {1, -2, 3, 4, 5, -128}, "unsigned": {1, 2, 65535, 4, 5, 6}, "flag": {1, 0, 1, 0, 0, 1}} {
		if _, got := of(d, name, false); !same(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
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
		{nil, "it holds no arrays"},
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
		{[]string{"x.npy", array("<f8", eight, 1, 1), "x.npy", array("<f8", eight, 1, 1)}, "two members"},
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
