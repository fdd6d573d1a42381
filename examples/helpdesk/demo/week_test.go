package demo_test

import (
	"testing"

	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/examples/helpdesk/demo"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

func TestWeek(t *testing.T) {
	post, err := demo.OpenPostOffice(demo.SupportAddress, demo.ShopAddress)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = post.Close() })
	people, err := memdirectory.New(demo.Company())
	if err != nil {
		t.Fatal(err)
	}
	sender, err := smtpsender.New(smtpsender.Options{Addr: post.SMTPAddr, Security: mailbox.None})
	if err != nil {
		t.Fatal(err)
	}
	ring, err := seal.NewRing(seal.NewKey("test"))
	if err != nil {
		t.Fatal(err)
	}
	store, clock := memstore.New(nil), &demo.Clock{}
	engine, err := ticketmail.New(t.Context(), ticketmail.Config{
		Store: store, Directory: people, Sender: sender, Sealer: ring, Now: clock.Now, AllowVolatileStore: true,
		From: message.Address{Name: "Muster Support", Address: demo.SupportAddress},
	})
	if err != nil {
		t.Fatal(err)
	}
	week := &demo.Week{Engine: engine, Store: store, Post: post, Clock: clock}
	if err := week.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := map[mailbox.Outcome]int{}
	statuses := map[storage.Status]int{}
	if err := store.View(t.Context(), func(r storage.Reader) error {
		for e, err := range r.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			got[e.Outcome]++
		}
		for k, err := range r.Tickets().List(t.Context(), storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			statuses[k.Status]++
			t.Logf("%s %q %s %s", k.ID, k.Subject, k.Status, k.Assignee)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Log(got, statuses, len(post.Sent()))
}
