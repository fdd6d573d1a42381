package smtpsender_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/notify/notifytest"
	"example.com/ticketmail/notify/smtpsender"
	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"
)

// probed tests the exit of s and returns the steps as lines, and the last.
func probed(t *testing.T, s *smtpsender.Sender) (lines []string, last mailbox.Step, err error) {
	t.Helper()
	err = s.Probe(t.Context(), func(s mailbox.Step) {
		line := fmt.Sprintf("%s %s: %s", s.Name, s.About, strings.Join(s.Facts, "; "))
		if s.Err != nil {
			line += " FAILED"
		}
		lines, last = append(lines, line), s
	})
	return lines, last, err
}

func TestProbeTellsWhatItFinds(t *testing.T) {
	trusted := wiretest.NewAuthority(t)
	until := time.Now().Add(5*24*time.Hour + time.Hour)
	cert := trusted.Issue(t, func(c *x509.Certificate) { c.NotAfter = until })
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS, mailbox.None} {
		s := start(t, security, func(srv *smtp.Server, _ *server) {
			srv.MaxMessageBytes, srv.EnableSMTPUTF8, srv.EnableDSN = 10_240_000, true, true
			if security != mailbox.None {
				srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
			}
		})
		lines, _, err := probed(t, s.sender(t, security, func(o *smtpsender.Options) { o.TLSConfig = trusted.Trust() }))
		secure := "secure none: not encrypted, as configured: anybody on the way can read the mails, and the password"
		if security != mailbox.None {
			// The authority signs with a key of its own under an empty name,
			// which is that of the certificate too.
			secure = fmt.Sprintf("secure %s: TLS 1.3; certificate of mail.example, 127.0.0.1; issued by somebody without a name; valid until %s (5 days)", security, until.UTC().Format(time.DateOnly))
		}
		want := []string{
			"resolve 127.0.0.1: 127.0.0.1",
			"dial : connected to " + s.addr,
			secure,
			"capabilities : takes mails of up to 10240000 bytes (SIZE); takes addresses with any characters (SMTPUTF8); " +
				"can 8BITMIME, PIPELINING, CHUNKING, DSN, ENHANCEDSTATUSCODES; sign-in by PLAIN",
			`sign-in PLAIN: signed in as "user"`,
		}
		if diff := cmp.Diff(want, lines); diff != "" || err != nil {
			t.Errorf("steps, %v (-want +got):\n%s", err, diff)
		}
	}
}

// A test begins no mail, says goodbye, and leaves the connections alone that
// mails are sent on.
func TestProbeBeginsNoMail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{auth: "PLAIN", good: "good"}
		s := sender(t, g.options())
		if err := s.Send(t.Context(), mail("kim@customer.example")); err != nil {
			t.Fatal(err)
		}
		before := len(g.heard())
		for range 100 {
			if _, _, err := probed(t, s); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		want := slices.Repeat([]string{"EHLO tickets.example", "AUTH ...", "QUIT"}, 100)
		if diff := cmp.Diff(want, g.heard()[before:]); diff != "" {
			t.Errorf("said (-want +got):\n%s", diff)
		}
		dials := g.dials
		if err := s.Send(t.Context(), mail("kim@customer.example")); err != nil || g.dials != dials {
			t.Errorf("%v, on connection %d of %d: the idle one was lost", err, g.dials, dials)
		}
	})
}

// Postfix as it is: what it offers, and 100 tests that leave no trace in the
// mailboxes.
func TestProbeOfRealServers(t *testing.T) {
	for name, start := range posts {
		t.Run(name, func(t *testing.T) {
			p := start(t, "kim@corp.example")
			s := sender(t, smtpsender.Options{Addr: p.addr, Security: mailbox.None})
			var lines []string
			for range 100 {
				var err error
				if lines, _, err = probed(t, s); err != nil {
					t.Fatalf("Probe = %v:\n%s", err, strings.Join(lines, "\n"))
				}
			}
			if last := lines[len(lines)-1]; len(lines) != 4 || !strings.HasPrefix(last, "capabilities ") || !strings.Contains(last, "SMTPUTF8") {
				t.Errorf("steps:\n%s", strings.Join(lines, "\n"))
			}
			if got := p.mails("kim@corp.example"); len(got) != 0 {
				t.Errorf("%d mails", len(got))
			}
			if err := s.Send(t.Context(), mail("kim@corp.example")); err != nil {
				t.Errorf("Send = %v", err)
			}
		})
	}
}

func TestProbeWithTokens(t *testing.T) {
	advised := &oauth.Error{Mailbox: "support", Action: oauth.SignIn, Code: "AADSTS50173", Cause: "the password was changed", Cure: "sign the mailbox in again"}
	for name, tt := range map[string]struct {
		tokens []string
		err    error
		lines  []string
		cause  string
	}{
		"good":        {[]string{"", "good"}, nil, []string{"token : an access token is there", `sign-in XOAUTH2: signed in as "support"`}, ""},
		"second":      {[]string{"", "stale", "good"}, nil, []string{"token : an access token is there", `sign-in XOAUTH2: signed in as "support"; the first access token was refused, a new one was accepted`}, ""},
		"refused":     {[]string{"", "stale", "bad"}, nil, []string{"token : an access token is there", "sign-in XOAUTH2:  FAILED"}, "refuses the access token"},
		"none":        {nil, errSource, []string{"token :  FAILED"}, "no access token is to be had"},
		"told why":    {nil, advised, []string{"token :  FAILED"}, "the password was changed"},
		"told later":  {[]string{""}, advised, []string{"token : an access token is there FAILED"}, "the password was changed"},
		"no other":    {[]string{"", "stale"}, advised, []string{"token : an access token is there", "sign-in XOAUTH2:  FAILED"}, "the password was changed"},
		"not offered": {[]string{"", "good"}, nil, []string{"token : an access token is there", "sign-in :  FAILED"}, "takes no access tokens"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gate{auth: "XOAUTH2", good: "good"}
				if name == "not offered" {
					g.auth = "PLAIN"
				}
				opts := g.options()
				list := &tokenList{tokens: tt.tokens, err: tt.err}
				if len(list.tokens) > 0 {
					list.tokens = append([]string{"first"}, list.tokens[1:]...) // for the test of the source
				}
				opts.Tokens = list
				lines, last, err := probed(t, sender(t, opts))
				lines = slices.DeleteFunc(lines, func(l string) bool {
					return !strings.HasPrefix(l, "token ") && !strings.HasPrefix(l, "sign-in ")
				})
				if diff := cmp.Diff(tt.lines, lines); diff != "" {
					t.Errorf("steps, %v (-want +got):\n%s", err, diff)
				}
				if (err == nil) != (tt.cause == "") || !strings.Contains(last.Cause, tt.cause) || err != nil && (last.Cure == "" || !strings.HasPrefix(blame(err), "config ")) {
					t.Errorf("Probe = %v (%s), explained by %q, cured by %q", err, blame(err), last.Cause, last.Cure)
				}
			})
		})
	}
}

func TestProbeExplains(t *testing.T) {
	found := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}, nil
	}
	failing := func(err error) func(*smtpsender.Options) {
		return func(o *smtpsender.Options) {
			o.Dial = func(context.Context, string, string) (net.Conn, error) {
				return nil, &net.OpError{Op: "dial", Err: err}
			}
		}
	}
	lookup := func(err error) func(*smtpsender.Options) {
		return func(o *smtpsender.Options) {
			o.Lookup = func(context.Context, string) ([]netip.Addr, error) { return nil, err }
		}
	}
	set := func(security mailbox.Security, port string) func(*smtpsender.Options) {
		return func(o *smtpsender.Options) { o.Security, o.Addr = security, "mail.example:"+port }
	}
	for name, tt := range map[string]struct {
		gate        *gate
		change      func(*smtpsender.Options)
		step        mailbox.StepName
		cause, cure string
	}{
		"no such host":       {&gate{}, lookup(&net.DNSError{IsNotFound: true}), mailbox.StepResolve, `no host "mail.example"`, "spelling"},
		"no name server":     {&gate{}, lookup(&net.DNSError{IsTimeout: true}), mailbox.StepResolve, "name server", "host's address"},
		"refused":            {&gate{}, failing(syscall.ECONNREFUSED), mailbox.StepDial, "nothing listens on port 587", "587 with STARTTLS"},
		"no route":           {&gate{}, failing(syscall.EHOSTUNREACH), mailbox.StepDial, "no network path", "firewall"},
		"TLS expected":       {&gate{meddle: gateAnswers{"greeting": "SILENCE"}}, set(mailbox.None, "465"), mailbox.StepCapabilities, "expects TLS", "choose TLS"},
		"TLS expected, STLS": {&gate{meddle: gateAnswers{"greeting": "CUT"}}, set(mailbox.STARTTLS, "465"), mailbox.StepSecure, "expects TLS", "choose TLS"},
		"hidden":             {&gate{}, set(mailbox.STARTTLS, "587"), mailbox.StepSecure, "STARTTLS, or somebody", "465"},
		"injected":           {&gate{meddle: gateAnswers{"EHLO": "250-x\r\n250 STARTTLS", "STARTTLS": "220 go\r\n250 x"}}, set(mailbox.STARTTLS, "587"), mailbox.StepSecure, "plain text", "do not use"},
		"refuses STARTTLS":   {&gate{meddle: gateAnswers{"EHLO": "250-x\r\n250 STARTTLS", "STARTTLS": "502 no"}}, set(mailbox.STARTTLS, "587"), mailbox.StepSecure, "refuses it", "465"},
		"another service":    {&gate{meddle: gateAnswers{"greeting": "* OK IMAP4rev1 canary"}}, nil, mailbox.StepCapabilities, "no mail server", "port 465"},
		"another, STARTTLS":  {&gate{meddle: gateAnswers{"greeting": "+OK canary"}}, set(mailbox.STARTTLS, "587"), mailbox.StepSecure, "no mail server", "port 465"},
		"unwanted":           {&gate{meddle: gateAnswers{"greeting": "554 5.7.1 go away"}}, nil, mailbox.StepCapabilities, "wants nothing of this machine", "address"},
		"busy":               {&gate{meddle: gateAnswers{"greeting": "421 4.3.2 later"}}, nil, mailbox.StepCapabilities, "trouble of its own", "later"},
		"bad name":           {&gate{meddle: gateAnswers{"EHLO": "550 5.7.1 no such host"}}, nil, mailbox.StepCapabilities, "name that we greet", "LocalName"},
		"hung up":            {&gate{meddle: gateAnswers{"EHLO": "CUT"}}, nil, mailbox.StepCapabilities, "closed the connection", "host and port"},
		"silent":             {&gate{meddle: gateAnswers{"EHLO": "SILENCE"}}, nil, mailbox.StepCapabilities, "does not answer in time", "firewall"},
		"babble":             {&gate{meddle: gateAnswers{"EHLO": strings.Repeat("250-canary\r\n", 200_000)}}, nil, mailbox.StepCapabilities, "too much", "mail server"},
		"no sign-in":         {&gate{}, nil, mailbox.StepSignIn, "no sign-in over an unencrypted", "STARTTLS"},
		"mechanism":          {&gate{auth: "XOAUTH2"}, nil, mailbox.StepSignIn, "takes no password in the way", "OAuth"},
		"wrong password":     {&gate{auth: "PLAIN"}, nil, mailbox.StepSignIn, "password is wrong", "SMTP is switched on"},
		"switched off":       {&gate{auth: "PLAIN", refusal: "535 5.7.139 Authentication unsuccessful"}, nil, mailbox.StepSignIn, "switched off for the tenant", "Authenticated SMTP"},
		"no passwords":       {&gate{auth: "PLAIN", refusal: "550 5.7.30 Basic authentication is not supported"}, nil, mailbox.StepSignIn, "no passwords any more", "OAuth"},
		"sign-in not now":    {&gate{auth: "PLAIN", refusal: "454 4.7.0 later"}, nil, mailbox.StepSignIn, "trouble of its own", "later"},
		"hung up at sign-in": {&gate{auth: "PLAIN", refusal: "CUT"}, nil, mailbox.StepSignIn, "closed the connection", "host and port"},
		"questions for ever": {&gate{auth: "LOGIN", refusal: "334 Li4u"}, nil, mailbox.StepSignIn, "asks for more", "Auth"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := tt.gate.options()
				opts.Password, opts.Lookup = mailbox.NewSecret("wrong"), found
				if tt.change != nil {
					tt.change(&opts)
				}
				lines, last, err := probed(t, sender(t, opts))
				if err == nil || last.Err == nil || last.Name != tt.step || !errors.Is(err, last.Err) {
					t.Fatalf("Probe = %v, want step %q to fail:\n%s", err, tt.step, strings.Join(lines, "\n"))
				}
				if !strings.Contains(last.Cause, tt.cause) || !strings.Contains(last.Cure, tt.cure) {
					t.Errorf("%v is explained by %q, and cured by %q; want %q and %q", last.Err, last.Cause, last.Cure, tt.cause, tt.cure)
				}
				if strings.Contains(err.Error(), "canary") {
					t.Errorf("what is no mail server is quoted: %v", err)
				}
				for _, line := range lines[:len(lines)-1] {
					if strings.HasSuffix(line, "FAILED") {
						t.Errorf("an earlier step failed: %s", line)
					}
				}
				time.Sleep(time.Hour) // until the server notices
			})
		})
	}
}

// Over TCP, where both sides can speak at once.
func TestProbeOfPlainServer(t *testing.T) {
	s := start(t, mailbox.None, nil)
	_, last, err := probed(t, s.sender(t, mailbox.TLS, nil))
	if blame(err) != "config TLS" || last.Name != mailbox.StepSecure || !strings.Contains(last.Cause, "does not speak TLS") || !strings.Contains(last.Cure, "STARTTLS") {
		t.Errorf("Probe = %v at %q, explained by %q, cured by %q", err, last.Name, last.Cause, last.Cure)
	}
}

// THREATS H68: where a policy refuses an address nobody is dialled, and the
// test tells neither the address nor what is there.
func TestProbeKeepsToThePolicy(t *testing.T) {
	inside := start(t, mailbox.None, nil)
	_, port, err := net.SplitHostPort(inside.addr)
	if err != nil {
		t.Fatal(err)
	}
	s := sender(t, smtpsender.Options{
		Addr: "localhost:" + port, Security: mailbox.None, Policy: mailbox.DialPolicy{PublicOnly: true},
		Lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
	lines, last, err := probed(t, s)
	_, refused := errors.AsType[*mailbox.RefusedAddressError](err)
	if !refused || last.Name != mailbox.StepDial || !strings.Contains(last.Cause, "closed here") || last.Cure == "" || inside.count(&inside.conns) != 0 {
		t.Errorf("Probe = %v, explained by %q:\n%s", err, last.Cause, strings.Join(lines, "\n"))
	}
	if said := fmt.Sprintf("%s %v %+v", lines, err, last); strings.Contains(said, "127.0.0.1") || strings.Contains(said, "::1") {
		t.Errorf("the address shows: %s", said)
	}
}

// The end of its context ends a test at any time, and is its error.
func TestProbeEnds(t *testing.T) {
	for _, verb := range []string{"greeting", "EHLO", "AUTH", "QUIT"} {
		synctest.Test(t, func(t *testing.T) {
			g := &gate{auth: "PLAIN", good: "good", meddle: gateAnswers{verb: "SILENCE"}}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			begun := time.Now()
			err := sender(t, g.options()).Probe(ctx, func(mailbox.Step) {})
			if took := time.Since(begun); errors.Is(err, context.DeadlineExceeded) != (verb != "QUIT") || took > 3*time.Second {
				t.Errorf("silent at %s: %v after %s", verb, err, took)
			}
		})
	}
}

// Tests may run beside each other and beside mails.
func TestProbesAtOnce(t *testing.T) {
	s := start(t, mailbox.STARTTLS, nil)
	exit := s.sender(t, mailbox.STARTTLS, nil)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if err := errors.Join(exit.Probe(t.Context(), func(mailbox.Step) {}), exit.Send(t.Context(), mail(fmt.Sprintf("p%d@corp.example", i)))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := s.received(); len(got) != 10 || slices.ContainsFunc(got, func(r notifytest.Received) bool { return !bytes.Contains(r.Data, []byte("Printer")) }) {
		t.Errorf("%d mails", len(got))
	}
}
