package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/examples/internal/axe"
	"example.com/ticketmail/examples/internal/browser"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// tags are the languages of the console.
var tags = []string{"de", "en", "fr"}

// A form is what somebody does with one form of the console, again in each
// language. TAG stands for the language in all texts of its steps.
type form struct {
	name  string
	ready func(r *tour) error // before it is opened; may be nil
	steps []step
	check func(r *tour) error // that it did what it said; may be nil
}

// A step opens a page, fills a form in, sends it, and sees what comes of it.
type step struct {
	open  string                           // page, below the console; empty: the one that is shown
	ready func(r *tour) error              // once it is open: what happens meanwhile; may be nil
	click string                           // clicked before it is filled in: a tab
	put   []string                         // names of fields and their values, in pairs
	send  string                           // what is pressed; empty: the main button
	here  func(r *tour, w *browser.Window) // instead of send: what stays on the page

	// What is wrong, in the order of the page: names of fields, and "form"
	// for what is about none. A name with "en:" before it is what the engine
	// says in English, and marked so. Empty: nothing.
	wrong []string
	quiet bool // nothing was wrong, and nothing is said to have been done
}

// A tour is through the forms in one language.
type tour struct {
	t *testing.T
	*demo
	tag     string
	checked bool // a form that was refused can be used by everybody
}

// A shown page is what it says of the form that was sent.
type shown struct {
	Language, Done, Fault, Focus string
	FaultEnglish                 bool
	Faults                       []struct {
		Name, Text            string
		English, Tied, Linked bool
	}
}

// look reads a page: a message counts as tied to its field if the field, or
// each box of it, is marked as invalid and described by the message, and both
// can be seen, if need be on another tab.
const look = `(() => {
	const text = e => e ? e.textContent.trim().replace(/\s+/g, " ") : "";
	const fault = document.querySelector("#faults strong");
	return {
		Language: document.documentElement.lang, Done: text(document.querySelector("main > [role=status]")), Focus: document.activeElement.id,
		Fault: text(fault), FaultEnglish: !!fault && fault.lang === "en",
		Faults: [...document.querySelectorAll("p.error[id^='e-']")].map(p => {
			const name = p.id.slice(2), field = document.getElementById("f-" + name);
			const ones = field.matches("fieldset:not([role])") ? [...field.querySelectorAll("input")] : [field];
			return {
				Name: name, Text: text(p), English: !!p.querySelector("[lang=en]"),
				Tied: (p.checkVisibility() && field.checkVisibility() || !!p.closest("[role=tabpanel][hidden]")) && ones.length > 0 && ones.every(f =>
					f.getAttribute("aria-invalid") === "true" && f.getAttribute("aria-describedby").split(" ").includes(p.id)),
				Linked: !!document.querySelector("#faults a[href='#f-" + name + "']"),
			};
		}),
	};
})()`

// TestForms goes through every form of the console in each language: what is
// bad is refused with a message at its field, in the language of the page, and
// what is good is carried out.
func TestForms(t *testing.T) {
	var sent posts
	d, address := startBehind(t, sent.record)
	w := browser.Open(t)
	said := map[string]map[string]string{} // by what is said where, then by language
	for _, tag := range tags {
		if err := prepare(t.Context(), d, w, tag); err != nil {
			t.Fatal(err)
		}
		speak(w, address, tag)
		for _, f := range slices.Concat(categoryForms(), ruleForms(), templateForms(), mailboxForms(), mailForms()) {
			went := t.Run(f.name+" in "+tag, func(t *testing.T) {
				r := &tour{t: t, demo: d, tag: tag}
				must(t, f.ready, r)
				for i, s := range f.steps {
					for what, text := range r.take(w.In(t), address, i, s) {
						key := f.name + ", " + what
						if said[key] == nil {
							said[key] = map[string]string{}
						}
						said[key][tag] = text
					}
				}
				must(t, f.check, r)
			})
			if !went { // what follows builds on it
				return
			}
		}
	}
	for what, in := range said {
		if len(in) != len(tags) || len(slices.Compact(slices.Sorted(maps.Values(in)))) != len(tags) {
			t.Errorf("%s: not said in each language: %q", what, in)
		}
	}
	sent.all(t)
}

func must(t *testing.T, do func(r *tour) error, r *tour) {
	t.Helper()
	if do == nil {
		return
	}
	if err := do(r); err != nil {
		t.Fatal(err)
	}
}

// take takes a step, and returns what was said in the language of the page.
func (r *tour) take(w *browser.Window, address string, n int, s step) map[string]string {
	r.t.Helper()
	if s.open != "" {
		w.Go(address + r.of(s.open))
	}
	must(r.t, s.ready, r)
	if s.click != "" {
		w.Click(r.of(s.click))
	}
	for i := 0; i < len(s.put); i += 2 {
		w.Put(r.of(s.put[i]), r.of(s.put[i+1]))
	}
	if s.here != nil {
		s.here(r, w)
		return nil
	}
	send := s.send
	if send == "" {
		send = "main form button.main"
	}
	if !browser.Eval[bool](w, fmt.Sprintf("!!document.querySelector(%q)", r.of(send))) {
		r.t.Fatalf("step %d: there is no %s", n+1, r.of(send))
	}
	w.Press(r.of(send))
	page := browser.Eval[shown](w, look)
	at := fmt.Sprintf("step %d", n+1)
	if page.Language != r.tag {
		r.t.Errorf("%s: the page is in %q", at, page.Language)
	}
	texts := map[string]string{}
	var wrong []string
	if len(page.Faults) == 0 && page.Fault != "" {
		if page.FaultEnglish {
			wrong = append(wrong, "en:form")
		} else {
			wrong, texts[at] = append(wrong, "form"), page.Fault
		}
	}
	for _, f := range page.Faults {
		if !f.Tied || !f.Linked {
			r.t.Errorf("%s: field %s and its message belong together: %t; the list above leads there: %t", at, f.Name, f.Tied, f.Linked)
		}
		if f.English {
			wrong = append(wrong, "en:"+f.Name)
			continue
		}
		wrong = append(wrong, f.Name)
		texts[at+", "+strings.ReplaceAll(f.Name, "."+r.tag, ".TAG")] = f.Text
	}
	want := make([]string, len(s.wrong))
	for i, name := range s.wrong {
		want[i] = r.of(name)
	}
	if diff := cmp.Diff(strings.Join(want, " "), strings.Join(wrong, " ")); diff != "" {
		r.t.Fatalf("%s: what is wrong (-want +got):\n%s\n%+v", at, diff, page)
	}
	if wrong != nil && r.tag == "fr" && !r.checked { // one language stands for all
		axe.Check(r.t, w, at)
		r.checked = true
	}
	switch {
	case wrong != nil && page.Focus != "faults":
		r.t.Errorf("%s: the focus is on %q, want what is wrong", at, page.Focus)
	case wrong == nil && s.quiet == (page.Done != ""):
		r.t.Fatalf("%s: said to be done: %q", at, page.Done)
	case wrong == nil && !s.quiet:
		texts[at] = page.Done
	}
	return texts
}

// of puts the language into a text.
func (r *tour) of(text string) string { return strings.ReplaceAll(text, "TAG", r.tag) }

// posts are the addresses that forms were sent to.
type posts struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (p *posts) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			p.mu.Lock()
			if p.seen == nil {
				p.seen = map[string]bool{}
			}
			p.seen[strings.TrimPrefix(r.URL.Path, prefix)] = true
			p.mu.Unlock()
		}
		next.ServeHTTP(w, r)
	})
}

// all fails the test unless every form that the console has was sent.
func (p *posts) all(t *testing.T) {
	t.Helper()
	routes, err := os.ReadFile("../../ticketmail/console/routes.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`handle\("POST", "([^"]+)"`).FindAllSubmatch(routes, -1)
	if len(found) < 15 {
		t.Fatalf("found %d routes: the search does not see them", len(found))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range found {
		if path := string(f[1]); !p.seen[path] && path != "/mailboxes/device" { // see TestSignInOnDevice
			t.Errorf("no form was sent to %s", f[1])
		}
	}
}

// prepare lets mails arrive for a language: some that go in circles, for the
// quarantine, and one of somebody whose address will refuse the answer.
func prepare(ctx context.Context, d *demo, w *browser.Window, tag string) error {
	circle := strings.Repeat("Received: from a.example by b.example; Thu, 01 Oct 2026 10:00:00 +0000\r\n", 60)
	for i := range 4 {
		d.server.Add("INBOX", circle+fmt.Sprintf("From: Mia <mia@kunde.example>\r\nSubject: round\r\nMessage-ID: <circle-%d-%s@b.example>\r\n\r\nand round\r\n", i, tag))
	}
	d.server.Add("INBOX", fmt.Sprintf("From: refused-%s@b.example\r\nSubject: a question\r\nMessage-ID: <question-%s@b.example>\r\n\r\nHow?\r\n", tag, tag))
	d.engine.PollSoon("service")
	var err error
	var ticket ticketmail.TicketID
	w.Until("the mails", func() bool {
		n := 0
		for _, id := range []string{"circle-0-", "circle-1-", "circle-2-", "circle-3-", "question-"} {
			found, fault := d.entries(ctx, id+tag+"@b.example")
			if err = fault; err != nil {
				return true
			}
			if n += len(found); len(found) > 0 {
				ticket = found[0].Ticket
			}
		}
		return n == 5
	})
	if err != nil {
		return err
	}
	to := "refused-" + tag + "@b.example"
	d.sender.Fail(to, 2, &notify.RecipientError{Address: to, Status: "5.1.1", Err: errors.New("550 no such user")})
	_, err = d.engine.Edit(ctx, ticketmail.Actor{Person: "bea"}, ticket, ticketmail.Edit{Comment: &ticketmail.NewComment{Text: "So.", Reply: true}})
	return err
}

// entries returns what the journal has of a mail.
func (d *demo) entries(ctx context.Context, id string) (found []mailbox.Entry, err error) {
	err = d.engine.View(ctx, func(r storage.Reader) error {
		found = nil
		for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{Text: id}) {
			if err != nil {
				return err
			}
			found = append(found, e)
		}
		return nil
	})
	return found, err
}
