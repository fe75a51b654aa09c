package atomicfile

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var s []string
	for _, e := range entries {
		s = append(s, e.Name())
	}
	return strings.Join(s, " ")
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFileAppearsWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	if err := WriteFile(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	f, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("new")
	if got := content(t, path); got != "old" {
		t.Errorf("before Commit the file holds %q", got)
	}
	f.Discard()
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("after Discard the folder holds %s", got)
	}

	f, _ = Create(path)
	f.WriteString("new")
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	f.Discard()
	if got := content(t, path); got != "new" {
		t.Errorf("after Commit the file holds %q", got)
	}
	if err := f.Commit(); err == nil {
		t.Error("a second Commit succeeds")
	}
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("after Commit the folder holds %s", got)
	}
}

func TestFileFollowsLink(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := WriteFile(real, nil); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", link); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(link, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if got := content(t, real); got != "x" {
		t.Errorf("the link's target holds %q", got)
	}
}

func TestDirReplacesItsOwnKindAlone(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "run.zarr")
	write := func(text string) {
		t.Helper()
		d, err := CreateDir(path, ".mark")
		if err != nil {
			t.Fatal(err)
		}
		defer d.Discard()
		for _, name := range []string{".mark", "a/b/" + text} {
			if err := d.WriteFile(name, []byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	write("one")
	write("two")
	if got := names(t, filepath.Join(path, "a", "b")); got != "two" {
		t.Errorf("a/b holds %s, want two alone", got)
	}
	if got := names(t, root); got != "run.zarr" {
		t.Errorf("the folder holds %s", got)
	}

	d, err := CreateDir(path, ".mark")
	if err != nil {
		t.Fatal(err)
	}
	d.WriteFile("x", nil)
	d.Discard()
	if got := names(t, root) + " " + content(t, filepath.Join(path, ".mark")); got != "run.zarr two" {
		t.Errorf("after Discard: %s", got)
	}

	other := filepath.Join(root, "thesis")
	os.Mkdir(other, 0o777)
	if _, err := CreateDir(other, ".mark"); err != nil {
		t.Errorf("an empty directory is refused: %v", err)
	}
	WriteFile(filepath.Join(other, "chapter1"), nil)
	if _, err := CreateDir(other, ".mark"); err == nil || !strings.Contains(err.Error(), "chapter1") {
		t.Errorf("a directory of other things: error %v, want one that names chapter1", err)
	}
	if _, err := CreateDir(filepath.Join(other, "chapter1"), ".mark"); err == nil {
		t.Error("a file is replaced by a directory")
	}
}

// Where names cannot be exchanged, two renames do.
func TestExchange(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("exchange is not supported on", runtime.GOOS)
	}
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	WriteFile(a, []byte("a"))
	WriteFile(b, []byte("b"))
	if err := exchange(a, b); err != nil {
		t.Skip(err) // the file system of the temporary folder may not have it
	}
	if content(t, a) != "b" || content(t, b) != "a" {
		t.Error("the names were not exchanged")
	}
}
