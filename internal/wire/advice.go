package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
)

// NetworkAdvice explains to an administrator why a server cannot be reached.
// ports says where such a server usually listens. It is the zero Advice where
// err is about something else.
func NetworkAdvice(err error, host string, port int, ports Ports) Advice {
	unknown, ok := errors.AsType[*net.DNSError](err)
	switch {
	case ok && unknown.IsNotFound:
		return Advise("host-unknown", "there is no host %[1]q", "check the spelling of the host name", host)
	case ok:
		return Advise("name-server-silent", "the name server does not answer", "check the network and the name server of this machine, or give the host's address")
	case errors.Is(err, syscall.ECONNREFUSED):
		return Advise("port-closed", "nothing listens on port %[1]d of %[2]s", "check the port: %[3]s", port, host, ports)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return Advise("no-path", "no network path leads to the host", "check the network, VPN and firewall of this machine")
	case errors.Is(err, ErrIdle), timedOut(err), errors.Is(err, context.DeadlineExceeded):
		return Advise("server-silent", "the server does not answer in time", "check host and port (%[1]s), and whether a firewall drops the packets", ports)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		return Advise("connection-closed", "the server closed the connection", "check host and port (%[1]s); the server may also refuse this machine's address", ports)
	}
	return Advice{}
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// CertificateAdvice explains why a certificate of host is not accepted.
// last is what remains where nothing else may help.
func CertificateAdvice(err error, host string, last Resort) Advice {
	if wrong, ok := errors.AsType[x509.HostnameError](err); ok {
		return Advise("certificate-of-another", "the certificate is for %[1]s, not for %[2]s",
			"enter one of these names as the host, if it is the right server, or have the certificate renewed with this name", names(wrong.Certificate), host)
	}
	if bad, ok := errors.AsType[x509.CertificateInvalidError](err); ok && bad.Reason == x509.Expired {
		if strings.Contains(bad.Detail, "is before") {
			return Advise("certificate-too-new", "the certificate is not valid yet", "check the clock of this machine, and that of the server when the certificate was made")
		}
		return Advise("certificate-expired", "the certificate has expired", "have it renewed on the server, or check the clock of this machine%[1]s", last)
	}
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if unknown.Cert != nil && selfSigned(unknown.Cert) {
			return Advise("certificate-self-signed", "the certificate is signed by itself: nobody vouches for it", "trust it by adding it to the trusted authorities%[1]s", last)
		}
		return Advise("certificate-untrusted", "the certificate is signed by an authority that this machine does not trust",
			"add the authority to the trusted ones, or have the server send its intermediate certificates%[1]s", last)
	}
	return Advice{}
}
