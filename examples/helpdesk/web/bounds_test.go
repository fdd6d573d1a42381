package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
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
