package imapbox_test

import (
	"io"
	"net"
	"strconv"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/mailboxtest"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

const user, password = "support", "secret"

// mailboxAt returns the mailbox of user, without TLS.
func mailboxAt(t testing.TB, address string) mailbox.Mailbox {
	t.Helper()
	a, err := net.ResolveTCPAddr("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return mailbox.Mailbox{
		ID: "test", Host: a.IP.String(), Port: a.Port, Security: mailbox.None,
		User: user, Password: mailbox.NewSecret(password),
	}
}

// other runs fn as another client that has INBOX selected.
func other(m mailbox.Mailbox, fn func(c *imapclient.Client, mails uint32) error) error {
	c, err := imapclient.DialInsecure(net.JoinHostPort(m.Host, strconv.Itoa(m.Port)), nil)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Login(m.User, m.Password.Reveal()).Wait(); err != nil {
		return err
	}
	inbox, err := c.Select("INBOX", nil).Wait()
	if err != nil {
		return err
	}
	return fn(c, inbox.NumMessages)
}

func addMails(m mailbox.Mailbox, raws ...string) error {
	return other(m, func(c *imapclient.Client, _ uint32) error {
		for _, raw := range raws {
			cmd := c.Append("INBOX", int64(len(raw)), nil)
			if _, err := io.WriteString(cmd, raw); err != nil {
				return err
			}
			if err := cmd.Close(); err != nil {
				return err
			}
			if _, err := cmd.Wait(); err != nil {
				return err
			}
		}
		return nil
	})
}

func contents(m mailbox.Mailbox) (raws []string, err error) {
	err = other(m, func(c *imapclient.Client, mails uint32) error {
		if mails == 0 {
			return nil
		}
		all := imap.SeqSet{{Start: 1, Stop: mails}}
		section := &imap.FetchItemBodySection{Peek: true}
		list, err := c.Fetch(all, &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{section}}).Collect()
		for _, m := range list {
			raws = append(raws, string(m.FindBodySection(section)))
		}
		return err
	})
	return raws, err
}

func markNth(m mailbox.Mailbox, n int) error {
	return other(m, func(c *imapclient.Client, _ uint32) error {
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
		return c.Store(imap.SeqSetNum(uint32(n+1)), flags, nil).Close()
	})
}

func vanishNth(m mailbox.Mailbox, n int) error {
	return other(m, func(c *imapclient.Client, _ uint32) error {
		flags := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
		if err := c.Store(imap.SeqSetNum(uint32(n+1)), flags, nil).Close(); err != nil {
			return err
		}
		return c.Expunge().Close()
	})
}

// account returns m as a test account, which is reached with opts.
func account(m mailbox.Mailbox, opts *imapbox.Options) mailboxtest.Account {
	return mailboxtest.Account{
		Connector: imapbox.New(opts),
		Mailbox:   m,
		Add:       func(raws ...string) error { return addMails(m, raws...) },
		Contents:  func() ([]string, error) { return contents(m) },
		Vanish:    func(n int) error { return vanishNth(m, n) },
		Mark:      func(n int) error { return markNth(m, n) },
	}
}
