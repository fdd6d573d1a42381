package ticketmail_test

import (
	"errors"
	"io"
	"log"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/notify/smtpsender"
	"example.com/ticketmail/ticketmail"
)

// A tokenExit is an SMTP server that lets in who brings a token which the
// provider knows, and says no more than XOAUTH2 wants.
type tokenExit struct {
	provider *oauthtest.Server

	mu     sync.Mutex
	to     []string // whom it took mails for
	tokens []string // it was shown
}

// startExit starts the server and returns its address.
func startExit(t *testing.T, provider *oauthtest.Server) (*tokenExit, string) {
	t.Helper()
	e := &tokenExit{provider: provider}
	srv := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &exitSession{tokenExit: e}, nil }))
	srv.Domain, srv.AllowInsecureAuth, srv.ErrorLog = "smtp.example", true, log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	var wg sync.WaitGroup
	wg.Go(func() { _ = srv.Serve(l) })
	t.Cleanup(func() {
		_ = srv.Close()
		_ = l.Close() // Serve may not have begun
		wg.Wait()
	})
	return e, l.Addr().String()
}

type exitSession struct {
	*tokenExit
	in bool
}

func (s *exitSession) AuthMechanisms() []string { return []string{"XOAUTH2"} }

func (s *exitSession) Auth(string) (sasl.Server, error) { return &xoauth2Server{session: s}, nil }

// An xoauth2Server is the server's side of XOAUTH2.
type xoauth2Server struct {
	session *exitSession
	refused bool
}

func (x *xoauth2Server) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.refused {
		return nil, true, &smtp.SMTPError{Code: 535, EnhancedCode: smtp.EnhancedCode{5, 7, 8}, Message: "not accepted"}
	}
	_, token, _ := strings.Cut(string(response), "auth=Bearer ")
	token = strings.TrimRight(token, "\x01")
	x.session.mu.Lock()
	x.session.tokens = append(x.session.tokens, token)
	x.session.mu.Unlock()
	if _, ok := x.session.provider.User(token); !ok {
		x.refused = true
		return []byte(`{"status":"401"}`), false, nil
	}
	x.session.in = true
	return nil, true, nil
}

func (s *exitSession) Mail(string, *smtp.MailOptions) error {
	if !s.in {
		return smtp.ErrAuthRequired
	}
	return nil
}

func (s *exitSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.to = append(s.to, to)
	return nil
}

func (s *exitSession) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

func (s *exitSession) Reset()        {}
func (s *exitSession) Logout() error { return nil }

func (e *tokenExit) took() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.to)
}

// shown returns how many tokens the server saw.
func (e *tokenExit) shown() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.tokens)
}

// Mail leaves with the tokens of a stored mailbox. One that is refused is
// renewed once; where there is none the outbox pauses, nobody is marked and no
// mail loses an attempt, until somebody has signed in again.
func TestSenderSignsInAsMailbox(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	exit, address := startExit(t, h.provider)
	sender, err := smtpsender.New(smtpsender.Options{
		Addr: address, Security: mailbox.None, User: "sales@erp.example", MaxPerConn: 1,
		Tokens: mailbox.LateTokens(func() mailbox.TokenSource { return h.OAuth().Source("sales") }),
	})
	must(t, err)
	t.Cleanup(func() { _ = sender.Close() })
	now := noon
	change := h.change
	h.house = build(t, func(c *ticketmail.Config) {
		change(c)
		c.Sender, c.Now = sender, func() time.Time { return now }
	})
	must(t, h.PutOAuth(ctx, h.provider.Account("sales")))
	must(t, h.PutMailbox(ctx, tokenBox()))
	signIn(t, h, "sales")

	deliver := func() (notify.Report, error) {
		h.create(ticketmail.NewTicket{Assignee: "carl"})
		return h.Deliver(ctx)
	}
	if r, err := deliver(); err != nil || r.Sent != 1 || r.Paused != nil || exit.shown() != 1 {
		t.Fatalf("Deliver = %+v, %v", r, err)
	}
	var s steps
	if err := h.ProbeSender(ctx, s.add); err != nil || !slices.Equal(s.names(), []string{"token", "resolve", "dial", "secure", "capabilities", "sign-in"}) {
		t.Errorf("ProbeSender = %v, steps %+v", err, s)
	}

	// The server refuses a token that has not expired.
	h.provider.RevokeAccess()
	before, asked := exit.shown(), len(h.provider.Requests())
	if r, err := deliver(); err != nil || r.Sent != 1 || exit.shown() != before+2 || len(h.provider.Requests()) != asked+1 {
		t.Errorf("Deliver = %+v, %v after %d tokens and %d requests", r, err, exit.shown()-before, len(h.provider.Requests())-asked)
	}

	// The person's sign-in is over.
	h.provider.Revoke("support@example.com")
	now = now.Add(time.Hour)
	r, err := deliver()
	if _, ours := errors.AsType[*notify.ConfigError](err); !ours || r.Paused == nil || r.Sent+r.Failed+r.Retried != 0 {
		t.Errorf("Deliver = %+v, %v", r, err)
	}
	if e, ok := errors.AsType[*oauth.Error](err); !ok || e.Code != "AADSTS50173" {
		t.Errorf("Deliver = %v, want the provider's code", err)
	}
	s = nil
	err = h.ProbeSender(ctx, s.add)
	if e, ok := errors.AsType[*oauth.Error](err); !ok || !slices.Equal(s.names(), []string{"token!"}) || s.last().Cause != e.Cause {
		t.Errorf("ProbeSender = %v, steps %+v", err, s)
	}

	signIn(t, h, "sales")
	now = now.Add(10 * time.Minute)
	if r, err := deliver(); err != nil || r.Sent != 2 || r.Failed != 0 {
		t.Errorf("after a new sign-in: Deliver = %+v, %v", r, err)
	}
	if got := exit.took(); len(got) != 4 || slices.ContainsFunc(got, func(to string) bool { return to != "carl@erp.example" }) {
		t.Errorf("mails to %q", got)
	}
}
