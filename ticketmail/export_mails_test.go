package ticketmail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// A ticket comes out as the mails it was made of, byte for byte, and as
// composed ones where people typed; what is internal only if it is asked for.
func TestExportTicket(t *testing.T) {
	h, server := withServer(t, nil)
	raw := mail("mia@kunde.example", "Drucker brännt", "a@x", "Hilfe!\r\n\r\nFrom here\r\n>From there\r\n.")
	server.Add("INBOX", raw)
	h.poll()
	k := h.tickets()[0]
	big := strings.Repeat("0123456789", 20_000)
	for _, c := range []ticketmail.NewComment{
		{Text: "Ich schaue.\nFrom now on: \u00e4\u00f6\u00fc " + strings.Repeat("long ", 300), Files: []ticketmail.File{{Name: "größe\r\nBcc: x@y.example.txt", Type: "text/plain", Content: strings.NewReader(big)}}},
		{Text: "secret", Internal: true},
	} {
		if _, err := h.AddComment(t.Context(), bea, k.ID, c); err != nil {
			t.Fatal(err)
		}
	}
	export := func(o *ticketmail.ExportOptions) (all []string) {
		for m, err := range h.ExportTicket(t.Context(), k.ID, o) {
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			n, err := m.WriteTo(t.Context(), &b)
			if err != nil || n != int64(b.Len()) {
				t.Fatalf("WriteTo = %d, %v for %d bytes", n, err, b.Len())
			}
			all = append(all, b.String())
		}
		return all
	}
	public := export(nil)
	if len(public) != 2 || public[0] != raw {
		t.Fatalf("%d mails, want the original and one composed; the first is\n%s", len(public), public[0])
	}
	msg, err := message.Read(t.Context(), strings.NewReader(public[1]), &message.Options{Sink: h.store})
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%v %s %t %d %d", msg.From, msg.Subject, msg.Date.Equal(noon), len(msg.Defects), len(msg.Attachments))
	if want := "[{Bea Braun bea@erp.example}] Drucker brännt true 0 1"; got != want {
		t.Errorf("composed mail reads %s, want %s; defects %v", got, want, msg.Defects)
	}
	if a := msg.Attachments[0]; a.Blob != h.comments(k.ID)[1].Attachments[0].Blob {
		t.Errorf("the file came out as %+v", a)
	}
	if want := h.comments(k.ID)[1].Text; strings.TrimSpace(msg.Text) != strings.TrimSpace(want) {
		t.Errorf("text (-want +got):\n%s", cmp.Diff(want, msg.Text))
	}
	for i, line := range strings.Split(public[1], "\r\n") {
		if len(line) > 998 || strings.ContainsAny(line, "\r\n") || strings.HasPrefix(line, "Bcc:") {
			t.Errorf("line %d of the composed mail: %.100q", i, line)
		}
	}
	if strings.Contains(strings.Join(public, ""), "secret") {
		t.Error("an internal comment came out")
	}
	all := export(&ticketmail.ExportOptions{Internal: true})
	if len(all) != 3 || !strings.Contains(all[2], "secret") || !strings.Contains(all[2], "X-Ticketmail-Internal: yes") {
		t.Errorf("%d mails with the internal one", len(all))
	}
	if diff := cmp.Diff(all, export(&ticketmail.ExportOptions{Internal: true})); diff != "" {
		t.Errorf("two exports differ:\n%s", diff)
	}

	var mbox bytes.Buffer
	if err := h.WriteMbox(t.Context(), &mbox, k.ID, nil); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(unixLines(public), readMbox(t, mbox.String())); diff != "" {
		t.Errorf("mbox (-want +got):\n%s", diff)
	}
	if err := h.WriteMbox(t.Context(), io.Discard, "nosuch", nil); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("an unknown ticket: %v", err)
	}
	failing := writerFunc(func([]byte) (int, error) { return 0, context.Canceled })
	if err := h.WriteMbox(t.Context(), failing, k.ID, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func unixLines(mails []string) (all []string) {
	for _, m := range mails {
		m = strings.ReplaceAll(m, "\r\n", "\n")
		if !strings.HasSuffix(m, "\n") {
			m += "\n"
		}
		all = append(all, m)
	}
	return all
}

// readMbox takes a mailbox file apart, as any reader of mboxrd does.
func readMbox(t *testing.T, s string) (mails []string) {
	t.Helper()
	for i, line := range strings.SplitAfter(s, "\n") {
		switch {
		case strings.HasPrefix(line, "From "):
			if i > 0 && !strings.HasSuffix(mails[len(mails)-1], "\n\n") {
				t.Error("no empty line before From")
			}
			mails = append(mails, "")
			continue
		case len(mails) == 0:
			t.Fatalf("the file begins with %q", line)
		case strings.HasPrefix(strings.TrimLeft(line, ">"), "From "):
			line = line[1:]
		}
		mails[len(mails)-1] += line
	}
	for i, m := range mails {
		mails[i] = strings.TrimSuffix(m, "\n")
	}
	return mails
}
