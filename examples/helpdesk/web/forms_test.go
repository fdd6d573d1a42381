package web_test

import (
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/storage"
)

// hidden returns the values of hidden fields of a page's form, the first of
// each name.
func hidden(t *testing.T, body, action string) url.Values {
	t.Helper()
	_, form, ok := strings.Cut(body, `action="`+action+`"`)
	if !ok {
		t.Fatalf("no form for %s: %s", action, body)
	}
	form, _, _ = strings.Cut(form, "</form>")
	values := url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(form, -1) {
		values.Add(m[1], html.UnescapeString(m[2]))
	}
	return values
}

// with returns a form with further values.
func with(form url.Values, pairs ...string) url.Values {
	more := maps.Clone(form)
	for i := 0; i < len(pairs); i += 2 {
		more[pairs[i]] = []string{pairs[i+1]}
	}
	return more
}

// TestFormSentTwice: a double click makes one comment and one ticket.
func TestFormSentTwice(t *testing.T) {
	address, store := serveStore(t)
	bea := signIn(t, address, "bea")
	count := func() (n int) {
		if err := store.View(t.Context(), func(r storage.Reader) error {
			n = 0
			for _, err := range r.Tickets().List(t.Context(), storage.TicketQuery{}) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	_, body := bea.get("/tickets/new")
	form, before := with(hidden(t, body, "/tickets"), "subject", "Twice", "task", "helpdesk", "text", "Only once."), count()
	_, first := bea.post("/tickets", form)
	_, second := bea.post("/tickets", form)
	if got := count() - before; got != 1 {
		t.Errorf("%d tickets, want 1", got)
	}
	path := regexp.MustCompile(`action="(/tickets/\d+)/comment"`)
	a, b := path.FindStringSubmatch(first), path.FindStringSubmatch(second)
	if a == nil || b == nil || a[1] != b[1] {
		t.Fatalf("the form leads to %v and %v", a, b)
	}
	comment := with(hidden(t, first, a[1]+"/comment"), "text", "A word.", "audience", "public")
	bea.post(a[1]+"/comment", comment)
	_, body = bea.post(a[1]+"/comment", comment)
	if got := strings.Count(body, "A word."); got != 1 {
		t.Errorf("%d comments, want 1", got)
	}
	if _, body = bea.post(a[1]+"/comment", with(comment, "text", "Another word.")); !strings.Contains(body, "Another word.") {
		t.Error("another text from the same page, as after going back, is lost")
	}
}

// TestTwoEdit: of two who have the page of a ticket open, the second changes
// what he changed and nothing else.
func TestTwoEdit(t *testing.T) {
	address, store := serveStore(t)
	bea, carl := signIn(t, address, "bea"), signIn(t, address, "carl")
	path := newTicket(bea, "Old subject", "text")
	_, body := bea.get(path)
	mine := with(hidden(t, body, path+"/edit"), "subject", "New subject", "assignee", "", "contact", "", "task", "helpdesk")
	if status, _ := carl.post(path+"/edit", with(hidden(t, body, path+"/edit"), "subject", "Old subject", "assignee", "carl", "contact", "mia", "task", "helpdesk", "category", "question")); status != http.StatusOK {
		t.Fatalf("Carl: status %d", status)
	}
	if status, _ := bea.post(path+"/edit", mine); status != http.StatusOK {
		t.Fatalf("Bea: status %d", status)
	}
	k := ticketAt(t, store, path)
	if k.Subject != "New subject" || k.Assignee != "carl" || k.CustomerContact != "mia" || len(k.Categories) != 1 {
		t.Errorf("%+v", k)
	}
}

func ticketAt(t *testing.T, store storage.Store, path string) (k storage.Ticket) {
	t.Helper()
	if err := store.View(t.Context(), func(r storage.Reader) (err error) {
		k, err = r.Tickets().Get(t.Context(), storage.TicketID(strings.TrimPrefix(path, "/tickets/")))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return k
}

// TestLeaverIsOffered: the form does not take a ticket from somebody who has
// left while something else is changed.
func TestLeaverIsOffered(t *testing.T) {
	address, store := serveStore(t)
	bea := signIn(t, address, "bea")
	path := newTicket(bea, "Of a leaver", "text")
	if err := store.Update(t.Context(), func(w storage.Writer) error {
		k, err := w.Tickets().Get(t.Context(), storage.TicketID(strings.TrimPrefix(path, "/tickets/")))
		if err != nil {
			return err
		}
		k.Assignee = "dora"
		return w.Tickets().Put(t.Context(), &k)
	}); err != nil {
		t.Fatal(err)
	}
	if _, body := bea.get(path); !strings.Contains(body, `<option value="dora" selected>`) {
		t.Error("whoever has the ticket is not among those who may be chosen")
	}
}

// TestRefusedFormsKeepWhatWasChosen: what was meant to be internal stays so,
// and addresses and names stay typed.
func TestRefusedFormsKeepWhatWasChosen(t *testing.T) {
	bea := signIn(t, serve(t), "bea")
	if status, body := bea.post("/tickets/2/comment", url.Values{"audience": {"internal"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="internal" checked`) || strings.Contains(body, `value="reply" checked`) {
		t.Errorf("an empty internal comment: status %d, or it became a reply", status)
	}
	_, body := bea.get("/tickets/2")
	forward := with(hidden(t, body, "/tickets/2/forward"), "to", "nobody", "note", "my note")
	if status, body := bea.post("/tickets/2/forward", forward); status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="nobody"`) || !strings.Contains(body, "my note") {
		t.Errorf("a mail to no address: status %d, or what was typed is lost", status)
	}
	if _, body := bea.post("/tickets", url.Values{"task": {"helpdesk"}, "assignee": {"carl"}}); !strings.Contains(body, `<option value="carl" selected>`) {
		t.Error("the assignee that was chosen is lost")
	}
	if status, body := bea.post("/write", url.Values{"from": {"no address"}, "to": {"x@y.example"}}); status != http.StatusUnprocessableEntity || !strings.Contains(body, `value="no address"`) {
		t.Errorf("a mail from nobody: status %d, or the sender is lost", status)
	}
}

// TestFaultsInTheirLanguage: what does not work is said in the reader's language.
func TestFaultsInTheirLanguage(t *testing.T) {
	address := serve(t)
	for who, want := range map[escalation.PersonID][]string{
		"bea":   {"gibt es nicht", "Betreff", "Von „in Arbeit“ geht es nicht zu „abgenommen“", "Diese Person", "mindestens eine Adresse"},
		"carl":  {"no such thing", "subject", "from “in process” to “accepted”", "no such person", "one address"},
		"emile": {"n’existe pas", "objet", "de « en cours » à « validé »", "Cette personne", "au moins une adresse"},
	} {
		p := signIn(t, address, string(who))
		said := regexp.MustCompile(`(?s)class="failure" role="alert">(?:<strong>[^<]*</strong>)? ?([^<]*)<`)
		for i, ask := range []func() (int, string){
			func() (int, string) { return p.get("/nowhere") },
			func() (int, string) { return p.post("/tickets", url.Values{"task": {"helpdesk"}}) },
			func() (int, string) { return p.post("/tickets/2/status", url.Values{"status": {"accepted"}}) },
			func() (int, string) {
				return p.post("/tickets/2/edit", url.Values{"assignee": {"nobody"}, "subject": {"x"}})
			},
			func() (int, string) { return p.post("/tickets/2/forward", url.Values{"comment": {"x"}, "to": {""}}) },
		} {
			status, body := ask()
			got := said.FindStringSubmatch(body)
			if status < 400 || got == nil || !strings.Contains(html.UnescapeString(got[1]), want[i]) {
				t.Errorf("%s, case %d: status %d, %q, want %q", who, i, status, got, want[i])
			}
		}
	}
}

// TestReplyToWhomThePageShowed: a reply written for one customer does not go to
// the one whose ticket it has become since, unless it is sent once more.
func TestReplyToWhomThePageShowed(t *testing.T) {
	address := serve(t)
	bea, carl := signIn(t, address, "bea"), signIn(t, address, "carl")
	path := newTicket(bea, "Whose is it?", "text")
	change := func(contact string) {
		t.Helper()
		if status, _ := carl.post(path+"/edit", url.Values{"contact": {contact}, "was-subject": {"Whose is it?"}, "subject": {"Whose is it?"}, "was-assignee": {""}, "was-task": {"helpdesk"}, "task": {"helpdesk"}}); status != http.StatusOK {
			t.Fatalf("Carl: status %d", status)
		}
	}
	change("sam")
	_, body := bea.get(path)
	reply := with(hidden(t, body, path+"/comment"), "text", "Dear Sam, your offer.", "audience", "reply")
	change("mia")
	status, body := bea.post(path+"/comment", reply)
	if status != http.StatusConflict || !strings.Contains(body, "Dear Sam, your offer.</textarea>") || !strings.Contains(body, `value="reply" checked`) {
		t.Errorf("a reply for another customer: status %d, or what was typed is lost", status)
	}
	if status, _ = bea.post(path+"/comment", with(hidden(t, body, path+"/comment"), "text", "Dear Mia.", "audience", "reply")); status != http.StatusOK {
		t.Errorf("sent once more: status %d", status)
	}
}

// TestInternalOfACustomer: the page of an employee, sent when he is a customer's
// contact by now, does not make public what was meant for colleagues.
func TestInternalOfACustomer(t *testing.T) {
	address := serve(t)
	sam := signIn(t, address, "sam")
	for _, audience := range []string{"internal", "reply"} {
		if status, _ := sam.post("/tickets/2/comment", url.Values{"audience": {audience}, "text": {"For colleagues."}}); status != http.StatusForbidden {
			t.Errorf("%s: status %d, want 403", audience, status)
		}
	}
	if _, body := signIn(t, address, "bea").get("/tickets/2"); strings.Contains(body, "For colleagues.") {
		t.Error("it is a comment")
	}
}
