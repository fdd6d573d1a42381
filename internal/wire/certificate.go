package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// TLSFacts tells an administrator about the encryption of conn, also where the
// handshake failed with err. There is nothing to tell of a connection that is
// not encrypted.
func TLSFacts(conn net.Conn, err error) []string {
	if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok && len(bad.UnverifiedCertificates) > 0 {
		return certificateFacts(bad.UnverifiedCertificates[0])
	}
	c, ok := conn.(*tls.Conn)
	if err != nil || !ok {
		return nil
	}
	state := c.ConnectionState()
	if len(state.PeerCertificates) == 0 {
		return nil
	}
	facts := append([]string{tls.VersionName(state.Version)}, certificateFacts(state.PeerCertificates[0])...)
	if state.VerifiedChains == nil {
		facts = append(facts, "the certificate was not verified, as configured")
	}
	return facts
}

// certificateFacts tells what an administrator compares.
func certificateFacts(c *x509.Certificate) []string {
	until := "valid until " + c.NotAfter.UTC().Format(time.DateOnly)
	switch days := int(time.Until(c.NotAfter) / (24 * time.Hour)); {
	case days == 1:
		until += " (1 day)"
	case days >= 0 && days < 21:
		until += fmt.Sprintf(" (%d days)", days)
	}
	return []string{"certificate of " + names(c), "issued by " + Printable(issuer(c)), until}
}

// names returns who a certificate is for, at most ten of them.
func names(c *x509.Certificate) string {
	all := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	switch {
	case len(all) == 0:
		return "nobody (it names no host)"
	case len(all) > 10:
		return Printable(strings.Join(all[:10], ", ")) + fmt.Sprintf(" and %d more", len(all)-10)
	}
	return Printable(strings.Join(all, ", "))
}

func issuer(c *x509.Certificate) string {
	if selfSigned(c) {
		return "itself"
	}
	if name := c.Issuer.String(); name != "" {
		return name
	}
	return "somebody without a name"
}

func selfSigned(c *x509.Certificate) bool {
	return string(c.RawIssuer) == string(c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// Printable makes text of a server fit for a line of a report: at most 300
// bytes of it, in valid UTF-8 and without control characters.
func Printable(s string) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s)
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "..."
	}
	return s
}
