package ticketmail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/storage"
)

// Errors about mailboxes that administrators define.
var (
	// ErrNoSealer reports a password that cannot be stored, because the
	// configuration has no Sealer.
	ErrNoSealer = errors.New("secrets cannot be stored without Config.Sealer")
	// ErrFixed reports a mailbox that the program's configuration defines, so
	// that it cannot be changed here.
	ErrFixed = errors.New("is defined by the program's configuration")
)

// An InUseError reports a mailbox that cannot be deleted yet.
type InUseError struct {
	Mailbox mailbox.ID
	By      string // for people: "task helpdesk", "the company's default"
}

func (e *InUseError) Error() string {
	return fmt.Sprintf("mailbox %s is in use by %s: take it away there first", e.Mailbox, e.By)
}

// PutMailbox defines a mailbox or changes it. A zero Password keeps the one
// that is stored; it must be given again where Host, Port, Security or User
// change, so that nobody makes us show it to another server. Where there are
// tokens these do not change at all, and a mailbox that is new is refused if
// somebody has signed in to it already: the sign-in comes after PutMailbox.
// Polls under way end before they take in anything more.
//
// What cannot work is refused with a *mailbox.FieldError, also a folder that
// another mailbox reads; ErrFixed, ErrNoSealer, ErrNoOAuth. A Password is not
// asked for: without one, and without [Engine.PutOAuth], the server refuses us.
func (e *Engine) PutMailbox(ctx context.Context, m mailbox.Mailbox) error {
	if err := e.putMailbox(ctx, m); err != nil {
		return fmt.Errorf("put mailbox %s: %w", m.ID, err)
	}
	return nil
}

func (e *Engine) putMailbox(ctx context.Context, m mailbox.Mailbox) error {
	m, err := e.definable(m)
	if err != nil {
		return err
	}
	put := storedOf(m)
	if !m.Password.IsZero() {
		if e.cfg.Sealer == nil {
			return ErrNoSealer
		}
		if put.Password, err = e.cfg.Sealer.Seal(ctx, passwordOf(m.ID), m.Password); err != nil {
			return err
		}
	}
	return e.changeRoutes(ctx, m.ID, func(s storage.Settings, now *routing) error {
		kept, err := e.keeps(ctx, s, now, m)
		if err != nil {
			return err
		}
		if _, ok := now.stored[m.ID]; !ok && kept.account {
			if err := refuseTokens(ctx, s, m.ID); err != nil {
				return err
			}
		}
		if put.Password == "" {
			put.Password = e.resealed(ctx, passwordOf(m.ID), kept.password)
		}
		if m.Inactive {
			if err := forgetOutage(ctx, s, m.ID); err != nil {
				return err
			}
		}
		return putJSON(ctx, s, settingMailbox, string(m.ID), put)
	})
}

// definable refuses what cannot be a mailbox whatever is stored. The one it
// returns has a source of tokens if it asks for some.
func (e *Engine) definable(m mailbox.Mailbox) (mailbox.Mailbox, error) {
	if m.Auth.OAuth() {
		if e.oauth == nil {
			return m, ErrNoOAuth
		}
		m.Tokens = e.oauth.Source(m.ID)
	}
	if err := m.Validate(); err != nil {
		return m, err
	}
	if p := m.WithDefaults().Protocol; e.cfg.Connectors[p] == nil {
		return m, &mailbox.FieldError{Field: "Protocol", Reason: fmt.Sprintf("there is no connector for %s", p)}
	}
	return m, nil
}

// kept is what is stored of a mailbox's secrets.
type kept struct {
	password string // sealed; empty: none
	account  bool   // it has a token account
}

// keeps returns which of the stored secrets go with m, or why they cannot: a
// server they were not stored for must not see them.
func (e *Engine) keeps(ctx context.Context, s storage.SettingsReader, now *routing, m mailbox.Mailbox) (k kept, err error) {
	if e.fixed(m.ID) {
		return k, ErrFixed
	}
	_, err = s.Get(ctx, settingAccount, string(m.ID))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return k, err
	}
	k.account = err == nil
	had, ok := now.stored[m.ID]
	same := !ok || had.sameServer(storedOf(m))
	switch {
	case m.Auth.OAuth() && !k.account:
		return k, &mailbox.FieldError{Field: "Auth", Reason: fmt.Sprintf("%s needs to know where tokens come from: call PutOAuth for this mailbox first", m.Auth)}
	case k.account && !same:
		return k, &mailbox.FieldError{Field: "Host", Reason: "server and user stay while there are tokens, which another server must not see: DeleteOAuth first"}
	case !ok || had.Password == "" || !m.Password.IsZero():
		return k, nil
	case !same:
		return k, &mailbox.FieldError{Field: "Password", Reason: "must be given again, because the server or the user changes"}
	}
	k.password = had.Password
	return k, nil
}

// refuseTokens refuses a mailbox that is new if somebody has signed in to it
// already: nobody could say to which server that was meant to lead.
func refuseTokens(ctx context.Context, s storage.SettingsReader, id mailbox.ID) error {
	it, err := readToken(ctx, s, oauth.TokenPlace(id))
	if err == nil && it.Version != 0 {
		err = &mailbox.FieldError{Field: "Host", Reason: "there are tokens from before the mailbox was stored, which no server must see: DeleteOAuth first, and sign in when the mailbox is stored"}
	}
	return err
}

// resealed returns a sealed text that is kept, sealed anew where it still needs
// an old key, so that this one can go. What cannot be opened stays as it is.
func (e *Engine) resealed(ctx context.Context, at seal.Place, text string) string {
	if e.cfg.Sealer == nil || text == "" || !e.cfg.Sealer.Stale(text) {
		return text
	}
	secret, err := e.cfg.Sealer.Open(ctx, at, text)
	if err != nil {
		return text
	}
	if fresh, err := e.cfg.Sealer.Seal(ctx, at, secret); err == nil {
		return fresh
	}
	return text
}

// passwordOf is the place a mailbox's password is sealed for.
func passwordOf(id mailbox.ID) seal.Place { return seal.Place{Mailbox: id, Field: "password"} }

// fixed reports whether the program's configuration defines a mailbox.
func (e *Engine) fixed(id mailbox.ID) bool {
	return slices.ContainsFunc(e.cfg.Routes.Mailboxes, func(m mailbox.Mailbox) bool { return m.ID == id })
}

// DeleteMailbox deletes a mailbox that an administrator has defined. It is
// refused with an *InUseError while a task, a department or the company uses
// it. What came through it stays, and what lies on the server too; its secrets
// and tokens do not, nor does the consent to empty it: one that is defined under
// the same name again is a new one.
func (e *Engine) DeleteMailbox(ctx context.Context, id mailbox.ID) error {
	err := e.changeRoutes(ctx, id, func(s storage.Settings, now *routing) error {
		if e.fixed(id) {
			return ErrFixed
		}
		if _, ok := now.stored[id]; !ok {
			return storage.ErrNotFound
		}
		if by := now.user(id); by != "" {
			return &InUseError{Mailbox: id, By: by}
		}
		if err := deleteAccount(ctx, s, id); err != nil {
			return err
		}
		if err := s.Delete(ctx, settingOutage, string(id)); err != nil {
			return err
		}
		for _, kind := range []string{settingConsent, settingLeft, settingForecast} {
			if err := deleteOf(ctx, s, kind, id); err != nil {
				return err
			}
		}
		return s.Delete(ctx, settingMailbox, string(id))
	})
	if err != nil {
		return fmt.Errorf("delete mailbox %s: %w", id, err)
	}
	return nil
}

// deleteOf deletes the settings of a kind whose key is the mailbox's id, a blank
// and something.
func deleteOf(ctx context.Context, s storage.Settings, kind string, id mailbox.ID) error {
	var keys []string
	for v, err := range s.List(ctx, kind) {
		if err != nil {
			return err
		}
		if of, _, _ := strings.Cut(v.Key, " "); of == string(id) {
			keys = append(keys, v.Key)
		}
	}
	for _, key := range keys {
		if err := s.Delete(ctx, kind, key); err != nil {
			return err
		}
	}
	return nil
}

// user returns what uses a mailbox, or "".
func (r *routing) user(id mailbox.ID) string {
	if a, ok := r.Assignment(id); ok {
		return fmt.Sprintf("task %s", a.Task)
	}
	if r.Default == id {
		return "the company, as its default"
	}
	for d, of := range r.Departments {
		if of == id {
			return fmt.Sprintf("department %s, as its default", d)
		}
	}
	return ""
}

// AssignMailbox gives a mailbox to a task (seed: "Weisen Sie explizit in einem
// Projekt-Vorgang eine der Mailboxen diesem Vorgang zu"), or changes the
// presets of the assignment it has. A mailbox serves one task and a task has
// one mailbox: a second one is refused by name with a *mailbox.FieldError, also
// in a race. Unknown tasks and people are escalation.ErrNotFound.
func (e *Engine) AssignMailbox(ctx context.Context, a mailbox.Assignment) error {
	if err := e.assignMailbox(ctx, a); err != nil {
		return fmt.Errorf("assign mailbox %s to task %s: %w", a.Mailbox, a.Task, err)
	}
	return nil
}

func (e *Engine) assignMailbox(ctx context.Context, a mailbox.Assignment) error {
	people := e.directory()
	if _, err := people.Place(ctx, a.Task); err != nil {
		return fmt.Errorf("task %q: %w", a.Task, err)
	}
	for _, id := range []escalation.PersonID{a.Creator, a.CustomerContact} {
		if id == "" {
			continue
		}
		if _, err := people.Person(ctx, id); err != nil {
			return fmt.Errorf("person %q: %w", id, err)
		}
	}
	return e.changeRoutes(ctx, a.Mailbox, func(s storage.Settings, now *routing) error {
		if slices.ContainsFunc(e.cfg.Routes.Assignments, func(f mailbox.Assignment) bool { return f.Mailbox == a.Mailbox }) {
			return fmt.Errorf("its assignment %w", ErrFixed)
		}
		return putJSON(ctx, s, settingAssignment, string(a.Mailbox), storedAssignmentOf(a))
	})
}

// UnassignMailbox takes a mailbox from its task: it is not polled any more and
// keeps its mail. One that has none does not matter.
func (e *Engine) UnassignMailbox(ctx context.Context, id mailbox.ID) error {
	err := e.changeRoutes(ctx, id, func(s storage.Settings, _ *routing) error {
		if slices.ContainsFunc(e.cfg.Routes.Assignments, func(f mailbox.Assignment) bool { return f.Mailbox == id }) {
			return fmt.Errorf("its assignment %w", ErrFixed)
		}
		if err := forgetOutage(ctx, s, id); err != nil {
			return err
		}
		return s.Delete(ctx, settingAssignment, string(id))
	})
	if err != nil {
		return fmt.Errorf("unassign mailbox %s: %w", id, err)
	}
	return nil
}

// SetDefaultMailbox makes a mailbox the default of a department and the
// departments below it, or (no department) of the company; an empty id takes
// the default away.
func (e *Engine) SetDefaultMailbox(ctx context.Context, department escalation.DepartmentID, id mailbox.ID) error {
	key := ""
	if department != "" {
		key = departmentKey + string(department)
	}
	err := e.changeRoutes(ctx, id, func(s storage.Settings, now *routing) error {
		if id == "" {
			return s.Delete(ctx, settingDefault, key)
		}
		if _, known := now.find(id); !known {
			return mailbox.Routes{Default: id}.Validate() // says so
		}
		return putJSON(ctx, s, settingDefault, key, id)
	})
	if err != nil {
		return fmt.Errorf("make mailbox %s a default: %w", id, err)
	}
	return nil
}

// changeRoutes runs fn, which changes what is known of one mailbox, in a
// transaction, checks that everything together can work, and makes all nodes read it again. Updates are serializable, so of two
// that contradict each other one is refused.
func (e *Engine) changeRoutes(ctx context.Context, id mailbox.ID, fn func(s storage.Settings, now *routing) error) error {
	err := e.store.Update(ctx, func(w storage.Writer) error {
		s := w.Settings()
		now, err := e.readRoutes(ctx, s)
		if err != nil {
			return err
		}
		if err := fn(s, now); err != nil {
			return err
		}
		then, err := e.readRoutes(ctx, s)
		if err != nil {
			return err
		}
		if err := then.blame(id); err != nil {
			return err
		}
		return s.Put(ctx, settingRoutes, "", []byte(rand.Text()))
	})
	if err == nil {
		e.poller.rouse()
	}
	return err
}

func putJSON(ctx context.Context, s storage.Settings, kind, key string, value any) error {
	b, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return s.Put(ctx, kind, key, b)
}
