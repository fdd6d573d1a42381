package crash_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/storetest/fault"
	"example.com/ticketmail/ticketmail"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage/memstore"
)

// TestCrashOrder gives mails that do not refer to each other to one, two or
// three engines with one store, in another order each time, in one poll or in
// several (THREATS R13): the tickets are the same.
func TestCrashOrder(t *testing.T) {
	what := row{Kind: "order", Scenario: "permutations, 1 to 3 engines", Store: string(memory), Server: "mailboxtest"}
	if tableHas(t, what) {
		t.Skip("TICKETMAIL_LONG: in the table already")
	}
	random := newRandom(t)
	mails := unrelated()
	want := takeIn(t, mails, 1, random)
	for n := range pick(50, 50, 1000) {
		random.Shuffle(len(mails), func(i, j int) { mails[i], mails[j] = mails[j], mails[i] })
		got := takeIn(t, mails, 1+n%3, random)
		what.Runs++
		what.Mails += len(mails)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("permutation %d on %d engines (-in order +now):\n%s", n, 1+n%3, diff)
		}
	}
	what.record(t)
}

// unrelated are mails of all sorts, each from somebody else.
func unrelated() []string {
	var mails []string
	for i := range 8 {
		mails = append(mails, eml(fmt.Sprintf("c%d@c%d.example", i, i), fmt.Sprint("Matter ", i), fmt.Sprintf("%d@c.example", i), fmt.Sprintf("Text %d.", i)))
	}
	return append(mails,
		withFiles("files@customer.example", 1000),
		eml("bert@corp.example", "From within", "bert@corp.example", "I need something."),
		eml("x@x.example", "Round", "loop@x.example", "Again.", strings.Repeat("Received: from a by b; Mon, 2 Nov 2026 10:00:00 +0100\n", 60)),
		crlf("Subject: broken\nno colon here\nContent-Type: multipart/mixed; boundary=\n\n--\n\x00\xff"),
		eml("auto@y.example", "Away", "auto@y.example", "I am away.", "Auto-Submitted: auto-replied\n"),
		bounceOf("unknown@z.example"),
	)
}

// takeIn has engines with one store take in mails, and describes the result
// without numbers that depend on the order.
func takeIn(t *testing.T, mails []string, engines int, random *rand.Rand) []string {
	t.Helper()
	server, store := mailboxtest.NewServer(), memstore.New(nil)
	directory, err := memdirectory.New(people())
	if err != nil {
		t.Fatal(err)
	}
	var all []*ticketmail.Engine
	for range engines {
		e, err := ticketmail.New(t.Context(), ticketmail.Config{
			Store: new(fault.Injector).Store(store), Directory: directory, Keys: keys(), Domain: "corp.example",
			From:       message.Address{Address: "tickets@corp.example"},
			Connectors: map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: server},
			Routes: mailbox.Routes{
				Mailboxes:   []mailbox.Mailbox{{ID: boxID, Address: "support@corp.example", Host: "mail.example", User: "support"}},
				Assignments: []mailbox.Assignment{{Mailbox: boxID, Task: "inbox"}},
			},
			Drain: mailbox.DrainOptions{Window: 1 + random.IntN(8), BatchMails: 1 + random.IntN(4)}, AllowVolatileStore: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if err := all[0].Consent(t.Context(), ticketmail.Actor{}, boxID, ticketmail.Terms{}); err != nil {
		t.Fatal(err)
	}
	for len(mails) > 0 {
		n := 1 + random.IntN(len(mails))
		for _, raw := range mails[:n] {
			server.Add("INBOX", raw)
		}
		mails = mails[n:]
		var wg sync.WaitGroup
		for _, e := range all { // one of them has the lease
			wg.Go(func() { _, _ = e.Poll(t.Context(), boxID) })
		}
		wg.Wait()
	}
	for _, e := range all {
		if _, err := e.Poll(t.Context(), boxID); err != nil {
			t.Fatal(err)
		}
	}
	return describe(t, store)
}

// describe returns a line for each mail and one for each ticket, sorted.
func describe(t *testing.T, store storage.Store) []string {
	t.Helper()
	var lines []string
	err := store.View(t.Context(), func(r storage.Reader) error {
		lines = nil
		for e, err := range r.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			lines = append(lines, fmt.Sprintf("%s %x", e.Outcome, e.Raw.SHA256))
		}
		for k, err := range r.Tickets().List(t.Context(), storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			line := fmt.Sprintf("ticket %q from %s, %s, %s, creator %q, contact %q", k.Subject, k.Sender.Address, k.Status, k.Task, k.Creator, k.CustomerContact)
			for c, err := range r.Tickets().Comments(t.Context(), k.ID) {
				if err != nil {
					return err
				}
				line += fmt.Sprintf("; %q %x", c.Text, c.Raw.SHA256[:4])
				for _, a := range c.Attachments {
					line += fmt.Sprintf(" %s %x", a.Name, a.Blob.SHA256[:4])
				}
			}
			lines = append(lines, line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}
