package console

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/ticketmail"
)

// probeBody is the frame around the steps of a connection test.
type probeBody struct {
	ID mailbox.ID
}

// Steps is where the steps come: a mark that the frame is cut at.
func (p page) Steps() template.HTML { return stepsMark }

const stepsMark = "<!--steps-->"

// A probeStep is one step as it is shown.
type probeStep struct {
	*visit
	mailbox.Step
}

// A probeEnd is how a test ended.
type probeEnd struct {
	*visit
	Good    bool
	NoProbe bool
	ID      mailbox.ID
	Lost    bool // no step said why
}

// testMailbox tests the mailbox that the query names, and shows each step as
// soon as it is known: the page is written piece by piece, so that it needs no
// script.
func (v *visit) testMailbox() error {
	row, _, err := v.row()
	if err != nil {
		return err
	}
	return v.probe(row.ID, row.Name, func(ctx context.Context, report func(mailbox.Step)) error {
		return v.engine.ProbeMailbox(ctx, row.ID, report)
	})
}

// probe writes the page of a test while it runs.
func (v *visit) probe(id mailbox.ID, name string, test func(ctx context.Context, report func(mailbox.Step)) error) error {
	p := page{
		visit: v, Title: v.T("test.title", name), Nav: "mailboxes", Body: &probeBody{ID: id},
		Crumbs: []crumb{{v.T("menu.mailboxes"), v.URL("mailboxes")}, {v.T("mailbox.title", id), v.URL("mailboxes/show", "id", id)}},
	}
	set := v.pages["probe"]
	var frame bytes.Buffer
	if err := set.ExecuteTemplate(&frame, "layout", p); err != nil {
		return err
	}
	head, foot, _ := bytes.Cut(frame.Bytes(), []byte(stepsMark))
	if v.value("part") != "" { // asked for by the script
		head, foot = nil, nil
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.Header().Set("Content-Language", languages[v.language])
	v.w.Header().Set("X-Accel-Buffering", "no") // some proxies would keep it until the end
	v.w.WriteHeader(http.StatusOK)
	out := http.NewResponseController(v.w)
	write := func(piece []byte) {
		_, _ = v.w.Write(piece)
		_ = out.Flush()
	}
	put := func(name string, data any) {
		var b bytes.Buffer
		if err := set.ExecuteTemplate(&b, name, data); err != nil {
			v.log.LogAttrs(v.r.Context(), slog.LevelError, "step cannot be written", slog.Any("error", err))
			return
		}
		write(b.Bytes())
	}
	write(head)
	failed := false
	err := test(v.r.Context(), func(s mailbox.Step) {
		failed = failed || s.Err != nil
		put("step", probeStep{v, s})
	})
	if err != nil && !failed {
		v.log.LogAttrs(v.r.Context(), slog.LevelWarn, "connection test did not begin", slog.Any("error", err))
	}
	put("end", probeEnd{visit: v, Good: err == nil, NoProbe: errors.Is(err, ticketmail.ErrNoProbe), ID: id, Lost: err != nil && !failed})
	write(foot)
	return nil
}

// StepName is how the step is called.
func (s probeStep) StepName() string { return s.visit.Name("step", s.Step.Name) }
