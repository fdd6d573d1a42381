package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

// newClosing returns a rig whose server removes mails when the session is
// closed, and wants that after n mails.
func newClosing(n int, mails ...string) *rig {
	r := newRig(mails...)
	r.server.SetCloseAfter("INBOX", n)
	return r
}

// empty drains session after session, as long as there is more to do.
func (r *rig) empty(ctx context.Context) (sum mailbox.DrainReport, sessions int, err error) {
	for more := true; more && err == nil; sessions++ {
		var got mailbox.DrainReport
		got, err = r.drain(ctx)
		sum.Add(got)
		more = got.More
	}
	return sum, sessions, err
}

// trace is what was done, in the order of calls.
func (r *rig) trace() *[]string {
	var did []string
	r.server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpFetch || c.Op == mailboxtest.OpRemove {
			did = append(did, fmt.Sprint(c.Op, len(c.UIDs)))
		} else if c.Op == mailboxtest.OpClose {
			did = append(did, "close")
		}
		return nil
	})
	r.journal.OnCall(func(op string) error {
		if op == "emptied" {
			did = append(did, op)
		}
		return nil
	})
	return &did
}

func TestDrainClosesToRemove(t *testing.T) {
	r := newClosing(10, numbered(23)...)
	r.opts = mailbox.DrainOptions{Window: 4, BatchMails: 3}
	did := r.trace()
	got, sessions, err := r.empty(t.Context())
	if err != nil || got.Received != 23 || got.Removed != 23 || sessions != 3 {
		t.Errorf("%d sessions: %+v, %v, want 23 mails in 3", sessions, got, err)
	}
	want := strings.Fields("fetch4 fetch4 fetch2 remove10 close emptied fetch4 fetch4 fetch2 remove10 close emptied fetch3 remove3 close emptied")
	if diff := cmp.Diff(want, *did); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	r.checkKept(t, 23)
}

// A mail counts as emptied only when the session was closed well. What was
// committed is then removed in a session of its own, without being read again.
func TestDrainFinishesWhatABrokenSessionBegan(t *testing.T) {
	lost := errors.New("connection lost")
	for name, fault := range map[string]func(*mailboxtest.Server){
		"while removing": func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpRemove, 1, lost) },
		"while closing":  func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpClose, 1, lost) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newClosing(10, numbered(15)...)
			fault(r.server)
			got, err := r.drain(t.Context())
			if !errors.Is(err, lost) || got.Received != 10 || got.Removed != 0 {
				t.Errorf("drain = %+v, %v, want 10 mails received, none removed", got, err)
			}
			for _, e := range r.journal.Entries() {
				if !e.EmptiedAt.IsZero() {
					t.Errorf("mail %s counts as emptied", e.UID)
				}
			}
			did := r.trace()
			if _, _, err := r.empty(t.Context()); err != nil {
				t.Fatal(err)
			}
			want := strings.Fields("remove10 close emptied fetch5 remove5 close emptied")
			if diff := cmp.Diff(want, *did); diff != "" {
				t.Errorf("calls of the next drain (-want +got):\n%s", diff)
			}
			r.checkKept(t, 15)
		})
	}
}

// The server removed the mails and its answer was lost: they are gone, and
// nothing is done twice.
func TestDrainAfterALostAnswer(t *testing.T) {
	r := newClosing(10, numbered(5)...)
	r.server.FailAfterRemove(1, errors.New("connection lost"))
	if got, err := r.drain(t.Context()); err == nil || got.Removed != 0 {
		t.Errorf("drain = %+v, %v, want an error and none removed", got, err)
	}
	got, _, err := r.empty(t.Context())
	if err != nil || got.Received+got.Removed > 0 {
		t.Errorf("the next drain = %+v, %v", got, err)
	}
	r.checkKept(t, 5)
}

// TestClosingDrainSurvivesEveryFailure is TestDrainSurvivesEveryFailure where
// mails are removed at Close.
func TestClosingDrainSurvivesEveryFailure(t *testing.T) {
	const n = 12
	broken := errors.New("broken")
	fresh := func() *rig {
		r := newClosing(5, numbered(n)...)
		r.opts = mailbox.DrainOptions{Window: 4, BatchMails: 3}
		return r
	}
	finish := func(t *testing.T, r *rig) {
		for range 8 {
			if _, _, err := r.empty(t.Context()); err == nil {
				r.checkKept(t, n)
				return
			}
		}
		t.Error("the drain does not recover")
	}
	ops := []mailboxtest.Op{mailboxtest.OpSelect, mailboxtest.OpList, mailboxtest.OpFetch, mailboxtest.OpBody, mailboxtest.OpRemove, mailboxtest.OpClose}
	for _, op := range ops {
		for nth := 1; nth <= n+1; nth++ {
			t.Run(fmt.Sprintf("%s %d", op, nth), func(t *testing.T) {
				r := fresh()
				r.server.FailCall(op, nth, broken)
				_, _, _ = r.empty(t.Context())
				finish(t, r)
			})
		}
	}
	for nth := 1; nth <= 3; nth++ {
		t.Run(fmt.Sprintf("confirmation %d", nth), func(t *testing.T) {
			r := fresh()
			r.server.FailAfterRemove(nth, broken)
			_, _, _ = r.empty(t.Context())
			finish(t, r)
		})
	}
	for nth := 1; nth <= 40; nth++ {
		t.Run(fmt.Sprintf("journal %d", nth), func(t *testing.T) {
			r := fresh()
			calls := 0
			var mu sync.Mutex
			r.journal.OnCall(func(string) error {
				mu.Lock()
				defer mu.Unlock()
				if calls++; calls == nth {
					return broken
				}
				return nil
			})
			_, _, _ = r.empty(t.Context())
			finish(t, r)
		})
	}
}

// Healthy mails are removed before one is tried that kills the connection.
func TestClosingDrainIsolatesPoison(t *testing.T) {
	for name, spoil := range map[string]func(*mailboxtest.Server){
		"amid the mail":   func(s *mailboxtest.Server) { s.CutBody("INBOX", "3", 2) },
		"before the mail": func(s *mailboxtest.Server) { s.OnCall(failingBody("3")) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newClosing(4, numbered(9)...)
			spoil(r.server)
			for poll := range 8 {
				_, _, err := r.empty(t.Context())
				if left := r.server.UIDs("INBOX"); poll == 1 && !slices.Equal(left, []string{"3"}) {
					t.Errorf("after two polls mails %q are left, want the one that kills: %v", left, err)
				}
			}
			got, _, err := r.empty(t.Context())
			if err != nil || got.Left != 1 {
				t.Errorf("drain = %+v, %v, want the mail left", got, err)
			}
			r.checkKept(t, 9, "3")
		})
	}
}

// failingBody breaks the connection where a mail is due.
func failingBody(uid string) func(mailboxtest.Call) error {
	return func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpBody && slices.Contains(c.UIDs, uid) {
			return errors.New("the server crashed")
		}
		return nil
	}
}

// A computed UID proves nothing: every mail is read before it is removed, and
// has a row of its own.
func TestDrainDoubtsComputedUIDs(t *testing.T) {
	lost := errors.New("connection lost")
	for name, tt := range map[string]struct {
		fault func(*mailboxtest.Server)
		rows  []string
	}{
		"removals confirmed": {func(*mailboxtest.Server) {}, []string{"1", "1~2", "1~3"}},
		"the answer lost":    {func(s *mailboxtest.Server) { s.FailAfterRemove(1, lost) }, []string{"1", "1~2", "1~3"}},
		"not removed":        {func(s *mailboxtest.Server) { s.FailCall(mailboxtest.OpClose, 1, lost) }, []string{"1", "1~2", "1~3", "1~4"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newClosing(10)
			tt.fault(r.server)
			for _, body := range []string{"alpha", "beta", "gamma"} { // of one size
				r.server.SetWeak("INBOX")
				r.server.Add("INBOX", body)
				if _, _, err := r.empty(t.Context()); err != nil {
					_, _, err = r.empty(t.Context())
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			var rows []string
			for _, e := range r.journal.Entries() {
				rows = append(rows, e.UID)
			}
			slices.Sort(rows)
			if diff := cmp.Diff(tt.rows, rows); diff != "" {
				t.Errorf("journal (-want +got):\n%s", diff)
			}
			if n := len(r.server.UIDs("INBOX")); n > 0 {
				t.Errorf("%d mails are left", n)
			}
		})
	}
}

// A server that goes on listing what it says it removed is not read for ever.
func TestDrainOfAServerThatRemovesNothing(t *testing.T) {
	r := newRig("mail")
	for poll := range 5 {
		if _, err := r.drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.server.SetValidity("INBOX", 1)
		if len(r.server.UIDs("INBOX")) == 0 {
			r.server.Add("INBOX", "mail")
		}
		if n := len(r.journal.Entries()); n > 2 {
			t.Fatalf("%d rows after poll %d, want the mail and its return", n, poll)
		}
	}
}

// A UID that is given to a third mail of the same size does not make it go
// unread: it waits an hour, and is read then.
func TestDrainOfAServerThatGivesOneUIDToMany(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := newRig()
	r.opts.Now = func() time.Time { return now }
	for _, body := range []string{"alpha", "betaa", "gamma"} {
		r.server.SetValidity("INBOX", 1)
		r.server.Add("INBOX", body)
		if _, err := r.drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if rows, left := len(r.journal.Entries()), len(r.server.UIDs("INBOX")); rows != 2 || left != 1 {
		t.Fatalf("%d rows and %d mails left, want 2 and the third mail", rows, left)
	}
	now = now.Add(time.Hour)
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if rows, left := len(r.journal.Entries()), len(r.server.UIDs("INBOX")); rows != 3 || left != 0 {
		t.Errorf("%d rows and %d mails left an hour later, want 3 and none", rows, left)
	}
}

// A mail that the server refuses to remove keeps no other waiting for ever.
func TestDrainPastAMailThatCannotBeRemoved(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	r := newClosing(10)
	r.opts.Now = func() time.Time { return now }
	r.server.Add("INBOX", "stays")
	refused := errors.New("refused")
	r.server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpRemove {
			return refused
		}
		return nil
	})
	for hours := range 3 {
		r.keeper.now = now
		if _, _, err := r.empty(t.Context()); !errors.Is(err, refused) {
			t.Fatalf("drain = %v", err)
		}
		if n := len(r.journal.Entries()); n != hours+1 {
			t.Errorf("after %d hours %d mails are taken in, want %d", 2*hours, n, hours+1)
		}
		now = now.Add(2 * time.Hour)
		r.server.Add("INBOX", "another")
	}
}
