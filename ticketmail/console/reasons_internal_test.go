package console

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/ticketmail"
)

// forwarders are functions that make a reason of their arguments: where among
// these its code and its words stand. -1: not there.
var forwarders = map[string]struct{ code, words int }{
	"because": {0, 1}, "note": {0, 1}, "add": {2, 3}, "meant": {1, 2}, "address": {3, 4}, "left": {1, 2},
}

// A written reason is one that the engine's source gives.
type written struct {
	code, format string // code empty: not known before it runs
	at           token.Position
}

// reasonsOf returns all reasons that the sources of packages give, and fails
// the test for one whose words it cannot see.
func reasonsOf(t *testing.T, dirs ...string) (all []written) {
	t.Helper()
	for _, dir := range dirs {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(dir, err)
		}
		fset := token.NewFileSet()
		var parsed []*ast.File
		consts := map[string]string{}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			parsed = append(parsed, f)
			ast.Inspect(f, func(n ast.Node) bool {
				if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == len(v.Names) {
					for i, name := range v.Names {
						consts[name.Name] = literal(v.Values[i])
					}
				}
				return true
			})
		}
		for _, f := range parsed {
			for _, d := range f.Decls {
				all = append(all, reasonsIn(t, fset, d, consts)...)
			}
		}
	}
	return all
}

// reasonsIn returns the reasons that one declaration gives.
func reasonsIn(t *testing.T, fset *token.FileSet, decl ast.Decl, consts map[string]string) (all []written) {
	forwards := false
	if f, ok := decl.(*ast.FuncDecl); ok {
		_, forwards = forwarders[f.Name.Name]
	}
	local := map[string]ast.Expr{} // what was assigned to a name once
	code := func(e ast.Expr) string {
		if id, ok := e.(*ast.Ident); ok {
			return consts[id.Name]
		}
		return literal(e)
	}
	found := func(at token.Pos, c, words ast.Expr) {
		if id, ok := words.(*ast.Ident); ok && local[id.Name] != nil {
			words = local[id.Name]
		}
		format, ok := formatOf(words)
		if !ok {
			if !forwards {
				t.Errorf("%s: a reason whose words cannot be seen: say in forwarders how it is made", fset.Position(at))
			}
			return
		}
		all = append(all, written{code(c), format, fset.Position(at)})
	}
	var elided []ast.Expr // the elements of a list of reasons
	ast.Inspect(decl, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
				if id, ok := n.Lhs[0].(*ast.Ident); ok && n.Tok == token.DEFINE {
					local[id.Name] = n.Rhs[0]
					if _, ok := n.Rhs[0].(*ast.FuncLit); ok && forwarders[id.Name].words > 0 {
						forwards = true // its own body makes the reason
					}
				}
			}
		case *ast.CompositeLit:
			if list, ok := n.Type.(*ast.ArrayType); ok && isReason(list.Elt) {
				elided = append(elided, n.Elts...)
			}
			if (isReason(n.Type) || n.Type == nil && slices.Contains(elided, ast.Expr(n))) && len(n.Elts) == 2 {
				found(n.Pos(), valueOf(n.Elts[0]), valueOf(n.Elts[1]))
			}
		case *ast.CallExpr:
			if where, ok := forwarders[called(n)]; ok && len(n.Args) > where.words {
				if _, seen := formatOf(n.Args[where.words]); seen || isLocal(n.Args[where.words], local) {
					found(n.Pos(), n.Args[where.code], n.Args[where.words])
				}
			}
		}
		return true
	})
	return all
}

func isLocal(e ast.Expr, local map[string]ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && local[id.Name] != nil
}

// called returns the name of what is called.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// isReason reports whether an expression is the type Reason of notify or mailbox.
func isReason(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "Reason"
	case *ast.SelectorExpr:
		x, ok := e.X.(*ast.Ident)
		return ok && e.Sel.Name == "Reason" && (x.Name == "notify" || x.Name == "mailbox")
	}
	return false
}

func valueOf(e ast.Expr) ast.Expr {
	if kv, ok := e.(*ast.KeyValueExpr); ok {
		return kv.Value
	}
	return e
}

func literal(e ast.Expr) string {
	if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
		text, _ := strconv.Unquote(l.Value) // it compiles
		return text
	}
	return ""
}

// formatOf returns the format of a text: a literal, one of Sprintf, or pieces
// put together, of which those that are not literal are %s.
func formatOf(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		return literal(e), true
	case *ast.CallExpr:
		if called(e) == "Sprintf" && literal(e.Args[0]) != "" {
			return literal(e.Args[0]), true
		}
	case *ast.BinaryExpr:
		x, okX := formatOf(e.X)
		y, okY := formatOf(e.Y)
		if !okX {
			x = "%s"
		}
		if !okY {
			y = "%s"
		}
		return x + y, true
	}
	return "", false
}

// TestEveryReason: whatever reason the engine gives has words in every language.
func TestEveryReason(t *testing.T) {
	all := reasonsOf(t, "mailbox", "notify", "ticketmail")
	if len(all) < 60 {
		t.Fatalf("found %d reasons: the search does not see them", len(all))
	}
	for _, r := range all {
		if r.format == "%s: %s" && strings.HasSuffix(r.at.Filename, "planall.go") { // its event before each reason: see visit.Said
			continue
		}
		if !slices.ContainsFunc(reasonPhrases, func(p phrase) bool {
			return p.en == r.format && (r.code == "" || slices.Contains(strings.Fields(p.codes), r.code))
		}) {
			t.Errorf("%s: no words for the reason %q, %q", r.at, r.code, r.format)
		}
	}
	// No phrase is left over, but those that say more precisely what another says.
	precise := []string{"sender of the mail that opened the ticket of %s", "extra address of %s", "%s of %s cannot be mailed (%s)"}
	for _, p := range reasonPhrases {
		if !slices.Contains(precise, p.en) && !slices.ContainsFunc(all, func(r written) bool { return r.format == p.en }) {
			t.Errorf("nobody gives the reason %q", p.en)
		}
	}
}

// TestEveryWhy: whatever keeps somebody from being mailed is called something.
func TestEveryWhy(t *testing.T) {
	n := 0
	for _, dir := range []string{"escalation", "notify"} {
		files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(node ast.Node) bool {
				v, ok := node.(*ast.ValueSpec)
				if !ok || v.Type == nil || !strings.HasSuffix(exprText(v.Type), "Reason") {
					return true
				}
				for _, value := range v.Values {
					if n++; catalogue["why."+literal(value)] == (words{}) {
						t.Errorf("%s: no words for %q", name, literal(value))
					}
				}
				return true
			})
		}
	}
	if n < 11 {
		t.Errorf("found %d: the search does not see them", n)
	}
}

func exprText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// TestPhrases: each is there in each language, with all its facts.
func TestPhrases(t *testing.T) {
	for _, p := range slices.Concat(reasonPhrases, keyPhrases, placePhrases, faultPhrases, previewPhrases, stepPhrases, factPhrases, agePhrases, oauthPhrases) {
		n := strings.Count(p.en, "%")
		if n != len(p.facts) {
			t.Errorf("%q has %d verbs and %d facts", p.en, n, len(p.facts))
		}
		args := make([]any, n)
		for i := range args {
			args[i] = fmt.Sprintf("<%d>", i)
		}
		if facts, ok := match(p.en, strings.NewReplacer("%s", "x", "%d", "7", "%q", `"y"`).Replace(p.en)); !ok || len(facts) != n {
			t.Errorf("%q does not fit itself: %q", p.en, facts)
		}
		for language, tag := range languages {
			if language == english {
				continue
			}
			text := fmt.Sprintf(p.in(language), args...)
			if !utf8.ValidString(sentence(text)) {
				t.Errorf("%q in %s is no text as a sentence: %q", p.en, tag, sentence(text))
			}
			if text == "" || strings.Contains(text, "%!") {
				t.Errorf("%q in %s: %q", p.en, tag, text)
			}
			for _, arg := range args {
				if !strings.Contains(text, arg.(string)) {
					t.Errorf("%q in %s lacks %s: %q", p.en, tag, arg, text)
				}
			}
		}
	}
}

// TestSaid: texts as the engine writes them, and as people read them.
func TestSaid(t *testing.T) {
	dir, err := memdirectory.New(memdirectory.Data{Persons: []memdirectory.Person{{ID: "bea", Name: "Bea Braun", Kind: escalation.Employee}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		code, text, de, fr string
		en                 string // empty: the text itself
	}{
		{"role", "assignee bea", "Bearbeiter: Bea Braun", "Responsable : Bea Braun", "Assignee Bea Braun"},
		{"role", "one of task_members", "gehört dazu: Vorgangsmitarbeiter", "en fait partie : Membres de la tâche", "one of Members of the task"},
		{"role", "sender of the mail that opened the ticket of bea", "Absender der Mail, mit der das Ticket begann: Bea Braun", "expéditeur de l’e-mail qui a ouvert le ticket : Bea Braun", "sender of the mail that opened the ticket of Bea Braun"},
		{"role", "its address is that of a role, which speaks against it", "ihre Adresse ist die einer Funktion, was dagegen spricht", "son adresse est celle d’une fonction, ce qui plaide contre", ""},
		{"extra", "extra address of bea", "zusätzliche Adresse von Bea Braun", "adresse supplémentaire de Bea Braun", "extra address of Bea Braun"},
		{"chain", "task_managers told instead of assignee bea", "Vorgangsleiter, benachrichtigt statt: Bearbeiter Bea Braun", "Responsables de la tâche, à la place de : Responsable Bea Braun", "Managers of the task told instead of Assignee Bea Braun"},
		{"skip", "assignee bea cannot be mailed (left)", "Bearbeiter Bea Braun kann keine Mail bekommen: nicht mehr beschäftigt", "Responsable Bea Braun ne peut pas être joint : a quitté l’entreprise", "Assignee Bea Braun cannot be mailed (has left the company)"},
		{"skip", "bea of task_members passed over (bouncing)", "Bea Braun (Vorgangsmitarbeiter) übergangen: Mails kommen zurück", "Bea Braun (Membres de la tâche) ignoré : les e-mails reviennent", "Bea Braun of Members of the task passed over (mail comes back)"},
		{"reply-to", "Reply-To: mailbox service of task helpdesk", "Antwortadresse: Mailbox service (Vorgang helpdesk)", "Adresse de réponse : boîte service (tâche helpdesk)", ""},
		{"reply-to", "Reply-To: no mailbox receives the answers", "Antwortadresse: keine Mailbox empfängt die Antworten", "Adresse de réponse : aucune boîte ne reçoit les réponses", ""},
		{"default", "the company has no mailbox", "die Firma hat keine Mailbox", "l’entreprise n’a pas de boîte", ""},
		{"role", "status_done: assignee bea", "Status „fertig“: Bearbeiter: Bea Braun", "Statut « terminé » : Responsable : Bea Braun", "Status “done”: Assignee Bea Braun"},
		{"thread", "references: complete token of ticket 4711", "Bezüge (References): vollständiges Kennzeichen des Tickets 4711", "Références (References) : marque complète du ticket 4711", "References: complete token of ticket 4711"},
		{"verdict", `decided by "bea"`, "entschieden von Bea Braun", "décidé par Bea Braun", `decided by "Bea Braun"`},
		{"loop", "60 Received fields: the mail goes in circles", "60 Received-Felder: die Mail läuft im Kreis", "60 champs Received : l’e-mail tourne en rond", ""},
		{"too-big", "announced with 5 bytes, it is bigger than the limit of 4", "mit 5 Byte angekündigt, sie ist größer als die Grenze von 4", "annoncé avec 5 octets, il dépasse la limite de 4", ""},
		{"scan", `attachment "a \"b\".exe": a virus`, `Datei „a "b".exe“: a virus`, `fichier « a "b".exe » : a virus`, ""},
	} {
		if tt.en == "" {
			tt.en = tt.text
		}
		for language, want := range map[int]said{0: {tt.de, false}, 2: {tt.fr, false}, english: {tt.en, false}} {
			v := &visit{Console: &Console{setup: ticketmail.Setup{Directory: dir}}, language: language, r: request(t)}
			if diff := cmp.Diff(want, v.Said(tt.code, tt.text)); diff != "" {
				t.Errorf("%q in %s (-want +got):\n%s", tt.text, languages[language], diff)
			}
		}
	}
	v := &visit{Console: &Console{setup: ticketmail.Setup{Directory: dir}}, r: request(t)}
	for _, text := range []string{"a host's own words", "", "x Received fields: the mail goes in circles", `decided by "bea`} {
		if got := v.Said("loop", text); got != (said{text, true}) {
			t.Errorf("%q becomes %+v", text, got)
		}
	}
}

func request(t *testing.T) *http.Request {
	return httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
}
