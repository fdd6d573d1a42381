package smtpsender_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
)

var errSource = errors.New("AADSTS70008: the refresh token has expired")

func TestSignIn(t *testing.T) {
	const said = `{"status":"401","schemes":"bearer","scope":"https://mail.example/ SECRET"}`
	long := strings.Repeat("t", 1500)
	for name, tt := range map[string]struct {
		offered   string
		auth      mailbox.Auth
		tokens    []string // nil: the password
		good      string   // empty: "good"
		challenge string
		refusal   string
		attempts  []string
		asked     []string
		farewells []string
		want      string // blame
		text      string // part of the error
	}{
		"password":                 {offered: "LOGIN PLAIN XOAUTH2", attempts: []string{"PLAIN good"}, want: "sent"},
		"login":                    {offered: "LOGIN PLAIN", auth: mailbox.AuthLogin, attempts: []string{"LOGIN good late"}, want: "sent"},
		"plain, not offered":       {offered: "LOGIN XOAUTH2", auth: mailbox.AuthPlain, want: "config AUTH", text: "by PLAIN, but by LOGIN XOAUTH2"},
		"password, tokens alone":   {offered: "XOAUTH2", want: "config AUTH", text: "by PLAIN or LOGIN, but by XOAUTH2"},
		"nothing offered":          {want: "config AUTH", text: "but by nothing"},
		"both":                     {offered: "XOAUTH2 OAUTHBEARER", tokens: []string{"good"}, attempts: []string{"OAUTHBEARER good"}, asked: []string{""}, want: "sent"},
		"Exchange":                 {offered: "LOGIN XOAUTH2", tokens: []string{"good"}, attempts: []string{"XOAUTH2 good"}, asked: []string{""}, want: "sent"},
		"xoauth2 although bearer":  {offered: "XOAUTH2 OAUTHBEARER", auth: mailbox.AuthXOAuth2, tokens: []string{"good"}, attempts: []string{"XOAUTH2 good"}, asked: []string{""}, want: "sent"},
		"long":                     {offered: "XOAUTH2", tokens: []string{long}, good: long, attempts: []string{"XOAUTH2 " + long + " late"}, asked: []string{""}, want: "sent"},
		"long bearer":              {offered: "OAUTHBEARER", tokens: []string{long}, good: long, attempts: []string{"OAUTHBEARER " + long + " late"}, asked: []string{""}, want: "sent"},
		"tokens, not offered":      {offered: "PLAIN LOGIN", tokens: []string{"good"}, asked: []string{""}, want: "config AUTH", text: "OAUTHBEARER or XOAUTH2, but by PLAIN LOGIN"},
		"password although tokens": {offered: "PLAIN XOAUTH2", auth: mailbox.AuthPlain, tokens: []string{"token"}, attempts: []string{"PLAIN good"}, want: "sent"},
		"refused, then good": {offered: "XOAUTH2", tokens: []string{"stale", "good"}, challenge: said, attempts: []string{"XOAUTH2 stale", "XOAUTH2 good"},
			asked: []string{"", "stale"}, farewells: []string{`farewell ""`}, want: "sent"},
		"refused bearer, then good": {offered: "OAUTHBEARER", tokens: []string{"stale", "good"}, challenge: `{"status":"invalid_token"}`, attempts: []string{"OAUTHBEARER stale", "OAUTHBEARER good"},
			asked: []string{"", "stale"}, farewells: []string{`farewell "AQ=="`}, want: "sent"},
		"refused without challenge": {offered: "XOAUTH2", tokens: []string{"stale", "good"}, attempts: []string{"XOAUTH2 stale", "XOAUTH2 good"}, asked: []string{"", "stale"}, want: "sent"},
		"long, refused, then good": {offered: "XOAUTH2", tokens: []string{long, "good"}, challenge: "{}", refusal: "535 no", attempts: []string{"XOAUTH2 " + long + " late", "XOAUTH2 good"},
			asked: []string{"", long}, farewells: []string{`farewell ""`}, want: "sent"},
		"refused twice": {offered: "XOAUTH2", tokens: []string{"stale", "bad"}, challenge: said, attempts: []string{"XOAUTH2 stale", "XOAUTH2 bad"},
			asked: []string{"", "stale"}, farewells: []string{`farewell ""`, `farewell ""`}, want: "config AUTH", text: "access token refused, status 401"},
		"status that tells": {offered: "XOAUTH2", tokens: []string{"stale", "bad"}, challenge: `{"status":"SECRET"}`, attempts: []string{"XOAUTH2 stale", "XOAUTH2 bad"},
			asked: []string{"", "stale"}, farewells: []string{`farewell ""`, `farewell ""`}, want: "config AUTH", text: "access token refused"},
		"other code after challenge": {offered: "XOAUTH2", tokens: []string{"stale", "good"}, challenge: said, refusal: "501 5.5.4 SECRET", attempts: []string{"XOAUTH2 stale", "XOAUTH2 good"},
			asked: []string{"", "stale"}, farewells: []string{`farewell ""`}, want: "sent"},
		"the same again": {offered: "XOAUTH2", tokens: []string{"stale", "stale"}, attempts: []string{"XOAUTH2 stale"}, asked: []string{"", "stale"}, want: "config AUTH"},
		"no other":       {offered: "XOAUTH2", tokens: []string{"stale"}, attempts: []string{"XOAUTH2 stale"}, asked: []string{"", "stale"}, want: "config AUTH", text: "AADSTS70008"},
		"not now":        {offered: "XOAUTH2", tokens: []string{"stale", "good"}, refusal: "454 4.7.0 SECRET later", attempts: []string{"XOAUTH2 stale"}, asked: []string{""}, want: "temporary"},
		"another refusal": {offered: "XOAUTH2", tokens: []string{"stale", "good"}, refusal: "534 5.7.9 SECRET too weak", attempts: []string{"XOAUTH2 stale"},
			asked: []string{""}, want: "config AUTH", text: "534"},
		"no token":    {offered: "XOAUTH2", tokens: []string{}, asked: []string{""}, want: "config token", text: "AADSTS70008"},
		"empty token": {offered: "XOAUTH2", tokens: []string{""}, asked: []string{""}, want: "config token", text: "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := &gate{auth: tt.offered, good: "good", challenge: tt.challenge, refusal: tt.refusal}
				if tt.good != "" {
					g.good = tt.good
				}
				opts := g.options()
				opts.Auth = tt.auth
				tokens := &tokenList{tokens: tt.tokens, err: errSource}
				if tt.tokens != nil {
					opts.Tokens = tokens
				}
				s := sender(t, opts)
				err := s.Send(t.Context(), mail("kim@customer.example"))
				if got := blame(err); got != tt.want || tt.text != "" && !strings.Contains(err.Error(), tt.text) {
					t.Errorf("Send = %v (%s), want %s with %q", err, got, tt.want, tt.text)
				}
				if err != nil && (strings.Contains(err.Error(), "stale") || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte("user=support"))[:12])) {
					t.Errorf("the error tells the token: %v", err)
				}
				if strings.Contains(tt.text, "AADSTS") && !errors.Is(err, errSource) {
					t.Error("the error does not wrap that of the source")
				}
				_ = s.Close()
				synctest.Wait()
				if diff := cmp.Diff(tt.attempts, g.attempts); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.asked, tokens.asked); diff != "" {
					t.Errorf("the source was asked with (-want +got):\n%s", diff)
				}
				farewells := slices.DeleteFunc(g.heard(), func(l string) bool { return !strings.HasPrefix(l, "farewell") })
				if diff := cmp.Diff(tt.farewells, farewells, cmp.Transformer("all", func(l []string) string { return strings.Join(l, " ") })); diff != "" {
					t.Errorf("farewells (-want +got):\n%s", diff)
				}
				if g.dials > max(1, len(tt.attempts)) {
					t.Errorf("%d connections for %d attempts", g.dials, len(tt.attempts))
				}
			})
		})
	}
}

// A source that does not answer costs a command's time, and the end of ctx is
// told as such.
func TestTokenSourceHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{auth: "XOAUTH2", good: "good"}
		opts := g.options()
		opts.Tokens = mailbox.TokenSourceFunc(func(ctx context.Context, _ mailbox.Secret) (mailbox.Secret, error) {
			<-ctx.Done()
			return mailbox.Secret{}, ctx.Err()
		})
		s := sender(t, opts)
		begun := time.Now()
		if err := s.Send(t.Context(), mail("kim@customer.example")); blame(err) != "config token" || time.Since(begun) != time.Minute {
			t.Errorf("Send = %v after %s", err, time.Since(begun))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Send(ctx, mail("kim@customer.example")); blame(err) != "temporary" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Send = %v, want the end of its context", err)
		}
	})
}

// S9: what a server repeats of a secret, at any time, is left out of errors;
// the rest of what it says is one line.
func TestSecretsAreNotRepeated(t *testing.T) {
	secret := "canary-" + strings.Repeat("0123456789abcdef", 4)
	for _, auth := range []mailbox.Auth{mailbox.AuthPlain, mailbox.AuthLogin, mailbox.AuthXOAuth2, mailbox.AuthOAuthBearer} {
		response := map[mailbox.Auth]string{
			mailbox.AuthPlain:       "\x00support\x00" + secret,
			mailbox.AuthLogin:       secret,
			mailbox.AuthXOAuth2:     "user=support\x01auth=Bearer " + secret + "\x01\x01",
			mailbox.AuthOAuthBearer: "n,a=support,\x01host=mail.example\x01port=587\x01auth=Bearer " + secret + "\x01\x01",
		}[auth]
		for _, told := range []string{secret, secret[20:50], base64.StdEncoding.EncodeToString([]byte(response))} {
			for _, verb := range []string{"greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "end"} {
				t.Run(fmt.Sprintf("%s %s %.8s", auth, verb, told), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						g := &gate{auth: strings.ToUpper(string(auth)), good: secret, meddle: gateAnswers{verb: "550-5.7.1 go away\r\n550 5.7.1 with " + told}}
						opts := g.options()
						opts.Auth, opts.Password = auth, mailbox.NewSecret(secret)
						opts.Tokens = mailbox.TokenSourceFunc(func(context.Context, mailbox.Secret) (mailbox.Secret, error) { return mailbox.NewSecret(secret), nil })
						s := sender(t, opts)
						err := s.Send(t.Context(), mail("kim@customer.example"))
						if err == nil {
							t.Fatal("sent")
						}
						tells(t, secret, err)
						if answer, ok := errors.AsType[*smtp.SMTPError](err); !ok || strings.ContainsAny(answer.Message, "\r\n") {
							t.Errorf("what the server said is no line: %v", err)
						}
						if verb == "greeting" || verb == "EHLO" || verb == "AUTH" {
							var steps []string
							err := s.Probe(t.Context(), func(s mailbox.Step) { steps = append(steps, fmt.Sprintf("%+v %#v", s, s.Err)) })
							tells(t, secret, err, steps)
						}
						_ = s.Close()
					})
				})
			}
		}
	}
}

// tells fails where one of these tells a secret or a good part of it.
func tells(t *testing.T, secret string, all ...any) {
	t.Helper()
	for _, x := range all {
		said := fmt.Sprintf("%v\n%+v\n%#v", x, x, x)
		if err, ok := x.(error); ok {
			for ; err != nil; err = errors.Unwrap(err) {
				said += fmt.Sprintf("\n%+v %#v", err, err)
			}
		}
		for _, part := range []string{secret[:6], secret[25:45], base64.StdEncoding.EncodeToString([]byte(secret))[:12]} {
			if strings.Contains(said, part) {
				t.Errorf("the secret shows:\n%s", said)
			}
		}
	}
}
