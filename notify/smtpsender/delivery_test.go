package smtpsender_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"mime"
	"net"
	netmail "net/mail"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	gomessage "github.com/emersion/go-message"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/escalation/memdirectory"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
)

// The readers of built-in mails, one for each language, and what is awkward
// about their names and addresses.
var readers = []memdirectory.Person{
	{ID: "de", Name: "Jürgen Gröger-Weiß", Address: "jürgen.gröger@corp.example", Language: "de", Kind: escalation.Employee},
	{ID: "en", Name: `O'Brien, Kim "IT" (2nd floor)`, Address: "kim.o'brien@corp.example", Language: "en", Kind: escalation.Employee},
	{ID: "fr", Name: "Zoé Œuvré 🎉 " + strings.Repeat("très longue ", 10) + "fin", Address: "zoe@corp.example", Language: "fr", Kind: escalation.Employee},
}

// Comments that a mail server could stumble over. The one is written in
// quoted-printable, the other in base64.
var comments = map[string]string{
	"mostly ASCII": ".\n..\n.hidden\nFrom here on it is hot\n>From there too\nGrüße 👋\nBcc: victim@corp.example\n" +
		strings.Repeat("long words ", 300) + "\n" + strings.Repeat("x", 3000) + "\n = =20 \t\n.\nFrom",
	"other scripts": ".\nFrom 東京\n" + strings.Repeat("プリンターが燃えています。🔥", 200) + "\n.\n" + strings.Repeat("ß", 1500),
}

// builtinMails are the mails about some events to all readers, in plain text
// and with an HTML form.
func builtinMails(t *testing.T, env notify.Envelope) (mails []notify.Mail) {
	t.Helper()
	directory, err := memdirectory.New(memdirectory.Data{Persons: readers})
	if err != nil {
		t.Fatal(err)
	}
	references, err := thread.New([][]byte{[]byte("a key for tests only")}, &thread.Options{Domain: "tickets.example"})
	if err != nil {
		t.Fatal(err)
	}
	planner := notify.Planner{Directory: directory, References: references}
	for _, kind := range []notify.Kind{
		notify.TicketCreated, notify.CommentAdded, notify.InternalCommentAdded, notify.AssigneeChanged, notify.StatusDone, notify.StatusRejected,
	} {
		for name, text := range comments {
			plan, err := planner.Plan(t.Context(), notify.Event{
				ID: string(kind) + name, Kind: kind, ActorName: "Frédéric Müller 🙂", At: time.Date(2026, 3, 29, 0, 59, 59, 0, time.UTC),
				Ticket: notify.TicketView{
					Ref: "4711", Subject: "Drucker brennt 🔥 im größten Büro: « écran » " + strings.Repeat("ü", 150), Status: "in_process",
				},
				Comment: &notify.CommentView{
					ID: "c1", Author: "fr", AuthorName: "Zoé Œuvré", Text: text, MessageID: "CAF=odd+id.1@mail.customer.example",
					Internal: kind == notify.InternalCommentAdded, Files: []notify.Attachment{{Name: "Störung (1).pdf", Type: "application/pdf"}},
				},
			}, notify.Rule{Kind: kind, Active: true, People: []escalation.PersonID{"de", "en", "fr"}}, env)
			if err != nil || len(plan.Mails) != len(readers) {
				t.Fatalf("%s: %d mails planned, error %v, want one for each reader", kind, len(plan.Mails), err)
			}
			for _, m := range plan.Mails {
				mails = append(mails, m)
				m.ID, m.MessageID = m.ID+"-html", "html."+m.MessageID
				m.HTML = "<!DOCTYPE html>\n<p>.</p>\n.\n<pre>" + html.EscapeString(m.Text) + "</pre>\n"
				mails = append(mails, m)
			}
		}
	}
	return mails
}

// TestDelivery sends the built-in mails of several events in all languages
// and reads them where they were delivered: one each, exactly as they were
// meant, and nothing else.
func TestDelivery(t *testing.T) {
	for name, open := range posts {
		t.Run(name, func(t *testing.T) {
			var addresses []string
			for _, p := range readers {
				addresses = append(addresses, p.Address)
			}
			server := open(t, append(addresses, "victim@corp.example", "support@corp.example", "bounces@corp.example")...)
			sender, dials := postSender(t, server, "bounces@corp.example")
			env := notify.Envelope{From: message.Address{Name: "Büro & Söhne, Störungsannahme 🛠", Address: "support@corp.example"}, ReplyTo: "support+4711@corp.example"}
			mails := builtinMails(t, env)
			odd := mails[0] // from and back to an address that needs SMTPUTF8
			odd.MessageID, odd.From.Address, odd.ReplyTo = "odd."+odd.MessageID, "büro@corp.example", "büro@corp.example"
			mails = append(mails, odd)
			for _, m := range mails {
				if err := sender.Send(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			if n := dials.Load(); n != 1 {
				t.Errorf("%d connections for %d mails, want one", n, len(mails))
			}
			for _, to := range append(addresses, "victim@corp.example", "support@corp.example", "bounces@corp.example") {
				checkMailbox(t, to, server.mails(to), slices.DeleteFunc(slices.Clone(mails), func(m notify.Mail) bool { return m.To.Address != to }))
			}
		})
	}
}

// postSender returns a sender for a post, which counts its connections.
func postSender(t *testing.T, p post, envelopeFrom string) (*smtpsender.Sender, *atomic.Int32) {
	t.Helper()
	dials := new(atomic.Int32)
	sender, err := smtpsender.New(smtpsender.Options{
		Addr: p.addr, Security: mailbox.None, EnvelopeFrom: envelopeFrom, MaxIdle: time.Hour,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials.Add(1)
			return new(net.Dialer).DialContext(ctx, network, addr)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sender.Close() })
	return sender, dials
}

// checkMailbox compares what lies in a mailbox with what was sent there.
func checkMailbox(t *testing.T, to string, got []delivery, sent []notify.Mail) {
	t.Helper()
	byID := map[string][]delivery{}
	for _, d := range got {
		m, err := netmail.ReadMessage(bytes.NewReader(d.raw))
		if err != nil {
			t.Fatalf("net/mail cannot read %q: %v", d.raw, err)
		}
		id := strings.Trim(m.Header.Get("Message-ID"), "<>")
		byID[id] = append(byID[id], d)
	}
	if len(got) != len(sent) {
		t.Errorf("%s got %d mails, want the %d that were sent", to, len(got), len(sent))
	}
	for _, m := range sent {
		found := byID[m.MessageID]
		if len(found) != 1 {
			t.Errorf("%s got %d mails %s, want one", to, len(found), m.MessageID)
			continue
		}
		d := found[0]
		if d.from != "bounces@corp.example" || d.to != to {
			t.Errorf("envelope from %q to %q, want bounces@corp.example and %q", d.from, d.to, to)
		}
		for reader, diff := range map[string]string{
			"bytes": cmp.Diff(encoded(t, m), string(d.data)), "net/mail": diffHeader(t, m, d.data),
			"go-message": diffParts(t, m, d.data), "our reader": diffMessage(t, m, d.raw),
		} {
			if diff != "" {
				t.Fatalf("%s in %s for %s, by %s (-want +got):\n%.4000s", m.Event, m.Language, to, reader, diff)
			}
		}
	}
}

func encoded(t *testing.T, m notify.Mail) string {
	t.Helper()
	var b bytes.Buffer
	if err := notify.Encode(t.Context(), &b, m); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

// diffHeader compares the fields as net/mail reads them: each once and no
// other, and none to copy the mail to somebody.
func diffHeader(t *testing.T, m notify.Mail, data []byte) string {
	t.Helper()
	parsed, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	ids := func(list ...string) string { return "<" + strings.Join(list, "> <") + ">" }
	want := map[string]string{
		"Date": "2026-03-29T00:59:59Z", "From": address(m.From), "To": address(m.To), "Reply-To": address(message.Address{Address: m.ReplyTo}),
		"Subject": m.Subject, "Message-Id": ids(m.MessageID), "In-Reply-To": ids(m.InReplyTo), "References": ids(m.References...),
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply", "Mime-Version": "1.0",
	}
	got := map[string]string{}
	for name, values := range parsed.Header {
		value := strings.Join(values, " AND ")
		switch name {
		case "Content-Type", "Content-Transfer-Encoding": // of the body, see diffParts
			continue
		case "From", "To", "Reply-To":
			list, err := parsed.Header.AddressList(name)
			if err != nil || len(list) != 1 {
				t.Fatalf("%s is %q: %v", name, value, err)
			}
			value = address(message.Address{Name: list[0].Name, Address: list[0].Address})
		case "Subject":
			if value, err = new(mime.WordDecoder).DecodeHeader(value); err != nil {
				t.Fatal(err)
			}
		case "Date":
			date, err := parsed.Header.Date()
			if err != nil {
				t.Fatal(err)
			}
			value = date.UTC().Format(time.RFC3339)
		}
		got[name] = value
	}
	return cmp.Diff(want, got)
}

func address(a message.Address) string { return fmt.Sprintf("%q <%s>", a.Name, a.Address) }

// diffParts compares the forms of the text as go-message reads them.
func diffParts(t *testing.T, m notify.Mail, data []byte) string {
	t.Helper()
	entity, err := gomessage.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"text/plain " + m.Text}
	if m.HTML != "" {
		want = append(want, "text/html "+m.HTML)
	}
	var got []string
	err = entity.Walk(func(_ []int, part *gomessage.Entity, err error) error {
		if err != nil {
			return err
		}
		kind, _, err := part.Header.ContentType()
		if err != nil || strings.HasPrefix(kind, "multipart/") {
			return err
		}
		text, err := io.ReadAll(part.Body)
		got = append(got, kind+" "+strings.ReplaceAll(string(text), "\r\n", "\n"))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return cmp.Diff(want, got)
}

// diffMessage compares the mail as our own reader reads it, which answers to
// it come back through.
func diffMessage(t *testing.T, m notify.Mail, raw []byte) string {
	t.Helper()
	got, err := message.Read(t.Context(), bytes.NewReader(raw), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.Automatic == "" {
		return "it does not count as automatic"
	}
	want := &message.Message{
		Subject: m.Subject, From: []message.Address{m.From}, To: []message.Address{m.To}, ReplyTo: []message.Address{{Address: m.ReplyTo}},
		Date: m.Date, MessageID: m.MessageID, InReplyTo: []string{m.InReplyTo}, References: m.References, Text: m.Text, HTML: m.HTML,
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(message.Message{}, "Raw", "Header", "Automatic"))
}

// TestDeliveryRefused: whom the server does not know is told from others, and
// the connection serves the next mail.
func TestDeliveryRefused(t *testing.T) {
	for name, open := range posts {
		t.Run(name, func(t *testing.T) {
			server := open(t, "kim@corp.example")
			sender, dials := postSender(t, server, "")
			for i := range 3 {
				err := sender.Send(t.Context(), mail("nobody@corp.example"))
				refused, ok := errors.AsType[*notify.RecipientError](err)
				if !ok || refused.Status != "5.1.1" || refused.Address != "nobody@corp.example" {
					t.Fatalf("mail to nobody: %v, want RecipientError 5.1.1", err)
				}
				m := mail("kim@corp.example")
				m.MessageID = fmt.Sprintf("m%d@tickets.example", i)
				if err := sender.Send(t.Context(), m); err != nil {
					t.Fatal(err)
				}
			}
			if got := server.mails("kim@corp.example"); len(got) != 3 || dials.Load() != 1 {
				t.Errorf("%d mails on %d connections, want 3 on one", len(got), dials.Load())
			}
		})
	}
}
