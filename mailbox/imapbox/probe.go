package imapbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

var _ mailbox.Prober = (*Connector)(nil)

// A probe is one run of Probe.
type probe struct {
	*Connector
	m      mailbox.Mailbox
	report func(mailbox.Step)
	s      *session // once there is one
}

// Probe implements mailbox.Prober.
//
// The capabilities are a step twice: as the server offers them to strangers,
// and, after the sign-in, as they are for us. Folders are opened with EXAMINE
// and counted with SEARCH; no mail is fetched, not even the head of one. Not
// even the mark \Recent is taken off.
func (c *Connector) Probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	p := &probe{Connector: c, m: m.WithDefaults(), report: report}
	if err := p.connect(ctx); err != nil {
		return fmt.Errorf("test of %s: %w", address(p.m), clip(err))
	}
	err := p.folders(ctx)
	_ = p.s.Close()
	if err != nil {
		return fmt.Errorf("test of %s: %w", address(p.m), err)
	}
	return nil
}

// step reports one step and returns its error.
func (p *probe) step(name mailbox.StepName, about string, facts []string, err error) error {
	s := mailbox.Step{Name: name, About: about, Facts: facts, Err: err}
	if err != nil {
		s.Err = clip(err)
		s.Diagnose(advise(err, p.m))
	}
	p.report(s)
	return err
}

// connect does what [Connector.Connect] does, step by step.
func (p *probe) connect(ctx context.Context) error {
	if err := p.resolve(ctx); err != nil {
		return err
	}
	within, cancel := p.patience(ctx)
	defer cancel()
	raw, err := p.dialer.Dial(within, address(p.m))
	if err != nil {
		return p.step(mailbox.StepDial, "", nil, err)
	}
	_ = p.step(mailbox.StepDial, "", []string{"connected to " + raw.RemoteAddr().String()}, nil)
	stop := context.AfterFunc(within, func() { _ = raw.Close() })
	defer stop()
	conn, err := p.secure(within, raw, p.m)
	if err != nil {
		_ = raw.Close()
		err = because(within, err)
	}
	if err := p.step(mailbox.StepSecure, "", p.securityFacts(conn, err), err); err != nil {
		return err
	}
	p.s = p.session(conn, raw, p.m)
	if err := p.signIn(ctx, within); err != nil {
		p.s.abort()
		return err
	}
	p.s.conn.Relax()
	return nil
}

// resolve looks the name up, unless the host's own dialer does.
func (p *probe) resolve(ctx context.Context) error {
	if p.opts.Lookup == nil && p.opts.Dial != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.opts.DialTimeout)
	defer cancel()
	if p.opts.Lookup == nil {
		facts, err := p.opts.Policy.Describe(ctx, p.m.Host)
		return p.step(mailbox.StepResolve, p.m.Host, facts, err)
	}
	found, err := p.opts.Lookup(ctx, p.m.Host)
	return p.step(mailbox.StepResolve, p.m.Host, p.opts.Policy.Tell(found), err)
}

// signIn asks for the capabilities, signs in and asks again.
func (p *probe) signIn(ctx, within context.Context) error {
	caps, err := p.s.greet()
	if err != nil {
		return p.step(mailbox.StepCapabilities, "before the sign-in", nil, p.explain(within, err))
	}
	_ = p.step(mailbox.StepCapabilities, "before the sign-in", offers(caps), nil)
	how, err := mechanism(p.m, caps)
	if err != nil {
		return p.step(mailbox.StepSignIn, "", nil, err)
	}
	facts, err := p.authenticate(ctx, how)
	if err = p.explain(ctx, err); err != nil {
		return p.step(mailbox.StepSignIn, mechanismName(how), facts, err)
	}
	_ = p.step(mailbox.StepSignIn, mechanismName(how), append(facts, fmt.Sprintf("signed in as %q", p.m.User)), nil)
	err = p.s.settleIn(p.m)
	facts = nil
	if p.s.caps != nil {
		facts = p.s.abilities(p.m)
	}
	return p.step(mailbox.StepCapabilities, "signed in", facts, p.explain(ctx, err))
}

// authenticate signs in, with a second token on a second connection if need
// be, as Connect does.
func (p *probe) authenticate(ctx context.Context, how mailbox.Auth) (facts []string, err error) {
	if !p.m.TakesToken() {
		return nil, authenticate(p.s.client, how, p.m, p.m.Password)
	}
	p.s.conn.Relax() // the server waits for us
	token, err := p.token(ctx, p.m, mailbox.Secret{})
	if err != nil {
		return nil, err
	}
	p.s.conn.Expect()
	err = authenticate(p.s.client, how, p.m, token)
	if !isRefused(err) {
		return nil, err
	}
	s, err := p.secondToken(ctx, p.m, token, err)
	if err != nil {
		return nil, err
	}
	p.s.abort()
	p.s = s
	return []string{"the first access token was refused, a new one was accepted"}, nil
}

// explain adds what ended the connection, which the library keeps to itself.
func (p *probe) explain(ctx context.Context, err error) error {
	err = p.s.explain(ctx, err)
	if broken := p.s.conn.Err(); err != nil && broken != nil && !usable(err) && !errors.Is(err, broken) {
		return fmt.Errorf("%w: %w", err, broken)
	}
	return err
}

func mechanismName(how mailbox.Auth) string { return strings.ToUpper(string(how)) }

// offers says how a server lets itself be signed in to.
func offers(caps imap.CapSet) []string {
	mechanisms := caps.AuthMechanisms()
	slices.Sort(mechanisms)
	if !caps.Has(imap.CapLoginDisabled) {
		mechanisms = append(mechanisms, "LOGIN")
	}
	return []string{"sign-in by " + strings.Join(mechanisms, ", ")}
}
