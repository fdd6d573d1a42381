package ticketmail_test

import (
	"errors"
	"strings"
	"testing"

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
