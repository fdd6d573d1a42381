package ticketmail_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

// most counts how many are at something at once.
type most struct{ now, peak atomic.Int64 }

func (m *most) during(d time.Duration) {
	n := m.now.Add(1)
	for {
		old := m.peak.Load()
		if n <= old || m.peak.CompareAndSwap(old, n) {
			break
		}
	}
	time.Sleep(d)
	m.now.Add(-1)
}

// Twenty tenants on one set-up: each gets its own mails and no others, and all
// together never poll or send more at once than the limit says.
func TestTenantsShareALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const tenants, polls, sends = 20, 3, 2
		var polling, sending most
		stores := memstore.NewTenants(nil)
		limit := ticketmail.NewLimit(polls, -1, sends)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for i := range tenants {
			id := storage.TenantID(fmt.Sprint("t", i))
			store, err := stores.Tenant(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			server := mailboxtest.NewServer()
			for n := range 3 {
				server.Add("INBOX", mail("mia@kunde.example", fmt.Sprint("Matter of ", id), fmt.Sprintf("%d@%s", n, id), "text"))
			}
			h := house{t: t, store: store.(*memstore.Store)}
			e, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) {
				c.Limit = limit
				c.Connectors = map[mailbox.Protocol]mailbox.Connector{mailbox.IMAP: mailbox.ConnectorFunc(func(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
					polling.during(time.Second)
					return server.Connect(ctx, m)
				})}
				c.Sender = notify.SenderFunc(func(context.Context, notify.Mail) error {
					sending.during(time.Second)
					return nil
				})
			}))
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Consent(t.Context(), ticketmail.Actor{}, "support", ticketmail.Terms{}); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				if err := e.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: Run = %v", id, err)
				}
			})
		}
		wg.Wait()
		for i := range tenants {
			id := storage.TenantID(fmt.Sprint("t", i))
			store, err := stores.Tenant(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			h := house{t: t, store: store.(*memstore.Store)}
			all := h.tickets()
			if len(all) != 3 {
				t.Errorf("%s has %d tickets, want 3", id, len(all))
			}
			for _, k := range all {
				if k.Subject != fmt.Sprint("Matter of ", id) {
					t.Errorf("%s has %q", id, k.Subject)
				}
			}
			h.view(func(r storage.Reader) error {
				for m, err := range r.Outbox().List(t.Context(), notify.MailQuery{}) {
					if err != nil || m.State != notify.Sent {
						t.Errorf("%s: mail %s is %s, %v", id, m.ID, m.State, err)
					}
				}
				return nil
			})
		}
		if polling.peak.Load() != polls || sending.peak.Load() != sends {
			t.Errorf("at most %d polls and %d sends at once, want %d and %d", polling.peak.Load(), sending.peak.Load(), polls, sends)
		}
	})
}
