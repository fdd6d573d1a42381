package imapbox_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/imapbox"
	"github.com/google/go-cmp/cmp"
)

// A gate is a server that only knows how to sign in. It tells its
// capabilities when asked, never by itself, as Exchange does.
type gate struct {
	caps   string
	good   string // the secret that is let in
	refuse string // what others get: a challenge in JSON, or with "NO" in front the answer itself

	mu       sync.Mutex
	attempts []string // "MECHANISM secret", with " ir" where it came with the command
	dials    int
}

// dial serves a new connection.
func (g *gate) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	g.mu.Lock()
	g.dials++
	g.mu.Unlock()
	go func() {
		defer server.Close()
		g.serve(server)
	}()
	return client, nil
}

func (g *gate) serve(conn net.Conn) {
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(conn, format+"\r\n", args...) }
	lines := wiretest.Lines(conn)
	say("* OK The Microsoft Exchange IMAP4 service is ready.")
	for line := range lines {
		tag, rest, _ := strings.Cut(line, " ")
		words := strings.Fields(rest)
		switch words[0] {
		case "CAPABILITY":
			say("* CAPABILITY IMAP4rev1 %s", g.caps)
			say("%s OK CAPABILITY completed.", tag)
		case "LOGIN":
			g.answer(say, lines, tag, "LOGIN "+strings.Trim(words[2], `"`), strings.Trim(words[2], `"`))
		case "AUTHENTICATE":
			ir := words[len(words)-1]
			if len(words) == 2 {
				say("+ ")
				ir = <-lines
			}
			raw, _ := base64.StdEncoding.DecodeString(ir)
			attempt := words[1] + " " + secretOf(string(raw))
			if len(words) > 2 {
				attempt += " ir"
			}
			g.answer(say, lines, tag, attempt, secretOf(string(raw)))
		default:
			say("%s OK done", tag)
		}
	}
}

// secretOf returns the token or password of an initial response.
func secretOf(raw string) string {
	if _, token, ok := strings.Cut(raw, "auth=Bearer "); ok {
		token, _, _ = strings.Cut(token, "\x01")
		return token
	}
	return raw[strings.LastIndexByte(raw, 0)+1:]
}

func (g *gate) answer(say func(string, ...any), lines <-chan string, tag, attempt, secret string) {
	g.mu.Lock()
	g.attempts = append(g.attempts, attempt)
	g.mu.Unlock()
	switch no, direct := strings.CutPrefix(g.refuse, "NO"); {
	case secret == g.good:
		say("%s OK completed.", tag)
	case direct:
		say("%s NO%s", tag, no)
	default:
		say("+ %s", base64.StdEncoding.EncodeToString([]byte(g.refuse)))
		<-lines
		say("%s NO AUTHENTICATE failed.", tag)
	}
}

// A source gives out tokens, one after the other, and then fails.
type source struct {
	tokens []string
	err    error
	asked  []string // the refused tokens it was asked with
}

func (s *source) Token(_ context.Context, refused mailbox.Secret) (mailbox.Secret, error) {
	s.asked = append(s.asked, refused.Reveal())
	if len(s.tokens) == 0 {
		return mailbox.Secret{}, s.err
	}
	token := s.tokens[0]
	s.tokens = s.tokens[1:]
	return mailbox.NewSecret(token), nil
}

var errSource = errors.New("AADSTS70008: the refresh token has expired")

func TestSignIn(t *testing.T) {
	const exchange = "AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS"
	const said = `{"status":"400","schemes":"bearer","scope":"https://mail.example/"}`
	for name, tt := range map[string]struct {
		caps     string
		auth     mailbox.Auth
		tokens   []string // nil: the password
		refuse   string
		attempts []string
		asked    []string
		want     string // part of the error; empty: none
		refused  bool   // the error is an AuthError
	}{
		"password, IR":                {caps: exchange, attempts: []string{"PLAIN good ir"}},
		"password, no IR":             {caps: "AUTH=PLAIN", attempts: []string{"LOGIN good"}},
		"password, PLAIN alone":       {caps: "AUTH=PLAIN LOGINDISABLED", attempts: []string{"PLAIN good"}},
		"password, nothing offered":   {caps: "LOGINDISABLED", want: "LOGINDISABLED"},
		"plain, no IR":                {caps: "AUTH=PLAIN", auth: mailbox.AuthPlain, attempts: []string{"PLAIN good"}},
		"plain, not offered":          {caps: "AUTH=XOAUTH2", auth: mailbox.AuthPlain, want: "does not offer to sign in by PLAIN, but by XOAUTH2"},
		"login":                       {caps: exchange, auth: mailbox.AuthLogin, attempts: []string{"LOGIN good"}},
		"login, disabled":             {caps: exchange + " LOGINDISABLED", auth: mailbox.AuthLogin, want: "LOGINDISABLED"},
		"tokens, both":                {caps: "AUTH=XOAUTH2 AUTH=OAUTHBEARER SASL-IR", tokens: []string{"good"}, attempts: []string{"OAUTHBEARER good ir"}, asked: []string{""}},
		"tokens, Exchange":            {caps: exchange, tokens: []string{"good"}, attempts: []string{"XOAUTH2 good ir"}, asked: []string{""}},
		"tokens, no IR":               {caps: "AUTH=XOAUTH2", tokens: []string{"good"}, attempts: []string{"XOAUTH2 good"}, asked: []string{""}},
		"tokens, bearer, no IR":       {caps: "AUTH=OAUTHBEARER LOGINDISABLED", tokens: []string{"good"}, attempts: []string{"OAUTHBEARER good"}, asked: []string{""}},
		"tokens, LOGINDISABLED":       {caps: "AUTH=XOAUTH2 LOGINDISABLED", tokens: []string{"good"}, attempts: []string{"XOAUTH2 good"}, asked: []string{""}},
		"tokens, not offered":         {caps: "AUTH=PLAIN", tokens: []string{"good"}, asked: []string{""}, want: "OAUTHBEARER OR XOAUTH2, but by PLAIN"},
		"tokens, LOGIN alone":         {caps: "IDLE", tokens: []string{"good"}, asked: []string{""}, want: "but by LOGIN alone"},
		"xoauth2 although bearer":     {caps: "AUTH=XOAUTH2 AUTH=OAUTHBEARER", auth: mailbox.AuthXOAuth2, tokens: []string{"good"}, attempts: []string{"XOAUTH2 good"}, asked: []string{""}},
		"xoauth2, not offered":        {caps: "AUTH=OAUTHBEARER", auth: mailbox.AuthXOAuth2, tokens: []string{"good"}, asked: []string{""}, want: "by XOAUTH2, but by OAUTHBEARER"},
		"oauthbearer, not offered":    {caps: exchange, auth: mailbox.AuthOAuthBearer, tokens: []string{"good"}, asked: []string{""}, want: "by OAUTHBEARER, but by PLAIN, XOAUTH2"},
		"password although tokens":    {caps: exchange, auth: mailbox.AuthPlain, tokens: []string{"token"}, attempts: []string{"PLAIN good ir"}},
		"refused, then good":          {caps: exchange, tokens: []string{"stale", "good"}, attempts: []string{"XOAUTH2 stale ir", "XOAUTH2 good ir"}, asked: []string{"", "stale"}},
		"refused, then good, no IR":   {caps: "AUTH=OAUTHBEARER", tokens: []string{"stale", "good"}, attempts: []string{"OAUTHBEARER stale", "OAUTHBEARER good"}, asked: []string{"", "stale"}},
		"refused twice":               {caps: exchange, tokens: []string{"stale", "bad"}, attempts: []string{"XOAUTH2 stale ir", "XOAUTH2 bad ir"}, asked: []string{"", "stale"}, want: `schemes\":\"bearer`, refused: true},
		"refused twice, without JSON": {caps: exchange, tokens: []string{"stale", "bad"}, refuse: "NO AUTHENTICATE failed.", attempts: []string{"XOAUTH2 stale ir", "XOAUTH2 bad ir"}, asked: []string{"", "stale"}, want: "AUTHENTICATE failed.", refused: true},
		"refused, the same again":     {caps: exchange, tokens: []string{"stale", "stale"}, attempts: []string{"XOAUTH2 stale ir"}, asked: []string{"", "stale"}, want: `\"400\"`, refused: true},
		"refused, no other":           {caps: exchange, tokens: []string{"stale"}, attempts: []string{"XOAUTH2 stale ir"}, asked: []string{"", "stale"}, want: "AADSTS70008", refused: true},
		"refused for a while":         {caps: exchange, tokens: []string{"stale", "good"}, refuse: "NO [UNAVAILABLE] later", attempts: []string{"XOAUTH2 stale ir"}, asked: []string{""}, want: "later"},
		"password refused":            {caps: "IDLE", auth: mailbox.AuthLogin, refuse: "NO LOGIN failed.", attempts: []string{"LOGIN wrong"}, want: "LOGIN failed.", refused: true},
		"no token":                    {caps: exchange, tokens: []string{}, asked: []string{""}, want: "AADSTS70008"},
		"empty token":                 {caps: exchange, tokens: []string{""}, asked: []string{""}, want: "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gate{caps: tt.caps, good: "good", refuse: tt.refuse}
				if g.refuse == "" {
					g.refuse = said
				}
				m := scriptMailbox(mailbox.None)
				m.Auth, m.Password = tt.auth, mailbox.NewSecret("good")
				if strings.HasPrefix(tt.refuse, "NO LOGIN") {
					m.Password = mailbox.NewSecret("wrong")
				}
				tokens := &source{tokens: tt.tokens, err: errSource}
				if tt.tokens != nil {
					m.Tokens = tokens
				}
				s, err := imapbox.New(&imapbox.Options{Dial: g.dial}).Connect(t.Context(), m)
				if s != nil {
					if err := s.Close(); err != nil {
						t.Errorf("Close = %v", err)
					}
				}
				if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) || is[*mailbox.AuthError](err) != tt.refused {
					t.Errorf("Connect = %v, want an error with %q, an AuthError: %t", err, tt.want, tt.refused)
				}
				if err != nil && strings.Contains(err.Error(), "stale") {
					t.Errorf("the error tells the token: %v", err)
				}
				if strings.Contains(tt.want, "AADSTS") && !errors.Is(err, errSource) {
					t.Error("the error does not wrap that of the source")
				}
				g.mu.Lock()
				defer g.mu.Unlock()
				if diff := cmp.Diff(tt.attempts, g.attempts); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.asked, tokens.asked); diff != "" {
					t.Errorf("the source was asked with (-want +got):\n%s", diff)
				}
				if want := max(1, len(tt.attempts)); g.dials > want {
					t.Errorf("%d connections, want at most %d: each attempt has its own", g.dials, want)
				}
			})
		})
	}
}

// Exchange lets a token in that opens another mailbox, and says so at SELECT.
func TestNoRightOnTheMailbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scripted(map[string]string{"SELECT": "TAG BAD User is authenticated but not connected.\r\n"})
		session, err := s.connector().Connect(t.Context(), scriptMailbox(mailbox.None))
		if err != nil {
			t.Fatal(err)
		}
		_, err = session.Select(t.Context(), "INBOX", false)
		if refused, ok := errors.AsType[*mailbox.AuthError](err); !ok || refused.User != user || !strings.Contains(err.Error(), "service principal") {
			t.Errorf("Select = %v, want an AuthError that explains it", err)
		}
		if err := session.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A source that does not answer ends the attempt, and no connection waits for
// it meanwhile.
func TestTokenThatNeverComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		m := scriptMailbox(mailbox.None)
		m.Tokens = mailbox.TokenSourceFunc(func(ctx context.Context, _ mailbox.Secret) (mailbox.Secret, error) {
			<-ctx.Done()
			return mailbox.Secret{}, io.ErrUnexpectedEOF
		})
		_, err := imapbox.New(&imapbox.Options{Dial: g.dial}).Connect(t.Context(), m)
		if err == nil || !strings.Contains(err.Error(), "no answer within 1m0s") || g.dials != 0 {
			t.Errorf("Connect = %v after %d connections", err, g.dials)
		}
	})
}
