package pop3box_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/pop3box"
	"github.com/google/go-cmp/cmp"
)

// probe returns the names of the steps, with "!" behind one that failed, and
// all else that was reported.
func probe(ctx context.Context, c *pop3box.Connector, m mailbox.Mailbox) (steps, text string, err error) {
	err = c.Probe(ctx, m, func(s mailbox.Step) {
		steps += " " + string(s.Name)
		if s.Err != nil {
			steps += "!"
		}
		text += fmt.Sprintf("%s|%s|%q|%v|%s|%s\n", s.Name, s.About, s.Facts, s.Err, s.Cause, s.Cure)
	})
	return strings.TrimPrefix(steps, " "), text, err
}

const allSteps = "resolve dial secure capabilities sign-in folder"

// A connection test changes nothing, however often it is done (THREATS R11).
func TestProbeChangesNothing(t *testing.T) {
	s := dovecot.Start(t, &dovecot.Options{POP3: true, TLS: true})
	m := dovecotBox(t, s.POP3TLS, "probed")
	m.Host, m.Security = "localhost", mailbox.TLS
	if err := s.Put(m.User, "Subject: one\r\n\r\nbody\r\n", "Subject: two\r\n\r\nbody\r\n"); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		box := dovecotBox(t, s.Address, m.User)
		box.Protocol = mailbox.IMAP
		session, err := imapbox.New(nil).Connect(t.Context(), box)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = session.Close() }()
		f, err := session.Select(t.Context(), "INBOX", true)
		if err != nil {
			t.Fatal(err)
		}
		items, err := session.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%+v %+v %s", f, items, files(t, s, m.User))
	}
	before := state()
	var log recorder
	c := pop3box.New(&pop3box.Options{TLS: &tls.Config{RootCAs: s.Roots}})
	plain := newRecorded(&log)
	for range 50 {
		if steps, text, err := probe(t.Context(), c, m); err != nil || steps != allSteps {
			t.Fatalf("Probe = %v, steps %s:\n%s", err, steps, text)
		}
		open := dovecotBox(t, s.POP3, m.User)
		if steps, text, err := probe(t.Context(), plain, open); err != nil || steps != allSteps || !strings.Contains(text, "2 mails") || !strings.Contains(text, "44 bytes") {
			t.Fatalf("Probe = %v, steps %s:\n%s", err, steps, text)
		}
	}
	if diff := cmp.Diff(before, state()); diff != "" {
		t.Errorf("the mailbox (-before +after):\n%s", diff)
	}
	for _, forbidden := range []string{"DELE", "RETR"} {
		if strings.Contains(log.String(), forbidden) {
			t.Errorf("%s was sent", forbidden)
		}
	}
}

func TestProbeTells(t *testing.T) {
	trusted := wiretest.NewAuthority(t)
	other := trusted.Issue(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"other.example"}, nil })
	old := tokens{mailbox.NewSecret("old"), mailbox.NewSecret("good")}
	never := tokens{mailbox.NewSecret("old"), mailbox.NewSecret("older")}
	for name, tt := range map[string]struct {
		opts   pop3test.Options
		change func(*mailbox.Mailbox)
		steps  string
		want   []string // in what is reported
	}{
		"well":               {pop3test.Options{}, nil, allSteps, []string{"not encrypted, as configured", `"SASL PLAIN" "TOP" "UIDL" "USER"`, "sign-in|plain", "folder|INBOX", "1 mail", "25 bytes", "can be removed"}},
		"TLS":                {pop3test.Options{TLS: &tls.Config{Certificates: []tls.Certificate{trusted.Issue(t, nil)}}, Implicit: true}, secured(mailbox.TLS), allSteps, []string{"TLS 1.3", "certificate of mail.example until "}},
		"STLS":               {pop3test.Options{TLS: &tls.Config{Certificates: []tls.Certificate{trusted.Issue(t, nil)}}}, secured(mailbox.STARTTLS), allSteps, []string{"secure|starttls", "TLS 1.3"}},
		"no UIDL":            {pop3test.Options{Lacks: []string{"UIDL"}}, nil, allSteps, []string{"has no UIDL"}},
		"no UIDL, no TOP":    {pop3test.Options{Lacks: []string{"UIDL", "TOP"}}, nil, "resolve dial secure capabilities sign-in folder!", []string{"neither UIDL nor TOP", "use IMAP"}},
		"no CAPA":            {pop3test.Options{Lacks: []string{"CAPA"}}, nil, allSteps, []string{"has no CAPA"}},
		"login delay":        {pop3test.Options{Has: []string{"LOGIN-DELAY 60", "EXPIRE 0"}}, nil, allSteps, []string{"LOGIN-DELAY", "EXPIRE 0"}},
		"wrong password":     {pop3test.Options{}, func(m *mailbox.Mailbox) { m.Password = mailbox.NewSecret("never this") }, "resolve dial secure capabilities sign-in!", []string{"password is wrong", "switch POP3 on"}},
		"in use":             {pop3test.Options{OnCommand: answer("AUTH", "-ERR [IN-USE] x\r\n")}, nil, "resolve dial secure capabilities sign-in!", []string{"another program"}},
		"too often":          {pop3test.Options{OnCommand: answer("AUTH", "-ERR [LOGIN-DELAY] x\r\n")}, nil, "resolve dial secure capabilities sign-in!", []string{"longer interval"}},
		"broken mailbox":     {pop3test.Options{OnCommand: answer("AUTH", "-ERR [SYS/PERM] x\r\n")}, nil, "resolve dial secure capabilities sign-in!", []string{"broken or closed"}},
		"hangs up":           {pop3test.Options{OnCommand: answer("STAT", pop3test.Cut)}, nil, "resolve dial secure capabilities sign-in folder!", []string{"closed the connection", "995"}},
		"no password":        {pop3test.Options{Lacks: []string{"SASL", "USER"}}, nil, "resolve dial secure capabilities sign-in!", []string{"another way"}},
		"no STLS":            {pop3test.Options{}, secured(mailbox.STARTTLS), "resolve dial secure!", []string{"cannot be asked for encryption", "995"}},
		"no TLS":             {pop3test.Options{}, secured(mailbox.TLS), "resolve dial secure!", []string{"does not speak TLS"}},
		"another name":       {pop3test.Options{TLS: &tls.Config{Certificates: []tls.Certificate{other}}, Implicit: true}, secured(mailbox.TLS), "resolve dial secure!", []string{"is for other.example, not for 127.0.0.1"}},
		"an unknown root":    {pop3test.Options{TLS: &tls.Config{Certificates: []tls.Certificate{wiretest.NewAuthority(t).Issue(t, nil)}}, Implicit: true}, secured(mailbox.TLS), "resolve dial secure!", []string{"an authority that this machine does not trust"}},
		"an old token":       {pop3test.Options{Token: "good"}, func(m *mailbox.Mailbox) { m.Tokens = old }, allSteps, []string{"sign-in|oauthbearer", "another one fetched"}},
		"no good token":      {pop3test.Options{Token: "good"}, func(m *mailbox.Mailbox) { m.Tokens = never }, "resolve dial secure capabilities sign-in!", []string{"does not take the token"}},
		"tokens not offered": {pop3test.Options{}, func(m *mailbox.Mailbox) { m.Tokens = old }, "resolve dial secure capabilities sign-in!", []string{"knows no sign-in with tokens"}},
		"nobody listens":     {pop3test.Options{}, func(m *mailbox.Mailbox) { m.Port = unused(t) }, "resolve dial!", []string{"nothing listens", "995"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := pop3test.Start(t, tt.opts)
			s.Add("Subject: hello\r\n\r\nworld\r\n")
			m := mailboxAt(t, s.Address)
			if tt.change != nil {
				tt.change(&m)
			}
			steps, text, err := probe(t.Context(), pop3box.New(&pop3box.Options{TLS: trusted.Trust()}), m)
			if steps != tt.steps || (err == nil) != (tt.steps == allSteps) {
				t.Errorf("Probe = %v, steps %s, want %s", err, steps, tt.steps)
			}
			for _, want := range tt.want {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in\n%s", want, text)
				}
			}
			for line := range strings.SplitSeq(text, "\n") {
				if f := strings.Split(line, "|"); len(f) == 6 && f[3] != "<nil>" && (f[4] == "" || f[5] == "") {
					t.Errorf("a failure without cause or cure: %s", line)
				}
			}
			for _, secret := range []string{pop3test.Password, "never this", "good"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is shown:\n%s", secret, text)
				}
			}
			if n := len(s.Raws()); n != 1 {
				t.Errorf("%d mails are left, want the one", n)
			}
		})
	}
}

func secured(by mailbox.Security) func(*mailbox.Mailbox) {
	return func(m *mailbox.Mailbox) { m.Security = by }
}

func answer(verb, text string) func(pop3test.Command) string {
	return func(c pop3test.Command) string {
		if c.Verb == verb {
			return text
		}
		return ""
	}
}

// unused returns a port on which nobody listens.
func unused(t *testing.T) int {
	ln, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// A test of a server that says nothing ends, and so does one that nobody waits
// for any more.
func TestProbeEnds(t *testing.T) {
	gone := errors.New("the caller has gone")
	for name, tt := range map[string]struct {
		cause error
		want  string
	}{"silence": {nil, "does not answer"}, "cancelled": {gone, gone.Error()}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(map[string]string{"STAT": "SILENCE"})
				ctx, cancel := context.WithCancelCause(t.Context())
				if tt.cause != nil {
					cancel(tt.cause)
				}
				steps, text, err := probe(ctx, s.connector(), scriptMailbox(mailbox.None))
				if err == nil || !strings.HasSuffix(steps, "!") || !strings.Contains(text, tt.want) {
					t.Errorf("Probe = %v:\n%s", err, text)
				}
				cancel(nil)
			})
		})
	}
}

// A host that does not exist is told from one that does not answer.
func TestProbeResolves(t *testing.T) {
	m := mailboxAt(t, "127.0.0.1:110")
	m.Host = "no-such-host.invalid"
	steps, text, err := probe(t.Context(), pop3box.New(nil), m)
	if err == nil || steps != "resolve!" || !strings.Contains(text, "there is no host") && !strings.Contains(text, "name server") {
		t.Errorf("Probe = %v:\n%s", err, text)
	}
}
