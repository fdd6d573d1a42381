package ticketmail_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
	"example.com/ticketmail/ticketmail"
)

// raw reads the raw bytes of a mail that is or was in quarantine.
func (h house) raw(key mailbox.Key) string {
	h.t.Helper()
	r, _, err := h.QuarantinedRaw(h.t.Context(), key)
	if err != nil {
		h.t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		h.t.Fatal(err)
	}
	return string(b)
}

func TestQuarantinedShowsTheMail(t *testing.T) {
	h, server := withServer(t, nil)
	sent := looping("a@x")
	server.Add("INBOX", sent)
	h.poll()
	key := h.quarantined()
	m, err := h.Quarantined(t.Context(), key)
	if err != nil || m.Err != nil || m.Message == nil {
		t.Fatalf("Quarantined = %+v, %v", m, err)
	}
	if m.Message.Subject != "Printer" || m.Message.From[0].Address != "mia@kunde.example" || strings.TrimSpace(m.Message.Text) != "It burns." || m.Entry.Reasons[0].Code != "loop" {
		t.Errorf("shown: %+v of %+v", m.Message, m.Entry)
	}
	if got := h.raw(key); got != sent {
		t.Errorf("%d raw bytes, want the %d that came", len(got), len(sent))
	}
	if n := len(h.tickets()); n != 0 {
		t.Errorf("%d tickets of looking", n)
	}
}

// brittle fails to decrypt by a panic.
type brittle struct{}

func (brittle) Decrypt(context.Context, message.EncryptedPart) (io.Reader, error) { panic("a bug") }

// A mail that cannot be read can be had and decided about all the same.
func TestQuarantinedShowsWhatCannotBeRead(t *testing.T) {
	h, server := withServer(t, func(c *ticketmail.Config) { c.Decrypter = brittle{} })
	sent := mail("x@y.example", "secret", "a@x", "MIAGCSqGSIb3DQEHA6CA", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "Content-Transfer-Encoding: base64")
	server.Add("INBOX", sent)
	h.poll()
	key := h.quarantined()
	m, err := h.Quarantined(t.Context(), key)
	if _, poisoned := errors.AsType[*mailbox.PoisonError](m.Err); err != nil || !poisoned || m.Message != nil || m.Entry.Key != key {
		t.Errorf("Quarantined = %+v, %v, want it to say that it cannot be read", m, err)
	}
	if got := h.raw(key); got != sent {
		t.Errorf("raw bytes:\n%q, want\n%q", got, sent)
	}
	if e, err := h.Discard(t.Context(), bea, key, "broken"); err != nil || e.Outcome != mailbox.Record {
		t.Errorf("Discard = %+v, %v", e, err)
	}
}

// TestDiscard: nothing comes of the mail, and everything about it stays on
// record.
func TestDiscard(t *testing.T) {
	h, server := withServer(t, nil)
	sent := looping("a@x")
	server.Add("INBOX", sent)
	h.poll()
	key := h.quarantined()
	e, err := h.Discard(t.Context(), bea, key, " advertising,\r\nas  every week ")
	if err != nil {
		t.Fatal(err)
	}
	want := []mailbox.Reason{{Code: "discarded", Text: `discarded by "bea": advertising, as every week`}, {Code: "loop", Text: "60 Received fields: the mail goes in circles"}}
	if diff := cmp.Diff(want, e.Reasons); diff != "" || e.Outcome != mailbox.Record {
		t.Errorf("outcome %s, reasons (-want +got):\n%s", e.Outcome, diff)
	}
	var stored mailbox.Entry
	h.view(func(r storage.Reader) error {
		found, err := r.Ledger().Lookup(t.Context(), []mailbox.Key{key})
		stored = found[0]
		return err
	})
	if diff := cmp.Diff(e, stored); diff != "" {
		t.Errorf("stored (-returned +stored):\n%s", diff)
	}
	if list, err := h.Engine.Quarantine(t.Context(), nil, 0); err != nil || len(list) != 0 {
		t.Errorf("in quarantine: %+v, %v", list, err)
	}
	if got := h.raw(key); got != sent {
		t.Errorf("%d raw bytes are left of %d", len(got), len(sent))
	}
	if m, err := h.Quarantined(t.Context(), key); err != nil || m.Message.Subject != "Printer" {
		t.Errorf("shown afterwards: %+v, %v", m, err)
	}
	for name, err := range map[string]error{
		"discarded again": second(h.Discard(t.Context(), bea, key, "again")),
		"replayed":        second(h.Replay(t.Context(), bea, key, ticketmail.Verdict{Task: "helpdesk"})),
	} {
		if !errors.Is(err, ticketmail.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	server.Add("INBOX", sent)
	server.Add("INBOX", mail("mia@kunde.example", "Printer", "b@x", "It still burns."))
	if r := h.poll(); r.Quarantined != 1 || r.Tickets != 1 {
		t.Errorf("the next mails: %+v", r)
	}
	if n := len(h.mails()); n == 0 {
		t.Error("nobody was told of the next")
	}
}

func second[T any](_ T, err error) error { return err }

func TestDiscardRefuses(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", looping("a@x"))
	server.Add("INBOX", mail("x@y.example", "fine", "b@x", "text"))
	h.poll()
	key := h.quarantined()
	fine, gone := key, key
	fine.UID, gone.UID = "2", "99"
	for name, tt := range map[string]struct {
		by   ticketmail.Actor
		key  mailbox.Key
		why  string
		want error
	}{
		"nobody":            {ticketmail.Actor{}, key, "x", ticketmail.ErrInvalid},
		"somebody unknown":  {ticketmail.Actor{Person: "nobody"}, key, "x", escalation.ErrNotFound},
		"no reason":         {bea, key, " \r\n", ticketmail.ErrInvalid},
		"a long reason":     {bea, key, strings.Repeat("x", 1001), ticketmail.ErrInvalid},
		"not in quarantine": {bea, fine, "x", ticketmail.ErrInvalid},
		"no such mail":      {bea, gone, "x", storage.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := h.Discard(t.Context(), tt.by, tt.key, tt.why); !errors.Is(err, tt.want) {
				t.Errorf("Discard = %v, want %v", err, tt.want)
			}
		})
	}
	for name, key := range map[string]mailbox.Key{"not in quarantine": fine, "no such mail": gone} {
		if _, err := h.Quarantined(t.Context(), key); err == nil {
			t.Errorf("%s is shown", name)
		}
		if r, _, err := h.QuarantinedRaw(t.Context(), key); err == nil {
			t.Errorf("%s is handed out: %v", name, r)
		}
	}
	if got := h.quarantined(); got != key {
		t.Error("the mail left quarantine")
	}
}

// Who asked for a replay stands in the entry, with a verdict or without.
func TestReplayNamesWhoAsked(t *testing.T) {
	h, server := withServer(t, nil)
	server.Add("INBOX", looping("a@x"))
	h.poll()
	e, err := h.Replay(t.Context(), bea, h.quarantined(), ticketmail.Verdict{})
	if err != nil || e.Outcome != mailbox.Quarantine || e.Reasons[0] != (mailbox.Reason{Code: "replayed", Text: `read again for "bea"`}) || e.Reasons[1].Code != "loop" {
		t.Errorf("read again: %+v, %v", e, err)
	}
	e, err = h.Replay(t.Context(), bea, e.Key, ticketmail.Verdict{Task: "helpdesk"})
	if err != nil || e.Reasons[0].Text != `decided by "bea"` {
		t.Errorf("decided: %+v, %v", e, err)
	}
}
