package oauth

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

// A Device is a sign-in that a person completes on another device: it opens
// URL there and types UserCode. It does not print what it polls with.
type Device struct {
	Mailbox  mailbox.ID
	UserCode string
	URL      string    // to be typed
	FullURL  string    // the same with the code in it, for a link or QR code; may be empty
	Ends     time.Time // until when

	// Allowed is asked before each question to the provider and once more before
	// tokens are kept: up to half an hour passes, in which whoever began this may
	// lose the right to. An error ends Wait with it, and nothing is kept; nil: it
	// was decided once, when this began. Tokens that the provider has given by then
	// are forgotten here and stay valid there: nothing revokes them. It is called
	// in the goroutine of Wait.
	Allowed func(ctx context.Context) error

	client     *Client
	generation string // of the account
	code       mailbox.Secret
	interval   time.Duration
}

const (
	deviceGrant     = "urn:ietf:params:oauth:grant-type:device_code"
	defaultInterval = 5 * time.Second // RFC 8628 section 3.2
	maxInterval     = time.Minute
	maxDeviceLife   = 30 * time.Minute
)

// deviceJSON is the body of RFC 8628 section 3.2. Google writes
// verification_url.
type deviceJSON struct {
	DeviceCode string  `json:"device_code"`
	UserCode   string  `json:"user_code"`
	URI        string  `json:"verification_uri"`
	URL        string  `json:"verification_url"`
	FullURI    string  `json:"verification_uri_complete"`
	ExpiresIn  seconds `json:"expires_in"`
	Interval   seconds `json:"interval"`
}

// Device begins the sign-in of a mailbox on another device, for set-ups
// without a browser or redirect URI. Microsoft wants "Allow public client
// flows" switched on in the app registration for it. Google has none for mail.
// What is under way is lost with the process.
func (c *Client) Device(ctx context.Context, id mailbox.ID) (*Device, error) {
	a, err := c.account(ctx, id)
	if err != nil {
		return nil, err
	}
	if a.Grant != Person || a.Provider.DeviceURL == "" {
		return nil, newError(id, CodeSettings, &mailbox.FieldError{Field: "Provider.DeviceURL", Reason: "is empty, or nobody signs in: there is no sign-in by device"})
	}
	status, header, body, e := c.post(ctx, a, a.Provider.DeviceURL, url.Values{"scope": {strings.Join(a.Provider.Scopes, " ")}})
	if e != nil {
		return nil, e
	}
	d, e := parseDevice(status, header, body, c.now())
	if e != nil {
		return nil, about(a, e)
	}
	d.Mailbox, d.client, d.generation = id, c, a.Generation
	return d, nil
}

// parseDevice reads the answer that begins a device's sign-in.
func parseDevice(status int, header http.Header, body []byte, now time.Time) (*Device, *Error) {
	var j deviceJSON
	if err := json.Unmarshal(body, &j); err != nil || status != http.StatusOK || j.DeviceCode == "" {
		// A refusal looks like one of the token service; anything else is
		// none of its answers either.
		if _, e := parseAnswer(status, header, body, now); e != nil {
			return nil, e
		}
		return nil, statusError(CodeBadAnswer, status)
	}
	page := cmp.Or(j.URI, j.URL)
	if !isToken(j.DeviceCode) || !printable(j.UserCode) || badAddress(page) != "" || j.FullURI != "" && badAddress(j.FullURI) != "" {
		return nil, statusError(CodeBadAnswer, status)
	}
	life := time.Duration(j.ExpiresIn)
	if life == 0 {
		life = maxDeviceLife
	}
	return &Device{
		UserCode: j.UserCode, URL: page, FullURL: j.FullURI, Ends: now.Add(min(life, maxDeviceLife)),
		code:     mailbox.NewSecret(j.DeviceCode),
		interval: min(cmp.Or(time.Duration(j.Interval), defaultInterval), maxInterval),
	}, nil
}

// printable reports whether s can be shown on a terminal and typed.
func printable(s string) bool {
	return s != "" && len(s) <= 64 && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// Wait waits until the person has signed in, and keeps the tokens. It fails
// with an [*Error] when the person declines or the time is over, with what
// Allowed returns, or with the cause of ctx. It asks the provider every few
// seconds, as told by it.
func (d *Device) Wait(ctx context.Context) error {
	a, err := d.client.account(ctx, d.Mailbox)
	if err != nil {
		return err
	}
	if a.Generation != d.generation {
		return newError(d.Mailbox, CodeChanged, nil)
	}
	interval := d.interval
	for {
		select {
		case <-time.After(interval):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if !d.client.now().Before(d.Ends) {
			e := &Error{Mailbox: d.Mailbox, Code: "expired_token", OAuth: "expired_token"}
			classify(e)
			return e
		}
		if err := d.allowed(ctx); err != nil {
			return err
		}
		got, e := d.client.exchange(ctx, a, url.Values{"grant_type": {deviceGrant}, "device_code": {d.code.Reveal()}})
		if e == nil {
			if err := d.allowed(ctx); err != nil {
				return err
			}
			return d.client.signedIn(ctx, a, got)
		}
		more, ok := pause(e, interval)
		if !ok {
			return e
		}
		interval = more
	}
}

func (d *Device) allowed(ctx context.Context) error {
	if d.Allowed == nil {
		return nil
	}
	return d.Allowed(ctx)
}

// pause returns how long to wait after e before asking once more; not ok:
// asking is over.
func pause(e *Error, interval time.Duration) (time.Duration, bool) {
	switch {
	case e.OAuth == "authorization_pending":
		return interval, true
	case e.OAuth == "slow_down":
		return min(interval+defaultInterval, maxInterval), true // RFC 8628 section 3.5
	case e.Action == Later && e.Code != CodeStore:
		return max(min(2*interval, maxInterval), e.RetryAfter), true
	}
	return 0, false
}
