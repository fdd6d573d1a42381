package console_test

import (
	"net/http"
	"os"
	"regexp"
	"testing"

	"example.com/ticketmail/ticketmail/console"
)

// TestEveryForm: no form is carried out for somebody who may not administer,
// nor for another site, whatever it is about.
func TestEveryForm(t *testing.T) {
	routes, err := os.ReadFile("routes.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`handle\("POST", "([^"]+)"`).FindAllSubmatch(routes, -1)
	if len(found) < 15 {
		t.Fatalf("found %d forms: the search does not see them", len(found))
	}
	r := build(t, change{})
	r.seed()
	admin := r.as
	for _, f := range found {
		path := string(f[1]) + "?id=support&mail=m1&ticket=1&event=status_done&name=x"
		for name, who := range map[string]console.Visitor{"nobody": {}, "reader": {Person: "bea", Right: console.Read}} {
			if r.as = who; r.post(path).StatusCode != http.StatusForbidden {
				t.Errorf("POST %s by %s is not refused", path, name)
			}
		}
		r.as = admin
		if a := r.send(http.MethodPost, path, nil, "Sec-Fetch-Site", "cross-site"); a.StatusCode != http.StatusForbidden {
			t.Errorf("POST %s from another site = %d", path, a.StatusCode)
		}
	}
}

// TestReadersAreTold: who may change nothing is told so on every page with
// fields that cannot be filled in, before he tries.
func TestReadersAreTold(t *testing.T) {
	r := build(t, change{})
	r.seed()
	const told = "You may read here, but change nothing."
	pages := []string{
		"/categories/edit", "/notifications/edit?event=status_done", "/templates/edit?name=status_done&audience=employee&language=en",
		"/mailboxes", "/mailboxes/edit", "/mailboxes/show?id=support",
	}
	admin := r.as
	for _, path := range pages {
		r.as = admin
		r.get(path).hasNot(told)
		r.as = console.Visitor{Person: "bea", Right: console.Read}
		r.get(path).has(told)
	}
}
