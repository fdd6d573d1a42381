package ticketmail

import (
	"context"
	"fmt"
	"strconv"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// maxHeldMails bounds the mails that are counted, where the store has to read them.
const maxHeldMails = 1000

// held tells of mails that a cap holds.
func (l *lint) held(ctx context.Context) error {
	first, err := l.Outbox(ctx, notify.MailQuery{State: notify.Held, Limit: 1})
	if err != nil || len(first) == 0 {
		return err
	}
	n := 0
	err = l.store.View(ctx, func(r storage.Reader) (err error) {
		n, err = storage.CountMails(ctx, r.Outbox(), notify.MailQuery{State: notify.Held, Limit: maxHeldMails + 1})
		return err
	})
	count := arg{bare: strconv.Itoa(n), english: strconv.Itoa(n)}
	switch {
	case n == 0:
		return err // they were let go meanwhile
	case n > maxHeldMails:
		count = arg{bare: fmt.Sprintf("%d+", maxHeldMails), english: fmt.Sprintf("more than %d", maxHeldMails)}
	}
	l.tell("mails-held", about("outbox", "Outbox"), "mails held by a cap: %s, the first to %s", count, first[0].To.Address)
	return err
}

// errands tells of what waits for the directory. Why it does is an error in
// English, so that only the English text has it.
func (l *lint) errands(ctx context.Context) error {
	return l.store.View(ctx, func(r storage.Reader) error {
		n, example := 0, arg{}
		err := eachSetting(ctx, r.Settings(), settingErrand, func(_ string, todo errand) {
			if n++; n == 1 {
				example = arg{bare: string(todo.Ticket), english: fmt.Sprintf("%s (%s)", todo.Ticket, todo.Why)}
			}
		})
		if n > 0 {
			l.tell("people-not-told", about("directory", "Directory"), "events that wait to be told: %d, for example of ticket %s", n, example)
		}
		return err
	})
}

func (l *lint) categories(ctx context.Context) error {
	var all []catalog.Category
	err := l.store.View(ctx, func(r storage.Reader) error {
		var err error
		all, err = categories(ctx, r.Settings())
		return err
	})
	for _, c := range all {
		if pick := catalog.Pick(catalog.Wanted("", "", l.cfg.Language), c.Labels); pick.Fallback {
			l.tell("category-untranslated", about("category", "category %q", c.ID), "has no label in the company's language %s", l.cfg.Language)
		}
	}
	return err
}
