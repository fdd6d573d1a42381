package sqlitestore_test

import (
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// drop reads a listing to its end.
func drop[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestPlans runs what the engine asks for, and looks at how SQLite finds it: by
// the index meant for it, with the whole of no table, and without sorting. What
// SQLite plans for empty tables it keeps for full ones: it has no statistics of
// ours unless the host makes some.
func TestPlans(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tickets.db")
	store := openFile(t, file)
	db := openDB(t, file)
	ctx := t.Context()
	update(t, store, func(w storage.Writer) error { ingest(t, w, 1); return nil })
	list := func(q storage.TicketQuery) func(storage.Writer) error {
		return func(w storage.Writer) error { return drop(w.Tickets().List(ctx, q)) }
	}
	entries := func(q mailbox.LedgerQuery) func(storage.Writer) error {
		return func(w storage.Writer) error { return drop(w.Ledger().List(ctx, q)) }
	}
	mails := func(q notify.MailQuery) func(storage.Writer) error {
		return func(w storage.Writer) error { return drop(w.Outbox().List(ctx, q)) }
	}
	for name, tt := range map[string]struct {
		do   func(storage.Writer) error
		want string
		sort bool // few rows, of two indexes, are sorted
	}{
		"all tickets":         {list(storage.TicketQuery{}), "SEARCH tm_tickets USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
		"newest tickets":      {list(storage.TicketQuery{Newest: true}), "SEARCH tm_tickets USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
		"tickets by status":   {list(storage.TicketQuery{Status: storage.New, Newest: true}), "tm_tickets_status (status=? AND rowid>? AND rowid<?)", false},
		"tickets by task":     {list(storage.TicketQuery{Task: "t"}), "tm_tickets_task (task=? AND rowid>? AND rowid<?)", false},
		"tickets by project":  {list(storage.TicketQuery{Project: "p"}), "tm_tickets_project (project=? AND rowid>? AND rowid<?)", false},
		"tickets by assignee": {list(storage.TicketQuery{Assignee: "a", Newest: true}), "tm_tickets_assignee (assignee=? AND rowid>? AND rowid<?)", false},
		"tickets by parent":   {list(storage.TicketQuery{Parent: "1"}), "tm_tickets_parent (parent=? AND rowid>? AND rowid<?)", false},
		"comments":            {func(w storage.Writer) error { return drop(w.Tickets().Comments(ctx, "1")) }, "tm_comments_ticket (ticket=? AND rowid>? AND rowid<?)", false},
		"history":             {func(w storage.Writer) error { return drop(w.Tickets().Changes(ctx, "1", 0)) }, "tm_changes_ticket (ticket=? AND rowid>? AND rowid<?)", false},

		"look up keys": {func(w storage.Writer) error {
			_, err := w.Ledger().Lookup(ctx, []mailbox.Key{{Mailbox: "m", UID: "1"}, {Mailbox: "m", UID: "2"}})
			return err
		}, "SEARCH tm_ledger USING INDEX sqlite_autoindex_tm_ledger_1 (mailbox=? AND folder=? AND validity=? AND uid=?)", false},
		"thread": {func(w storage.Writer) error {
			_, err := w.Ledger().ByMessageID(ctx, []string{"a@mail", "b@mail"})
			return err
		}, "SEARCH tm_ledger USING INDEX tm_ledger_message_id (message_id=?)", false},
		"newest of the ledger":       {entries(mailbox.LedgerQuery{Newest: true}), "SEARCH tm_ledger USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
		"ledger by outcome":          {entries(mailbox.LedgerQuery{Outcome: mailbox.Record, Newest: true}), "tm_ledger_outcome (outcome=? AND rowid>? AND rowid<?)", false},
		"ledger of a mailbox":        {entries(mailbox.LedgerQuery{Mailbox: "m", Newest: true}), "tm_ledger_mailbox (mailbox=? AND rowid>? AND rowid<?)", false},
		"ledger by text":             {entries(mailbox.LedgerQuery{Mailbox: "m", Text: "x", Newest: true}), "SEARCH tm_ledger_text USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\nSEARCH tm_ledger USING INTEGER PRIMARY KEY (rowid=?)", false},
		"mails by text":              {mails(notify.MailQuery{Text: "x"}), "SEARCH tm_outbox_text USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)\nSEARCH tm_outbox USING INTEGER PRIMARY KEY (rowid=?)", false},
		"newest mails":               {mails(notify.MailQuery{Newest: true}), "SEARCH tm_outbox USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", false},
		"mails by state":             {mails(notify.MailQuery{State: notify.Sent, Newest: true}), "tm_outbox_state (state=? AND rowid>? AND rowid<?)", false},
		"mails of a ticket, by text": {mails(notify.MailQuery{Ticket: "1", Text: "x"}), "tm_outbox_ticket (ticket=? AND rowid>? AND rowid<?)", false},
		"count mails received": {func(w storage.Writer) error {
			_, err := w.Ledger().(storage.EntryCounter).CountReceived(ctx, []time.Time{time.Unix(0, 0), time.Unix(1, 0)})
			return err
		}, "SEARCH tm_ledger USING INDEX tm_ledger_received (received_at>? AND received_at<?)", false},
		"count mails sent": {func(w storage.Writer) error {
			_, err := w.Outbox().(storage.MailCounter).CountSent(ctx, []time.Time{time.Unix(0, 0), time.Unix(1, 0)})
			return err
		}, "SEARCH tm_outbox USING INDEX tm_outbox_sent (sent_at>? AND sent_at<?)", false},
		"count mails by state": {func(w storage.Writer) error {
			_, err := w.Outbox().(storage.MailCounter).Count(ctx, notify.MailQuery{State: notify.Held, Limit: 200})
			return err
		}, "COVERING INDEX tm_outbox_state (state=? AND rowid>? AND rowid<?)", false},
		"count categories": {func(w storage.Writer) error {
			_, err := w.Tickets().(storage.TicketCounter).CountCategories(ctx, []string{"a", "b"})
			return err
		}, "SEARCH tm_ticket_categories USING PRIMARY KEY (category=?)", false},
		"claim": {func(w storage.Writer) error {
			_, err := w.Outbox().Claim(ctx, "node", time.Now(), time.Now(), 100)
			return err
		}, "tm_outbox_due (state=?)", true},
	} {
		t.Run(name, func(t *testing.T) {
			plans, err := store.Plans(ctx, db, tt.do)
			if err != nil {
				t.Fatal(err)
			}
			all := strings.Join(plans, "--\n")
			if !strings.Contains(all, tt.want) {
				t.Errorf("plans without %s:\n%s", tt.want, all)
			}
			if strings.Contains(all, "SCAN tm_") || strings.Contains(all, "TEMP B-TREE") && !tt.sort {
				t.Errorf("plans that read a whole table, or sort:\n%s", all)
			}
		})
	}
}
