package console

import (
	"context"
	"errors"
	"log/slog"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// probeBody is the frame around the steps of a connection test.
type probeBody struct {
	Sub string
}

// A probeStep is one step as it is shown.
type probeStep struct {
	*visit
	mailbox.Step
	Why diagnosis // of its error
}

// A probeEnd is how a test ended.
type probeEnd struct {
	*visit
	Good    bool
	NoProbe string // there is no such test; empty: there is
	Back    crumb
}

// A probing is a connection test: what its page says, and where it leads back to.
type probing struct {
	page    page
	noProbe string // what is said where there is no such test
	back    crumb
}

// testMailbox tests the mailbox that the query names, and shows each step as
// soon as it is known.
func (v *visit) testMailbox() error {
	row, _, err := v.row()
	if err != nil {
		return err
	}
	return v.probe(v.probingMailbox(row.ID, row.Name), func(ctx context.Context, report func(mailbox.Step)) error {
		return v.engine.ProbeMailbox(ctx, row.ID, report)
	})
}

// probingMailbox is the test of a mailbox; one without an id is not stored yet.
func (v *visit) probingMailbox(id mailbox.ID, name string) probing {
	list := crumb{v.T("menu.mailboxes"), v.URL("mailboxes")}
	p := probing{noProbe: v.T("test.noprobe"), back: list}
	p.page = page{Title: v.T("test.title", name), Nav: "mailboxes", Body: &probeBody{Sub: v.T("test.sub")}, Crumbs: []crumb{list}}
	if id != "" {
		show := v.URL("mailboxes/show", "id", id)
		p.back = crumb{v.T("test.back"), show}
		p.page.Crumbs = append(p.page.Crumbs, crumb{v.T("mailbox.title", id), show})
	}
	return p
}

// testSender tests the mail exit.
func (v *visit) testSender() error {
	p := probing{noProbe: v.T("test.sender.noprobe"), back: crumb{v.T("test.sender.back"), v.URL("outbox")}}
	p.page = page{
		Title: v.T("test.sender.title"), Nav: "outbox", Body: &probeBody{Sub: v.T("test.sender.sub")},
		Crumbs: []crumb{{v.T("menu.outbox"), v.URL("outbox")}},
	}
	return v.probe(p, v.engine.ProbeSender)
}

// probe writes the page of a test while it runs.
func (v *visit) probe(p probing, test func(ctx context.Context, report func(mailbox.Step)) error) error {
	s, err := v.stream("probe", p.page)
	if err != nil {
		return err
	}
	defer s.end()
	failed := false
	err = test(v.r.Context(), func(step mailbox.Step) {
		failed = failed || step.Err != nil
		s.put("step", probeStep{v, step, v.diagnose(step.Err, step.Diagnosis())})
	})
	if err != nil && !failed {
		v.log.LogAttrs(v.r.Context(), slog.LevelWarn, "connection test did not begin", slog.Any("error", err))
	}
	end := probeEnd{visit: v, Good: err == nil, Back: p.back}
	if errors.Is(err, ticketmail.ErrNoProbe) {
		end.NoProbe = p.noProbe
	}
	s.put("end", end)
	return nil
}

// Found is what the step has found. Names, addresses and versions are in no
// language, but most of the words that are not known are English.
func (s probeStep) Found() []said {
	var all []said
	for _, fact := range s.Facts {
		words, ok := s.say(factPhrases, "", fact)
		all = append(all, said{words, !ok})
	}
	return all
}

// AboutText says what the step is about, if it is not a name.
func (s probeStep) AboutText() string {
	text, _ := s.say(stepPhrases, "", s.About)
	return text
}

// StepName is how the step is called.
func (s probeStep) StepName() string { return s.visit.Name("step", s.Step.Name) }
