package fault_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/storage/storetest"
	"example.com/ticketmail/storage/storetest/fault"
)

var errBroken = errors.New("broken")

// Where nothing breaks, nobody notices the wrappers.
func TestStorePassesTheSuite(t *testing.T) {
	for name, within := range map[string]bool{"boundaries": false, "within": true} {
		t.Run(name, func(t *testing.T) {
			var clock storetest.Clock
			storetest.Run(t, func(*testing.T) storage.Store {
				return (&fault.Injector{Within: within}).Store(memstore.New(&memstore.Options{Now: clock.Now}))
			}, &storetest.Options{Advance: clock.Advance})
		})
	}
}

func TestBlobsPassTheSuite(t *testing.T) {
	storetest.RunBlobs(t, func(*testing.T) storage.Blobs {
		return (&fault.Injector{Within: true}).Blobs(memstore.New(nil))
	}, &storetest.Options{Skip: map[string]string{"BoundedMemory": "memstore keeps content in memory"}})
}

func TestSessionsPassTheSuite(t *testing.T) {
	mailboxtest.Run(t, func(*testing.T) mailboxtest.Account {
		s := mailboxtest.NewServer()
		s.SetCredentials("support", "secret")
		return mailboxtest.Account{
			Mailbox:   mailbox.Mailbox{User: "support", Password: mailbox.NewSecret("secret")},
			Connector: new(fault.Injector).Connector(s),
			Add: func(raws ...string) error {
				for _, raw := range raws {
					s.Add("INBOX", raw)
				}
				return nil
			},
			Contents: func() ([]string, error) { return s.Raws("INBOX"), nil },
		}
	})
}

// put writes a setting and says whether it is there afterwards.
func put(t *testing.T, plan fault.Plan) (points []string, written bool, err error) {
	t.Helper()
	inner := memstore.New(nil)
	in := &fault.Injector{Within: true, Plan: func(ctx context.Context, p fault.Point) error {
		points = append(points, p.String())
		return plan(ctx, p)
	}}
	err = in.Store(inner).Update(t.Context(), func(w storage.Writer) error {
		return w.Settings().Put(t.Context(), "kind", "key", []byte("value"))
	})
	looked := inner.View(t.Context(), func(r storage.Reader) error {
		_, err := r.Settings().Get(t.Context(), "kind", "key")
		written = err == nil
		return nil
	})
	if looked != nil {
		t.Fatal(looked)
	}
	return points, written, err
}

func TestPointsOfAnUpdate(t *testing.T) {
	all := []string{"1 update before", "2 settings.put before", "3 update commit", "4 update after"}
	for name, tt := range map[string]struct {
		n       int
		written bool
	}{
		"not begun":          {1, false},
		"inside":             {2, false},
		"rolled back":        {3, false},
		"the answer lost":    {4, true},
		"nothing goes amiss": {5, true},
	} {
		t.Run(name, func(t *testing.T) {
			points, written, err := put(t, fault.At(tt.n, fault.Fail(errBroken)))
			if diff := cmp.Diff(all[:min(tt.n, 4)], points); diff != "" {
				t.Errorf("points (-want +got):\n%s", diff)
			}
			if written != tt.written || errors.Is(err, errBroken) != (tt.n < 5) {
				t.Errorf("written = %t, %v, want %t", written, err, tt.written)
			}
		})
	}
}

func TestFrom(t *testing.T) {
	in := &fault.Injector{Plan: fault.From(2, fault.Fail(errBroken))}
	send := in.Sender(notify.SenderFunc(func(context.Context, notify.Mail) error { return nil }))
	for range 2 { // before and after, then before only
		if err := send.Send(t.Context(), notify.Mail{}); !errors.Is(err, errBroken) {
			t.Errorf("Send = %v, want it broken", err)
		}
	}
	if in.Count() != 3 {
		t.Errorf("%d points, want 3", in.Count())
	}
}

func TestDelayEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errBroken)
	err := (&fault.Injector{Plan: fault.Delay(time.Hour)}).Store(memstore.New(nil)).View(ctx, nil)
	if !errors.Is(err, errBroken) {
		t.Errorf("View = %v, want the cause of its context", err)
	}
}

// A session has the optional capabilities of the one it wraps, and no others.
func TestSessionCapabilities(t *testing.T) {
	s := mailboxtest.NewServer()
	plain := mailbox.ConnectorFunc(func(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
		inner, err := s.Connect(ctx, m)
		return struct{ mailbox.Session }{inner}, err
	})
	for name, tt := range map[string]struct {
		connector mailbox.Connector
		want      bool
	}{"both": {s, true}, "neither": {plain, false}} {
		t.Run(name, func(t *testing.T) {
			got, err := new(fault.Injector).Connector(tt.connector).Connect(t.Context(), mailbox.Mailbox{})
			if err != nil {
				t.Fatal(err)
			}
			_, keeps := got.(mailbox.Keeper)
			_, waits := got.(mailbox.Waiter)
			if keeps != tt.want || waits != tt.want {
				t.Errorf("Keeper %t, Waiter %t, want %t", keeps, waits, tt.want)
			}
		})
	}
}

// Every call of a session fails in turn, before and after its work.
func TestSessionFails(t *testing.T) {
	use := func(in *fault.Injector) error {
		s := mailboxtest.NewServer()
		s.Add("INBOX", "mail")
		ctx := t.Context()
		session, err := in.Connector(s).Connect(ctx, mailbox.Mailbox{})
		if err != nil {
			return err
		}
		_, err1 := session.Select(ctx, "INBOX", false)
		items, err2 := session.List(ctx)
		err3 := session.Fetch(ctx, items, func(_ mailbox.Item, body io.Reader) error {
			_, err := io.Copy(io.Discard, body)
			return err
		})
		k := session.(mailbox.Keeper)
		return errors.Join(err1, err2, err3, k.Flag(ctx, items), k.Move(ctx, items[:0], "Other"), session.Remove(ctx, items), session.Close())
	}
	var all fault.Injector
	if err := use(&all); err != nil {
		t.Fatal(err)
	}
	if all.Count() != 18 {
		t.Errorf("%d points, want 2 of each of 9 calls", all.Count())
	}
	for n := 1; n <= all.Count(); n++ {
		if err := use(&fault.Injector{Plan: fault.At(n, fault.Fail(errBroken))}); !errors.Is(err, errBroken) {
			t.Errorf("with point %d broken: %v", n, err)
		}
	}
}

func TestBlobsFail(t *testing.T) {
	use := func(in *fault.Injector) error {
		b := in.Blobs(memstore.New(nil))
		sp, err := b.Create(t.Context())
		if err != nil {
			return err
		}
		defer sp.Discard()
		if _, err := io.Copy(sp, strings.NewReader("content")); err != nil {
			return err
		}
		blob, err := sp.Finish()
		if err != nil {
			return err
		}
		r, err := b.Open(t.Context(), blob)
		if err != nil {
			return err
		}
		return errors.Join(r.Close(), b.Sync(t.Context()))
	}
	for n := 1; n <= 8; n++ {
		if err := use(&fault.Injector{Within: true, Plan: fault.At(n, fault.Fail(errBroken))}); !errors.Is(err, errBroken) {
			t.Errorf("with point %d broken: %v", n, err)
		}
	}
}
