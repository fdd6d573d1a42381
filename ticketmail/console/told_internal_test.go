package console

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/ticketmail"
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

// TestEveryDiagnosis: whatever the engine says to be behind an error, and what
// to do, is said in every language. A code has one text.
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
	s := sourceOf(t, "ticketmail", "lint.go")
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

// TestTold: each text is there in each language, with no other args than it has.
func TestTold(t *testing.T) {
	numbered := regexp.MustCompile(`%(?:\[(\d+)\])?[a-z]`)
	check := func(code, facts string, w words, all bool) {
		for i, tag := range languages {
			text := w.in(i)
			if text == "" || strings.TrimSpace(text) != text {
				t.Errorf("%s in %s: %q", code, tag, text)
			}
			named := map[int]bool{}
			for _, m := range numbered.FindAllStringSubmatch(text, -1) {
				n, err := strconv.Atoi(m[1])
				if err != nil {
					n = len(named) + 1
				}
				named[n] = true
				if n < 1 || n > len(facts) || i != english && !strings.HasSuffix(m[0], "s") {
					t.Errorf("%s in %s: %s of %d args in %q", code, tag, m[0], len(facts), text)
				}
			}
			if all && len(named) != len(facts) {
				t.Errorf("%s in %s names %d of %d args: %q", code, tag, len(named), len(facts), text)
			}
		}
		en := slices.Sorted(maps.Keys(argsOf(numbered, w.en)))
		for i, tag := range languages {
			if diff := cmp.Diff(en, slices.Sorted(maps.Keys(argsOf(numbered, w.in(i))))); diff != "" {
				t.Errorf("%s in %s does not name what it names in English (-en +%s):\n%s", code, tag, tag, diff)
			}
		}
	}
	for code, a := range advice {
		check(code, a.facts, a.cause, false)
		check(code, a.facts, a.cure, false)
	}
	for _, all := range []map[string]told{subjects, findings} {
		for code, one := range all {
			check(code, one.facts, one.words, true)
		}
	}
	for code, w := range defects {
		check(code, "", w, true)
	}
	for code, w := range portWords {
		check(code, "", w, true)
	}
}

// argsOf returns the numbers of what a text names.
func argsOf(numbered *regexp.Regexp, text string) map[int]bool {
	named := map[int]bool{}
	for _, m := range numbered.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			n = len(named) + 1
		}
		named[n] = true
	}
	return named
}

// visits returns a visit in each language.
func visits(t *testing.T) map[string]*visit {
	t.Helper()
	dir, err := memdirectory.New(memdirectory.Data{Persons: []memdirectory.Person{{ID: "bea", Name: "Bea Braun", Kind: escalation.Employee}}})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*visit{}
	for i, tag := range languages {
		all[tag] = &visit{Console: &Console{setup: ticketmail.Setup{Directory: dir, Zone: time.UTC}}, language: i, r: request(t)}
	}
	return all
}

// TestDiagnosis: what is behind an error, as people read it.
func TestDiagnosis(t *testing.T) {
	closed := mailbox.Diagnosis{
		Code: "port-closed", Args: []string{"993", "mail.example", "imap"}, Cause: "nothing listens on port 993 of mail.example",
		Cure: "check the port: IMAP usually listens on port 993 with TLS, and on 143 with STARTTLS",
	}
	expired := mailbox.Diagnosis{Code: "certificate-expired", Args: []string{"skip-verify"}, Cause: "the certificate has expired", Cure: "have it renewed"}
	own := mailbox.Diagnosis{Code: "of-a-host", Cause: "the moon is full", Cure: "wait"}
	many := mailbox.Diagnosis{Code: "port-closed", Args: []string{"993"}, Cause: "c", Cure: "d"} // of another version
	provider := mailbox.Diagnosis{Cause: "too many requests", Cure: "nothing: it is tried again"}
	field := &mailbox.FieldError{Field: "Folders[1]", Reason: `"x" is named twice`}
	for name, tt := range map[string]struct {
		err  error
		d    mailbox.Diagnosis
		want map[string]diagnosis
	}{
		"args": {nil, closed, map[string]diagnosis{
			"en": {said{Text: closed.Cause}, said{Text: closed.Cure}},
			"de": {said{Text: "auf Port 993 von mail.example nimmt niemand Verbindungen an"}, said{Text: "prüfen Sie den Port: IMAP antwortet meist auf Port 993 mit TLS und auf 143 mit STARTTLS"}},
			"fr": {said{Text: "rien n’écoute sur le port 993 de mail.example"}, said{Text: "vérifiez le port : IMAP écoute en général sur le port 993 avec TLS, et sur 143 avec STARTTLS"}},
		}},
		"a last resort": {nil, expired, map[string]diagnosis{
			"de": {said{Text: "das Zertifikat ist abgelaufen"}, said{Text: "lassen Sie es auf dem Server erneuern, oder prüfen Sie die Uhr dieses Rechners; als letzter Ausweg nimmt InsecureSkipVerify jedes Zertifikat an, und jeden dazwischen"}},
		}},
		"a provider's": {nil, provider, map[string]diagnosis{
			"de": {said{Text: "Zu viele Anfragen"}, said{Text: "Nichts: es wird wieder versucht"}},
		}},
		"a host's own": {nil, own, map[string]diagnosis{
			"en": {said{Text: own.Cause}, said{Text: own.Cure}},
			"de": {said{own.Cause, true}, said{own.Cure, true}},
		}},
		"other args": {nil, many, map[string]diagnosis{"fr": {said{"c", true}, said{"d", true}}}},
		"a field": {field, mailbox.Diagnosis{}, map[string]diagnosis{
			"en": {Cause: said{Text: `Folders: "x" is named twice`}},
			"de": {Cause: said{Text: "Ordner: „x“ steht zweimal da"}},
			"fr": {Cause: said{Text: "Dossiers : « x » figure deux fois"}},
		}},
		"nothing": {nil, mailbox.Diagnosis{}, map[string]diagnosis{"en": {}, "de": {}, "fr": {}}},
	} {
		for tag, want := range tt.want {
			if diff := cmp.Diff(want, visits(t)[tag].diagnose(tt.err, tt.d)); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", name, tag, diff)
			}
		}
	}
}

// TestFinding: findings, warnings and defects, as people read them.
func TestFinding(t *testing.T) {
	v := visits(t)
	for name, tt := range map[string]struct {
		f      ticketmail.Finding
		de, fr finding
	}{
		"a mailbox": {
			ticketmail.Finding{Code: "mailbox-unassigned", Where: `mailbox "shop"`, Text: "is assigned to no task", Subject: "mailbox", Names: []string{"shop"}},
			finding{said{Text: "Mailbox „shop“"}, said{Text: "dient keinem Vorgang: sie wird nicht abgefragt und behält ihre Mails"}},
			finding{said{Text: "Boîte « shop »"}, said{Text: "ne sert aucune tâche : elle n’est pas relevée et garde ses e-mails"}},
		},
		"a person": {
			ticketmail.Finding{Code: "rule-person-unreachable", Subject: "project-rule", Names: []string{"status_done", "service"}, Args: []string{"bea"}},
			finding{said{Text: "Benachrichtigung des Projekts „service“: Status „fertig“"}, said{Text: "nennt jemanden, der keine Mail bekommen kann: Bea Braun"}},
			finding{said{Text: "Notification du projet « service » : Statut « terminé »"}, said{Text: "nomme quelqu’un qui ne peut être joint : Bea Braun"}},
		},
		"exactly": {
			ticketmail.Finding{Code: "mails-held", Subject: "outbox", Args: []string{"1000", "x@y.example"}},
			finding{said{Text: "Postausgang"}, said{Text: "von einer Obergrenze angehaltene Mails: 1000, die erste an x@y.example"}},
			finding{said{Text: "Boîte d’envoi"}, said{Text: "e-mails retenus par un plafond : 1000, le premier à x@y.example"}},
		},
		"or more": {
			ticketmail.Finding{Code: "mails-held", Subject: "outbox", Args: []string{"1000+", "x@y.example"}},
			finding{said{Text: "Postausgang"}, said{Text: "von einer Obergrenze angehaltene Mails: über 1000, die erste an x@y.example"}},
			finding{said{Text: "Boîte d’envoi"}, said{Text: "e-mails retenus par un plafond : plus de 1000, le premier à x@y.example"}},
		},
		"a broken template": {
			ticketmail.Finding{Code: "template-broken", Subject: "template", Names: []string{"status_done"}, Args: []string{`unknown placeholder "x"`}},
			finding{said{Text: "Mailvorlage: Status „fertig“"}, said{Text: "ist nicht zu benutzen, es gilt die mitgelieferte: Unbekannter Platzhalter „x“"}},
			finding{said{Text: "Modèle d’e-mail : Statut « terminé »"}, said{Text: "est inutilisable, celui fourni le remplace : Champ inconnu « x »"}},
		},
		"of another version": {
			ticketmail.Finding{Code: "new", Where: "here", Text: "it rains"}, finding{said{"here", true}, said{"it rains", true}}, finding{said{"here", true}, said{"it rains", true}},
		},
	} {
		for tag, want := range map[string]finding{"de": tt.de, "fr": tt.fr, "en": {said{Text: tt.f.Where}, said{Text: tt.f.Text}}} {
			if diff := cmp.Diff(want, v[tag].finding(tt.f)); diff != "" {
				t.Errorf("%s in %s (-want +got):\n%s", name, tag, diff)
			}
		}
	}
	w := oauth.Warning{About: oauth.AboutSecret, At: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), Left: time.Hour, Text: "the client secret expires"}
	over, other := w, w
	over.Left, other.About = 0, "something else"
	for _, tt := range []struct {
		tag  string
		w    oauth.Warning
		want said
	}{
		{"de", w, said{Text: "Der Clientschlüssel läuft am 31.01.2027 ab: erzeugen Sie in der App-Registrierung einen neuen und geben Sie ihn vorher ein."}},
		{"fr", over, said{Text: "Le secret client a expiré le 31/01/2027 : créez-en un nouveau dans l’enregistrement de l’application et saisissez-le."}},
		{"en", w, said{Text: w.Text}},
		{"de", other, said{w.Text, true}},
	} {
		if got := v[tt.tag].SignInWarning(tt.w); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.tag, got, tt.want)
		}
	}
	d := message.Defect{Code: "encoding-unknown", Text: `unknown transfer encoding, taken as it stands: "x"`, Quote: `"x"`}
	for tag, want := range map[string]said{
		"de": {Text: `unbekannte Codierung, genommen wie sie dasteht: "x"`},
		"fr": {Text: `codage inconnu, pris tel quel : "x"`},
		"en": {Text: d.Text},
	} {
		if got := v[tag].Defect(d); got != want {
			t.Errorf("%s: %+v, want %+v", tag, got, want)
		}
	}
	if got := v["de"].Defect(message.Defect{Code: "new", Text: "t"}); got != (said{"t", true}) {
		t.Errorf("of another version: %+v", got)
	}
}
