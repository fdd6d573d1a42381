package pop3box

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

// Probe implements mailbox.Prober. It sends no command that changes or fetches
// a mail, and takes its leave in a way that removes none. Names are looked up
// unless Options.Dial does that.
func (c *Connector) Probe(ctx context.Context, m mailbox.Mailbox, report func(mailbox.Step)) error {
	p := &probe{c.approach(m.WithDefaults())}
	ctx, cancel := c.patience(ctx)
	defer cancel()
	defer func() { p.drop() }() // of the last approach
	for _, step := range []struct {
		name mailbox.StepName
		try  func(context.Context, *mailbox.Step) error
	}{
		{mailbox.StepResolve, p.resolve},
		{mailbox.StepDial, p.reach},
		{mailbox.StepSecure, p.protect},
		{mailbox.StepCapabilities, p.learn},
		{mailbox.StepSignIn, p.signIn},
		{mailbox.StepFolder, p.look},
	} {
		s := mailbox.Step{Name: step.name}
		if err := step.try(ctx, &s); err != nil {
			s.Err = because(ctx, err)
			s.Diagnose(diagnose(p.m, s.Err))
		}
		report(s)
		if s.Err != nil {
			return fmt.Errorf("test of %s: %s: %w", address(p.m), s.Name, s.Err)
		}
	}
	return nil
}

// A probe is one connection test.
type probe struct{ *approach }

func (p *probe) resolve(ctx context.Context, s *mailbox.Step) error {
	switch {
	case net.ParseIP(p.m.Host) != nil:
		s.Facts = []string{p.m.Host + " is an address"}
	case p.opts.Dial != nil:
		s.Facts = []string{"the name is looked up where the connection is made"}
	default:
		facts, err := p.opts.Policy.Describe(ctx, p.m.Host)
		s.Facts = facts
		return err
	}
	return nil
}

func (p *probe) reach(ctx context.Context, s *mailbox.Step) error {
	if err := p.dial(ctx); err != nil {
		return err
	}
	context.AfterFunc(ctx, p.approach.drop) // ctx ends with the probe
	s.Facts = []string{"connected to " + address(p.m)}
	return nil
}

func (p *probe) protect(ctx context.Context, s *mailbox.Step) error {
	s.About = string(p.m.Security)
	if err := p.secure(ctx); err != nil {
		return err
	}
	if p.state == nil {
		s.Facts = []string{"not encrypted, as configured: anybody on the way can read the password and the mails"}
		return nil
	}
	s.Facts = []string{tls.VersionName(p.state.Version), certificate(p.state)}
	if p.m.InsecureSkipVerify {
		s.Facts = append(s.Facts, "the certificate was not checked, as configured: it may be anybody's")
	}
	return nil
}

func certificate(state *tls.ConnectionState) string {
	leaf := state.PeerCertificates[0]
	name := leaf.Subject.CommonName
	if len(leaf.DNSNames) > 0 {
		name = strings.Join(leaf.DNSNames[:min(len(leaf.DNSNames), 5)], ", ")
	}
	return fmt.Sprintf("certificate of %.300s until %s", name, leaf.NotAfter.UTC().Format(time.DateOnly))
}

func (p *probe) learn(_ context.Context, s *mailbox.Step) error {
	if err := p.meet(); err != nil {
		return err
	}
	if p.caps == nil {
		s.Facts = []string{"the server has no CAPA: it does not tell what it can do"}
		return nil
	}
	s.Facts = p.caps.names()
	return nil
}

// signIn tries the password, or a token, and where that is refused another
// one, as Connect does.
func (p *probe) signIn(ctx context.Context, s *mailbox.Step) error {
	how, err := mechanism(p.m, p.caps)
	if err != nil {
		return err
	}
	s.About = string(how)
	s.Facts = []string{"as " + p.m.User}
	if !how.OAuth() {
		return p.enter(how, p.m.Password)
	}
	token, err := p.token(ctx, p.m, mailbox.Secret{})
	if err != nil {
		return err
	}
	err = p.enter(how, token)
	why, refused := errors.AsType[*mailbox.AuthError](err)
	if !refused {
		return err
	}
	if token, err = p.another(ctx, p.m, token, why); err != nil {
		return err
	}
	s.Facts = append(s.Facts, "the first token was refused, and another one fetched")
	return p.anew(ctx, how, token)
}

// anew signs in over a connection of its own.
func (p *probe) anew(ctx context.Context, how mailbox.Auth, token mailbox.Secret) error {
	p.drop()
	p.approach = p.Connector.approach(p.m)
	if err := p.dial(ctx); err != nil {
		return err
	}
	context.AfterFunc(ctx, p.approach.drop)
	if err := p.secure(ctx); err != nil {
		return err
	}
	if err := p.meet(); err != nil {
		return err
	}
	return p.enter(how, token)
}

// look counts the mails, and finds out whether the server can tell them apart.
func (p *probe) look(_ context.Context, s *mailbox.Step) error {
	s.About = inbox
	session := p.session(p.approach)
	mails, bytes, err := session.stat()
	if err != nil {
		return err
	}
	s.Facts = []string{fmt.Sprintf("%d mails, %d bytes", mails, bytes), "mails can be removed, which takes effect at the end of a session"}
	command := "UIDL 1"
	if mails == 0 {
		command = "UIDL"
	}
	_, err = p.conn.ask(command)
	switch {
	case refused(err) != nil && p.caps != nil && !p.caps.has("TOP"):
		return errNameless
	case refused(err) != nil:
		s.Facts = append(s.Facts, noUIDL)
	case err != nil:
		return err
	case mails == 0:
		if err := p.conn.lines(listMost, func([]byte) error { return nil }); err != nil {
			return err
		}
	}
	if !p.caps.hasty() {
		s.Facts = append(s.Facts, "the server wants time between two sessions (LOGIN-DELAY): mails are removed once, at the end of a poll")
	}
	if p.caps.forgetful() {
		s.Facts = append(s.Facts, "the server deletes what was fetched by itself (EXPIRE 0)")
	}
	p.leave()
	return nil
}

// errNameless is a server whose mails cannot be told apart.
var errNameless = errors.New("the server knows neither UIDL nor TOP")

// leave ends the session so that the server frees the mailbox at once. What it
// answers does not matter.
func (p *probe) leave() {
	timer := time.AfterFunc(farewell, p.drop)
	defer timer.Stop()
	if _, err := p.conn.ask("RSET"); err == nil {
		_, _ = p.conn.ask("QUIT")
	}
}
