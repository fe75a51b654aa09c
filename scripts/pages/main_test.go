package main

import (
	"go/build"
	"go/token"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	anchors = regexp.MustCompile(` id="([^"]+)"`)
	links   = regexp.MustCompile(` href="([^"]+)"`)
)

// Every exported name has an anchor, every example of the package is there, and
// every link within the documentation leads somewhere.
func TestPages(t *testing.T) {
	dir := t.TempDir()
	if err := write("../..", dir); err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	there := map[string]bool{}
	names, err := filepath.Glob(filepath.Join(dir, "*.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range names {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		pages[name], there[name] = string(b), true
		for _, a := range anchors.FindAllStringSubmatch(pages[name], -1) {
			there[name+"#"+html.UnescapeString(a[1])] = true
		}
	}
	for name, text := range pages {
		for _, l := range links.FindAllStringSubmatch(text, -1) {
			to := html.UnescapeString(l[1])
			if strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://") || strings.HasPrefix(to, "../") {
				continue
			}
			if strings.HasPrefix(to, "#") {
				to = name + to
			}
			if !there[to] {
				t.Errorf("%s links to %s, which is not there", name, to)
			}
		}
	}
	examples := 0
	for name := range pages {
		if name == "index.html" {
			continue
		}
		folder := "../../pkg/" + strings.ReplaceAll(strings.TrimSuffix(name, ".html"), ".", "/")
		p, err := load("../..", folder)
		if err != nil {
			t.Fatal(err)
		}
		want := func(id string) {
			if token.IsExported(id[strings.LastIndex(id, ".")+1:]) && !there[name+"#"+id] {
				t.Errorf("%s has no place for %s", name, id)
			}
		}
		for _, f := range p.Funcs {
			want(f.Name)
		}
		for _, v := range append(p.Consts, p.Vars...) {
			for _, n := range v.Names {
				want(n)
			}
		}
		count := len(p.Examples)
		for _, f := range p.Funcs {
			count += len(f.Examples)
		}
		for _, ty := range p.Types {
			want(ty.Name)
			count += len(ty.Examples)
			for _, f := range ty.Funcs {
				want(f.Name)
				count += len(f.Examples)
			}
			for _, m := range ty.Methods {
				want(ty.Name + "." + m.Name)
				count += len(m.Examples)
			}
		}
		if got := strings.Count(pages[name], "<summary>Example"); got != count {
			t.Errorf("%s shows %d examples of %d", name, got, count)
		}
		examples += count
		if built, err := build.ImportDir(folder, 0); err != nil || p.Name != built.Name {
			t.Errorf("%s is of package %s, %v", name, p.Name, err)
		}
	}
	if examples < 100 {
		t.Errorf("there are %d examples, which are too few", examples)
	}
}
