package oauth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

// Limits of what a provider answers.
const (
	MaxAnswer     = 128 << 10      // bytes of an answer; Microsoft's have some 6 KB
	maxToken      = 16 << 10       // bytes of one token; sealed they still fit into an Item
	maxLifetime   = 24 * time.Hour // longer ones are looked at again after this
	guessLifetime = time.Hour      // of a token whose lifetime is not told
	maxRetryAfter = time.Hour
)

// An answer is what a token service gives out.
type answer struct {
	access, refresh mailbox.Secret
	lifetime        time.Duration // of access; above 0, at most maxLifetime
	dies            time.Duration // of refresh; 0: not told
	scope           string        // what was granted; empty: what was asked for
}

// tokenJSON is the body of RFC 6749 sections 5.1 and 5.2, with what Microsoft
// and Google add.
type tokenJSON struct {
	AccessToken   string  `json:"access_token"`
	TokenType     string  `json:"token_type"`
	ExpiresIn     seconds `json:"expires_in"`
	RefreshToken  string  `json:"refresh_token"`
	RefreshExpiry seconds `json:"refresh_token_expires_in"`
	Scope         string  `json:"scope"`
	Error         string  `json:"error"`
	Description   string  `json:"error_description"`
	Codes         []int64 `json:"error_codes"`
	Correlation   string  `json:"correlation_id"`
}

// seconds is a number of seconds, which some providers write as text.
// Anything else counts as not told.
type seconds time.Duration

func (s *seconds) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseFloat(strings.Trim(string(b), `"`), 64)
	if err == nil && n > 0 && n < 10*365*86400 {
		*s = seconds(n * float64(time.Second))
	}
	return nil
}

// parseAnswer reads what a token service answered. Everything but a bearer
// token fails with an Error, whose Mailbox is empty.
func parseAnswer(status int, header http.Header, body []byte, now time.Time) (answer, *Error) {
	var j tokenJSON
	err := json.Unmarshal(body, &j)
	switch {
	case status >= 300 && status < 400:
		return answer{}, statusError(CodeRedirect, status)
	case err != nil && (status >= 400):
		return answer{}, refusal(tokenJSON{}, status, header, now)
	case err != nil:
		return answer{}, statusError(CodeBadAnswer, status)
	case status != http.StatusOK || j.Error != "":
		return answer{}, refusal(j, status, header, now)
	case !isToken(j.AccessToken), j.RefreshToken != "" && !isToken(j.RefreshToken), !strings.EqualFold(j.TokenType, "bearer"):
		return answer{}, statusError(CodeBadAnswer, status)
	}
	a := answer{
		access: mailbox.NewSecret(j.AccessToken), refresh: mailbox.NewSecret(j.RefreshToken),
		lifetime: time.Duration(j.ExpiresIn), dies: time.Duration(j.RefreshExpiry), scope: j.Scope,
	}
	if a.lifetime <= 0 {
		a.lifetime = guessLifetime
	}
	a.lifetime = min(a.lifetime, maxLifetime)
	return a, nil
}

// isToken reports whether s can be a token: 1*VSCHAR (RFC 6749 appendix A).
// Anything else could forge a field of SASL XOAUTH2, where a control
// character ends one.
func isToken(s string) bool {
	return s != "" && len(s) <= maxToken && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' })
}

func statusError(code string, status int) *Error {
	e := newError("", code, nil)
	e.Status = status
	return e
}

var (
	aadstsCode = regexp.MustCompile(`AADSTS[0-9]{4,10}`)
	// errorCode is what error codes look like. Everything else is not shown:
	// it may be what was sent.
	errorCode = regexp.MustCompile(`^[a-z_]{1,40}$`)
	traceID   = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
)

// refusal turns an answer that is not a token into an error.
func refusal(j tokenJSON, status int, header http.Header, now time.Time) *Error {
	e := &Error{Status: status, RetryAfter: retryAfter(header.Get("Retry-After"), now)}
	if errorCode.MatchString(j.Error) {
		e.OAuth = j.Error
	}
	if traceID.MatchString(j.Correlation) {
		e.Trace = j.Correlation
	}
	switch code := aadstsCode.FindString(j.Description); {
	case code != "":
		e.Code = code
	case len(j.Codes) > 0 && j.Codes[0] > 0:
		e.Code = fmt.Sprintf("AADSTS%d", j.Codes[0])
	case e.OAuth != "":
		e.Code = e.OAuth
	case status >= 400:
		e.Code = fmt.Sprintf("HTTP %d", status)
	default:
		e.Code = CodeUnknown
	}
	classify(e)
	return e
}

// trimAADSTS returns the number of one of Microsoft's codes.
func trimAADSTS(code string) string {
	number, ok := strings.CutPrefix(code, "AADSTS")
	if !ok {
		return ""
	}
	return number
}

// retryAfter reads the header field of that name (RFC 9110 section 10.2.3):
// seconds or a date. It returns 0 for anything else.
func retryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if n, err := strconv.ParseInt(value, 10, 32); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}
