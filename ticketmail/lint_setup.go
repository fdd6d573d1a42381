package ticketmail

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

func (l *lint) basics() {
	if !l.store.Durable() {
		l.tell("store-volatile", about("store", "Store"), "everything is lost when the process ends")
	}
	if l.cfg.Sender == nil {
		l.tell("no-sender", about("sender", "Sender"), "notifications wait in the outbox for ever")
	}
	if l.routing.Default == "" {
		l.tell("no-default-mailbox", about("default-mailbox", "Routes.Default"), "answers about tickets moved to a task without a mailbox have nowhere to go")
	}
}

func (l *lint) mailboxes() {
	for _, m := range l.routing.Mailboxes {
		where := about("mailbox", "mailbox %q", m.ID)
		if _, ok := l.routing.Assignment(m.ID); !ok {
			l.tell("mailbox-unassigned", where, "is assigned to no task: it is not polled and keeps its mail")
		}
		if m.Inactive {
			l.tell("mailbox-inactive", where, "is switched off: its mail waits")
		}
		if err, rests := l.routing.resting[m.ID]; rests {
			l.tell("mailbox-resting", where, "is not polled, because it cannot be beside the others: %v", arg{bare: err.Reason, english: err.Error()})
		}
		if s, stored := l.routing.stored[m.ID]; stored && s.Password == "" && m.Tokens == nil {
			l.tell("mailbox-no-secret", where, "has neither a password nor a sign-in with tokens: the server will refuse us")
		}
		if m.Address == "" {
			l.tell("mailbox-without-address", where, "has no address, so answers cannot be sent to it")
		}
	}
}

// sealed looks for secrets that need another key than the one in use.
func (l *lint) sealed(ctx context.Context) error {
	if l.cfg.Sealer == nil {
		return nil
	}
	old := map[mailbox.ID]bool{}
	look := func(at seal.Place, text string) {
		if text == "" || !l.cfg.Sealer.Stale(text) {
			return
		}
		if _, err := l.cfg.Sealer.Open(ctx, at, text); err == nil { // else its key is gone, as a poll says
			old[at.Mailbox] = true
		}
	}
	err := l.store.View(ctx, func(r storage.Reader) error {
		s, ids := r.Settings(), map[mailbox.ID]bool{}
		err := eachSetting(ctx, s, settingMailbox, func(key string, m storedMailbox) {
			id := mailbox.ID(key)
			ids[id] = true
			look(passwordOf(id), m.Password)
		})
		if err != nil {
			return err
		}
		err = eachSetting(ctx, s, settingAccount, func(key string, a storedAccount) {
			id := mailbox.ID(key)
			ids[id] = true
			look(secretOf(id), a.ClientSecret)
		})
		if err != nil {
			return err
		}
		for id := range ids {
			tokens, err := readToken(ctx, s, oauth.TokenPlace(id))
			if err != nil {
				return err
			}
			look(oauth.TokenPlace(id), tokens.Text)
		}
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(old)) {
		l.tell("mailbox-old-key", about("mailbox", "mailbox %q", id), "has secrets that are sealed with an old key, which must not go yet: save the mailbox and its sign-in again; tokens follow when they are renewed, within a week")
	}
	return err
}

func (l *lint) templates(context.Context) error {
	for _, language := range l.languages() {
		if missing := l.words.Missing(language); len(missing) > 0 {
			l.tell("templates-untranslated", about("language", "language %q", language), "templates that are not written in it: %d, for example %q for %s",
				len(missing), missing[0].Name, missing[0].Audience)
		}
	}
	for _, broken := range l.words.Broken() {
		why := arg{bare: broken.Err.Error(), english: broken.Error()}
		if invalid, ok := errors.AsType[*notify.InvalidError](broken); ok {
			why.bare = invalid.Reason
		}
		l.tell("template-broken", about("template", "template %q", broken.Name), "cannot be used, the built-in one is: %v", why)
	}
	return nil
}

// unused looks for templates that were written and that no rule names.
func (l *lint) unused(ctx context.Context) error {
	named := map[string]bool{notify.Several: true, string(notify.Reply): true, string(notify.Forward): true}
	for kind, r := range l.cfg.Rules {
		named[string(kind)], named[r.Template] = true, true
	}
	var stored []notify.Template
	err := l.store.View(ctx, func(r storage.Reader) (err error) {
		if stored, err = storedTemplates(ctx, r.Settings()); err != nil {
			return err
		}
		return eachSetting(ctx, r.Settings(), settingRule, func(_ string, p notify.RulePatch) {
			if p.Template != nil {
				named[*p.Template] = true
			}
		})
	})
	for _, t := range stored {
		if !named[t.Name] && !strings.HasPrefix(t.Name, "module:") {
			l.tell("template-unused", about("template", "template %q", t.Name), "is written for %s in %q, and no rule names it", t.Audience, t.Language)
		}
	}
	return err
}
