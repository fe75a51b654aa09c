// Command pages writes the documentation of this module's packages as HTML: one page
// for each package, with its exported names and their examples.
//
//	go run ./scripts/pages ROOT FOLDER
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"go/format"
	"go/parser"
	"go/printer"
	"go/token"
	"html/template"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

const module = "natspike"

//go:embed page.html
var source string

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: pages ROOT FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

// write writes the pages of the packages below root/pkg, and a list of them, to
// folder. It skips packages in folders called internal.
func write(root, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	var all []*page
	err := filepath.WalkDir(filepath.Join(root, "pkg"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if d.Name() == "internal" || d.Name() == "testdata" {
			return fs.SkipDir
		}
		p, err := load(root, path)
		if p != nil {
			all = append(all, p)
		}
		return err
	})
	if err != nil {
		return err
	}
	t, err := template.New("page").Parse(source)
	if err != nil {
		return err
	}
	for _, p := range all {
		if err := save(t, "package", filepath.Join(folder, file(p.ImportPath)), p); err != nil {
			return err
		}
	}
	return save(t, "list", filepath.Join(folder, "index.html"), all)
}

func save(t *template.Template, name, path string, data any) error {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, data); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// file returns the name of the page of a package of this module.
func file(importPath string) string {
	return strings.ReplaceAll(strings.TrimPrefix(importPath, module+"/pkg/"), "/", ".") + ".html"
}

// A page is a package with the content of its page.
type page struct {
	*doc.Package
	fset    *token.FileSet
	parser  *comment.Parser
	printer *comment.Printer
}

// load returns the page of the package in a folder, or nil if there is none.
func load(root, folder string) (*page, error) {
	built, err := build.ImportDir(folder, 0)
	if _, none := err.(*build.NoGoError); none {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	relative, err := filepath.Rel(root, folder)
	if err != nil {
		return nil, err
	}
	p := &page{fset: token.NewFileSet()}
	var files []*ast.File
	for _, names := range [][]string{built.GoFiles, built.TestGoFiles, built.XTestGoFiles} {
		for _, name := range names {
			f, err := parser.ParseFile(p.fset, filepath.Join(folder, name), nil, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			files = append(files, f)
		}
	}
	if p.Package, err = doc.NewFromFiles(p.fset, files, module+"/"+filepath.ToSlash(relative)); err != nil {
		return nil, err
	}
	p.parser, p.printer = p.Package.Parser(), p.Package.Printer()
	p.printer.HeadingLevel = 3
	p.printer.DocLinkURL = func(link *comment.DocLink) string {
		name := link.Name
		if link.Recv != "" {
			name = link.Recv + "." + name
		}
		switch {
		case link.ImportPath == "":
			return "#" + name
		case strings.HasPrefix(link.ImportPath, module+"/pkg/") && !strings.Contains(link.ImportPath, "/internal/"):
			return strings.TrimSuffix(file(link.ImportPath)+"#"+name, "#")
		}
		return link.DefaultURL("https://pkg.go.dev/")
	}
	return p, nil
}

// Short returns the path of the package below pkg.
func (p *page) Short() string { return strings.TrimPrefix(p.ImportPath, module+"/pkg/") }

// File returns the name of the page.
func (p *page) File() string { return file(p.ImportPath) }

// Words returns a comment as HTML.
func (p *page) Words(text string) template.HTML {
	return template.HTML(p.printer.HTML(p.parser.Parse(text)))
}

// First returns the first sentence of the package's comment.
func (p *page) First() string { return p.Package.Synopsis(p.Package.Doc) }

// Code returns a declaration, or the body of an example, as it is formatted.
func (p *page) Code(node any) (string, error) {
	if f, ok := node.(*ast.FuncDecl); ok {
		f.Doc, f.Body = nil, nil
	}
	if d, ok := node.(*ast.GenDecl); ok {
		d.Doc = nil
	}
	var b strings.Builder
	if err := format.Node(&b, p.fset, node); err != nil {
		return "", err
	}
	return b.String(), nil
}

// Example returns the code of an example: the whole file, or the body of a function
// without the comment with its output.
func (p *page) Example(e *doc.Example) (string, error) {
	code, err := p.Code(&printer.CommentedNode{Node: e.Code, Comments: e.Comments})
	if inner, ok := strings.CutPrefix(code, "{\n"); ok {
		code = strings.ReplaceAll("\n"+strings.TrimSuffix(inner, "}"), "\n\t", "\n")
	}
	for _, word := range []string{"// Output:", "// Unordered output:"} {
		if i := strings.LastIndex(code, word); i >= 0 {
			code = code[:i]
		}
	}
	return strings.TrimSpace(code), err
}

// A part is the data of the template for a part of the page.
type part struct {
	Page     *page
	Examples []*doc.Example
	Values   []*doc.Value
}

// Of returns the part that shows examples.
func (p *page) Of(examples []*doc.Example) part { return part{Page: p, Examples: examples} }

// Values returns the part that shows constants and variables.
func (p *page) Values(consts, vars []*doc.Value) part {
	return part{Page: p, Values: append(consts[:len(consts):len(consts)], vars...)}
}
