package pgstore_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/storage"
)

// TestCompression: texts are compressed by the faster method where the server has
// it, and a column that the host has given a method keeps that.
func TestCompression(t *testing.T) {
	pool := sharedPool(t)
	best := scalar[string](t, pool, `SELECT CASE WHEN 'lz4' = ANY (enumvals) THEN 'lz4' ELSE 'pglz' END FROM pg_settings WHERE name = 'default_toast_compression'`)
	for _, tt := range []struct{ set, want string }{{"default", best}, {"pglz", "pglz"}} {
		schema := newSchema(t, pool)
		store := openSchema(t, pool, schema)
		execute(t, pool, fmt.Sprintf(`ALTER TABLE %q.tm_comments ALTER text SET COMPRESSION %s`, schema, tt.set))
		update(t, store, func(w storage.Writer) error {
			ticket := &storage.Ticket{Status: storage.New}
			if err := w.Tickets().Put(t.Context(), ticket); err != nil {
				return err
			}
			return w.Tickets().PutComment(t.Context(), &storage.Comment{Ticket: ticket.ID, Text: strings.Repeat("Could somebody have a look? ", 400)})
		})
		if got := scalar[string](t, pool, fmt.Sprintf(`SELECT pg_column_compression(text) FROM %q.tm_comments`, schema)); got != tt.want {
			t.Errorf("with SET COMPRESSION %s the text is compressed by %s, want %s", tt.set, got, tt.want)
		}
	}
}

// TestAnotherServer: where the server that takes the place of the one that was
// found by New cannot compress so, Updates do without.
func TestAnotherServer(t *testing.T) {
	store := openNew(t)
	store.CompressBy("unknown")
	for range 2 {
		update(t, store, func(w storage.Writer) error {
			return w.Tickets().Put(t.Context(), &storage.Ticket{Status: storage.New})
		})
	}
}

// BenchmarkCompression writes 100 comments of 8 KB in an Update, with the server's
// own method and with LZ4, in turn: lz4/pglz is what is left of the time.
func BenchmarkCompression(b *testing.B) {
	text := strings.Repeat("Could somebody have a look at it, please? It is the grey one.\n", 130)
	pool := sharedPool(b)
	store := openSchema(b, pool, newSchema(b, pool))
	var id storage.TicketID
	update(b, store, func(w storage.Writer) error {
		ticket := &storage.Ticket{Status: storage.New}
		err := w.Tickets().Put(b.Context(), ticket)
		id = ticket.ID
		return err
	})
	if !scalar[bool](b, pool, `SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'`) {
		b.Fatal("the server was built without LZ4")
	}
	var took [2]time.Duration
	n := 0
	for b.Loop() {
		for i, method := range []string{"pglz", "lz4"} {
			store.CompressBy(method)
			began := time.Now()
			update(b, store, func(w storage.Writer) error {
				for range 100 {
					n++
					if err := w.Tickets().PutComment(b.Context(), &storage.Comment{Ticket: id, Text: fmt.Sprint(n, text)}); err != nil {
						return err
					}
				}
				return nil
			})
			took[i] += time.Since(began)
		}
	}
	b.ReportMetric(float64(took[1])/float64(took[0]), "lz4/pglz")
}
