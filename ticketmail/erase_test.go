package ticketmail_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// dump returns everything in the store as text: all records, settings of the
// kinds that hold anything about people, and all content that is referred to.
func (h house) dump() string {
	h.t.Helper()
	var b strings.Builder
	put := func(v any) {
		enc, err := json.Marshal(v)
		if err != nil {
			h.t.Fatal(err)
		}
		b.Write(append(enc, '\n'))
	}
	ctx := h.t.Context()
	h.view(func(r storage.Reader) error {
		for k, err := range r.Tickets().List(ctx, storage.TicketQuery{}) {
			if err != nil {
				return err
			}
			put(k)
			for c, err := range r.Tickets().Comments(ctx, k.ID) {
				if err != nil {
					return err
				}
				put(c)
			}
		}
		for c, err := range r.Tickets().Changes(ctx, "", 0) {
			if err != nil {
				return err
			}
			put(c)
		}
		for e, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{}) {
			if err != nil {
				return err
			}
			put(e)
		}
		for m, err := range r.Outbox().List(ctx, notify.MailQuery{}) {
			if err != nil {
				return err
			}
			put(m)
		}
		for _, kind := range []string{"bounced", "cap", "errand", "erasure", "erasure-place", "prune"} {
			for s, err := range r.Settings().List(ctx, kind) {
				if err != nil {
					return err
				}
				fmt.Fprintf(&b, "%s %s %s\n", s.Kind, s.Key, s.Value)
			}
		}
		for ref, err := range storage.References(ctx, r) {
			if err != nil {
				return err
			}
			content, err := h.store.Open(ctx, ref.Blob)
			if err != nil {
				return err
			}
			if _, err := io.Copy(&b, content); err != nil {
				return err
			}
		}
		return nil
	})
	return b.String()
}

// found returns those of words that stand in a text, in any case.
func found(text string, words []string) (hits []string) {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, strings.ToLower(w)) {
			hits = append(hits, w)
		}
	}
	return hits
}

// lives fills a house with a customer's traces wherever one can be, and with
// others' that must stay.
func lives(t *testing.T) (h house, poll func(mails ...string)) {
	t.Helper()
	var seconds atomic.Int64
	h, server := withServer(t, func(c *ticketmail.Config) {
		c.Now = func() time.Time { return noon.Add(time.Duration(seconds.Add(1)) * time.Second) }
	})
	poll = func(mails ...string) {
		for _, m := range mails {
			server.Add("INBOX", m)
		}
		h.poll()
	}
	named := `"Zacharias Canary" <Zack.Canary@private.example>`
	poll(
		mail(named, "Canary Zacharias Canary cannot print", "canary-1@zack-pc.example", "I am Zacharias\r\nCanary, zack.canary@PRIVATE.example.\r\nPlease help."),
		mail("mia@kunde.example", "Other matter", "mia-1@kunde.example", "My own words stay."),
		strings.Replace(looping("canary-2@zack-pc.example"), "mia@kunde.example", "zack.canary@private.example", 1),
		strings.Replace(looping("mia-2@kunde.example"), "It burns", "It burns still", 1),
	)
	his, other := h.tickets()[0], h.tickets()[1]
	reply := func(k ticketmail.Ticket, c ticketmail.NewComment) {
		t.Helper()
		if _, err := h.AddComment(t.Context(), bea, k.ID, c); err != nil {
			t.Fatal(err)
		}
	}
	reply(his, ticketmail.NewComment{Text: "Dear Zacharias Canary, try again.", Reply: true})
	if _, err := h.Assign(t.Context(), bea, his.ID, "carl"); err != nil {
		t.Fatal(err)
	}
	poll(
		withFile(named, "Re: "+h.Referencer().Subject(his.ID, "x"), "canary-3@zack-pc.example"),
		mail("mia@kunde.example", "Re: "+h.Referencer().Subject(other.ID, "x"), "mia-3@kunde.example", "Ask zack.canary@private.example."),
	)
	reply(other, ticketmail.NewComment{Text: "secret", Internal: true})
	if _, err := h.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	reply(other, ticketmail.NewComment{Text: "Zacharias Canary says it works."}) // still waits
	return h, poll
}

// withFile is a mail with an attachment in base64.
func withFile(from, subject, id string) string {
	return strings.Join([]string{
		"From: " + from, "Subject: " + subject, "Message-ID: <" + id + ">", "MIME-Version: 1.0",
		"Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/plain", "", "See file.",
		"--b", "Content-Type: application/octet-stream; name=mine.bin", "Content-Transfer-Encoding: base64", "",
		"Q0FOQVJZLUlOLUZJTEU=", "--b--", "",
	}, "\r\n")
}

var (
	zack     = ticketmail.Subject{Addresses: []string{"Zack.Canary@private.example"}, Names: []string{"Zacharias Canary"}}
	traces   = []string{"zack.canary", "zacharias", "canary-1@", "canary-2@", "canary-3@", "zack-pc", "CANARY-IN-FILE", "mine.bin"}
	ofOthers = []string{"mia@kunde.example", "My own words stay.", "mia-1@kunde.example", "It burns still", "secret", "cannot print", "Please help.", "try again", "carl"}
)

func TestErase(t *testing.T) {
	h, poll := lives(t)
	before := h.dump()
	if diff := cmp.Diff(traces, found(before, traces)); diff != "" {
		t.Fatalf("the test has lost its traces (-want +got):\n%s", diff)
	}
	done, err := h.Erase(t.Context(), zack, "")
	if err != nil {
		t.Fatal(err)
	}
	after := h.dump()
	if hits := found(after, traces); hits != nil {
		for line := range strings.Lines(after) {
			if got := found(line, traces); got != nil {
				t.Errorf("%q left in %s", got, line)
			}
		}
	}
	if diff := cmp.Diff(ofOthers, found(after, ofOthers)); diff != "" {
		t.Errorf("what is not his is gone (-want +got):\n%s", diff)
	}
	k := h.tickets()[0]
	if k.Sender.Address != "" || k.Sender.Name != "erased-"+done.ID || k.Subject != "Canary [erased] cannot print" || len(h.comments(k.ID)) != 3 {
		t.Errorf("ticket = %+v with %d comments", k, len(h.comments(k.ID)))
	}
	if c := h.comments(k.ID)[0]; c.Text != "I am [erased], [erased].\nPlease help.\n" || !c.Raw.IsZero() {
		t.Errorf("comment = %+v", c)
	}
	if done.Ended.IsZero() || done.Tickets != 2 || done.Discarded < 3 {
		t.Errorf("record = %+v", done)
	}
	all, err := h.Erasures(t.Context())
	if diff := cmp.Diff([]ticketmail.Erasure{done}, all); err != nil || diff != "" {
		t.Errorf("erasures %v (-want +got):\n%s", err, diff)
	}
	again, err := h.Erase(t.Context(), zack, "")
	if err != nil || again.Tickets+again.Mails+again.Entries+again.Discarded != 0 {
		t.Errorf("erased again: %+v, %v", again, err)
	}
	// What is left works: the ticket takes answers, and a mail that was taken
	// in before is not taken in again.
	n := len(h.tickets())
	poll(mail("mia@kunde.example", "Re: "+h.Referencer().Subject(h.tickets()[1].ID, "x"), "mia-4@kunde.example", "Thanks."))
	if len(h.tickets()) != n || len(h.comments(h.tickets()[1].ID)) != 5 {
		t.Errorf("%d tickets, %d comments", len(h.tickets()), len(h.comments(h.tickets()[1].ID)))
	}
}

// An employee is replaced in people's fields and history; mails of customers
// that do not name him stay.
func TestEraseEmployee(t *testing.T) {
	h, _ := lives(t)
	if _, err := h.Erase(t.Context(), ticketmail.Subject{Person: "carl"}, ""); err != nil {
		t.Fatal(err)
	}
	after := h.dump()
	if hits := found(after, []string{`"carl"`, "Carl Weber", "carl@erp.example"}); hits != nil {
		t.Errorf("%q left", hits)
	}
	if k := h.tickets()[0]; !strings.HasPrefix(string(k.Assignee), "erased-") || h.comments(k.ID)[0].Raw.IsZero() {
		t.Errorf("ticket = %+v, want the customer's mail kept", k)
	}
}

// An erasure that is cut off anywhere can be resumed, and ends in the same.
func TestEraseResumed(t *testing.T) {
	h, _ := lives(t)
	id, cuts := "", 0
	for ; ; cuts++ {
		stop := &stopping{Store: h.store, left: 2 + cuts%3}
		e, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) { c.Store, c.Blobs = stop, h.store }))
		if err != nil {
			t.Fatal(err)
		}
		done, err := e.Erase(t.Context(), zack, id)
		if err == nil {
			break
		}
		if !errors.Is(err, errStop) || id != "" && id != done.ID {
			t.Fatalf("%+v: %v", done, err)
		}
		id = done.ID
	}
	if hits := found(h.dump(), traces); hits != nil || cuts < 3 {
		t.Errorf("after %d cuts %q is left", cuts, hits)
	}
}

func TestEraseRefused(t *testing.T) {
	h := build(t, nil)
	for name, who := range map[string]ticketmail.Subject{
		"nobody":     {Names: []string{"x y"}},
		"no address": {Addresses: []string{"x y@z"}},
	} {
		if _, err := h.Erase(t.Context(), who, ""); !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Erase(t.Context(), zack, "unknown"); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("resume what never began: %v", err)
	}
}

// Whoever asks gets everything that an erasure would take, and nothing
// internal of others.
func TestExportPerson(t *testing.T) {
	h, _ := lives(t)
	var b bytes.Buffer
	if err := h.ExportPerson(t.Context(), &b, zack, nil); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var all strings.Builder
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "mails/") { // their names are hashes
			names = append(names, f.Name)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&all, r); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{
		"tickets/ticket-1.json", "tickets/ticket-1/1.eml", "tickets/ticket-1/2.eml", "tickets/ticket-1/3.eml",
		"received/1.json", "received/1.eml", "index.json",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	words := []string{"zack.canary", "zacharias", "canary-1@", "canary-2@", "canary-3@", "zack-pc", "Q0FOQVJZLUlOLUZJTEU=", "mine.bin", "try again"}
	if diff := cmp.Diff(words, found(all.String(), words)); diff != "" {
		t.Errorf("what is his (-want +got):\n%s", diff)
	}
	if hits := found(all.String(), []string{"secret", "My own words", "It burns still"}); hits != nil {
		t.Errorf("what is not his came out: %q", hits)
	}
}

// Whoever changed an internal comment of somebody else does not get its words.
func TestExportPersonWhoEdited(t *testing.T) {
	h := build(t, nil)
	ctx := t.Context()
	k := h.create(ticketmail.NewTicket{Assignee: "carl"})
	c, err := h.AddComment(ctx, carl, k.ID, ticketmail.NewComment{Text: "the words of carl", Internal: true})
	must(t, err)
	boss := ticketmail.Actor{Person: "max"}
	_, err = h.EditComment(ctx, boss, k.ID, ticketmail.CommentEdit{Comment: c.ID, Text: "corrected words"})
	must(t, err)
	_, err = h.AddComment(ctx, boss, k.ID, ticketmail.NewComment{Text: "mine"})
	must(t, err)
	for _, internal := range []bool{false, true} {
		var b bytes.Buffer
		must(t, h.ExportPerson(ctx, &b, ticketmail.Subject{Person: "max"}, &ticketmail.ExportOptions{Internal: internal}))
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		must(t, err)
		text, err := fs.ReadFile(z, "tickets/ticket-1.json")
		must(t, err)
		if !bytes.Contains(text, []byte("comment_text")) || bytes.Contains(text, []byte("the words of carl")) != internal {
			t.Errorf("with internal comments %t: %s", internal, text)
		}
	}
}
