package crash_test

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A tally counts what went wrong. All of it must be 0.
type tally struct {
	Lost, Double, Early int // mails that are nowhere, or twice; removals before the commit
}

// A witness sees removals, and compares each with what is committed then.
type witness struct {
	store    storage.Store
	mu       sync.Mutex
	removals int
	early    []string
}

// sees is told before mails leave their folder.
func (w *witness) sees(t testing.TB, byHash bool) func(...removal) {
	return func(mails ...removal) {
		missing, err := patiently(t, w.store, mails, byHash)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.removals += len(mails)
		w.early = append(w.early, missing...)
		if err != nil && t.Context().Err() == nil {
			w.early = append(w.early, err.Error())
		}
	}
}

// patiently is uncommitted for a database that may be starting anew: it is asked
// for some minutes. Meanwhile whoever removes the mails waits for the answer, so
// that nothing is committed behind the removal.
func patiently(t testing.TB, store storage.Store, mails []removal, byHash bool) (missing []string, err error) {
	for end := time.Now().Add(3 * time.Minute); time.Now().Before(end); {
		if missing, err = uncommitted(t, store, mails, byHash); err == nil {
			break
		}
		select {
		case <-t.Context().Done():
			return missing, err
		case <-time.After(50 * time.Millisecond):
		}
	}
	return missing, err
}

// uncommitted returns the mails whose outcome is not in the ledger, with the
// bytes that the server has. Without unique-ids of the server the key is not
// known, and any entry with these bytes counts.
func uncommitted(t testing.TB, store storage.Store, mails []removal, byHash bool) (missing []string, err error) {
	keys := make([]mailbox.Key, len(mails))
	for i, m := range mails {
		keys[i] = m.key
	}
	err = store.View(t.Context(), func(r storage.Reader) error {
		known, sums := map[mailbox.Key][32]byte{}, map[[32]byte]bool{}
		list := func(e mailbox.Entry) {
			if e.Settled() {
				known[e.Key], sums[e.Raw.SHA256] = e.Raw.SHA256, true
			}
		}
		if byHash {
			for e, err := range r.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
				if err != nil {
					return err
				}
				list(e)
			}
		} else {
			entries, err := r.Ledger().Lookup(t.Context(), keys)
			if err != nil {
				return err
			}
			for _, e := range entries {
				list(e)
			}
		}
		missing = nil
		for _, m := range mails {
			if byHash && !sums[m.sum()] || !byHash && known[m.key] != m.sum() {
				missing = append(missing, fmt.Sprintf("%+v", m.key))
			}
		}
		return nil
	})
	return missing, err
}

// An outcome is what became of all mails: how often each, by its bytes, and who
// was told.
type outcome struct {
	Mails   map[string]int // by "outcome hash"
	Told    map[string]int // by "recipient event"
	Tickets int

	Unmarked int // mails of others that were taken in, see unmark
}

// checker reads a store after all is quiet.
type checker struct {
	account *account
	store   vault
	stays   func(given) bool
	after   mailbox.AfterImport
	folders []string
	exact   bool // every copy of a mail that was moved counts; false where COPY may be repeated
	noExit  bool // outgoing mails wait
	weak    bool // a mail that is read once more may have one more entry, as a duplicate: the server names none
}

// check holds what is stored against what the server was given.
func (c checker) check(t testing.TB) (tally, outcome) {
	t.Helper()
	var bad tally
	out := outcome{Mails: map[string]int{}, Told: map[string]int{}}
	out.Unmarked = c.unmark(t)
	want, got := c.wanted(), map[[32]byte]int{}
	inTickets, inComments := map[[32]byte]int{}, map[[32]byte]int{}
	err := c.store.View(t.Context(), func(r storage.Reader) error {
		for e, err := range r.Ledger().List(t.Context(), mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			if c.weak && e.Outcome == mailbox.Record {
				continue
			}
			out.Mails[fmt.Sprintf("%s %x", e.Outcome, e.Raw.SHA256[:4])]++
			if !e.Settled() {
				continue
			}
			got[e.Raw.SHA256]++
			if e.Outcome == mailbox.Ticket || e.Outcome == mailbox.Comment {
				inTickets[e.Raw.SHA256]++
			}
			if sum, err := c.read(t, e.Raw); err != nil || sum != e.Raw.SHA256 {
				t.Errorf("raw bytes of mail %v: %x, %v, want %x", e.Key, sum, err, e.Raw.SHA256)
				bad.Lost++
			}
		}
		for k, err := range r.Tickets().List(t.Context(), storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			out.Tickets++
			for comment, err := range r.Tickets().Comments(t.Context(), k.ID) {
				if err != nil {
					return err
				}
				if !comment.Raw.IsZero() {
					inComments[comment.Raw.SHA256]++
				}
			}
		}
		return c.outbox(t, r, &out)
	})
	if err != nil {
		t.Fatal(err)
	}
	lost, double := differences(want, got)
	bad.Lost, bad.Double = bad.Lost+lost, bad.Double+double
	if lost+double > 0 {
		t.Errorf("%d mails lost, %d double: %v", lost, double, out.Mails)
	}
	lost, double = differences(inTickets, inComments)
	bad.Lost, bad.Double = bad.Lost+lost, bad.Double+double
	if lost+double > 0 {
		t.Errorf("of mails that the ledger says are in tickets %d are missing and %d too many", lost, double)
	}
	c.checkServer(t)
	return bad, out
}

// wanted are the mails that must be in the store, by their bytes.
func (c checker) wanted() map[[32]byte]int {
	want := map[[32]byte]int{}
	for _, g := range c.account.all() {
		if c.after == mailbox.AfterFlag || !c.stays(g) {
			want[g.sum()]++
		}
	}
	return want
}

// unmark finds out which mails of others have lost their mark: a server that
// can only expunge everything takes it off, and a kill before it is set again
// leaves ordinary mails, which are then taken in.
func (c *checker) unmark(t testing.TB) (n int) {
	t.Helper()
	left := c.account.left(t, "INBOX")
	stays := c.stays
	if stays == nil {
		stays = func(given) bool { return false }
	}
	lost := func(g given) bool {
		return g.foreign && c.account.dialect == plainest && !slices.Contains(left, g.raw)
	}
	c.stays = func(g given) bool { return stays(g) && !lost(g) }
	for _, g := range c.account.all() {
		if lost(g) {
			n++
		}
	}
	return n
}

// differences counts what is missing in got and what is too much.
func differences(want, got map[[32]byte]int) (missing, more int) {
	for sum := range maps.Keys(want) {
		missing += max(want[sum]-got[sum], 0)
	}
	for sum := range maps.Keys(got) {
		more += max(got[sum]-want[sum], 0)
	}
	return missing, more
}

func (c checker) read(t testing.TB, b storage.Blob) (sum [32]byte, err error) {
	r, err := c.store.Open(t.Context(), b)
	if err != nil {
		return sum, err
	}
	defer r.Close()
	h := sha256.New()
	if _, err := io.Copy(h, r); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), nil
}

// outbox counts who was told of what. Mails may have been joined.
func (c checker) outbox(t testing.TB, r storage.Reader, out *outcome) error {
	for m, err := range r.Outbox().List(t.Context(), notify.MailQuery{}) {
		if err != nil {
			return err
		}
		if !c.noExit && m.State != notify.Sent && m.State != notify.Returned {
			t.Errorf("mail to %s is %s: %s", m.To.Address, m.State, m.Error)
		}
		for _, cause := range m.Causes {
			out.Told[m.To.Address+" "+string(cause.Kind)]++
		}
	}
	return nil
}

// checkServer wants every mail gone from its folder but those that stay (R12),
// and moved ones where they belong.
func (c checker) checkServer(t testing.TB) {
	t.Helper()
	var stay []string
	for _, g := range c.account.all() {
		if c.stays(g) {
			stay = append(stay, g.raw)
		}
	}
	var left []string
	for _, folder := range append([]string{"INBOX"}, c.folders...) {
		left = append(left, c.account.left(t, folder)...)
	}
	slices.Sort(stay)
	slices.Sort(left)
	if !slices.Equal(stay, left) {
		t.Errorf("%d mails are left on the server, want %d:\n%.1000q", len(left), len(stay), left)
	}
	if c.after != mailbox.AfterMove {
		return
	}
	moved := map[[32]byte]int{}
	for _, folder := range []string{movedTo, movedFailing} {
		for _, raw := range c.account.left(t, folder) {
			moved[sha256.Sum256([]byte(raw))]++
		}
	}
	missing, more := differences(c.wanted(), moved)
	if missing > 0 || more > 0 && c.exact {
		t.Errorf("of the mails that were moved %d are missing and %d too many", missing, more)
	}
}

// compare wants the same to have become of all mails as without a kill.
func compare(t testing.TB, want, got outcome) {
	t.Helper()
	if got.Unmarked > 0 {
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-without a kill +now):\n%s", diff)
	}
}
