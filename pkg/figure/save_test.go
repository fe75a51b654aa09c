package figure

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSave(t *testing.T) {
	dir := t.TempDir()
	f := New("Σ", "", "").Line("", []float64{0, 1}, []float64{0, 1}).Figure().Size(200, 150)
	for ext, magic := range map[string]string{".svg": "<svg ", ".png": "\x89PNG", ".pdf": "%PDF-1.4", ".PNG": "\x89PNG"} {
		path := filepath.Join(dir, "figure"+ext)
		if err := f.Save(path); err != nil {
			t.Error(err)
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), magic) {
			t.Errorf("%s begins with %q (%v)", path, data[:min(8, len(data))], err)
		}
	}
	if err := f.Save(filepath.Join(dir, "figure.jpg")); err == nil || !strings.Contains(err.Error(), ".svg, .png or .pdf") {
		t.Errorf("Save to .jpg: %v", err)
	}
	if err := f.Save(filepath.Join(dir, "nowhere", "figure.svg")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Save into no folder: %v", err)
	}
	bad := New("", "", "").Line("", nil, nil).Figure()
	path := filepath.Join(dir, "figure.svg")
	before, _ := os.ReadFile(path)
	if err := bad.Save(path); err == nil {
		t.Error("Save of a broken figure does not fail")
	}
	after, _ := os.ReadFile(path)
	if !bytes.Equal(before, after) {
		t.Error("a failed Save changed the file")
	}
	a := Animation{Frames: 3, Scale: 0.5, Frame: func(i int) Drawing {
		return New("", "", "").Line("", []float64{0, 1}, []float64{0, float64(i)}).YRange(0, 2)
	}}
	if err := a.Save(filepath.Join(dir, "a.gif")); err != nil {
		t.Error(err)
	}
	if err := a.Save(filepath.Join(dir, "a.png")); err == nil {
		t.Error("an animation is saved as .png")
	}
	if _, err := (Animation{}).GIF(); err == nil {
		t.Error("an animation without frames is made")
	}
	a.Frame = func(i int) Drawing {
		return New("", "", "").Line("", []float64{0, 1}, []float64{0, 1}).Height(100 + 50*float64(i))
	}
	if _, err := a.GIF(); err == nil || !strings.Contains(err.Error(), "frame 1 is") {
		t.Errorf("frames of different sizes: %v", err)
	}
	a.Frame = func(int) Drawing { return bad }
	if _, err := a.GIF(); err == nil || !strings.Contains(err.Error(), "frame 0: figure: Line") {
		t.Errorf("a broken frame: %v", err)
	}
}
