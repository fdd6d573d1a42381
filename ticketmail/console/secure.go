package console

import (
	"net/http"
	"strings"
)

// secure sets what every answer says to the browser.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY") // for browsers that do not know frame-ancestors
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cache-Control", "no-store")
}

// policy returns the Content-Security-Policy of a page whose forms may lead to
// further origins: those of the provider that a mailbox signs in with, because
// browsers hold redirects against form-action as well.
func policy(forms ...string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"style-src 'self'",
		"script-src 'self'",
		"img-src 'self'",
		"connect-src 'self'",
		strings.Join(append([]string{"form-action 'self'"}, forms...), " "),
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}
