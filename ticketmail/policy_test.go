package ticketmail_test

import (
	"errors"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/ticketmail"
)

// Config.DialPolicy reaches the engine's own connections: to IMAP and POP3
// servers and to OAuth providers.
func TestDialPolicy(t *testing.T) {
	h := build(t, func(c *ticketmail.Config) {
		c.Connectors = nil
		c.Sealer = ring(t)
		c.DialPolicy = mailbox.DialPolicy{PublicOnly: true}
		c.Routes.Mailboxes[0].Host = "localhost"
		c.Routes.Mailboxes = append(c.Routes.Mailboxes, mailbox.Mailbox{
			ID: "pop", Protocol: mailbox.POP3, Host: "127.0.0.1", Address: "pop@corp.example", User: "pop", Password: mailbox.NewSecret("secret"),
		})
		c.Routes.Assignments = append(c.Routes.Assignments, mailbox.Assignment{Mailbox: "pop", Task: "elsewhere"})
	})
	for _, id := range []mailbox.ID{"support", "pop"} {
		_, err := h.Poll(t.Context(), id)
		if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); !refused {
			t.Errorf("Poll of %s = %v, want a *mailbox.RefusedAddressError", id, err)
		}
	}
	provider := oauth.Microsoft("tenant.example")
	provider.TokenURL = "http://127.0.0.1:1/token"
	account := oauth.Account{Mailbox: "sales", Provider: provider, Grant: oauth.AppOnly, ClientID: "id", ClientSecret: mailbox.NewSecret("secret")}
	if err := h.PutOAuth(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	_, err := h.OAuth().Source("sales").Token(t.Context(), mailbox.Secret{})
	if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); !refused {
		t.Errorf("Token = %v, want a *mailbox.RefusedAddressError", err)
	}
}
