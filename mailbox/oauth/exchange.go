package oauth

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/ticketmail/mailbox"
)

// newHTTP returns the client for all requests to providers. A proxy would be the
// one whose address is judged, and would connect wherever it is told to.
func newHTTP(transport http.RoundTripper, policy mailbox.DialPolicy, timeout time.Duration) *http.Client {
	if transport == nil {
		own := &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           10,
			IdleConnTimeout:        time.Minute,
			TLSHandshakeTimeout:    timeout,
			MaxResponseHeaderBytes: 64 << 10,
		}
		if policy.Restricts() {
			own.Proxy, own.DialContext = nil, policy.DialContext
		}
		transport = own
	}
	return &http.Client{
		Transport: transport,
		Timeout:   timeout, // the body included
		// A redirected POST would carry the secrets to another address.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// exchange asks for a token. The errors are complete.
func (c *Client) exchange(ctx context.Context, a Account, form url.Values) (answer, *Error) {
	status, header, body, e := c.post(ctx, a, a.Provider.TokenURL, form)
	if e != nil {
		return answer{}, e
	}
	got, e := parseAnswer(status, header, body, c.now())
	if e != nil {
		return answer{}, about(a, e)
	}
	return got, nil
}

// about completes an error of a.
func about(a Account, e *Error) *Error {
	e.Mailbox = a.Mailbox
	if a.Grant == AppOnly && e.Action == SignIn {
		// Nobody signs in: it is the app's rights that are missing.
		e.Action, e.Cure = Fix, cureConsent
	}
	return e
}

// post sends a form to one of a's addresses, with a's id and secret.
func (c *Client) post(ctx context.Context, a Account, address string, form url.Values) (int, http.Header, []byte, *Error) {
	fail := func(code string, err error) (int, http.Header, []byte, *Error) {
		return 0, nil, nil, newError(a.Mailbox, code, err)
	}
	header := a.Provider.Style == InHeader && !a.ClientSecret.IsZero()
	if !header {
		form.Set("client_id", a.ClientID)
		if !a.ClientSecret.IsZero() {
			form.Set("client_secret", a.ClientSecret.Reveal())
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return fail(CodeSettings, err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	if header {
		req.SetBasicAuth(url.QueryEscape(a.ClientID), url.QueryEscape(a.ClientSecret.Reveal()))
	}
	// Without GetBody nothing is sent a second time behind our back: the
	// first time may have used the code or refresh token up.
	req.GetBody = nil
	resp, err := c.http.Do(req)
	if err != nil {
		if _, untrusted := errors.AsType[*tls.CertificateVerificationError](err); untrusted {
			return fail(CodeCertificate, err)
		}
		if _, refused := errors.AsType[*mailbox.RefusedAddressError](err); refused {
			return fail(CodeAddress, err)
		}
		return fail(CodeNetwork, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	switch {
	case len(body) > MaxAnswer:
		return fail(CodeTooLong, nil)
	case err != nil:
		return fail(CodeNetwork, err)
	}
	return resp.StatusCode, resp.Header, body, nil
}

// granted reports whether an answer's scope holds everything that was asked
// for. Scopes that only steer the sign-in are not echoed by everybody.
func granted(asked []string, scope string) bool {
	if scope == "" {
		return true // RFC 6749 section 5.1: then it is what was asked for
	}
	got := strings.Fields(scope)
	return !slices.ContainsFunc(asked, func(want string) bool {
		if slices.Contains([]string{offlineAccess, "openid", "profile", "email"}, want) {
			return false
		}
		return !slices.ContainsFunc(got, func(s string) bool { return strings.EqualFold(s, want) })
	})
}
