package smtpsender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/emersion/go-smtp"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

var _ notify.Prober = (*Sender)(nil)

// Probe implements [notify.Prober]. It says EHLO, signs in if there is a User,
// and takes its leave with QUIT; no mail is begun. Idle connections are not
// used. A sender with Tokens begins with a step about these.
func (s *Sender) Probe(ctx context.Context, report func(mailbox.Step)) error {
	p := &probe{Sender: s, report: report}
	if err := p.run(ctx); err != nil {
		return fmt.Errorf("test of %s: %w", s.opts.Addr, err)
	}
	return nil
}

// A probe is one connection test.
type probe struct {
	*Sender
	report func(mailbox.Step)
	secret mailbox.Secret // that is signed in with
}

// step reports one step and returns its error.
func (p *probe) step(ctx context.Context, name mailbox.StepName, about string, facts []string, err error) error {
	s := mailbox.Step{Name: name, About: about, Facts: facts}
	if err != nil {
		s.Err = because(ctx, err)
		s.Diagnose(p.advise(s.Err))
	}
	p.report(s)
	return s.Err
}

// run does what connect does, step by step.
func (p *probe) run(ctx context.Context) error {
	if err := p.token(ctx); err != nil {
		return err
	}
	host, _ := p.server()
	if p.opts.Lookup != nil {
		facts, err := p.resolve(ctx, host)
		if err := p.step(ctx, mailbox.StepResolve, host, facts, err); err != nil {
			return err
		}
	}
	raw, err := p.dial(ctx)
	if err != nil {
		return p.step(ctx, mailbox.StepDial, "", nil, err)
	}
	defer func() { _ = raw.Close() }()
	defer context.AfterFunc(ctx, func() { _ = raw.Close() })()
	_ = p.step(ctx, mailbox.StepDial, "", []string{"connected to " + raw.RemoteAddr().String()}, nil)
	secured, err := p.secure(ctx, raw, p.secret)
	if err := p.step(ctx, mailbox.StepSecure, string(p.opts.Security), p.securityFacts(secured, err), err); err != nil {
		return err
	}
	c, err := p.meet(raw, secured, p.secret)
	if err != nil {
		return p.step(ctx, mailbox.StepCapabilities, "", nil, err)
	}
	defer func() { c.quit() }() // of the last connection
	_ = p.step(ctx, mailbox.StepCapabilities, "", abilities(c.client), nil)
	if p.opts.User == "" {
		return nil
	}
	how, err := p.mechanism(c.client)
	if err != nil {
		return p.step(ctx, mailbox.StepSignIn, "", nil, err)
	}
	facts := []string{fmt.Sprintf("signed in as %q", p.opts.User)}
	err = p.authenticate(c, how, p.secret)
	if errors.Is(err, errToken) {
		var second *conn
		if second, err = p.again(ctx, err); err == nil {
			c.quit()
			c = second
			facts = append(facts, "the first access token was refused, a new one was accepted")
		}
	}
	if err != nil {
		facts = nil
	}
	return p.step(ctx, mailbox.StepSignIn, mechanismName(how), facts, err)
}

// token tests where tokens come from, and takes one, or the password.
func (p *probe) token(ctx context.Context) (err error) {
	if p.secret = p.opts.Password; !p.opts.takesToken() {
		return nil
	}
	s := mailbox.ProbeTokens(ctx, p.opts.Tokens)
	if s.Err == nil {
		p.secret, s.Err = p.Sender.token(ctx, mailbox.Secret{})
		s.Diagnose(p.advise(s.Err))
	} else if s.Err = because(ctx, s.Err); ctx.Err() == nil {
		s.Err = noToken(s.Err)
	}
	p.report(s)
	return s.Err
}

// again signs in with another token on a connection of its own.
func (p *probe) again(ctx context.Context, said error) (*conn, error) {
	another, err := p.another(ctx, p.secret, said)
	if err != nil {
		return nil, err
	}
	p.secret = another
	return p.open(ctx, another)
}

func (p *probe) resolve(ctx context.Context, host string) ([]string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.opts.Timeouts.Connect, wire.ErrIdle)
	defer cancel()
	found, err := p.opts.Lookup(ctx, host)
	return p.opts.Policy.Tell(found), err
}

// securityFacts tells about the encryption, also where the handshake failed
// with err.
func (p *probe) securityFacts(conn net.Conn, err error) []string {
	if p.opts.Security == mailbox.None {
		return []string{"not encrypted, as configured: anybody on the way can read the mails, and the password"}
	}
	if g, ok := conn.(*greeted); ok {
		conn = g.Conn
	}
	return wire.TLSFacts(conn, err)
}

// abilities tells what a server can do that matters here.
func abilities(c *smtp.Client) []string {
	var facts []string
	if limit, ok := c.MaxMessageSize(); ok && limit > 0 {
		facts = append(facts, fmt.Sprintf("takes mails of up to %d bytes (SIZE)", limit))
	} else {
		facts = append(facts, "does not tell how large a mail may be (SIZE)")
	}
	if ok, _ := c.Extension("SMTPUTF8"); ok {
		facts = append(facts, "takes addresses with any characters (SMTPUTF8)")
	} else {
		facts = append(facts, "takes addresses with ASCII characters only (no SMTPUTF8)")
	}
	var can []string
	for _, name := range []string{"8BITMIME", "PIPELINING", "CHUNKING", "DSN", "ENHANCEDSTATUSCODES"} {
		if ok, _ := c.Extension(name); ok {
			can = append(can, name)
		}
	}
	if len(can) > 0 {
		facts = append(facts, "can "+strings.Join(can, ", "))
	}
	if ok, mechanisms := c.Extension("AUTH"); ok {
		return append(facts, "sign-in by "+wire.Printable(strings.Join(strings.Fields(mechanisms), ", ")))
	}
	return append(facts, "offers no sign-in (AUTH)")
}

// because returns why ctx ended, or err if it did not.
func because(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}
