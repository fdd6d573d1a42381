package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// TestEveryFault: whatever the engine finds wrong with a template, a mailbox or
// an assignment is said in every language, but for what no form can send.
func TestEveryFault(t *testing.T) {
	// What the forms see to themselves, or do not offer.
	never := []string{
		"%q is unknown (employee, customer, outside)", "%q is unknown (imap, pop3)", "%q is unknown (tls, starttls, none)",
		"%q is unknown (empty, plain, login, xoauth2, oauthbearer)", "%q is unknown (empty, move, flag)", "POP3 has no folders", "POP3 can only delete", "is for moving only",
		"%q must be 1 to 64 letters, digits, dots, dashes or underscores", "%q is not a host name or address", "%d is not a port", "%d is negative", "%s is negative",
		"%q is not a bare e-mail address", "%s needs a source of tokens", "there is no mailbox %q", "%q is the ID of Mailboxes[%d] too", "%s", "placeholder %q %s",
	}
	where := map[string]struct { // where among the arguments of a function its format stands
		files []string
		calls map[string]int
	}{
		"notify":  {[]string{"template.go", "template_parse.go", "template_html.go", "module.go"}, map[string]int{"invalid": 1, "invalidAt": 3, "refuse": 0}},
		"mailbox": {[]string{"mailbox.go", "routes.go"}, map[string]int{"refuse": 1}},
	}
	said := func(at token.Position, format string) {
		if !slices.Contains(never, format) && !slices.ContainsFunc(faultPhrases, func(p phrase) bool { return p.en == format }) {
			t.Errorf("%s: no words for the fault %q", at, format)
		}
	}
	n := 0
	for dir, w := range where {
		for _, name := range w.files {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join("..", "..", dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			var inFunc string
			ast.Inspect(f, func(node ast.Node) bool {
				switch node := node.(type) {
				case *ast.FuncDecl:
					inFunc = node.Name.Name
				case *ast.CallExpr:
					if i, ok := w.calls[called(node)]; ok && len(node.Args) > i {
						if format, ok := formatOf(node.Args[i]); ok {
							n++
							said(fset.Position(node.Pos()), format)
						}
					}
				case *ast.CompositeLit:
					if sel, ok := node.Type.(*ast.Ident); ok && sel.Name == "FieldError" && len(node.Elts) == 2 {
						if format, ok := formatOf(valueOf(node.Elts[1])); ok {
							n++
							said(fset.Position(node.Pos()), format)
						}
					}
				case *ast.ReturnStmt:
					if inFunc != "refuseModule" && inFunc != "refuseField" || len(node.Results) != 1 {
						break
					}
					if format, ok := formatOf(node.Results[0]); ok && format != "" {
						n++
						said(fset.Position(node.Pos()), format)
					}
				}
				return true
			})
		}
	}
	if n < 45 {
		t.Errorf("found %d faults: the search does not see them", n)
	}
}

// TestEveryRefusal: whatever a provider of sign-ins may answer is said in every
// language, and so is what to do about it.
func TestEveryRefusal(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "../../mailbox/oauth/codes.go", nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	consts := map[string]string{}
	var text func(e ast.Expr) string
	text = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.Ident:
			return consts[e.Name]
		case *ast.BinaryExpr:
			return text(e.X) + text(e.Y)
		}
		return literal(e)
	}
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ValueSpec:
			for i, v := range node.Values {
				consts[node.Names[i].Name] = text(v)
			}
		case *ast.CompositeLit:
			if len(node.Elts) != 3 { // action, cause, cure
				break
			}
			for _, e := range node.Elts[1:] {
				n++
				if said := text(e); said == "" || !slices.ContainsFunc(oauthPhrases, func(p phrase) bool { return p.en == said }) {
					t.Errorf("%s: no words for %q", fset.Position(e.Pos()), said)
				}
			}
		}
		return true
	})
	if n < 150 {
		t.Errorf("found %d: the search does not see them", n)
	}
}
