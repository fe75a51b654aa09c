package version

import (
	"bytes"
	"os"
	"runtime/debug"
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

func TestRevision(t *testing.T) {
	set := func(commit, modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: commit}, {Key: "vcs.modified", Value: modified}}
	}
	for want, settings := range map[string][]debug.BuildSetting{
		"": nil, "abc": set("abc", "false"), "abc+modified": set("abc", "true"),
	} {
		if got := revision(settings); got != want {
			t.Errorf("%v: revision %q, want %q", settings, got, want)
		}
	}
}

// TestRevisionOfATest: go test does not stamp its programs.
func TestRevisionOfATest(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		t.Skip("there is no build information")
	}
	if got, want := Revision(), revision(info.Settings); got != want {
		t.Errorf("revision %q, want %q", got, want)
	}
}
