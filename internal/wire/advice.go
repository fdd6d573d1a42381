package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

// NetworkAdvice explains to an administrator why a server cannot be reached:
// what is behind err, and what to do. ports says where such a server usually
// listens. Both are empty where err is about something else.
func NetworkAdvice(err error, host string, port int, ports string) (cause, cure string) {
	unknown, ok := errors.AsType[*net.DNSError](err)
	switch {
	case ok && unknown.IsNotFound:
		return fmt.Sprintf("there is no host %q", host), "check the spelling of the host name"
	case ok:
		return "the name server does not answer", "check the network and the name server of this machine, or give the host's address"
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Sprintf("nothing listens on port %d of %s", port, host), "check the port: " + ports
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no network path leads to the host", "check the network, VPN and firewall of this machine"
	case errors.Is(err, ErrIdle), timedOut(err), errors.Is(err, context.DeadlineExceeded):
		return "the server does not answer in time", "check host and port (" + ports + "), and whether a firewall drops the packets"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed):
		return "the server closed the connection", "check host and port (" + ports + "); the server may also refuse this machine's address"
	}
	return "", ""
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// CertificateAdvice explains why a certificate of host is not accepted.
// lastResort is added to the cure where nothing else may help; it may be
// empty.
func CertificateAdvice(err error, host, lastResort string) (cause, cure string) {
	if wrong, ok := errors.AsType[x509.HostnameError](err); ok {
		return fmt.Sprintf("the certificate is for %s, not for %s", names(wrong.Certificate), host),
			"enter one of these names as the host, if it is the right server, or have the certificate renewed with this name"
	}
	if bad, ok := errors.AsType[x509.CertificateInvalidError](err); ok && bad.Reason == x509.Expired {
		if strings.Contains(bad.Detail, "is before") {
			return "the certificate is not valid yet", "check the clock of this machine, and that of the server when the certificate was made"
		}
		return "the certificate has expired", "have it renewed on the server, or check the clock of this machine" + lastResort
	}
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		if unknown.Cert != nil && selfSigned(unknown.Cert) {
			return "the certificate is signed by itself: nobody vouches for it", "trust it by adding it to the trusted authorities" + lastResort
		}
		return "the certificate is signed by an authority that this machine does not trust",
			"add the authority to the trusted ones, or have the server send its intermediate certificates" + lastResort
	}
	return "", ""
}
