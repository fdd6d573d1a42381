package mailbox_test

import (
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

// A drain that others wait for ends after a window. What was taken in is
// removed, and the next one goes on, with poison as well.
func TestDrainEndsWhenItIsAnothersTurn(t *testing.T) {
	r := newRig(numbered(10)...)
	r.server.Add("INBOX", "panic") // 11
	r.server.Add("INBOX", "mail 12")
	r.opts = mailbox.DrainOptions{Window: 4, BatchMails: 2, Enough: func() bool { return true }}
	for i, want := range []mailbox.DrainReport{{Received: 4, Removed: 4, More: true}, {Received: 4, Removed: 4, More: true}, {Received: 4, Removed: 4}} {
		got, err := r.drain(t.Context())
		got.Folder, got.Bytes = mailbox.Folder{}, 0
		if got != want || err != nil {
			t.Errorf("drain %d: %+v, %v; want %+v", i, got, err, want)
		}
	}
	r.checkKept(t, 12)
}

// Poison found in a turn that ends early is not lost: it is taken alone at the
// end of one.
func TestPoisonOutlivesATurn(t *testing.T) {
	r := newRig("panic", "mail 2", "mail 3", "mail 4", "mail 5")
	r.opts = mailbox.DrainOptions{Window: 2, Enough: func() bool { return true }}
	turns := 0
	for more := true; more; turns++ {
		got, err := r.drain(t.Context())
		if err != nil || turns > 5 {
			t.Fatalf("turn %d: %+v, %v", turns, got, err)
		}
		more = got.More
	}
	r.checkKept(t, 5)
	if len(r.keeper.poison) != 1 {
		t.Errorf("poison %q, want the one mail", r.keeper.poison)
	}
}

// Mails under suspicion wait neither for the end of the fresh ones, nor keep
// others waiting until all of them are done.
func TestSuspectsHaveTheirTurn(t *testing.T) {
	for name, tt := range map[string]struct {
		fresh int
		want  []mailbox.DrainReport
	}{
		"beside fresh mails": {12, []mailbox.DrainReport{{Received: 20, Removed: 20, More: true}, {Received: 20, Removed: 20, More: true}, {Received: 12, Removed: 12}}},
		"only they":          {0, []mailbox.DrainReport{{Received: 16, Removed: 16, More: true}, {Received: 16, Removed: 16, More: true}, {Received: 8, Removed: 8}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(numbered(40 + tt.fresh)...)
			folder := mailbox.FolderKey{Mailbox: "support", Folder: "INBOX", Validity: 1}
			if err := r.journal.Open(t.Context(), folder, r.server.UIDs("INBOX")[:40]); err != nil { // as a crash leaves it
				t.Fatal(err)
			}
			r.opts = mailbox.DrainOptions{Window: 4, Enough: func() bool { return true }}
			for i, want := range tt.want {
				got, err := r.drain(t.Context())
				got.Folder, got.Bytes = mailbox.Folder{}, 0
				if got != want || err != nil {
					t.Errorf("drain %d: %+v, %v; want %+v", i, got, err, want)
				}
			}
			r.checkKept(t, 40+tt.fresh)
		})
	}
}

// Without anybody waiting, one drain does it all; one whose session ends with
// the removals is not asked.
func TestDrainAsksBetweenWindowsOnly(t *testing.T) {
	for name, tt := range map[string]struct {
		mails, closeAfter, asked int
	}{
		"one window":        {4, 0, 0},
		"three windows":     {9, 0, 2},
		"removed at an end": {9, 8, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(numbered(tt.mails)...)
			r.server.SetCloseAfter("INBOX", tt.closeAfter)
			asked := 0
			r.opts = mailbox.DrainOptions{Window: 4, Enough: func() bool { asked++; return false }}
			if got, err := r.drain(t.Context()); err != nil || got.More != (tt.closeAfter > 0) {
				t.Errorf("%+v, %v", got, err)
			}
			if asked != tt.asked {
				t.Errorf("asked %d times, want %d", asked, tt.asked)
			}
		})
	}
}

// A window of few big mails ends as well, so that nobody waits for hundreds.
func TestWindowsAreBoundedInBytes(t *testing.T) {
	r := newRig()
	for range 6 {
		r.server.Add("INBOX", strings.Repeat("x", 500))
	}
	r.opts = mailbox.DrainOptions{BatchBytes: 500}
	if got, err := r.drain(t.Context()); err != nil || got.Received != 6 {
		t.Fatalf("%+v, %v", got, err)
	}
	if n := r.server.Count(mailboxtest.OpFetch); n != 3 {
		t.Errorf("%d fetches of six mails, want 3: each of two commits' worth", n)
	}
}
