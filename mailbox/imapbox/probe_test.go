package imapbox_test

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"github.com/emersion/go-imap/v2"
	gocmp "github.com/google/go-cmp/cmp"
)

// probed runs a connection test and returns its steps, a line each.
func probed(t *testing.T, c *imapbox.Connector, m mailbox.Mailbox) (lines []string, last mailbox.Step, err error) {
	t.Helper()
	err = c.Probe(t.Context(), m, func(s mailbox.Step) {
		line := fmt.Sprintf("%s %s: %s", s.Name, s.About, strings.Join(s.Facts, "; "))
		if s.Err != nil {
			line += " FAILED"
			last = s
		}
		lines = append(lines, line)
	})
	return lines, last, err
}

// found is a Lookup that knows one address.
func found(context.Context, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("192.0.2.7")}, nil
}

// Each usual failure is explained, after the steps that went well.
func TestProbeExplains(t *testing.T) {
	const (
		login  = "TAG OK [CAPABILITY IMAP4rev1 UIDPLUS] done\r\n"
		folder = "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Orders\r\nTAG OK done\r\n"
	)
	for name, tt := range map[string]struct {
		change      func(*mailbox.Mailbox)
		opts        imapbox.Options
		greeting    string
		serve       func(net.Conn) // instead
		answers     map[string]string
		step        mailbox.StepName // that fails
		cause, cure string           // parts of them
	}{
		"unknown host": {opts: imapbox.Options{Lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
		}}, step: mailbox.StepResolve, cause: `no host "mail.example"`, cure: "spelling"},
		"no name server": {opts: imapbox.Options{Lookup: func(_ context.Context, host string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "server misbehaving", Name: host, IsTemporary: true}
		}}, step: mailbox.StepResolve, cause: "name server", cure: "network"},
		"refused port": {opts: imapbox.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
		}}, step: mailbox.StepDial, cause: "nothing listens on port 143", cure: "993"},
		"no answer to the dialing": {opts: imapbox.Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}, step: mailbox.StepDial, cause: "does not answer in time", cure: "firewall"},
		"no route": {opts: imapbox.Options{Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}
		}}, step: mailbox.StepDial, cause: "no network path", cure: "VPN"},
		"TLS on a plain port": {change: func(m *mailbox.Mailbox) { m.Security = mailbox.TLS },
			serve: func(conn net.Conn) {
				lines := wiretest.Lines(conn)
				_, _ = io.WriteString(conn, ready)
				for range lines { // until it is closed
				}
			},
			step: mailbox.StepSecure, cause: "does not speak TLS from the first byte on port 993", cure: "STARTTLS"},
		"no TLS on a TLS port": {change: func(m *mailbox.Mailbox) { m.Port = 993 }, greeting: "WAIT",
			step: mailbox.StepCapabilities, cause: "expects TLS from the first byte", cure: "choose TLS"},
		"STARTTLS on a TLS port": {change: func(m *mailbox.Mailbox) { m.Port, m.Security = 993, mailbox.STARTTLS }, greeting: "WAIT",
			step: mailbox.StepSecure, cause: "expects TLS from the first byte", cure: "choose TLS"},
		"STARTTLS not offered": {change: func(m *mailbox.Mailbox) { m.Security = mailbox.STARTTLS },
			step: mailbox.StepSecure, cause: "does not offer STARTTLS", cure: "choose TLS"},
		"PREAUTH":     {greeting: "* PREAUTH hello\r\n", step: mailbox.StepCapabilities, cause: "signs in by itself", cure: "do not use"},
		"closed":      {serve: func(net.Conn) {}, step: mailbox.StepCapabilities, cause: "closed the connection", cure: "check host and port"},
		"no greeting": {greeting: "WAIT", step: mailbox.StepCapabilities, cause: "does not answer in time", cure: "port"},
		"LOGINDISABLED": {answers: map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\nTAG OK done\r\n"},
			step: mailbox.StepSignIn, cause: "no password over an unencrypted", cure: "STARTTLS"},
		"mechanism not offered": {change: func(m *mailbox.Mailbox) { m.Auth = mailbox.AuthPlain },
			step: mailbox.StepSignIn, cause: "does not offer the mechanism", cure: "leave Auth empty"},
		"tokens not offered": {change: func(m *mailbox.Mailbox) { m.Tokens = &source{tokens: []string{"a"}} },
			step: mailbox.StepSignIn, cause: "no access tokens", cure: "leave Auth empty"},
		"password refused": {answers: map[string]string{"LOGIN": "TAG NO [AUTHENTICATIONFAILED] no\r\n"},
			step: mailbox.StepSignIn, cause: "user or password is wrong", cure: "access tokens"},
		"not now": {answers: map[string]string{"LOGIN": "TAG NO [UNAVAILABLE] no\r\n"},
			step: mailbox.StepSignIn, cause: "right now", cure: "later"},
		"token refused": {change: func(m *mailbox.Mailbox) { m.Tokens = &source{tokens: []string{"a", "b"}} },
			answers: map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\r\nTAG OK done\r\n", "AUTHENTICATE": "TAG NO no\r\n"},
			step:    mailbox.StepSignIn, cause: "refuses the access token", cure: "sign in again"},
		"no token": {change: func(m *mailbox.Mailbox) { m.Tokens = &source{err: errSource} },
			answers: map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1 AUTH=XOAUTH2 SASL-IR\r\nTAG OK done\r\n"},
			step:    mailbox.StepSignIn, cause: "no access token", cure: "sign in to the provider"},
		"cannot move": {change: func(m *mailbox.Mailbox) { m.After, m.MoveTo = mailbox.AfterMove, "Done" },
			answers: map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n", "LOGIN": "TAG OK [CAPABILITY IMAP4rev1] done\r\n"},
			step:    mailbox.StepCapabilities, cause: "no safe way to move", cure: "flagged"},
		"hidden trash": {answers: map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1 UIDPLUS X-GM-EXT-1\r\nTAG OK done\r\n", "LIST": folder},
			step: mailbox.StepCapabilities, cause: "trash is hidden", cure: "Show in IMAP"},
		"no such folder": {answers: map[string]string{"EXAMINE": "TAG NO no\r\n", "LIST": strings.ReplaceAll(folder, "INBOX", "Sales")},
			step: mailbox.StepFolder, cause: "no such folder", cure: "choose one of: Sales, Orders"},
		"closed folder": {answers: map[string]string{"EXAMINE": "TAG NO no\r\n", "LIST": folder},
			step: mailbox.StepFolder, cause: "the server refuses", cure: "right"},
		"another's token": {answers: map[string]string{"EXAMINE": "TAG BAD User is authenticated but not connected.\r\n"},
			step: mailbox.StepFolder, cause: "does not open this mailbox", cure: "IMAP is switched on"},
		"read-only": {answers: map[string]string{"CAPABILITY": "* CAPABILITY IMAP4rev1 UIDPLUS ACL\r\nTAG OK done\r\n", "EXAMINE": selected, "MYRIGHTS": "* MYRIGHTS INBOX lrs\r\nTAG OK done\r\n"},
			step: mailbox.StepFolder, cause: "not remove mails", cure: "rights t and e"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scripted(tt.answers)
				s.Greeting, s.Serve = cmp.Or(tt.greeting, ready), tt.serve
				if s.Answers["LOGIN"] == "" {
					s.Answers["LOGIN"] = login
				}
				m := scriptMailbox(mailbox.None)
				if tt.change != nil {
					tt.change(&m)
				}
				opts := tt.opts
				if opts.Dial == nil {
					opts.Dial = s.Dial
				}
				if opts.Lookup == nil {
					opts.Lookup = found
				}
				lines, last, err := probed(t, imapbox.New(&opts), m)
				if err == nil || last.Err == nil || last.Name != tt.step {
					t.Fatalf("Probe = %v, want step %q to fail:\n%s", err, tt.step, strings.Join(lines, "\n"))
				}
				if !strings.Contains(last.Cause, tt.cause) || !strings.Contains(last.Cure, tt.cure) {
					t.Errorf("%v is explained by %q, and cured by %q; want %q and %q", last.Err, last.Cause, last.Cure, tt.cause, tt.cure)
				}
				for _, line := range lines[:len(lines)-1] {
					if strings.HasSuffix(line, "FAILED") {
						t.Errorf("an earlier step failed: %s", line)
					}
				}
				time.Sleep(20 * time.Minute) // until a server that pauses notices
			})
		})
	}
}

// What is wrong with a certificate is told with what it says.
func TestProbeOfCertificates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		trusted := wiretest.NewAuthority(t)
		for _, insecure := range []bool{false, true} { // which takes its time, and certificates do not last
			for name, tt := range trusted.BadCertificates(t) {
				s := serving(func(conn net.Conn) {
					_, _ = io.Copy(io.Discard, tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{tt.Cert}}))
				})
				m := scriptMailbox(mailbox.TLS)
				m.InsecureSkipVerify = insecure
				lines, last, _ := probed(t, imapbox.New(&imapbox.Options{Dial: s.Dial, TLS: trusted.Trust()}), m)
				secure := lines[1]
				if !strings.Contains(secure, "certificate of ") || !strings.Contains(secure, "issued by ") || !strings.Contains(secure, "valid until ") {
					t.Errorf("%s: the step tells %q", name, secure)
				}
				if insecure {
					if last.Name != mailbox.StepCapabilities || !strings.Contains(secure, "not verified, as configured") {
						t.Errorf("%s, accepted: %q, then %v", name, secure, last.Err)
					}
					continue
				}
				if last.Name != mailbox.StepSecure || !strings.Contains(last.Cause, tt.Cause) || last.Cure == "" {
					t.Errorf("%s: %v is explained by %q, and cured by %q", name, last.Err, last.Cause, last.Cure)
				}
			}
		}
	})
}

func TestProbeTellsWhatItFinds(t *testing.T) {
	trusted := wiretest.NewAuthority(t)
	until := time.Now().Add(5*24*time.Hour + time.Hour)
	s := &memServer{
		caps: capSet(imap.CapIMAP4rev1, imap.CapUIDPlus, imap.CapMove), folders: []string{"Orders", "done"}, implicit: true,
		tls: &tls.Config{Certificates: []tls.Certificate{trusted.Issue(t, func(c *x509.Certificate) { c.NotAfter = until })}},
	}
	m := mailboxAt(t, s.start(t))
	m.Security, m.Folders, m.MaxMessageBytes = mailbox.TLS, []string{"INBOX", "INBOX.orders"}, 1000
	m.After, m.MoveTo, m.MoveFailing = mailbox.AfterMove, "INBOX.Done", "Failing"
	lines, _, err := probed(t, imapbox.New(&imapbox.Options{TLS: trusted.Trust()}), m)
	want := []string{
		"resolve 127.0.0.1: 127.0.0.1",
		fmt.Sprintf("dial : connected to 127.0.0.1:%d", m.Port),
		"secure : TLS 1.3; certificate of mail.example, 127.0.0.1; issued by itself; valid until " + until.UTC().Format(time.DateOnly) + " (5 days)",
		"capabilities before the sign-in: sign-in by PLAIN, LOGIN",
		`sign-in PLAIN: signed in as "support"`,
		"capabilities signed in: can UIDPLUS, MOVE, IDLE; cannot SPECIAL-USE; mails are moved with MOVE",
		"folder INBOX: 0 mails; " + mayRemove,
		`folder INBOX.orders: "Orders" on the server; 0 mails; ` + mayRemove,
		`folder INBOX.Done: mails are moved there; "done" on the server`,
		"folder Failing: mails are moved there; it will be made",
	}
	// The authority signs with a key of its own under an empty name, which is
	// that of the certificate too.
	want[2] = strings.Replace(want[2], "issued by itself", "issued by somebody without a name", 1)
	if diff := gocmp.Diff(want, lines); diff != "" || err != nil {
		t.Errorf("steps, %v (-want +got):\n%s", err, diff)
	}
}

const mayRemove = "mails may be removed"

// A folder that fails does not keep the others from being tried.
func TestProbeTriesEachFolder(t *testing.T) {
	s := &memServer{caps: capSet(imap.CapIMAP4rev1, imap.CapUIDPlus), folders: []string{"Orders"}}
	m := mailboxAt(t, s.start(t))
	m.Folders = []string{"Nowhere", "Orders", "Elsewhere"}
	lines, _, err := probed(t, imapbox.New(nil), m)
	want := []string{"folder Nowhere:  FAILED", "folder Orders: 0 mails; " + mayRemove, "folder Elsewhere:  FAILED"}
	if diff := gocmp.Diff(want, lines[len(lines)-3:]); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if e, ok := errors.AsType[*mailbox.FolderError](err); !ok || e.Folder != "Nowhere" {
		t.Errorf("Probe = %v, want the error of the first folder that failed", err)
	}
}
