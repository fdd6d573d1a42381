package pgstore

import (
	"context"
	"fmt"
	"math/bits"
	"strings"

	"example.com/ticketmail/storage"
)

// New records of one kind go in many with one statement: each statement costs the
// server about as much as a short row.

// The kinds, in the order in which they go in: what refers comes behind.
const (
	ofTickets = iota
	ofComments
	ofMails
	kindsOfRows
)

// intoTable has the table of each kind with its columns.
var intoTable = [kindsOfRows]string{
	ofTickets:  `tm.tickets (` + ticketColumns + `, seq)`,
	ofComments: `tm.comments (` + commentColumns + `, seq)`,
	ofMails:    `tm.outbox (` + mailColumns + `, to_address, seq)`,
}

func columnsOf(kind int) int { return strings.Count(intoTable[kind], ",") + 1 }

// maxRows bounds the rows of one statement. There are statements for 1, 2, 4 and
// so on of them, so that a connection keeps few prepared.
const maxRows = 32

// rowsQuery names the query that inserts n rows of a kind.
type rowsQuery struct{ kind, n int }

// insertRows returns the query for n rows of a kind. Those that stand there
// already are left out.
func (s *Store) insertRows(kind, n int) string {
	key := rowsQuery{kind, n}
	if known, ok := s.queries.Load(key); ok {
		return known.(string)
	}
	columns := columnsOf(kind)
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s VALUES ", intoTable[kind])
	for row := range n {
		if row > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "(%s)", placeholders(row*columns+1, (row+1)*columns))
	}
	b.WriteString(" ON CONFLICT DO NOTHING")
	s.queries.Store(key, b.String())
	return b.String()
}

// holdRow inserts a row some time before the end of the transaction, and before
// any other statement. That none is in its way was looked at before, or is
// hoped for.
func (t *tx) holdRow(ctx context.Context, kind int, values []any) error {
	if err := t.ready(ctx); err != nil {
		return err
	}
	t.rows[kind] = append(t.rows[kind], values...)
	return t.heldBack(ctx, 1, valuesBytes(values))
}

// insertRow is holdRow for a record whose key the caller chose, which may be
// taken.
func (t *tx) insertRow(ctx context.Context, kind int, values []any) error {
	if t.hopes {
		return t.holdRow(ctx, kind, values)
	}
	n, err := t.exec(ctx, t.store.insertRows(kind, 1), values...)
	if err == nil && n == 0 {
		err = storage.ErrExists
	}
	return err
}

// bundleRows turns the rows of each kind into statements held back.
func (t *tx) bundleRows() {
	for kind, values := range t.rows {
		for columns := columnsOf(kind); len(values) > 0; {
			n := min(maxRows, 1<<(bits.Len(uint(len(values)/columns))-1))
			t.held = append(t.held, held{t.store.insertRows(kind, n), values[:n*columns], n})
			values = values[n*columns:]
		}
		t.rows[kind] = nil
	}
}
