package pgstore_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
)

// TestManyRows does the same to a memory store and to one on PostgreSQL, so much
// in one Update that most of it is on its way while more is put, and finds the
// same in both, during the Update and after it.
func TestManyRows(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			stores := []storage.Store{memstore.New(nil), openNew(t)}
			var seen, left [2][]string
			for i, store := range stores {
				update(t, store, func(w storage.Writer) error {
					said, err := putMuch(t.Context(), w, rand.New(rand.NewPCG(seed, 1)), 1500)
					seen[i] = said
					return err
				})
				err := store.View(t.Context(), func(r storage.Reader) (err error) {
					left[i], err = everything(t.Context(), r.Tickets(), r.Outbox(), r.Ledger(), r.Settings())
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(seen[0], seen[1]); diff != "" {
				t.Errorf("in the Update (-memory +postgres):\n%s", diff)
			}
			if diff := cmp.Diff(left[0], left[1]); diff != "" {
				t.Errorf("after the Update (-memory +postgres):\n%s", diff)
			}
		})
	}
}

// putMuch puts and changes records and returns what it read between. Puts are
// frequent, so that many wait for each look.
func putMuch(ctx context.Context, w storage.Writer, by *rand.Rand, steps int) (said []string, err error) {
	var tickets []storage.Ticket
	var comments []storage.Comment
	var mails []*notify.Mail
	for n := range steps {
		var err error
		some := func() *storage.Ticket { return &tickets[by.IntN(len(tickets))] }
		switch step := by.IntN(400); {
		case len(tickets) == 0 || step < 90:
			ticket := storage.Ticket{Subject: fmt.Sprint("ticket ", n), Status: storage.New, Categories: []string{"a", "b"}[:by.IntN(20)/9]}
			err = w.Tickets().Put(ctx, &ticket)
			tickets = append(tickets, ticket)
		case step < 200:
			comment := storage.Comment{Ticket: some().ID, Text: strings.Repeat(fmt.Sprint("comment ", n, " "), by.IntN(900)), References: []string{"x"}}
			err = w.Tickets().PutComment(ctx, &comment)
			comments = append(comments, comment)
		case step < 290:
			mail := &notify.Mail{ID: fmt.Sprint("mail", n), Ticket: some().ID, State: notify.Waiting, Subject: fmt.Sprint("mail ", n)}
			err = w.Outbox().Put(ctx, mail)
			mails = append(mails, mail)
		case step < 382:
			err = w.Ledger().Put(ctx, &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", Folder: "INBOX", Validity: 1, UID: fmt.Sprint(n)}, Outcome: mailbox.Record, MessageID: fmt.Sprint(n, "@x")})
		case step < 390:
			err = w.Settings().Put(ctx, "kind", fmt.Sprint(n), []byte("value"))
		case step < 392:
			ticket := some()
			ticket.Subject += ", changed"
			err = w.Tickets().Put(ctx, ticket)
		case step < 394 && len(comments) > 0:
			comment := &comments[by.IntN(len(comments))]
			comment.Text, comment.Ticket = "changed", some().ID
			err = w.Tickets().PutComment(ctx, comment)
		case step < 396 && len(mails) > 0:
			mail := mails[by.IntN(len(mails))]
			mail.State = notify.Sent
			err = w.Outbox().Put(ctx, mail, &notify.Mail{ID: fmt.Sprint("beside", n), Ticket: "1", State: notify.Held})
		case step < 398:
			var ticket storage.Ticket
			ticket, err = w.Tickets().Get(ctx, some().ID)
			said = append(said, fmt.Sprintf("%d: %+v", n, ticket))
		default:
			var all []string
			all, err = everything(ctx, w.Tickets(), w.Outbox(), w.Ledger(), w.Settings())
			said = append(said, fmt.Sprint(n), strings.Join(all, "\n"))
		}
		if err != nil {
			return nil, fmt.Errorf("step %d: %w", n, err)
		}
	}
	return said, nil
}

// everything returns a line for each record.
func everything(ctx context.Context, tickets storage.TicketReader, outbox notify.OutboxReader, ledger mailbox.LedgerReader, settings storage.SettingsReader) (lines []string, err error) {
	for ticket, err := range tickets.List(ctx, storage.TicketQuery{}) {
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%+v", ticket))
		for comment, err := range tickets.Comments(ctx, ticket.ID) {
			if err != nil {
				return nil, err
			}
			lines = append(lines, fmt.Sprintf("%+v", comment))
		}
	}
	for mail, err := range outbox.List(ctx, notify.MailQuery{}) {
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%+v", mail))
	}
	for entry, err := range ledger.List(ctx, mailbox.LedgerQuery{}) {
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%+v", entry))
	}
	for setting, err := range settings.List(ctx, "kind") {
		if err != nil {
			return nil, err
		}
		lines = append(lines, fmt.Sprintf("%+v", setting))
	}
	return lines, nil
}
