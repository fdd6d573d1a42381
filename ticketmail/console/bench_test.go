package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// rows is how long the lists of the benchmark are.
const rows = 100_000

// BenchmarkLists measures the pages with long lists, and reports how long all
// but one of twenty requests take at most (p95).
func BenchmarkLists(b *testing.B) {
	r := build(b, change{})
	r.seed()
	r.fill(rows)
	r.must(r.store.Update(b.Context(), func(w storage.Writer) error {
		for i := range rows {
			m := &notify.Mail{ID: fmt.Sprintf("m%d", i), Event: notify.CommentAdded, Ticket: "1", Person: "carl", Audience: notify.Staff, Language: "de", Subject: fmt.Sprintf("mail %d", i), State: notify.Sent, Date: noon, SentAt: noon}
			m.To.Address = "carl@erp.example"
			if err := w.Outbox().Put(b.Context(), m); err != nil {
				return err
			}
			k := &ticketmail.Ticket{Subject: fmt.Sprintf("ticket %d", i), Status: storage.New, Task: "helpdesk", Categories: []string{"bug"}}
			if err := w.Tickets().Put(b.Context(), k); err != nil {
				return err
			}
		}
		return nil
	}))
	for name, path := range map[string]string{
		"journal": "/journal", "outcome": "/journal?outcome=record", "rare": "/journal?outcome=quarantine", "text": "/journal?text=m5%40b",
		"outbox": "/outbox", "overview": "/", "categories": "/categories",
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				w := httptest.NewRecorder()
				r.web.ServeHTTP(w, httptest.NewRequestWithContext(b.Context(), http.MethodGet, prefix+path, nil))
				if w.Code != http.StatusOK || w.Body.Len() > maxPage {
					b.Fatalf("status %d, %d bytes", w.Code, w.Body.Len())
				}
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
		})
	}
}
