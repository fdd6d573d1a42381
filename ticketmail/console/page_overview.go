package console

import (
	"slices"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// overviewBody is how everything is.
type overviewBody struct {
	Todo    []todo
	Boxes   []mailboxRow
	Tokens  []tokenWarning
	Lint    []finding
	More    int // findings that are not shown
	Charts  []*chart
	Partial int // so many mails were counted, and there are more
	NoBox   bool
}

// A todo is something that waits for somebody.
type todo struct {
	Text, URL, Grade string
	Why              diagnosis // what is behind it
	Error            string    // what the engine says, in English
}

// A tokenWarning is what will end the sign-in of a mailbox.
type tokenWarning struct {
	Mailbox string
	ID      mailbox.ID
	oauth.Warning
}

const (
	countTo = 200 // what waits is counted up to here
	lintTo  = 8
)

// overview shows what fails first.
func (v *visit) overview() error {
	routes, err := v.engine.Routes(v.r.Context())
	if err != nil {
		return err
	}
	b := &overviewBody{NoBox: len(routes.Mailboxes) == 0}
	if b.Boxes, err = v.mailboxRows(routes); err != nil {
		return err
	}
	slices.SortStableFunc(b.Boxes, func(x, y mailboxRow) int { return gradeRank(x.Grade) - gradeRank(y.Grade) })
	for _, row := range b.Boxes {
		v.noteBox(b, row)
	}
	if err := v.noteWaiting(b); err != nil {
		return err
	}
	found, err := v.engine.Lint(v.r.Context())
	if err != nil {
		return err
	}
	if len(found) > lintTo {
		found, b.More = found[:lintTo], len(found)-lintTo
	}
	for _, f := range found {
		b.Lint = append(b.Lint, v.finding(f))
	}
	if err := v.charts(b); err != nil {
		return err
	}
	return v.show("overview", page{Title: v.T("menu.overview"), Nav: "overview", Body: b})
}

// gradeRank orders what is bad before what is good.
func gradeRank(grade string) int { return slices.Index([]string{"bad", "warn", "", "good"}, grade) }

// noteBox notes what somebody should do about a mailbox.
func (v *visit) noteBox(b *overviewBody, row mailboxRow) {
	if row.Grade == "bad" || row.Grade == "warn" {
		one := todo{Text: v.T("overview.box", row.Name, v.Name("mailbox.how", row.How)), URL: v.URL("mailboxes/show", "id", row.ID), Grade: row.Grade}
		if row.How == "failing" {
			one.Why, one.Error = row.Why, row.Status.Err.Error()
		}
		b.Todo = append(b.Todo, one)
	}
	if row.Status.Token == nil {
		return
	}
	for _, w := range row.Status.Token.Warnings {
		b.Tokens = append(b.Tokens, tokenWarning{Mailbox: row.Name, ID: row.ID, Warning: w})
	}
}

// noteWaiting notes the mails that wait for somebody, or for long.
func (v *visit) noteWaiting(b *overviewBody) error {
	ctx := v.r.Context()
	return v.engine.View(ctx, func(r storage.Reader) error {
		n, err := storage.CountEntries(ctx, r.Ledger(), mailbox.LedgerQuery{Outcome: mailbox.Quarantine, Limit: countTo + 1})
		if err != nil {
			return err
		}
		v.note(b, n, "overview.quarantine", "bad", v.URL("quarantine"))
		for _, s := range []struct {
			state      notify.State
			key, grade string
		}{{notify.Failed, "overview.failed", "bad"}, {notify.Returned, "overview.returned", "warn"}, {notify.Held, "overview.held", "warn"}} {
			n, err := storage.CountMails(ctx, r.Outbox(), notify.MailQuery{State: s.state, Limit: countTo + 1})
			if err != nil {
				return err
			}
			v.note(b, n, s.key, s.grade, v.URL("outbox", "state", s.state))
		}
		return nil
	})
}

// note notes n things, if there are any.
func (v *visit) note(b *overviewBody, n int, key, grade, url string) {
	if n == 0 {
		return
	}
	count := v.Number(n)
	if n > countTo {
		count = v.T("overview.many", v.Number(countTo))
	}
	b.Todo = append(b.Todo, todo{Text: v.T(key, count), URL: url, Grade: grade})
}
