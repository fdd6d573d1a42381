package imapbox_test

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"github.com/emersion/go-imap/v2"
)

// No goroutine outlives its session, however that ended. (The scripted tests
// hold that as well: a bubble does not end with goroutines left in it.)
func TestNoGoroutineIsLeft(t *testing.T) {
	s := &memServer{caps: capSet(imap.CapIMAP4rev1, imap.CapUIDPlus)}
	m := mailboxAt(t, s.start(t))
	if err := addMails(m, strings.Repeat("x", 3<<20), "two", "three"); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	for name, end := range map[string]func(context.Context, mailbox.Session, []mailbox.Item) error{
		"closed": func(_ context.Context, s mailbox.Session, _ []mailbox.Item) error { return s.Close() },
		"cancelled amid a body": func(ctx context.Context, s mailbox.Session, items []mailbox.Item) error {
			ctx, cancel := context.WithCancelCause(ctx)
			err := s.Fetch(ctx, items, func(_ mailbox.Item, body io.Reader) error {
				cancel(stop)
				_, err := io.Copy(io.Discard, body)
				return err
			})
			return errors.Join(want(err, stop), s.Close())
		},
		"cancelled, never closed": func(ctx context.Context, s mailbox.Session, items []mailbox.Item) error {
			ctx, cancel := context.WithCancelCause(ctx)
			return want(s.Fetch(ctx, items, func(mailbox.Item, io.Reader) error {
				cancel(stop)
				return stop
			}), stop)
		},
		"ended by the consumer, closed twice": func(ctx context.Context, s mailbox.Session, items []mailbox.Item) error {
			err := s.Fetch(ctx, items, func(mailbox.Item, io.Reader) error { return stop })
			return errors.Join(want(err, stop), s.Close(), s.Close())
		},
		"wrong password": func(ctx context.Context, s mailbox.Session, _ []mailbox.Item) error {
			wrong := m
			wrong.Password = mailbox.NewSecret("wrong")
			_, err := imapbox.New(nil).Connect(ctx, wrong)
			if !is[*mailbox.AuthError](err) {
				return err
			}
			return s.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			session, items := boxtest.Opened(t, imapbox.New(nil), m)
			if err := end(t.Context(), session, items); err != nil {
				t.Error(err)
			}
			if left := settled(ourGoroutines); left != "" {
				t.Errorf("still running:\n%s", left)
			}
		})
	}
}

func want(err, target error) error {
	if errors.Is(err, target) {
		return nil
	}
	return errors.Join(errors.New("not the error that was wanted"), err)
}

// ourGoroutines returns the stacks of goroutines that work for a session.
func ourGoroutines() string {
	all := make([]byte, 1<<20)
	all = all[:runtime.Stack(all, true)]
	var ours []string
	for stack := range strings.SplitSeq(string(all), "\n\n") {
		if strings.Contains(stack, "/imapclient.") || strings.Contains(stack, "/internal/wire.") || strings.Contains(stack, "/imapbox.(") {
			ours = append(ours, stack)
		}
	}
	return strings.Join(ours, "\n\n")
}

// settled waits until get returns nothing, at most a minute, and returns what is
// left then.
func settled(get func() string) (left string) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if left = get(); left == "" {
			return ""
		}
		<-tick.C
	}
	return left
}

func cancelAfter(t *testing.T, d time.Duration, cause error) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(t.Context())
	timer := time.AfterFunc(d, func() { cancel(cause) })
	return ctx, func() { timer.Stop(); cancel(nil) }
}
