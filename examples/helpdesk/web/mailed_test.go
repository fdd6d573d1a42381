package web_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
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

// A mail is said to have gone out once it has.
func TestMailedLater(t *testing.T) {
	address, store := serveStore(t)
	carl := signIn(t, address, "carl")
	for state, want := range map[notify.State]string{
		notify.Waiting:  "waits to be mailed to sam@shopper.example",
		notify.Sending:  "waits to be mailed to sam@shopper.example",
		notify.Held:     "waits to be mailed to sam@shopper.example",
		notify.Sent:     ">mailed to sam@shopper.example",
		notify.Failed:   "did not reach sam@shopper.example",
		notify.Returned: "did not reach sam@shopper.example",
	} {
		err := store.Update(t.Context(), func(w storage.Writer) error {
			var mails []*notify.Mail
			for m, err := range w.Outbox().List(t.Context(), notify.MailQuery{}) {
				if err != nil {
					return err
				}
				if m.Ticket == "2" && m.Event == notify.Reply {
					m.State = state
					mails = append(mails, &m)
				}
			}
			return w.Outbox().Put(t.Context(), mails...)
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, body := carl.get("/tickets/2"); strings.Count(body, want) != 1 {
			t.Errorf("a mail that is %s: the page does not say once %q", state, want)
		}
	}
}
