package smtpsender_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/notifytest"
	"example.com/ticketmail/notify/smtpsender"
)

func mail(to string) notify.Mail {
	return notify.Mail{
		ID: "m1", From: message.Address{Name: "Support", Address: "support@corp.example"}, To: message.Address{Address: to},
		Subject: "[4711] Printer", MessageID: "m1@tickets.example", Text: "Hello\n", Date: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC),
	}
}

func TestSender(t *testing.T) {
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS, mailbox.None} {
		t.Run(string(security), func(t *testing.T) {
			notifytest.Run(t, func(t *testing.T) notifytest.Exit {
				s := start(t, security, nil)
				return notifytest.Exit{Sender: s.sender(t, security, nil), Received: s.received, Refuse: s.refuse}
			})
		})
	}
}

func TestSenderReusesConnections(t *testing.T) {
	s := start(t, mailbox.TLS, nil)
	sender := s.sender(t, mailbox.TLS, func(o *smtpsender.Options) { o.MaxPerConn = 4 })
	for i := range 10 {
		if err := sender.Send(t.Context(), mail(fmt.Sprintf("p%d@corp.example", i))); err != nil {
			t.Fatal(err)
		}
	}
	if s.count(&s.conns) != 3 || s.count(&s.auths) != 3 || len(s.received()) != 10 {
		t.Errorf("%d connections, %d log-ins for %d mails; want 3 of at most 4 mails each", s.count(&s.conns), s.count(&s.auths), len(s.received()))
	}
}

// TestSenderRecoversAfterRefusal: a refused recipient costs no connection.
func TestSenderRecoversAfterRefusal(t *testing.T) {
	s := start(t, mailbox.None, nil)
	s.refuse(notifytest.BadRecipient)
	sender := s.sender(t, mailbox.None, nil)
	for range 3 {
		err := sender.Send(t.Context(), mail(notifytest.Refused))
		if refused, ok := errors.AsType[*notify.RecipientError](err); !ok || refused.Status != "5.1.1" {
			t.Fatalf("%v, want RecipientError 5.1.1", err)
		}
		if err := sender.Send(t.Context(), mail("kim@customer.example")); err != nil {
			t.Fatal(err)
		}
	}
	if s.count(&s.conns) != 1 || len(s.received()) != 3 {
		t.Errorf("%d connections, %d mails", s.count(&s.conns), len(s.received()))
	}
}

func TestSenderAfterIdle(t *testing.T) {
	s := start(t, mailbox.None, nil)
	sender := s.sender(t, mailbox.None, nil)
	if err := sender.Send(t.Context(), mail("a@corp.example")); err != nil {
		t.Fatal(err)
	}
	s.closeIdle(t)
	if err := sender.Send(t.Context(), mail("b@corp.example")); err != nil {
		t.Errorf("after the server had closed the idle connection: %v", err)
	}
	if s.count(&s.conns) != 2 || len(s.received()) != 2 {
		t.Errorf("%d connections, %d mails", s.count(&s.conns), len(s.received()))
	}
}

func TestSenderMechanisms(t *testing.T) {
	for name, tt := range map[string]struct {
		mechs []string
		want  bool
	}{"plain": {[]string{sasl.Plain}, true}, "login": {[]string{sasl.Login}, true}, "neither": {[]string{"XOAUTH2"}, false}} {
		t.Run(name, func(t *testing.T) {
			s := start(t, mailbox.STARTTLS, func(_ *smtp.Server, s *server) { s.mechs = tt.mechs })
			err := s.sender(t, mailbox.STARTTLS, nil).Send(t.Context(), mail("kim@customer.example"))
			config, _ := errors.AsType[*notify.ConfigError](err)
			if tt.want != (err == nil) || err != nil && (config == nil || config.Step != "AUTH") {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestSenderKeepsPassword: a server that repeats the password in its refusal
// does not get it into our error.
func TestSenderKeepsPassword(t *testing.T) {
	s := start(t, mailbox.TLS, nil)
	sender := s.sender(t, mailbox.TLS, func(o *smtpsender.Options) { o.Password = mailbox.NewSecret("wrong-canary") })
	err := sender.Send(t.Context(), mail("kim@customer.example"))
	config, ok := errors.AsType[*notify.ConfigError](err)
	if !ok || config.Step != "AUTH" {
		t.Fatalf("%v, want ConfigError of AUTH", err)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, config.Err), "canary") {
		t.Errorf("the error holds the password: %v", err)
	}
}

// TestSenderVerifies: a certificate for another name, or one that nobody
// vouches for, ends the connection before anything is said.
func TestSenderVerifies(t *testing.T) {
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS} {
		for name, change := range map[string]func(*smtpsender.Options){
			"unknown authority": func(o *smtpsender.Options) { o.TLSConfig = nil },
			"wrong name":        func(o *smtpsender.Options) { o.TLSConfig.ServerName = "other.test" },
		} {
			t.Run(string(security)+" "+name, func(t *testing.T) {
				s := start(t, security, nil)
				err := s.sender(t, security, change).Send(t.Context(), mail("kim@customer.example"))
				if config, ok := errors.AsType[*notify.ConfigError](err); !ok || config.Step != "TLS" {
					t.Errorf("%v, want ConfigError of TLS", err)
				}
				if s.count(&s.auths) != 0 {
					t.Error("logged in on a connection that was not verified")
				}
			})
		}
	}
}

func TestSenderTLSAgainstPlainServer(t *testing.T) {
	s := start(t, mailbox.None, nil)
	err := s.sender(t, mailbox.TLS, nil).Send(t.Context(), mail("kim@customer.example"))
	if config, ok := errors.AsType[*notify.ConfigError](err); !ok || config.Step != "TLS" {
		t.Errorf("%v, want ConfigError of TLS", err)
	}
}

func TestSenderEnvelope(t *testing.T) {
	s := start(t, mailbox.None, func(srv *smtp.Server, _ *server) { srv.EnableSMTPUTF8 = true })
	sender := s.sender(t, mailbox.None, func(o *smtpsender.Options) { o.EnvelopeFrom = "bounces@corp.example" })
	for _, to := range []string{"kim@müller.example", "jürgen@müller.example"} {
		if err := sender.Send(t.Context(), mail(to)); err != nil {
			t.Fatal(err)
		}
	}
	got := s.received()
	if got[0].To != "kim@xn--mller-kva.example" || got[1].To != "jürgen@xn--mller-kva.example" || s.from[0] != "bounces@corp.example" {
		t.Errorf("to %q and %q, from %q", got[0].To, got[1].To, s.from)
	}
}

func TestSenderWithoutUTF8(t *testing.T) {
	s := start(t, mailbox.None, nil)
	sender := s.sender(t, mailbox.None, nil)
	err := sender.Send(t.Context(), mail("jürgen@corp.example"))
	if refused, ok := errors.AsType[*notify.RecipientError](err); !ok || refused.Status != "5.6.7" {
		t.Errorf("%v, want RecipientError 5.6.7", err)
	}
	m := mail("kim@customer.example")
	m.From.Address = "jürgen@corp.example"
	if err := sender.Send(t.Context(), m); !errors.Is(err, notify.ErrInvalidMail) {
		t.Errorf("%v, want ErrInvalidMail", err)
	}
	if err := sender.Send(t.Context(), mail("kim@müller.example")); err != nil {
		t.Errorf("a domain needs no SMTPUTF8: %v", err)
	}
}

func TestSenderSize(t *testing.T) {
	s := start(t, mailbox.None, func(srv *smtp.Server, _ *server) { srv.MaxMessageBytes = 2000 })
	sender := s.sender(t, mailbox.None, nil)
	m := mail("kim@customer.example")
	m.Text = strings.Repeat("long ", 1000)
	if err := sender.Send(t.Context(), m); !errors.Is(err, notify.ErrInvalidMail) {
		t.Errorf("%v, want ErrInvalidMail", err)
	}
}

func TestNewRefuses(t *testing.T) {
	good := smtpsender.Options{Addr: "mail.example.com:465"}
	for field, change := range map[string]func(*smtpsender.Options){
		"Addr":       func(o *smtpsender.Options) { o.Addr = "mail.example.com" },
		"Security":   func(o *smtpsender.Options) { o.Security = "ssl" },
		"User":       func(o *smtpsender.Options) { o.Password = mailbox.NewSecret("x") },
		"LocalName":  func(o *smtpsender.Options) { o.LocalName = "a\r\nMAIL" },
		"MaxPerConn": func(o *smtpsender.Options) { o.MaxPerConn = -1 },
		"MaxIdle":    func(o *smtpsender.Options) { o.MaxIdle = -1 },
	} {
		opts := good
		change(&opts)
		_, err := smtpsender.New(opts)
		if f, ok := errors.AsType[*mailbox.FieldError](err); !ok || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := smtpsender.New(good); err != nil {
		t.Error(err)
	}
}

func Example() {
	sender, err := smtpsender.New(smtpsender.Options{
		Addr: "mail.example.com:587", Security: mailbox.STARTTLS,
		User: "support@example.com", Password: mailbox.NewSecret("from your configuration"),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = sender.Close() }()

	ctx, cancel := context.WithCancel(context.Background())
	cancel() // so that this example connects to nothing
	fmt.Println(sender.Send(ctx, mail("kim@example.org")))
	// Output: send through mail.example.com:587: context canceled
}

// TestSenderSaysOnceThatItCannotConnect: package net says it already.
func TestSenderSaysOnceThatItCannotConnect(t *testing.T) {
	s := start(t, mailbox.None, nil)
	for name, tt := range map[string]struct{ dialed, want string }{
		"package net": {"", "dial tcp: connection refused"},
		"a host's":    {"no route", "connect: no route"},
	} {
		sender := s.sender(t, mailbox.None, func(o *smtpsender.Options) {
			o.Dial = func(context.Context, string, string) (net.Conn, error) {
				if tt.dialed == "" {
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
				}
				return nil, errors.New(tt.dialed)
			}
		})
		err := sender.Send(t.Context(), mail("kim@customer.example"))
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "connect: dial") {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}
