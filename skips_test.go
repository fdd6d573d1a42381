package ticketmail_test

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// allowedSkips are functions that skip for a reason which the check does not
// know, each with that reason. The key is file and function.
var allowedSkips = map[string]string{
	"examples/ticketd/bad_test.go TestFullDisk":             "needs a shell, which .ci/run is written for",
	"examples/ticketd/corpus_test.go corpusMails":           "real mails of other people cannot ship with the project",
	"mailbox/message/corpus_test.go TestCorpus":             "real mails of other people cannot ship with the project",
	"mailbox/message/trim_corpus_test.go readCorpusReplies": "real mails of other people cannot ship with the project",
	"mailbox/message/safehtml/corpus_test.go TestCorpus":    "real mails of other people cannot ship with the project",
}

// skipReasons are names and strings, one of which stands in every function
// that skips a test: .ci/run sets the first, so that nothing which could be
// installed is left out there unnoticed.
var skipReasons = []string{"TICKETMAIL_REQUIRE", "TICKETMAIL_LONG", "Short", "GOOS"}

// A test that skips itself looks like one that passes.
func TestSkips(t *testing.T) {
	used := map[string]bool{}
	for _, s := range allSources(t) {
		for _, f := range unexplainedSkips(s) {
			key := s.name + " " + f.Name.Name
			used[key] = true
			if allowedSkips[key] == "" {
				t.Errorf("%s: %s skips, and none of %s says when that is wrong", s.at(f), f.Name.Name, skipReasons)
			}
		}
	}
	for key := range allowedSkips {
		if !used[key] {
			t.Errorf("allowedSkips names %q, which needs no permission", key)
		}
	}
}

// unexplainedSkips returns the functions of s that skip tests for no reason in
// skipReasons. Fuzz targets skip inputs and suites leave out what an adapter
// does not offer, which is something else.
func unexplainedSkips(s source) []*ast.FuncDecl {
	if line := find(s.pkg()); line >= 0 && floors[line].role == suite && !s.isTest() && !within(s.pkg(), "internal") {
		return nil
	}
	var found []*ast.FuncDecl
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil || strings.HasPrefix(f.Name.Name, "Fuzz") {
			continue
		}
		skips, explained := false, false
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				skips = skips || isSkip(n)
			case *ast.SelectorExpr:
				explained = explained || slices.Contains(skipReasons, n.Sel.Name)
			case *ast.BasicLit:
				explained = explained || n.Kind == token.STRING && slices.ContainsFunc(skipReasons, func(r string) bool {
					return strings.HasPrefix(r, "TICKETMAIL_") && strings.Contains(n.Value, r)
				})
			}
			return true
		})
		if skips && !explained {
			found = append(found, f)
		}
	}
	return found
}

// isSkip reports whether call is one of t.Skip, t.Skipf and t.SkipNow.
func isSkip(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && is[*ast.Ident](sel.X) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name)
}

// The checker finds what it is there to find.
func TestSkipsBite(t *testing.T) {
	for body, want := range map[string]int{
		`t.Log("fine")`:       0,
		`t.Skip("no server")`: 1,
		`t.Run("x", func(t *testing.T) { t.SkipNow() })`:                                 1,
		`return escalation.Skip{}`:                                                       0,
		`if testing.Short() { t.Skip("slow") }`:                                          0,
		`if runtime.GOOS == "windows" { t.Skip("no fork") }`:                             0,
		`if os.Getenv("TICKETMAIL_REQUIRE") == "" { t.Skipf("no %s", "server") }`:        0,
		`if os.Getenv("TICKETMAIL_LONG") == "" { t.Skip("set TICKETMAIL_LONG=1") }`:      0,
		`if os.Getenv("DSN") == "" { t.Skip("set DSN") }`:                                1,
		`if err != nil { t.Skip("a comment that says GOOS or Short explains nothing") }`: 1,
	} {
		s := parseSource(t, token.NewFileSet(), "p/p_test.go", "package p\nfunc TestX(t *testing.T) { "+body+" }\n")
		if got := len(unexplainedSkips(s)); got != want {
			t.Errorf("%s: %d functions found, want %d", body, got, want)
		}
	}
}
