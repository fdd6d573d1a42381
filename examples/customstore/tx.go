package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

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
