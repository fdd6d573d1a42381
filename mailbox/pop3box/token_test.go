package pop3box_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/internal/pop3test"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/pop3box"
)

// tokens gives out its first token until that is refused, then the second.
type tokens struct{ first, second mailbox.Secret }

func (t tokens) Token(_ context.Context, refused mailbox.Secret) (mailbox.Secret, error) {
	if refused.Equal(t.first) {
		return t.second, nil
	}
	return t.first, nil
}

func TestTokens(t *testing.T) {
	long := strings.Repeat("t", 1500)
	source := func(texts ...string) mailbox.TokenSource {
		return tokens{mailbox.NewSecret(texts[0]), mailbox.NewSecret(texts[len(texts)-1])}
	}
	failing := mailbox.TokenSourceFunc(func(_ context.Context, refused mailbox.Secret) (mailbox.Secret, error) {
		if refused.IsZero() {
			return mailbox.NewSecret("old"), nil
		}
		return mailbox.Secret{}, errors.New("consent was withdrawn")
	})
	for name, tt := range map[string]struct {
		auth    mailbox.Auth
		source  mailbox.TokenSource
		lacks   []string
		want    string // in the error; empty: signs in
		refused bool   // it is an AuthError
		sent    string // AUTH commands and answers to challenges, secrets left out
	}{
		"auto":                  {"", source("good"), nil, "", false, "AUTH OAUTHBEARER ..."},
		"xoauth2":               {mailbox.AuthXOAuth2, source("good"), nil, "", false, "AUTH XOAUTH2 ..."},
		"long":                  {mailbox.AuthXOAuth2, source(long), nil, "", false, "AUTH XOAUTH2, ..."},
		"long bearer":           {mailbox.AuthOAuthBearer, source(long), nil, "", false, "AUTH OAUTHBEARER, ..."},
		"old":                   {mailbox.AuthXOAuth2, source("old", "good"), nil, "", false, "AUTH XOAUTH2 ..., empty, AUTH XOAUTH2 ..."},
		"old bearer":            {mailbox.AuthOAuthBearer, source("old", "good"), nil, "", false, "AUTH OAUTHBEARER ..., AQ==, AUTH OAUTHBEARER ..."},
		"both bad":              {mailbox.AuthXOAuth2, source("old", "older"), nil, `{\"status\":\"401\"}`, true, "AUTH XOAUTH2 ..., empty, AUTH XOAUTH2 ..., empty"},
		"no other":              {mailbox.AuthXOAuth2, source("old"), nil, "401", true, "AUTH XOAUTH2 ..., empty"},
		"source fails":          {mailbox.AuthXOAuth2, failing, nil, "consent was withdrawn", true, "AUTH XOAUTH2 ..., empty"},
		"empty":                 {mailbox.AuthXOAuth2, source(""), nil, "it is empty", false, ""},
		"line break":            {mailbox.AuthXOAuth2, source("a\r\nDELE 1"), nil, "control character", false, ""},
		"not offered":           {"", source("good"), []string{"SASL"}, "takes no token", false, ""},
		"this one not offered":  {mailbox.AuthXOAuth2, source("good"), []string{"SASL"}, "takes no token", false, ""},
		"a server without CAPA": {"", source("good"), []string{"CAPA"}, "", false, "AUTH XOAUTH2 ..."},
	} {
		t.Run(name, func(t *testing.T) {
			good := "good"
			if strings.HasPrefix(name, "long") {
				good = long
			}
			var sent []string
			s := pop3test.Start(t, pop3test.Options{Token: good, Lacks: tt.lacks, OnCommand: func(c pop3test.Command) string {
				switch said := strings.Join(c.Args, " "); {
				case c.Verb == "AUTH" && len(c.Args) == 2:
					sent = append(sent, fmt.Sprintf("AUTH %s ...", c.Args[0]))
				case c.Verb == "AUTH":
					sent = append(sent, "AUTH "+said)
				case c.Verb == "..." && said == "":
					sent = append(sent, "empty")
				case c.Verb == "..." && len(said) > 10:
					sent = append(sent, "...")
				case c.Verb == "...":
					sent = append(sent, said)
				}
				return ""
			}})
			m := mailboxAt(t, s.Address)
			m.Password, m.Auth, m.Tokens = mailbox.NewSecret("never this"), tt.auth, tt.source
			session, err := pop3box.New(nil).Connect(t.Context(), m)
			if session != nil {
				_ = session.Close()
			}
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Connect = %v, want %q", err, tt.want)
			}
			if _, refused := errors.AsType[*mailbox.AuthError](err); refused != tt.refused {
				t.Errorf("Connect = %v, an AuthError: %t, want %t", err, refused, tt.refused)
			}
			if diff := cmp.Diff(tt.sent, strings.Join(sent, ", ")); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			for _, secret := range []string{"good", "old", long} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows a token: %v", err)
				}
			}
		})
	}
}
