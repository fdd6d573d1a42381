package imapbox

import (
	"errors"
	"slices"

	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

var errNoPassword = errors.New("the server takes no password here (LOGINDISABLED)")

// authenticate signs in with the password.
func authenticate(c *imapclient.Client, caps imap.CapSet, m mailbox.Mailbox) error {
	password := m.Password.Reveal()
	plain, disabled := caps.Has(imap.AuthCap("PLAIN")), caps.Has(imap.CapLoginDisabled)
	var err error
	switch {
	case plain && (disabled || caps.Has(imap.CapSASLIR)):
		err = c.Authenticate(sasl.NewPlainClient("", m.User, password))
	case disabled:
		return errNoPassword
	default:
		err = c.Login(m.User, password).Wait()
	}
	if said, ok := errors.AsType[*imap.Error](err); ok && said.Type == imap.StatusResponseTypeNo && !temporary(said) {
		return &mailbox.AuthError{User: m.User, Err: said}
	}
	return err
}

// temporary reports whether a refusal says nothing about the credentials
// (RFC 5530).
func temporary(err *imap.Error) bool {
	return slices.Contains([]imap.ResponseCode{imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug}, err.Code)
}

// refused reports whether err is an answer of the server (NO or BAD), after
// which the connection goes on.
func refused(err error) bool {
	_, ok := errors.AsType[*imap.Error](err)
	return ok
}
