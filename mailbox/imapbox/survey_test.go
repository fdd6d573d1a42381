package imapbox_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/google/go-cmp/cmp"
)

// deliver appends a mail with flags that came at a time, as another client.
func deliver(c *imapclient.Client, folder, raw string, at time.Time, flags ...imap.Flag) error {
	cmd := c.Append(folder, int64(len(raw)), &imap.AppendOptions{Time: at, Flags: flags})
	if _, err := io.WriteString(cmd, raw); err != nil {
		return err
	}
	if err := cmd.Close(); err != nil {
		return err
	}
	_, err := cmd.Wait()
	return err
}

func TestSurvey(t *testing.T) {
	t.Run("in process", func(t *testing.T) {
		s := &memServer{caps: capSet(imap.CapIMAP4rev1)}
		looksAround(t, mailboxAt(t, s.start(t)), "Sent Items")
	})
	t.Run("Dovecot", func(t *testing.T) {
		looksAround(t, mailboxAt(t, dovecot.Start(t, nil).Address), "Sent")
	})
	t.Run("Dovecot without SPECIAL-USE", func(t *testing.T) {
		looksAround(t, mailboxAt(t, dovecot.Start(t, &dovecot.Options{Capability: "IMAP4rev1", Separator: ".", Prefix: "INBOX."}).Address), "INBOX.Gesendete Elemente")
	})
}

// looksAround surveys a folder whose mails came around a moment, in other zones.
func looksAround(t *testing.T, m mailbox.Mailbox, sent string) {
	moment := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	zone := func(hours int) *time.Location { return time.FixedZone("", hours*3600) }
	arrivals := []time.Time{
		moment.AddDate(-1, 0, 0), moment.Add(-time.Second), moment.Add(-time.Second).In(zone(14)), moment.Add(-time.Second).In(zone(-12)),
		moment, moment.In(zone(14)), moment.In(zone(-12)), moment.Add(time.Second), moment.AddDate(0, 1, 0),
	}
	raw := "Received: from a by b\r\nDate: Sat, 28 Feb 2026 10:00:00 +0100\r\nFrom: a@b.example\r\nSubject: none of our business\r\nList-Unsubscribe: <mailto:x@y.example>\r\n\r\nbody\r\n"
	err := other(m, func(c *imapclient.Client, _ uint32) error {
		for i, at := range arrivals {
			flags := [][]imap.Flag{nil, {imap.FlagSeen}, {imap.FlagSeen, imap.FlagAnswered}}[i%3]
			if err := deliver(c, "INBOX", raw, at, flags...); err != nil {
				return err
			}
		}
		if err := c.Create(sent, nil).Wait(); err != nil {
			return err
		}
		return deliver(c, sent, raw, moment)
	})
	if err != nil {
		t.Fatal(err)
	}
	var log recorder
	session, items := boxtest.Opened(t, imapbox.New(&imapbox.Options{Dial: log.dial}), m)
	surveyor := session.(mailbox.Surveyor)
	found, err := surveyor.Survey(t.Context(), items)
	if err != nil || len(found.Glances) != len(arrivals) {
		t.Fatalf("Survey shows %d mails of %d, %v", len(found.Glances), len(arrivals), err)
	}
	for i, g := range found.Glances {
		if g.UID != items[i].UID || !g.Arrived.Equal(arrivals[i]) || g.Seen != (i%3 > 0) || g.Answered != (i%3 == 2) {
			t.Errorf("mail %d: %+v, want it to have arrived at %s", i, g, arrivals[i])
		}
		if !bytes.Contains(g.Header, []byte("List-Unsubscribe: <")) || bytes.Contains(g.Header, []byte("business")) {
			t.Errorf("mail %d: the header shown is %q", i, g.Header)
		}
	}
	if len(found.Beside) != 1 || found.Beside[0].Use != mailbox.UseSent || found.Beside[0].Mails != 1 || found.Beside[0].Name != sent {
		t.Errorf("beside: %+v", found.Beside)
	}
	since, err := surveyor.Since(t.Context(), items, moment)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(items[4:], since); diff != "" {
		t.Errorf("since the moment (-want +got):\n%s", diff)
	}
	if sent := log.String(); strings.Contains(sent, "STORE") || strings.Contains(sent, "BODY[") {
		t.Errorf("something was sent that may mark mails: %s", sent)
	}
}

// Since asks for the times of those mails only that may be new enough, however
// many old ones there are.
func TestSinceSparesOldMails(t *testing.T) {
	s := &memServer{caps: capSet(imap.CapIMAP4rev1)}
	m := mailboxAt(t, s.start(t))
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	err := other(m, func(c *imapclient.Client, _ uint32) error {
		for i := range 50 {
			at := now.AddDate(-1, 0, 0)
			if i == 20 || i == 40 {
				at = now.Add(time.Hour)
			}
			if err := deliver(c, "INBOX", fmt.Sprintf("Subject: %d\r\n\r\nbody\r\n", i), at); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var log recorder
	session, items := boxtest.Opened(t, imapbox.New(&imapbox.Options{Dial: log.dial}), m)
	since, err := session.(mailbox.Surveyor).Since(t.Context(), items, now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]mailbox.Item{items[20], items[40]}, since); diff != "" {
		t.Errorf("since (-want +got):\n%s", diff)
	}
	if !strings.Contains(log.String(), "UID FETCH 21,41 (") {
		t.Errorf("the times of other mails were asked for: %s", log.String())
	}
}
