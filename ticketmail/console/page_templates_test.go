package console_test

import (
	"net/http"
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

const staffDone = "?name=status_done&audience=employee&language=en"

// stored returns the words that administrators have written.
func (r *rig) stored() []notify.Template {
	r.t.Helper()
	list, err := r.StoredTemplates(r.t.Context())
	r.must(err)
	return list
}

func TestTemplateIsWrittenAndTakenBack(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.get("/templates").has("Status “done”", "built-in", "Text module")
	r.get("/templates/edit"+staffDone).has("Preview", "{{ticket.number}}", "No difference", "Compared with")

	r.post("/templates/edit"+staffDone, "subject", "done: {{ticket.subject}}", "text", "Hello {{recipient.name}},\r\n\r\n{{ticket.number}} is done.", "html", "<p>{{ticket.subject}}</p>").
		leads("/templates/edit?audience=employee&done=template&language=en&name=status_done")
	want := notify.Template{Name: "status_done", Audience: notify.Staff, Language: "en", Subject: "done: {{ticket.subject}}", Text: "Hello {{recipient.name}},\n\n{{ticket.number}} is done.", HTML: "<p>{{ticket.subject}}</p>"}
	if got := r.stored(); len(got) != 1 || got[0] != want {
		t.Errorf("stored = %+v", got)
	}
	r.get("/templates?name=status_done").has("own")
	r.get("/templates/edit"+staffDone+"&ticket=1").has("done: printer on fire", "1 is done.", "Back to the built-in one")

	r.post("/templates/delete" + staffDone).leads("/templates?done=template.gone&name=status_done")
	if got := r.stored(); len(got) != 0 {
		t.Errorf("stored = %+v", got)
	}
	r.post("/templates/delete" + staffDone).want(http.StatusNotFound)
}

func TestBadTemplates(t *testing.T) {
	r := build(t, change{})
	r.seed()
	for name, tt := range map[string]struct {
		path                string
		subject, text, html string
		field, fault        string
	}{
		"unknown placeholder": {staffDone, "x", "first\nsecond {{ticket.numbre}}", "", "text", "Line 2, column 8"},
		"internal field":      {strings.Replace(staffDone, "employee", "customer", 1), "x", "{{ticket.sender}}", "", "text", "Line 1, column 1"},
		"in an attribute":     {staffDone, "x", "x", "<a href=\"{{ticket.subject}}\">x</a>", "html", "Line 1"},
		"no text":             {staffDone, "x", "", "", "text", ""},
		"method call":         {staffDone, "{{.Store.DSN}}", "x", "", "subject", "column 1"},
		"loop":                {staffDone, "x", "{{range 100}}x{{end}}", "", "text", "column 1"},
		"too big":             {staffDone, "x", strings.Repeat("x", notify.MaxTemplate+1), "", "text", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r.t = t
			a := r.post("/templates/edit"+tt.path, "subject", tt.subject, "text", tt.text, "html", tt.html)
			if got := a.fault(tt.field); got == "" || !strings.Contains(got, tt.fault) {
				t.Errorf("fault = %q, want %q", got, tt.fault)
			}
			if len(tt.text) < 1000 {
				inspect(t, a)
			}
			if got := r.stored(); len(got) != 0 {
				t.Errorf("stored = %+v", got)
			}
		})
	}
	for _, path := range []string{"", "?name=x", "?name=x&audience=everybody&language=de", "?name=x&audience=employee"} {
		r.send(http.MethodGet, "/templates/edit"+path, nil).want(http.StatusNotFound)
	}
}

// TestPreview: shown without being saved, as a page and as the script gets it.
func TestPreview(t *testing.T) {
	r := build(t, change{})
	r.seed()
	form := []string{"subject", "x", "text", "Hello\n{{ticket.subject}}", "html", `<p onclick="x">{{ticket.subject}}</p>`, "ticket", "1"}
	a := r.post("/templates/edit"+staffDone, append(form, "do", "preview")...)
	// What the browser would not accept in a mail is refused, not shown.
	if a.StatusCode == http.StatusOK {
		inspect(t, a)
	}
	form[5] = "<p>{{ticket.subject}}</p>"
	a = r.post("/templates/edit"+staffDone, append(form, "do", "preview")...).want(http.StatusOK)
	inspect(t, a)
	a.has("Hello printer on fire", "As HTML")
	b := r.post("/templates/preview"+staffDone, form...).want(http.StatusOK)
	if got := textOf(b.doc); !strings.Contains(got, "printer on fire") || strings.Contains(b.body, "<main") {
		t.Errorf("the part says %q", got)
	}
	b = r.post("/templates/preview"+staffDone, "subject", "x", "text", "{{nothing}}").want(http.StatusOK)
	if got := textOf(b.doc); !strings.Contains(got, "Line 1, column 1") {
		t.Errorf("the part says %q", got)
	}
	if got := r.post("/templates/edit"+staffDone, "subject", "x", "text", "x", "ticket", "99").fault("ticket"); !strings.Contains(got, "no such ticket") {
		t.Errorf("fault = %q", got)
	}
	if got := r.stored(); len(got) != 0 {
		t.Errorf("stored = %+v", got)
	}
}

// TestModules: a text module that a template takes in cannot be deleted.
func TestModules(t *testing.T) {
	r := build(t, change{})
	module := "?name=module:sig&audience=employee&language=en"
	r.post("/templates/edit"+module, "text", "Your service").want(http.StatusSeeOther)
	r.post("/templates/edit"+staffDone, "subject", "x", "text", "done\n{{module:sig}}").want(http.StatusSeeOther)
	r.get("/templates/edit" + staffDone).has("Your service")
	a := r.post("/templates/delete" + module).want(http.StatusUnprocessableEntity)
	inspect(t, a)
	a.has("take this module in", "Status “done”")
	if n := len(r.stored()); n != 2 {
		t.Errorf("%d templates stored, want 2", n)
	}
}

// TestBrokenTemplateSpeaks: what is wrong with a stored template, and what its
// preview warns of, is said in the language of the page.
func TestBrokenTemplateSpeaks(t *testing.T) {
	r := build(t, change{config: func(c *ticketmail.Config) {
		c.Templates, _ = notify.LoadTemplates(notify.Template{Name: "status_done", Audience: notify.Staff, Language: "de", Subject: "S", Text: "{{gone}}"})
	}})
	const editor = "/templates/edit?name=status_done&audience=employee&language=de"
	for language, words := range map[string]string{
		"de": "Zeile 1, Spalte 1: Unbekannter Platzhalter „gone“",
		"fr": "Champ inconnu « gone »",
		"en": `Unknown placeholder "gone"`,
	} {
		r.as.Language = language
		a := r.get(editor)
		inspect(t, a)
		a.has(words)
		if got := languageOf(a.doc, words[strings.Index(words, "gone"):]); got != language {
			t.Errorf("in %s it is in %q", language, got)
		}
	}
}
