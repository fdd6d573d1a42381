// Customstore is an ERP that keeps tickets in tables it has had for years. This
// file is its adapter, the whole of it: copy it, and replace the SQL by yours.
//
//	go run ./examples/customstore
//
// # What you write
//
// A [storage.Store] is three methods and hands out five parts of 22 more; three
// make it a [storage.Blobs]. Go in this order, and run the suite after each step
// (see below):
//
//  1. View, Update, Durable: transactions.
//  2. Settings (Get, List, Put, Delete): the smallest part, and most checks of
//     transactions need nothing else.
//  3. Tickets (Get, List, Comments, Changes, Put, PutComment, AddChange): your
//     tables. Map what they have, keep the rest in a document beside it.
//  4. Ledger (Lookup, ByMessageID, List, Put, Emptied), Outbox (List, Put,
//     Claim) and Leases (Acquire, Renew, Release): new tables, ours to say.
//  5. Blobs (Create, Sync, Open), or give the engine those of another store.
//
// # What bites
//
//   - Updates are serializable, not only atomic. Two that each read what the
//     other writes must not both commit. Here the write lock is taken before
//     the first read (BEGIN IMMEDIATE); in PostgreSQL it is SERIALIZABLE, and
//     fn is run again after SQLSTATE 40001. So fn may run more than once.
//   - A Version moves with every change of a row, also with yours: an UPDATE of
//     the ERP that leaves it alone is overwritten by the next Put. Here a
//     trigger moves it.
//   - Version 0 means new: a taken key is ErrExists and never an update. The
//     key of the ledger (mailbox, folder, validity, uid) is a UNIQUE constraint
//     and compared byte by byte: no collation that ignores case or blanks.
//   - A number that was given out is not given out again, not even if its
//     transaction was rolled back: somebody may have seen it. A sequence of your
//     database does this; a counter in a table does not, see nextNumber.
//   - A Writer reads what it wrote, also in ByMessageID and List. Whatever you
//     hold back to write at once must be written before the next read.
//   - Iterators live inside fn, and fn writes while it ranges over them: read a
//     page, close the rows, then yield. Report a cancelled context as an
//     error; a list that merely ends looks complete.
//   - An error means not written. Let a context cancel between statements and
//     never the COMMIT: its outcome must be known. After an error of the
//     database use the transaction for nothing but a rollback.
//   - Durable means on disk. Read back what your connections are set to.
//   - Text is hostile: NUL, invalid UTF-8, quotes. PostgreSQL's text takes
//     neither of the first two; replace them by U+FFFD, and say so.
//
// # How to prove it
//
// See store_test.go: three calls, of storetest.Run, RunDurable and RunBlobs.
// A failed check says which rule is broken and what would be lost. While you are
// on your way, name the checks of parts to come in storetest.Options.Skip, each
// with the reason; both are logged. Lease checks may wait if one process polls,
// and the paging ones if you list little. Never leave out a race, rollback or
// version check of Ledger and Outbox: each is a mail lost or sent twice. This
// adapter skips nothing.
//
// The suite cannot know what your own code does to your tables. The other tests
// there are of that: rows changed and added by the ERP, two processes at once,
// the ERP's transaction rolled back.
//
// # What this one is like
//
// It is simple before it is fast. Every record is one statement, and every blob
// one file with its own fsync: measured at 1,400 mails/s, where appending to a
// common file with one fsync per 100 mails made 3,430, and rows in SQLite
// 1,790. At 5 ms per fsync it is 200 mails/s. If that matters, take
// sqlitestore's Blobs.
//
// Lists of tickets use the indexes that the ERP has, and read the whole table
// without. Columns keep text byte for byte; in what stands in a document only,
// invalid UTF-8 comes back as U+FFFD. The documents carry the contract's field
// names, so a field renamed by an upgrade needs a migration of yours; a new
// field needs none. Leases go by the machine's clock. It needs a file system in
// which an open file can be replaced, so not Windows.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// ---- Schema ----------------------------------------------------------------

// schema is the migration that lets the ERP's tables hold tickets. What they
// have no column for stands in tm_doc, the JSON of the whole record: where both
// know a field the column wins, since the ERP changes columns. Of
// our own tables below, the columns are only what is searched by.
const schema = `
ALTER TABLE erp_case ADD COLUMN tm_doc TEXT NOT NULL DEFAULT '{}';
ALTER TABLE erp_case ADD COLUMN tm_version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE erp_case_note ADD COLUMN tm_id TEXT;
ALTER TABLE erp_case_note ADD COLUMN tm_doc TEXT NOT NULL DEFAULT '{"Kind":"person"}';
ALTER TABLE erp_case_note ADD COLUMN tm_version INTEGER NOT NULL DEFAULT 1;
UPDATE erp_case_note SET tm_id = 'erp-' || id;
CREATE UNIQUE INDEX tm_note_id ON erp_case_note (tm_id);

-- What the ERP changes by itself is a new version too, and its new notes get an id.
CREATE TRIGGER tm_case_changed AFTER UPDATE ON erp_case WHEN NEW.tm_version = OLD.tm_version
	BEGIN UPDATE erp_case SET tm_version = tm_version + 1 WHERE id = NEW.id; END;
CREATE TRIGGER tm_note_changed AFTER UPDATE ON erp_case_note WHEN NEW.tm_version = OLD.tm_version AND OLD.tm_id IS NOT NULL
	BEGIN UPDATE erp_case_note SET tm_version = tm_version + 1 WHERE id = NEW.id; END;
CREATE TRIGGER tm_note_added AFTER INSERT ON erp_case_note WHEN NEW.tm_id IS NULL
	BEGIN UPDATE erp_case_note SET tm_id = lower(hex(randomblob(16))) WHERE id = NEW.id; END;

CREATE TABLE tm_change (id INTEGER PRIMARY KEY AUTOINCREMENT, ticket TEXT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX tm_change_ticket ON tm_change (ticket);
CREATE TABLE tm_ledger (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	mailbox TEXT NOT NULL, folder TEXT NOT NULL, validity INTEGER NOT NULL, uid TEXT NOT NULL,
	outcome TEXT NOT NULL, message_id TEXT NOT NULL, doc TEXT NOT NULL, version INTEGER NOT NULL,
	UNIQUE (mailbox, folder, validity, uid)
);
CREATE INDEX tm_ledger_message_id ON tm_ledger (message_id) WHERE message_id <> '';
CREATE TABLE tm_outbox (
	id INTEGER PRIMARY KEY AUTOINCREMENT, mail TEXT NOT NULL UNIQUE, ticket TEXT NOT NULL, state TEXT NOT NULL,
	due TEXT NOT NULL, claimed_until TEXT NOT NULL, doc TEXT NOT NULL, version INTEGER NOT NULL
);
CREATE INDEX tm_outbox_due ON tm_outbox (state, due);
CREATE TABLE tm_setting (kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (kind, key));
CREATE TABLE tm_lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, expires INTEGER NOT NULL);
CREATE TABLE tm_blob (sha256 BLOB PRIMARY KEY);
`

// dsnOptions go behind the file name when the ERP opens its database. They
// hold for every connection of the pool: the write lock at BEGIN (but not in a
// read-only transaction), a commit that is on disk, readers beside the writer.
const dsnOptions = "?_txlock=immediate&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_pragma=foreign_keys(on)"

// ---- Store and transactions ------------------------------------------------

// A Store is a [storage.Store] and [storage.Blobs] over the ERP's tables. It is
// safe for concurrent use. There is nothing to close: the database is the
// ERP's.
type Store struct {
	db   *sql.DB
	dir  string           // of blobs
	now  func() time.Time // the clock of leases
	turn chan struct{}    // full while an Update runs: waiting for it can be cancelled, waiting for SQLite cannot

	mu       sync.Mutex
	given    int64 // highest case number given out by this process
	unsynced bool  // a blob got its name since the last flush of dir
}

var (
	_ storage.Store = (*Store)(nil)
	_ storage.Blobs = (*Store)(nil)
)

// New makes a Store of the ERP's database, which must be opened with dsnOptions
// and gets our columns and tables if it lacks them. Blobs are kept in dir, which
// is made if missing. now is the clock of leases.
func New(ctx context.Context, db *sql.DB, dir string, now func() time.Time) (*Store, error) {
	s := &Store{db: db, dir: dir, now: now, turn: make(chan struct{}, 1)}
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("open custom store: %w", err)
	}
	return s, nil
}

func (s *Store) prepare(ctx context.Context) error {
	var journal string
	var level int
	err := s.db.QueryRowContext(ctx, `SELECT (SELECT journal_mode FROM pragma_journal_mode), (SELECT synchronous FROM pragma_synchronous)`).Scan(&journal, &level)
	if err != nil {
		return err
	}
	if journal != "wal" || level < 2 {
		return fmt.Errorf("journal_mode is %s and synchronous %d, need wal and 2 (FULL): open the database with dsnOptions", journal, level)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(s.dir)); err != nil {
		return err
	}
	return s.write(ctx, func(t *tx) error {
		var done bool
		err := t.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&done) }, `SELECT count(*) FROM pragma_table_info('erp_case') WHERE name = 'tm_doc'`)
		if err == nil && !done {
			_, err = t.exec(ctx, schema)
		}
		return err
	})
}

// Durable implements [storage.Store]; New has looked.
func (s *Store) Durable() bool { return true }

// Update implements [storage.Store]. fn is called once.
func (s *Store) Update(ctx context.Context, fn func(storage.Writer) error) error {
	return s.write(ctx, func(t *tx) error { return fn(writer{t}) })
}

func (s *Store) write(ctx context.Context, fn func(*tx) error) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case s.turn <- struct{}{}:
	}
	defer func() { <-s.turn }()
	if ctx.Err() != nil { // select takes either
		return context.Cause(ctx)
	}
	on, err := s.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = on.Rollback() }() // also when fn panics; after Commit it does nothing
	if err := s.use(ctx, on, fn); err != nil {
		return err
	}
	return on.Commit()
}

// View implements [storage.Store]. It waits for no writer.
func (s *Store) View(ctx context.Context, fn func(storage.Reader) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	on, err := s.db.BeginTx(context.WithoutCancel(ctx), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = on.Rollback() }()
	return s.use(ctx, on, func(t *tx) error {
		// SQLite takes the snapshot with the first read, not with BEGIN.
		if err := t.each(ctx, func(*sql.Rows) error { return nil }, `SELECT 1 FROM erp_number LIMIT 1`); err != nil {
			return err
		}
		return fn(reader{t})
	})
}

// Within returns a store whose Update and View run inside tx, a transaction
// of the ERP, which commits it. After an error from Update the ERP must roll
// back. Until tx ends, an Update of the Store itself waits for it.
func (s *Store) Within(tx *sql.Tx) storage.Store { return within{s, tx} }

type within struct {
	*Store
	host *sql.Tx
}

func (w within) Update(ctx context.Context, fn func(storage.Writer) error) error {
	return w.use(ctx, w.host, func(t *tx) error { return fn(writer{t}) })
}

func (w within) View(ctx context.Context, fn func(storage.Reader) error) error {
	return w.use(ctx, w.host, func(t *tx) error { return fn(reader{t}) })
}

// use calls fn with a transaction and makes it ready to be committed.
func (s *Store) use(ctx context.Context, on *sql.Tx, fn func(*tx) error) error {
	t := &tx{store: s, on: on}
	defer func() { _ = t.fail(errEnded) }()
	if err := fn(t); err != nil {
		return err
	}
	if err := t.usable(ctx); err != nil { // fn may have passed over it
		return err
	}
	if t.refers {
		return s.Sync(ctx)
	}
	return nil
}

// A tx is one transaction. It serves one goroutine.
type tx struct {
	store  *Store
	on     *sql.Tx
	err    error // why nothing more may be done in it
	refers bool  // to blobs
}

var errEnded = errors.New("used after the end of its transaction")

func (t *tx) usable(ctx context.Context) error {
	if t.err != nil {
		return t.err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// fail keeps the transaction from being committed. After some errors SQLite has
// rolled back by itself, and would commit each later statement alone.
func (t *tx) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return err
}

// half is fail if n records were written before err.
func (t *tx) half(n int, err error) error {
	if n > 0 {
		return t.fail(err)
	}
	return err
}

// exec runs a statement and returns how many rows it wrote.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.usable(ctx); err != nil {
		return 0, err
	}
	res, err := t.on.ExecContext(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return 0, t.fail(err)
	}
	return res.RowsAffected()
}

// mustWrite is exec of a statement that writes one row, or fails with refused.
func (t *tx) mustWrite(ctx context.Context, refused error, query string, args ...any) error {
	n, err := t.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return refused
	}
	return err
}

// each calls scan for every row. In scan no other statement may be run.
func (t *tx) each(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	if err := t.usable(ctx); err != nil {
		return err
	}
	rows, err := t.on.QueryContext(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return t.fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return t.fail(err)
		}
	}
	if err := rows.Err(); err != nil {
		return t.fail(err)
	}
	return nil
}

// one scans the only row of a query, or returns ErrNotFound.
func (t *tx) one(ctx context.Context, scan func(*sql.Rows) error, query string, args ...any) error {
	found := false
	err := t.each(ctx, func(rows *sql.Rows) error { found = true; return scan(rows) }, query, args...)
	if err == nil && !found {
		err = storage.ErrNotFound
	}
	return err
}

// in says what an error is about, if there is one.
func in(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// A reader is a tx as View hands it out, a writer as Update does.
type (
	reader struct{ *tx }
	writer struct{ *tx }
)

func (r reader) Tickets() storage.TicketReader    { return tickets{r.tx} }
func (r reader) Ledger() mailbox.LedgerReader     { return ledger{r.tx} }
func (r reader) Outbox() notify.OutboxReader      { return outbox{r.tx} }
func (r reader) Settings() storage.SettingsReader { return settings{r.tx} }
func (w writer) Tickets() storage.Tickets         { return tickets{w.tx} }
func (w writer) Ledger() mailbox.Ledger           { return ledger{w.tx} }
func (w writer) Outbox() notify.Outbox            { return outbox{w.tx} }
func (w writer) Settings() storage.Settings       { return settings{w.tx} }
func (w writer) Leases() storage.Leases           { return leases{w.tx} }

// ---- Lists -----------------------------------------------------------------

// pageRows is how many rows are in memory at once.
const pageRows = 50

// A selection is a listing of a table in the order of its id, which counts up,
// and so in the order of creation.
type selection struct {
	table, columns string // columns begin with id
	where          string
	args           []any
	start          []any // condition and its arguments for the row to start behind; empty: from the start
	newest         bool  // newest first: behind a row are the older ones
	limit          int   // 0: none
}

func (s *selection) and(condition string, args ...any) {
	s.where += " AND " + condition
	s.args = append(s.args, args...)
}

// holds adds the condition that text stands in one of columns, A to Z in either
// case.
func (s *selection) holds(text string, columns ...string) {
	if text == "" {
		return
	}
	var found []string
	for _, c := range columns {
		found = append(found, `instr(lower(`+c+`), lower(?))`)
		s.args = append(s.args, text)
	}
	s.and(`(` + strings.Join(found, ` OR `) + `)`)
}

// list yields what sel selects, page by page, so that no rows are open while
// the caller works. Rows added during the loop are not seen, or a loop that adds
// rows would not end.
func list[T any](ctx context.Context, t *tx, sel selection, scan func(*sql.Rows) (int64, T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		between, order := `id > ? AND id <= ?`, ``
		if sel.newest {
			between, order = `id < ? AND id >= ?`, ` DESC`
		}
		after, until, err := sel.bounds(ctx, t)
		for seen := 0; err == nil; {
			rows := pageRows
			if sel.limit > 0 {
				rows = min(rows, sel.limit-seen)
			}
			var page []T
			err = t.each(ctx, func(r *sql.Rows) error {
				id, v, err := scan(r)
				after, page = id, append(page, v)
				return err
			}, `SELECT `+sel.columns+` FROM `+sel.table+` WHERE `+between+sel.where+` ORDER BY id`+order+` LIMIT ?`,
				slices.Concat([]any{after, until}, sel.args, []any{rows})...)
			if err != nil {
				break
			}
			for _, v := range page {
				if !yield(v, nil) {
					return
				}
			}
			if seen += len(page); len(page) < rows || seen == sel.limit {
				return
			}
		}
		var none T
		yield(none, fmt.Errorf("list %s: %w", sel.table, err))
	}
}

// bounds returns the id to start behind and the last one to show.
func (s *selection) bounds(ctx context.Context, t *tx) (after, until int64, err error) {
	err = t.one(ctx, func(r *sql.Rows) error { return r.Scan(&until) }, `SELECT coalesce(max(id), 0) FROM `+s.table)
	if s.newest {
		after, until = until+1, 0
	}
	if err == nil && len(s.start) > 0 {
		err = t.one(ctx, func(r *sql.Rows) error { return r.Scan(&after) }, `SELECT id FROM `+s.table+` WHERE `+s.start[0].(string), s.start[1:]...)
		if err != nil {
			return 0, 0, fmt.Errorf("row to start behind: %w", err)
		}
	}
	return after, until, err
}

// ---- Columns ---------------------------------------------------------------

// stampLayout has one width, so that times sort and compare as text.
const stampLayout = "2006-01-02T15:04:05.000000Z"

// stamp is a time as the ERP's columns have it: UTC, empty for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(stampLayout)
}

func unstamp(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	return time.Parse(stampLayout, s)
}

// document is the JSON of a record, whose times are in UTC then.
func document(record any, times ...*time.Time) (string, error) {
	for _, t := range times {
		*t = t.UTC()
	}
	doc, err := json.Marshal(record)
	return string(doc), err
}

// ---- Tickets ---------------------------------------------------------------

type tickets struct{ *tx }

const caseColumns = `id, case_no, title, state, desk, project_no, handler, customer_no, parent_no, opened, tm_doc, tm_version`

// states translates between the ERP's words and ours. Its words that we do not
// know stay as they are.
var (
	states   = map[storage.Status]string{storage.New: "OPEN", storage.InProcess: "WIP", storage.Done: "SOLVED", storage.Rejected: "REFUSED", storage.Accepted: "CLOSED"}
	statuses = map[string]storage.Status{"OPEN": storage.New, "WIP": storage.InProcess, "SOLVED": storage.Done, "REFUSED": storage.Rejected, "CLOSED": storage.Accepted}
)

func stateOf(s storage.Status) string {
	if state, ok := states[s]; ok {
		return state
	}
	return string(s)
}

// caseValues returns the values of the columns title to tm_doc.
func caseValues(t storage.Ticket) ([]any, error) {
	doc, err := document(&t, &t.CreatedAt, &t.ChangedAt)
	return []any{
		t.Subject, stateOf(t.Status), string(t.Task), string(t.Project), string(t.Assignee),
		string(t.CustomerContact), string(t.Parent), stamp(t.CreatedAt), doc,
	}, err
}

func scanCase(rows *sql.Rows) (id int64, t storage.Ticket, err error) {
	var opened, state string
	var doc []byte
	var c storage.Ticket // what the columns say
	err = rows.Scan(&id, &c.ID, &c.Subject, &state, &c.Task, &c.Project, &c.Assignee, &c.CustomerContact, &c.Parent, &opened, &doc, &c.Version)
	if err != nil {
		return 0, t, err
	}
	if err := json.Unmarshal(doc, &t); err != nil {
		return 0, t, fmt.Errorf("case %s: %w", c.ID, err)
	}
	if c.CreatedAt, err = unstamp(opened); err != nil {
		return 0, t, fmt.Errorf("case %s: %w", c.ID, err)
	}
	c.Status = storage.Status(state)
	if known, ok := statuses[state]; ok {
		c.Status = known
	}
	t.ID, t.Subject, t.Status, t.Task, t.Project, t.Assignee = c.ID, c.Subject, c.Status, c.Task, c.Project, c.Assignee
	t.CustomerContact, t.Parent, t.CreatedAt, t.Version = c.CustomerContact, c.Parent, c.CreatedAt, c.Version
	if t.LastAssignee == "" { // a case that was never put by us
		t.LastAssignee = t.Assignee
	}
	if t.ChangedAt.IsZero() {
		t.ChangedAt = t.CreatedAt
	}
	return id, t, nil
}

// Get implements [storage.TicketReader].
func (p tickets) Get(ctx context.Context, id storage.TicketID) (t storage.Ticket, err error) {
	err = p.one(ctx, func(rows *sql.Rows) (err error) { _, t, err = scanCase(rows); return err },
		`SELECT `+caseColumns+` FROM erp_case WHERE case_no = ?`, string(id))
	return t, in(err, "ticket %q", id)
}

// List implements [storage.TicketReader].
func (p tickets) List(ctx context.Context, q storage.TicketQuery) iter.Seq2[storage.Ticket, error] {
	sel := selection{table: "erp_case", columns: caseColumns, newest: q.Newest, limit: q.Limit}
	if q.After != "" {
		sel.start = []any{`case_no = ?`, string(q.After)}
	}
	for _, f := range []struct{ column, value string }{
		{"state", stateOf(q.Status)}, {"desk", string(q.Task)}, {"project_no", string(q.Project)},
		{"handler", string(q.Assignee)}, {"parent_no", string(q.Parent)},
	} {
		if f.value != "" {
			sel.and(f.column+` = ?`, f.value)
		}
	}
	sel.inCategories(q.AnyCategory, q.AllCategories)
	return list(ctx, p.tx, sel, scanCase)
}

// inCategories adds the conditions for categories. Their ids are one parameter,
// a JSON array, because parameters are limited in number. No ids select all.
func (s *selection) inCategories(anyOf, allOf []string) {
	const has = `EXISTS (SELECT 1 FROM json_each(tm_doc, '$.Categories') AS has WHERE has.value = wanted.value)`
	for _, c := range []struct {
		condition string
		ids       []string
	}{
		{`EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE ` + has + `)`, anyOf},
		{`NOT EXISTS (SELECT 1 FROM json_each(?) AS wanted WHERE NOT ` + has + `)`, allOf},
	} {
		if len(c.ids) > 0 {
			ids, _ := json.Marshal(c.ids) // strings can always be encoded
			s.and(c.condition, string(ids))
		}
	}
}

// Put implements [storage.Tickets].
func (p tickets) Put(ctx context.Context, t *storage.Ticket) error {
	return in(p.put(ctx, t), "put ticket %q", t.ID)
}

func (p tickets) put(ctx context.Context, t *storage.Ticket) error {
	values, err := caseValues(*t)
	if err != nil {
		return err
	}
	if t.Version != 0 {
		err := p.mustWrite(ctx, storage.ErrConflict, `UPDATE erp_case SET title = ?, state = ?, desk = ?, project_no = ?, handler = ?, customer_no = ?,
			parent_no = ?, opened = ?, tm_doc = ?, tm_version = tm_version + 1 WHERE case_no = ? AND tm_version = ?`, append(values, string(t.ID), t.Version)...)
		if err == nil {
			t.Version++
		}
		return err
	}
	for {
		id := t.ID
		if id == "" {
			if id, err = p.nextNumber(ctx); err != nil {
				return err
			}
		}
		err = p.mustWrite(ctx, storage.ErrExists, `INSERT INTO erp_case (case_no, title, state, desk, project_no, handler, customer_no, parent_no, opened, tm_doc)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, slices.Concat([]any{string(id)}, values)...)
		if t.ID == "" && errors.Is(err, storage.ErrExists) {
			continue // somebody chose this number himself
		}
		if err == nil {
			t.ID, t.Version = id, 1
		}
		return err
	}
}

// nextNumber takes a number from the ERP's own counter, which a rollback turns
// back: what was seen before it must not be given to another case.
func (p tickets) nextNumber(ctx context.Context) (storage.TicketID, error) {
	p.store.mu.Lock()
	defer p.store.mu.Unlock()
	err := p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&p.store.given) },
		`UPDATE erp_number SET last = max(last, ?) + 1 WHERE kind = 'case' RETURNING last`, p.store.given)
	return storage.TicketID(fmt.Sprint(p.store.given)), err
}

// Comments implements [storage.TicketReader].
func (p tickets) Comments(ctx context.Context, id storage.TicketID) iter.Seq2[storage.Comment, error] {
	sel := selection{table: "erp_case_note", columns: `id, tm_id, author, confidential, body, written, tm_doc, tm_version`}
	sel.and(`case_id = (SELECT id FROM erp_case WHERE case_no = ?)`, string(id))
	return list(ctx, p.tx, sel, func(rows *sql.Rows) (n int64, c storage.Comment, err error) {
		var col storage.Comment
		var written string
		var doc []byte
		if err := rows.Scan(&n, &col.ID, &col.Author, &col.Internal, &col.Text, &written, &doc, &col.Version); err != nil {
			return 0, c, err
		}
		if err := json.Unmarshal(doc, &c); err != nil {
			return 0, c, fmt.Errorf("note %s: %w", col.ID, err)
		}
		c.ID, c.Ticket, c.Author, c.Internal, c.Text, c.Version = col.ID, id, col.Author, col.Internal, col.Text, col.Version
		c.CreatedAt, err = unstamp(written)
		return n, c, err
	})
}

// PutComment implements [storage.Tickets].
func (p tickets) PutComment(ctx context.Context, c *storage.Comment) error {
	return in(p.putComment(ctx, c), "put comment %q", c.ID)
}

func (p tickets) putComment(ctx context.Context, c *storage.Comment) error {
	var caseID int64
	err := p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&caseID) }, `SELECT id FROM erp_case WHERE case_no = ?`, string(c.Ticket))
	if err != nil {
		return fmt.Errorf("ticket %q: %w", c.Ticket, err)
	}
	if err := p.refer(ctx, c.Raw); err != nil {
		return err
	}
	for _, a := range c.Attachments {
		if err := p.refer(ctx, a.Blob); err != nil {
			return err
		}
	}
	rec := *c
	rec.Text = "" // stands in its column, once
	doc, err := document(&rec, &rec.CreatedAt, &rec.EditedAt)
	if err != nil {
		return err
	}
	id, refused := c.ID, storage.ErrConflict
	query := `UPDATE erp_case_note SET case_id = ?, author = ?, confidential = ?, body = ?, written = ?, tm_doc = ?, tm_version = tm_version + 1
		WHERE tm_id = ? AND tm_version = ?`
	if c.Version == 0 {
		refused = storage.ErrExists
		query = `INSERT INTO erp_case_note (case_id, author, confidential, body, written, tm_doc, tm_id, tm_version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ? + 1) ON CONFLICT DO NOTHING`
		if id == "" {
			id = rand.Text()
		}
	}
	err = p.mustWrite(ctx, refused, query, caseID, string(c.Author), c.Internal, c.Text, stamp(c.CreatedAt), doc, id, c.Version)
	if err == nil {
		c.ID, c.Version = id, c.Version+1
	}
	return err
}

// Changes implements [storage.TicketReader].
func (p tickets) Changes(ctx context.Context, id storage.TicketID, after int64) iter.Seq2[storage.Change, error] {
	sel := selection{table: "tm_change", columns: `id, ticket, doc`}
	sel.and(`id > ?`, after)
	if id != "" {
		sel.and(`ticket = ?`, string(id))
	}
	return list(ctx, p.tx, sel, func(rows *sql.Rows) (n int64, c storage.Change, err error) {
		var ticket string
		var doc []byte
		if err := rows.Scan(&n, &ticket, &doc); err != nil {
			return 0, c, err
		}
		err = json.Unmarshal(doc, &c)
		c.Seq, c.Ticket = n, storage.TicketID(ticket)
		return n, c, err
	})
}

// AddChange implements [storage.Tickets]. Seq grows in the order of commits
// because writers come one after the other; where they do not, a sequence is
// not enough.
func (p tickets) AddChange(ctx context.Context, c *storage.Change) error {
	rec := *c
	doc, err := document(&rec, &rec.At)
	if err == nil {
		err = p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&c.Seq) },
			`INSERT INTO tm_change (ticket, doc) VALUES (?, ?) RETURNING id`, string(c.Ticket), doc)
	}
	return in(err, "add change to ticket %q", c.Ticket)
}

// ---- Ledger ----------------------------------------------------------------

type ledger struct{ *tx }

const (
	entryColumns = `id, mailbox, folder, validity, uid, message_id, doc, version`
	entryKey     = `mailbox = ? AND folder = ? AND validity = ? AND uid = ?`
)

func keyValues(k mailbox.Key) []any { return []any{string(k.Mailbox), k.Folder, k.Validity, k.UID} }

func scanEntry(rows *sql.Rows) (id int64, e mailbox.Entry, err error) {
	var col mailbox.Entry
	var doc []byte
	if err := rows.Scan(&id, &col.Mailbox, &col.Folder, &col.Validity, &col.UID, &col.MessageID, &doc, &col.Version); err != nil {
		return 0, e, err
	}
	err = json.Unmarshal(doc, &e)
	e.Key, e.MessageID, e.Version = col.Key, col.MessageID, col.Version
	return id, e, err
}

// Lookup implements [mailbox.LedgerReader]: one statement a key, which is
// slow and right. A wide one must mind how many parameters a statement takes.
func (p ledger) Lookup(ctx context.Context, keys []mailbox.Key) ([]mailbox.Entry, error) {
	var found []mailbox.Entry
	met := make(map[mailbox.Key]bool, len(keys))
	for _, k := range keys {
		if met[k] {
			continue
		}
		met[k] = true
		err := p.each(ctx, func(rows *sql.Rows) error {
			_, e, err := scanEntry(rows)
			found = append(found, e)
			return err
		}, `SELECT `+entryColumns+` FROM tm_ledger WHERE `+entryKey, keyValues(k)...)
		if err != nil {
			return nil, fmt.Errorf("look up %v in ledger: %w", k, err)
		}
	}
	return found, nil
}

// ByMessageID implements [mailbox.LedgerReader].
func (p ledger) ByMessageID(ctx context.Context, ids []string) ([]mailbox.Entry, error) {
	const most = 100
	byID := make(map[int64]mailbox.Entry) // one entry may be found by an id given twice
	for _, id := range ids {
		err := p.each(ctx, func(rows *sql.Rows) error {
			n, e, err := scanEntry(rows)
			byID[n] = e
			return err
		}, `SELECT `+entryColumns+` FROM tm_ledger WHERE message_id = ? AND message_id <> '' ORDER BY id LIMIT ?`, id, most)
		if err != nil {
			return nil, fmt.Errorf("ledger by message id: %w", err)
		}
	}
	var found []mailbox.Entry
	for _, n := range slices.Sorted(maps.Keys(byID)) {
		found = append(found, byID[n])
	}
	return found[:min(most, len(found))], nil
}

// List implements [mailbox.LedgerReader].
func (p ledger) List(ctx context.Context, q mailbox.LedgerQuery) iter.Seq2[mailbox.Entry, error] {
	sel := selection{table: "tm_ledger", columns: entryColumns, newest: q.Newest, limit: q.Limit}
	if q.After != nil {
		sel.start = append([]any{entryKey}, keyValues(*q.After)...)
	}
	if q.Mailbox != "" {
		sel.and(`mailbox = ?`, string(q.Mailbox))
	}
	if q.Outcome != "" {
		sel.and(`outcome = ?`, string(q.Outcome))
	}
	sel.holds(q.Text, `message_id`, `folder`, `uid`, `doc ->> '$.Ticket'`)
	return list(ctx, p.tx, sel, scanEntry)
}

// Put implements [mailbox.Ledger].
func (p ledger) Put(ctx context.Context, entries ...*mailbox.Entry) error {
	for i, e := range entries {
		if err := p.put(ctx, *e); err != nil {
			return p.half(i, in(err, "put ledger entry %v", e.Key))
		}
	}
	for _, e := range entries {
		e.Version++
	}
	return nil
}

func (p ledger) put(ctx context.Context, e mailbox.Entry) error {
	if err := p.refer(ctx, e.Raw); err != nil {
		return err
	}
	doc, err := document(&e, &e.ReceivedAt, &e.EmptiedAt)
	if err != nil {
		return err
	}
	values := append([]any{string(e.Outcome), e.MessageID, doc}, keyValues(e.Key)...)
	if e.Version == 0 {
		return p.mustWrite(ctx, storage.ErrExists, `INSERT INTO tm_ledger (outcome, message_id, doc, mailbox, folder, validity, uid, version)
			VALUES (?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`, values...)
	}
	return p.mustWrite(ctx, storage.ErrConflict, `UPDATE tm_ledger SET outcome = ?, message_id = ?, doc = ?, version = version + 1
		WHERE `+entryKey+` AND version = ?`, append(values, e.Version)...)
}

// Emptied implements [mailbox.Ledger].
func (p ledger) Emptied(ctx context.Context, keys []mailbox.Key, at time.Time) error {
	found, err := p.Lookup(ctx, keys)
	if err != nil {
		return err
	}
	entries := make([]*mailbox.Entry, len(found))
	for i := range found {
		found[i].EmptiedAt = at
		entries[i] = &found[i]
	}
	return p.Put(ctx, entries...)
}

// ---- Outbox ----------------------------------------------------------------

type outbox struct{ *tx }

const mailColumns = `id, mail, doc, version`

func scanMail(rows *sql.Rows) (n int64, m notify.Mail, err error) {
	var id string
	var version int64
	var doc []byte
	if err := rows.Scan(&n, &id, &doc, &version); err != nil {
		return 0, m, err
	}
	err = json.Unmarshal(doc, &m)
	m.ID, m.Version = id, version
	return n, m, err
}

// List implements [notify.OutboxReader].
func (p outbox) List(ctx context.Context, q notify.MailQuery) iter.Seq2[notify.Mail, error] {
	sel := selection{table: "tm_outbox", columns: mailColumns, newest: q.Newest, limit: q.Limit}
	if q.After != "" {
		sel.start = []any{`mail = ?`, q.After}
	}
	if q.State != "" {
		sel.and(`state = ?`, string(q.State))
	}
	if q.Ticket != "" {
		sel.and(`ticket = ?`, string(q.Ticket))
	}
	sel.holds(q.Text, `ticket`, `doc ->> '$.Subject'`, `doc ->> '$.To.Address'`)
	return list(ctx, p.tx, sel, scanMail)
}

// Put implements [notify.Outbox].
func (p outbox) Put(ctx context.Context, mails ...*notify.Mail) error {
	for i, m := range mails {
		if err := p.put(ctx, *m); err != nil {
			return p.half(i, in(err, "put mail %q", m.ID))
		}
	}
	for _, m := range mails {
		m.Version++
	}
	return nil
}

func (p outbox) put(ctx context.Context, m notify.Mail) error {
	doc, err := document(&m, &m.Date, &m.Due, &m.ClaimedUntil, &m.SentAt)
	if err != nil {
		return err
	}
	values := []any{string(m.Ticket), string(m.State), stamp(m.Due), stamp(m.ClaimedUntil), doc, m.ID}
	if m.Version == 0 {
		return p.mustWrite(ctx, storage.ErrExists, `INSERT INTO tm_outbox (ticket, state, due, claimed_until, doc, mail, version)
			VALUES (?, ?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING`, values...)
	}
	return p.mustWrite(ctx, storage.ErrConflict, `UPDATE tm_outbox SET ticket = ?, state = ?, due = ?, claimed_until = ?, doc = ?,
		version = version + 1 WHERE mail = ? AND version = ?`, append(values, m.Version)...)
}

// Claim implements [notify.Outbox]. Where writers run side by side the SELECT
// needs FOR UPDATE SKIP LOCKED.
func (p outbox) Claim(ctx context.Context, owner string, now, until time.Time, n int) ([]notify.Mail, error) {
	var mails []notify.Mail
	err := p.each(ctx, func(rows *sql.Rows) error {
		_, m, err := scanMail(rows)
		mails = append(mails, m)
		return err
	}, `SELECT `+mailColumns+` FROM tm_outbox WHERE (state = ? AND due <= ?) OR (state = ? AND claimed_until <= ?) ORDER BY due, id LIMIT ?`,
		string(notify.Waiting), stamp(now), string(notify.Sending), stamp(now), max(n, 0))
	if err != nil {
		return nil, fmt.Errorf("claim mails: %w", err)
	}
	claimed := make([]*notify.Mail, len(mails))
	for i := range mails {
		m := &mails[i]
		m.State, m.ClaimedBy, m.ClaimedUntil = notify.Sending, owner, until.UTC()
		m.Attempts++
		claimed[i] = m
	}
	if err := p.Put(ctx, claimed...); err != nil {
		return nil, p.fail(fmt.Errorf("claim mails: %w", err))
	}
	return mails, nil
}

// ---- Settings --------------------------------------------------------------

type settings struct{ *tx }

// Get implements [storage.SettingsReader].
func (p settings) Get(ctx context.Context, kind, key string) (value []byte, err error) {
	err = p.one(ctx, func(rows *sql.Rows) error { return rows.Scan(&value) }, `SELECT value FROM tm_setting WHERE kind = ? AND key = ?`, kind, key)
	return value, in(err, "setting %s %q", kind, key)
}

// List implements [storage.SettingsReader]. A kind has few settings: they are
// read at once.
func (p settings) List(ctx context.Context, kind string) iter.Seq2[storage.Setting, error] {
	return func(yield func(storage.Setting, error) bool) {
		var all []storage.Setting
		err := p.each(ctx, func(rows *sql.Rows) error {
			s := storage.Setting{Kind: kind}
			err := rows.Scan(&s.Key, &s.Value)
			all = append(all, s)
			return err
		}, `SELECT key, value FROM tm_setting WHERE kind = ? ORDER BY key`, kind)
		for i := 0; err == nil && i < len(all); i++ {
			if err = p.usable(ctx); err == nil && !yield(all[i], nil) {
				return
			}
		}
		if err != nil {
			yield(storage.Setting{}, fmt.Errorf("settings %s: %w", kind, err))
		}
	}
}

// Put implements [storage.Settings].
func (p settings) Put(ctx context.Context, kind, key string, value []byte) error {
	if len(value) > 1<<20 {
		return fmt.Errorf("put setting %s %q: %d bytes are more than 1 MiB", kind, key, len(value))
	}
	// A nil value would be NULL.
	_, err := p.exec(ctx, `INSERT INTO tm_setting VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`, kind, key, append([]byte{}, value...))
	return in(err, "put setting %s %q", kind, key)
}

// Delete implements [storage.Settings].
func (p settings) Delete(ctx context.Context, kind, key string) error {
	_, err := p.exec(ctx, `DELETE FROM tm_setting WHERE kind = ? AND key = ?`, kind, key)
	return in(err, "delete setting %s %q", kind, key)
}

// ---- Leases ----------------------------------------------------------------

// leases keep their row when given back, so that the fence goes on growing.
// Several machines need one clock: the database's, not now.
type leases struct{ *tx }

// Acquire implements [storage.Leases].
func (p leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration, dead int64) (storage.Lease, error) {
	l := storage.Lease{Name: name}
	var expires int64
	err := p.each(ctx, func(rows *sql.Rows) error { return rows.Scan(&l.Holder, &l.Fence, &expires) }, `SELECT holder, fence, expires FROM tm_lease WHERE name = ?`, name)
	now := p.store.now()
	left := time.UnixMicro(expires).Sub(now)
	if err == nil && l.Holder != "" && l.Holder != holder && left > 0 && l.Fence != dead {
		err = &storage.HeldError{Lease: l, Left: left}
	}
	if err == nil {
		if l.Holder != holder {
			l.Holder = holder
			l.Fence++
		}
		_, err = p.exec(ctx, `INSERT INTO tm_lease VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE
			SET holder = excluded.holder, fence = excluded.fence, expires = excluded.expires`, name, holder, l.Fence, now.Add(ttl).UnixMicro())
	}
	if err != nil {
		return storage.Lease{}, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	return l, nil
}

// Renew implements [storage.Leases].
func (p leases) Renew(ctx context.Context, l storage.Lease, ttl time.Duration) error {
	err := p.mustWrite(ctx, storage.ErrLeaseLost, `UPDATE tm_lease SET expires = ? WHERE name = ? AND holder = ? AND fence = ? AND holder <> ''`,
		p.store.now().Add(ttl).UnixMicro(), l.Name, l.Holder, l.Fence)
	return in(err, "renew lease %s", l.Name)
}

// Release implements [storage.Leases].
func (p leases) Release(ctx context.Context, l storage.Lease) error {
	_, err := p.exec(ctx, `UPDATE tm_lease SET holder = '', expires = 0 WHERE name = ? AND holder = ? AND fence = ?`, l.Name, l.Holder, l.Fence)
	return in(err, "release lease %s", l.Name)
}

// ---- Blobs -----------------------------------------------------------------

// A blob is one file of the directory, named by its hash. It is written under
// another name, flushed and renamed by Finish; Sync flushes the directory, once
// for all names given since.

const stagedPrefix = "staged-"

func (s *Store) path(sum [32]byte) string { return filepath.Join(s.dir, hex.EncodeToString(sum[:])) }

// refer notes that the transaction refers to content, which must be there.
func (t *tx) refer(ctx context.Context, b storage.Blob) error {
	if b.IsZero() {
		return nil
	}
	if err := t.store.has(b); err != nil {
		return err
	}
	t.refers = true
	_, err := t.exec(ctx, `INSERT INTO tm_blob VALUES (?) ON CONFLICT DO NOTHING`, b.SHA256[:])
	return err
}

func (s *Store) has(b storage.Blob) error {
	info, err := os.Stat(s.path(b.SHA256))
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() != b.Size {
		err = storage.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("blob %x of %d bytes: %w", b.SHA256, b.Size, err)
	}
	return nil
}

// Sync implements [storage.Blobs].
func (s *Store) Sync(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.mu.Lock() // who comes second waits for the flush that he relies on
	defer s.mu.Unlock()
	if !s.unsynced {
		return nil
	}
	if err := syncDir(s.dir); err != nil {
		return fmt.Errorf("sync blobs: %w", err)
	}
	s.unsynced = false
	return nil
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Sweep removes content that nothing refers to and that is older than age,
// which must be longer than a process may take from staging content to its
// Update: a day is. Call it now and then; the store does not do so by itself.
func (s *Store) Sweep(ctx context.Context, age time.Duration) error {
	return s.write(ctx, func(t *tx) error { // the lock keeps new references out
		kept := make(map[string]bool)
		err := t.each(ctx, func(rows *sql.Rows) error {
			var sum []byte
			err := rows.Scan(&sum)
			kept[hex.EncodeToString(sum)] = true
			return err
		}, `SELECT sha256 FROM tm_blob`)
		if err != nil {
			return err
		}
		files, err := os.ReadDir(s.dir)
		for _, f := range files {
			info, err := f.Info()
			if err == nil && !kept[f.Name()] && time.Since(info.ModTime()) > age {
				err = os.Remove(filepath.Join(s.dir, f.Name()))
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("sweep blobs: %w", err)
			}
		}
		return err
	})
}

// Create implements [message.Sink].
func (s *Store) Create(ctx context.Context) (message.Spool, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	file, err := os.CreateTemp(s.dir, stagedPrefix)
	if err != nil {
		return nil, fmt.Errorf("stage blob: %w", err)
	}
	return &spool{ctx: ctx, store: s, file: file, sum: sha256.New()}, nil
}

// A spool is content being written.
type spool struct {
	ctx   context.Context // of Create: Write has none
	store *Store
	file  *os.File // nil: finished or discarded
	sum   hash.Hash
	size  int64
}

func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil {
		return 0, fs.ErrClosed
	}
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.file.Write(p)
	s.sum.Write(p[:n])
	s.size += int64(n)
	return n, err
}

// Finish implements [message.Spool]. The rename replaces the same content, if it
// is there, by a copy whose age begins now, so that no Sweep takes it.
func (s *spool) Finish() (message.Blob, error) {
	if s.file == nil {
		return message.Blob{}, fs.ErrClosed
	}
	defer s.Discard() // does nothing after the rename
	if s.ctx.Err() != nil {
		return message.Blob{}, context.Cause(s.ctx)
	}
	b := message.Blob{SHA256: [32]byte(s.sum.Sum(nil)), Size: s.size}
	if err := s.file.Sync(); err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	if err := os.Rename(s.file.Name(), s.store.path(b.SHA256)); err != nil {
		return message.Blob{}, fmt.Errorf("finish blob: %w", err)
	}
	s.store.mu.Lock()
	s.store.unsynced = true
	s.store.mu.Unlock()
	return b, nil
}

func (s *spool) Discard() {
	if s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
	s.file = nil
}

// Open implements [storage.Blobs].
func (s *Store) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := s.has(b); err != nil {
		return nil, err
	}
	file, err := os.Open(s.path(b.SHA256))
	if err != nil {
		return nil, err
	}
	return &content{ctx: ctx, file: file, sum: sha256.New(), want: b}, nil
}

// content is a blob being read. What is damaged fails instead of ending.
type content struct {
	file *os.File        // not embedded: its WriteTo would pass by Read
	ctx  context.Context // of Open: Read has none
	sum  hash.Hash
	want storage.Blob
}

func (c *content) Read(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, context.Cause(c.ctx)
	}
	n, err := c.file.Read(p)
	c.sum.Write(p[:n])
	if errors.Is(err, io.EOF) && [32]byte(c.sum.Sum(nil)) != c.want.SHA256 {
		return n, fmt.Errorf("blob %x is damaged", c.want.SHA256)
	}
	return n, err
}

func (c *content) Close() error { return c.file.Close() }
