package ticketmail

import (
	"context"
	"slices"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// ahead is what nearly every mail of a batch asks the store, asked for all of
// them at once: while a transaction waits for answers, no other node writes.
// The zero value knows nothing: then each mail asks for itself.
type ahead struct {
	known   map[string]bool            // Message-IDs that entries is complete for
	entries map[string][]mailbox.Entry // of the ledger by Message-ID, oldest first
	bounced map[string]bool            // every folded address that mail came back from; nil: not known
}

// mostByMessageID is how many entries ByMessageID of the ledger returns; there
// may be more then.
const mostByMessageID = 100

// mostBounced is how many addresses that mail came back from are looked through
// for a batch. Where there are more, it is asked about each address.
const mostBounced = 200

// lookAhead asks for what the mails of a batch need.
func (i *inbound) lookAhead(ctx context.Context, t *tx, batch []*arrival) error {
	if len(batch) < 2 {
		return nil
	}
	if err := t.aheadOfIDs(ctx, batch); err != nil || i.manyBounced {
		return err
	}
	bounced := make(map[string]bool)
	for s, err := range t.w.Settings().List(ctx, settingBounced) {
		if err != nil {
			return err
		}
		if len(bounced) == mostBounced {
			i.manyBounced = true
			return nil
		}
		bounced[s.Key] = true
	}
	t.ahead.bounced = bounced
	return nil
}

// aheadOfIDs looks for the Message-IDs of a batch in the ledger.
func (t *tx) aheadOfIDs(ctx context.Context, batch []*arrival) error {
	known := make(map[string]bool, len(batch))
	var ids []string
	for _, a := range batch {
		if id := a.msg.MessageID; id != "" && !known[id] {
			known[id] = true
			ids = append(ids, id)
		}
	}
	found, err := t.w.Ledger().ByMessageID(ctx, ids)
	if err != nil || len(found) >= mostByMessageID {
		return err
	}
	t.ahead.known, t.ahead.entries = known, make(map[string][]mailbox.Entry)
	for _, e := range found {
		t.ahead.entries[e.MessageID] = append(t.ahead.entries[e.MessageID], e)
	}
	return nil
}

// byMessageID returns the entries of the ledger with a Message-ID, oldest first.
func (t *tx) byMessageID(ctx context.Context, id string) ([]mailbox.Entry, error) {
	if t.ahead.known[id] {
		return slices.Clone(t.ahead.entries[id]), nil
	}
	return t.w.Ledger().ByMessageID(ctx, withoutEmpty([]string{id}))
}

// putEntry writes an entry of the ledger.
func (t *tx) putEntry(ctx context.Context, e *mailbox.Entry) error {
	fresh := e.Version == 0
	if err := t.w.Ledger().Put(ctx, e); err != nil || t.ahead.known == nil {
		return err
	}
	if !fresh { // what has changed, and where it belongs, the store knows
		t.ahead.known, t.ahead.entries = nil, nil
		return nil
	}
	if t.ahead.known[e.MessageID] {
		t.ahead.entries[e.MessageID] = append(t.ahead.entries[e.MessageID], *e)
	}
	return nil
}

// hasBounced reports whether mail to an address is known to come back.
func (t *tx) hasBounced(ctx context.Context, address string) (bool, error) {
	if t.ahead.bounced != nil {
		return t.ahead.bounced[notify.FoldAddress(address)], nil
	}
	return hasBounced(ctx, t.w.Settings(), address)
}

// noteBounced keeps up with what the transaction itself changes.
func (t *tx) noteBounced(address string, bounced bool) {
	if t.ahead.bounced != nil {
		t.ahead.bounced[notify.FoldAddress(address)] = bounced
	}
}
