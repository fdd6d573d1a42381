package ticketmail

import (
	"context"
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// ErrNoProbe reports something that has no connection test: a connector that
// is no mailbox.Prober, a sender that is no notify.Prober.
var ErrNoProbe = errors.New("has no connection test")

// ProbeMailbox tests a mailbox step by step, signing in exactly as a poll
// would: one of Config.Routes, or one of the store with its sealed password or
// its tokens. Those that are inactive or assigned to no task can be tested too.
//
// report is called with each step as soon as it is known, by the caller's
// goroutine; nil: nobody wants to know. A failing step says why, and what to do,
// in any case.
// A mailbox that signs in with tokens begins with a step about these, for which
// its token is renewed, at most once a minute.
//
// Nothing is changed on the server, and no lease is taken: a poll goes on
// meanwhile. Over POP3 some servers let one in at a time; the test then fails
// with that cause, and a poll that meets the test is done again later.
//
// The error is that of the first step that failed. Before any step it is
// ErrUnknownMailbox, ErrNoProbe, or about secrets that cannot be opened:
// ErrNoSealer, ErrNoOAuth, seal.ErrRefused, *seal.UnknownKeyError.
func (e *Engine) ProbeMailbox(ctx context.Context, id mailbox.ID, report func(mailbox.Step)) error {
	routes, err := e.routesNow(ctx)
	if err != nil {
		return fmt.Errorf("test mailbox %s: %w", id, err)
	}
	m, known := routes.find(id)
	if !known {
		return fmt.Errorf("test mailbox %s: %w", id, ErrUnknownMailbox)
	}
	if m, err = e.withSecrets(ctx, routes, m); err == nil {
		err = e.probe(ctx, m, report)
	}
	if err != nil {
		return fmt.Errorf("test mailbox %s: %w", id, err)
	}
	return nil
}

// ProbeDraft is ProbeMailbox for a mailbox as an administrator has just typed
// it, before or instead of [Engine.PutMailbox]. A zero Password means the one
// that is stored. What PutMailbox would refuse is refused in the same way
// before anything is dialled; so the stored password, and tokens, are shown to
// no other server, port or user than they are stored for, nor over a weaker
// connection. A draft that signs in with tokens is refused with a
// *mailbox.FieldError about Auth until its mailbox is stored. Nothing is stored.
//
// Whoever may call it can make this machine connect to any address that the
// connectors dial, as with PutMailbox.
func (e *Engine) ProbeDraft(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	full, err := e.draft(ctx, m.Clone())
	if err == nil {
		err = e.probe(ctx, full, report)
	}
	if err != nil {
		return fmt.Errorf("test mailbox %s: %w", m.ID, err)
	}
	return nil
}

// draft returns a mailbox that is not stored as it would sign in if it were.
func (e *Engine) draft(ctx context.Context, m mailbox.Mailbox) (mailbox.Mailbox, error) {
	m, err := e.definable(m)
	if err != nil {
		return m, err
	}
	var kept kept
	err = e.store.View(ctx, func(r storage.Reader) error {
		now, err := e.readRoutes(ctx, r.Settings())
		if err != nil {
			return err
		}
		if kept, err = e.keeps(ctx, r.Settings(), now, m); err != nil {
			return err
		}
		if _, ok := now.stored[m.ID]; kept.account && !ok && (m.Auth.OAuth() || m.Auth == mailbox.AuthAuto) {
			return &mailbox.FieldError{Field: "Auth", Reason: "tokens are shown to the server that the mailbox is stored with, and it is not stored yet: PutMailbox first"}
		}
		return now.with(m).blame(m.ID)
	})
	if err != nil {
		return m, err
	}
	m.Tokens = nil
	if kept.account && e.oauth != nil {
		m.Tokens = e.oauth.Source(m.ID)
	}
	if m.Password.IsZero() {
		m.Password, err = e.openPassword(ctx, m.ID, kept.password)
	}
	return m.WithDefaults(), err
}

// probe tests a mailbox that has its secrets and defaults.
func (e *Engine) probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	c := e.cfg.Connectors[m.Protocol]
	if c == nil { // it was stored when there was one
		return fmt.Errorf("no connector for %s", m.Protocol)
	}
	p, ok := c.(mailbox.Prober)
	if !ok {
		return fmt.Errorf("protocol %s %w", m.Protocol, ErrNoProbe)
	}
	report = telling(report)
	if m.TakesToken() {
		s := mailbox.ProbeTokens(ctx, m.Tokens)
		if report(s); s.Err != nil {
			return s.Err
		}
	}
	return p.Probe(ctx, m, report)
}

// ProbeSender tests the mail exit, Config.Sender, step by step, as ProbeMailbox
// does a mailbox. No mail is sent. The error is that of the step that failed, or
// ErrNoProbe where there is no Sender or it is no notify.Prober. A pause of the
// outbox is left as it is.
func (e *Engine) ProbeSender(ctx context.Context, report func(mailbox.Step)) error {
	p, ok := e.cfg.Sender.(notify.Prober)
	if !ok {
		return fmt.Errorf("test the sender: it %w", ErrNoProbe)
	}
	if err := p.Probe(ctx, telling(report)); err != nil {
		return fmt.Errorf("test the sender: %w", err)
	}
	return nil
}

// telling returns what passes steps on to report, which may be nil, each
// failing one with a cause and a cure.
func telling(report func(mailbox.Step)) func(mailbox.Step) {
	return func(s mailbox.Step) {
		if report == nil {
			return
		}
		if s.Err != nil && s.Cause == "" {
			s.Diagnose(generally(s))
		}
		report(s)
	}
}

// generally says what a step that failed is about, where whoever tried it
// knows nothing beyond the error.
func generally(s mailbox.Step) mailbox.Diagnosis {
	if errors.Is(s.Err, context.Canceled) {
		return mailbox.Diagnosis{Code: "test-ended", Cause: "the test was ended", Cure: "test again"}
	}
	switch s.Name {
	case mailbox.StepResolve:
		return mailbox.Diagnosis{Code: "resolve-fails", Cause: "the host name cannot be looked up", Cure: "check its spelling, and the name server of this machine"}
	case mailbox.StepDial:
		return mailbox.Diagnosis{Code: "dial-fails", Cause: "no connection can be made", Cure: "check host and port, and what this program may connect to"}
	case mailbox.StepSecure:
		return mailbox.Diagnosis{Code: "secure-fails", Cause: "the connection cannot be encrypted", Cure: "check port and security: TLS from the first byte and STARTTLS have ports of their own"}
	case mailbox.StepCapabilities:
		return mailbox.Diagnosis{Code: "greeting-fails", Cause: "the server does not answer as a mail server does", Cure: "check host and port"}
	case mailbox.StepSignIn:
		return mailbox.Diagnosis{Code: "sign-in-fails", Cause: "the sign-in fails", Cure: "check the user, and type the password again or sign in to the provider again"}
	case mailbox.StepFolder:
		return mailbox.Diagnosis{Code: "folder-fails", Cause: "the folder cannot be opened", Cure: "check its name, and the rights of the user"}
	}
	return mailbox.Diagnosis{Code: "step-fails", Cause: "it fails", Cure: "what is known is in the error"}
}
