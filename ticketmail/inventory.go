package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
)

// Inventory looks into the folders of a mailbox and says what they hold, in the
// order configured: what to know before [Engine.Consent]. Nothing on the server
// changes, and the mailbox may be inactive or assigned to nothing yet. A folder
// that is not there does not stop the others; the inventories of those are
// returned beside the error.
//
// Errors: ErrUnknownMailbox, those of sessions, *storage.HeldError while the
// mailbox is being polled.
func (e *Engine) Inventory(ctx context.Context, id mailbox.ID) ([]mailbox.Inventory, error) {
	list, err := e.inventory(ctx, id)
	if err != nil {
		return list, fmt.Errorf("inventory of mailbox %s: %w", id, err)
	}
	return list, nil
}

func (e *Engine) inventory(ctx context.Context, id mailbox.ID) (list []mailbox.Inventory, err error) {
	routes, err := e.routesNow(ctx)
	if err != nil {
		return nil, err
	}
	m, known := routes.find(id)
	switch {
	case !known:
		return nil, ErrUnknownMailbox
	case e.cfg.Connectors[m.Protocol] == nil:
		return nil, fmt.Errorf("no connector for %s", m.Protocol)
	}
	if m, err = e.withSecrets(ctx, routes, m); err != nil {
		return nil, err
	}
	lease, alive, err := e.acquire(ctx, "mailbox/"+string(id)) // POP3 lets one in at a time
	if err != nil {
		return nil, err
	}
	defer lease.release(ctx, e.store)
	s, err := e.cfg.Connectors[m.Protocol].Connect(alive, m)
	if err != nil {
		return nil, e.diagnose(m, err)
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var failed []error
	for _, folder := range m.Folders {
		inv, err := e.takeStock(alive, s, m, folder)
		if err != nil {
			failed = append(failed, err)
			if !usable(err) {
				break
			}
			continue
		}
		list = append(list, inv)
	}
	return list, errors.Join(failed...)
}

func (e *Engine) takeStock(ctx context.Context, s mailbox.Session, m mailbox.Mailbox, folder string) (mailbox.Inventory, error) {
	f, err := s.Select(ctx, folder, true)
	if err != nil {
		return mailbox.Inventory{}, err
	}
	items, err := s.List(ctx)
	if err != nil {
		return mailbox.Inventory{}, err
	}
	return e.stockTaker().Take(ctx, s, m, f, items)
}

// stockTaker knows people by the directory. One that fails knows nobody: the
// guess gets worse, and the mails are safe all the same.
func (e *Engine) stockTaker() mailbox.StockTaker {
	people := e.directory()
	return mailbox.StockTaker{Now: e.now, Person: func(ctx context.Context, address string) bool {
		p, err := people.PersonByAddress(ctx, address)
		if err != nil && !errors.Is(err, escalation.ErrNotFound) {
			e.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "whose mailbox it is was not found out", slog.Any("error", err))
		}
		return err == nil && p.Internal()
	}}
}
