package console_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A shelf is where mails are kept that may not be had any more.
type shelf struct {
	storage.Blobs
	open   func(ctx context.Context) (io.ReadCloser, error) // nil: as it should be
	opened int
}

// Open implements [storage.Blobs].
func (s *shelf) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	s.opened++
	if s.open == nil {
		return s.Blobs.Open(ctx, b)
	}
	return s.open(ctx)
}

// withShelf returns a rig with seed, and where it keeps its mails.
func withShelf(t *testing.T) (*rig, *shelf) {
	s := &shelf{}
	r := build(t, change{config: func(c *ticketmail.Config) {
		s.Blobs, _ = c.Store.(storage.Blobs)
		c.Blobs = s
	}})
	r.seed()
	return r, s
}

// TestUnreadable: a mail that cannot be read costs the lists what it is about,
// and nothing else.
func TestUnreadable(t *testing.T) {
	down := errors.New("the shelf is down")
	for name, open := range map[string]func(context.Context) (io.ReadCloser, error){
		"gone":             func(context.Context) (io.ReadCloser, error) { return nil, storage.ErrNotFound },
		"cannot be opened": func(context.Context) (io.ReadCloser, error) { return nil, down },
		"cannot be read":   func(context.Context) (io.ReadCloser, error) { return io.NopCloser(iotest.ErrReader(down)), nil },
		"damaged": func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("Subject: in"), iotest.ErrReader(down))), nil
		},
		"another's time is over": func(context.Context) (io.ReadCloser, error) { return nil, context.DeadlineExceeded },
	} {
		t.Run(name, func(t *testing.T) {
			r, s := withShelf(t)
			r.receive(loop, strings.ReplaceAll(loop, "loop@", "again@"))
			r.get("/quarantine").has("Mia Kunde")
			s.open = open
			for _, path := range []string{"/journal", "/quarantine"} {
				a := r.get(path)
				inspect(t, a)
				a.has("loop@b.example", "again@b.example", "goes in circles").hasNot("Mia Kunde")
			}
		})
	}
}

// TestSlowHeads: where mails come slowly, a list waits a second for what they are
// about, not for each of them.
func TestSlowHeads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, s := withShelf(t)
		r.fill(50)
		spool, err := s.Create(t.Context())
		r.must(err)
		raw, err := spool.Finish()
		r.must(err)
		r.must(r.store.Update(t.Context(), func(w storage.Writer) error {
			for e, err := range w.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
				if err != nil {
					return err
				}
				e.Raw = raw
				if err := w.Ledger().Put(t.Context(), &e); err != nil {
					return err
				}
			}
			return nil
		}))
		s.open = func(ctx context.Context) (io.ReadCloser, error) {
			select {
			case <-time.After(300 * time.Millisecond):
				return io.NopCloser(strings.NewReader("Subject: at last\r\n\r\n")), nil
			case <-ctx.Done():
				return nil, context.Cause(ctx)
			}
		}
		begun := time.Now()
		s.opened = 0
		a := r.get("/journal").has("at last", "m0@b.example")
		if took := time.Since(begun); took != time.Second {
			t.Errorf("the page took %s", took)
		}
		if n := strings.Count(a.text(), "at last"); n != 3 || s.opened != 4 {
			t.Errorf("%d heads of %d mails that were opened", n, s.opened)
		}
	})
}
