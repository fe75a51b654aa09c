package main

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"hash/fnv"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A mutant is one change of one source file.
type mutant struct {
	file     string // relative to the module, with slashes
	function string // such as Chain.Step, or the first name of a declaration
	line     int
	change   string // such as "a < b → a <= b"
	from, to int    // range of the bytes that are replaced
	text     string // replacement
}

// key names a mutant without its line, so that it stays the same when code
// elsewhere in the file changes.
func (m mutant) key() string { return m.file + " " + m.function + ": " + m.change }

// source returns the text of the file with the change.
func (m mutant) source(original []byte) []byte {
	return slices.Concat(original[:m.from], []byte(m.text), original[m.to:])
}

// order sorts mutants by a hash of the seed and their keys. The first n are then a
// sample that changes little when the code changes.
func order(mutants []mutant, seed uint64) {
	hash := func(m mutant) uint64 {
		h := fnv.New64a()
		binary.Write(h, binary.LittleEndian, seed)
		h.Write([]byte(m.key()))
		x := h.Sum64() // FNV's high bits depend little on the last bytes
		x ^= x >> 32
		x *= 0x9e3779b97f4a7c15
		return x ^ x>>29
	}
	slices.SortFunc(mutants, func(a, b mutant) int {
		return cmp.Or(cmp.Compare(hash(a), hash(b)), cmp.Compare(a.key(), b.key()))
	})
}

// mutantsOf returns all mutants of a file of the module at root, in the order of
// the source.
func mutantsOf(root, file string) ([]mutant, error) {
	src, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return nil, err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := &finder{set: set, src: src, file: filepath.ToSlash(file), seen: map[string]int{}}
	for _, d := range tree.Decls {
		if f.function = declared(d); f.function == "" {
			continue
		}
		if fn, ok := d.(*ast.FuncDecl); ok {
			f.returnAtOnce(fn)
			ast.Inspect(fn.Body, f.visit)
		} else {
			ast.Inspect(d, f.visit)
		}
	}
	return f.found, nil
}

// declared returns the name of a declaration, or an empty string if no mutant can be
// made of it.
func declared(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Body == nil {
			return ""
		}
		if d.Recv == nil {
			return d.Name.Name
		}
		t := d.Recv.List[0].Type
		for {
			switch x := t.(type) {
			case *ast.StarExpr:
				t = x.X
			case *ast.IndexExpr:
				t = x.X
			case *ast.IndexListExpr:
				t = x.X
			case *ast.Ident:
				return x.Name + "." + d.Name.Name
			default:
				return d.Name.Name
			}
		}
	case *ast.GenDecl:
		if d.Tok == token.CONST || d.Tok == token.VAR {
			return d.Specs[0].(*ast.ValueSpec).Names[0].Name
		}
	}
	return ""
}

// A finder collects the mutants of a file.
type finder struct {
	set      *token.FileSet
	src      []byte
	file     string
	function string
	seen     map[string]int // number of mutants with a key
	found    []mutant
}

// add adds the mutant in which text replaces the source between from and to.
func (f *finder) add(from, to token.Pos, text, change string) {
	at := f.set.Position(from)
	m := mutant{f.file, f.function, at.Line, strings.Join(strings.Fields(change), " "), at.Offset, f.set.Position(to).Offset, text}
	key := m.key()
	if f.seen[key]++; f.seen[key] > 1 { // the same change further down
		m.change += fmt.Sprintf(" (%d)", f.seen[key])
	}
	f.found = append(f.found, m)
}

// text returns the source of a node, and head and tail the two ends of it.
func (f *finder) text(n ast.Node) string {
	return string(f.src[f.set.Position(n.Pos()).Offset:f.set.Position(n.End()).Offset])
}

const excerpt = 40 // runes

func (f *finder) head(n ast.Node) string {
	r := []rune(strings.Join(strings.Fields(f.text(n)), " "))
	if len(r) > excerpt {
		return string(r[:excerpt]) + "…"
	}
	return string(r)
}

func (f *finder) tail(n ast.Node) string {
	r := []rune(strings.Join(strings.Fields(f.text(n)), " "))
	if len(r) > excerpt {
		return "…" + string(r[len(r)-excerpt:])
	}
	return string(r)
}

// replace adds the mutant in which text replaces a node.
func (f *finder) replace(n ast.Node, text string) {
	f.add(n.Pos(), n.End(), text, f.head(n)+" → "+text)
}

// operators are the replacements of each operator.
var operators = map[token.Token][]token.Token{
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL}, token.REM: {token.MUL},
	token.SHL: {token.SHR}, token.SHR: {token.SHL}, token.AND: {token.OR}, token.OR: {token.AND}, token.XOR: {token.AND}, token.AND_NOT: {token.AND},
	token.LSS: {token.LEQ, token.GEQ}, token.LEQ: {token.LSS, token.GTR}, token.GTR: {token.GEQ, token.LEQ}, token.GEQ: {token.GTR, token.LSS},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL}, token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD_ASSIGN: {token.SUB_ASSIGN}, token.SUB_ASSIGN: {token.ADD_ASSIGN}, token.MUL_ASSIGN: {token.QUO_ASSIGN}, token.QUO_ASSIGN: {token.MUL_ASSIGN},
	token.OR_ASSIGN: {token.AND_ASSIGN}, token.AND_ASSIGN: {token.OR_ASSIGN}, token.XOR_ASSIGN: {token.OR_ASSIGN},
	token.SHL_ASSIGN: {token.SHR_ASSIGN}, token.SHR_ASSIGN: {token.SHL_ASSIGN},
	token.INC: {token.DEC}, token.DEC: {token.INC}, token.BREAK: {token.CONTINUE}, token.CONTINUE: {token.BREAK},
}

// operator adds the mutants in which another operator stands between left and right,
// at pos.
func (f *finder) operator(pos token.Pos, op token.Token, left, right string) {
	for _, other := range operators[op] {
		f.add(pos, pos+token.Pos(len(op.String())), other.String(),
			fmt.Sprintf("%s %s %s → %s %s %s", left, op, right, left, other, right))
	}
}

// others are the replacements of names of functions and of constants.
var others = map[string]string{"min": "max", "max": "min", "Min": "Max", "Max": "Min", "true": "false", "false": "true"}

// visit adds the mutants of a node.
func (f *finder) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BinaryExpr:
		f.operator(n.OpPos, n.Op, f.tail(n.X), f.head(n.Y))
	case *ast.UnaryExpr:
		if n.Op == token.SUB || n.Op == token.NOT {
			f.replace(n, f.text(n.X))
		}
	case *ast.BasicLit:
		switch {
		case n.Kind == token.INT && n.Value == "1":
			f.replace(n, "0")
		case n.Kind == token.INT:
			f.replace(n, "("+n.Value+" + 1)")
		case n.Kind == token.FLOAT && strings.Trim(n.Value, "0.") == "":
			f.replace(n, "1.0")
		case n.Kind == token.FLOAT:
			f.replace(n, "(2 * "+n.Value+")")
		}
	case *ast.Ident:
		if other, ok := others[n.Name]; ok {
			f.replace(n, other)
		}
	case *ast.CallExpr:
		if s, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 1 {
			if p, ok := s.X.(*ast.Ident); ok && (p.Name == "math" || p.Name == "portable") {
				f.replace(n, "("+f.text(n.Args[0])+")")
			}
		}
	case *ast.IncDecStmt:
		f.operator(n.TokPos, n.Tok, f.tail(n.X), "")
	case *ast.BranchStmt:
		f.operator(n.TokPos, n.Tok, "", "")
	case *ast.AssignStmt:
		f.operator(n.TokPos, n.Tok, f.tail(n.Lhs[0]), f.head(n.Rhs[0]))
		if n.Tok != token.DEFINE { // the right-hand side is still computed, and used
			f.add(n.Pos(), n.Rhs[0].Pos(), strings.Repeat("_, ", len(n.Lhs)-1)+"_ = ", "drop "+f.head(n))
		}
	case *ast.ExprStmt:
		f.add(n.Pos(), n.End(), "", "drop "+f.head(n))
	case *ast.IfStmt:
		f.condition(n.Cond)
	}
	return true
}

// condition adds the mutant in which the condition of an if is reversed, unless a
// mutant of its operator does that, and the mutant in which it never holds.
func (f *finder) condition(c ast.Expr) {
	text := f.text(c)
	reversed := false
	switch c := c.(type) {
	case *ast.BinaryExpr:
		reversed = c.Op != token.LAND && c.Op != token.LOR
	case *ast.UnaryExpr:
		reversed = true
	}
	if !reversed {
		f.add(c.Pos(), c.End(), "!("+text+")", "if "+f.head(c)+" → if not")
	}
	f.add(c.Pos(), c.End(), "("+text+") && false", "if "+f.head(c)+" → never")
}

// returnAtOnce adds the mutant of a function that returns zero values at once.
func (f *finder) returnAtOnce(fn *ast.FuncDecl) {
	var zeros []string
	if fn.Type.Results != nil {
		for _, r := range fn.Type.Results.List {
			for range max(1, len(r.Names)) {
				zeros = append(zeros, "*new("+f.text(r.Type)+")")
			}
		}
	}
	if len(fn.Body.List) > 0 {
		f.add(fn.Body.Lbrace+1, fn.Body.Lbrace+1, " return "+strings.Join(zeros, ", ")+";", "return at once")
	}
}
