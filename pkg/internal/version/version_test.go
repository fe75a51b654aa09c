package version

import (
	"bytes"
	"os"
	"testing"
)

func TestCitation(t *testing.T) {
	text, err := os.ReadFile("../../../CITATION.cff")
	if err != nil {
		t.Skipf("this is no checkout: %v", err)
	}
	if want := "\nversion: " + Version + "\n"; !bytes.Contains(text, []byte(want)) {
		t.Errorf("CITATION.cff lacks %q", want)
	}
}
