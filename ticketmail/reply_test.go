package ticketmail_test

import (
	"errors"
	"strings"
	"testing"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// replies returns the replies in the outbox.
func (h house) replies() []notify.Mail {
	h.t.Helper()
	var got []notify.Mail
	h.view(func(r storage.Reader) error {
		for m, err := range r.Outbox().List(h.t.Context(), notify.MailQuery{}) {
			if err != nil {
				return err
			}
			if m.Event == notify.Reply {
				got = append(got, m)
			}
		}
		return nil
	})
	return got
}

// TestReplyReachesTheCustomer: mail in, reply out, answer in: one ticket.
func TestReplyReachesTheCustomer(t *testing.T) {
	for name, from := range map[string]string{
		"a contact":          "mia@kunde.example",
		"an outside address": "grace@customer.example",
	} {
		t.Run(name, func(t *testing.T) {
			h, server := withServer(t, nil)
			server.Add("INBOX", mail(from, "Printer", "first@kunde", "It burns."))
			h.poll()
			k := h.tickets()[0]
			_, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "Please switch it off.", Reply: true})
			if err != nil {
				t.Fatal(err)
			}
			replies := h.replies()
			if len(replies) != 1 {
				t.Fatalf("%d replies, want one", len(replies))
			}
			m := replies[0]
			if m.To.Address != from || m.ReplyTo != "support@erp.example" || m.InReplyTo != "first@kunde" {
				t.Errorf("reply = to %q, Reply-To %q, In-Reply-To %q", m.To.Address, m.ReplyTo, m.InReplyTo)
			}
			if !strings.Contains(m.Text, "Please switch it off.") || !strings.Contains(m.Subject, h.Referencer().Token(k.ID)) {
				t.Errorf("reply = %q\n%s", m.Subject, m.Text)
			}
			server.Add("INBOX", mail(from, "Re: something else", "second@kunde", "Done.", "In-Reply-To: <"+m.MessageID+">"))
			if r := h.poll(); r.Comments != 1 {
				t.Errorf("the answer to the reply: %+v, want a comment", r)
			}
		})
	}
}

func TestReplyIsRefused(t *testing.T) {
	h := build(t, nil)
	nobody := h.create(ticketmail.NewTicket{})
	mias := h.create(ticketmail.NewTicket{CustomerContact: "mia"})
	for name, tt := range map[string]struct {
		id  ticketmail.TicketID
		new ticketmail.NewComment
	}{
		"to nobody": {nobody.ID, ticketmail.NewComment{Text: "x", Reply: true}},
		"internal":  {mias.ID, ticketmail.NewComment{Text: "x", Reply: true, Internal: true}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := h.AddComment(t.Context(), bea, tt.id, tt.new); !errors.Is(err, ticketmail.ErrInvalid) {
				t.Errorf("AddComment = %v, want ErrInvalid", err)
			}
			if len(h.comments(tt.id)) != 1 || len(h.replies()) != 0 {
				t.Error("a refused reply left something behind")
			}
		})
	}
}

// TestRepliesAreNotCapped: caps are for what goes out by itself.
func TestRepliesAreNotCapped(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{CustomerContact: "mia"})
	for range 30 {
		if _, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "x", Reply: true}); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range h.replies() {
		if m.State != notify.Waiting {
			t.Fatalf("reply is %s: %s", m.State, m.Error)
		}
	}
}
