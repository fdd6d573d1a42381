package ticketmail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

const (
	settingOutage   = "mailbox-outage"   // mailboxes that fail, by id
	settingForecast = "mailbox-forecast" // what administrators were told will happen, by mailbox and subject
)

// An outage is a mailbox that fails, as all nodes know it.
type outage struct {
	Since time.Time `json:"since"`
	Last  time.Time `json:"last"`          // poll that failed
	Told  time.Time `json:"told,omitzero"` // administrators, by mail
}

// noteHealth takes in how a poll ended. Administrators are told by mail when a
// mailbox has failed for Polling.FailingAfter, and when it works again: once in
// an outage, over all nodes and restarts, because what is known of it changes
// in the transaction that puts the mails into the outbox. Where the directory
// fails, the next poll tells them.
func (e *Engine) noteHealth(ctx context.Context, id mailbox.ID, failure error) error {
	if noNews(failure) {
		return nil
	}
	var before outage
	var failing bool
	err := e.store.View(ctx, func(r storage.Reader) (err error) {
		before, failing, err = readOutage(ctx, r.Settings(), id)
		return err
	})
	if err != nil || failure == nil && !failing || failure != nil && !before.Told.IsZero() {
		return err
	}
	return e.update(ctx, e.newAnswers(), func(t *tx) error {
		o, failing, err := readOutage(ctx, t.w.Settings(), id)
		if err != nil {
			return err
		}
		routes, err := t.routes(ctx, t.w.Settings())
		if err != nil {
			return err
		}
		m, known := routes.find(id)
		switch {
		case !known, failure == nil && !failing:
			return nil
		case failure != nil && !routes.serves(m): // meanwhile: see forgetOutage
			return nil
		case failure == nil:
			return t.recovered(ctx, m, o)
		}
		return t.failed(ctx, m, o, failure)
	})
}

// noNews reports whether a poll ended because administrators changed something,
// which says nothing of the mailbox's server.
func noNews(failure error) bool {
	return isAny(failure, ErrChanged, ErrInactive, ErrUnassigned, ErrUnknownMailbox)
}

// serves reports whether a mailbox is one to be polled.
func (r *routing) serves(m mailbox.Mailbox) bool {
	_, assigned := r.Assignment(m.ID)
	return assigned && !m.Inactive
}

// forgetOutage ends the outage of a mailbox that is no longer to be polled, if
// nobody was told of it: what failed then says nothing of the time after it.
func forgetOutage(ctx context.Context, s storage.Settings, id mailbox.ID) error {
	o, failing, err := readOutage(ctx, s, id)
	if err != nil || !failing || !o.Told.IsZero() {
		return err
	}
	return s.Delete(ctx, settingOutage, string(id))
}

// recovered ends an outage.
func (t *tx) recovered(ctx context.Context, m mailbox.Mailbox, o outage) error {
	if !o.Told.IsZero() {
		told, err := t.tellHealth(ctx, notify.MailboxRecovered, outageID(m.ID, o), viewOf(m, o))
		if err != nil || !told {
			return err
		}
	}
	return t.w.Settings().Delete(ctx, settingOutage, string(m.ID))
}

// failed begins an outage, or goes on with it.
func (t *tx) failed(ctx context.Context, m mailbox.Mailbox, o outage, failure error) error {
	after := t.poller.opts.FailingAfter
	if o.Last.IsZero() || o.Told.IsZero() && t.now.Sub(o.Last) > after+2*max(maxBackoff, m.Interval) {
		o = outage{Since: t.now} // nobody has tried for long: what was then says nothing of now
	}
	o.Last = t.now
	if o.Told.IsZero() && t.now.Sub(o.Since) >= after {
		view := viewOf(m, o)
		view.Trouble, view.Folder = troubleOf(failure)
		told, err := t.tellHealth(ctx, notify.MailboxFailing, outageID(m.ID, o), view)
		if err != nil {
			return err
		}
		if told {
			o.Told = t.now
		}
	}
	return putJSON(ctx, t.w.Settings(), settingOutage, string(m.ID), o)
}

func outageID(id mailbox.ID, o outage) string {
	return fmt.Sprintf("mailbox %s since %d", id, o.Since.UnixMicro())
}

func viewOf(m mailbox.Mailbox, o outage) notify.MailboxView {
	return notify.MailboxView{ID: string(m.ID), Name: m.Name, Address: m.Address, Server: m.Host, Since: o.Since}
}

func readOutage(ctx context.Context, s storage.SettingsReader, id mailbox.ID) (o outage, failing bool, err error) {
	b, err := s.Get(ctx, settingOutage, string(id))
	if errors.Is(err, storage.ErrNotFound) {
		return o, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &o)
	}
	return o, err == nil, err
}

// tellHealth plans an event about a mailbox and puts its mails into the outbox.
// told says that it is done: also where the rule or the directory leave nobody
// to be told, but not where the directory fails or the rule is inactive.
func (t *tx) tellHealth(ctx context.Context, kind notify.Kind, id string, view notify.MailboxView) (told bool, err error) {
	plan, rule, err := t.planHealth(ctx, kind, notify.Event{ID: id + " " + string(kind), Kind: kind, Mailbox: &view, At: t.now})
	if isDirectory(err) {
		t.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "administrators not told yet", slog.String("mailbox", view.ID), slog.Any("error", err))
		return false, nil
	}
	if err != nil || !rule.Active {
		return kind == notify.MailboxRecovered, err // an outage ends also where nobody wants to know
	}
	if len(plan.Mails) == 0 {
		t.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "no administrator can be told", slog.String("mailbox", view.ID), slog.String("event", string(kind)))
		return true, nil
	}
	mails := make([]*notify.Mail, len(plan.Mails))
	for i := range plan.Mails {
		mails[i] = &plan.Mails[i]
	}
	t.warnings = append(t.warnings, plan.Warnings...)
	t.wake = true
	return true, t.w.Outbox().Put(ctx, mails...)
}

// planHealth plans an event about a mailbox by the company's rule for it.
func (t *tx) planHealth(ctx context.Context, kind notify.Kind, ev notify.Event) (notify.Plan, notify.Rule, error) {
	book, err := t.ruleBook(ctx, t.patch, "", kind)
	if err != nil {
		return notify.Plan{}, notify.Rule{}, err
	}
	words, err := t.templates(ctx, t.w.Settings())
	if err != nil {
		return notify.Plan{}, notify.Rule{}, err
	}
	routes, err := t.routes(ctx, t.w.Settings())
	if err != nil {
		return notify.Plan{}, notify.Rule{}, err
	}
	rule := urgent(book.Rule(kind, ""))
	var failed error
	plan, err := t.planner(t.dir, words, routes, t.bouncing(ctx, &failed)).Plan(ctx, ev, rule, t.healthEnvelope(routes))
	return plan, rule, cmp.Or(failed, err)
}

// urgent returns a rule without what makes mails wait or heavier.
func urgent(r notify.Rule) notify.Rule {
	r.Delay, r.Attach = 0, 0
	return r
}

// healthEnvelope says who mails about mailboxes come from: the company, or
// where it has no address of its own its default mailbox. Answers go nowhere:
// the mailbox might be the very one that fails.
func (e *Engine) healthEnvelope(routes *routing) notify.Envelope {
	env := notify.Envelope{From: e.cfg.From}
	if env.From.Address == "" {
		env = e.envelope(routes, notify.TicketView{})
	}
	env.ReplyTo = ""
	env.Reasons = []notify.Reason{{Code: "reply-to", Text: "Reply-To: none, it is about a mailbox"}}
	return env
}

// A forecast is what administrators were told will happen to a sign-in.
type forecast struct {
	At     time.Time `json:"at"`
	Urgent bool      `json:"urgent,omitempty"`
}

// foretell tells administrators of what will end a mailbox's sign-in: when it
// comes near, and again when it is a matter of days. Each once over all nodes.
func (e *Engine) foretell(ctx context.Context, id mailbox.ID) error {
	h, err := e.oauth.Health(ctx, id)
	if err != nil {
		return err
	}
	for _, w := range h.Warnings {
		if err := e.foretellOne(ctx, id, w); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) foretellOne(ctx context.Context, id mailbox.ID, w oauth.Warning) error {
	key, now := fmt.Sprintf("%s %s", id, w.About), forecast{At: w.At.UTC(), Urgent: w.Urgent}
	known := func(s storage.SettingsReader) (bool, error) {
		b, err := s.Get(ctx, settingForecast, key)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		var f forecast
		if err == nil {
			err = json.Unmarshal(b, &f)
		}
		return f.At.Equal(now.At) && (f.Urgent || !now.Urgent), err
	}
	var told bool
	err := e.store.View(ctx, func(r storage.Reader) (err error) {
		told, err = known(r.Settings())
		return err
	})
	if err != nil || told {
		return err
	}
	return e.update(ctx, e.newAnswers(), func(t *tx) error {
		if told, err := known(t.w.Settings()); err != nil || told {
			return err
		}
		routes, err := t.routes(ctx, t.w.Settings())
		if err != nil {
			return err
		}
		m, _ := routes.find(id)
		view := viewOf(m, outage{})
		view.ID, view.Until, view.Trouble = string(id), w.At, troubleAhead(w.About)
		// The time belongs to it: a date may be corrected and corrected back.
		event := fmt.Sprintf("mailbox %s %s %d %t %d", id, w.About, w.At.UnixMicro(), w.Urgent, t.now.UnixMicro())
		if told, err := t.tellHealth(ctx, notify.SignInExpiring, event, view); err != nil || !told {
			return err
		}
		return putJSON(ctx, t.w.Settings(), settingForecast, key, now)
	})
}

func troubleAhead(about oauth.Subject) notify.Trouble {
	switch about {
	case oauth.AboutSecret:
		return notify.TroubleSecretEnds
	case oauth.AboutUse:
		return notify.TroubleUnused
	}
	return notify.TroubleSignInEnds
}
