package ticketmail_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A world is some engines and correspondents that mail each other: what one
// sends lies in the other's mailbox at once.
type world struct {
	t      *testing.T
	now    time.Time
	houses map[string]house // by the address of the mailbox
	boxes  map[string]*mailboxtest.Server
	people map[string]func(notify.Mail) []string // answers of a correspondent, as raw mails to the sender

	mu   sync.Mutex // a deliverer sends several at once
	sent []notify.Mail
}

func newWorld(t *testing.T) *world {
	return &world{t: t, now: noon, houses: map[string]house{}, boxes: map[string]*mailboxtest.Server{}, people: map[string]func(notify.Mail) []string{}}
}

// Send implements [notify.Sender].
func (w *world) Send(_ context.Context, m notify.Mail) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sent = append(w.sent, m)
	if box := w.boxes[m.To.Address]; box != nil {
		var raw bytes.Buffer
		if err := notify.Encode(w.t.Context(), &raw, m); err != nil {
			return err
		}
		box.Add("INBOX", raw.String())
	}
	if answer := w.people[m.To.Address]; answer != nil {
		for _, raw := range answer(m) {
			w.boxes[m.From.Address].Add("INBOX", raw)
		}
	}
	return nil
}

// house adds an instance that tells everybody of everything: receipts, and
// comments to the customer.
func (w *world) house(address string) house {
	server := mailboxtest.NewServer()
	h := build(w.t, func(c *ticketmail.Config) {
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server}
		c.Routes.Mailboxes[0].Address = address
		c.From.Address, c.Domain = address, strings.SplitN(address, "@", 2)[1]
		c.Keys = [][]byte{[]byte("key of " + address + ", long enough")}
		c.Sender, c.Now = w, func() time.Time { return w.now }
		receipt := notify.ReceiptRule()
		receipt.Active = true
		added := notify.DefaultRules()[notify.CommentAdded]
		added.Roles = append(added.Roles, notify.RoleSender, notify.RoleCustomerContact)
		c.Rules = map[notify.Kind]notify.Rule{notify.Receipt: receipt, notify.CommentAdded: added}
	})
	if err := h.Consent(w.t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
		w.t.Fatal(err)
	}
	w.houses[address], w.boxes[address] = h, server
	return h
}

// run lets mails go round for an hour, or until nothing moves.
func (w *world) run() {
	w.t.Helper()
	for range 60 {
		before := len(w.sent)
		moved := false
		for _, h := range w.houses {
			moved = h.poll().Received > 0 || moved
			h.deliver()
		}
		w.now = w.now.Add(time.Minute)
		if !moved && len(w.sent) == before {
			return
		}
	}
}

// to counts what went to an address.
func (w *world) to(address string) (n int) {
	for _, m := range w.sent {
		if m.To.Address == address {
			n++
		}
	}
	return n
}

// outside counts the mails between the parties, those to employees left aside.
func (w *world) outside() (n int) {
	for _, m := range w.sent {
		if m.Audience != notify.Staff {
			n++
		}
	}
	return n
}

const alpha, beta, gamma = "desk@alpha.example", "desk@beta.example", "desk@gamma.example"

// TestTwoInstancesEnd is THREATS H55, and the ring of three: each is the
// other's customer, and a person's mail goes to one of them.
func TestTwoInstancesEnd(t *testing.T) {
	for name, addresses := range map[string][]string{"two": {alpha, beta}, "ring": {alpha, beta, gamma}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, a := range addresses {
				w.house(a)
			}
			for i, a := range addresses { // written by a person at the next instance, in its name
				w.boxes[a].Add("INBOX", mail(addresses[(i+1)%len(addresses)], "Order", fmt.Sprintf("m%d@person", i), "We need "+letters(i)))
			}
			w.run()
			if n := w.outside(); n != len(addresses) {
				t.Errorf("%d automatic mails between %d instances, want a receipt for each person's mail and no more", n, len(addresses))
			}
		})
	}
	t.Run("one mail", func(t *testing.T) {
		w := newWorld(t)
		w.house(alpha)
		w.house(beta)
		w.boxes[alpha].Add("INBOX", mail(beta, "Order", "m@person", "We need paper."))
		w.run()
		if n := w.outside(); n == 0 || n > 2 {
			t.Errorf("%d automatic mails between two instances, want at most 2", n)
		}
	})
}

// answer is a responder's mail about one of ours.
func answer(m notify.Mail, text string, header ...string) string {
	return mail(m.To.Address, "Re: "+m.Subject, "a-"+m.ID+"@there", text, append(header, "In-Reply-To: <"+m.MessageID+">")...)
}

// TestResponders is THREATS H51 and H54: one that says what it is gets nothing
// more; one that does not gets at most five mails an hour; all that they write
// is kept.
func TestResponders(t *testing.T) {
	const robot = "robot@customer.example"
	for name, tt := range map[string]struct {
		header []string
		words  func(n int) string
		most   int
	}{
		"marked (RFC 3834)":  {[]string{"Auto-Submitted: auto-replied"}, letters, 1},
		"Precedence":         {[]string{"Precedence: bulk"}, letters, 1},
		"null return path":   {[]string{"Return-Path: <>"}, letters, 1},
		"Exchange":           {[]string{"X-Auto-Response-Suppress: All"}, letters, 1},
		"without any marker": {nil, letters, 5},
		"the same words":     {nil, func(n int) string { return fmt.Sprintf("Away until day %d.", n) }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			h := w.house(alpha)
			n := 0
			w.people[robot] = func(m notify.Mail) []string {
				n++
				return []string{answer(m, "got it "+tt.words(n), tt.header...)}
			}
			w.boxes[alpha].Add("INBOX", mail(robot, "Hello", "first@customer", "A person wrote this."))
			w.run()
			if got := w.to(robot); got > tt.most || got == 0 {
				t.Errorf("%d automatic mails went to the responder, want 1 to %d", got, tt.most)
			}
			comments := h.comments(h.tickets()[0].ID)
			if len(h.tickets()) != 1 || len(comments) != n+1 {
				t.Errorf("%d tickets, %d comments of %d mails", len(h.tickets()), len(comments), n+1)
			}
			if k := h.tickets()[0]; k.Status != storage.New {
				t.Errorf("a machine made the ticket %s", k.Status)
			}
		})
	}
}

// TestResponderThatOpensTickets drops subject and references: every receipt
// makes a new ticket, until the caps end it.
func TestResponderThatOpensTickets(t *testing.T) {
	const robot = "robot@customer.example"
	w := newWorld(t)
	h := w.house(alpha)
	n := 0
	w.people[robot] = func(notify.Mail) []string {
		n++
		return []string{mail(robot, "Thank you", fmt.Sprintf("r%d@there", n), fmt.Sprintf("We received your message no. %d.", n))}
	}
	w.boxes[alpha].Add("INBOX", mail(robot, "Hello", "first@customer", "A person wrote this."))
	w.run()
	if got := w.to(robot); got > 4 {
		t.Errorf("%d mails went to the responder", got)
	}
	if len(h.tickets()) != n+1 {
		t.Errorf("%d tickets of %d mails, want all kept", len(h.tickets()), n+1)
	}
}

// TestBouncingExit is THREATS H52: a server that answers each mail with a
// report gets no answer to any, and each is a record.
func TestBouncingExit(t *testing.T) {
	w := newWorld(t)
	h := w.house(alpha)
	n := 0
	for _, a := range []string{"bea@erp.example", "carl@erp.example", "max@erp.example", "x@customer.example"} {
		w.people[a] = func(m notify.Mail) []string {
			n++
			return []string{bounce(m.To.Address, m.MessageID)}
		}
	}
	w.boxes[alpha].Add("INBOX", mail("x@customer.example", "Hello", "first@customer", "Hello?"))
	w.run()
	if got := len(w.sent); got != n || got > 4 {
		t.Errorf("%d mails were sent, %d came back: want each address tried once", got, n)
	}
	records := 0
	for _, line := range h.journal() {
		if strings.Contains(line, " record ") {
			records++
		}
	}
	if records != n || len(h.tickets()) != 1 {
		t.Errorf("%d records of %d reports, %d tickets", records, n, len(h.tickets()))
	}
}

// TestForgedSenders is THREATS H56: a thousand mails from a thousand senders in
// a minute are kept, and the automatic mails stay under the cap of all.
func TestForgedSenders(t *testing.T) {
	w := newWorld(t)
	h := w.house(alpha)
	for i := range 1000 {
		w.boxes[alpha].Add("INBOX", mail(fmt.Sprintf("v%d@forged.example", i), "Hello", fmt.Sprintf("v%d@forged", i), "Buy "+letters(i)))
	}
	h.poll()
	h.deliver()
	if n := w.outside(); n > 60 {
		t.Errorf("%d automatic mails within a minute, want at most 60", n)
	}
	if n := len(h.tickets()); n != 1000 {
		t.Errorf("%d tickets, want all 1000", n)
	}
}

// TestOwnMailComesBack is THREATS H57: somebody who is told forwards his mail
// into a mailbox of ours; the signature tells, and nothing comes of it.
func TestOwnMailComesBack(t *testing.T) {
	w := newWorld(t)
	h := w.house(alpha)
	for _, a := range []string{"bea@erp.example", "carl@erp.example"} {
		w.people[a] = func(m notify.Mail) []string {
			var raw bytes.Buffer
			if err := notify.Encode(w.t.Context(), &raw, m); err != nil {
				t.Error(err)
			}
			return []string{"Received: from forwarder\r\n" + raw.String()}
		}
	}
	w.boxes[alpha].Add("INBOX", mail("x@customer.example", "Hello", "first@customer", "Hello?"))
	w.run()
	if len(h.tickets()) != 1 || len(h.comments(h.tickets()[0].ID)) != 1 {
		t.Errorf("%d tickets, %d comments: our own mail was taken for somebody's", len(h.tickets()), len(h.comments(h.tickets()[0].ID)))
	}
	if n := len(w.sent); n != 3 { // two members and the receipt
		t.Errorf("%d mails", n)
	}
}

// TestFalseClaim is THREATS H58: a mail that merely looks like ours is kept.
func TestFalseClaim(t *testing.T) {
	w := newWorld(t)
	h := w.house(alpha)
	ref := h.Referencer().MessageID("1", "root", false)
	forged := strings.Replace(ref, ".p", ".q", 1)
	for _, id := range []string{forged, "x@alpha.example", strings.ToUpper(ref[:len(ref)-20]) + ref[len(ref)-20:]} {
		w.boxes[alpha].Add("INBOX", mail("x@customer.example", "Hello", id, "I am yours "+id, "Precedence: bulk", "X-Mailer: ticketmail"))
	}
	h.poll()
	if n := len(h.tickets()); n != 3 {
		t.Errorf("%d tickets of 3 mails that claim to be ours", n)
	}
}

var _ notify.Sender = (*world)(nil)
