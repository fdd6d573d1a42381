package ticketmail

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A tenure is the time that a mailbox spends on one account of a server. Many
// servers give the first folders of all accounts the same UIDVALIDITY, and all
// begin with the same UIDs: what the ledger knows of the mails of one account
// says nothing about those of the next. The names are for ever.
type tenure struct {
	Account string `json:"account"`          // see accountOf
	Number  int    `json:"number,omitempty"` // of accounts before; one that it comes back to counts again

	Before map[int]string `json:"before,omitempty"` // these accounts, by number; of a release that noted none some are missing

	stored bool
}

// on returns the account with a number; "" if it is not known.
func (t tenure) on(number int) string {
	if number == t.Number {
		return t.Account
	}
	return t.Before[number]
}

// accountOf stands for the account of a mailbox: by a hash, since it outlives the
// mailbox, and its user is mostly somebody's address. Ports are only ways to it,
// while each protocol has UIDs of its own. Letter case makes no other account:
// hardly a server tells users apart by it, and many take any.
func accountOf(m mailbox.Mailbox) string {
	name := fmt.Sprintf("%s://%s@%s", m.Protocol, m.User, strings.TrimSuffix(m.Host, "."))
	sum := sha256.Sum256([]byte(strings.ToLower(name)))
	return hex.EncodeToString(sum[:16])
}

// any reports whether a number of one of its accounts fits.
func (t tenure) any(fits func(number int) bool) bool {
	for number := range t.Number + 1 {
		if fits(number) {
			return true
		}
	}
	return false
}

// isOn reports whether an account is that of a mailbox, whatever the protocol.
func isOn(account string, m mailbox.Mailbox) bool {
	for _, m.Protocol = range []mailbox.Protocol{mailbox.IMAP, mailbox.POP3} {
		if account == accountOf(m) {
			return true
		}
	}
	return false
}

// tenure returns the tenure that a poll belongs to.
func (e *Engine) tenure(ctx context.Context, m mailbox.Mailbox) (now tenure, err error) {
	err = e.store.View(ctx, func(r storage.Reader) error {
		b, err := r.Settings().Get(ctx, settingTenure, string(m.ID))
		now = tenure{}
		switch {
		case errors.Is(err, storage.ErrNotFound):
			now.Account = accountOf(m)
			now.Number, err = firstNumber(ctx, r, m)
			return err
		case err != nil:
			return err
		}
		if err := json.Unmarshal(b, &now); err != nil {
			return err
		}
		if now.stored = now.Account == accountOf(m); !now.stored {
			before := maps.Clone(now.Before)
			if before == nil {
				before = map[int]string{}
			}
			before[now.Number] = now.Account
			now = tenure{Account: accountOf(m), Number: now.Number + 1, Before: before}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("account of the mailbox: %w", err)
	}
	return now, err
}

// firstNumber returns the number of a tenure that is the first to be noted. The
// store may be of a release that noted none: then what its ledger knows is of
// this account if one of its folders was drained before, and of another one if
// none was. POP3 has no UIDVALIDITY to tell that by: consent has to do.
func firstNumber(ctx context.Context, r storage.Reader, m mailbox.Mailbox) (int, error) {
	for _, folder := range m.Folders {
		c, _, err := readConsent(ctx, r.Settings(), m, folder)
		if err != nil || c.Validity != 0 || m.Protocol == mailbox.POP3 && !c.At.IsZero() {
			return 0, err
		}
	}
	for _, err := range r.Ledger().List(ctx, mailbox.LedgerQuery{Mailbox: m.ID, Limit: 1}) {
		return 1, err
	}
	return 0, nil
}

// moveIn notes the tenure and who reads the folder, before anything is taken in.
func (g *gate) moveIn(ctx context.Context) error {
	if g.tenure.stored && g.reader == g.mailbox.ID {
		return nil
	}
	err := g.store.Update(ctx, func(w storage.Writer) error {
		if err := g.lease.renew(ctx, w); err != nil {
			return err
		}
		if err := putJSON(ctx, w.Settings(), settingTenure, string(g.mailbox.ID), g.tenure); err != nil {
			return err
		}
		return g.takeOver(ctx, w)
	})
	if err == nil {
		g.tenure.stored, g.reader = true, g.mailbox.ID
	}
	return err
}

// takeOver notes that the mailbox is the one that reads the folder. What it knew
// of the mails by their keys is not all there is to know if another one has read
// it meanwhile, until this one has settled all that it finds.
func (g *gate) takeOver(ctx context.Context, w storage.Writer) error {
	if g.reader == g.mailbox.ID {
		return nil
	}
	c, seen, err := readConsent(ctx, w.Settings(), g.mailbox, g.folder)
	if err == nil && seen && g.reader != "" {
		c.Account = nobodys
		g.passed.Account = nobodys
		err = writeConsent(ctx, w, g.mailbox, g.folder, c)
	}
	if err != nil {
		return err
	}
	return putJSON(ctx, w.Settings(), settingReader, readerKey(g.mailbox, g.key.Folder), g.mailbox.ID)
}

// nobodys is the number of no tenure.
const nobodys = -1

// lastReader returns the mailbox that read the folder last, "" if that is not
// known.
func (g *gate) lastReader(ctx context.Context, s storage.SettingsReader) (id mailbox.ID, err error) {
	b, err := s.Get(ctx, settingReader, readerKey(g.mailbox, g.key.Folder))
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	if err == nil {
		err = json.Unmarshal(b, &id)
	}
	return id, err
}

// readerKey names a folder of an account, whatever the protocol.
func readerKey(m mailbox.Mailbox, folder string) string {
	m.Protocol = mailbox.IMAP
	return accountOf(m) + " " + inbox(folder)
}
