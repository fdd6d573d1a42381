package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/mailboxtest"
)

// A keeper is a receiver that keeps bodies in memory. Mails whose text has
// the word crash, panic, refuse or withdraw make trouble; suspicious ones go to
// quarantine.
type keeper struct {
	journal *mailboxtest.Journal

	mu     sync.Mutex
	kept   map[string]string // UID -> body, of committed mails
	poison []string          // UIDs handed over unread
	crash  func() error      // what "crash" does; nil: nothing
	now    time.Time         // of what is taken in
}

type mail struct {
	in   mailbox.Incoming
	body string
}

var errRefused = errors.New("the store chokes on it")

func (k *keeper) Receive(_ context.Context, in mailbox.Incoming, body io.Reader) (mail, error) {
	b, err := io.ReadAll(body)
	if err != nil {
		return mail{}, err
	}
	if in.Poison {
		k.poison = append(k.poison, in.UID)
		return mail{in, string(b)}, nil
	}
	switch {
	case strings.Contains(string(b), "panic"):
		panic("cannot parse this")
	case strings.Contains(string(b), "crash") && k.crash != nil:
		return mail{}, k.crash()
	}
	return mail{in, string(b)}, nil
}

func (k *keeper) Commit(ctx context.Context, batch []mail) error {
	var entries []*mailbox.Entry
	for _, m := range batch {
		switch {
		case m.in.Poison:
		case strings.Contains(m.body, "refuse"):
			return errRefused
		case strings.Contains(m.body, "withdraw"):
			return fmt.Errorf("changed: %w", mailbox.ErrWithdrawn)
		case strings.Contains(m.body, "blow up"):
			panic("bug in the host")
		}
		e := m.in.Entry
		e.Key, e.Outcome, e.ReceivedAt = m.in.Key, mailbox.Ticket, k.now
		if m.in.Poison || strings.Contains(m.body, "suspicious") {
			e.Outcome = mailbox.Quarantine
		}
		entries = append(entries, &e)
	}
	if err := k.journal.Put(ctx, entries...); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, m := range batch {
		if _, twice := k.kept[m.in.UID]; twice {
			return fmt.Errorf("mail %s committed twice", m.in.UID)
		}
		k.kept[m.in.UID] = m.body
	}
	return nil
}

// A rig is a server, a journal and a keeper.
type rig struct {
	server  *mailboxtest.Server
	journal *mailboxtest.Journal
	keeper  *keeper
	box     mailbox.Mailbox
	opts    mailbox.DrainOptions
}

func newRig(mails ...string) *rig {
	r := &rig{server: mailboxtest.NewServer(), journal: &mailboxtest.Journal{}}
	r.keeper = &keeper{journal: r.journal, kept: map[string]string{}}
	r.box = mailbox.Mailbox{ID: "support", Host: "h", User: "u", MaxMessageBytes: 1000}
	for _, m := range mails {
		r.server.Add("INBOX", m)
	}
	return r
}

func (r *rig) drain(ctx context.Context) (mailbox.DrainReport, error) {
	s, err := r.server.Connect(ctx, r.box)
	if err != nil {
		return mailbox.DrainReport{}, err
	}
	defer func() { _ = s.Close() }()
	return mailbox.Drain(ctx, s, r.box, "INBOX", r.journal, r.keeper, &r.opts)
}

func numbered(n int) []string {
	mails := make([]string, n)
	for i := range mails {
		mails[i] = fmt.Sprintf("mail %d", i+1)
	}
	return mails
}

// checkKept fails unless every mail but those of the UIDs excepted was kept
// once and is gone from the server.
func (r *rig) checkKept(t *testing.T, n int, except ...string) {
	t.Helper()
	if want := n - len(except); len(r.keeper.kept) != want {
		t.Errorf("%d mails kept, want %d", len(r.keeper.kept), want)
	}
	if diff := cmp.Diff(except, r.server.UIDs("INBOX")); diff != "" {
		t.Errorf("left on the server (-want +got):\n%s", diff)
	}
}

func TestDrainEmptiesTheFolder(t *testing.T) {
	for name, opts := range map[string]mailbox.DrainOptions{
		"defaults":      {},
		"small windows": {Window: 7, BatchMails: 3},
		"small memory":  {Window: 50, BatchMails: 100, BatchBytes: 40 << 10},
		"one by one":    {Window: 1, BatchMails: 1, BatchBytes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(numbered(100)...)
			r.opts = opts
			got, err := r.drain(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.Received != 100 || got.Removed != 100 || got.Left != 0 {
				t.Errorf("report = %+v", got)
			}
			r.checkKept(t, 100)
			again, err := r.drain(t.Context())
			if err != nil || again.Received+again.Removed+again.Left != 0 {
				t.Errorf("a second drain found %+v, %v", again, err)
			}
		})
	}
}

func TestDrainRemovesOnlyWhatIsCommitted(t *testing.T) {
	r := newRig(numbered(60)...)
	r.opts = mailbox.DrainOptions{Window: 10, BatchMails: 5}
	r.server.OnCall(func(c mailboxtest.Call) error {
		if c.Op != mailboxtest.OpRemove {
			return nil
		}
		settled := map[string]bool{}
		for _, e := range r.journal.Entries() {
			settled[e.UID] = e.Settled()
		}
		for _, uid := range c.UIDs {
			if !settled[uid] {
				t.Errorf("mail %s is removed before its outcome is durable", uid)
			}
		}
		return nil
	})
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.checkKept(t, 60)
}

// TestDrainSurvivesEveryFailure lets each call of server and journal fail
// once, and drains again: nothing may be lost or doubled.
func TestDrainSurvivesEveryFailure(t *testing.T) {
	const n = 12
	broken := errors.New("broken")
	fresh := func() *rig {
		r := newRig(numbered(n)...)
		r.opts = mailbox.DrainOptions{Window: 4, BatchMails: 3}
		return r
	}
	finish := func(t *testing.T, r *rig) {
		for range 5 {
			if _, err := r.drain(t.Context()); err == nil {
				r.checkKept(t, n)
				return
			}
		}
		t.Error("the drain does not recover")
	}
	for _, op := range []mailboxtest.Op{mailboxtest.OpSelect, mailboxtest.OpList, mailboxtest.OpFetch, mailboxtest.OpBody, mailboxtest.OpRemove, mailboxtest.OpClose} {
		for nth := 1; nth <= n+1; nth++ {
			t.Run(fmt.Sprintf("%s %d", op, nth), func(t *testing.T) {
				r := fresh()
				r.server.FailCall(op, nth, broken)
				_, _ = r.drain(t.Context())
				finish(t, r)
			})
		}
	}
	for nth := 1; nth <= 3; nth++ {
		t.Run(fmt.Sprintf("confirmation of removal %d", nth), func(t *testing.T) {
			r := fresh()
			r.server.FailAfterRemove(nth, broken)
			_, _ = r.drain(t.Context())
			finish(t, r)
		})
	}
	for nth := 1; nth <= 25; nth++ {
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
			_, _ = r.drain(t.Context())
			finish(t, r)
		})
	}
}

func TestDrainIsolatesPoison(t *testing.T) {
	for name, tt := range map[string]struct {
		mail  string
		polls int // until it is quarantined
	}{
		"panic while reading":  {"panic", 1},
		"refused by the store": {"refuse", 5},
		"kills the process":    {"crash", 4},
	} {
		t.Run(name, func(t *testing.T) {
			mails := slices.Insert(numbered(10), 5, tt.mail)
			r := newRig(mails...)
			crashed := errors.New("killed")
			// A kill leaves the journal as it is: nothing is put in order.
			r.keeper.crash = func() error { r.journal.OnCall(func(string) error { return crashed }); return crashed }
			for poll := 1; poll <= tt.polls; poll++ {
				_, _ = r.drain(t.Context())
				r.journal.OnCall(nil)
				if healthy := len(r.keeper.kept); poll >= 3 && healthy < 10 {
					t.Errorf("only %d of the 10 healthy mails are kept after poll %d", healthy, poll)
				}
				r.server.Add("INBOX", "another") // shows that the store works
				mails = append(mails, "another")
			}
			if _, err := r.drain(t.Context()); err != nil {
				t.Fatal(err)
			}
			r.checkKept(t, len(mails))
			if diff := cmp.Diff([]string{"6"}, r.keeper.poison); diff != "" {
				t.Errorf("handed over unread (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDrainBlamesTheStore keeps a store that fails from sending healthy mail
// into quarantine.
func TestDrainBlamesTheStore(t *testing.T) {
	r := newRig("refuse", "refuse")
	for range 10 {
		if _, err := r.drain(t.Context()); !errors.Is(err, errRefused) {
			t.Fatalf("drain = %v, want the store's error", err)
		}
	}
	if len(r.keeper.poison) > 0 {
		t.Error("mails went to quarantine because the store failed")
	}
	for _, e := range r.journal.Entries() {
		if e.Attempts > 1 {
			t.Errorf("mail %s: %d attempts counted for the store's failures", e.UID, e.Attempts)
		}
	}
}

func TestDrainLeavesWhatIsTooBig(t *testing.T) {
	r := newRig("small", strings.Repeat("x", 2000), "small too")
	for range 2 {
		got, err := r.drain(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Left != 1 {
			t.Errorf("Left = %d, want 1", got.Left)
		}
	}
	r.checkKept(t, 3, "2")
	if e := r.journal.Entries()[1]; e.Outcome != mailbox.LeftThere || e.Version != 1 {
		t.Errorf("entry of the big mail = %+v, want it noted as left, once", e)
	}
	r.box.MaxMessageBytes = 3000
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.checkKept(t, 3)
}

func TestDrainLeavesWhatLiesAboutItsSize(t *testing.T) {
	r := newRig("small", strings.Repeat("x", 100<<10), "small too")
	r.server.Announce("INBOX", "2", 10)
	for range 2 { // among others, then alone
		if _, err := r.drain(t.Context()); !errors.Is(err, mailbox.ErrTooBig) {
			t.Fatalf("drain = %v, want ErrTooBig", err)
		}
	}
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatalf("the next drain stumbles over it again: %v", err)
	}
	r.checkKept(t, 3, "2")
	r.box.MaxMessageBytes = 200 << 10
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.checkKept(t, 3)
}

func TestDrainGivesUpOnMailThatKillsTheConnection(t *testing.T) {
	r := newRig(numbered(6)...)
	r.server.CutBody("INBOX", "3", 2)
	for range 7 {
		_, _ = r.drain(t.Context())
	}
	got, err := r.drain(t.Context())
	if err != nil || got.Left != 1 {
		t.Errorf("drain = %+v, %v, want the mail left", got, err)
	}
	r.checkKept(t, 6, "3")
}

// TestDrainReadsMailThatCameBack: a UID that was given to another mail is no
// reason to delete that one unread.
func TestDrainReadsMailThatCameBack(t *testing.T) {
	r := newRig("first")
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.server.SetValidity("INBOX", 1) // restored from a backup: UIDs begin anew
	r.server.Add("INBOX", "second, with the UID of the first")
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.checkKept(t, 2)
	if e := r.journal.Entries(); len(e) != 2 || e[1].UID != "1~2" {
		t.Errorf("journal = %+v, want a row for each mail", e)
	}
}

// TestDrainLeavesWhatTheServerHolds: a mail that is listed and never handed
// over is left, said so, and keeps nobody waiting.
func TestDrainLeavesWhatTheServerHolds(t *testing.T) {
	r := newRig(numbered(3)...)
	held := &holding{Connector: r.server, uid: "2"}
	for poll := range 2 {
		s, err := held.Connect(t.Context(), r.box)
		if err != nil {
			t.Fatal(err)
		}
		got, err := mailbox.Drain(t.Context(), s, r.box, "INBOX", r.journal, r.keeper, &r.opts)
		if err != nil || got.Left != 1 {
			t.Errorf("poll %d = %+v, %v, want one mail left", poll, got, err)
		}
	}
	r.checkKept(t, 3, "2")
}

// holding is a server that lists a mail and does not send it.
type holding struct {
	mailbox.Connector
	uid string
}

func (h *holding) Connect(ctx context.Context, m mailbox.Mailbox) (mailbox.Session, error) {
	s, err := h.Connector.Connect(ctx, m)
	return holdingSession{s, h.uid}, err
}

type holdingSession struct {
	mailbox.Session
	uid string
}

func (h holdingSession) Fetch(ctx context.Context, items []mailbox.Item, each func(mailbox.Item, io.Reader) error) error {
	items = slices.DeleteFunc(slices.Clone(items), func(it mailbox.Item) bool { return it.UID == h.uid })
	return h.Session.Fetch(ctx, items, each)
}

// TestDrainSurvivesPanicsOfTheHost: a panic in Commit ends neither the process
// nor the other mails.
func TestDrainSurvivesPanicsOfTheHost(t *testing.T) {
	r := newRig(slices.Insert(numbered(5), 2, "blow up")...)
	for range 6 {
		_, _ = r.drain(t.Context())
		r.server.Add("INBOX", "another")
	}
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.checkKept(t, 12)
}

func TestDrainLeavesForeignMailAlone(t *testing.T) {
	r := newRig(numbered(4)...)
	r.server.SetDeleted("INBOX", "2", true)
	got, err := r.drain(t.Context())
	if err != nil || got.Foreign != 1 {
		t.Errorf("drain = %+v, %v, want one foreign mail", got, err)
	}
	r.checkKept(t, 4, "2")
}

func TestDrainRefusesReadOnlyFolders(t *testing.T) {
	r := newRig("mail")
	r.server.SetReadOnly("INBOX", true)
	if _, err := r.drain(t.Context()); !errors.Is(err, mailbox.ErrReadOnly) {
		t.Errorf("drain = %v, want ErrReadOnly", err)
	}
	if len(r.keeper.kept) != 0 {
		t.Error("mails of a read-only folder were taken: they would be found again")
	}
}

func TestDrainAdmits(t *testing.T) {
	r := newRig("mail")
	no := errors.New("not without consent")
	r.opts.Admit = func(context.Context, mailbox.FolderKey, []mailbox.Item) ([]mailbox.Item, error) { return nil, no }
	if _, err := r.drain(t.Context()); !errors.Is(err, no) {
		t.Errorf("drain = %v, want the guard's error", err)
	}
	if n := r.server.Count(mailboxtest.OpFetch) + r.server.Count(mailboxtest.OpRemove); n != 0 {
		t.Errorf("%d fetches and removals without consent", n)
	}
}

func TestDrainStopsWithItsContext(t *testing.T) {
	r := newRig(numbered(50)...)
	r.opts = mailbox.DrainOptions{Window: 10, BatchMails: 5}
	ctx, cancel := context.WithCancel(t.Context())
	r.server.OnCall(func(c mailboxtest.Call) error {
		if c.Op == mailboxtest.OpBody && slices.Contains(c.UIDs, "25") {
			cancel()
		}
		return nil
	})
	if _, err := r.drain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("drain = %v, want context.Canceled", err)
	}
	r.server.OnCall(nil)
	if _, err := r.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.checkKept(t, 50)
}

// ExampleDrain empties a folder into a map. A host would keep mails and
// ledger entries in one transaction of its database.
func ExampleDrain() {
	server := mailboxtest.NewServer() // imapbox.New(nil) for a real one
	server.Add("INBOX", "Subject: hello\r\n\r\nworld\r\n")
	server.Add("INBOX", "Subject: again\r\n\r\nworld\r\n")

	ctx := context.Background()
	box := mailbox.Mailbox{ID: "support", Host: "mail.example", User: "support"}
	session, err := server.Connect(ctx, box)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = session.Close() }()

	journal := &mailboxtest.Journal{}
	keeper := &keeper{journal: journal, kept: map[string]string{}}
	report, err := mailbox.Drain(ctx, session, box, "INBOX", journal, keeper, nil)
	fmt.Println(report.Received, "received,", report.Removed, "removed, error:", err)
	fmt.Println("left on the server:", len(server.UIDs("INBOX")))
	// Output:
	// 2 received, 2 removed, error: <nil>
	// left on the server: 0
}
