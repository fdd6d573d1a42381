package pop3box

import (
	"crypto/tls"
	"errors"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

// diagnose says in plain words why a step failed, and what to do about it.
// It is zero where that is not known.
func diagnose(m mailbox.Mailbox, err error) mailbox.Diagnosis {
	if x := mailbox.Diagnose(err); x.Cause != "" { // a source of tokens, or a policy on addresses, says it itself
		return x
	}
	for _, about := range []func(mailbox.Mailbox, error) wire.Advice{
		ofCertificates, ofSecurity, ofServer, ofSignIn, ofNetwork,
	} {
		if a := about(m, err); a.Cause != "" {
			return mailbox.Diagnosis(a)
		}
	}
	return mailbox.Diagnosis{}
}

// Diagnose implements [mailbox.Diagnoser].
func (c *Connector) Diagnose(m mailbox.Mailbox, err error) mailbox.Diagnosis {
	return diagnose(m.WithDefaults(), err)
}

var _ mailbox.Diagnoser = (*Connector)(nil)

func ofNetwork(m mailbox.Mailbox, err error) wire.Advice {
	return wire.NetworkAdvice(err, m.Host, m.Port, wire.POP3Ports)
}

func ofCertificates(m mailbox.Mailbox, err error) wire.Advice {
	return wire.CertificateAdvice(err, m.Host, wire.AnyResort)
}

// ofSecurity knows what happens where one side speaks TLS and the other not.
func ofSecurity(m mailbox.Mailbox, err error) wire.Advice {
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case noTLS:
		return wire.Advise("pop3-no-tls", "the server does not speak TLS from the first byte on port %[1]d", "choose STARTTLS, or another port: %[2]s", m.Port, wire.POP3Ports)
	case errors.Is(err, errNoSTLS):
		return wire.Advise("pop3-no-starttls", "the server cannot be asked for encryption on this port, or somebody on the way hides that it can", "choose TLS and port 995")
	case errors.Is(err, errInjected):
		return wire.Advise("pop3-injected", "somebody on the way, or a broken server, slips text into the connection", "choose TLS and port 995")
	}
	return wire.Advice{}
}

func ofServer(m mailbox.Mailbox, err error) wire.Advice {
	switch {
	case errors.Is(err, errNoPOP3):
		return wire.Advise("no-pop3", "what listens on port %[1]d is no POP3 server", "%[2]s", m.Port, wire.POP3Ports)
	case errors.Is(err, errNameless):
		return wire.Advise("no-uidl", "nothing tells its mails apart from one poll to the next", "use IMAP")
	}
	switch said := refused(err); {
	case said == nil:
	case said.code == "IN-USE":
		return wire.Advise("mailbox-in-use", "another program has this mailbox open", "end it there: one program at a time can read a mailbox over POP3")
	case said.code == "LOGIN-DELAY":
		return wire.Advise("too-often", "the server was asked too often", "try again later, and choose a longer interval")
	case said.later():
		return wire.Advise("server-trouble", "the server has trouble of its own", "try again later")
	case said.code == "SYS/PERM":
		return wire.Advise("mailbox-broken", "the mailbox is broken or closed on the server", "tell whoever runs the server")
	}
	return wire.Advice{}
}

func ofSignIn(m mailbox.Mailbox, err error) wire.Advice {
	_, refused := errors.AsType[*mailbox.AuthError](err)
	switch {
	case errors.Is(err, errNoPassword):
		return wire.Advise("pop3-no-passwords", "the server wants another way to sign in than a password, or encryption first", "choose TLS; or use a provider's sign-in with tokens (OAuth)")
	case errors.Is(err, errNoToken):
		return wire.Advise("pop3-no-tokens", "the server knows no sign-in with tokens (OAuth)", "use a password")
	case errors.Is(err, errControl):
		return wire.Advise("control-character", "user name or password has a line break or another invisible character", "type them again")
	case refused && m.TakesToken():
		return wire.Advise("pop3-token-refused", "the server does not take the token for this mailbox", "sign in at the provider again; check that the user name is the mailbox's address and that POP3 is allowed for it")
	case refused:
		return wire.Advise("pop3-password-refused", "user name or password is wrong, or POP3 is not allowed for this mailbox",
			"type them again; switch POP3 on in the settings of the mailbox; some providers want a password made for this program")
	}
	return wire.Advice{}
}
