package smtpsender_test

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/ticketmail/internal/dovecot"
	"example.com/ticketmail/internal/postfix"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify/smtpsender"
)

// A real mail server, Postfix, asks Dovecot who may sign in, and that asks the
// local provider of tokens: every way to sign in, with TLS from the first byte
// and STARTTLS, with a short token and one that is too long for the command. A
// token that is refused is renewed once.
func TestSignInOnPostfix(t *testing.T) {
	const user, to = "kim", "kim@corp.example"
	d := dovecot.Start(t, &dovecot.Options{SASL: true, OAuth: true})
	p := postfix.StartWith(t, postfix.Options{SASL: d.SASL}, to)
	trust := &tls.Config{RootCAs: p.Roots}
	short, long := dovecot.TokenFor(user), dovecot.LongTokenFor(user)
	// What is given out one after the other, where the last is not refused.
	passwords := map[string][]string{"good": {dovecot.Password}, "bad": {"wrong"}}
	tokens := map[string][]string{"good": {short}, "long": {long}, "stale": {"stale", long}, "bad": {"stale", "bad"}}
	var sent atomic.Int64
	t.Run("all", func(t *testing.T) {
		for security, address := range map[mailbox.Security]string{mailbox.TLS: p.AddressTLS, mailbox.STARTTLS: p.Address} {
			for _, auth := range []mailbox.Auth{mailbox.AuthAuto, mailbox.AuthPlain, mailbox.AuthLogin, mailbox.AuthXOAuth2, mailbox.AuthOAuthBearer} {
				takesToken := auth == mailbox.AuthAuto || auth.OAuth()
				secrets := passwords
				if takesToken {
					secrets = tokens
				}
				for name, given := range secrets {
					if security == mailbox.TLS && (name == "stale" || name == "bad") {
						continue // Dovecot takes a second for each refusal
					}
					t.Run(string(security)+"/"+string(auth)+"/"+name, func(t *testing.T) {
						t.Parallel()
						opts := smtpsender.Options{Addr: address, Security: security, User: user, Auth: auth, TLSConfig: trust}
						if takesToken {
							opts.Tokens = mailbox.TokenSourceFunc(func(_ context.Context, refused mailbox.Secret) (mailbox.Secret, error) {
								next := slices.Index(given, refused.Reveal()) + 1
								return mailbox.NewSecret(given[min(next, len(given)-1)]), nil
							})
						} else {
							opts.Password = mailbox.NewSecret(given[0])
						}
						s := sender(t, opts)
						good := name != "bad"
						lines, last, err := probed(t, s)
						if (err == nil) != good || last.Name != mailbox.StepSignIn || !good && last.Cause == "" {
							t.Errorf("Probe = %v:\n%s", err, strings.Join(lines, "\n"))
						}
						err = s.Send(t.Context(), mail(to))
						if good && err != nil || !good && blame(err) != "config AUTH" {
							t.Errorf("Send = %v", err)
						}
						if good {
							sent.Add(1)
						}
					})
				}
			}
		}
	})
	if got := len(p.Mails(t, to)); got != int(sent.Load()) || got != 19 {
		t.Errorf("%d mails of %d", got, sent.Load())
	}
	// Who does not sign in is refused.
	s := sender(t, smtpsender.Options{Addr: p.Address, Security: mailbox.STARTTLS, TLSConfig: trust})
	if err := s.Send(t.Context(), mail(to)); err == nil {
		t.Error("sent by a stranger")
	}
}
