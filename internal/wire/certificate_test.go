package wire_test

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/internal/wire"
)

// A certificate that ends soon says in how many days.
func TestTLSFactsDays(t *testing.T) {
	for want, left := range map[string]time.Duration{
		" (0 days)": time.Hour, " (1 day)": 36 * time.Hour, " (2 days)": 48 * time.Hour, "": 30 * 24 * time.Hour,
	} {
		synctest.Test(t, func(t *testing.T) {
			c := &x509.Certificate{DNSNames: []string{"mail.example"}, NotAfter: time.Now().Add(left)}
			facts := wire.TLSFacts(nil, &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{c}})
			last := facts[len(facts)-1]
			if _, days, _ := strings.Cut(last, c.NotAfter.UTC().Format(time.DateOnly)); days != want {
				t.Errorf("with %s left: %q", left, last)
			}
		})
	}
}
