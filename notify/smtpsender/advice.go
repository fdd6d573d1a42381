package smtpsender

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

const usualPorts = "mail servers take mail from programs on port 465 with TLS and on 587 with STARTTLS; 25 is for servers among themselves"

// advise explains an error to an administrator: what is behind it, and what to
// do. Both are empty where nothing is known beyond the error itself.
func (s *Sender) advise(err error) (cause, cure string) {
	if err == nil {
		return "", ""
	}
	host, port := s.server()
	for _, ask := range []func(error) (string, string){
		mailbox.Advice,
		func(err error) (string, string) { return wire.CertificateAdvice(err, s.opts.TLSConfig.ServerName, "") },
		s.ofSecurity, s.ofSignIn, ofServer,
		func(err error) (string, string) { return wire.NetworkAdvice(err, host, port, usualPorts) },
	} {
		if cause, cure = ask(err); cause != "" {
			return cause, cure
		}
	}
	return "", ""
}

// ofSecurity knows what happens where one side speaks TLS and the other not.
func (s *Sender) ofSecurity(err error) (cause, cure string) {
	_, port := s.server()
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	alert, _ := errors.AsType[tls.AlertError](err)
	silent := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.EOF)
	switch {
	case noTLS:
		return fmt.Sprintf("the server does not speak TLS from the first byte on port %d", port), "choose STARTTLS (usually port 587), or port 465"
	case alert != 0:
		return "the server breaks off the TLS handshake", "it may want another TLS version: look at TLSConfig.MinVersion and MaxVersion"
	case errors.Is(err, errNoSTARTTLS):
		return "the server does not offer STARTTLS, or somebody on the way hides that it does", "choose TLS (usually port 465); where the server has no encryption at all, Security None sends everything in plain text"
	case errors.Is(err, errInjected):
		return "somebody put plain text into the start of the encryption", "do not use this connection: choose TLS (usually port 465)"
	case s.opts.Security != mailbox.TLS && port == 465 && silent:
		return "port 465 expects TLS from the first byte, and the server waits for it", "choose TLS for port 465, or port 587 for STARTTLS"
	}
	return "", ""
}

// ofSignIn knows why a server does not let us in.
func (s *Sender) ofSignIn(err error) (cause, cure string) {
	missing, _ := errors.AsType[*mechanismError](err)
	config, _ := errors.AsType[*notify.ConfigError](err)
	answer, _ := errors.AsType[*smtp.SMTPError](err)
	switch {
	case missing != nil && missing.offered == "" && s.opts.Security == mailbox.None:
		return "the server offers no sign-in over an unencrypted connection", "choose STARTTLS (usually port 587) or TLS (465); or leave User empty where the server trusts this machine"
	case missing != nil && missing.offered == "":
		return "the server offers no sign-in on this port", "choose the port for programs: " + usualPorts + "; or leave User empty where the server trusts this machine"
	case missing != nil && s.opts.takesToken():
		return "the server takes no access tokens in the way that is configured", "leave Auth empty, or sign in with a password"
	case missing != nil:
		return "the server takes no password in the way that is configured", "leave Auth empty, or sign in with access tokens (OAuth), as Microsoft 365 wants it"
	case errors.Is(err, errNoToken):
		return "no access token is to be had", "sign in to the provider again, or check the application's secret"
	case errors.Is(err, sasl.ErrUnexpectedServerChallenge):
		return "the server asks for more than the way to sign in has", "choose another way with Auth"
	case config == nil || config.Step != "AUTH" || answer == nil:
		return "", ""
	case answer.EnhancedCode == (smtp.EnhancedCode{5, 7, 139}):
		return "sending over SMTP is switched off for the tenant or the mailbox", `switch on "Authenticated SMTP" for the mailbox, in the Microsoft 365 admin centre under Mail, Manage email apps`
	case answer.EnhancedCode == (smtp.EnhancedCode{5, 7, 30}):
		return "the server takes no passwords any more", "sign in with access tokens (OAuth)"
	case errors.Is(err, errToken):
		return "the server refuses the access token", fmt.Sprintf("check that it is for SMTP (Microsoft: the permission SMTP.Send) and that the user %q may send; sign in again to get a new one", s.opts.User)
	}
	return "user or password is wrong, or the account takes no passwords over SMTP",
		"check both, and whether SMTP is switched on for the account. Microsoft 365 takes access tokens (OAuth), Google those and app passwords"
}

// ofServer knows what servers say before anything is asked of them.
func ofServer(err error) (cause, cure string) {
	config, _ := errors.AsType[*notify.ConfigError](err)
	answer, answered := errors.AsType[*smtp.SMTPError](err)
	step := ""
	if config != nil {
		step = config.Step
	}
	switch {
	case errors.Is(err, errNoSMTP):
		return "what listens there is no mail server", "check host and port: " + usualPorts
	case errors.Is(err, errBabble):
		return "the server sends too much", "check that it is a mail server: " + usualPorts
	case answered && answer.Code < 500:
		return "the server has trouble of its own, or wants fewer connections", "try again later"
	case step == "greeting":
		return "the server wants nothing of this machine", "what it says is in the error; it may refuse this machine's address, or be a server for incoming mail only"
	case step == "EHLO":
		return "the server does not like the name that we greet it with", "set LocalName to the name that this machine's address has in the DNS"
	case step == "STARTTLS":
		return "the server offers STARTTLS and refuses it", "try again later, or choose TLS (usually port 465)"
	}
	return "", ""
}
