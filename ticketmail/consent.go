package ticketmail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/storage"
)

// A Scope says which mails are taken of a folder that held mail already when
// it was first seen.
type Scope string

// The scopes.
const (
	ImportAll   Scope = ""      // all
	ImportNewer Scope = "newer" // those that came into the folder at Terms.Since or later; IMAP only
	LeaveThere  Scope = "leave" // none that is there at the next poll: only what arrives later
)

// Terms are what an administrator agrees to. The zero value is to take all.
type Terms struct {
	Scope Scope
	Since time.Time // of ImportNewer
}

// A ConsentError reports a folder that held mail when it was first seen, or one
// whose mails cannot be told from those that were to be left any more. Nothing
// of it is fetched or deleted before [Engine.Consent].
type ConsentError struct {
	mailbox.Inventory
	Mailbox mailbox.ID
	After   mailbox.AfterImport // what would become of the mails

	// Again says that there was consent to take a part of the mails, and that
	// the server has given them new marks since (another UIDVALIDITY; over
	// POP3: other unique-ids), so that nobody knows which part.
	Again bool
}

func (e *ConsentError) Error() string {
	then := map[mailbox.AfterImport]string{mailbox.AfterMove: "be moved", mailbox.AfterFlag: "be marked"}
	s := fmt.Sprintf("folder %q of mailbox %s holds %s already, which would become tickets and %s: consent is needed",
		e.Folder, e.Mailbox, e.Inventory, cmp.Or(then[e.After], "be deleted"))
	if e.Again {
		s += " again, because the server has marked its mails anew and the ones to be left are not known any more"
	}
	if !e.Personal {
		return s
	}
	var why []string
	for _, r := range e.Reasons {
		why = append(why, r.Text)
	}
	return s + ". It looks like a person's own mailbox: " + strings.Join(why, ", ")
}

// Consent says what is taken of the folders that a mailbox has now, although
// they held mail already. It is remembered, with who gave it, for the account
// they are on, and may be changed at any time: with other terms, a poll under
// way ends before it takes in anything more. The same terms again change
// nothing.
//
// With [LeaveThere] a folder's mails are left that it holds at the next poll.
// They are not touched afterwards for as long as these terms stand, and are
// counted (MailboxStatus.Untouched, [Engine.Admissions]). IMAP mails are told apart by their UIDs, POP3 mails by
// their unique-ids, of which at most 100,000 are remembered. With [ImportNewer]
// the time counts at which the server says a mail came into the folder
// (INTERNALDATE), not what the mail says. POP3 servers tell none, so that it is
// refused there.
//
// Where a server gives all mails of a folder new UIDs, the terms that leave some
// are void, and the folder needs consent again: it might hold the old mails
// under new marks. The same goes for POP3 where other mails are there and none
// of the remembered ones is any more, one has another size, or the server tells
// the unique-ids of other mails than it did.
//
// Terms that cannot be are refused with a *mailbox.FieldError; ErrUnknownMailbox.
func (e *Engine) Consent(ctx context.Context, by Actor, id mailbox.ID, terms Terms) error {
	if err := e.consent(ctx, by, id, terms); err != nil {
		return fmt.Errorf("consent to empty mailbox %s: %w", id, err)
	}
	if !e.joined {
		e.PollSoon(id)
	}
	return nil
}

func (e *Engine) consent(ctx context.Context, by Actor, id mailbox.ID, terms Terms) error {
	if err := terms.validate(); err != nil {
		return err
	}
	terms.Since = terms.Since.UTC().Truncate(time.Microsecond)
	return e.store.Update(ctx, func(w storage.Writer) error {
		routes, err := e.routes(ctx, w.Settings())
		if err != nil {
			return err
		}
		m, known := routes.find(id)
		switch {
		case !known:
			return ErrUnknownMailbox
		case m.Protocol == mailbox.POP3 && terms.Scope == ImportNewer:
			return &mailbox.FieldError{Field: "Scope", Reason: "POP3 servers do not tell when a mail came: take all mails or leave all that are there"}
		}
		for _, folder := range m.Folders {
			c, _, err := readConsent(ctx, w.Settings(), m, folder)
			if err != nil {
				return err
			}
			if c.Given && c.terms() == terms && !c.Void {
				continue
			}
			// Mails keep the marks under which they are known already.
			c = consent{At: e.now(), By: by.Person, Given: true, Scope: terms.Scope, Since: terms.Since, Revision: c.Revision + 1, Validity: c.Validity, Account: c.Account}
			if err := writeConsent(ctx, w, m, folder, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t Terms) validate() error {
	switch t.Scope {
	case ImportAll, LeaveThere:
		if !t.Since.IsZero() {
			return &mailbox.FieldError{Field: "Since", Reason: fmt.Sprintf("is for %q only", ImportNewer)}
		}
	case ImportNewer:
		if t.Since.IsZero() {
			return &mailbox.FieldError{Field: "Since", Reason: "is missing: newer than what?"}
		}
	default:
		return &mailbox.FieldError{Field: "Scope", Reason: fmt.Sprintf("%q is unknown (empty, newer, leave)", t.Scope)}
	}
	return nil
}

// An Admission is what is remembered of a folder: whether it may be emptied,
// who said so, and what stays in it for that.
type Admission struct {
	Folder string // as configured
	Given  bool   // by an administrator; false: it was empty when it was first seen, or was not seen yet
	Terms  Terms
	At     time.Time           // of the consent, or the first look; zero: not seen yet
	By     escalation.PersonID // empty: the system

	Untouched int   // mails that stay by the terms, at the last poll
	Bytes     int64 // of these, as announced
	Again     bool  // consent is needed again, see ConsentError.Again
}

// Admissions returns what is remembered of each folder of a mailbox, in the
// order configured.
func (e *Engine) Admissions(ctx context.Context, id mailbox.ID) ([]Admission, error) {
	var list []Admission
	err := e.store.View(ctx, func(r storage.Reader) error {
		routes, err := e.routes(ctx, r.Settings())
		if err != nil {
			return err
		}
		m, known := routes.find(id)
		if !known {
			return ErrUnknownMailbox
		}
		list = nil
		for _, folder := range m.Folders {
			c, _, err := readConsent(ctx, r.Settings(), m, folder)
			if err != nil {
				return err
			}
			list = append(list, Admission{
				Folder: folder, Given: c.Given, Terms: c.terms(), At: c.At, By: c.By, Untouched: c.Left, Bytes: c.LeftBytes, Again: c.Void,
			})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("admissions of mailbox %s: %w", id, err)
	}
	return list, nil
}

// consent is the stored record of a folder having been admitted. The names are
// for ever.
type consent struct {
	At       time.Time           `json:"at"`
	By       escalation.PersonID `json:"by,omitempty"`
	Given    bool                `json:"given"` // by an administrator; false: the folder was empty at first sight
	Scope    Scope               `json:"scope,omitempty"`
	Since    time.Time           `json:"since,omitzero"`
	Revision int                 `json:"revision,omitempty"` // changes with each consent
	Validity uint32              `json:"validity"`           // UIDVALIDITY under which the folder's mails are known; 0: none yet
	Account  int                 `json:"account,omitempty"`  // and the tenure's number

	// Of scopes that leave mails: the first poll after the consent draws the line.
	Drawn     bool   `json:"drawn,omitempty"`
	Under     uint32 `json:"under,omitempty"` // UIDVALIDITY for which the line holds
	Upto      uint64 `json:"upto,omitempty"`  // of LeaveThere over IMAP: mails with a UID up to this stay
	Left      int    `json:"left,omitempty"`  // at the last poll
	LeftBytes int64  `json:"left_bytes,omitempty"`
	Void      bool   `json:"void,omitempty"` // the line means nothing any more
}

func (c consent) terms() Terms { return Terms{c.Scope, c.Since} }

// consentKey names a folder of an account.
func consentKey(m mailbox.Mailbox, folder string) string {
	return fmt.Sprintf("%s %s://%s@%s:%d/%s", m.ID, m.Protocol, m.User, m.Host, m.Port, folder)
}

func readConsent(ctx context.Context, s storage.SettingsReader, m mailbox.Mailbox, folder string) (c consent, seen bool, err error) {
	b, err := s.Get(ctx, settingConsent, consentKey(m, folder))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return consent{}, false, nil
	case err != nil:
		return consent{}, false, err
	}
	err = json.Unmarshal(b, &c)
	return c, true, err
}

func writeConsent(ctx context.Context, w storage.Writer, m mailbox.Mailbox, folder string, c consent) error {
	return putJSON(ctx, w.Settings(), settingConsent, consentKey(m, folder), c)
}
