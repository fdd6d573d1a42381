package imapbox

import (
	"crypto/tls"
	"errors"
	"io"
	"strings"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"github.com/emersion/go-imap/v2"
)

// advise explains an error to an administrator: what is behind it, and what to
// do. It is zero where nothing is known beyond the error itself.
func advise(err error, m mailbox.Mailbox) mailbox.Diagnosis {
	if x := mailbox.Diagnose(err); x.Cause != "" { // a source of tokens, or a policy on addresses, says it itself
		return x
	}
	for _, ask := range []func(error, mailbox.Mailbox) wire.Advice{
		ofCertificates, ofSecurity, ofSignIn, ofFolders, ofNetwork,
	} {
		if a := ask(err, m); a.Cause != "" {
			return mailbox.Diagnosis(a)
		}
	}
	return mailbox.Diagnosis{}
}

// Diagnose implements [mailbox.Diagnoser].
func (c *Connector) Diagnose(m mailbox.Mailbox, err error) mailbox.Diagnosis {
	return advise(err, m.WithDefaults())
}

var _ mailbox.Diagnoser = (*Connector)(nil)

func ofNetwork(err error, m mailbox.Mailbox) wire.Advice {
	return wire.NetworkAdvice(err, m.Host, m.Port, wire.IMAPPorts)
}

func ofCertificates(err error, m mailbox.Mailbox) wire.Advice {
	return wire.CertificateAdvice(err, m.Host, wire.AnyResort)
}

// ofSecurity knows what happens where one side speaks TLS and the other not.
func ofSecurity(err error, m mailbox.Mailbox) wire.Advice {
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	alert, _ := errors.AsType[tls.AlertError](err)
	switch {
	case noTLS:
		return wire.Advise("imap-no-tls", "the server does not speak TLS from the first byte on port %[1]d", "choose STARTTLS (usually port 143), or port 993", m.Port)
	case alert != 0:
		return wire.Advise("tls-broken-off", "the server breaks off the TLS handshake", "it may want another TLS version: TLS 1.2 is the oldest that is spoken here")
	case errors.Is(err, errNoSTARTTLS):
		return wire.Advise("imap-no-starttls", "the server does not offer STARTTLS", "choose TLS (usually port 993); where the server has no encryption at all, Security None sends the password in plain text")
	case errors.Is(err, errInjected):
		return wire.Advise("imap-injected", "somebody put plain text into the start of the encryption", "do not use this connection: choose TLS (usually port 993)")
	case errors.Is(err, errPreauth):
		return wire.Advise("signed-in-unasked", "the server signs in by itself, before the connection is secured", "do not use this connection: it may be somebody else's mailbox")
	case m.Security != mailbox.TLS && m.Port == 993 && (errors.Is(err, wire.ErrIdle) || errors.Is(err, io.EOF)):
		return wire.Advise("imap-wants-tls", "port 993 expects TLS from the first byte, and the server waits for it", "choose TLS for port 993, or port 143 for STARTTLS")
	}
	return wire.Advice{}
}

func ofSignIn(err error, m mailbox.Mailbox) wire.Advice {
	const tokens = "Microsoft 365 takes access tokens alone (OAuth), Google those and app passwords"
	wrong, _ := errors.AsType[*mechanismError](err)
	refusal, isRefused := errors.AsType[*mailbox.AuthError](err)
	said, answered := errors.AsType[*imap.Error](err)
	switch {
	case errors.Is(err, errNotConnected):
		return wire.Advise("imap-not-connected", "the sign-in is valid, but does not open this mailbox",
			"check that the token belongs to this user, that he (or the application) may use the mailbox, and that IMAP is switched on for it")
	case wrong != nil && m.TakesToken():
		return wire.Advise("mechanism-takes-no-token", "the server takes no access tokens in the way that is configured", "leave Auth empty, or sign in with a password")
	case wrong != nil:
		return wire.Advise("mechanism-not-offered", "the server does not offer the mechanism that is configured", "leave Auth empty: the best that is offered is then used. "+tokens)
	case errors.Is(err, errNoPassword) && m.Security == mailbox.None:
		return wire.Advise("imap-no-plain-password", "the server takes no password over an unencrypted connection", "choose TLS (port 993) or STARTTLS (port 143)")
	case errors.Is(err, errNoPassword):
		return wire.Advise("no-passwords", "the server takes no passwords", "sign in with access tokens (OAuth)")
	case isRefused && m.TakesToken():
		return wire.Advise("imap-token-refused", "the server refuses the access token", "check that it is for IMAP at this server and for the user %[1]q; sign in again to get a new one", refusal.User)
	case isRefused:
		return wire.Advise("imap-password-refused", "user or password is wrong, or the account takes no passwords over IMAP", "check both, and whether IMAP is switched on for the account. "+tokens)
	case answered && temporary(said):
		return wire.Advise("sign-in-later", "the server cannot sign anybody in right now", "try again later")
	case errors.Is(err, errToken):
		return wire.Advise("no-token", "no access token is to be had", "sign in to the provider again, or check the application's secret")
	}
	return wire.Advice{}
}

func ofFolders(err error, _ mailbox.Mailbox) wire.Advice {
	missing, ok := errors.AsType[*mailbox.FolderError](err)
	said, answered := errors.AsType[*imap.Error](err)
	switch {
	case ok && len(missing.Candidates) > 0:
		return wire.Advise("folder-unknown", "the account has no such folder, or several that fit", "choose one of: %[1]s", wire.Printable(strings.Join(missing.Candidates, ", ")))
	case ok:
		return wire.Advise("no-folders", "the account shows no folders", "check that it is the right account")
	case errors.Is(err, mailbox.ErrReadOnly):
		return wire.Advise("folder-read-only", "the user may read the folder and not remove mails from it", "have the rights t and e (delete mails, expunge) given to the user, or keep mails with After flag")
	case errors.Is(err, mailbox.ErrCannotKeep):
		return wire.Advise("no-move", "the server has no safe way to move mails", "let mails be deleted or flagged, or use a server with MOVE or UIDPLUS")
	case errors.Is(err, errNoTrash):
		return wire.Advise("trash-hidden", "mails cannot be removed from this account: its trash is hidden from IMAP",
			"switch on \"Show in IMAP\" for the trash in the settings of the account, or let mails be moved or flagged")
	case answered && said.Type == imap.StatusResponseTypeNo:
		return wire.Advise("imap-refused", "the server refuses", "what it says is in the error; the user may lack a right")
	}
	return wire.Advice{}
}
