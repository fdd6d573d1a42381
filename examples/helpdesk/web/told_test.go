package web_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// readers are people who read German, English and French.
var readers = []string{"bea", "carl", "emile"}

// The history of no ticket shows codes or ids of the engine.
func TestHistoryInWords(t *testing.T) {
	address := serve(t)
	raw := regexp.MustCompile(`\((?:[a-z]+_[a-z_]+|receipt), |task_members|ticket_created|in_process\b`)
	told := map[string]string{"bea": "keine Mail an Dora Lange (Vorgangsmitarbeiter, nicht mehr beschäftigt)", "carl": "no mail to Dora Lange (Members of the task, has left the company)", "emile": "pas d’e-mail à Dora Lange (Membres de la tâche, a quitté l’entreprise)"}
	by := map[string]string{"bea": "<strong>per Mail:</strong> Das Ticket wurde angelegt", "carl": "<strong>by mail:</strong> The ticket was created", "emile": "<strong>par mail :</strong> Le ticket a été créé"}
	for _, who := range readers {
		p, all := signIn(t, address, who), ""
		for _, path := range []string{"/tickets/1", "/tickets/2", "/tickets/3", "/tickets/4", "/tickets/2/history"} {
			_, body := p.get(path)
			_, lines, found := strings.Cut(body, `<ol class="history`)
			if !found {
				t.Fatalf("%s has no history", path)
			}
			lines, _, _ = strings.Cut(lines, "</ol>")
			if code := raw.FindString(lines); code != "" {
				t.Errorf("%s as %s sees it shows %q: %s", path, who, code, lines)
			}
			all += lines
		}
		if all = html.UnescapeString(all); !strings.Contains(all, told[who]) || !strings.Contains(all, by[who]) {
			t.Errorf("%s is not told %q and %q: %s", who, told[who], by[who], all)
		}
	}
}

// After each action the page says what was done.
func TestDone(t *testing.T) {
	address := serve(t)
	said := regexp.MustCompile(`<p class="success" role="status">([^<]+)</p>`)
	want := map[string][]string{
		"bea":   {"Das Ticket ist angelegt.", "Die Bemerkung ist gespeichert.", "Die interne Bemerkung ist gespeichert. Kunden sehen sie nicht.", "Die Angaben sind gespeichert.", "Die Antwort ist gespeichert und geht als Mail an den Kunden.", "Der Status ist gespeichert.", "Die Bemerkung geht als Mail hinaus."},
		"carl":  {"The ticket is created.", "The comment is saved.", "The internal comment is saved. Customers do not see it.", "The details are saved.", "The answer is saved and goes to the customer as a mail.", "The status is saved.", "The comment goes out as a mail."},
		"emile": {"Le ticket est créé.", "Le commentaire est enregistré.", "Le commentaire interne est enregistré. Les clients ne le voient pas.", "Les détails sont enregistrés.", "La réponse est enregistrée et part par mail au client.", "Le statut est enregistré.", "Le commentaire part par mail."},
	}
	for _, who := range readers {
		p := signIn(t, address, who)
		path := newTicket(p, "Done", "Text")
		_, created := p.post("/tickets", url.Values{"subject": {"x"}, "text": {"y"}, "task": {"helpdesk"}})
		_, page := p.get(path)
		comment := regexp.MustCompile(`name="comment" value="([^"]+)"`).FindStringSubmatch(page)
		if comment == nil {
			t.Fatal("no comment to forward")
		}
		bodies := []string{created}
		for _, act := range []struct {
			what string
			form url.Values
		}{
			{"comment", url.Values{"text": {"a"}, "audience": {"public"}}},
			{"comment", url.Values{"text": {"b"}, "audience": {"internal"}}},
			{"edit", url.Values{"contact": {"sam"}, "assignee": {"bea"}}},
			{"comment", url.Values{"text": {"c"}, "audience": {"reply"}}},
			{"status", url.Values{"status": {"in_process"}}},
			{"forward", url.Values{"comment": {comment[1]}, "to": {"kim@x.example"}}},
		} {
			_, body := p.post(path+"/"+act.what, act.form)
			bodies = append(bodies, body)
		}
		for i, body := range bodies {
			got := said.FindStringSubmatch(body)
			if got == nil || html.UnescapeString(got[1]) != want[who][i] {
				t.Errorf("%s is told %q, want %q", who, got, want[who][i])
			}
		}
	}
}

// No link makes a page say what was not written for it.
func TestDoneIsNoText(t *testing.T) {
	address := serve(t)
	bea := signIn(t, address, "bea")
	for _, done := range []string{"", "nothing", "<b>x</b>", "ticket.", "../told.self"} {
		if _, body := bea.get("/tickets/2?done=" + url.QueryEscape(done)); strings.Contains(body, `role="status"`) {
			t.Errorf("done=%q says something: %s", done, body)
		}
	}
	if _, body := bea.post("/tickets/2/status?done=status", url.Values{"status": {"nonsense"}}); strings.Contains(body, `class="success"`) || !strings.Contains(body, `class="failure"`) {
		t.Errorf("what failed is called done: %s", body)
	}
}

// Where nobody would be told of a comment the page says why.
func TestWhyNobody(t *testing.T) {
	address := serve(t)
	for _, tt := range []struct{ who, unassigned, own string }{
		{"bea", "meint nur den Bearbeiter, und dieses Ticket hat keinen", "was Sie selbst schreiben, wird Ihnen nicht geschickt"},
		{"carl", "means the assignee only, and this ticket has none", "what you write yourself is not mailed to you"},
		{"emile", "ne vise que le responsable, et ce ticket n’en a pas", "ce que vous écrivez vous-même ne vous est pas envoyé"},
	} {
		p := signIn(t, address, tt.who)
		path := newTicket(p, "Unassigned", "Text")
		_, body := p.get(path)
		if !strings.Contains(body, tt.unassigned) {
			t.Errorf("%s is not told why nobody: %s", tt.who, body)
		}
		if _, body = p.post(path+"/edit", url.Values{"assignee": {tt.who}}); !strings.Contains(body, tt.own) || strings.Contains(body, tt.unassigned) {
			t.Errorf("%s as the assignee is not told why nobody: %s", tt.who, body)
		}
		if _, body = p.post(path+"/edit", url.Values{"assignee": {"anna"}}); strings.Contains(body, tt.own) || strings.Contains(body, tt.unassigned) || !strings.Contains(body, "<strong>Anna Arndt</strong>") {
			t.Errorf("%s is not told that Anna would be: %s", tt.who, body)
		}
		if _, body = p.post(path+"/edit", url.Values{"assignee": {"ole"}}); !strings.Contains(body, "Ole Olsen (") {
			t.Errorf("%s is not told that Ole gets none, and why: %s", tt.who, body)
		}
	}
}
