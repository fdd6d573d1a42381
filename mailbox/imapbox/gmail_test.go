package imapbox_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/mailboxtest"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/google/go-cmp/cmp"
)

// A labelled account is one as Gmail has them: its folders are labels, and
// every mail is in "All Mail" too. Only a move to the trash takes it out of
// there; to expunge it from INBOX takes off that label.
type labelled struct {
	all, trash string // folders; no trash: it is not shown over IMAP
	m          mailbox.Mailbox
}

func (l *labelled) start(t *testing.T) {
	s := &memServer{
		caps:    capSet(imap.CapIMAP4rev1, imap.CapUIDPlus, imap.CapMove, imap.CapListExtended, imap.CapSpecialUse),
		folders: []string{l.all},
		wrap: func(inner imapserver.SessionIMAP4rev2) imapserver.Session {
			return &labelledSession{SessionIMAP4rev2: inner, labelled: l}
		},
	}
	if l.trash != "" {
		s.folders = append(s.folders, l.trash)
	}
	l.m = mailboxAt(t, s.start(t))
}

// options connect and make the server announce itself as Gmail does, which
// the library's cannot.
func (l *labelled) options(log *recorder) *imapbox.Options {
	return &imapbox.Options{Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := log.dial(ctx, network, address)
		return &announcing{Conn: conn, lines: bufio.NewReader(conn)}, err
	}}
}

type announcing struct {
	net.Conn
	lines *bufio.Reader
	rest  string
}

func (a *announcing) Read(p []byte) (int, error) {
	if a.rest == "" {
		line, err := a.lines.ReadString('\n')
		if err != nil {
			return 0, err
		}
		a.rest = strings.ReplaceAll(line, "IMAP4rev1 ", "IMAP4rev1 X-GM-EXT-1 ")
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

type labelledSession struct {
	imapserver.SessionIMAP4rev2
	*labelled
	selected string
}

func (s *labelledSession) Select(name string, options *imap.SelectOptions) (*imap.SelectData, error) {
	s.selected = name
	return s.SessionIMAP4rev2.Select(name, options)
}

func (s *labelledSession) List(w *imapserver.ListWriter, _ string, _ []string, _ *imap.ListOptions) error {
	list := []imap.ListData{{Mailbox: "INBOX"}, {Mailbox: "[Gmail]", Attrs: []imap.MailboxAttr{imap.MailboxAttrNoSelect}}, {Mailbox: s.all, Attrs: []imap.MailboxAttr{imap.MailboxAttrAll}}}
	if s.trash != "" {
		list = append(list, imap.ListData{Mailbox: s.trash, Attrs: []imap.MailboxAttr{imap.MailboxAttrHasNoChildren, imap.MailboxAttrTrash}})
	}
	for _, l := range list {
		l.Delim = '/'
		if err := w.WriteList(&l); err != nil {
			return err
		}
	}
	return nil
}

type literal struct{ *bytes.Reader }

// Append gives a mail for INBOX to both folders, where it gets the same UID.
func (s *labelledSession) Append(name string, r imap.LiteralReader, options *imap.AppendOptions) (*imap.AppendData, error) {
	raw, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if name == "INBOX" {
		if _, err := s.SessionIMAP4rev2.Append(s.all, literal{bytes.NewReader(raw)}, options); err != nil {
			return nil, err
		}
	}
	return s.SessionIMAP4rev2.Append(name, literal{bytes.NewReader(raw)}, options)
}

func (s *labelledSession) Move(w *imapserver.MoveWriter, set imap.NumSet, to string) error {
	if err := s.SessionIMAP4rev2.Move(w, set, to); err != nil || to != s.trash || s.selected != "INBOX" {
		return err
	}
	return other(s.m, func(c *imapclient.Client, _ uint32) error {
		if _, err := c.Select(s.all, nil).Wait(); err != nil {
			return err
		}
		if err := c.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
			return err
		}
		return c.UIDExpunge(set.(imap.UIDSet)).Close()
	})
}

// counts returns how many mails the folders hold.
func (l *labelled) counts(folders ...string) (string, error) {
	var b strings.Builder
	err := other(l.m, func(c *imapclient.Client, _ uint32) error {
		for _, f := range folders {
			data, err := c.Select(f, nil).Wait()
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "%d ", data.NumMessages)
		}
		return nil
	})
	return b.String(), err
}

func TestRemovedLabels(t *testing.T) {
	for _, trash := range []string{"[Gmail]/Papierkorb", "[Gmail]/Корзина", "[Google Mail]/Bin", "Müll & Reste"} {
		l := &labelled{all: "[Gmail]/Alle Nachrichten", trash: trash}
		l.start(t)
		if err := addMails(l.m, "one", "two", "three"); err != nil {
			t.Fatal(err)
		}
		var log recorder
		session, items := boxtest.Opened(t, imapbox.New(l.options(&log)), l.m)
		if err := session.Remove(t.Context(), items[:2]); err != nil {
			t.Fatal(err)
		}
		got, err := l.counts("INBOX", l.all, trash)
		if diff := cmp.Diff("1 1 2 ", got); diff != "" || err != nil {
			t.Errorf("mails in INBOX, all mail and %s, %v (-want +got):\n%s", trash, err, diff)
		}
		log.check(t, "UID MOVE", "EXPUNGE")
		// In the trash itself to expunge is to delete.
		if _, err := session.Select(t.Context(), trash, false); err != nil {
			t.Fatal(err)
		}
		items, err = session.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := session.Remove(t.Context(), items[:1]); err != nil {
			t.Error(err)
		}
		if got, err := l.counts(trash); got != "1 " || err != nil {
			t.Errorf("%s holds %s mails, %v, want 1", trash, got, err)
		}
	}
}

// An account whose trash is hidden from IMAP could only lose labels: it is
// refused, unless nothing is to be removed from it.
func TestHiddenTrash(t *testing.T) {
	l := &labelled{all: "[Gmail]/All Mail"}
	l.start(t)
	if err := addMails(l.m, "one"); err != nil {
		t.Fatal(err)
	}
	var log recorder
	c := imapbox.New(l.options(&log))
	if _, err := c.Connect(t.Context(), l.m); err == nil || !strings.Contains(err.Error(), `special use \Trash`) {
		t.Errorf("Connect = %v, want an error that tells what to do", err)
	}
	log.check(t, "LIST", "SELECT")
	for _, after := range []mailbox.AfterImport{mailbox.AfterMove, mailbox.AfterFlag} {
		m := l.m
		m.After, m.MoveTo = after, "Done"
		session, err := c.Connect(t.Context(), m)
		if err != nil {
			t.Errorf("%s: %v", after, err)
			continue
		}
		_ = session.Close()
	}
	if got, err := l.counts("INBOX", l.all); got != "1 1 " || err != nil {
		t.Errorf("mails in INBOX and all mail: %s, %v", got, err)
	}
}

func TestSessionOnLabels(t *testing.T) {
	var log recorder
	mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
		l := &labelled{all: "[Gmail]/All Mail", trash: "[Gmail]/Trash"}
		l.start(t)
		return account(l.m, l.options(&log))
	})
	log.check(t, "RETURN (SPECIAL-USE)", " EXPUNGE")
}
