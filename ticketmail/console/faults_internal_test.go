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

// TestEveryRareFault: the same for what the engine and package oauth refuse of a
// mailbox that is stored or tested, and of one that is signed in.
func TestEveryRareFault(t *testing.T) {
	// What the console sees to itself, says otherwise, or does not offer.
	never := []string{
		"%q is unknown (empty, app-only)", "has more than %d bytes", "there is no connector for %s",
		"must be given again, because the server or the user changes", // see blameBox
		"sets %s, which is not free to choose", "is unknown (empty, header)", "is negative",
	}
	n := 0
	for dir, names := range map[string][]string{
		"mailbox/oauth": {"account.go", "provider.go", "attempt.go", "device.go"},
		"ticketmail":    {"mailboxes.go", "probe.go"},
	} {
		s := sourceOf(t, dir, names...)
		said := func(at ast.Node, e ast.Expr) {
			format, ok := formatOf(e)
			if !ok || format == "" {
				return // passed on from where it is made
			}
			n++
			if !slices.Contains(never, format) && !slices.ContainsFunc(faultPhrases, func(p phrase) bool { return p.en == format }) {
				t.Errorf("%s: no words for the fault %q", s.at(at), format)
			}
		}
		s.each(func(node ast.Node) {
			switch node := node.(type) {
			case *ast.FuncDecl: // those that return a field and a reason, or a reason
				results := node.Type.Results
				if node.Body == nil || !slices.Contains([]string{"flaw", "validate", "badAddress"}, node.Name.Name) {
					break
				}
				ast.Inspect(node.Body, func(in ast.Node) bool {
					if r, ok := in.(*ast.ReturnStmt); ok && len(r.Results) == results.NumFields() {
						said(r, r.Results[len(r.Results)-1])
					}
					return true
				})
			case *ast.CallExpr:
				if called(node) == "refuse" && len(node.Args) == 2 {
					said(node, node.Args[1])
				}
			case *ast.CompositeLit:
				if sel, ok := node.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "FieldError" && len(node.Elts) == 2 {
					said(node, valueOf(node.Elts[1]))
				}
			}
		})
	}
	if n < 20 {
		t.Errorf("found %d faults: the search does not see them", n)
	}
}

// TestEveryPreviewWarning: so is whatever a preview warns of.
func TestEveryPreviewWarning(t *testing.T) {
	s := sourceOf(t, "notify", "preview.go")
	n := 0
	s.each(func(node ast.Node) {
		c, ok := node.(*ast.CallExpr)
		if !ok || called(c) != "append" || len(c.Args) != 2 {
			return
		}
		to, ok := c.Args[0].(*ast.SelectorExpr)
		if !ok || to.Sel.Name != "Warnings" {
			return
		}
		n++
		if format, ok := formatOf(c.Args[1]); !ok || !slices.ContainsFunc(previewPhrases, func(p phrase) bool { return p.en == format }) {
			t.Errorf("%s: no words for the warning %q", s.at(c), format)
		}
	})
	if n != len(previewPhrases) {
		t.Errorf("found %d warnings, and words of %d", n, len(previewPhrases))
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
	kept := sourceOf(t, "mailbox/oauth", "record.go", "error.go", "exchange.go", "renew.go", "client.go")
	kept.each(func(node ast.Node) {
		a, ok := node.(*ast.AssignStmt)
		if !ok || len(a.Lhs) != len(a.Rhs) {
			return
		}
		for i, to := range a.Lhs {
			if sel, ok := to.(*ast.SelectorExpr); ok && (sel.Sel.Name == "Cause" || sel.Sel.Name == "Cure") {
				if said := kept.text(a.Rhs[i]); said != "" && !slices.ContainsFunc(oauthPhrases, func(p phrase) bool { return p.en == said }) {
					t.Errorf("%s: no words for %q", kept.at(a), said)
				}
			}
		}
	})
	if n < 150 {
		t.Errorf("found %d: the search does not see them", n)
	}
}
