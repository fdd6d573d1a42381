package pgstore_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/pgstore"
)

// fill writes n of everything, much faster than the store would: %[1]s is the
// schema, %[2]d is n. One ticket in 1,000 is new, one in 10,000 is "rare", half
// of them are "half", the last 700 are "late"; 2 mails in 1,000 wait, half of
// them for tomorrow; one Message-ID is on a tenth of all mails.
const fill = `
INSERT INTO %[1]s.tm_tickets
	SELECT i, i::text, CASE WHEN i %% 500 = 0 THEN '7' ELSE '' END, '', '', 'Printer on the second floor',
		CASE WHEN i %% 1000 = 0 THEN 'new' ELSE 'done' END, 'task' || i %% 100, 'project' || i %% 50, '', 'person' || i %% 300, '', '', '', '',
		array_remove(ARRAY[CASE WHEN i %% 2 = 0 THEN 'half' END, CASE WHEN i %% 10000 = 11 THEN 'rare' END,
			CASE WHEN i > %[2]d - 700 THEN 'late' END], NULL), 'support', now(), now(), 1 FROM generate_series(1, %[2]d) i;
INSERT INTO %[1]s.tm_ticket_categories SELECT c, seq FROM %[1]s.tm_tickets, unnest(categories) c;
INSERT INTO %[1]s.tm_comments
	SELECT i, i::text, i, 'mail', false, '', '', '', false, '', 'It prints everything twice.', '', NULL, NULL, 0, NULL, now(), NULL, 1
	FROM generate_series(1, %[2]d) i;
INSERT INTO %[1]s.tm_changes SELECT i, i::text, now(), '', '', 'created', '', 'new' FROM generate_series(1, %[2]d) i;
INSERT INTO %[1]s.tm_ledger
	SELECT i, 'support', 'INBOX', 1, i::text, CASE WHEN i %% 1000 = 0 THEN 'quarantine' ELSE 'ticket' END, i::text, NULL,
		CASE WHEN i %% 10 = 0 THEN 'same' ELSE i || '@mail' END, sha256(convert_to(CASE WHEN i %% 10 = 0 THEN 'same' ELSE i || '@mail' END, 'UTF8')),
		NULL, 0, NULL, 8000, 0, now(), NULL, 1 FROM generate_series(1, %[2]d) i;
INSERT INTO %[1]s.tm_outbox
	SELECT i, 'mail-' || i, i::text, 's', 'It prints everything twice.', '', '{}', CASE WHEN i %% 500 = 0 THEN 'waiting' ELSE 'sent' END, 0,
		timestamptz '2026-03-04 12:00Z' + CASE WHEN i %% 1000 = 0 THEN interval '1 day' ELSE i * interval '1 millisecond' END, '', '-infinity', NULL, '', 1
	FROM generate_series(1, %[2]d) i;
ANALYZE %[1]s.tm_tickets, %[1]s.tm_ticket_categories, %[1]s.tm_comments, %[1]s.tm_changes, %[1]s.tm_ledger, %[1]s.tm_outbox;`

// filled opens a store with 20,000 rows in each table, or 1,000,000 with
// TICKETMAIL_LONG.
func filled(t *testing.T) (store *pgstore.Store, pool *pgxpool.Pool, n int) {
	t.Helper()
	store, pool, schema := openBlobs(t)
	n = 20_000
	if os.Getenv("TICKETMAIL_LONG") != "" {
		n = 1_000_000
	}
	for stmt := range strings.SplitSeq(fmt.Sprintf(fill, schema, n), ";\n") {
		execute(t, pool, stmt)
	}
	return store, pool, n
}

// most is how many pages of 8 KiB a statement may look at, with any number of
// rows: a page of rows, each found in an index of a few levels.
const most = 1500

// TestPlans runs what the store asks for, and looks at how that is found: by
// the index meant for it, with the whole of no table, and with few pages of it.
func TestPlans(t *testing.T) {
	store, _, n := filled(t)
	due := noon.Add(12 * time.Hour)
	var keys []mailbox.Key
	for i := range 100 {
		keys = append(keys, ledgerKey(i*n/100))
	}
	ticket := func(q storage.TicketQuery) func(pgstore.Queries) (pgstore.Query, error) {
		return func(p pgstore.Queries) (pgstore.Query, error) { return p.Tickets(q) }
	}
	plain := func(of func(pgstore.Queries) pgstore.Query) func(pgstore.Queries) (pgstore.Query, error) {
		return func(p pgstore.Queries) (pgstore.Query, error) { return of(p), nil }
	}
	for name, tt := range map[string]struct {
		query func(pgstore.Queries) (pgstore.Query, error)
		index string
	}{
		"all tickets":         {ticket(storage.TicketQuery{}), "tm_tickets_pkey"},
		"tickets by status":   {ticket(storage.TicketQuery{Status: storage.New}), "tm_tickets_status"},
		"tickets by task":     {ticket(storage.TicketQuery{Task: "task7"}), "tm_tickets_task"},
		"tickets by project":  {ticket(storage.TicketQuery{Project: "project7"}), "tm_tickets_project"},
		"tickets by assignee": {ticket(storage.TicketQuery{Assignee: "person7"}), "tm_tickets_assignee"},
		"tickets by parent":   {ticket(storage.TicketQuery{Parent: "7"}), "tm_tickets_parent"},
		"no such assignee":    {ticket(storage.TicketQuery{Assignee: "nobody"}), "tm_tickets_assignee"},
		"of a category":       {ticket(storage.TicketQuery{AnyCategory: []string{"rare"}}), "tm_tickets_pkey"},
		"of two categories":   {ticket(storage.TicketQuery{AllCategories: []string{"half", "late"}}), "tm_tickets_pkey"},
		"history":             {func(p pgstore.Queries) (pgstore.Query, error) { return p.Changes("77") }, "tm_changes_ticket"},
		"comments":            {func(p pgstore.Queries) (pgstore.Query, error) { return p.Comments(77) }, "tm_comments_ticket"},
		"in categories": {plain(func(p pgstore.Queries) pgstore.Query {
			return p.InCategories("half", "rare", "late", "unknown")
		}), "tm_ticket_categories_pkey"},
		"rarest category": {plain(func(p pgstore.Queries) pgstore.Query { return p.Rarest("half", "late", "rare") }), "tm_ticket_categories_pkey"},
		"look up keys":    {plain(func(p pgstore.Queries) pgstore.Query { return p.Lookup(keys) }), "tm_ledger_mailbox_folder_validity_uid_key"},
		"thread": {plain(func(p pgstore.Queries) pgstore.Query {
			return p.ByMessageID("1@mail", "12347@mail", "unknown@mail", "same")
		}), "tm_ledger_message"},
		"quarantine": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Entries(mailbox.LedgerQuery{Outcome: mailbox.Quarantine})
		}, "tm_ledger_outcome"},
		"newest of a rare outcome": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Entries(mailbox.LedgerQuery{Outcome: mailbox.Record, Newest: true})
		}, "Backward using tm_ledger_outcome"},
		"newest of the ledger": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Entries(mailbox.LedgerQuery{Newest: true})
		}, "Backward using tm_ledger_pkey"},
		"newest mails": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Mails(notify.MailQuery{Newest: true})
		}, "Backward using tm_outbox_pkey"},
		"newest sent mails": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Mails(notify.MailQuery{State: notify.Sent, Newest: true})
		}, "Backward using tm_outbox_"},
		"newest tickets":           {ticket(storage.TicketQuery{Newest: true}), "Backward using tm_tickets_pkey"},
		"newest tickets by status": {ticket(storage.TicketQuery{Status: storage.New, Newest: true}), "Backward using tm_tickets_status"},
		"newest of two categories": {ticket(storage.TicketQuery{AllCategories: []string{"half", "late"}, Newest: true}), "tm_tickets_pkey"},
		"ledger of a mailbox": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Entries(mailbox.LedgerQuery{Mailbox: "support"})
		}, "tm_ledger_"},
		"waiting mails": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Mails(notify.MailQuery{State: notify.Waiting})
		}, "tm_outbox_state"},
		"failed mails": {func(p pgstore.Queries) (pgstore.Query, error) { return p.Mails(notify.MailQuery{State: notify.Failed}) }, "tm_outbox_state"},
		"mails of a ticket": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.Mails(notify.MailQuery{Ticket: "77"})
		}, "tm_outbox_ticket"},
		"claim":                {plain(func(p pgstore.Queries) pgstore.Query { return p.Claim(due, 20) }), "tm_outbox_waiting"},
		"count mails received": {plain(func(p pgstore.Queries) pgstore.Query { return p.CountReceived(noon, due) }), "tm_ledger_received"},
		"count mails sent":     {plain(func(p pgstore.Queries) pgstore.Query { return p.CountSent(noon, due) }), "tm_outbox_sent"},
		"count failed mails": {func(p pgstore.Queries) (pgstore.Query, error) {
			return p.CountMails(notify.MailQuery{State: notify.Failed, Limit: 200})
		}, "tm_outbox_state"},
		"count categories": {plain(func(p pgstore.Queries) pgstore.Query { return p.CountCategories("half", "rare") }), "tm_ticket_categories_pkey"},
	} {
		t.Run(name, func(t *testing.T) {
			var plan strings.Builder
			err := store.Explain(t.Context(), "ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF", tt.query, func(line string) {
				plan.WriteString(line + "\n")
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(plan.String(), tt.index) || strings.Contains(plan.String(), "Seq Scan on tm_") {
				t.Errorf("plan without %s, or with the whole of a table:\n%s", tt.index, plan.String())
			}
			pages := pagesOf(plan.String())
			t.Logf("%d pages of %d rows in each table", pages, n)
			if pages < 1 || pages > most {
				t.Errorf("%d pages are looked at, want 1 to %d:\n%s", pages, most, plan.String())
			}
		})
	}
}

// pagesOf returns how many pages a plan looked at in all.
func pagesOf(plan string) int {
	pages := 0
	line := regexp.MustCompile(`Buffers: shared.*`).FindString(plan) // the first is that of the whole
	for _, m := range regexp.MustCompile(`(?:hit|read)=(\d+)`).FindAllStringSubmatch(line, -1) {
		n, _ := strconv.Atoi(m[1]) // digits
		pages += n
	}
	return pages
}

// TestPlansFromTheStart: statements planned while the tables were empty, and
// kept by their connection, serve when these are full and nobody has looked at
// their statistics yet.
func TestPlansFromTheStart(t *testing.T) {
	shared := sharedPool(t)
	schema := newSchema(t, shared)
	store := openSchema(t, openPool(t, server.DSN(t)+" pool_max_conns=2"), schema)
	ctx := t.Context()
	use := func(uid int) (scans string) {
		update(t, store, func(w storage.Writer) error {
			before, err := pgstore.SeqScans(ctx, w, schema)
			if err == nil {
				_, err = w.Ledger().Lookup(ctx, []mailbox.Key{ledgerKey(uid), ledgerKey(uid + 1)})
			}
			if err == nil {
				_, err = w.Ledger().ByMessageID(ctx, []string{"1@mail", "unknown@mail"})
			}
			for _, q := range []storage.TicketQuery{{Status: storage.New, Limit: 10}, {Task: "task1", Limit: 10}, {AnyCategory: []string{"half"}, Limit: 10}} {
				for _, listErr := range w.Tickets().List(ctx, q) {
					err = errors.Join(err, listErr)
				}
			}
			for _, listErr := range w.Tickets().Comments(ctx, "7") {
				err = errors.Join(err, listErr)
			}
			for _, listErr := range w.Outbox().List(ctx, notify.MailQuery{State: notify.Waiting, Limit: 10}) {
				err = errors.Join(err, listErr)
			}
			if err == nil {
				_, err = w.Outbox().Claim(ctx, "node", noon, noon, 10)
			}
			after, lastErr := pgstore.SeqScans(ctx, w, schema)
			for table, n := range after {
				if n > before[table] { // what earlier transactions did may not be reported yet
					scans += table + " "
				}
			}
			return errors.Join(err, lastErr)
		})
		return scans
	}
	for n := range 10 { // PostgreSQL plans a statement anew five times at most
		use(n)
	}
	for stmt := range strings.SplitSeq(fmt.Sprintf(fill, schema, 20_000), ";\n") {
		if !strings.HasPrefix(stmt, "ANALYZE") {
			execute(t, shared, stmt)
		}
	}
	if scans := use(700); scans != "" {
		t.Errorf("whole tables are read: %s", scans)
	}
}
