package pop3box

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"example.com/ticketmail/internal/wire"
	"example.com/ticketmail/mailbox"
)

const usualPorts = "POP3 usually is on port 995 (tls) or 110 (starttls)"

// diagnose says in plain words why a step failed, and what to do about it.
// Both are empty where that is not known.
func diagnose(m mailbox.Mailbox, err error) (cause, cure string) {
	for _, about := range []func(mailbox.Mailbox, error) (string, string){ofTokens, ofNetwork, ofTLS, ofServer, ofSignIn} {
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
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return fmt.Sprintf("there is no host %q", m.Host), "check the name of the mail server for typing errors"
		}
		return "the name service does not answer", "check the network of this machine, and try again"
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens on port %d of %s", m.Port, m.Host), usualPorts
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return fmt.Sprintf("there is no way from here to %s", m.Host), "check the network and the firewall of this machine"
	case errors.Is(err, wire.ErrIdle):
		return fmt.Sprintf("%s does not answer on port %d in time", m.Host, m.Port), "check the port, and whether a firewall is in the way: " + usualPorts
	}
	return "", ""
}

func ofTLS(m mailbox.Mailbox, err error) (cause, cure string) {
	if host, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the certificate is not for %q, but for %.200s", m.Host, strings.Join(host.Certificate.DNSNames, ", ")),
			"use a name that the certificate has"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate was issued by nobody whom this machine trusts", "install the root certificate of the issuer on this machine"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if invalid.Reason == x509.Expired {
			return "the certificate is not valid today", "tell whoever runs the server, and check the clock of this machine"
		}
		return "the certificate is not valid", "tell whoever runs the server"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return fmt.Sprintf("port %d does not begin with TLS", m.Port), "choose starttls, or another port: " + usualPorts
	}
	switch {
	case errors.Is(err, errNoSTLS):
		return "the server cannot be asked for encryption on this port, or somebody on the way hides that it can", "choose tls and port 995"
	case errors.Is(err, errInjected):
		return "somebody on the way, or a broken server, slips text into the connection", "choose tls and port 995"
	}
	return "", ""
}

func ofServer(m mailbox.Mailbox, err error) (cause, cure string) {
	switch {
	case errors.Is(err, errNoPOP3):
		return fmt.Sprintf("what listens on port %d is no POP3 server", m.Port), usualPorts
	case errors.Is(err, errNameless):
		return "nothing tells its mails apart from one poll to the next", "use IMAP"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the server hung up", "check port and encryption: " + usualPorts + "; some servers hang up on addresses they do not know"
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
		return "the server wants another way to sign in than a password, or encryption first", "choose tls; or use a provider's sign-in with tokens (OAuth)"
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
