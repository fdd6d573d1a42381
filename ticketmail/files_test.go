package ticketmail_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/storage/memstore"
	"example.com/ticketmail/ticketmail"
)

func file(name, content string) ticketmail.File {
	return ticketmail.File{Name: name, Type: "application/pdf", Content: strings.NewReader(content)}
}

// arrived returns name and content of the files in the mails sent to an
// address, as a mail reader finds them in the messages.
func (h house) arrived(to string) [][]string {
	h.t.Helper()
	var list [][]string
	for _, m := range h.sender.To(to) {
		m.Files = h.sender
		var raw bytes.Buffer
		if err := notify.Encode(h.t.Context(), &raw, m); err != nil {
			h.t.Fatal(err)
		}
		sink := memstore.New(nil)
		in, err := message.Read(h.t.Context(), &raw, &message.Options{Sink: sink})
		if err != nil {
			h.t.Fatal(err)
		}
		var files []string
		for _, a := range in.Attachments {
			r, err := sink.Open(h.t.Context(), a.Blob)
			if err != nil {
				h.t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil {
				h.t.Fatal(err)
			}
			files = append(files, a.Display+": "+string(content))
		}
		list = append(list, files)
	}
	return list
}

func (h house) deliver() notify.Report {
	h.t.Helper()
	r, err := h.Deliver(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// TestReplyCarriesItsFiles: what is answered to the customer with files
// reaches him with them; what is internal does not.
func TestReplyCarriesItsFiles(t *testing.T) {
	h := build(t, nil)
	k := h.create(ticketmail.NewTicket{CustomerContact: "mia"})
	for _, n := range []ticketmail.NewComment{
		{Text: "Secret.", Internal: true, Files: []ticketmail.File{file("secret.pdf", "secret")}},
		{Text: "Not for her.", Files: []ticketmail.File{file("draft.pdf", "draft")}},
		{Text: "Here it is.", Reply: true, Files: []ticketmail.File{file("Übersicht.pdf", "all of it"), file("photo.png", "light")}},
	} {
		if _, err := h.AddComment(t.Context(), bea, k.ID, n); err != nil {
			t.Fatal(err)
		}
	}
	h.deliver()
	want := [][]string{{"Übersicht.pdf: all of it", "photo.png: light"}}
	if diff := cmp.Diff(want, h.arrived("mia@kunde.example")); diff != "" {
		t.Errorf("mails to the customer (-want +got):\n%s", diff)
	}
}

// TestRuleAttaches: a file that came by mail goes on to the assignee as far as
// the rule lets it.
func TestRuleAttaches(t *testing.T) {
	h, server := withServer(t, nil)
	k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
	h.deliver()
	for n, attach := range []int64{0, 10} {
		if err := h.PatchRule(t.Context(), "service", notify.CommentAdded, notify.RulePatch{Attach: &attach}); err != nil {
			t.Fatal(err)
		}
		const parts = "See files.\r\n--b\r\nContent-Type: text/csv; name=small.csv\r\nContent-Disposition: attachment; filename=small.csv\r\n\r\n1,2,3\r\n" +
			"--b\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename=large.csv\r\n\r\n1,2,3,4,5,6,7\r\n--b--\r\n"
		server.Add("INBOX", mail("mia@kunde.example", "Re: "+h.Referencer().Token(k.ID), string(rune('a'+n))+"@kunde", "--b\r\n\r\n"+parts,
			"MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b"))
		if r := h.poll(); r.Comments != 1 {
			t.Fatalf("%+v, want a comment", r)
		}
		h.deliver()
	}
	for _, m := range h.sender.To("carl@erp.example")[1:] {
		if !strings.Contains(m.Text, "small.csv, large.csv") {
			t.Errorf("the text does not name all files:\n%s", m.Text)
		}
	}
	want := [][]string{nil, nil, {"small.csv: 1,2,3"}} // the ticket itself, and a comment under each rule
	if diff := cmp.Diff(want, h.arrived("carl@erp.example")); diff != "" {
		t.Errorf("mails to the assignee (-want +got):\n%s", diff)
	}
}

// losing is a store that has lost its files.
type losing struct {
	*memstore.Store
	lost bool
}

func (l *losing) Open(ctx context.Context, b storage.Blob) (io.ReadCloser, error) {
	if l.lost {
		return nil, storage.ErrNotFound
	}
	return l.Store.Open(ctx, b)
}

// TestLostFileHoldsItsMail: a mail whose file is lost waits, and goes whole
// when the file is back; other mails go meanwhile.
func TestLostFileHoldsItsMail(t *testing.T) {
	now := noon
	blobs := &losing{Store: memstore.New(nil), lost: true}
	h := build(t, func(c *ticketmail.Config) {
		c.Store, c.Blobs, c.Now = blobs, blobs, func() time.Time { return now }
	})
	h.store = blobs.Store
	k := h.create(ticketmail.NewTicket{Assignee: "carl", CustomerContact: "mia"})
	_, err := h.AddComment(t.Context(), bea, k.ID, ticketmail.NewComment{Text: "See file.", Reply: true, Files: []ticketmail.File{file("a.pdf", "content")}})
	if err != nil {
		t.Fatal(err)
	}
	if r := h.deliver(); r.Retried != 1 || r.Sent != 2 || r.Failed != 0 {
		t.Errorf("%+v, want two mails sent and one to be tried again", r)
	}
	m := h.replies()[0]
	if m.State != notify.Waiting || !strings.Contains(m.Error, "a.pdf") || !strings.Contains(m.Error, storage.ErrNotFound.Error()) {
		t.Errorf("the reply is %s: %q", m.State, m.Error)
	}
	if _, err := blobs.Open(t.Context(), m.Attachments[0].Blob); !errors.Is(err, storage.ErrNotFound) {
		t.Fatalf("the file is not lost: %v", err)
	}
	blobs.lost, now = false, m.Due
	h.deliver()
	if diff := cmp.Diff([][]string{{"a.pdf: content"}}, h.arrived("mia@kunde.example")); diff != "" {
		t.Errorf("mails to the customer (-want +got):\n%s", diff)
	}
}
