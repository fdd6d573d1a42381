package ticketmail_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/ticketmail"
)

// TestMovedTicket is the seed's chapter on the default mailbox: a ticket that
// came in there is moved to a task without a mailbox. Its mails, also one that
// sends a comment on, still name the default mailbox for answers and bear the
// token; an answer that has nothing but the subject, added to, is a comment on
// it where it is now; and the rules that hold are those of its new project.
func TestMovedTicket(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail("mia@kunde.example", "Printer", "first@kunde", "It burns."))
	h.poll()
	k := h.tickets()[0]
	patch := notify.RulePatch{Roles: &[]notify.Role{}, Addresses: &[]string{"desk@partner.example"}}
	if err := h.PatchRule(t.Context(), "other", notify.CommentAdded, patch); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Move(t.Context(), bea, k.ID, "elsewhere"); err != nil {
		t.Fatal(err)
	}
	if err := h.Forward(t.Context(), bea, k.ID, ticketmail.Forward{Comment: h.comments(k.ID)[0].ID, To: []string{"expert@vendor.example"}}); err != nil {
		t.Fatal(err)
	}
	sent := h.outgoing(notify.Forward)[0]
	if sent.ReplyTo != "support@erp.example" || !strings.Contains(sent.Subject, h.Referencer().Token(k.ID)) {
		t.Errorf("Reply-To %q, subject %q", sent.ReplyTo, sent.Subject)
	}
	before := len(h.mails())
	server.Add("INBOX", mail("expert@vendor.example", "AW: "+sent.Subject+" - see below", "a@vendor", "Use another one."))
	h.poll()
	all := h.tickets()
	if len(all) != 1 || all[0].Task != "elsewhere" || all[0].Project != "other" {
		t.Fatalf("tickets: %+v", all)
	}
	if got := h.comments(k.ID); len(got) != 2 || strings.TrimSpace(got[1].Text) != "Use another one." {
		t.Errorf("comments: %+v", got)
	}
	if diff := cmp.Diff([]string{"comment_added desk@partner.example"}, h.since(before)); diff != "" {
		t.Errorf("told of the answer (-want +got):\n%s", diff)
	}
}
