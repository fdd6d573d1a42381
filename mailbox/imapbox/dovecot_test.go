package imapbox_test

import (
	"crypto/tls"
	"strings"
	"testing"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/internal/boxtest"
	"example.com/ticketmail/mailbox/mailboxtest"
)

func TestSessionOnDovecot(t *testing.T) {
	for name, tt := range map[string]struct {
		opts        dovecot.Options
		orders      string // what the server calls the folder Orders
		sent, never string // commands
	}{
		"all":           {dovecot.Options{TLS: true}, "Orders", " UID EXPUNGE ", " EXPUNGE\r\n"},
		"no UIDPLUS":    {dovecot.Options{Capability: "IMAP4rev1 IDLE"}, "Orders", " EXPUNGE\r\n", "UID EXPUNGE"},
		"MOVE":          {dovecot.Options{Capability: "IMAP4rev1 MOVE SPECIAL-USE LIST-EXTENDED"}, "Orders", "UID MOVE", "EXPUNGE"},
		"INBOX. prefix": {dovecot.Options{Separator: ".", Prefix: "INBOX."}, "INBOX.Orders", " UID EXPUNGE ", " EXPUNGE\r\n"},
		"Mail/ prefix":  {opts: dovecot.Options{Prefix: "Mail/"}, orders: "Mail/Orders"}, // only names
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := dovecot.Start(t, &tt.opts)
			if tt.sent != "" {
				t.Run("Suite", func(t *testing.T) {
					log := passesSuite(t, s)
					log.check(t, tt.sent, tt.never)
				})
			}
			t.Run("Names", func(t *testing.T) { resolvesNames(t, s, tt.orders) })
			if tt.opts.TLS {
				t.Run("TLS", func(t *testing.T) { signsInSecured(t, s) })
			}
		})
	}
}

// passesSuite runs the suite, each check with a user of its own, and returns
// what our side sent.
func passesSuite(t *testing.T, s *dovecot.Server) *recorder {
	var log recorder
	mailboxtest.Run(t, func(t *testing.T) mailboxtest.Account {
		m := mailboxAt(t, s.Address)
		m.User = strings.ToLower(t.Name()[strings.LastIndexByte(t.Name(), '/')+1:])
		a := account(m, &imapbox.Options{Dial: log.dial})
		a.Add = func(raws ...string) error { return s.Put(m.User, raws...) }
		return a
	})
	return &log
}

func resolvesNames(t *testing.T, s *dovecot.Server, want string) {
	session, _ := boxtest.Opened(t, imapbox.New(nil), mailboxAt(t, s.Address))
	for typed := range strings.FieldsSeq("INBOX.Orders INBOX/Orders Orders orders inbox.orders " + want) {
		f, err := session.Select(t.Context(), typed, true)
		if err != nil || f.Name != want {
			t.Errorf("Select(%q) = %+v, %v, want %q", typed, f, err, want)
		}
	}
}

func signsInSecured(t *testing.T, s *dovecot.Server) {
	m := mailboxAt(t, s.AddressTLS)
	for name, m := range map[string]mailbox.Mailbox{
		"TLS":      {Port: m.Port, Security: mailbox.TLS},
		"STARTTLS": {Port: mailboxAt(t, s.Address).Port, Security: mailbox.STARTTLS},
	} {
		m.Host, m.User, m.Password = "localhost", "secured", mailbox.NewSecret(dovecot.Password)
		t.Run(name, func(t *testing.T) {
			if err := s.Put(m.User, "Subject: secured\r\n\r\nbody\r\n"); err != nil {
				t.Fatal(err)
			}
			var log recorder
			trusting := &imapbox.Options{TLS: &tls.Config{RootCAs: s.Roots}, Dial: log.dial}
			session, items := boxtest.Opened(t, imapbox.New(trusting), m)
			if err := session.Remove(t.Context(), items); err != nil || len(items) != 1 {
				t.Errorf("removing %d mails, want 1: %v", len(items), err)
			}
			m.InsecureSkipVerify = true
			boxtest.Opened(t, imapbox.New(&imapbox.Options{Dial: log.dial}), m)
			if strings.Contains(log.String(), m.User) {
				t.Errorf("the user name went over the line in plain text")
			}
		})
	}
}

// Tokens against a server that is not ours.
func TestTokensOnDovecot(t *testing.T) {
	s := dovecot.Start(t, &dovecot.Options{OAuth: true})
	if err := s.Put(user, "Subject: mine\r\n\r\nbody\r\n"); err != nil {
		t.Fatal(err)
	}
	good := dovecot.TokenFor(user)
	for name, tt := range map[string]struct {
		auth   mailbox.Auth
		tokens []string
		sent   string // the mechanism
		want   string // part of the error; empty: none
	}{
		"the best":              {"", []string{good}, "AUTHENTICATE OAUTHBEARER", ""},
		"xoauth2":               {mailbox.AuthXOAuth2, []string{good}, "AUTHENTICATE XOAUTH2", ""},
		"refused, then good":    {"", []string{"stale", good}, "AUTHENTICATE OAUTHBEARER", ""},
		"xoauth2, refused once": {mailbox.AuthXOAuth2, []string{"stale", good}, "AUTHENTICATE XOAUTH2", ""},
		"refused twice":         {"", []string{"stale", "older"}, "AUTHENTICATE OAUTHBEARER", "invalid_token"},
		"xoauth2 twice":         {mailbox.AuthXOAuth2, []string{"stale", "older"}, "AUTHENTICATE XOAUTH2", "status"},
		"of another user":       {mailbox.AuthXOAuth2, []string{dovecot.TokenFor("somebody"), "older"}, "AUTHENTICATE XOAUTH2", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			m := mailboxAt(t, s.Address)
			m.Auth, m.Password = tt.auth, mailbox.NewSecret("certainly not this one")
			m.Tokens = &source{tokens: tt.tokens, err: errSource}
			var log recorder
			session, err := imapbox.New(&imapbox.Options{Dial: log.dial}).Connect(t.Context(), m)
			log.check(t, tt.sent, "LOGIN ")
			if tt.want != "" {
				if !is[*mailbox.AuthError](err) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Connect = %v, want an AuthError with %q", err, tt.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = session.Close() }()
			if f, err := session.Select(t.Context(), "INBOX", true); err != nil || f.Messages != 1 {
				t.Errorf("Select = %+v, %v, want the mail of the user", f, err)
			}
		})
	}
}
