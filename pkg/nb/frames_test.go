package nb

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"regexp"
	"strings"
	"testing"

	"natspike/pkg/figure"
	"natspike/pkg/racetest"
)

func someFrames(n int, panel func(i int) *figure.Panel) *frames {
	f := &frames{label: "τ", at: 1}
	for i := range n {
		f.names, f.figures = append(f.names, fmt.Sprint(i)), append(f.figures, panel(i).Figure())
	}
	return f
}

// TestFrames takes the page apart: the script's data must hold every frame as its
// figure is, the picture outside of the script must be the first that is seen,
// and two pages of the same frames must be the same.
func TestFrames(t *testing.T) {
	racetest.Sequential(t)
	f := someFrames(3, func(i int) *figure.Panel {
		return figure.New("a </script> in a title", "x", "y").Line("", []float64{0, 1}, []float64{0, float64(i + 1)}).Alt(fmt.Sprintf("frame <%d>", i))
	})
	page, fallback, err := f.page()
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := f.page()
	if err != nil || again != page {
		t.Errorf("the same frames make another page (%v)", err)
	}
	if img, err := png.Decode(bytes.NewReader(fallback)); err != nil || img.Bounds().Dx() != 1400 {
		t.Errorf("the fallback is no PNG at 2×: %v", err)
	}
	if n := strings.Count(page, "</script>"); n != 1 {
		t.Errorf("the script ends %d times", n)
	}
	for _, want := range []string{`alt="frame &lt;1&gt;"`, `width="700"`, `max="2" value="1" aria-valuetext="1" hidden`, `<output style="display:inline-block;min-width:4em">1</output>`, `src="data:image/svg+xml;base64,`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
	if strings.Contains(page, "http:") && strings.Count(page, "http:") != strings.Count(page, "http://www.w3.org/") || strings.Contains(page, "https:") {
		t.Error("the page needs another server")
	}
	m := regexp.MustCompile(`(?s)\}\)\("([0-9a-f]+)", (\{.*\})\);</script>$`).FindStringSubmatch(page)
	if m == nil || !strings.Contains(page, `data-frames="`+m[1]+`"`) {
		t.Fatal("the page has no data, or none for its element")
	}
	var data struct {
		SVG          bool
		Names, Texts []string
		Lines        []string
		Frames       [][]int
	}
	if err := json.Unmarshal([]byte(m[2]), &data); err != nil || !data.SVG || len(data.Frames) != 3 {
		t.Fatalf("%d frames: %v", len(data.Frames), err)
	}
	refs := 0
	for i, lines := range data.Frames {
		var parts []string
		for _, k := range lines {
			parts = append(parts, data.Lines[k])
		}
		refs += len(lines)
		want, err := f.figures[i].SVG()
		if got := strings.Join(parts, "\n"); err != nil || got != string(want) {
			t.Errorf("frame %d is not its figure (%v)", i, err)
		}
		if data.Texts[i] != fmt.Sprintf("frame <%d>", i) || data.Names[i] != fmt.Sprint(i) {
			t.Errorf("frame %d is %q, %q", i, data.Names[i], data.Texts[i])
		}
	}
	if len(data.Lines) > refs/2 {
		t.Errorf("%d lines are kept for %d; frames share most of theirs", len(data.Lines), refs)
	}
}

// TestHeavyFrames shows frames of many strokes as PNG, and refuses what no
// notebook should hold.
func TestHeavyFrames(t *testing.T) {
	racetest.Sequential(t)
	many := func(i int) *figure.Panel {
		x := make([]float64, 6000)
		for k := range x {
			x[k] = float64(k * (i + 1) % 997)
		}
		return figure.New("", "", "").Points("", x, x)
	}
	page, _, err := someFrames(2, many).page()
	if err != nil || !strings.Contains(page, `{"svg":false`) || !strings.Contains(page, `src="data:image/png;base64,`) {
		t.Errorf("heavy frames are not PNG (%v)", err)
	}
	defer func(n int) { maxFrameBytes = n }(maxFrameBytes)
	maxFrameBytes = 1 << 15
	if _, _, err := someFrames(2, many).page(); err == nil || !strings.Contains(err.Error(), "MB; want at most") {
		t.Errorf("more bytes than a notebook should hold: %v", err)
	}
}
