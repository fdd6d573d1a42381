package console

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A source is the parsed sources of a package, without its tests.
type source struct {
	fset   *token.FileSet
	files  []*ast.File
	consts map[string]ast.Expr
}

func sourceOf(t *testing.T, dir string, names ...string) source {
	t.Helper()
	s := source{fset: token.NewFileSet(), consts: map[string]ast.Expr{}}
	if len(names) == 0 {
		names = []string{"*.go"}
	}
	for _, name := range names {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, name))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, name, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(s.fset, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			s.files = append(s.files, f)
		}
	}
	s.each(func(n ast.Node) {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
			for i, name := range v.Names {
				s.consts[name.Name] = v.Values[i]
			}
		}
	})
	return s
}

func (s source) each(fn func(ast.Node)) {
	for _, f := range s.files {
		ast.Inspect(f, func(n ast.Node) bool { fn(n); return true })
	}
}

// text returns a constant text, also one put together; empty: it is none.
func (s source) text(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		if c := s.consts[e.Name]; c != nil {
			return s.text(c)
		}
	case *ast.BinaryExpr:
		if x, y := s.text(e.X), s.text(e.Y); x != "" && y != "" {
			return x + y
		}
	}
	return literal(e)
}

func (s source) at(n ast.Node) token.Position { return s.fset.Position(n.Pos()) }

// diagnosed are the packages that say what is behind errors.
var diagnosed = []string{"internal/wire", "mailbox", "mailbox/imapbox", "mailbox/pop3box", "notify/smtpsender", "ticketmail"}

// update has the table of all diagnoses written anew.
var update = flag.Bool("update", false, "write docs/diagnoses.md anew")

// TestEveryDiagnosis: whatever the engine says to be behind an error, and what
// to do, is said in every language, and in docs/diagnoses.md. A code has one text.
func TestEveryDiagnosis(t *testing.T) {
	seen := map[string]bool{}
	for _, dir := range diagnosed {
		s := sourceOf(t, dir)
		s.files = slices.DeleteFunc(s.files, func(f *ast.File) bool { // it makes them of what is given
			return filepath.Base(s.at(f).Filename) == "advise.go"
		})
		check := func(n ast.Node, code, cause, cure string, args int) {
			seen[code] = true
			a, ok := advice[code]
			switch {
			case code == "" || cause == "" || cure == "":
				t.Errorf("%s: a diagnosis whose code or words cannot be seen", s.at(n))
			case !ok:
				t.Errorf("%s: no words for the code %q", s.at(n), code)
			case a.cause.en != cause || a.cure.en != cure:
				t.Errorf("%s: %q says\n%s; %s\nand its words are\n%s; %s", s.at(n), code, cause, cure, a.cause.en, a.cure.en)
			case len(a.facts) != args:
				t.Errorf("%s: %q has %d args and words of %d", s.at(n), code, args, len(a.facts))
			}
		}
		s.each(func(n ast.Node) {
			switch n := n.(type) {
			case *ast.CallExpr:
				if called(n) == "Advise" && len(n.Args) >= 3 {
					check(n, s.text(n.Args[0]), s.text(n.Args[1]), s.text(n.Args[2]), len(n.Args)-3)
				}
			case *ast.CompositeLit:
				if name := exprText(n.Type); (name == "Diagnosis" || name == "Advice") && len(n.Elts) > 0 {
					fields := map[string]string{}
					for _, e := range n.Elts {
						if kv, ok := e.(*ast.KeyValueExpr); ok {
							fields[exprText(kv.Key)] = s.text(kv.Value)
						}
					}
					if _, made := fields["Args"]; !made { // else it is put together of what is said elsewhere
						check(n, fields["Code"], fields["Cause"], fields["Cure"], 0)
					}
				}
			}
		})
	}
	if len(seen) < 60 {
		t.Errorf("found %d: the search does not see them", len(seen))
	}
	for code := range advice {
		if !seen[code] {
			t.Errorf("nobody says %q", code)
		}
	}
	checkDiagnoses(t)
}

// checkDiagnoses wants the table of all codes as it is here.
func checkDiagnoses(t *testing.T) {
	t.Helper()
	const file, head = "../../docs/diagnoses.md", "| Code | Cause | Cure |\n|---|---|---|\n"
	verb := regexp.MustCompile(`%\[(\d+)\]\w`)
	var table strings.Builder
	for _, code := range slices.Sorted(maps.Keys(advice)) {
		a := advice[code]
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", code, verb.ReplaceAllString(a.cause.en, "{$1}"), verb.ReplaceAllString(a.cure.en, "{$1}"))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	intro, got, found := strings.Cut(string(text), head)
	if !found {
		t.Fatalf("%s has no table of Code, Cause and Cure", file)
	}
	if *update {
		if err := os.WriteFile(file, []byte(intro+head+table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table.String(), got); diff != "" {
		t.Errorf("the table is not that of the code: go test -run EveryDiagnosis ./ticketmail/console -update (-code +table):\n%s", diff)
	}
}

// TestEveryFact: what a connection test may have found is said in every language.
func TestEveryFact(t *testing.T) {
	precision := regexp.MustCompile(`%\.\d+`)
	name := regexp.MustCompile(`^[A-Z0-9]+$`)
	seen := map[string]bool{}
	for dir, names := range map[string][]string{
		"internal/wire":     {"certificate.go"},
		"mailbox":           {"probe.go", "dialpolicy.go"},
		"mailbox/imapbox":   {"probe.go", "probe_folder.go", "probe_tls.go"},
		"mailbox/pop3box":   {"probe.go", "uid.go"},
		"mailbox/oauth":     {"probe.go", "health.go"},
		"notify/smtpsender": {"probe.go"},
	} {
		s := sourceOf(t, dir, names...)
		said := func(e ast.Expr) {
			format, ok := formatOf(e)
			if !ok {
				format = s.text(e)
			}
			format = precision.ReplaceAllString(format, "%")
			if format == "" || name.MatchString(format) {
				return // of a name, or made where it is seen
			}
			seen[format] = true
			if !slices.ContainsFunc(factPhrases, func(p phrase) bool { return p.en == format }) {
				t.Errorf("%s: no words for the fact %q", s.at(e), format)
			}
		}
		s.each(func(n ast.Node) {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if list, ok := n.Type.(*ast.ArrayType); ok && exprText(list.Elt) == "string" {
					for _, e := range n.Elts {
						said(e)
					}
				}
				if dir == "mailbox/oauth" && n.Type == nil && len(n.Elts) == 5 { // a warning: before, and when it is over
					said(n.Elts[3])
					said(n.Elts[4])
				}
			case *ast.CallExpr:
				if called(n) == "append" && strings.HasSuffix(strings.ToLower(exprText(n.Args[0])), "facts") {
					for _, e := range n.Args[1:] {
						said(e)
					}
				}
			case *ast.ReturnStmt:
				if len(n.Results) == 1 && dir == "mailbox/pop3box" { // how it says a certificate
					if c, ok := n.Results[0].(*ast.CallExpr); ok && called(c) == "Sprintf" && strings.HasPrefix(literal(c.Args[0]), "certificate") {
						said(c)
					}
				}
			}
		})
	}
	if len(seen) < 45 {
		t.Errorf("found %d: the search does not see them", len(seen))
	}
	// Put together otherwise.
	precise := []string{"1 mail", "%d mails", "certificate of nobody (it names no host)", "issued by itself", "issued by somebody without a name", "valid until %s", "valid until %s (1 day)", "valid until %s (%d days)"}
	for _, p := range factPhrases {
		if !seen[p.en] && !slices.Contains(precise, p.en) {
			t.Errorf("no test finds %q", p.en)
		}
	}
}

// TestEveryStep: what a step is about, where the adapters say it in words, is
// said in every language.
func TestEveryStep(t *testing.T) {
	n := 0
	for _, dir := range []string{"mailbox/imapbox", "mailbox/pop3box", "notify/smtpsender"} {
		s := sourceOf(t, dir)
		s.each(func(node ast.Node) {
			c, ok := node.(*ast.CallExpr)
			if !ok || called(c) != "step" {
				return
			}
			for _, arg := range c.Args {
				text := s.text(arg)
				if _, name := arg.(*ast.SelectorExpr); name || text == "" {
					continue
				}
				n++
				if !slices.ContainsFunc(stepPhrases, func(p phrase) bool { return p.en == text }) {
					t.Errorf("%s: no words for %q", s.at(c), text)
				}
			}
		})
	}
	if n < 2 {
		t.Errorf("found %d: the search does not see them", n)
	}
}

// TestEveryArg: what stands for a sentence among the args of a diagnosis is said
// in every language, and in English as package wire says it.
func TestEveryArg(t *testing.T) {
	s := sourceOf(t, "internal/wire", "advise.go")
	n := 0
	s.each(func(node ast.Node) {
		v, ok := node.(*ast.ValueSpec)
		if !ok || v.Type == nil {
			return
		}
		for _, value := range v.Values {
			said := map[string]map[string]words{"Ports": portWords, "Resort": resortWords}[exprText(v.Type)]
			if _, ok := said[literal(value)]; !ok {
				t.Errorf("%s: no words for %q", s.at(v), literal(value))
			}
			n++
		}
	})
	if n != len(portWords)+len(resortWords) {
		t.Errorf("found %d: the search does not see them", n)
	}
	var returned []string
	s.each(func(node ast.Node) {
		if r, ok := node.(*ast.ReturnStmt); ok && len(r.Results) == 1 {
			returned = append(returned, s.text(r.Results[0]))
		}
	})
	for _, said := range []map[string]words{portWords, resortWords} {
		for code, w := range said {
			if !slices.Contains(returned, w.en) {
				t.Errorf("nobody says %q for %q", w.en, code)
			}
		}
	}
}

// TestEveryFinding: whatever Lint may find, and where, is said in every language.
func TestEveryFinding(t *testing.T) {
	s := sourceOf(t, "ticketmail", "lint*.go")
	codes, places := map[string]bool{}, map[string]bool{}
	check := func(n ast.Node, all map[string]told, seen map[string]bool, code, format string, args int) {
		seen[code] = true
		switch said, ok := all[code]; {
		case code == "" || format == "":
			t.Errorf("%s: words that cannot be seen", s.at(n))
		case !ok:
			t.Errorf("%s: no words for %q", s.at(n), code)
		case said.en != format:
			t.Errorf("%s: %q says %q, and its words are %q", s.at(n), code, format, said.en)
		case len(said.facts) != args:
			t.Errorf("%s: %q has %d args and words of %d", s.at(n), code, args, len(said.facts))
		}
	}
	passed := ""         // what populated says for any code that it is given
	var given []ast.Expr // those
	s.each(func(n ast.Node) {
		c, ok := n.(*ast.CallExpr)
		if !ok {
			return
		}
		switch called(c) {
		case "about":
			check(c, subjects, places, s.text(c.Args[0]), s.text(c.Args[1]), len(c.Args)-2)
		case "populated":
			given = append(given, c.Args[2])
		case "tell":
			if exprText(c.Args[0]) == "code" {
				passed = s.text(c.Args[2])
				return
			}
			check(c, findings, codes, s.text(c.Args[0]), s.text(c.Args[2]), len(c.Args)-3)
		}
	})
	for _, code := range given {
		check(code, findings, codes, s.text(code), passed, 0)
	}
	if len(codes) < 20 || len(places) < 14 {
		t.Errorf("found %d findings and %d places: the search does not see them", len(codes), len(places))
	}
	for code := range findings {
		if !codes[code] {
			t.Errorf("nobody finds %q", code)
		}
	}
	for subject := range subjects {
		if !places[subject] {
			t.Errorf("nothing is found about %q", subject)
		}
	}
}

// TestEveryWarning: whatever may end a sign-in is said in every language, before
// and after.
func TestEveryWarning(t *testing.T) {
	n := 0
	sourceOf(t, "mailbox/oauth", "health.go").each(func(node ast.Node) {
		v, ok := node.(*ast.ValueSpec)
		if !ok || v.Type == nil || exprText(v.Type) != "Subject" {
			return
		}
		for _, value := range v.Values {
			n++
			for _, key := range []string{"warning." + literal(value), "warning." + literal(value) + ".over"} {
				if _, ok := catalogue[key]; !ok {
					t.Errorf("no words for %q", key)
				}
			}
		}
	})
	if n < 3 {
		t.Errorf("found %d: the search does not see them", n)
	}
}

// TestEveryDefect: whatever may be wrong with a mail is said in every language.
func TestEveryDefect(t *testing.T) {
	seen := map[string]bool{}
	// The documentation lists the codes, some of which the source puts together.
	listed := regexp.MustCompile(`(?m)^//   - ((?:[a-z0-9-]+(?:, )?)+):`)
	doc, err := os.ReadFile("../../mailbox/message/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(doc), "# Defects")
	for _, m := range listed.FindAllStringSubmatch(list, -1) {
		for code := range strings.SplitSeq(m[1], ", ") {
			seen[code] = true
		}
	}
	s := sourceOf(t, "mailbox/message")
	s.each(func(n ast.Node) {
		if c, ok := n.(*ast.CallExpr); ok && (called(c) == "defect" || called(c) == "defectOnce") {
			if code := s.text(c.Args[0]); code != "" {
				seen[code] = true
			}
		}
	})
	if len(seen) < 30 {
		t.Errorf("found %d: the search does not see them", len(seen))
	}
	for code := range seen {
		if defects[code] == (words{}) {
			t.Errorf("no words for %q", code)
		}
	}
	for code := range defects {
		if !seen[code] {
			t.Errorf("no mail has the defect %q", code)
		}
	}
}
