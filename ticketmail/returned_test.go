package ticketmail_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// outgoing returns the mails of the outbox that are of a kind.
func (h house) outgoing(kind notify.Kind) []notify.Mail {
	h.t.Helper()
	var got []notify.Mail
	h.view(func(r storage.Reader) error {
		for m, err := range r.Outbox().List(h.t.Context(), notify.MailQuery{}) {
			if err != nil {
				return err
			}
			if m.Event == kind {
				got = append(got, m)
			}
		}
		return nil
	})
	return got
}

// history returns "field new" of a ticket's changes.
func (h house) history(id ticketmail.TicketID) []string {
	h.t.Helper()
	var got []string
	h.view(func(r storage.Reader) error {
		for c, err := range r.Tickets().Changes(h.t.Context(), id, 0) {
			if err != nil {
				return err
			}
			got = append(got, c.Field+" "+c.New)
		}
		return nil
	})
	return got
}

// refusal is what a server says of a recipient it does not have.
func refusal(address string) error {
	return &notify.RecipientError{Address: address, Status: "5.1.1", Err: errors.New("no such user")}
}

// TestRefusedRecipientHasSubstitute: the mail exit refuses the assignee, so the
// task's members are told in the same call, but for the one who did it.
func TestRefusedRecipientHasSubstitute(t *testing.T) {
	h := build(t, nil)
	h.sender.Fail("max@erp.example", -1, refusal("max@erp.example"))
	k := h.create(ticketmail.NewTicket{Assignee: "max"})
	if r := h.deliver(); r.Sent != 1 || r.Failed != 1 {
		t.Errorf("report = %+v, want one sent and one failed", r)
	}
	want := []string{"ticket_created max@erp.example", "ticket_created carl@erp.example"}
	if diff := cmp.Diff(want, h.mails()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"created new", "undelivered max@erp.example"}, h.history(k.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if r := h.deliver(); r.Sent != 0 {
		t.Errorf("told again: %+v", r)
	}
	m := h.outgoing(notify.TicketCreated)[1]
	if !strings.Contains(reasonsOf(m), "mail to max of assignee came back") {
		t.Errorf("reasons: %s", reasonsOf(m))
	}
}

// TestGivenUpMailIsInTheHistory: a mail that the exit cannot send at all leaves
// a line at its ticket, and nobody else is told.
func TestGivenUpMailIsInTheHistory(t *testing.T) {
	h := build(t, nil)
	h.sender.Fail("max@erp.example", -1, fmt.Errorf("%w: it is too large", notify.ErrInvalidMail))
	k := h.create(ticketmail.NewTicket{Assignee: "max"})
	if r := h.deliver(); r.Sent != 0 || r.Failed != 1 {
		t.Errorf("report = %+v", r)
	}
	if diff := cmp.Diff([]string{"created new", "undelivered max@erp.example"}, h.history(k.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if got, err := h.Bouncing(t.Context(), "max@erp.example"); err != nil || got {
		t.Errorf("Bouncing = %t, %v", got, err)
	}
}

// TestRefusalThatIsNotOfTheAddress: a full mailbox and a policy are no bad
// address. Others are told of this event, and the next goes to him again.
func TestRefusalThatIsNotOfTheAddress(t *testing.T) {
	for status, bounces := range map[string]bool{
		"5.1.1": true, "": true, "5.2.1": true,
		"5.2.0": false, "5.2.2": false, "5.2.4": false, "5.7.1": false, "5.1.8": false,
	} {
		t.Run(status, func(t *testing.T) {
			h := build(t, nil)
			h.sender.Fail("max@erp.example", 1, &notify.RecipientError{Address: "max@erp.example", Status: status, Err: errors.New("no")})
			k := h.create(ticketmail.NewTicket{Assignee: "max"})
			h.deliver()
			if diff := cmp.Diff([]string{"ticket_created max@erp.example", "ticket_created carl@erp.example"}, h.mails()); diff != "" {
				t.Errorf("mails (-want +got):\n%s", diff)
			}
			if got, err := h.Bouncing(t.Context(), "max@erp.example"); err != nil || got != bounces {
				t.Errorf("Bouncing = %t, %v; want %t", got, err, bounces)
			}
			before := len(h.mails())
			if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "?"}); err != nil {
				t.Fatal(err)
			}
			want := "comment_added max@erp.example"
			if bounces {
				want = "comment_added carl@erp.example"
			}
			if diff := cmp.Diff([]string{want}, h.since(before)); diff != "" {
				t.Errorf("the next event (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeferredRecipientHasSubstitute: whom the exit could not reach until his
// mail was given up has somebody told instead, and is no bad address.
func TestDeferredRecipientHasSubstitute(t *testing.T) {
	now := noon
	h := build(t, func(c *ticketmail.Config) { c.Now = func() time.Time { return now } })
	h.sender.Fail("max@erp.example", -1, &notify.DeferredError{Address: "max@erp.example", Status: "5.7.133", Tries: 2, Err: errors.New("members only")})
	k := h.create(ticketmail.NewTicket{Assignee: "max"})
	if r := h.deliver(); r.Retried != 1 || r.Sent != 0 || len(h.mails()) != 1 {
		t.Errorf("report = %+v, mails %q", r, h.mails())
	}
	now = now.Add(time.Minute)
	if r := h.deliver(); r.Failed != 1 || r.Sent != 1 {
		t.Errorf("report = %+v, want one failed and one sent", r)
	}
	if diff := cmp.Diff([]string{"ticket_created max@erp.example", "ticket_created carl@erp.example"}, h.mails()); diff != "" {
		t.Errorf("mails (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"created new", "undelivered max@erp.example"}, h.history(k.ID)); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	if got, err := h.Bouncing(t.Context(), "max@erp.example"); err != nil || got {
		t.Errorf("Bouncing = %t, %v", got, err)
	}
}

func reasonsOf(m notify.Mail) string {
	var all []string
	for _, r := range m.Reasons {
		all = append(all, r.Text)
	}
	return strings.Join(all, "; ")
}

// TestBounceStartsTheChainOnce: a report that comes twice tells the substitute
// once; one about what a substitute got goes one step further.
func TestBounceStartsTheChainOnce(t *testing.T) {
	h, server := withServer(t, nil)
	h.createBy(ticketmail.Actor{}, ticketmail.NewTicket{Assignee: "max"})
	h.deliver()
	first := h.outgoing(notify.TicketCreated)[0]
	server.Add("INBOX", bounce("max@erp.example", first.MessageID))
	server.Add("INBOX", strings.Replace(bounce("max@erp.example", first.MessageID), "dsn-", "again-", 1))
	h.poll()
	h.deliver()
	want := []string{"ticket_created max@erp.example", "ticket_created bea@erp.example", "ticket_created carl@erp.example"}
	if diff := cmp.Diff(want, h.mails()); diff != "" {
		t.Fatalf("mails after two reports (-want +got):\n%s", diff)
	}
	if m := h.outgoing(notify.TicketCreated)[0]; m.State != notify.Returned || m.Error != "came back: 5.1.1" {
		t.Errorf("the mail is %s (%s), want returned", m.State, m.Error)
	}
	all := h.outgoing(notify.TicketCreated)
	server.Add("INBOX", bounce("bea@erp.example", all[1].MessageID))
	h.poll()
	h.deliver()
	if got := h.mails(); len(got) != 3 {
		t.Errorf("carl was told, but the chain went on: %v", got[3:])
	}
	server.Add("INBOX", bounce("carl@erp.example", all[2].MessageID))
	h.poll()
	h.deliver()
	// Max is the manager and the administrator too: nobody is left.
	if got := h.history(all[0].Ticket); !slices.Contains(got, "notified nobody") {
		t.Errorf("history = %q, want that nobody was told", got)
	}
}

// TestSoftFailureHasSubstitute: a full mailbox is no bad address, but this
// notification did not arrive.
func TestSoftFailureHasSubstitute(t *testing.T) {
	h, server := withServer(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "max"})
	h.deliver()
	full := strings.Replace(bounce("max@erp.example", h.outgoing(notify.TicketCreated)[0].MessageID), "5.1.1", "5.2.2", 1)
	server.Add("INBOX", full)
	h.poll()
	h.deliver()
	if got := len(h.mails()); got != 2 {
		t.Errorf("%d mails, want the members told instead", got)
	}
	before := len(h.mails())
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "?"}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"comment_added max@erp.example"}, h.since(before)); diff != "" {
		t.Errorf("the address works still (-want +got):\n%s", diff)
	}
}

// TestForgedBounceHasNoEffect: without our signature nothing is marked.
func TestForgedBounceHasNoEffect(t *testing.T) {
	h, server := withServer(t, nil)
	h.create(ticketmail.NewTicket{Assignee: "max"})
	h.deliver()
	id := h.outgoing(notify.TicketCreated)[0].MessageID
	server.Add("INBOX", bounce("max@erp.example", strings.Replace(id, "@", "0@", 1)))
	h.poll()
	h.deliver()
	for _, m := range h.mails()[1:] {
		if m != "ticket_created bea@erp.example" && m != "ticket_created carl@erp.example" { // of the ticket it opens
			t.Errorf("a forged report caused %s", m)
		}
	}
	if m := h.outgoing(notify.TicketCreated)[0]; m.State != notify.Sent {
		t.Errorf("a forged report made the mail %s", m.State)
	}
}

// TestCustomerHasNoSubstitute: a reply that comes back is a line of history,
// and nobody else gets what was meant for the customer.
func TestCustomerHasNoSubstitute(t *testing.T) {
	h := build(t, nil)
	h.sender.Fail("mia@kunde.example", -1, refusal("mia@kunde.example"))
	k := h.create(ticketmail.NewTicket{CustomerContact: "mia"})
	if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Hello", Reply: true}); err != nil {
		t.Fatal(err)
	}
	before := len(h.mails())
	h.deliver()
	if got := h.since(before); len(got) != 0 {
		t.Errorf("told instead of a customer: %v", got)
	}
	if got := h.history(k.ID); got[len(got)-1] != "undelivered mia@kunde.example" {
		t.Errorf("history = %q", got)
	}
	_, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Hello?", Reply: true})
	if u, ok := errors.AsType[*ticketmail.UndeliverableError](err); !ok || u.Reason != escalation.Bouncing {
		t.Errorf("a reply to a dead address: %v, want an UndeliverableError", err)
	}
}

// TestReleasedBeforeOthersAreTold: a mail that came back is sent again before
// somebody was told instead, so nobody is, unless it comes back once more.
func TestReleasedBeforeOthersAreTold(t *testing.T) {
	h, server := withServer(t, nil)
	k := h.createBy(ticketmail.Actor{}, ticketmail.NewTicket{Assignee: "max"})
	h.deliver()
	first := h.outgoing(notify.TicketCreated)[0]
	server.Add("INBOX", bounce("max@erp.example", first.MessageID))
	h.poll()
	must(t, errors.Join(h.ClearBounce(t.Context(), "max@erp.example"), h.Release(t.Context(), k.ID, first.ID)))
	h.deliver()
	if got := h.mails(); len(got) != 1 {
		t.Errorf("told instead of somebody who was mailed again: %v", got[1:])
	}
	server.Add("INBOX", strings.Replace(bounce("max@erp.example", first.MessageID), "delivery-status-", "again-", 1))
	h.poll()
	h.deliver()
	want := []string{"ticket_created max@erp.example", "ticket_created bea@erp.example", "ticket_created carl@erp.example"}
	if diff := cmp.Diff(want, h.mails()); diff != "" {
		t.Errorf("mails after it came back again (-want +got):\n%s", diff)
	}
}
