package pop3box_test

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/mailboxtest"
	"example.com/ticketmail/mailbox/pop3box"
)

func TestSessionOnDovecot(t *testing.T) {
	s := dovecot.Start(t, &dovecot.Options{POP3: true, TLS: true})
	t.Run("Suite", func(t *testing.T) {
		var log recorder
		mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
			m := dovecotBox(t, s.POP3, strings.ToLower(t.Name()[strings.LastIndexByte(t.Name(), '/')+1:]))
			return mailboxtest.Account{
				Connector: pop3box.New(&pop3box.Options{Dial: log.dial}),
				Mailbox:   m,
				Add:       func(raws ...string) error { return s.Put(m.User, raws...) },
				Contents:  func() ([]string, error) { return contents(t, s, m.User) },
			}
		})
		log.check(t, "RETR 1\r\nRETR 2\r\n", "USER ")
	})
	t.Run("SignIn", func(t *testing.T) { signsIn(t, s) })
}

func dovecotBox(t testing.TB, address, user string) mailbox.Mailbox {
	m := mailboxAt(t, address)
	m.User, m.Password = user, mailbox.NewSecret(dovecot.Password)
	return m
}

// contents returns the mails of an INBOX, as they are over IMAP.
func contents(t *testing.T, s *dovecot.Server, user string) ([]string, error) {
	m := dovecotBox(t, s.Address, user)
	m.Protocol = mailbox.IMAP
	session, items := boxtest.Opened(t, imapbox.New(nil), m)
	got, err := bodies(t.Context(), session, items)
	raws := make([]string, len(items))
	for i, it := range items {
		raws[i] = got[it.UID]
	}
	return raws, err
}

// signsIn tries every way to sign in with every protection.
func signsIn(t *testing.T, s *dovecot.Server) {
	trusting := &pop3box.Options{TLS: &tls.Config{RootCAs: s.Roots}}
	token := func(text string) mailbox.TokenSource {
		return tokens{mailbox.NewSecret(text), mailbox.NewSecret(dovecot.Password)}
	}
	for name, m := range map[string]mailbox.Mailbox{
		"auto":                   {},
		"PLAIN":                  {Auth: mailbox.AuthPlain},
		"USER and PASS":          {Auth: mailbox.AuthLogin},
		"token, auto":            {Tokens: token(dovecot.Password)},
		"XOAUTH2":                {Auth: mailbox.AuthXOAuth2, Tokens: token(dovecot.Password)},
		"XOAUTH2, old token":     {Auth: mailbox.AuthXOAuth2, Tokens: token("old")},
		"XOAUTH2, long token":    {Auth: mailbox.AuthXOAuth2, Tokens: token(strings.Repeat("x", 2000))},
		"OAUTHBEARER":            {Auth: mailbox.AuthOAuthBearer, Tokens: token(dovecot.Password)},
		"OAUTHBEARER, old token": {Auth: mailbox.AuthOAuthBearer, Tokens: token("old")},
	} {
		m.Password = mailbox.NewSecret(dovecot.Password)
		for _, security := range []mailbox.Security{mailbox.None, mailbox.STARTTLS, mailbox.TLS} {
			t.Run(name+"/"+string(security), func(t *testing.T) {
				address := s.POP3
				if security == mailbox.TLS {
					address = s.POP3TLS
				}
				at := mailboxAt(t, address)
				m.ID, m.Protocol, m.Security, m.Host, m.Port, m.User = at.ID, at.Protocol, security, "localhost", at.Port, "signin"
				if err := s.Put(m.User, "Subject: hello\r\n\r\nbody\r\n"); err != nil {
					t.Fatal(err)
				}
				session, items := boxtest.Opened(t, pop3box.New(trusting), m)
				if err := session.Remove(t.Context(), items); err != nil || len(items) != 1 {
					t.Errorf("removing %d mails, want 1: %v", len(items), err)
				}
				if err := session.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// files returns the names of a user's mails, which hold their flags. That they
// are not quite new any more (IMAP's \Recent) every sign-in brings about.
func files(t *testing.T, s *dovecot.Server, user string) string {
	t.Helper()
	var names []string
	for _, d := range []string{"new", "cur"} {
		entries, err := os.ReadDir(filepath.Join(s.Maildir(user), d))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, strings.TrimSuffix(e.Name(), ":2,"))
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}
