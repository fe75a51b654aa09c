package atomicfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
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

// helper runs this test program again, as a process that does something in dir
// until it is killed. It returns once the process has said that it has begun.
func helper(t *testing.T, what, dir string) (kill func()) {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestHelper$")
	c.Env = append(os.Environ(), "ATOMICFILE_HELPER="+what, "ATOMICFILE_DIR="+dir)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "begun\n" {
		t.Fatalf("the helper says %q, %v", line, err)
	}
	var once sync.Once
	kill = func() { once.Do(func() { c.Process.Kill(); c.Wait() }) }
	t.Cleanup(kill)
	return kill
}

// TestHelper is no test, but what the process of helper does.
func TestHelper(t *testing.T) {
	dir := os.Getenv("ATOMICFILE_DIR")
	var err error
	switch os.Getenv("ATOMICFILE_HELPER") {
	case "":
		t.Skip("no helper is wanted")
	case "write":
		var f *File
		if f, err = Create(filepath.Join(dir, "a.txt")); err == nil {
			_, err = f.WriteString("half")
		}
		if err == nil {
			_, err = CreateDir(filepath.Join(dir, "run.zarr"), ".mark")
		}
		if err == nil {
			_, err = NewScratch(filepath.Join(dir, "a.txt"))
		}
	case "lock":
		_, err = Lock(filepath.Join(dir, "a"))
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("begun")
	time.Sleep(time.Hour) // select {} would end as a deadlock
}

func needLocks(t *testing.T) {
	t.Helper()
	f, err := os.Open(t.TempDir())
	if err == nil {
		defer f.Close()
		err = flock(f)
	}
	if err != nil {
		t.Skip("no locks here: ", err)
	}
}

// What a killed process left is removed by the next that writes the same file,
// or by Clean, and not before the process is dead.
func TestKilledProcess(t *testing.T) {
	needLocks(t)
	dir := t.TempDir()
	write := func() {
		t.Helper()
		if err := WriteFile(filepath.Join(dir, "a.txt"), []byte("whole")); err != nil {
			t.Fatal(err)
		}
	}
	kill := helper(t, "write", dir)
	write()
	if err := Clean(dir); err != nil {
		t.Fatal(err)
	}
	// a.txt, and the file and the two directories of the process
	if got := strings.Fields(names(t, dir)); len(got) != 4 || content(t, filepath.Join(dir, "a.txt")) != "whole" {
		t.Errorf("while another process writes, the folder holds %q", got)
	}
	kill()
	write()
	if got := strings.Fields(names(t, dir)); len(got) >= 4 {
		t.Errorf("the next writer of a.txt leaves what the killed process had of it: %q", got)
	}
	if err := Clean(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("after Clean the folder holds %s", got)
	}
	if err := Clean(filepath.Join(dir, "absent")); err != nil {
		t.Errorf("a folder that does not exist is not clean: %v", err)
	}
}

// Clean leaves alone what another machine made within a week, and all names that
// are not this package's.
func TestCleanIsCareful(t *testing.T) {
	needLocks(t)
	dir := t.TempDir()
	const young, old = ".a.txt-00000000-0.tmp", ".b.txt-00000000-0.tmp"
	keep := []string{".a.tmp", ".a-1.tmp", ".a.txt-" + host() + "-0.tmp.txt", "a.txt-" + host() + "-0.tmp", young}
	for _, name := range append(keep, old, ".c-"+host()+"-7.tmp") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	past := time.Now().Add(-staleAge - time.Hour)
	if err := os.Chtimes(filepath.Join(dir, old), past, past); err != nil {
		t.Fatal(err)
	}
	if err := Clean(dir); err != nil {
		t.Fatal(err)
	}
	slices.Sort(keep)
	if got := names(t, dir); got != strings.Join(keep, " ") {
		t.Errorf("the folder holds %s, want %s", got, keep)
	}
}

// Where names cannot be exchanged a process can die after it has moved the old
// directory aside.
func TestOldDirectoryComesBack(t *testing.T) {
	needLocks(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "run.zarr")
	aside := filepath.Join(dir, ".run.zarr-"+host()+"-0.old")
	begin := func() {
		t.Helper()
		if err := os.Mkdir(aside, 0o777); err != nil {
			t.Fatal(err)
		}
		os.WriteFile(filepath.Join(aside, ".mark"), []byte("old"), 0o666)
	}
	begin()
	if err := Clean(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir) + content(t, filepath.Join(path, ".mark")); got != "run.zarrold" {
		t.Errorf("after Clean: %s", got)
	}
	begin() // died later, when the new directory had its name
	d, err := CreateDir(path, ".mark")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	d.WriteFile(".mark", []byte("new"))
	if err := d.Commit(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir) + content(t, filepath.Join(path, ".mark")); got != "run.zarrnew" {
		t.Errorf("after Commit: %s", got)
	}
}

func TestLock(t *testing.T) {
	needLocks(t)
	dir := t.TempDir()
	release, err := Lock(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := Lock(filepath.Join(dir, "a")); !errors.As(err, &held) || held.Path != filepath.Join(dir, "a") || !strings.Contains(held.Holder, fmt.Sprint("process ", os.Getpid(), " on ")) {
		t.Errorf("a second Lock in one process: %v", err)
	}
	if err := Clean(dir); err != nil || names(t, dir) != ".a"+lockName {
		t.Errorf("Clean removes a lock that is held: %v", err)
	}
	for range 2 {
		if err := release(); err != nil {
			t.Error(err)
		}
	}
	if got := names(t, dir); got != "" {
		t.Errorf("after release the folder holds %s", got)
	}

	kill := helper(t, "lock", dir)
	if _, err := Lock(filepath.Join(dir, "a")); !errors.As(err, &held) || strings.Contains(held.Holder, fmt.Sprint("process ", os.Getpid(), " ")) || held.Holder == "" {
		t.Errorf("a lock of another process: %v", err)
	}
	kill()
	if err := Clean(dir); err != nil || names(t, dir) != "" {
		t.Errorf("Clean leaves the lock of a dead process: %v", err)
	}
	kill = helper(t, "lock", dir)
	kill()
	if release, err = Lock(filepath.Join(dir, "a")); err != nil {
		t.Fatalf("the lock of a dead process: %v", err)
	}
	release()
	if _, err := Lock(filepath.Join(dir, "absent", "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Lock of no directory: %v", err)
	}
}

// Only one at a time has the lock, however many want it.
func TestLockExcludes(t *testing.T) {
	needLocks(t)
	dir := t.TempDir()
	var inside, taken atomic.Int32
	var g sync.WaitGroup
	for range 8 {
		g.Go(func() {
			for range 200 {
				release, err := Lock(filepath.Join(dir, "a"))
				if err != nil {
					if held := (*HeldError)(nil); !errors.As(err, &held) {
						t.Error(err)
					}
					continue
				}
				if inside.Add(1) != 1 {
					t.Error("two have the lock")
				}
				taken.Add(1)
				runtime.Gosched()
				inside.Add(-1)
				if err := release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	if taken.Load() == 0 || names(t, dir) != "" {
		t.Errorf("the lock was taken %d times, and there is left %q", taken.Load(), names(t, dir))
	}
}

func TestTwoLocks(t *testing.T) {
	needLocks(t)
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.txt"), filepath.Join(dir, "b.txt")
	releaseA, err := Lock(a)
	if err != nil {
		t.Fatal(err)
	}
	releaseB, err := Lock(b)
	if err != nil {
		t.Fatalf("the lock of another file: %v", err)
	}
	var held *HeldError
	if _, err := Lock(a); !errors.As(err, &held) || held.Path != a {
		t.Errorf("a second lock of one file: %v", err)
	}
	if err := releaseB(); err != nil {
		t.Error(err)
	}
	if err := Clean(dir); err != nil || names(t, dir) != ".a.txt"+lockName {
		t.Errorf("Clean leaves %s: %v", names(t, dir), err)
	}
	if err := releaseA(); err != nil || names(t, dir) != "" {
		t.Errorf("after release the folder holds %s: %v", names(t, dir), err)
	}
	os.WriteFile(filepath.Join(dir, ".b.txt"+lockName), nil, 0o666) // as a killed process leaves it
	if err := Clean(dir); err != nil || names(t, dir) != "" {
		t.Errorf("Clean leaves %s: %v", names(t, dir), err)
	}
}

// Many write one file at once, while others clean: each writes it whole.
func TestManyWriters(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.txt")
	stop := make(chan bool)
	var cleaner, g sync.WaitGroup
	cleaner.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := Clean(dir); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for i := range 4 {
		g.Go(func() {
			for range 30 {
				if err := WriteFile(path, bytes.Repeat([]byte{byte('a' + i)}, 1000)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	g.Wait()
	close(stop)
	cleaner.Wait()
	if s := content(t, path); s != strings.Repeat(s[:1], 1000) {
		t.Error("the file is mixed")
	}
	if got := names(t, dir); got != "a.txt" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Create(filepath.Join(dir, "x")); err == nil { // root may
		f.Close()
		t.Skip("this user may write to a read-only directory")
	}
	for _, err := range []error{
		WriteFile(filepath.Join(dir, "a.txt"), nil),
		second(CreateDir(filepath.Join(dir, "a.zarr"), ".mark")),
		second(NewScratch(filepath.Join(dir, "a.txt"))),
		second(Lock(filepath.Join(dir, "a"))),
	} {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("error %v, want a refused permission", err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// A directory that is removed while it is written does not come back in part.
func TestDirIsRemoved(t *testing.T) {
	root := t.TempDir()
	d, err := CreateDir(filepath.Join(root, "run.zarr"), ".mark")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	if err := d.WriteFile("a/1", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(d.Path("")); err != nil {
		t.Fatal(err)
	}
	if err := d.WriteFile("a/2", []byte("x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("WriteFile: %v, want an error", err)
	}
	if err := d.Commit(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Commit: %v, want an error", err)
	}
	if err := d.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("a second Commit: %v", err)
	}
	if got := names(t, root); got != "" {
		t.Errorf("the folder holds %s", got)
	}
}

// Where names cannot be exchanged, two renames do.
func TestReplaceByRenames(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "run.zarr")
	for _, text := range []string{"one", "two"} {
		d, err := CreateDir(path, ".mark")
		if err != nil {
			t.Fatal(err)
		}
		d.WriteFile(".mark", []byte(text))
		if err := d.rename(); err != nil {
			if text == "two" {
				t.Fatal(err)
			}
			if err := d.Commit(); err != nil {
				t.Fatal(err)
			}
		}
		d.Discard()
	}
	if got := names(t, root) + content(t, filepath.Join(path, ".mark")); got != "run.zarrtwo" {
		t.Errorf("the folder holds %s", got)
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	absent := filepath.Join(dir, "absent", "a.txt")
	for _, err := range []error{
		WriteFile(absent, nil), second(Create(absent)), second(CreateDir(absent, ".mark")), second(NewScratch(absent)), second(Lock(absent)),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("in a folder that does not exist: %v", err)
		}
	}
	file := filepath.Join(dir, "file")
	if err := WriteFile(file, nil); err != nil {
		t.Fatal(err)
	}
	if err := Clean(file); err == nil {
		t.Error("a file is clean")
	}
	f, err := Create(filepath.Join(dir, "b.txt"))
	if err != nil {
		t.Fatal(err)
	}
	f.File.Close()
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("Commit of a closed file: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "c.txt"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := WriteFile(filepath.Join(dir, "c.txt"), nil); err == nil {
		t.Error("a directory is replaced by a file")
	}
	if got := names(t, dir); got != "c.txt file" {
		t.Errorf("the folder holds %s", got)
	}
	held := &HeldError{Path: "run"}
	if got := held.Error(); got != "run is in use by another process" {
		t.Errorf("a holder that is not known: %s", got)
	}
	held.Holder = "process 4711 on lab1"
	if got := held.Error(); got != "run is in use by process 4711 on lab1" {
		t.Errorf("a holder: %s", got)
	}
}

// TestParts appends to the files of a scratch directory and copies them; one that
// nobody appended to is empty, and none can be made once the directory is gone.
func TestParts(t *testing.T) {
	dir := t.TempDir()
	s, err := NewScratch(filepath.Join(dir, "a.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one ", "two"} {
		if err := s.Append("x", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	for _, name := range []string{"x", "absent", "x"} {
		if err := s.CopyTo(&out, name); err != nil {
			t.Error(err)
		}
	}
	if out.String() != "one twoone two" {
		t.Errorf("copied %q", &out)
	}
	if err := s.CopyTo(&out, "\x00"); err == nil {
		t.Error("a name that cannot be one is copied")
	}
	if err := s.Discard(); err != nil || names(t, dir) != "" {
		t.Errorf("after Discard the folder holds %s: %v", names(t, dir), err)
	}
	if err := s.Append("x", nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("appended to a directory that is gone: %v", err)
	}
}
