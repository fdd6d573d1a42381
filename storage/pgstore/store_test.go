package pgstore_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

func putEntry(ctx context.Context, w storage.Writer, uid string, raw storage.Blob) error {
	return w.Ledger().Put(ctx, &mailbox.Entry{Key: mailbox.Key{Mailbox: "m", UID: uid}, Outcome: mailbox.Record, Raw: raw})
}

// TestRoundTrip puts one record of each kind with every field set, and reads
// it from another node: byte for byte but for lists that are JSON.
func TestRoundTrip(t *testing.T) {
	store, other, _ := twoNodes(t)
	raw := stage(t, store, []byte("raw"))
	ticket := storage.Ticket{
		ID: hostile, Parent: "p", Follows: hostile, MergedInto: "g", Subject: hostile, Status: storage.Done, Task: hostile, Project: "pr", Creator: "c",
		Assignee: "a", LastAssignee: "l", CustomerContact: "cc", Sender: message.Address{Name: hostile, Address: hostile},
		Categories: []string{"x", hostile}, Mailbox: "m", CreatedAt: noon, ChangedAt: noon.Add(time.Microsecond),
	}
	comment := storage.Comment{
		ID: hostile, Ticket: hostile, Kind: storage.ByMail, Internal: true, Author: "a", Sender: message.Address{Name: "n", Address: hostile},
		Stranger: true, Automatic: hostile, Text: strings.Repeat(hostile, 50_000), MessageID: hostile, References: []string{"r1", hostile},
		Raw: raw, Attachments: []storage.Attachment{{Name: "n\x00", Display: "d", Type: "t", ContentID: "c", Inline: true, Blob: raw}, {Display: "none"}},
		CreatedAt: noon, EditedAt: noon,
	}
	change := storage.Change{Ticket: hostile, At: noon, Actor: "a", Via: hostile, Field: "f", Old: hostile, New: hostile}
	entry := mailbox.Entry{
		Key:     mailbox.Key{Mailbox: "m", Folder: hostile, Validity: 1<<32 - 1, UID: hostile},
		Outcome: mailbox.Quarantine, Ticket: hostile, Reasons: []mailbox.Reason{{Code: "c", Text: "t\x00"}}, MessageID: hostile,
		Raw: raw, Content: [32]byte{31: 1}, Size: 1 << 40, Attempts: 3, ReceivedAt: noon, EmptiedAt: noon,
	}
	mail := notify.Mail{
		ID: "id-1", Event: notify.StatusDone, Ticket: hostile, Comment: "c", Person: "p", Audience: notify.Customer, Language: "de-AT",
		Template: "t", Reasons: []notify.Reason{{Code: "role", Text: "r"}}, From: message.Address{Name: "F", Address: "f@x"},
		To: message.Address{Address: "t@x"}, ReplyTo: "r@x", Subject: hostile, MessageID: "m", InReplyTo: "i", References: []string{"a"},
		Text: hostile, HTML: hostile, Date: noon, State: notify.Held, Attempts: 2, Due: noon, ClaimedBy: "o", ClaimedUntil: noon,
		SentAt: noon, Error: hostile,
	}
	update(t, store, func(w storage.Writer) error {
		return errors.Join(w.Tickets().Put(t.Context(), &ticket), w.Tickets().PutComment(t.Context(), &comment),
			w.Tickets().AddChange(t.Context(), &change), w.Ledger().Put(t.Context(), &entry), w.Outbox().Put(t.Context(), &mail),
			w.Settings().Put(t.Context(), hostile, hostile, []byte(hostile)))
	})
	err := other.View(t.Context(), func(r storage.Reader) error {
		got, err := r.Tickets().Get(t.Context(), ticket.ID)
		setting, settingErr := r.Settings().Get(t.Context(), hostile, hostile)
		for _, diff := range []string{
			cmp.Diff(ticket, got),
			cmp.Diff([]storage.Comment{comment}, collect(t, r.Tickets().Comments(t.Context(), ticket.ID))),
			cmp.Diff([]storage.Change{change}, collect(t, r.Tickets().Changes(t.Context(), ticket.ID, 0))),
			cmp.Diff([]mailbox.Entry{entry}, collect(t, r.Ledger().List(t.Context(), mailbox.LedgerQuery{}))),
			cmp.Diff([]notify.Mail{mail}, collect(t, r.Outbox().List(t.Context(), notify.MailQuery{}))),
			cmp.Diff([]storage.Setting{{Kind: hostile, Key: hostile, Value: []byte(hostile)}}, collect(t, r.Settings().List(t.Context(), hostile))),
			cmp.Diff([]byte(hostile), setting),
		} {
			if diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
		}
		return errors.Join(err, settingErr)
	})
	if err != nil {
		t.Error(err)
	}
}

// TestLikeKeys: keys that differ only in bytes that a column cannot hold are
// different mails.
func TestLikeKeys(t *testing.T) {
	store := openNew(t)
	uids := []string{"a\x00", "a\x01", "a\xff", "a\xfe", "a\uFFFD", "a", "a\U0010feff"}
	update(t, store, func(w storage.Writer) error {
		for _, uid := range uids {
			if err := putEntry(t.Context(), w, uid, storage.Blob{}); err != nil {
				return err
			}
		}
		return nil
	})
	err := store.View(t.Context(), func(r storage.Reader) error {
		for _, uid := range uids {
			found, err := r.Ledger().Lookup(t.Context(), []mailbox.Key{{Mailbox: "m", UID: uid}})
			if err != nil || len(found) != 1 || found[0].UID != uid {
				t.Errorf("key %q finds %v, error %v", uid, found, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// random returns text that does not get shorter when it is packed.
func random(n int) string {
	var b strings.Builder
	for i, x := 0, uint64(1); i < n; i++ {
		x = x*6364136223846793005 + 1442695040888963407
		b.WriteByte('!' + byte(x>>33)%90)
	}
	return b.String()
}

// TestLongNames: what mails bring along may be longer than a row of an index.
func TestLongNames(t *testing.T) {
	store := openNew(t)
	long := random(20_000)
	update(t, store, func(w storage.Writer) error {
		err := w.Settings().Put(t.Context(), "bounced", long, []byte("v"))
		if err == nil {
			err = w.Settings().Put(t.Context(), "bounced", long+"!", []byte("w"))
		}
		if err == nil {
			err = w.Ledger().Put(t.Context(), &mailbox.Entry{Key: ledgerKey(1), MessageID: long, Outcome: mailbox.Pending})
		}
		if err == nil {
			err = w.Tickets().Put(t.Context(), &storage.Ticket{Subject: long, Sender: message.Address{Address: long}})
		}
		return err
	})
	err := store.View(t.Context(), func(r storage.Reader) error {
		found, err := r.Ledger().ByMessageID(t.Context(), []string{long})
		if err != nil || len(found) != 1 || found[0].MessageID != long {
			t.Errorf("%d entries found by a long Message-ID, error %v", len(found), err)
		}
		var keys []string
		for _, s := range collect(t, r.Settings().List(t.Context(), "bounced")) {
			keys = append(keys, s.Key)
		}
		if !slices.Equal(keys, []string{long, long + "!"}) {
			t.Errorf("%d long keys are listed, or in another order", len(keys))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSettingsBytewise lists more settings than a page has, some of them big,
// in the order of their bytes, and adds others in the loop.
func TestSettingsBytewise(t *testing.T) {
	store := openNew(t)
	ctx := t.Context()
	var want []string
	for i := range 120 {
		want = append(want, fmt.Sprintf("%c%c\xff\x00%s", byte(255-i), byte(i%7), strings.Repeat("k", i*20)))
	}
	update(t, store, func(w storage.Writer) error {
		for i, key := range want {
			if err := w.Settings().Put(ctx, "kind", key, bytes.Repeat([]byte("v"), i%3*100_000)); err != nil {
				return err
			}
		}
		return nil
	})
	slices.Sort(want)
	update(t, store, func(w storage.Writer) error {
		var got []string
		for s, err := range w.Settings().List(ctx, "kind") {
			if err != nil {
				return err
			}
			if got = append(got, s.Key); len(got) > len(want) {
				break
			}
			// Right behind this one, and so for ever.
			if err := w.Settings().Put(ctx, "kind", s.Key+"\x00", nil); err != nil {
				return err
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d keys are listed, or in another order; want %d", len(got), len(want))
		}
		return nil
	})
}

// TestListsPageByPage reads more rows than a page has, with every filter, and
// writes in the loop.
func TestListsPageByPage(t *testing.T) {
	store := openNew(t)
	ctx := t.Context()
	const n = 400
	update(t, store, func(w storage.Writer) error {
		for i := range n {
			ticket := storage.Ticket{Subject: fmt.Sprint(i), Status: storage.New, Task: "t", Project: "p", Assignee: "a", Parent: "1"}
			if i%2 == 0 {
				ticket.Status, ticket.Task, ticket.Project, ticket.Assignee, ticket.Parent = storage.Done, "u", "q", "b", "2"
				ticket.Categories = []string{"even"}
			}
			if err := w.Tickets().Put(ctx, &ticket); err != nil {
				return err
			}
		}
		return nil
	})
	for name, tt := range map[string]struct {
		q    storage.TicketQuery
		want int
	}{
		"all":      {storage.TicketQuery{}, n},
		"limit":    {storage.TicketQuery{Limit: 101}, 101},
		"after":    {storage.TicketQuery{After: "100"}, n - 100},
		"status":   {storage.TicketQuery{Status: storage.New}, n / 2},
		"task":     {storage.TicketQuery{Task: "t"}, n / 2},
		"project":  {storage.TicketQuery{Project: "p"}, n / 2},
		"assignee": {storage.TicketQuery{Assignee: "b"}, n / 2},
		"parent":   {storage.TicketQuery{Parent: "2"}, n / 2},
		"category": {storage.TicketQuery{AnyCategory: []string{"even"}}, n / 2},
		"both":     {storage.TicketQuery{AllCategories: []string{"even"}, Status: storage.New}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			update(t, store, func(w storage.Writer) error {
				var last int
				got := collect(t, w.Tickets().List(ctx, tt.q))
				for _, ticket := range got {
					seq := 0
					if _, err := fmt.Sscan(string(ticket.ID), &seq); err != nil || seq <= last {
						t.Fatalf("ticket %s comes after %d (%v)", ticket.ID, last, err)
					}
					last = seq
				}
				if len(got) != tt.want {
					t.Errorf("%d tickets, want %d", len(got), tt.want)
				}
				return nil
			})
		})
	}
	update(t, store, func(w storage.Writer) error {
		for ticket, err := range w.Tickets().List(ctx, storage.TicketQuery{Status: storage.New}) {
			if err != nil {
				return err
			}
			ticket.Status = storage.InProcess
			if err := w.Tickets().Put(ctx, &ticket); err != nil {
				return err
			}
			if err := w.Tickets().Put(ctx, &storage.Ticket{Status: storage.New}); err != nil {
				return err
			}
		}
		if got := len(collect(t, w.Tickets().List(ctx, storage.TicketQuery{Status: storage.InProcess}))); got != n/2 {
			t.Errorf("the loop changed %d tickets, want %d", got, n/2)
		}
		return nil
	})
}

// TestBigRows lists 60 comments of 1 MiB without holding more than a few.
func TestBigRows(t *testing.T) {
	store := openNew(t)
	const n, most = 60, 24 << 20
	body := strings.Repeat("0123456789abcde\n", 1<<16)
	update(t, store, func(w storage.Writer) error {
		err := w.Tickets().Put(t.Context(), &storage.Ticket{ID: "t"})
		for i := 0; i < n && err == nil; i++ {
			err = w.Tickets().PutComment(t.Context(), &storage.Comment{Ticket: "t", Kind: storage.ByPerson, Text: body, MessageID: fmt.Sprint(i)})
		}
		return err
	})
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	seen := 0
	err := store.View(t.Context(), func(r storage.Reader) error {
		for c, err := range r.Tickets().Comments(t.Context(), "t") {
			if err != nil {
				return err
			}
			if c.MessageID != fmt.Sprint(seen) || len(c.Text) != len(body) {
				t.Fatalf("comment %d is %s with %d bytes", seen, c.MessageID, len(c.Text))
			}
			if seen++; seen%10 == 0 && heap() > before+most {
				t.Fatalf("%d MiB are held after %d comments of 1 MiB, want at most %d", (heap()-before)>>20, seen, most>>20)
			}
		}
		return nil
	})
	if err != nil || seen != n {
		t.Errorf("%d comments, error %v, want %d", seen, err, n)
	}
}

// TestFailedPutIsFinal: a part of the entries may be written, so that the
// transaction cannot be committed even if the error is ignored.
func TestFailedPutIsFinal(t *testing.T) {
	store := openNew(t)
	for name, put := range map[string]func(w storage.Writer) error{
		"ledger": func(w storage.Writer) error {
			a, b := mailbox.Entry{Key: ledgerKey(1)}, mailbox.Entry{Key: ledgerKey(1)}
			return w.Ledger().Put(t.Context(), &a, &b)
		},
		"outbox": func(w storage.Writer) error {
			return w.Outbox().Put(t.Context(), &notify.Mail{ID: "m"}, &notify.Mail{ID: "m"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			err := store.Update(t.Context(), func(w storage.Writer) error {
				_ = put(w)
				return nil
			})
			if !errors.Is(err, storage.ErrExists) {
				t.Errorf("Update = %v, want storage.ErrExists", err)
			}
		})
	}
	update(t, store, func(w storage.Writer) error {
		return errors.Join(putEntry(t.Context(), w, "1", storage.Blob{}), w.Outbox().Put(t.Context(), &notify.Mail{ID: "m"}))
	})
}

// TestUsedAfterEnd: parts kept beyond their transaction fail.
func TestUsedAfterEnd(t *testing.T) {
	store := openNew(t)
	var kept, unused storage.Writer
	update(t, store, func(w storage.Writer) error { kept = w; return w.Settings().Put(t.Context(), "k", "a", nil) })
	update(t, store, func(w storage.Writer) error { unused = w; return nil })
	for _, w := range []storage.Writer{kept, unused} {
		_, leaseErr := w.Leases().Acquire(t.Context(), "l", "h", time.Minute, 0)
		if err := w.Settings().Put(t.Context(), "k", "b", nil); err == nil || leaseErr == nil {
			t.Errorf("a Writer wrote after its Update: %v, %v", err, leaseErr)
		}
	}
}
