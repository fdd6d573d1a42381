package imapbox_test

import (
	"io"
	"strings"
	"testing"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"github.com/emersion/go-imap/v2"
)

// Fetching, discarding and removing 1,000 mails of 8 KB.
func benchmarkDrain(b *testing.B, m mailbox.Mailbox, add func(...string) error) {
	raws := make([]string, 1000)
	for i := range raws {
		raws[i] = "Subject: speed\r\n\r\n" + strings.Repeat(strings.Repeat("x", 78)+"\r\n", 102)
	}
	c := imapbox.New(nil)
	b.SetBytes(int64(len(raws) * len(raws[0])))
	for b.Loop() {
		b.StopTimer()
		if err := add(raws...); err != nil {
			b.Fatal(err)
		}
		session, items := boxtest.Opened(b, c, m)
		b.StartTimer()
		err := session.Fetch(b.Context(), items, func(_ mailbox.Item, body io.Reader) error {
			_, err := io.Copy(io.Discard, body)
			return err
		})
		if err != nil || len(items) != len(raws) {
			b.Fatalf("fetched %d mails, %v", len(items), err)
		}
		if err := session.Remove(b.Context(), items); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		_ = session.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N*len(raws))/b.Elapsed().Seconds(), "mails/s")
}

func BenchmarkDrainInProcess(b *testing.B) {
	s := &memServer{caps: capSet(imap.CapIMAP4rev1, imap.CapUIDPlus)}
	m := mailboxAt(b, s.start(b))
	benchmarkDrain(b, m, func(raws ...string) error { return addMails(m, raws...) })
}

func BenchmarkDrainDovecot(b *testing.B) {
	s := dovecot.Start(b, nil)
	benchmarkDrain(b, mailboxAt(b, s.Address), func(raws ...string) error { return s.Put(user, raws...) })
}
