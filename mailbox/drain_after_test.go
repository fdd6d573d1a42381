package mailbox_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

const (
	taken   = "Taken"
	failing = "Failing"
)

// keepingRig is a rig whose mails stay in the account. One of the n mails
// ends in quarantine.
func keepingRig(after mailbox.AfterImport, n int) (*rig, []string) {
	mails := numbered(n)
	mails[n/2] = "suspicious"
	r := newRig(mails...)
	r.box.After = after
	if after == mailbox.AfterMove {
		r.box.MoveTo, r.box.MoveFailing = taken, failing
	}
	r.opts = mailbox.DrainOptions{Window: 4, BatchMails: 3}
	return r, mails
}

// checkAfter fails unless each mail was kept once and is where it shall be.
func (r *rig) checkAfter(t *testing.T, mails []string) {
	t.Helper()
	if len(r.keeper.kept) != len(mails) {
		t.Errorf("%d mails kept, want %d", len(r.keeper.kept), len(mails))
	}
	want := map[string][]string{"INBOX": mails, taken: nil, failing: nil}
	marked := len(mails)
	if r.box.After == mailbox.AfterMove {
		fine := slices.DeleteFunc(slices.Clone(mails), func(m string) bool { return m == "suspicious" })
		want = map[string][]string{"INBOX": nil, taken: fine, failing: {"suspicious"}}
		marked = 0
	}
	for folder, raws := range want {
		if diff := cmp.Diff(slices.Sorted(slices.Values(raws)), slices.Sorted(slices.Values(r.server.Raws(folder)))); diff != "" {
			t.Errorf("in %s (-want +got):\n%s", folder, diff)
		}
	}
	if n := len(r.server.Kept("INBOX")); n != marked {
		t.Errorf("%d mails are marked, want %d", n, marked)
	}
}

// checkNothingGone looks at the account before each call: whatever happens, no
// mail leaves it.
func (r *rig) checkNothingGone(t *testing.T, n int) {
	r.server.OnCall(func(c mailboxtest.Call) error {
		there := len(r.server.UIDs("INBOX")) + len(r.server.UIDs(taken)) + len(r.server.UIDs(failing))
		if there != n || c.Op == mailboxtest.OpRemove {
			t.Errorf("at %s the account has %d mails of %d", c.Op, there, n)
		}
		return nil
	})
}

func TestDrainKeepsMailsInTheAccount(t *testing.T) {
	for _, after := range []mailbox.AfterImport{mailbox.AfterMove, mailbox.AfterFlag} {
		t.Run(string(after), func(t *testing.T) {
			r, mails := keepingRig(after, 20)
			r.checkNothingGone(t, len(mails))
			got, err := r.drain(t.Context())
			if err != nil || got.Received != 20 || got.Removed != 0 || got.Moved+got.Kept != 20 {
				t.Fatalf("drain = %+v, %v", got, err)
			}
			r.checkAfter(t, mails)
			r.server.Add("INBOX", "mail 21") // is the only work of the next
			r.server.OnCall(nil)
			before := r.server.Count(mailboxtest.OpBody)
			if got, err = r.drain(t.Context()); err != nil || got.Received != 1 {
				t.Errorf("next drain = %+v, %v, want one mail received", got, err)
			}
			if n := r.server.Count(mailboxtest.OpBody) - before; n != 1 {
				t.Errorf("%d mails were fetched, want the new one alone", n)
			}
			r.checkAfter(t, append(mails, "mail 21"))
		})
	}
}

// Mails that are kept cost a lookup for a thousand of them, and nothing else.
func TestKeptMailsAreNoWork(t *testing.T) {
	const n = 2500
	for name, wordless := range map[string]bool{"marked": false, "no keywords": true} {
		t.Run(name, func(t *testing.T) {
			r, mails := keepingRig(mailbox.AfterFlag, n)
			r.server.SetWordless("INBOX", wordless)
			r.opts = mailbox.DrainOptions{}
			if _, err := r.drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			calls := map[string]int{}
			r.journal.OnCall(func(op string) error { calls[op]++; return nil })
			from := len(r.server.Calls())
			got, err := r.drain(t.Context())
			if err != nil || got.Kept != n || got.Received != 0 {
				t.Errorf("drain = %+v, %v, want %d mails kept", got, err, n)
			}
			if diff := cmp.Diff(map[string]int{"lookup": 3, "opened": 1}, calls); diff != "" {
				t.Errorf("calls of the journal (-want +got):\n%s", diff)
			}
			for _, c := range r.server.Calls()[from:] {
				if c.Op == mailboxtest.OpFetch || c.Op == mailboxtest.OpFlag && !wordless {
					t.Errorf("call of the server: %s of %d mails", c.Op, len(c.UIDs))
				}
			}
			if len(r.server.UIDs("INBOX")) != len(mails) {
				t.Error("mails are missing")
			}
		})
	}
}

// TestDrainKeepsMailsThroughEveryFailure lets each call of server and journal
// fail once, before or after its work, and drains again.
func TestDrainKeepsMailsThroughEveryFailure(t *testing.T) {
	const n = 12
	broken := errors.New("broken")
	for after, last := range map[mailbox.AfterImport]mailboxtest.Op{mailbox.AfterMove: mailboxtest.OpMove, mailbox.AfterFlag: mailboxtest.OpFlag} {
		faulty := func(name string, fail func(*rig)) {
			t.Run(string(after)+" "+name, func(t *testing.T) {
				r, mails := keepingRig(after, n)
				r.checkNothingGone(t, n)
				fail(r)
				_, _ = r.drain(t.Context())
				for range 5 {
					if _, err := r.drain(t.Context()); err == nil {
						r.checkAfter(t, mails)
						return
					}
				}
				t.Error("the drain does not recover")
			})
		}
		for _, op := range []mailboxtest.Op{mailboxtest.OpSelect, mailboxtest.OpList, mailboxtest.OpFetch, mailboxtest.OpBody, last, mailboxtest.OpClose} {
			for nth := 1; nth <= n+1; nth++ {
				faulty(fmt.Sprintf("%s %d", op, nth), func(r *rig) { r.server.FailCall(op, nth, broken) })
			}
		}
		for nth := 1; nth <= 5; nth++ {
			faulty(fmt.Sprintf("confirmation of %s %d", last, nth), func(r *rig) { r.server.FailAfter(last, nth, broken) })
		}
		for nth := 1; nth <= 30; nth++ {
			faulty(fmt.Sprintf("journal %d", nth), func(r *rig) {
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
			})
		}
	}
}

// A plain session knows no more than mailbox.Session asks for.
type plain struct{ mailbox.Session }

// Where mails cannot be kept nothing is read, and nothing is deleted instead.
func TestDrainRefusesToDeleteInstead(t *testing.T) {
	for _, after := range []mailbox.AfterImport{mailbox.AfterMove, mailbox.AfterFlag} {
		r, _ := keepingRig(after, 3)
		s, err := r.server.Connect(t.Context(), r.box)
		if err != nil {
			t.Fatal(err)
		}
		_, err = mailbox.Drain(t.Context(), plain{s}, r.box, "INBOX", r.journal, r.keeper, &r.opts)
		if !errors.Is(err, mailbox.ErrCannotKeep) {
			t.Errorf("%s: drain = %v, want ErrCannotKeep", after, err)
		}
		if n := r.server.Count(mailboxtest.OpSelect); n != 0 || len(r.keeper.kept) != 0 || len(r.server.UIDs("INBOX")) != 3 {
			t.Errorf("%s: %d folders selected, %d mails kept, %d left", after, n, len(r.keeper.kept), len(r.server.UIDs("INBOX")))
		}
		r.server.SetDeleteOnly(true)
		if _, err := r.drain(t.Context()); !errors.Is(err, mailbox.ErrCannotKeep) {
			t.Errorf("%s: connecting to a server that can only delete = %v, want ErrCannotKeep", after, err)
		}
	}
}

// Mails that are to be flagged can stand in a folder nobody may change; those
// to be moved cannot.
func TestDrainKeepsMailsReadOnly(t *testing.T) {
	for after, want := range map[mailbox.AfterImport]error{mailbox.AfterMove: mailbox.ErrReadOnly, mailbox.AfterFlag: nil} {
		r, _ := keepingRig(after, 4)
		r.server.SetReadOnly("INBOX", true)
		for range 2 {
			if _, err := r.drain(t.Context()); !errors.Is(err, want) {
				t.Errorf("%s: drain = %v, want %v", after, err, want)
			}
		}
		if n := len(r.keeper.kept); (n == 0) != (want != nil) {
			t.Errorf("%s: %d mails kept", after, n)
		}
	}
}

// What After says holds for all mails that are settled and still there.
func TestDrainAfterTheSettingChanged(t *testing.T) {
	r, mails := keepingRig(mailbox.AfterFlag, 8)
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.box.After, r.box.MoveTo, r.box.MoveFailing = mailbox.AfterMove, taken, failing
	got, err := r.drain(t.Context())
	if err != nil || got.Received != 0 || got.Moved != 8 {
		t.Errorf("drain = %+v, %v, want 8 mails moved", got, err)
	}
	r.checkAfter(t, mails)
}

// A server that never announces the true size is not read again for it.
func TestKeptMailsOfAnotherSize(t *testing.T) {
	r, _ := keepingRig(mailbox.AfterFlag, 4)
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, e := range r.journal.Entries() { // as the engine writes them
		e.Size, e.Raw.Size = 100, 100
		if err := r.journal.Put(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	before := r.server.Count(mailboxtest.OpBody)
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := r.server.Count(mailboxtest.OpBody) - before; n != 0 || len(r.keeper.kept) != 4 {
		t.Errorf("%d mails were read again", n)
	}
}
