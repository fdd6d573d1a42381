package ticketmail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/seal"
	"example.com/ticketmail/notify"
)

// troubleOf returns what is wrong with a mailbox, and with which of its
// folders, by the error of a poll: what can be said to people without repeating
// what a server said. Of several errors the first kind in this order counts.
func troubleOf(err error) (what notify.Trouble, folder string) {
	if token, ok := errors.AsType[*oauth.Error](err); ok {
		return tokenTrouble(token), ""
	}
	if _, ok := errors.AsType[*mailbox.AuthError](err); ok {
		return notify.TroublePassword, ""
	}
	if c, ok := errors.AsType[*ConsentError](err); ok {
		return notify.TroubleConsent, c.Folder
	}
	if f, ok := errors.AsType[*mailbox.FolderError](err); ok {
		return notify.TroubleFolder, f.Folder
	}
	return plainTrouble(err), ""
}

func tokenTrouble(err *oauth.Error) notify.Trouble {
	switch err.Action {
	case oauth.SignIn:
		return notify.TroubleSignIn
	case oauth.Fix:
		return notify.TroubleOAuth
	}
	return notify.TroubleProvider
}

func plainTrouble(err error) notify.Trouble {
	_, noKey := errors.AsType[*seal.UnknownKeyError](err)
	_, unverified := errors.AsType[*tls.CertificateVerificationError](err)
	_, unknownAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	_, wrongName := errors.AsType[x509.HostnameError](err)
	name, lookup := errors.AsType[*net.DNSError](err)
	_, network := errors.AsType[*net.OpError](err)
	switch {
	case errors.Is(err, ErrNoSealer), noKey, errors.Is(err, seal.ErrRefused):
		return notify.TroubleSecret
	case errors.Is(err, mailbox.ErrReadOnly):
		return notify.TroubleReadOnly
	case errors.Is(err, mailbox.ErrCannotKeep):
		return notify.TroubleKeep
	case unverified, unknownAuthority, wrongName:
		return notify.TroubleCertificate
	case errors.Is(err, mailbox.ErrLater):
		return notify.TroubleBusy
	case errors.Is(err, ErrStalled):
		return notify.TroubleStalled
	case lookup && name.IsNotFound:
		return notify.TroubleName
	case lookup, network, errors.Is(err, wire.ErrIdle), errors.Is(err, context.DeadlineExceeded):
		return notify.TroubleUnreachable
	}
	return notify.TroubleOther
}
