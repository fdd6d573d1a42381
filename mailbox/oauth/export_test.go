package oauth

import (
	"net/http"
	"time"

	"example.com/ticketmail/mailbox"
)

// Answer is an answer as the external tests see it.
type Answer struct {
	Access, Refresh mailbox.Secret
	Lifetime, Dies  time.Duration
}

// ParseAnswer is parseAnswer.
func ParseAnswer(status int, header http.Header, body []byte, now time.Time) (Answer, *Error) {
	a, e := parseAnswer(status, header, body, now)
	return Answer{a.access, a.refresh, a.lifetime, a.dies}, e
}

// ParseDevice is parseDevice.
func ParseDevice(status int, header http.Header, body []byte, now time.Time) (*Device, *Error) {
	return parseDevice(status, header, body, now)
}

// Limits of answers.
const (
	MaxToken    = maxToken
	MaxLifetime = maxLifetime
)
