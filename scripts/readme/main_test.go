package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"natspike/pkg/racetest"
)

// Every whole program in README.md prints what the block below it shows.
func TestPrograms(t *testing.T) {
	racetest.Program(t)
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	programs := regexp.MustCompile("(?s)```go\n(package main\n.*?)```\n\n```\n(.*?)```").FindAllSubmatch(text, -1)
	if len(programs) != 2 {
		t.Fatalf("README.md has %d programs with their output, and 2 are known", len(programs))
	}
	for _, m := range programs {
		dir, err := os.MkdirTemp(".", "_program-*")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		if err := os.WriteFile(filepath.Join(dir, "main.go"), m[1], 0o644); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command("go", "run", "./"+dir).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if string(out) != string(m[2]) {
			t.Errorf("README.md shows\n%sand its program prints\n%s", m[2], out)
		}
	}
}

func TestPictures(t *testing.T) {
	for _, draw := range []func(string) error{draw, cloud} {
		path := filepath.Join(t.TempDir(), "picture.svg")
		if err := draw(path); err != nil {
			t.Fatal(err)
		}
		if svg, err := os.ReadFile(path); err != nil || !regexp.MustCompile(`<title`).Match(svg) {
			t.Errorf("no picture with a title: %v", err)
		}
	}
}
