package mailbox_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
)

// The UIDs of another account are not those that the ledger knows, in each of
// their lives.
func TestDrainOfAnotherAccount(t *testing.T) {
	r := newRig("one", "two")
	for _, account := range []int{0, 1, 1, 12} {
		r.opts.Account = account
		if _, err := r.drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.server.SetValidity("INBOX", 1)
		r.server.Add("INBOX", "three")
	}
	want := []string{"1", "1 @1", "1 @12", "1 @1~2", "2"}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(maps.Keys(r.keeper.kept))); diff != "" {
		t.Errorf("keys of mails taken in (-want +got):\n%s", diff)
	}
}

func TestKeyAccount(t *testing.T) {
	for uid, want := range map[string]int{
		"17": 0, "17~2": 0, "17 @1": 1, "17 @12~2": 12, "x 2 @3": 3, "x@2": 0, "a@b.example": 0, "x @": 0, "x @y": 0, "": 0,
	} {
		if got := (mailbox.Key{UID: uid}).Account(); got != want {
			t.Errorf("account of UID %q = %d, want %d", uid, got, want)
		}
	}
}
