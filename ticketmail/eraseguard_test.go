package ticketmail_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// Of mails in quarantine an erasure takes only the person's own. Others wait
// for somebody to decide, and go with the erasure after that.
func TestEraseLeavesQuarantineOfOthers(t *testing.T) {
	h, server := withServer(t, nil)
	from := func(who, id, text string) string {
		return strings.NewReplacer("mia@kunde.example", who, "It burns", text).Replace(looping(id))
	}
	server.Add("INBOX", from("mia@kunde.example", "mia@x", "Carl Weber, it burns"))
	server.Add("INBOX", from("carl@erp.example", "carl@x", "It burns"))
	h.poll()
	before := h.entries()
	done, err := h.Erase(t.Context(), ticketmail.Subject{Person: "carl"}, "")
	if err != nil {
		t.Fatal(err)
	}
	after := h.entries()
	if diff := cmp.Diff(before[0], after[0]); diff != "" {
		t.Errorf("mia's mail (-before +after):\n%s", diff)
	}
	if e := after[1]; e.Outcome != mailbox.Record || !e.Raw.IsZero() {
		t.Errorf("his own mail = %+v, want a tombstone", e)
	}
	if diff := cmp.Diff([]mailbox.Key{before[0].Key}, done.Undecided); diff != "" {
		t.Errorf("undecided (-want +got):\n%s", diff)
	}
	if _, err := h.Discard(t.Context(), bea, before[0].Key, "seen"); err != nil {
		t.Fatal(err)
	}
	done, err = h.Erase(t.Context(), ticketmail.Subject{Person: "carl"}, "")
	if err != nil || done.Undecided != nil {
		t.Errorf("erased again: %+v, %v", done, err)
	}
	if e := h.entries()[0]; !e.Raw.IsZero() {
		t.Errorf("mia's mail, decided = %+v, want a tombstone", e)
	}
}

// Whoever writes under words of others and is erased takes nothing of theirs
// along, unless somebody confirms that the words are his name.
func TestEraseNamesOfOutsiders(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail(`"Best regards" <evil@x.example>`, "Best regards to you", "evil@x", "Best regards"))
	server.Add("INBOX", mail("mia@kunde.example", "Printer", "mia@x", "Best regards, I wait"))
	h.poll()
	of := func(n int) (ticketmail.Ticket, ticketmail.Comment) {
		k := h.tickets()[n]
		return k, h.comments(k.ID)[0]
	}
	_, before := of(1)
	evil := ticketmail.Subject{Addresses: []string{"evil@x.example"}}
	done, err := h.Erase(t.Context(), evil, "")
	if err != nil {
		t.Fatal(err)
	}
	_, after := of(1)
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("mia's comment (-before +after):\n%s", diff)
	}
	k, c := of(0)
	if k.Subject != "[erased] to you" || c.Text != "[erased]\n" || !c.Raw.IsZero() {
		t.Errorf("his own: %q, %q, %v", k.Subject, c.Text, c.Raw)
	}
	if diff := cmp.Diff([]string{"Best regards"}, done.Names); diff != "" {
		t.Errorf("names to confirm (-want +got):\n%s", diff)
	}
	if kept := found(h.dump(), []string{`["best regards"]`}); kept != nil {
		t.Errorf("the names were kept: %q", kept)
	}
	evil.Names = done.Names
	done, err = h.Erase(t.Context(), evil, "")
	if err != nil || done.Names != nil {
		t.Errorf("erased with the name: %+v, %v", done, err)
	}
	if _, c := of(1); c.Text != "[erased], I wait\n" {
		t.Errorf("mia's comment after the name was confirmed: %q", c.Text)
	}
}

// cut erases until the store has failed n times, each time two transactions
// on, and returns the ID to resume by.
func (h house) cut(who ticketmail.Subject, n int) (id string) {
	h.t.Helper()
	for range n {
		e, err := ticketmail.New(h.t.Context(), h.cfg(func(c *ticketmail.Config) {
			c.Store, c.Blobs = &stopping{Store: h.store, left: 2}, h.store
		}))
		if err != nil {
			h.t.Fatal(err)
		}
		done, err := e.Erase(h.t.Context(), who, id)
		if !errors.Is(err, errStop) {
			h.t.Fatalf("%+v: %v, want it cut off", done, err)
		}
		id = done.ID
	}
	return id
}

// An erasure goes on although the mail where it stood was pruned meanwhile.
func TestEraseResumedWhereNothingIs(t *testing.T) {
	h := build(t, nil)
	err := h.store.Update(t.Context(), func(w storage.Writer) error {
		var all []*notify.Mail
		for i := range 250 {
			all = append(all, &notify.Mail{ID: fmt.Sprintf("old-%03d", i), State: notify.Sent, To: message.Address{Address: "mia@kunde.example"}, Text: "Zacharias Canary"})
		}
		return w.Outbox().Put(t.Context(), all...)
	})
	if err != nil {
		t.Fatal(err)
	}
	id := h.cut(zack, 2)
	place := ""
	h.view(func(r storage.Reader) error {
		b, err := r.Settings().Get(t.Context(), "erasure-place", id+" outbox")
		place = string(b)
		return err
	})
	if err := h.store.Prune(t.Context(), func(w storage.PruneWriter) error { return w.DeleteMails(t.Context(), place) }); err != nil {
		t.Fatal(err)
	}
	if n := len(h.mails()); n != 249 {
		t.Fatalf("%d mails: the place %q is none of them", n, place)
	}
	done, err := h.Erase(t.Context(), zack, id)
	if err != nil || done.Ended.IsZero() || done.Mails != 250 {
		t.Errorf("resumed: %+v, %v", done, err)
	}
	if hits := found(h.dump(), traces); hits != nil {
		t.Errorf("%q left", hits)
	}
}

// An erasure begun anew, instead of resuming one that has come as far as to
// take the names away where they were found, still knows them.
func TestEraseBegunAnew(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", mail(`"Zacharias Canary" <zack.canary@private.example>`, "Printer", "canary-1@x", "Zacharias Canary here."))
	h.poll()
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	who := ticketmail.Subject{Addresses: zack.Addresses}
	old := h.cut(who, 2)
	if name := h.tickets()[0].Sender.Name; name != "erased-"+old {
		t.Fatalf("sender %q: the ticket is not erased yet", name)
	}
	done, err := h.Erase(t.Context(), who, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Zacharias Canary"}, done.Names); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if hits := found(h.dump(), []string{"zacharias", "zack.canary", foundKey}); hits != nil {
		t.Errorf("%q left", hits)
	}
	if _, err := h.Erase(t.Context(), who, old); err != nil {
		t.Errorf("the old one resumed: %v", err)
	}
}

// foundKey is in the keys of what is kept of a person while he is erased.
const foundKey = " found {"

// A reply that still waits when its author is erased goes without his files,
// and with those that are another's too.
func TestEraseAuthorOfWaitingReply(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{CustomerContact: "mia"})
	for _, c := range []struct {
		by    ticketmail.Actor
		files []ticketmail.File
	}{
		{ticketmail.Actor{Person: "carl"}, []ticketmail.File{file("common.pdf", "common")}},
		{bea, []ticketmail.File{file("plan.pdf", "hers"), file("same.pdf", "common")}},
	} {
		if _, err := h.AddComment(t.Context(), c.by, k.ID, ticketmail.NewComment{Text: "Here it is.", Reply: true, Files: c.files}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := h.Erase(t.Context(), ticketmail.Subject{Person: "bea"}, ""); err != nil {
		t.Fatal(err)
	}
	if r := h.deliver(); r.Retried+r.Failed != 0 {
		t.Errorf("delivered: %+v", r)
	}
	var names []string
	for _, files := range h.arrived("mia@kunde.example") {
		names = append(names, files...)
	}
	if all := strings.Join(names, ", "); !strings.Contains(all, "common.pdf: common") || strings.Contains(all, "hers") {
		t.Errorf("mia got the files %q", all)
	}
}

// spoiled are blobs some of which fail while they are read.
type spoiled struct {
	storage.Blobs
	fail map[storage.Blob]func() error
}

func (s spoiled) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	r, err := s.Blobs.Open(ctx, b)
	if fail := s.fail[b]; fail != nil && err == nil {
		return &breaking{Reader: io.LimitReader(r, 100), Closer: r, fail: fail}, nil
	}
	return r, err
}

type breaking struct {
	io.Reader
	io.Closer
	fail func() error
}

func (f *breaking) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err == io.EOF {
		err = f.fail()
	}
	return n, err
}

// A mail of somebody that cannot be read stops neither an erasure nor an
// export of another; both say which it is.
func TestEraseAndExportPastUnreadMails(t *testing.T) {
	for name, fail := range map[string]func() error{
		"damaged": func() error { return errors.New("damaged") },
		"panic":   func() error { panic("a bug") },
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := lives(t)
			k := h.tickets()[1]
			comment := h.comments(k.ID)[0]
			bad := spoiled{h.store, map[storage.Blob]func() error{comment.Raw: fail}}
			var key mailbox.Key
			for _, e := range h.entries() {
				if e.MessageID == "mia-2@kunde.example" {
					key = e.Key
					bad.fail[e.Raw] = fail
				}
			}
			e, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) { c.Blobs = bad }))
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := e.ExportPerson(t.Context(), &b, zack, nil); err != nil {
				t.Error(err)
			}
			if z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil {
				t.Error(err)
			} else if index := content(t, z, "index.json"); !strings.Contains(index, "Unread") || !strings.Contains(index, key.UID) {
				t.Errorf("index = %s", index)
			}
			done, err := e.Erase(t.Context(), zack, "")
			if err != nil {
				t.Fatal(err)
			}
			want := []ticketmail.UnreadMail{{Ticket: k.ID, Comment: comment.ID}, {Key: key}}
			if diff := cmp.Diff(want, done.Unread); diff != "" {
				t.Errorf("unread (-want +got):\n%s", diff)
			}
			if hits := found(h.dump(), traces); hits != nil {
				t.Errorf("%q left", hits)
			}
		})
	}
}

func content(t *testing.T, z *zip.Reader, name string) string {
	t.Helper()
	f, err := z.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}
