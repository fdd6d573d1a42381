package ticketmail

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/storage"
)

// A QuarantinedMail is a mail that waits for somebody to decide, or that was
// discarded, for the eyes of who decides.
type QuarantinedMail struct {
	Entry mailbox.Entry // Reasons say why it is there

	// Message is what can be read of it now; its files are known by name, type
	// and hash only, and its HTML is as the sender wrote it (package safehtml).
	// nil: it cannot be read, see Err. The raw bytes are there all the same.
	Message *message.Message
	Err     error // a *mailbox.PoisonError; nil: it can be read
}

// Quarantined shows a mail in quarantine, or one that was discarded from it.
// Nothing is decided or stored.
//
// storage.ErrNotFound reports a mail that does not exist, ErrInvalid one that
// is not in quarantine.
func (e *Engine) Quarantined(ctx context.Context, key mailbox.Key) (QuarantinedMail, error) {
	m, err := e.quarantinedMail(ctx, key)
	if err != nil {
		return QuarantinedMail{}, fmt.Errorf("show mail %s: %w", keyText(key), err)
	}
	return m, nil
}

func (e *Engine) quarantinedMail(ctx context.Context, key mailbox.Key) (m QuarantinedMail, err error) {
	raw, entry, err := e.openQuarantined(ctx, key)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	m.Entry = entry
	m.Message, err = e.peruse(ctx, raw)
	if _, poisoned := errors.AsType[*mailbox.PoisonError](err); poisoned {
		m.Err, err = err, nil
	}
	return m, err
}

// peruse reads a mail that may be in quarantine because reading it ends badly.
func (e *Engine) peruse(ctx context.Context, raw io.Reader) (msg *message.Message, err error) {
	defer func() {
		if p := recover(); p != nil {
			msg, err = nil, &mailbox.PoisonError{Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return message.Read(ctx, raw, &message.Options{Limits: e.cfg.Limits, Decrypter: e.cfg.Decrypter})
}

// QuarantinedRaw streams the raw bytes of a mail in quarantine, or of one that
// was discarded from it, as the server sent them. The caller closes it. They
// may be harmful: hand them out as a file to be saved (message/rfc822), never
// as a page, and only to who may decide about them.
//
// Errors are those of [Engine.Quarantined]; reading damaged content fails
// before io.EOF.
func (e *Engine) QuarantinedRaw(ctx context.Context, key mailbox.Key) (io.ReadCloser, mailbox.Entry, error) {
	raw, entry, err := e.openQuarantined(ctx, key)
	if err != nil {
		return nil, mailbox.Entry{}, fmt.Errorf("raw bytes of mail %s: %w", keyText(key), err)
	}
	return raw, entry, nil
}

func (e *Engine) openQuarantined(ctx context.Context, key mailbox.Key) (io.ReadCloser, mailbox.Entry, error) {
	var entry mailbox.Entry
	err := e.store.View(ctx, func(r storage.Reader) error {
		var err error
		if entry, err = entryOf(ctx, r.Ledger(), key); err != nil || discarded(entry) {
			return err
		}
		return inQuarantine(entry)
	})
	if err != nil {
		return nil, entry, err
	}
	raw, err := e.cfg.Blobs.Open(ctx, entry.Raw)
	return raw, entry, err
}

// codeDiscarded is the reason of a mail that somebody took out of quarantine
// for nothing to come of it.
const codeDiscarded = "discarded"

func discarded(e mailbox.Entry) bool {
	return e.Outcome == mailbox.Record && slices.ContainsFunc(e.Reasons, func(r mailbox.Reason) bool { return r.Code == codeDiscarded })
}

// maxWhy is how many characters the reason of a discard may have.
const maxWhy = 1000

// Discard takes a mail out of quarantine for nothing to come of it: no ticket,
// no answer. It stays on record, with who decided it and why, before the
// reasons it was in quarantine for, and with its raw bytes
// ([Engine.QuarantinedRaw]). Whoever sends the very same mail again has it
// recorded as a duplicate.
//
// The actor must be a person and why must not be empty (ErrInvalid);
// escalation.ErrNotFound for a person the directory does not know,
// storage.ErrNotFound for a mail that does not exist, ErrInvalid for one that
// is not in quarantine.
func (e *Engine) Discard(ctx context.Context, by Actor, key mailbox.Key, why string) (mailbox.Entry, error) {
	entry, err := e.discard(ctx, by, key, why)
	if err != nil {
		return mailbox.Entry{}, fmt.Errorf("discard mail %s: %w", keyText(key), err)
	}
	e.tellOf(ctx, entry)
	return entry, nil
}

func (e *Engine) discard(ctx context.Context, by Actor, key mailbox.Key, why string) (entry mailbox.Entry, err error) {
	why = oneLine(why)
	switch {
	case by.Person == "":
		return entry, fmt.Errorf("%w: nobody discards a mail: the actor is empty", ErrInvalid)
	case why == "":
		return entry, fmt.Errorf("%w: the reason is empty", ErrInvalid)
	case len([]rune(why)) > maxWhy:
		return entry, fmt.Errorf("%w: the reason has more than %d characters", ErrInvalid, maxWhy)
	}
	err = e.update(ctx, e.newAnswers(), func(t *tx) error {
		if err := t.known(ctx, by.Person); err != nil {
			return err
		}
		var err error
		if entry, err = quarantined(ctx, t.w.Ledger(), key); err != nil {
			return err
		}
		entry.Outcome, entry.ReceivedAt = mailbox.Record, t.now
		entry.Reasons = append([]mailbox.Reason{{Code: codeDiscarded, Text: fmt.Sprintf("discarded by %q: %s", by.Person, why)}}, entry.Reasons...)
		return t.w.Ledger().Put(ctx, &entry)
	})
	return entry, err
}
