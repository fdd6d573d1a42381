package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A tenure is the time that a mailbox spends on one account of a server. Many
// servers give the first folders of all accounts the same UIDVALIDITY, and all
// begin with the same UIDs: what the ledger knows of the mails of one account
// says nothing about those of the next. The names are for ever.
type tenure struct {
	Account string `json:"account"`
	Number  int    `json:"number,omitempty"` // of accounts before; one that it comes back to counts again

	stored bool
}

// accountOf names the account of a mailbox. Ports are only ways to it, while
// each protocol has UIDs of its own.
func accountOf(m mailbox.Mailbox) string {
	return fmt.Sprintf("%s://%s@%s", m.Protocol, m.User, strings.ToLower(m.Host))
}

// tenure returns the tenure that a poll belongs to.
func (e *Engine) tenure(ctx context.Context, m mailbox.Mailbox) (now tenure, err error) {
	err = e.store.View(ctx, func(r storage.Reader) error {
		b, err := r.Settings().Get(ctx, settingTenure, string(m.ID))
		now = tenure{}
		switch {
		case errors.Is(err, storage.ErrNotFound):
			now.Account = accountOf(m)
			return nil
		case err != nil:
			return err
		}
		if err := json.Unmarshal(b, &now); err != nil {
			return err
		}
		if now.stored = now.Account == accountOf(m); !now.stored {
			now = tenure{Account: accountOf(m), Number: now.Number + 1}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("account of the mailbox: %w", err)
	}
	return now, err
}

// moveIn notes the tenure, before anything is taken in.
func (g *gate) moveIn(ctx context.Context) error {
	if g.tenure.stored {
		return nil
	}
	return g.store.Update(ctx, func(w storage.Writer) error {
		if err := g.lease.renew(ctx, w); err != nil {
			return err
		}
		return putJSON(ctx, w.Settings(), settingTenure, string(g.mailbox.ID), g.tenure)
	})
}
