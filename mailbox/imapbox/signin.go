package imapbox

import (
	"errors"
	"fmt"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

// errPreauth: whose mailbox would this be?
var errPreauth = errors.New("the server signs in by itself (PREAUTH)")

// signIn signs in and makes the session ready for what m wants of it.
func (s *session) signIn(m mailbox.Mailbox, secret mailbox.Secret) error {
	caps, err := s.greet()
	if err != nil {
		return err
	}
	how, err := mechanism(m, caps)
	if err != nil {
		return err
	}
	if err := authenticate(s.client, how, m, secret); err != nil {
		return err
	}
	return s.settleIn(m)
}

// greet waits for the greeting and returns what the server offers before it
// knows us.
func (s *session) greet() (imap.CapSet, error) {
	if err := s.greeting(); err != nil {
		return nil, fmt.Errorf("greeting: %w", err)
	}
	if s.client.State() != imap.ConnStateNotAuthenticated {
		return nil, errPreauth
	}
	return s.capabilities()
}

// greeting waits for it. Of a server that says BYE and hangs up, or hangs up
// right after its greeting, the library tells by chance that one or the other: it
// is asked until it tells what was said, or surely nothing was.
func (s *session) greeting() (err error) {
	for range 64 {
		if err = s.client.WaitGreeting(); err == nil || answered(err) {
			return err
		}
	}
	return err
}

// answered reports an error that is an answer of the server.
func answered(err error) bool {
	_, ok := errors.AsType[*imap.Error](err)
	return ok
}

// capabilities asks for them, because the library may still hold former ones,
// and some servers (Exchange) never tell unasked.
func (s *session) capabilities() (imap.CapSet, error) {
	caps, err := s.client.Capability().Wait()
	if err != nil {
		return nil, fmt.Errorf("capabilities: %w", err)
	}
	return caps, nil
}

// settleIn learns what the server can do for us, once signed in.
func (s *session) settleIn(m mailbox.Mailbox) (err error) {
	if s.caps, err = s.capabilities(); err != nil {
		return err
	}
	if s.caps.Has(imap.CapIMAP4rev2) {
		// The library then writes names in UTF-8, which a server that knows
		// both revisions takes as such only after this. A refusal shows when
		// such a name is used.
		if _, err := s.client.Enable(imap.CapIMAP4rev2).Wait(); err != nil && !refused(err) {
			return fmt.Errorf("enable IMAP4rev2: %w", err)
		}
	}
	return s.canKeep(m)
}
