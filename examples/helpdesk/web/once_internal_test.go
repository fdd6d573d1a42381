package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/escalation"
)

func sendForm(form url.Values) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/tickets", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// TestOnceAtOnce: of the same form sent many times at once, one is carried out,
// and all lead where that one leads.
func TestOnceAtOnce(t *testing.T) {
	var f forms
	var wg sync.WaitGroup
	done := 0 // guarded by the form's own lock: the race detector sees if it is not
	answers := make([]*httptest.ResponseRecorder, 8)
	for i := range answers {
		answers[i] = httptest.NewRecorder()
		wg.Go(func() {
			r := sendForm(url.Values{"once": {"a"}, "text": {"x"}})
			_ = f.once(answers[i], r, escalation.Person{ID: "bea"}, func(w http.ResponseWriter) error {
				done++
				http.Redirect(w, r, fmt.Sprintf("/tickets/%d", done), http.StatusSeeOther)
				return nil
			})
		})
	}
	wg.Wait()
	for i, a := range answers {
		if a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/tickets/1" {
			t.Errorf("answer %d leads to %q (status %d)", i, a.Header().Get("Location"), a.Code)
		}
	}
	if done != 1 {
		t.Errorf("carried out %d times", done)
	}
}

// TestOnceOfEach: what failed can be sent again, and another form is another.
func TestOnceOfEach(t *testing.T) {
	var f forms
	count := 0
	send := func(who escalation.PersonID, status int, form url.Values) {
		r := sendForm(form)
		_ = f.once(httptest.NewRecorder(), r, escalation.Person{ID: who}, func(w http.ResponseWriter) error {
			count++
			w.WriteHeader(status)
			return nil
		})
	}
	send("bea", http.StatusUnprocessableEntity, url.Values{"once": {"a"}, "text": {"x"}})
	send("bea", http.StatusOK, url.Values{"once": {"a"}, "text": {"x"}})
	send("bea", http.StatusOK, url.Values{"once": {"a"}, "text": {"y"}})
	send("sam", http.StatusOK, url.Values{"once": {"a"}, "text": {"x"}})
	send("bea", http.StatusOK, url.Values{"text": {"x"}})
	send("bea", http.StatusOK, url.Values{"text": {"x"}})
	if count != 6 {
		t.Errorf("carried out %d times, want all 6", count)
	}
	for i := range 3 * maxForms {
		send("bea", http.StatusOK, url.Values{"once": {fmt.Sprint(i)}})
	}
	if len(f.sent) != maxForms || len(f.order) != maxForms {
		t.Errorf("%d and %d forms are remembered, want %d", len(f.sent), len(f.order), maxForms)
	}
}
