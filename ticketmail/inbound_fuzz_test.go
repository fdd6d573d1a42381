package ticketmail_test

import (
	"crypto/sha256"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// marksOf replaces what a fuzzer cannot guess: tokens and signed ids of the two
// standing tickets.
func marksOf(s *siege) *strings.Replacer {
	refs := s.Referencer()
	return strings.NewReplacer(
		"{token}", s.token, "{other}", refs.Token(s.other.ID), "{gone}", refs.Token("4711"),
		"{id}", refs.MessageID(s.k.ID, "root", false), "{otherid}", refs.MessageID(s.other.ID, "root", false), "{internal}", refs.MessageID(s.k.ID, "m1", true),
	)
}

// policiesOf makes a configuration of a number.
func policiesOf(n uint8) func(*ticketmail.Config) {
	pick := func(among int) int {
		i := int(n) % among
		n /= uint8(among)
		return i
	}
	th := ticketmail.Threading{
		Strangers: []ticketmail.StrangerPolicy{ticketmail.StrangerComments, ticketmail.StrangerHeld, ticketmail.StrangerOpens}[pick(3)],
		Closed:    []ticketmail.ClosedPolicy{ticketmail.ClosedKeeps, ticketmail.ClosedReopens, ticketmail.ClosedOpens}[pick(3)],
		Forwards:  pick(2) == 1, PlusAddress: pick(2) == 1,
	}
	return func(c *ticketmail.Config) { c.Threading = th }
}

// FuzzInbound hands any mail to an engine, twice over. It becomes one thing
// whose raw bytes are those sent, the same in both; nobody gains a part in the
// tickets that stood before; a machine or a stranger changes no status; and
// nobody outside is told of a ticket that is not his.
func FuzzInbound(f *testing.F) {
	seed := newSiege(f, nil) // its marks are those of every siege
	for i, c := range hostileCases() {
		if c.where != "" || c.large || c.setup != nil {
			continue
		}
		if raw := c.mail(seed); len(raw) < 10_000 {
			f.Add(raw, uint8(i))
		}
	}
	f.Add("From: mia@kunde.example\nSubject: {token}\nIn-Reply-To: <{id}>\n\nx", uint8(3))
	f.Add("From: x@y.example\nSubject: Re: {token} {gone}\nReferences: <{internal}>\nAuto-Submitted: auto-replied\n\nx", uint8(5))
	f.Fuzz(func(t *testing.T, text string, policies uint8) {
		if len(text) > 64<<10 {
			t.Skip()
		}
		first, second := newSiege(t, policiesOf(policies)), newSiege(t, policiesOf(policies))
		for _, s := range []*siege{first, second} {
			s.closeBoth()
			s.raw = marksOf(s).Replace(text)
			s.uid = s.server.Add("INBOX", s.raw)
			if r := s.poll(); r.Received != 1 || r.Deleted != 1 {
				t.Fatalf("poll = %+v, want one mail", r)
			}
			s.deliver()
			s.entry = s.entryOf(s.uid)
			s.checkAny()
			s.checkViews()
			s.checkOutgoing()
		}
		if diff := cmp.Diff(first.allEffects(), second.allEffects()); diff != "" {
			t.Errorf("the same mail, two outcomes (-first +second):\n%s", diff)
		}
	})
}

// closeBoth closes the standing tickets, so that waking one shows.
func (s *siege) closeBoth() {
	s.t.Helper()
	closeTicket(s)
	for _, status := range []ticketmail.Status{storage.InProcess, storage.Done} {
		if _, err := s.SetStatus(s.t.Context(), bea, s.other.ID, status); err != nil {
			s.t.Fatal(err)
		}
	}
	s.k, s.other = s.get(s.k.ID), s.get(s.other.ID)
	s.deliver()
	s.exit.forget()
}

// checkAny checks what holds of every mail.
func (s *siege) checkAny() {
	s.t.Helper()
	e := s.entry
	if !slices.Contains([]mailbox.Outcome{mailbox.Ticket, mailbox.Comment, mailbox.Record, mailbox.Quarantine}, e.Outcome) || len(e.Reasons) == 0 {
		s.t.Errorf("outcome %q with reasons %v", e.Outcome, e.Reasons)
	}
	if e.Raw != (message.Blob{SHA256: sha256.Sum256([]byte(s.raw)), Size: int64(len(s.raw))}) || s.content(e.Raw) != s.raw {
		s.t.Error("the raw mail is not what was sent")
	}
	made := 0
	for _, k := range s.tickets() {
		for _, c := range s.comments(k.ID) {
			if c.Raw != e.Raw || c.Kind != storage.ByMail {
				continue
			}
			made++
			if c.Automatic != "" || c.Stranger || c.Internal {
				s.wantStill(k)
			}
		}
	}
	if says := e.Outcome == mailbox.Ticket || e.Outcome == mailbox.Comment; says && made != 1 || !says && made != 0 {
		s.t.Errorf("%s, and %d comments were made of it", e.Outcome, made)
	}
	for _, before := range []ticketmail.Ticket{s.k, s.other} {
		now := s.get(before.ID)
		if now.Status == storage.InProcess {
			before.Status = storage.InProcess // reopened; wantStill says by whom not
		}
		if now.Creator != before.Creator || now.Assignee != before.Assignee || now.CustomerContact != before.CustomerContact || now.Sender != before.Sender || now.Status != before.Status {
			s.t.Errorf("ticket %s was %+v, is %+v", before.ID, before, now)
		}
	}
	s.checkTold(hostileCase{told: s.outsiders()})
}

// wantStill checks that a ticket which stood before has kept its status.
func (s *siege) wantStill(k ticketmail.Ticket) {
	s.t.Helper()
	for _, before := range []ticketmail.Ticket{s.k, s.other} {
		if k.ID == before.ID && k.Status != before.Status {
			s.t.Errorf("ticket %s was %s, is %s", k.ID, before.Status, k.Status)
		}
	}
}

// outsiders are those outside who were told, if that is the one sender that
// the mail states or the contact of the ticket.
func (s *siege) outsiders() (list []string) {
	m := s.reads()
	for _, sent := range s.exit.sent {
		to := sent.To.Address
		sender := len(m.From) == 1 && m.From[0].Address == to && m.Automatic == ""
		if !slices.Contains(staff, to) && (sender || to == "mia@kunde.example") {
			list = append(list, to)
		}
	}
	return list
}
