package ticketmail

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// eraseEntries does the ledger's entries of a ticket's mails: those that the
// history names, and those with a Message-ID of a mail that goes.
func (x *erasing) eraseEntries(ctx context.Context, w storage.PruneWriter, p *ticketPlan, keys map[mailbox.Key]bool, gone map[string]bool, comments []Comment) error {
	raws, his := map[storage.Blob]bool{}, map[storage.Blob]bool{}
	for _, c := range comments {
		raws[c.Raw] = p.raws[c.ID] && !c.Raw.IsZero()
		his[c.Raw] = p.his[c.ID] && !c.Raw.IsZero()
	}
	entries, err := w.Ledger().Lookup(ctx, slices.Collect(maps.Keys(keys)))
	if err != nil {
		return err
	}
	byID, err := w.Ledger().ByMessageID(ctx, slices.Collect(maps.Keys(gone)))
	if err != nil {
		return err
	}
	done := map[mailbox.Key]bool{}
	for _, e := range append(entries, byID...) {
		if done[e.Key] || e.Ticket != p.id {
			continue
		}
		done[e.Key] = true
		q := x.about(his[e.Raw] || p.ids[e.MessageID])
		if err := x.eraseEntry(ctx, w, e, q, raws[e.Raw] || gone[e.MessageID]); err != nil {
			return err
		}
	}
	return nil
}

// eraseEntry makes a tombstone of an entry, or takes the person out of its
// reasons.
func (x *erasing) eraseEntry(ctx context.Context, w storage.PruneWriter, e mailbox.Entry, q *quarry, tombstone bool) error {
	raw, changed := e.Raw, false
	if tombstone && e.Settled() {
		if e.Outcome == mailbox.Quarantine { // nothing is left to decide about
			e.Outcome = mailbox.Record
		}
		e, changed = e.Tombstone(), true
	}
	e.Reasons = slices.Clone(e.Reasons)
	for i, r := range e.Reasons {
		if text := q.notes.ReplaceAllString(r.Text, erased); text != r.Text {
			e.Reasons[i].Text, changed = text, true
		}
	}
	if q.texts.MatchString(e.MessageID) {
		e.MessageID, changed = "", true
	}
	if !changed {
		return nil
	}
	x.record.Entries++
	if err := w.Ledger().Put(ctx, &e); err != nil || raw == e.Raw {
		return err
	}
	return w.Release(ctx, raw)
}

// records and quarantine do mails that are in no comment.
func (x *erasing) records(ctx context.Context, after string) (string, bool, error) {
	return x.entries(ctx, mailbox.Record, after)
}

func (x *erasing) quarantine(ctx context.Context, after string) (string, bool, error) {
	return x.entries(ctx, mailbox.Quarantine, after)
}

func (x *erasing) entries(ctx context.Context, outcome mailbox.Outcome, after string) (next string, more bool, err error) {
	q := mailbox.LedgerQuery{Outcome: outcome, Limit: exportPage}
	if after != "" {
		q.After = &mailbox.Key{}
		if err := json.Unmarshal([]byte(after), q.After); err != nil {
			return "", false, err
		}
	}
	var page []mailbox.Entry
	err = x.store.View(ctx, func(r storage.Reader) error {
		page = nil
		for e, err := range r.Ledger().List(ctx, q) {
			if err != nil {
				return err
			}
			page = append(page, e)
		}
		return nil
	})
	if err != nil || len(page) == 0 {
		return after, false, err
	}
	for _, e := range page {
		his := x.q.texts.MatchString(e.MessageID)
		var g glance
		if !e.Raw.IsZero() {
			g, err = x.q.inRaw(ctx, x.cfg.Blobs, e.Raw, x.cfg.Limits)
			if err != nil {
				return "", false, err
			}
			if his = his || g.names; !his && g.unread {
				x.record.unread(UnreadMail{Key: e.Key})
			}
			if his && outcome == mailbox.Quarantine && !g.from {
				// Somebody else's, and nobody has seen it yet.
				his = false
				x.record.undecided(e.Key)
			}
		}
		q := x.about(g.from)
		if !his && !slices.ContainsFunc(e.Reasons, func(r mailbox.Reason) bool { return q.notes.MatchString(r.Text) }) {
			continue
		}
		if err := x.prune(ctx, func(w storage.PruneWriter) error { return x.eraseEntry(ctx, w, e, q, his) }); err != nil {
			return "", false, err
		}
	}
	b, err := json.Marshal(page[len(page)-1].Key)
	return string(b), len(page) == exportPage, err
}

// parseKeyText is the inverse of keyText, for the Via of a history's line.
func parseKeyText(s string) (k mailbox.Key, ok bool) {
	id, rest, ok := strings.Cut(s, "/")
	if !ok {
		return k, false
	}
	if uid, ok := strings.CutPrefix(rest, "/0/"); ok { // POP3, whose unique-ids may have slashes
		return mailbox.Key{Mailbox: mailbox.ID(id), UID: uid}, true
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 3 {
		return k, false
	}
	validity, err := strconv.ParseUint(parts[len(parts)-2], 10, 32)
	return mailbox.Key{
		Mailbox: mailbox.ID(id), Folder: strings.Join(parts[:len(parts)-2], "/"), Validity: uint32(validity), UID: parts[len(parts)-1],
	}, err == nil
}
