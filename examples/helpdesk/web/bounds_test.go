package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"example.com/ticketmail/storage"
)

// newTicket makes a ticket of somebody and returns its path.
func newTicket(p *person, subject, text string) string {
	p.t.Helper()
	status, body := p.post("/tickets", url.Values{"subject": {subject}, "text": {text}, "task": {"helpdesk"}})
	m := regexp.MustCompile(`action="(/tickets/\d+)/comment"`).FindStringSubmatch(body)
	if m == nil {
		p.t.Fatalf("no ticket, status %d: %s", status, body)
	}
	return m[1]
}

// Of his own ticket a customer decides whether what is done is accepted, and
// nothing else.
func TestCustomerMovesHisTicket(t *testing.T) {
	url := serve(t)
	sam, bea := signIn(t, url, "sam"), signIn(t, url, "bea")
	path := newTicket(sam, "My own", "Please help.")
	move := func(p *person, to string) int {
		status, _ := p.post(path+"/status", map[string][]string{"status": {to}})
		return status
	}
	for _, to := range []string{"in_process", "done", "accepted", "rejected", "nonsense", ""} {
		if got := move(sam, to); got != http.StatusForbidden {
			t.Errorf("Sam moves a new ticket to %q: status %d, want 403", to, got)
		}
	}
	for _, to := range []string{"in_process", "done"} {
		if got := move(bea, to); got != http.StatusOK {
			t.Fatalf("Bea moves it to %q: status %d", to, got)
		}
	}
	if got := move(sam, "in_process"); got != http.StatusForbidden {
		t.Errorf("Sam moves it from done to in process: status %d, want 403", got)
	}
	if got := move(sam, "accepted"); got != http.StatusOK {
		t.Errorf("Sam accepts what is done: status %d", got)
	}
}

func TestCustomersTasks(t *testing.T) {
	url := serve(t)
	sam, bea := signIn(t, url, "sam"), signIn(t, url, "bea")
	create := func(p *person, task string) int {
		status, _ := p.post("/tickets", map[string][]string{"subject": {"x"}, "text": {"y"}, "task": {task}})
		return status
	}
	for _, tt := range []struct {
		who  *person
		task string
		want int
	}{
		{sam, "helpdesk", http.StatusOK}, {sam, "shop-bugs", http.StatusOK},
		{sam, "rollout", http.StatusForbidden}, {sam, "", http.StatusForbidden}, {sam, "none", http.StatusForbidden},
		{bea, "rollout", http.StatusOK},
	} {
		if got := create(tt.who, tt.task); got != tt.want {
			t.Errorf("a ticket of %q: status %d, want %d", tt.task, got, tt.want)
		}
	}
	if _, body := sam.get("/tickets/new"); strings.Contains(body, "rollout") || !strings.Contains(body, "shop-bugs") {
		t.Errorf("the form offers %s", body)
	}
}

// Nobody sends a form without end, signed in or not.
func TestLargeForms(t *testing.T) {
	address := serve(t)
	large := url.Values{"person": {"bea"}, "text": {strings.Repeat("x", 2<<20)}}
	nobody, bea := signIn(t, address, "nobody"), signIn(t, address, "bea")
	for _, path := range []string{"/signin", "/signout", "/tickets/2/edit", "/tickets/2/status", "/tickets/2/forward"} {
		for _, p := range []*person{nobody, bea} {
			if status, _ := p.post(path, large); status != http.StatusRequestEntityTooLarge {
				t.Errorf("POST %s: status %d, want 413", path, status)
			}
		}
	}
}

// A page shows the beginning of a long text, and leads to all of it.
func TestLongText(t *testing.T) {
	address := serve(t)
	sam, mia := signIn(t, address, "sam"), signIn(t, address, "mia")
	path := newTicket(sam, "Long", strings.Repeat("é", 20<<10)+"END")
	_, body := sam.get(path)
	if strings.Contains(body, "END") || len(body) > 64<<10 {
		t.Errorf("the page has %d bytes", len(body))
	}
	m := regexp.MustCompile(`href="(` + path + `/text/[^"]+)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatal("nothing leads to the whole text")
	}
	if status, whole := sam.get(m[1]); status != http.StatusOK || !strings.HasSuffix(whole, "éEND") {
		t.Errorf("the whole text: status %d, %d bytes", status, len(whole))
	}
	if status, _ := mia.get(m[1]); status != http.StatusNotFound {
		t.Errorf("somebody else reads it: status %d", status)
	}
}

func TestManyComments(t *testing.T) {
	sam := signIn(t, serve(t), "sam")
	path := newTicket(sam, "Many", "comment 0.")
	for i := range 51 {
		sam.post(path+"/comment", url.Values{"text": {fmt.Sprintf("comment %d.", i+1)}})
	}
	if _, body := sam.get(path); strings.Count(body, "<article") != 50 || strings.Contains(body, "comment 1.") || !strings.Contains(body, "comment 51.") || !strings.Contains(body, "?all=1") {
		t.Errorf("the page has %d comments", strings.Count(body, "<article"))
	}
	if _, body := sam.get(path + "?all=1"); strings.Count(body, "<article") != 52 || strings.Contains(body, "?all=1") {
		t.Errorf("with all, the page has %d comments", strings.Count(body, "<article"))
	}
}

func TestUnknownPage(t *testing.T) {
	for id, want := range map[string]string{"nobody": "", "sam": "Sam Shopper"} {
		p := signIn(t, serve(t), id)
		if status, body := p.get("/nowhere"); status != http.StatusNotFound || !strings.Contains(body, "<main") || !strings.Contains(body, want) {
			t.Errorf("%s: status %d: %s", id, status, body)
		}
	}
}

// The page of a ticket shows the end of its history, and leads to all of it,
// page by page.
func TestLongHistory(t *testing.T) {
	address := serve(t)
	sam, bea := signIn(t, address, "sam"), signIn(t, address, "bea")
	path := newTicket(sam, "History", "Please help.")
	bare := strings.Count(lines(bea, path), "<li>")
	for i := range 210 {
		bea.post(path+"/edit", url.Values{"subject": {fmt.Sprintf("subject %d.", i)}, "task": {"helpdesk"}, "contact": {"sam"}})
	}
	_, body := bea.get(path)
	if shown := lines(bea, path); strings.Count(shown, "<li>") != 50 || strings.Contains(shown, "subject 100.") || !strings.Contains(shown, "subject 209.") {
		t.Errorf("the page shows %d lines:\n%s", strings.Count(shown, "<li>"), shown)
	}
	if want := fmt.Sprintf("(%d)", bare+210-50); !strings.Contains(body, path+`/history">`) || !strings.Contains(body, want) {
		t.Errorf("nothing leads to the %s lines before", want)
	}
	first := lines(bea, path+"/history")
	if strings.Count(first, "<li>") != 200 || !strings.Contains(first, "subject 0.") || strings.Contains(first, "subject 209.") {
		t.Errorf("the first page of the history has %d lines", strings.Count(first, "<li>"))
	}
	_, body = bea.get(path + "/history")
	next := regexp.MustCompile(`href="(\?after=\d+)"`).FindStringSubmatch(body)
	if next == nil {
		t.Fatal("the first page of the history leads to no other")
	}
	if rest := lines(bea, path+"/history"+next[1]); strings.Count(rest, "<li>") != bare+10 || !strings.Contains(rest, "subject 209.") {
		t.Errorf("the second page of the history has %d lines, want %d", strings.Count(rest, "<li>"), bare+10)
	}
	if status, _ := sam.get(path + "/history"); status != http.StatusNotFound {
		t.Errorf("a customer asks for the history: status %d, want 404", status)
	}
	if _, body := sam.get(path); strings.Contains(body, "history") {
		t.Error("a customer's page shows history")
	}
}

// lines returns the history that a page shows.
func lines(p *person, path string) string {
	p.t.Helper()
	_, body := p.get(path)
	return regexp.MustCompile(`(?s)<ol class="history.*?</ol>`).FindString(body)
}

// A list looks through so many tickets and leads on from there. How many there
// are of others it does not say.
func TestCustomersFewOfMany(t *testing.T) {
	address, store := serveStore(t)
	sam, bea := signIn(t, address, "sam"), signIn(t, address, "bea")
	newTicket(sam, "The old one", "Please help.")
	err := store.Update(t.Context(), func(w storage.Writer) error {
		for i := range 2010 {
			k := &storage.Ticket{Subject: fmt.Sprint("not his ", i), Status: storage.New, Task: "helpdesk"}
			if err := w.Tickets().Put(t.Context(), k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, body := sam.get("/tickets")
	next := regexp.MustCompile(`href="(/tickets\?after=\d+)"`).FindStringSubmatch(body)
	if next == nil || strings.Contains(body, "<tbody") || !strings.Contains(body, "Older tickets may be on the next page") {
		t.Fatalf("the first page shows %s", body)
	}
	seen := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(body, " ")
	if numbers := regexp.MustCompile(`\d[\d.,  ]*\d{3}`).FindAllString(seen, -1); len(numbers) > 0 {
		t.Errorf("the first page tells how many tickets of others there are: %q in %s", numbers, seen)
	}
	if _, body := sam.get(next[1]); !strings.Contains(body, "The old one") || strings.Contains(body, "not his") || strings.Contains(body, "next page") {
		t.Errorf("the second page shows %s", body)
	}
	if _, body := bea.get("/tickets"); strings.Contains(body, "nächsten Seite") || !strings.Contains(body, "not his 2009") {
		t.Errorf("an employee's page shows %s", body)
	}
}

// The page of a ticket shows some subtasks, and leads to all of them.
func TestManySubtasks(t *testing.T) {
	address, store := serveStore(t)
	bea := signIn(t, address, "bea")
	err := store.Update(t.Context(), func(w storage.Writer) error {
		for i := range 55 {
			k := &storage.Ticket{Subject: fmt.Sprint("part ", i), Status: storage.New, Task: "helpdesk", Parent: "2"}
			if err := w.Tickets().Put(t.Context(), k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, body := bea.get("/tickets/2"); strings.Count(body, ">part ") != 50 || !strings.Contains(body, "part 54<") || !strings.Contains(body, `href="/tickets?parent=2"`) {
		t.Errorf("the page has %d subtasks", strings.Count(body, ">part "))
	}
	if _, body := bea.get("/tickets?parent=2"); strings.Count(body, ">part ") != 50 || !strings.Contains(body, `name="parent" value="2"`) || !strings.Contains(body, "after=") {
		t.Errorf("the list of subtasks has %d", strings.Count(body, ">part "))
	}
}
