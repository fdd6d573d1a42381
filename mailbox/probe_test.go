package mailbox_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
)

// An advised error knows cause and cure.
type advised struct{}

func (advised) Error() string                { return "advised" }
func (advised) Advice() (cause, cure string) { return "the secret expired", "make a new one" }

// A tester is a source that can test itself.
type tester struct {
	mailbox.TokenSource
	facts []string
	err   error
}

func (s tester) ProbeToken(context.Context) ([]string, error) { return s.facts, s.err }

func TestProbeTokens(t *testing.T) {
	gives := func(text string, err error) mailbox.TokenSource {
		return mailbox.TokenSourceFunc(func(context.Context, mailbox.Secret) (mailbox.Secret, error) { return mailbox.NewSecret(text), err })
	}
	late := func(s mailbox.TokenSource) mailbox.TokenSource {
		return mailbox.LateTokens(func() mailbox.TokenSource { return s })
	}
	const cause, cure = "no access token is to be had", "sign in to the provider again, or check the application's secret"
	for name, tt := range map[string]struct {
		source mailbox.TokenSource
		want   mailbox.Step
		fails  bool
	}{
		"good":          {gives("token", nil), mailbox.Step{Facts: []string{"an access token is there"}}, false},
		"empty":         {gives("", nil), mailbox.Step{Cause: cause, Cure: cure, Code: "no-token"}, true},
		"failing":       {gives("", errors.New("no")), mailbox.Step{Cause: cause, Cure: cure, Code: "no-token"}, true},
		"told why":      {gives("", fmt.Errorf("no token: %w", advised{})), mailbox.Step{Cause: "the secret expired", Cure: "make a new one"}, true},
		"tests itself":  {tester{facts: []string{"valid"}}, mailbox.Step{Facts: []string{"valid"}}, false},
		"fails itself":  {tester{facts: []string{"signed in"}, err: advised{}}, mailbox.Step{Facts: []string{"signed in"}, Cause: "the secret expired", Cure: "make a new one"}, true},
		"late":          {late(gives("token", nil)), mailbox.Step{Facts: []string{"an access token is there"}}, false},
		"late, itself":  {late(tester{facts: []string{"valid"}}), mailbox.Step{Facts: []string{"valid"}}, false},
		"late, failing": {late(gives("", advised{})), mailbox.Step{Cause: "the secret expired", Cure: "make a new one"}, true},
		"too early":     {late(nil), mailbox.Step{Cause: cause, Cure: cure, Code: "no-token"}, true},
	} {
		got := mailbox.ProbeTokens(t.Context(), tt.source)
		if (got.Err != nil) != tt.fails {
			t.Errorf("%s: %v", name, got.Err)
		}
		tt.want.Name, got.Err = mailbox.StepToken, nil
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if _, err := late(nil).Token(t.Context(), mailbox.Secret{}); err == nil {
		t.Error("a token from nowhere")
	}
	if got, err := late(gives("token", nil)).Token(t.Context(), mailbox.Secret{}); err != nil || got.Reveal() != "token" {
		t.Errorf("a late source: %v", err)
	}
	for _, d := range []struct {
		err  error
		want mailbox.Diagnosis
	}{
		{errors.New("no"), mailbox.Diagnosis{}},
		{fmt.Errorf("x: %w", advised{}), mailbox.Diagnosis{Cause: "the secret expired", Cure: "make a new one"}},
		{fmt.Errorf("x: %w", &mailbox.RefusedAddressError{}), mailbox.Diagnosis{Code: "address-closed"}},
	} {
		got := mailbox.Diagnose(d.err)
		if cause, cure := mailbox.Advice(d.err); got.Cause != cause || got.Cure != cure {
			t.Errorf("%v: %+v is not its advice", d.err, got)
		}
		if d.want.Code != "" { // its words are long
			got.Cause, got.Cure = "", ""
		}
		if diff := cmp.Diff(d.want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", d.err, diff)
		}
	}
	if cause, cure := mailbox.Advice(errors.New("no")); cause != "" || cure != "" {
		t.Errorf("advice on nothing: %q, %q", cause, cure)
	}
}

func TestTakesToken(t *testing.T) {
	tokens := mailbox.LateTokens(nil)
	for _, tt := range []struct {
		m    mailbox.Mailbox
		want bool
	}{
		{mailbox.Mailbox{}, false},
		{mailbox.Mailbox{Tokens: tokens}, true},
		{mailbox.Mailbox{Tokens: tokens, Auth: mailbox.AuthPlain}, false},
		{mailbox.Mailbox{Auth: mailbox.AuthXOAuth2}, true},
	} {
		if got := tt.m.TakesToken(); got != tt.want {
			t.Errorf("%q with tokens %t: %t", tt.m.Auth, tt.m.Tokens != nil, got)
		}
	}
}
