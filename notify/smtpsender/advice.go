package smtpsender

import (
	"crypto/tls"
	"errors"
	"io"
	"os"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/notify"
)

// advise explains an error to an administrator: what is behind it, and what to
// do. It is zero where nothing is known beyond the error itself.
func (s *Sender) advise(err error) mailbox.Diagnosis {
	if err == nil {
		return mailbox.Diagnosis{}
	}
	if x := mailbox.Diagnose(err); x.Cause != "" { // a source of tokens, or a policy on addresses, says it itself
		return x
	}
	host, port := s.server()
	for _, ask := range []func(error) wire.Advice{
		func(err error) wire.Advice {
			return wire.CertificateAdvice(err, s.opts.TLSConfig.ServerName, wire.NoResort)
		},
		s.ofSecurity, s.ofSignIn, ofServer,
		func(err error) wire.Advice { return wire.NetworkAdvice(err, host, port, wire.SMTPPorts) },
	} {
		if a := ask(err); a.Cause != "" {
			return mailbox.Diagnosis(a)
		}
	}
	return mailbox.Diagnosis{}
}

// ofSecurity knows what happens where one side speaks TLS and the other not.
func (s *Sender) ofSecurity(err error) wire.Advice {
	_, port := s.server()
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	alert, _ := errors.AsType[tls.AlertError](err)
	silent := errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, io.EOF)
	switch {
	case noTLS:
		return wire.Advise("smtp-no-tls", "the server does not speak TLS from the first byte on port %[1]d", "choose STARTTLS (usually port 587), or port 465", port)
	case alert != 0:
		return wire.Advise("smtp-tls-broken-off", "the server breaks off the TLS handshake", "it may want another TLS version: look at TLSConfig.MinVersion and MaxVersion")
	case errors.Is(err, errNoSTARTTLS):
		return wire.Advise("smtp-no-starttls", "the server does not offer STARTTLS, or somebody on the way hides that it does", "choose TLS (usually port 465); where the server has no encryption at all, Security None sends everything in plain text")
	case errors.Is(err, errInjected):
		return wire.Advise("smtp-injected", "somebody put plain text into the start of the encryption", "do not use this connection: choose TLS (usually port 465)")
	case s.opts.Security != mailbox.TLS && port == 465 && silent:
		return wire.Advise("smtp-wants-tls", "port 465 expects TLS from the first byte, and the server waits for it", "choose TLS for port 465, or port 587 for STARTTLS")
	}
	return wire.Advice{}
}

// ofSignIn knows why a server does not let us in.
func (s *Sender) ofSignIn(err error) wire.Advice {
	missing, _ := errors.AsType[*mechanismError](err)
	config, _ := errors.AsType[*notify.ConfigError](err)
	answer, _ := errors.AsType[*smtp.SMTPError](err)
	switch {
	case missing != nil && missing.offered == "" && s.opts.Security == mailbox.None:
		return wire.Advise("smtp-no-plain-sign-in", "the server offers no sign-in over an unencrypted connection", "choose STARTTLS (usually port 587) or TLS (465); or leave User empty where the server trusts this machine")
	case missing != nil && missing.offered == "":
		return wire.Advise("smtp-no-sign-in", "the server offers no sign-in on this port", "choose the port for programs: %[1]s; or leave User empty where the server trusts this machine", wire.SMTPPorts)
	case missing != nil && s.opts.takesToken():
		return wire.Advise("mechanism-takes-no-token", "the server takes no access tokens in the way that is configured", "leave Auth empty, or sign in with a password")
	case missing != nil:
		return wire.Advise("mechanism-takes-no-password", "the server takes no password in the way that is configured", "leave Auth empty, or sign in with access tokens (OAuth), as Microsoft 365 wants it")
	case errors.Is(err, errNoToken):
		return wire.Advise("no-token", "no access token is to be had", "sign in to the provider again, or check the application's secret")
	case errors.Is(err, sasl.ErrUnexpectedServerChallenge):
		return wire.Advise("mechanism-too-short", "the server asks for more than the way to sign in has", "choose another way with Auth")
	case config == nil || config.Step != "AUTH" || answer == nil:
		return wire.Advice{}
	case answer.EnhancedCode == (smtp.EnhancedCode{5, 7, 139}):
		return wire.Advise("smtp-switched-off", "sending over SMTP is switched off for the tenant or the mailbox",
			"switch on \"Authenticated SMTP\" for the mailbox, in the Microsoft 365 admin centre under Mail, Manage email apps")
	case answer.EnhancedCode == (smtp.EnhancedCode{5, 7, 30}):
		return wire.Advise("smtp-no-passwords", "the server takes no passwords any more", "sign in with access tokens (OAuth)")
	case errors.Is(err, errToken):
		return wire.Advise("smtp-token-refused", "the server refuses the access token", "check that it is for SMTP (Microsoft: the permission SMTP.Send) and that the user %[1]q may send; sign in again to get a new one", s.opts.User)
	}
	return wire.Advise("smtp-password-refused", "user or password is wrong, or the account takes no passwords over SMTP",
		"check both, and whether SMTP is switched on for the account. Microsoft 365 takes access tokens (OAuth), Google those and app passwords")
}

// ofServer knows what servers say before anything is asked of them.
func ofServer(err error) wire.Advice {
	config, _ := errors.AsType[*notify.ConfigError](err)
	answer, answered := errors.AsType[*smtp.SMTPError](err)
	step := ""
	if config != nil {
		step = config.Step
	}
	switch {
	case errors.Is(err, errNoSMTP):
		return wire.Advise("no-smtp", "what listens there is no mail server", "check host and port: %[1]s", wire.SMTPPorts)
	case errors.Is(err, errBabble):
		return wire.Advise("smtp-babble", "the server sends too much", "check that it is a mail server: %[1]s", wire.SMTPPorts)
	case answered && answer.Code < 500:
		return wire.Advise("smtp-later", "the server has trouble of its own, or wants fewer connections", "try again later")
	case step == "greeting":
		return wire.Advise("smtp-unwelcome", "the server wants nothing of this machine", "what it says is in the error; it may refuse this machine's address, or be a server for incoming mail only")
	case step == "EHLO":
		return wire.Advise("smtp-name-refused", "the server does not like the name that we greet it with", "set LocalName to the name that this machine's address has in the DNS")
	case step == "STARTTLS":
		return wire.Advise("smtp-starttls-refused", "the server offers STARTTLS and refuses it", "try again later, or choose TLS (usually port 465)")
	}
	return wire.Advice{}
}
