package ticketmail_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// allowedGlobals are package-level variables that the check would refuse, each
// with the reason for which it may stay. The key is folder and name.
var allowedGlobals = map[string]string{}

// harmlessCalls make values that nobody can change afterwards.
var harmlessCalls = []string{
	"errors.New", "fmt.Errorf", // sentinels
	"regexp.MustCompile", "strings.NewReplacer", "language.MustParse", "language.NewMatcher",
	"unicode.UTF16", "utf32.UTF32", "base32.NewEncoding", "base64.NewEncoding", // encodings
	"sync.OnceValue", // of a computation that depends on nothing
	"netip.MustParseAddr", "netip.MustParsePrefix", "time.Date",
}

// Nothing runs behind an embedder's back, in any module and any test.
func TestNoInit(t *testing.T) {
	for _, s := range allSources(t) {
		report(t, checkInit(s))
	}
}

// checkInit finds init functions.
func checkInit(s source) []string {
	var findings []string
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
			findings = append(findings, s.at(f)+": func init: let the caller start it")
		}
	}
	return findings
}

// Two engines in one process share nothing: library code keeps no state in
// package-level variables. Tables that are only read are fine.
func TestNoGlobalState(t *testing.T) {
	byPackage := map[string][]source{}
	for _, s := range allSources(t) {
		if !s.isTest() && s.file.Name.Name != "main" {
			byPackage[s.pkg()] = append(byPackage[s.pkg()], s)
		}
	}
	used := map[string]bool{}
	for pkg, files := range byPackage {
		for _, f := range checkGlobals(files) {
			key := pkg + "." + f.name
			used[key] = true
			if allowedGlobals[key] == "" {
				t.Errorf("%s: %s", f.at, f.why)
			}
		}
	}
	for key := range allowedGlobals {
		if !used[key] {
			t.Errorf("allowedGlobals names %s, which needs no permission", key)
		}
	}
}

// A global is a package-level variable that may hold state.
type global struct{ name, at, why string }

// checkGlobals finds the variables of one package that may hold state: those
// that are changed somewhere, those that others could change, and those whose
// value is not known to be harmless. It looks at syntax and at which names
// mean the same variable, but not into other packages, so a table that is
// handed to somebody who changes it goes unnoticed.
func checkGlobals(files []source) []global {
	defs, changed := resolve(files)
	var findings []global
	for _, s := range files {
		for _, d := range s.file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.VAR {
				continue
			}
			for _, spec := range decl.Specs {
				spec := spec.(*ast.ValueSpec)
				if embedded(decl.Doc) || embedded(spec.Doc) {
					continue
				}
				for i, name := range spec.Names {
					if why := stateful(spec, i, defs[name], changed); why != "" {
						findings = append(findings, global{name.Name, s.at(name), fmt.Sprintf("var %s %s", name.Name, why)})
					}
				}
			}
		}
	}
	return findings
}

// stateful says why the i-th variable of spec, known as obj, may hold state, or "".
func stateful(spec *ast.ValueSpec, i int, obj types.Object, changed map[types.Object]bool) string {
	name := spec.Names[i]
	switch {
	case name.Name == "_":
		return ""
	case changed[obj]:
		return "is changed: keep it in a value that the caller owns"
	case i >= len(spec.Values):
		return "has no value, so somebody must change it: keep it in a value that the caller owns"
	}
	switch v := spec.Values[i].(type) {
	case *ast.FuncLit:
		if name.IsExported() {
			return "is a function that anybody can replace: make it a func"
		}
	case *ast.UnaryExpr:
		if v.Op == token.AND {
			return "is a pointer: keep it in a value that the caller owns"
		}
	case *ast.CompositeLit:
		if name.IsExported() {
			return "is a table that anybody can change: return a fresh one from a function"
		}
	case *ast.CallExpr:
		if call := callee(v); !slices.Contains(harmlessCalls, call) && (name.IsExported() || !isTable(obj)) {
			return "is made by " + call + ", which is not among harmlessCalls"
		}
	}
	return ""
}

// callee is the function called first in a chain such as f(x).g(y).
func callee(call *ast.CallExpr) string {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
		if inner, ok := sel.X.(*ast.CallExpr); ok {
			return callee(inner)
		}
	}
	return types.ExprString(call.Fun)
}

// isTable reports whether obj is known to be a scalar, map, slice or array:
// what a function of the package computed, which only a change makes state.
func isTable(obj types.Object) bool {
	switch t := obj.Type().Underlying().(type) {
	case *types.Map, *types.Slice, *types.Array:
		return true
	case *types.Basic:
		return t.Kind() != types.Invalid
	}
	return false
}

func is[T ast.Expr](e ast.Expr) bool { _, ok := e.(T); return ok }

// embedded reports whether a doc comment holds a go:embed directive.
func embedded(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

// resolve returns which variable each name declares and which package-level
// variables are changed. The type checker is used for its scopes alone: what
// it cannot import does not matter.
func resolve(files []source) (defs map[*ast.Ident]types.Object, changed map[types.Object]bool) {
	info := &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	conf := types.Config{Error: func(error) {}}
	var syntax []*ast.File
	for _, s := range files {
		syntax = append(syntax, s.file)
	}
	_, _ = conf.Check("p", files[0].fset, syntax, info) // incomplete by design

	changed = map[types.Object]bool{}
	mark := func(e ast.Expr) {
		if id := root(e); id != nil && info.Uses[id] != nil {
			changed[info.Uses[id]] = true
		}
	}
	for _, f := range syntax {
		ast.Inspect(f, func(n ast.Node) bool {
			markChanges(n, mark)
			return true
		})
	}
	return info.Defs, changed
}

// markChanges calls mark for what the statement or expression n changes.
func markChanges(n ast.Node, mark func(ast.Expr)) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for _, left := range n.Lhs {
			mark(left)
		}
	case *ast.IncDecStmt:
		mark(n.X)
	case *ast.RangeStmt:
		mark(n.Key)
		mark(n.Value)
	case *ast.UnaryExpr:
		if n.Op == token.AND && is[*ast.Ident](n.X) { // an element's address is mostly taken to read it
			mark(n.X)
		}
	case *ast.CallExpr:
		switch types.ExprString(n.Fun) {
		case "delete", "clear", "copy", "slices.Sort", "slices.SortFunc", "slices.SortStableFunc", "slices.Reverse", "sort.Strings", "sort.Slice":
			mark(n.Args[0])
		}
	}
}

// root returns the variable at the start of an expression such as v.f[i], or nil.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// The checkers find what they are there to find.
func TestGlobalsBite(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want string // names found, in order
	}{
		"assertion":        {`var _ error = (*E)(nil)`, ""},
		"sentinels":        {`var ErrA, ErrB = errors.New("a"), fmt.Errorf("b")`, ""},
		"expression":       {`var re = regexp.MustCompile("x")`, ""},
		"table":            {`var days = []string{"Mon"}; func f() string { return days[0] }`, ""},
		"scalar":           {`var limit = 5`, ""},
		"embed directive":  {"//go:embed x\nvar fs embed.FS", ""},
		"embed in a group": {"var (\n//go:embed x\nfs embed.FS\n)", ""},
		"computed table":   {`var odd = func() (t [256]bool) { return t }()`, ""},
		"computed by name": {`var set = of("a"); func of(s ...string) map[string]bool { return nil }`, ""},
		"chain":            {`var hex = base32.NewEncoding("0").WithPadding(1)`, ""},
		"element read":     {`var s = []int{1}; func f() *int { return &s[0] }`, ""},
		"bytes":            {`var crlf = []byte("\r\n")`, ""},
		"shadowed":         {`var m = map[string]int{}; func f() { m := map[string]int{}; m["a"] = 1 }`, ""},

		"exported table":    {`var Days = []string{"Mon"}`, "Days"},
		"exported hook":     {`var Now = func() {}`, "Now"},
		"counter":           {`var n int; func f() { n++ }`, "n"},
		"set later":         {`var n int`, "n"},
		"assigned":          {`var n = 1; func f() { n = 2 }`, "n"},
		"map written":       {`var m = map[string]int{}; func f() { m["a"] = 1 }`, "m"},
		"field written":     {`var c = T{}; func f() { c.x.y = 1 }`, "c"},
		"map deleted":       {`var m = map[string]int{}; func f() { delete(m, "a") }`, "m"},
		"sorted":            {`var s = []int{2, 1}; func f() { slices.Sort(s) }`, "s"},
		"address taken":     {`var c = T{}; func f() { g(&c) }`, "c"},
		"range variable":    {`var n = 1; func f() { for n = range 3 {} }`, "n"},
		"mutex":             {`var mu sync.Mutex`, "mu"},
		"pointer":           {`var def = &T{}`, "def"},
		"made and filled":   {`var m = make(map[string]int); func f() { m["a"] = 1 }`, "m"},
		"made by us":        {`var r = newT(); func newT() *T { return nil }; type T struct{}`, "r"},
		"unknown call":      {`var c = http.NewClient()`, "c"},
		"second of a group": {`var ( a = 1; b *T )`, "b"},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, g := range checkGlobals([]source{parseSource(t, token.NewFileSet(), "p/p.go", "package p\n"+tt.text+"\n")}) {
				names = append(names, g.name)
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%s\nfound %q, want %q", tt.text, got, tt.want)
			}
		})
	}
	if checkInit(parseSource(t, token.NewFileSet(), "p/p.go", "package p\nfunc init() {}\n")) == nil {
		t.Error("func init goes unnoticed")
	}
	if f := checkInit(parseSource(t, token.NewFileSet(), "p/p.go", "package p\nfunc (t T) init() {}\n")); f != nil {
		t.Errorf("a method called init is none: %q", f)
	}
}
