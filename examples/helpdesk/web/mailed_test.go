package web_test

import (
	"strings"
	"testing"
)

// Employees see which comments went out as mails, and which of these did not
// arrive; customers do not.
func TestMailed(t *testing.T) {
	url := serve(t)
	carl, sam := signIn(t, url, "carl"), signIn(t, url, "sam")
	for path, want := range map[string]string{"/tickets/2": "mailed to sam@shopper.example", "/tickets/4": "did not reach nobody@gone.example"} {
		if _, body := carl.get(path); strings.Count(body, want) != 1 || !strings.Contains(body, `href="/admin/outbox/mail?mail=`) {
			t.Errorf("%s does not say once, with a link: %s", path, want)
		}
	}
	if _, body := sam.get("/tickets/2"); strings.Contains(body, "mailed to") || strings.Contains(body, "/admin/") {
		t.Error("a customer is told of mails and led to the console")
	}
}
