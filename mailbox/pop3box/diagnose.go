package pop3box

import (
	"crypto/tls"
	"errors"
	"fmt"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

const usualPorts = "POP3 usually listens on port 995 with TLS, and on 110 with STARTTLS"

// diagnose says in plain words why a step failed, and what to do about it.
// Both are empty where that is not known.
func diagnose(m mailbox.Mailbox, err error) (cause, cure string) {
	for _, about := range []func(mailbox.Mailbox, error) (string, string){
		ofTokens, ofCertificates, ofSecurity, ofServer, ofSignIn, ofNetwork,
	} {
		if cause, cure = about(m, err); cause != "" {
			return cause, cure
		}
	}
	return "", ""
}

// ofTokens passes on what a source of tokens, or a policy on addresses, says
// itself.
func ofTokens(_ mailbox.Mailbox, err error) (cause, cure string) { return mailbox.Advice(err) }

func ofNetwork(m mailbox.Mailbox, err error) (cause, cure string) {
	return wire.NetworkAdvice(err, m.Host, m.Port, usualPorts)
}

func ofCertificates(m mailbox.Mailbox, err error) (cause, cure string) {
	return wire.CertificateAdvice(err, m.Host, "; as a last resort InsecureSkipVerify accepts any certificate, and anybody in between")
}

// ofSecurity knows what happens where one side speaks TLS and the other not.
func ofSecurity(m mailbox.Mailbox, err error) (cause, cure string) {
	_, noTLS := errors.AsType[tls.RecordHeaderError](err)
	switch {
	case noTLS:
		return fmt.Sprintf("the server does not speak TLS from the first byte on port %d", m.Port), "choose STARTTLS, or another port: " + usualPorts
	case errors.Is(err, errNoSTLS):
		return "the server cannot be asked for encryption on this port, or somebody on the way hides that it can", "choose TLS and port 995"
	case errors.Is(err, errInjected):
		return "somebody on the way, or a broken server, slips text into the connection", "choose TLS and port 995"
	}
	return "", ""
}

func ofServer(m mailbox.Mailbox, err error) (cause, cure string) {
	switch {
	case errors.Is(err, errNoPOP3):
		return fmt.Sprintf("what listens on port %d is no POP3 server", m.Port), usualPorts
	case errors.Is(err, errNameless):
		return "nothing tells its mails apart from one poll to the next", "use IMAP"
	}
	switch said := refused(err); {
	case said == nil:
	case said.code == "IN-USE":
		return "another program has this mailbox open", "end it there: one program at a time can read a mailbox over POP3"
	case said.code == "LOGIN-DELAY":
		return "the server was asked too often", "try again later, and choose a longer interval"
	case said.later():
		return "the server has trouble of its own", "try again later"
	case said.code == "SYS/PERM":
		return "the mailbox is broken or closed on the server", "tell whoever runs the server"
	}
	return "", ""
}

func ofSignIn(m mailbox.Mailbox, err error) (cause, cure string) {
	_, refused := errors.AsType[*mailbox.AuthError](err)
	switch {
	case errors.Is(err, errNoPassword):
		return "the server wants another way to sign in than a password, or encryption first", "choose TLS; or use a provider's sign-in with tokens (OAuth)"
	case errors.Is(err, errNoToken):
		return "the server knows no sign-in with tokens (OAuth)", "use a password"
	case errors.Is(err, errControl):
		return "user name or password has a line break or another invisible character", "type them again"
	case refused && m.TakesToken():
		return "the server does not take the token for this mailbox", "sign in at the provider again; check that the user name is the mailbox's address and that POP3 is allowed for it"
	case refused:
		return "user name or password is wrong, or POP3 is not allowed for this mailbox",
			"type them again; switch POP3 on in the settings of the mailbox; some providers want a password made for this program"
	}
	return "", ""
}
