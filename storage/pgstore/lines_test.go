package pgstore_test

import (
	"fmt"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// TestPlansOfTexts: a text that no row holds is looked for in the index of the key
// alone, where other conditions leave most rows, and else in few rows.
func TestPlansOfTexts(t *testing.T) {
	pool, asked := tracedPool(t)
	schema := newSchema(t, pool)
	store := openSchema(t, pool, schema)
	const n = 20_000
	for stmt := range strings.SplitSeq(fmt.Sprintf(fill, schema, n), ";\n") {
		execute(t, pool, stmt)
	}
	execute(t, pool, fmt.Sprintf("VACUUM ANALYZE %[1]s.tm_ledger, %[1]s.tm_outbox", schema))
	for name, tt := range map[string]struct {
		list  func(storage.Reader) (int, error)
		index string
		pages int // at most
	}{
		"entries":              {entries(t, mailbox.LedgerQuery{Newest: true, Text: "nobody"}), "Index Only Scan Backward using tm_ledger_pkey", n / 50},
		"entries of a mailbox": {entries(t, mailbox.LedgerQuery{Mailbox: "sales", Text: "nobody"}), "tm_ledger_", 30},
		"mails":                {mails(t, notify.MailQuery{Newest: true, Text: "nobody"}), "Index Only Scan Backward using tm_outbox_pkey", n / 50},
		"sent mails":           {mails(t, notify.MailQuery{State: notify.Sent, Text: "nobody"}), "Index Only Scan using tm_outbox_pkey", n / 50},
		"waiting mails":        {mails(t, notify.MailQuery{State: notify.Waiting, Text: "nobody"}), "tm_outbox_", 100},
		"mails of a ticket":    {mails(t, notify.MailQuery{Ticket: "77", Text: "nobody"}), "tm_outbox_ticket", 30},
	} {
		t.Run(name, func(t *testing.T) {
			asked.begin()
			err := store.View(t.Context(), func(r storage.Reader) error {
				found, err := tt.list(r)
				if found != 0 {
					t.Errorf("%d rows are found, want none", found)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			pages, plans := asked.pages(t, pool)
			if !strings.Contains(plans, tt.index) {
				t.Errorf("no plan with %s:\n%s", tt.index, plans)
			}
			if pages < 1 || pages > tt.pages {
				t.Errorf("%d pages are looked at, want 1 to %d:\n%s", pages, tt.pages, plans)
			}
		})
	}
}

// TestTextOfLongRows: what is too long for an index is put, and found by any part
// of it, whatever else is asked; and not by what only stands over two columns.
func TestTextOfLongRows(t *testing.T) {
	store := openNew(t)
	var long strings.Builder // so that it cannot be made shorter
	for i := range 2000 {
		fmt.Fprintf(&long, "%x", i*i*7919)
	}
	long.WriteString("Needle")
	key := mailbox.Key{Mailbox: "support", Folder: "INBOX", Validity: 1, UID: "1"}
	update(t, store, func(w storage.Writer) error {
		err := w.Ledger().Put(t.Context(),
			&mailbox.Entry{Key: key, Outcome: mailbox.Ticket, MessageID: long.String()},
			&mailbox.Entry{Key: mailbox.Key{Mailbox: "support", Folder: "INBOX", Validity: 1, UID: "2"}, Outcome: mailbox.Ticket, MessageID: "short"})
		if err != nil {
			return err
		}
		return w.Outbox().Put(t.Context(),
			&notify.Mail{ID: "long", Subject: long.String(), State: notify.Sent},
			&notify.Mail{ID: "failed", Subject: long.String(), State: notify.Failed},
			&notify.Mail{ID: "short", Subject: "short", Ticket: "7", State: notify.Sent})
	})
	for text, want := range map[string]int{"nEEDLE": 1, long.String()[:4000]: 1, "short": 1, "needles": 0, "short\n": 0, "short\n\n7": 0, "": 2} {
		for name, list := range map[string]func(storage.Reader) (int, error){
			"entries":              entries(t, mailbox.LedgerQuery{Text: text}),
			"newest entries":       entries(t, mailbox.LedgerQuery{Newest: true, Text: text}),
			"entries of a mailbox": entries(t, mailbox.LedgerQuery{Mailbox: "support", Outcome: mailbox.Ticket, Text: text}),
			"sent mails":           mails(t, notify.MailQuery{State: notify.Sent, Text: text}),
			"newest sent mails":    mails(t, notify.MailQuery{State: notify.Sent, Newest: true, Text: text}),
			"counted entries": func(r storage.Reader) (int, error) {
				return r.Ledger().(storage.EntryCounter).Count(t.Context(), mailbox.LedgerQuery{Text: text})
			},
			"counted mails": func(r storage.Reader) (int, error) {
				return r.Outbox().(storage.MailCounter).Count(t.Context(), notify.MailQuery{State: notify.Sent, Text: text})
			},
		} {
			err := store.View(t.Context(), func(r storage.Reader) error {
				got, err := list(r)
				if got != want {
					t.Errorf("%s by %.20q: %d, want %d", name, text, got, want)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	err := store.View(t.Context(), func(r storage.Reader) error {
		got, err := mails(t, notify.MailQuery{State: notify.Failed, Text: "needle"})(r)
		if got != 1 {
			t.Errorf("failed mails: %d, want 1", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
