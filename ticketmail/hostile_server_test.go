package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/ticketmail"
)

// TestLiarAmongMailboxes is THREATS H06 for the engine: a server that announces
// 1 KiB and sends more than a mail may have loses the connection. Nothing is
// deleted in that poll, the mails around it are tickets at the latest in the
// third, and other mailboxes do not notice.
func TestLiarAmongMailboxes(t *testing.T) {
	liar, sound := mailboxtest.NewServer(), mailboxtest.NewServer()
	h := build(t, func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: byHost{"mail.example": liar, "sound.example": sound}}
		c.Routes.Mailboxes[0].MaxMessageBytes = 100 << 10
		c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{ID: "sound", Host: "sound.example", User: "sound"})
		c.Routes.Assignments = append(c.Routes.Assignments, mailbox.Assignment{Mailbox: "sound", Task: "elsewhere"})
	})
	for _, id := range []mailbox.ID{"support", "sound"} {
		if err := h.Consent(t.Context(), ticketmail.Actor{}, id, ticketmail.Terms{}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range healthy {
		liar.Add("INBOX", healthyMail(i))
	}
	uid := liar.Add("INBOX", mail(hostileSender, "Gush", "g@hostile.example", strings.Repeat("endless\r\n", 50_000)))
	liar.Announce("INBOX", uid, 1<<10)
	for i := range healthy {
		liar.Add("INBOX", healthyMail(healthy+i))
	}
	if _, err := h.Poll(t.Context(), "support"); !errors.Is(err, mailbox.ErrTooBig) {
		t.Fatalf("Poll = %v, want ErrTooBig", err)
	}
	if n := liar.Count(mailboxtest.OpRemove); n != 0 {
		t.Errorf("%d removals in the poll that was cut off", n)
	}
	sound.Add("INBOX", mail("a@else.example", "Unaffected", "u@else.example", "I am well."))
	if r, err := h.Poll(t.Context(), "sound"); err != nil || r.Tickets != 1 {
		t.Errorf("the other mailbox: %+v, %v", r, err)
	}
	for range 2 { // alone, then not at all
		_, _ = h.Poll(t.Context(), "support")
	}
	if diff := cmp.Diff([]string{uid}, liar.UIDs("INBOX")); diff != "" {
		t.Errorf("on the server (-want +got):\n%s", diff)
	}
	if n := len(h.tickets()); n != 2*healthy+1 {
		t.Errorf("%d tickets, want those of all healthy mails", n)
	}
	left := 0
	for _, line := range h.journal() {
		if strings.Contains(line, " left ") {
			left++
		}
	}
	if r := h.poll(); left != 1 || r.Left != 1 || r.Received > 0 {
		t.Errorf("%d rows say that it is left, the next poll did %+v", left, r)
	}
}

// panicking is a decrypter with a bug.
type panicking struct{}

func (panicking) Decrypt(_ context.Context, p message.EncryptedPart) (io.Reader, error) {
	_, err := io.ReadFull(p.Content, make([]byte, 8))
	panic(fmt.Sprint("in the middle of the mail: ", err))
}

// TestPanicWhileReading is THREATS R5 for what can be caught: the mail is in
// quarantine, and the healthy ones are tickets, in the same poll. How it is
// when the process dies is tested in examples.
func TestPanicWhileReading(t *testing.T) {
	s := newSiege(t, func(c *ticketmail.Config) { c.Decrypter = panicking{} })
	c := hostileCase{
		want: quarantined,
		mail: headed("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\n" + strings.Repeat("boom\r\n", 1000)),
	}
	s.attack(c)
	s.checkVerdict(c)
	s.checkHealthy()
	wantReason(s, "poison")
	if s.entry.Attempts != 4 { // three to read it, one to keep it unread
		t.Errorf("%d attempts", s.entry.Attempts)
	}
}

// byHost connects to one of several servers.
type byHost map[string]*mailboxtest.Server

func (b byHost) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	return b[m.Host].Connect(ctx, m)
}
