package ticketmail_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// modulePath is the path of the root module, and the prefix of all others.
const modulePath = "example.com/ticketmail"

// A source is one Go file as the checks of this folder see it.
type source struct {
	name string // slash-separated, relative to the root
	file *ast.File
	fset *token.FileSet
}

// pkg is the folder of s; "" is the root.
func (s source) pkg() string {
	if dir := path.Dir(s.name); dir != "." {
		return dir
	}
	return ""
}

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

// at is where n stands, for a message.
func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.name, s.fset.Position(n.Pos()).Line)
}

// imports returns the import paths of s.
func (s source) imports() []string {
	var paths []string
	for _, spec := range s.file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, p)
	}
	return paths
}

// parseSource reads one file given as text.
func parseSource(t *testing.T, fset *token.FileSet, name, text string) source {
	t.Helper()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return source{name: name, file: file, fset: fset}
}

// allSources reads every Go file of every module below the root. It reads the
// folders itself: go list would be a child process, whose answer the test
// cache does not know to be stale.
func allSources(t *testing.T) []source {
	t.Helper()
	root := os.DirFS(".")
	fset := token.NewFileSet()
	var all []source
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && ignored(name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		all = append(all, parseSource(t, fset, name, string(text)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found %d Go files: the walk does not see the tree", len(all))
	}
	return all
}

// ignored reports whether the go command ignores the folder called name.
func ignored(name string) bool {
	base := path.Base(name)
	return name != "." && (base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_"))
}

// packages returns the folders that hold library or program code.
func packages(all []source) []string {
	var dirs []string
	for _, s := range all {
		if !s.isTest() && !slices.Contains(dirs, s.pkg()) {
			dirs = append(dirs, s.pkg())
		}
	}
	return dirs
}

// within reports whether the folder dir is one of roots or lies below one.
// The root "" holds only itself.
func within(dir string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool {
		return dir == root || root != "" && strings.HasPrefix(dir, root+"/")
	})
}

// report fails t with each finding.
func report(t *testing.T, findings []string) {
	t.Helper()
	for _, f := range findings {
		t.Error(f)
	}
}
