package pop3box_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/pop3box"
)

// A discarder takes every mail for a ticket, and keeps nothing of it.
type discarder struct{ *mailboxtest.Journal }

func (d discarder) Receive(_ context.Context, in mailbox.Incoming, body io.Reader) (mailbox.Entry, error) {
	e := in.Entry
	e.Key, e.Outcome = in.Key, mailbox.Ticket
	_, err := io.Copy(io.Discard, body)
	return e, err
}

func (d discarder) Commit(ctx context.Context, batch []mailbox.Entry) error {
	entries := make([]*mailbox.Entry, len(batch))
	for i := range batch {
		entries[i] = &batch[i]
	}
	return d.Put(ctx, entries...)
}

// drain empties a mailbox with mailbox.Drain, and returns how many mails it
// had and how long it took, sign-ins included.
func drain(b *testing.B, c mailbox.Connector, m mailbox.Mailbox) (mails int, took time.Duration) {
	b.Helper()
	journal := &mailboxtest.Journal{}
	started := time.Now()
	for more := true; more; {
		session, err := c.Connect(b.Context(), m)
		if err != nil {
			b.Fatal(err)
		}
		r, err := mailbox.Drain(b.Context(), session, m, "INBOX", journal, discarder{journal}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if err := session.Close(); err != nil {
			b.Fatal(err)
		}
		mails, more = mails+r.Removed, r.More
	}
	return mails, time.Since(started)
}

// BenchmarkDrainDovecot drains the same 1,000 mails of 8 KB over IMAP and over
func BenchmarkDrainDovecot(b *testing.B) {
	s := dovecot.Start(b, &dovecot.Options{POP3: true})
	raws := make([]string, 1000)
	for i := range raws {
		raws[i] = "Subject: speed\r\n\r\n" + strings.Repeat(strings.Repeat("x", 78)+"\r\n", 102)
	}
	protocols := []struct {
		name string
		c    mailbox.Connector
		m    mailbox.Mailbox
	}{
		{"imap", imapbox.New(nil), dovecotBox(b, s.Address, "speed")},
		{"pop3", pop3box.New(nil), dovecotBox(b, s.POP3, "speed")},
	}
	protocols[0].m.Protocol = mailbox.IMAP
	var took [2][]time.Duration
	b.SetBytes(2 * int64(len(raws)*len(raws[0])))
	for b.Loop() {
		for i, p := range protocols {
			if err := s.Put(p.m.User, raws...); err != nil {
				b.Fatal(err)
			}
			n, d := drain(b, p.c, p.m)
			if n != len(raws) {
				b.Fatalf("%s: %d mails drained, want %d", p.name, n, len(raws))
			}
			took[i] = append(took[i], d)
		}
	}
	imap, pop3 := median(took[0]), median(took[1])
	b.ReportMetric(float64(len(raws))/imap, "imap-mails/s")
	b.ReportMetric(float64(len(raws))/pop3, "pop3-mails/s")
	b.ReportMetric(imap/pop3, "pop3/imap")
}

// median returns the middle one of the times, in seconds.
func median(times []time.Duration) float64 {
	slices.Sort(times)
	return times[len(times)/2].Seconds()
}
