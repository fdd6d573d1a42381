package smtpsender_test

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wiretest"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify/smtpsender"
)

// signIns are the ways to sign in. The secret is always "good-canary".
var signIns = [...]mailbox.Auth{mailbox.AuthPlain, mailbox.AuthLogin, mailbox.AuthXOAuth2, mailbox.AuthOAuthBearer}

const goodSecret = "good-canary"

// signsIn returns the options of a sender that signs in so.
func (g *gate) signsIn(auth mailbox.Auth, security mailbox.Security, trust *tls.Config) smtpsender.Options {
	opts := g.options()
	opts.Security, opts.TLSConfig, opts.Auth = security, trust, auth
	opts.Password = mailbox.NewSecret(goodSecret)
	if auth.OAuth() {
		opts.Password = mailbox.Secret{}
		opts.Tokens = mailbox.TokenSourceFunc(func(context.Context, mailbox.Secret) (mailbox.Secret, error) {
			return mailbox.NewSecret(goodSecret), nil
		})
	}
	return opts
}

// sayNothing fails where somebody on the way saw anything of a credential.
func (g *gate) sayNothing(t *testing.T) {
	t.Helper()
	saw := g.onTheLine()
	words := []string{"support", goodSecret, "AUTH", "MAIL"}
	for _, response := range []string{"support", goodSecret, "\x00support\x00" + goodSecret, "user=support\x01auth=", "n,a=support,\x01host="} {
		words = append(words, strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(response)), "=")[:6])
	}
	for _, word := range words {
		if strings.Contains(saw, word) {
			t.Errorf("%q was sent in plain text: %q", word, saw)
		}
	}
	if len(g.attempts) > 0 {
		t.Errorf("signed in: %q", g.attempts)
	}
}

// THREATS S11: whatever a man in the middle takes out of what the server
// offers, or puts into it, no byte of a credential leaves, neither when a mail
// is sent nor in a test.
func TestDowngrades(t *testing.T) {
	const offer = "250-mail.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER"
	for name, meddle := range map[string]gateAnswers{
		"STARTTLS taken away":          {"EHLO": "250-mail.example\r\n250 AUTH PLAIN LOGIN XOAUTH2 OAUTHBEARER"},
		"STARTTLS spelt wrong":         {"EHLO": strings.ReplaceAll(offer, "STARTTLS", "XTARTTLS")},
		"EHLO refused":                 {"EHLO": "502 5.5.1 no"},
		"EHLO empty":                   {"EHLO": "250 mail.example"},
		"EHLO answered twice":          {"EHLO": "250 mail.example\r\n" + offer},
		"offered in the greeting":      {"greeting": "220-mail.example\r\n220 STARTTLS", "EHLO": "250 AUTH PLAIN"},
		"signed in by itself":          {"greeting": "235 2.7.0 welcome"},
		"STARTTLS refused":             {"EHLO": offer, "STARTTLS": "502 5.5.1 not today"},
		"STARTTLS not now":             {"EHLO": offer, "STARTTLS": "454 4.7.0 not now"},
		"STARTTLS a challenge":         {"EHLO": offer, "STARTTLS": "334 VXNlcm5hbWU6"},
		"STARTTLS answered with text":  {"EHLO": offer, "STARTTLS": "220 go\r\n" + offer},
		"STARTTLS answered twice":      {"EHLO": offer, "STARTTLS": "220 go\r\n220 go"},
		"STARTTLS answered, cut":       {"EHLO": offer, "STARTTLS": "220 go\r\nCUT"},
		"STARTTLS answered, no TLS":    {"EHLO": offer},
		"STARTTLS answered by garbage": {"EHLO": offer, "STARTTLS": "220 go\r\n\x16\x03\x01"},
		"STARTTLS answered, silence":   {"EHLO": offer, "STARTTLS": "220 goSILENCE"},
	} {
		for _, auth := range signIns {
			t.Run(name+"/"+string(auth), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g := &gate{auth: "PLAIN LOGIN XOAUTH2 OAUTHBEARER", good: goodSecret, meddle: meddle}
					s := sender(t, g.signsIn(auth, mailbox.STARTTLS, wiretest.NewAuthority(t).Trust()))
					if err := s.Send(t.Context(), mail("kim@customer.example")); err == nil {
						t.Error("sent")
					}
					var last mailbox.Step
					if err := s.Probe(t.Context(), func(s mailbox.Step) { last = s }); err == nil || last.Err == nil || last.Cause == "" || last.Cure == "" {
						t.Errorf("Probe = %v, at the end %+v", err, last)
					}
					g.sayNothing(t)
				})
			})
		}
	}
}

// THREATS H62: the outbox pauses, no credential leaves, and a test tells what
// is wrong with the certificate, with what it says.
func TestBadCertificatesAreRefused(t *testing.T) {
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS} {
		for _, auth := range signIns {
			synctest.Test(t, func(t *testing.T) { // in which it is the year 2000
				trusted := wiretest.NewAuthority(t)
				for name, tt := range trusted.BadCertificates(t) {
					at := fmt.Sprintf("%s, %s, %s", security, auth, name)
					g := &gate{auth: "PLAIN LOGIN XOAUTH2 OAUTHBEARER", good: goodSecret}
					server := &tls.Config{Certificates: []tls.Certificate{tt.Cert}}
					if security == mailbox.TLS {
						g.tls = server
					} else {
						g.starttls = server
					}
					s := sender(t, g.signsIn(auth, security, trusted.Trust()))
					if err := s.Send(t.Context(), mail("kim@customer.example")); blame(err) != "config TLS" {
						t.Errorf("%s: %v (%s), want a ConfigError of TLS", at, err, blame(err))
					}
					var last mailbox.Step
					err := s.Probe(t.Context(), func(s mailbox.Step) { last = s })
					if blame(err) != "config TLS" || last.Name != mailbox.StepSecure || !strings.Contains(last.Cause, tt.Cause) || last.Cure == "" {
						t.Errorf("%s: %v at %q is explained by %q, and cured by %q", at, err, last.Name, last.Cause, last.Cure)
					}
					if facts := strings.Join(last.Facts, "; "); !strings.Contains(facts, "certificate of ") || !strings.Contains(facts, "valid until ") {
						t.Errorf("%s: the step tells %q", at, facts)
					}
					g.sayNothing(t)
				}
			})
		}
	}
}

// Under TLS that is verified, everything goes, and still nothing in plain text.
func TestSignInUnderTLS(t *testing.T) {
	for _, security := range []mailbox.Security{mailbox.TLS, mailbox.STARTTLS} {
		for _, auth := range signIns {
			synctest.Test(t, func(t *testing.T) {
				trusted := wiretest.NewAuthority(t)
				g := &gate{auth: strings.ToUpper(string(auth)), good: goodSecret}
				server := &tls.Config{Certificates: []tls.Certificate{trusted.Issue(t, nil)}}
				if security == mailbox.TLS {
					g.tls = server
				} else {
					g.starttls = server
				}
				s := sender(t, g.signsIn(auth, security, trusted.Trust()))
				err := errors.Join(s.Send(t.Context(), mail("kim@customer.example")), s.Probe(t.Context(), func(mailbox.Step) {}), s.Close())
				if err != nil || len(g.attempts) != 2 {
					t.Errorf("%s, %s: %v after %q", security, auth, err, g.attempts)
				}
				g.attempts = nil
				g.sayNothing(t)
			})
		}
	}
}

// THREATS H67: a server that trickles, or stops in the middle, is left after
// the time that a command has, however it is protected.
func TestServersThatTrickle(t *testing.T) {
	for name, tt := range map[string]struct {
		security mailbox.Security
		gate     func() *gate
		most     time.Duration
	}{
		"greeting":            {mailbox.None, func() *gate { return &gate{trickle: 30 * time.Second} }, time.Minute},
		"greeting, STARTTLS":  {mailbox.STARTTLS, func() *gate { return &gate{trickle: 30 * time.Second} }, time.Minute},
		"greeting, TLS":       {mailbox.TLS, func() *gate { return &gate{trickle: 30 * time.Second} }, 10 * time.Second},
		"EHLO":                {mailbox.None, saying("EHLO", "250-mail.exampleSILENCE"), time.Minute},
		"STARTTLS":            {mailbox.STARTTLS, saying("EHLO", "250-x\r\n250 STARTTLS", "STARTTLS", "SILENCE"), time.Minute},
		"handshake":           {mailbox.STARTTLS, saying("EHLO", "250-x\r\n250 STARTTLS", "STARTTLS", "220 goSILENCE"), 10 * time.Second},
		"AUTH":                {mailbox.None, saying("refusal", "535-noSILENCE"), time.Minute},
		"challenge, for ever": {mailbox.None, saying("refusal", "334 e30="), time.Minute},
	} {
		for _, how := range []string{"send", "probe"} {
			t.Run(name+"/"+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g := tt.gate()
					s := sender(t, g.signsIn(mailbox.AuthXOAuth2, tt.security, wiretest.NewAuthority(t).Trust()))
					begun := time.Now()
					var err error
					cause := "-"
					if how == "send" {
						err = s.Send(t.Context(), mail("kim@customer.example"))
					} else {
						err = s.Probe(t.Context(), func(s mailbox.Step) { cause = s.Cause })
					}
					// The goodbye of a test has two seconds more.
					if took := time.Since(begun); err == nil || took > tt.most+2*time.Second || cause == "" {
						t.Errorf("%v after %s, explained by %q", err, took, cause)
					}
					time.Sleep(time.Hour) // until the server notices
				})
			})
		}
	}
}

// saying returns what makes a gate that answers some verbs so, and asks one
// thing more of everybody who signs in.
func saying(meddle ...string) func() *gate {
	return func() *gate {
		g := &gate{auth: "XOAUTH2", challenge: "{}", meddle: gateAnswers{}}
		for i := 0; i < len(meddle); i += 2 {
			g.meddle[meddle[i]] = meddle[i+1]
		}
		return g
	}
}
