// Package wiretest is for tests of clients of mail servers: certificates, good
// and bad ones, and scripted servers that work under the fake time of a
// synctest bubble.
package wiretest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"testing"
	"time"
)

// An Authority issues certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewAuthority returns one that nobody trusts yet.
func NewAuthority(t testing.TB) *Authority {
	t.Helper()
	a := &Authority{cert: template(), key: newKey(t)}
	a.cert.IsCA, a.cert.BasicConstraintsValid, a.cert.DNSNames = true, true, nil
	signed := a.sign(t, a.cert, a.key)
	var err error
	if a.cert, err = x509.ParseCertificate(signed.Certificate[0]); err != nil {
		t.Fatal(err)
	}
	return a
}

// template is valid now, for mail.example and 127.0.0.1.
func template() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"mail.example"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Issue returns a certificate for mail.example and 127.0.0.1 that is valid from
// an hour ago for two hours; change, which may be nil, makes it another.
func (a *Authority) Issue(t testing.TB, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	c := template()
	if change != nil {
		change(c)
	}
	return a.sign(t, c, newKey(t))
}

func (a *Authority) sign(t testing.TB, c *x509.Certificate, key *ecdsa.PrivateKey) tls.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// Trust returns a configuration for clients that trust the authority.
func (a *Authority) Trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return &tls.Config{RootCAs: pool}
}

// A BadCertificate must be refused by a client that connects to mail.example.
type BadCertificate struct {
	Cert  tls.Certificate
	Is    func(error) bool // whether an error says what is wrong with it
	Cause string           // a part of the plain words for it, see wire.CertificateAdvice
}

// BadCertificates returns one for each thing that can be wrong, where a is
// trusted.
func (a *Authority) BadCertificates(t testing.TB) map[string]BadCertificate {
	t.Helper()
	self := NewAuthority(t)
	return map[string]BadCertificate{
		"wrong host": {
			a.Issue(t, func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = []string{"other.example"}, nil }),
			is[x509.HostnameError], "for other.example, not for mail.example",
		},
		"expired": {
			a.Issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }),
			is[x509.CertificateInvalidError], "has expired",
		},
		"not yet": {
			a.Issue(t, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }),
			is[x509.CertificateInvalidError], "not valid yet",
		},
		"unknown":     {NewAuthority(t).Issue(t, nil), is[x509.UnknownAuthorityError], "does not trust"},
		"self-signed": {self.sign(t, template(), self.key), is[x509.UnknownAuthorityError], "signed by itself"},
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
