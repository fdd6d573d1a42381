package ticketmail_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/mailbox/pop3box"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/ticketmail"
)

// parrot is a server that lets nobody in and repeats each line that it does not
// know the answer to, as well as what it means in base64.
func parrot(t *testing.T, greeting string, answer func(line string) (said string, known bool), refuse string) (host string, port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer func() { _ = conn.Close() }()
				_, _ = fmt.Fprint(conn, greeting+"\r\n")
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					said, known := answer(lines.Text())
					if !known {
						words := strings.Fields(lines.Text())
						meant, _ := base64.StdEncoding.DecodeString(words[len(words)-1])
						tag, _, _ := strings.Cut(lines.Text(), " ")
						said = strings.ReplaceAll(refuse, "TAG", tag) + fmt.Sprintf(" %s %q", lines.Text(), meant)
					}
					if _, err := fmt.Fprint(conn, said+"\r\n"); err != nil {
						return
					}
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		wg.Wait()
	})
	a, _ := l.Addr().(*net.TCPAddr)
	return a.IP.String(), a.Port
}

func imapParrot(t *testing.T) (host string, port int) {
	return parrot(t, "* OK ready", func(line string) (string, bool) {
		tag, command, _ := strings.Cut(line, " ")
		if command == "CAPABILITY" {
			return "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN AUTH=XOAUTH2\r\n" + tag + " OK done", true
		}
		return "", false
	}, "TAG NO")
}

func pop3Parrot(t *testing.T) (host string, port int) {
	return parrot(t, "+OK ready", func(line string) (string, bool) {
		switch line {
		case "CAPA":
			return "+OK\r\nUIDL\r\nSASL PLAIN XOAUTH2\r\n.", true
		case "AUTH XOAUTH2":
			return "+ ", true
		}
		return "", false
	}, "-ERR")
}

func smtpParrot(t *testing.T) (host string, port int) {
	return parrot(t, "220 ready", func(line string) (string, bool) {
		switch {
		case strings.HasPrefix(line, "EHLO"):
			return "250-smtp.example\r\n250 AUTH PLAIN XOAUTH2", true
		case line == "AUTH XOAUTH2":
			return "334 ", true
		}
		return "", false
	}, "535 5.7.8")
}

// TestProbesTellNoSecret is THREATS S9 for connection tests: passwords, tokens
// and client secrets are in no step, error or line of the log, in whatever way
// they are printed, although every server repeats what it is told.
func TestProbesTellNoSecret(t *testing.T) {
	const canary = "CANARY-0123456789abcdef-"
	var logged bytes.Buffer
	provider := oauthtest.New(&oauthtest.Options{ClientSecret: canary + "client"})
	var e *ticketmail.Engine
	smtpHost, smtpPort := smtpParrot(t)
	exit := func(tokens mailbox.TokenSource) *smtpsender.Sender {
		s, err := smtpsender.New(smtpsender.Options{
			Addr: net.JoinHostPort(smtpHost, fmt.Sprint(smtpPort)), Security: mailbox.None, User: "sales", Tokens: tokens, Password: mailbox.NewSecret(canary + "smtp"),
		})
		must(t, err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	logger := slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	key := ring(t)
	config := func(c *ticketmail.Config) {
		c.Sealer, c.Logger = key, logger
		c.Sender = exit(nil)
		c.OAuth = ticketmail.OAuth{RedirectURI: oauthtest.DefaultRedirectURI, Transport: provider.Transport()}
		c.Connectors = map[mailbox.Protocol]mailbox.Connector{
			mailbox.IMAP: imapbox.New(&imapbox.Options{Logger: logger}), mailbox.POP3: pop3box.New(&pop3box.Options{Logger: logger}),
		}
	}
	h := build(t, config)
	e = h.Engine
	withTokens, err := ticketmail.New(t.Context(), h.cfg(func(c *ticketmail.Config) {
		config(c)
		c.Sender = exit(mailbox.LateTokens(func() mailbox.TokenSource { return e.OAuth().Source("imap-tokens") }))
	}))
	must(t, err)

	ctx := t.Context()
	var all strings.Builder
	secrets := []string{canary + "client"}
	note := func(x any) {
		fmt.Fprintf(&all, "%v\n%+v\n%#v\n", x, x, x)
		if text, err := json.Marshal(x); err == nil {
			all.Write(text)
		}
		if err, ok := x.(error); ok {
			for ; err != nil; err = errors.Unwrap(err) {
				fmt.Fprintf(&all, "%+v\n%#v\n", err, err)
			}
		}
	}
	failing := 0
	hear := func(s mailbox.Step) {
		note(s)
		if s.Err != nil {
			failing++
			note(s.Err)
		}
	}
	hosts := map[mailbox.Protocol]func(*testing.T) (string, int){mailbox.IMAP: imapParrot, mailbox.POP3: pop3Parrot}
	for protocol, start := range hosts {
		host, port := start(t)
		for _, auth := range []mailbox.Auth{mailbox.AuthPlain, mailbox.AuthXOAuth2} {
			m := mailbox.Mailbox{
				ID: mailbox.ID(protocol) + "-password", Protocol: protocol, Host: host, Port: port, Security: mailbox.None,
				User: "sales-" + string(protocol), Password: mailbox.NewSecret(canary + string(protocol)), Auth: auth,
			}
			secrets = append(secrets, m.Password.Reveal())
			if auth.OAuth() {
				m.ID, m.User, m.Password = mailbox.ID(protocol)+"-tokens", "tokens-"+string(protocol), mailbox.Secret{}
				must(t, h.PutOAuth(ctx, provider.Account(m.ID)))
			}
			must(t, h.PutMailbox(ctx, m))
			if auth.OAuth() {
				signIn(t, tokenHouse{house: h, provider: provider}, m.ID)
				token, err := e.OAuth().Source(m.ID).Token(ctx, mailbox.Secret{})
				must(t, err)
				secrets = append(secrets, token.Reveal())
			}
			note(h.ProbeMailbox(ctx, m.ID, hear))
			note(h.ProbeDraft(ctx, m, hear))
		}
	}
	note(h.ProbeSender(ctx, hear))
	note(withTokens.ProbeSender(ctx, hear))
	// A provider that repeats a secret which is wrong.
	bad := provider.Account("imap-tokens")
	bad.ClientSecret = mailbox.NewSecret(canary + "wrong")
	must(t, h.PutOAuth(ctx, bad))
	token, err := e.OAuth().Source("imap-tokens").Token(ctx, mailbox.Secret{})
	must(t, err)
	_, err = e.OAuth().Source("imap-tokens").Token(ctx, token)
	note(err)
	note(h.ProbeMailbox(ctx, "imap-tokens", hear))
	note(withTokens.ProbeSender(ctx, hear))

	if failing < 10 || !strings.Contains(all.String(), "its words are left out") {
		t.Errorf("%d steps failed: the test does not test", failing)
	}
	all.WriteString(logged.String())
	said := all.String()
	for _, secret := range append(secrets, canary+"smtp", canary+"wrong") {
		for _, form := range []string{secret, base64.StdEncoding.EncodeToString([]byte(secret)), secret[len(secret)-12:]} {
			if i := strings.Index(said, form); i >= 0 {
				t.Errorf("a secret shows: ...%s...", said[max(0, i-300):min(len(said), i+100)])
			}
		}
	}
}
