package nb

import (
	"context"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"natspike/pkg/figure"
	"natspike/pkg/racetest"
)

// drive moves the sliders of a page and writes into it what is seen then: of each
// output the value, the text of its picture, whether that is drawn, and the
// scripts that have run on it.
const drive = `<pre id="seen"></pre>
<script>
addEventListener("load", async () => {
  const boxes = [...document.querySelectorAll("[data-frames]")], seen = [];
  const look = async what => {
    for (const [i, box] of boxes.entries()) {
      const image = box.querySelector("img");
      await image.decode();
      seen.push([what, i, box.querySelector("output").textContent, image.alt, image.naturalWidth, box.querySelector("input").hidden].join(" "));
    }
  };
  await look("start");
  const slider = boxes[0].querySelector("input");
  slider.value = 2;
  slider.dispatchEvent(new Event("input"));
  await look("moved");
  document.querySelector("#seen").textContent = seen.join("\n");
});
</script>`

// TestFramesInPage opens a page with three outputs, of which two are the same, as
// an exported notebook has them, in Chromium. It is skipped where there is none.
func TestFramesInPage(t *testing.T) {
	racetest.Program(t)
	if testing.Short() {
		t.Skip("starts a browser")
	}
	chromium := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			chromium = path
			break
		}
	}
	if chromium == "" {
		t.Skip("there is no Chromium on PATH")
	}
	output := func(name string) string {
		page, _, err := someFrames(3, func(i int) *figure.Panel {
			return figure.New(name, "x", "y").Line("", []float64{0, 1}, []float64{0, float64(i)}).Alt(fmt.Sprint(name, i))
		}).page()
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "page.html")
	page := "<!DOCTYPE html><meta charset=utf-8><body>" + output("a") + output("a") + output("b") + drive
	if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--virtual-time-budget=10000", "--dump-dom", "file://"+path)
	cmd.WaitDelay = 5 * time.Second
	dom, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v", err)
	}
	m := regexp.MustCompile(`(?s)<pre id="seen">(.*?)</pre>`).FindSubmatch(dom)
	if m == nil {
		t.Fatalf("the page ends as %.2000s", dom)
	}
	want := strings.Join([]string{
		"start 0 1 a1 700 false", "start 1 1 a1 700 false", "start 2 1 b1 700 false",
		"moved 0 2 a2 700 false", "moved 1 1 a1 700 false", "moved 2 1 b1 700 false",
	}, "\n")
	if got := html.UnescapeString(string(m[1])); got != want {
		t.Errorf("seen\n%s\nwant\n%s", got, want)
	}
}
