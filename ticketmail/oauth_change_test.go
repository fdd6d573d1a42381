package ticketmail_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/ticketmail"
)

// The key that sealed a client secret is gone: somebody has to act, which is said
// of that mailbox, and the others have their status all the same.
func TestKeyOfClientSecretIsGone(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	must(t, errors.Join(h.PutOAuth(ctx, h.provider.Account("sales")), h.PutMailbox(ctx, tokenBox())))
	signIn(t, h, "sales")
	other, err := seal.NewRing(seal.NewKey("another"))
	must(t, err)
	h.house = h.restarted(func(c *ticketmail.Config) { h.change(c); c.Sealer = other })
	for _, cure := range []string{"enter the client secret again", "sign the mailbox in again"} {
		_, err := h.OAuth().Source("sales").Token(ctx, mailbox.Secret{})
		e, ok := errors.AsType[*oauth.Error](err)
		if !ok || e.Action != oauth.Fix || !strings.Contains(e.Cure, cure) {
			t.Errorf("Token = %+v, want that somebody is to %s", e, cure)
		}
		if s := statusOf(t, h, "sales"); s.Token == nil || s.Token.Ready() || s.Token.Failure.Cure != e.Cure {
			t.Errorf("Status = %+v, want that somebody is to %s", s.Token, cure)
		}
		must(t, h.PutOAuth(ctx, h.provider.Account("sales")))
	}
	signIn(t, h, "sales")
	if s := statusOf(t, h, "sales"); !s.Token.Ready() {
		t.Errorf("Status = %+v after all was done", s.Token)
	}
}

// Keys are rotated: Lint says which mailboxes still need the old key. Saved again
// as they are, without their secrets, they do not, and it can go.
func TestKeyIsRotated(t *testing.T) {
	h := newTokenHouse(t)
	ctx := t.Context()
	account := h.provider.Account("sales")
	plain := box2(func(m *mailbox.Mailbox) { m.ID, m.User = "plain", "plain" })
	old, fresh := seal.NewKey("old"), seal.NewKey("fresh")
	with := func(keys ...seal.Key) {
		t.Helper()
		ring, err := seal.NewRing(keys...)
		must(t, err)
		h.house = h.restarted(func(c *ticketmail.Config) { h.change(c); c.Sealer = ring })
	}
	needs := func(want ...string) {
		t.Helper()
		found, err := h.Lint(ctx)
		must(t, err)
		var got []string
		for _, f := range found {
			if f.Code == "mailbox-old-key" {
				got = append(got, f.Names...)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("need the old key (-want +got):\n%s", diff)
		}
	}
	with(old)
	must(t, errors.Join(h.PutOAuth(ctx, account), h.PutMailbox(ctx, tokenBox()), h.PutMailbox(ctx, plain)))
	signIn(t, h, "sales")
	needs()
	with(fresh, old)
	needs("plain", "sales")
	account.ClientSecret, plain.Password = mailbox.Secret{}, mailbox.Secret{}
	must(t, errors.Join(h.PutOAuth(ctx, account), h.PutMailbox(ctx, plain)))
	needs("sales")
	token, err := h.OAuth().Source("sales").Token(ctx, mailbox.Secret{})
	must(t, err)
	_, err = h.OAuth().Source("sales").Token(ctx, token) // it is refused, so it is renewed
	must(t, err)
	needs()
	with(fresh)
	needs()
	if _, err := h.OAuth().Source("sales").Token(ctx, mailbox.Secret{}); err != nil {
		t.Errorf("tokens without the old key: %v", err)
	}
}
