package ticketmail_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goLine is the same in every go.mod and in go.work: a workspace with an older
// line than one of its modules does not build.
const goLine = "go 1.26.0"

// rootRequires is everything an embedder of the core inherits.
var rootRequires = []string{
	"github.com/emersion/go-imap/v2",
	"github.com/emersion/go-message",
	"github.com/emersion/go-sasl",
	"github.com/emersion/go-smtp",
	"github.com/google/go-cmp",
	"golang.org/x/net",
	"golang.org/x/text",
}

// requirement is a line of a go.mod that names a module and a version.
var requirement = regexp.MustCompile(`(?m)^(?:require )?\t?(\S+) v\d\S*`)

func TestRootRequires(t *testing.T) {
	for _, m := range requirement.FindAllStringSubmatch(read(t, "go.mod"), -1) {
		if !slices.Contains(rootRequires, m[1]) {
			t.Errorf("go.mod requires %s, and so would every embedder", m[1])
		}
	}
}

// Every module says the same Go version and is in go.work; only the linters,
// whose requirements would raise ours, are not.
func TestModules(t *testing.T) {
	work := read(t, "go.work")
	if !hasLine(work, goLine) {
		t.Errorf("go.work does not say %s", goLine)
	}
	for _, mod := range modules(t) {
		if !hasLine(read(t, path.Join(mod, "go.mod")), goLine) {
			t.Errorf("%s/go.mod does not say %s", mod, goLine)
		}
		use := "./" + mod
		if mod == "." {
			use = "."
		}
		if got, want := hasLine(work, use), mod != "internal/tools"; got != want {
			t.Errorf("go.work uses %s: %t, want %t", use, got, want)
		}
	}
}

// The landing page lists exactly the packages that are there.
func TestPackageMap(t *testing.T) {
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^//\t(\S+)  `).FindAllStringSubmatch(read(t, "doc.go"), -1) {
		listed = append(listed, m[1])
	}
	if len(listed) == 0 {
		t.Fatal("no package map found in doc.go")
	}
	pkgs := packages(allSources(t))
	for _, name := range listed {
		if !slices.Contains(pkgs, name) {
			t.Errorf("doc.go lists %s, which does not exist", name)
		}
	}
	for _, pkg := range pkgs {
		if pkg != "" && !strings.Contains("/"+pkg+"/", "/internal/") && !slices.Contains(listed, pkg) {
			t.Errorf("doc.go does not list %s", pkg)
		}
	}
}

// modules returns the folders that hold a go.mod.
func modules(t *testing.T) []string {
	t.Helper()
	var dirs []string
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && ignored(name):
			return fs.SkipDir
		case d.Name() == "go.mod":
			dirs = append(dirs, path.Dir(name))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// hasLine reports whether a line of text is line, without regard to indent.
func hasLine(text, line string) bool {
	for l := range strings.Lines(text) {
		if strings.TrimSpace(l) == line {
			return true
		}
	}
	return false
}
