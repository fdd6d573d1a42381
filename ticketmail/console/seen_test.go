package console_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"example.com/ticketmail/notify"
)

// seen returns the stamp that the form of a page sends along.
func (a answer) seen() string {
	a.t.Helper()
	for n := range a.doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "input" && attr(n, "name") == "seen" {
			return attr(n, "value")
		}
	}
	a.t.Fatalf("no form of the page says what it was filled in over:\n%s", a.text())
	return ""
}

// TestTwoAdministrators: of two who have the same form open, the second to save
// is told that it was changed, keeps what was typed, and may insist.
func TestTwoAdministrators(t *testing.T) {
	category := func(label string) []string {
		return []string{"label.de", label, "label.en", "Bug", "active", "on", "order", "1"}
	}
	words := func(text string) []string { return []string{"subject", "{{ticket.subject}}", "text", text, "html", ""} }
	for name, tt := range map[string]struct {
		path          string
		first, second []string
		typed         string // of the second, still there when refused
	}{
		"notification": {
			"/notifications/edit?event=ticket_created",
			[]string{"active", "on", "roles", "creator", "free", "task_members", "skip", "on", "delay", "0", "attach", "0"}, set(created(), "addresses", "second@firma.example"), "second@firma.example",
		},
		"category": {"/categories/edit?id=bug", category("Erster"), category("Zweiter"), "Zweiter"},
		"template": {"/templates/edit?name=status_done&audience=employee&language=de", words("Erster"), words("Zweiter"), "Zweiter"},
		"mailbox": {
			"/mailboxes/edit?id=sales", box("port", "1143"), box("name", "Zweiter"), "Zweiter",
		},
		"defaults":   {"/mailboxes/defaults", []string{"company", "shop", "of.it", ""}, []string{"company", "support", "of.it", ""}, `<option value="support" selected>`},
		"assignment": {"/mailboxes/assign?id=shop", []string{"task", "sales"}, []string{"task", "", "creator", "Zweiter"}, "Zweiter"},
	} {
		t.Run(name, func(t *testing.T) {
			r := build(t, change{})
			r.seed()
			if name == "mailbox" {
				r.post("/mailboxes/edit", box()...).want(http.StatusSeeOther)
			}
			r.as.Language = "de"
			shown := tt.path
			if name == "defaults" || name == "assignment" { // a form on another page
				shown = strings.NewReplacer("/defaults", "", "/assign", "/show").Replace(shown)
			}
			stamp := r.get(shown).seen()
			r.post(tt.path, append(tt.first, "seen", stamp)...).want(http.StatusSeeOther)
			a := r.post(tt.path, append(tt.second, "seen", stamp)...).want(http.StatusUnprocessableEntity)
			a.has("Jemand anders hat das inzwischen geändert")
			if !strings.Contains(a.body, tt.typed) {
				t.Errorf("what was typed is lost:\n%s", a.text())
			}
			r.post(tt.path, append(tt.second, "seen", a.seen())...).want(http.StatusSeeOther)
		})
	}
}

// TestDefaultsOfAnotherStay: a department that got its default mailbox after the
// form was shown keeps it.
func TestDefaultsOfAnotherStay(t *testing.T) {
	r := build(t, change{})
	r.seed()
	r.must(r.SetDefaultMailbox(t.Context(), "hr", "support"))
	r.post("/mailboxes/defaults", "company", "shop", "of.it", "").want(http.StatusSeeOther)
	routes, err := r.Routes(t.Context())
	r.must(err)
	if routes.Departments["hr"] != "support" {
		t.Errorf("defaults: %v", routes.Departments)
	}
}

// TestPreviewKeepsWhatWasSeen: what somebody else saves between a form and its
// preview is not taken for what the visitor was shown.
func TestPreviewKeepsWhatWasSeen(t *testing.T) {
	r := build(t, change{})
	const path = "/templates/edit?name=status_done&audience=employee&language=de"
	mine := []string{"subject", "{{ticket.subject}}", "text", "mine", "html", "", "seen", r.get(path).seen()}
	r.must(r.PutTemplate(t.Context(), notify.Template{Name: "status_done", Audience: notify.Staff, Language: "de", Subject: "{{ticket.subject}}", Text: "theirs"}))
	a := r.post(path, append(mine, "do", "preview")...).want(http.StatusOK)
	mine[len(mine)-1] = a.seen()
	r.post(path, mine...).want(http.StatusUnprocessableEntity)
}

// TestFormKeepsWhatItCannotShow: a delay of seconds and a limit below one
// megabyte stay where the form, which shows whole minutes and megabytes, is
// saved for something else.
func TestFormKeepsWhatItCannotShow(t *testing.T) {
	r := build(t, change{})
	delay, attach := 90*time.Second, int64(300<<10)
	r.must(r.PatchRule(t.Context(), "", notify.TicketCreated, notify.RulePatch{Delay: &delay, Attach: &attach}))
	form := created("people", "carl")
	form[slices.Index(form, "delay")+1] = "1"
	r.post("/notifications/edit?event=ticket_created", form...).want(http.StatusSeeOther)
	p := r.patch("", notify.TicketCreated)
	if p.People == nil || p.Delay == nil || *p.Delay != delay || p.Attach == nil || *p.Attach != attach {
		t.Errorf("patch = %+v, want the delay and the limit as they were", p)
	}
}

// TestNewCategoryTwice: the form of a new one that is sent twice is no fault,
// another one with its short name is.
func TestNewCategoryTwice(t *testing.T) {
	r := build(t, change{})
	form := []string{"new", "bug", "label.de", "Fehler", "active", "on", "order", "1"}
	for range 2 {
		r.post("/categories/edit", form...).leads("/categories?done=category")
	}
	if got := r.post("/categories/edit", set(form, "label.de", "Panne")...).fault("new"); got == "" {
		t.Error("a short name that is taken is given away")
	}
}
