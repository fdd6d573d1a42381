package oauthtest

import (
	"cmp"
	"context"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
)

// authorize is where a person signs in and consents.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := r.URL.Query()
	redirect := q.Get("redirect_uri")
	if q.Get("client_id") != s.opts.ClientID || !slices.Contains(s.opts.RedirectURIs, redirect) {
		// Nobody is sent to an address that is not registered.
		http.Error(w, "AADSTS50011: client or redirect URI are not registered", http.StatusBadRequest)
		return
	}
	if s.opts.Ask && r.Method == http.MethodGet {
		ask(w, cmp.Or(q.Get("login_hint"), s.opts.User))
		return
	}
	back := url.Values{"state": {q.Get("state")}}
	if s.opts.Issuer != "" {
		back.Set("iss", s.opts.Issuer)
	}
	if code, text := s.flaw(q, r.PostFormValue("decision")); code != "" {
		back.Set("error", code)
		back.Set("error_description", text)
	} else {
		back.Set("code", s.newCode(q))
	}
	u, err := url.Parse(redirect)
	if err != nil {
		http.Error(w, "the redirect URI is none", http.StatusBadRequest)
		return
	}
	old := u.Query()
	maps.Copy(old, back)
	u.RawQuery = old.Encode()
	http.Redirect(w, r, u.String(), http.StatusFound)
}

// flaw says why a sign-in is refused, or "".
func (s *Server) flaw(q url.Values, decision string) (code, text string) {
	switch {
	case decision == "decline":
		return "access_denied", "AADSTS65004: the user declined to consent"
	case q.Get("response_type") != "code":
		return "unsupported_response_type", "AADSTS70005: only codes"
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		return "invalid_request", "AADSTS50147: the code challenge is not valid"
	case resources(q.Get("scope")) > 1:
		return "invalid_request", "AADSTS28000: several resources"
	case resources(q.Get("scope")) == 0:
		return "invalid_scope", "AADSTS70011: no scope"
	}
	return "", ""
}

func (s *Server) newCode(q url.Values) string {
	now := s.opts.Now()
	code := s.newToken("code")
	s.codes[code] = &signIn{
		user: cmp.Or(q.Get("login_hint"), s.opts.User), scope: q.Get("scope"), redirect: q.Get("redirect_uri"),
		challenge: q.Get("code_challenge"), offline: s.offline(q), begun: now, lastUse: now,
	}
	return code
}

// offline reports whether a refresh token is asked for.
func (s *Server) offline(q url.Values) bool {
	if s.opts.Google {
		return q.Get("access_type") == "offline" && q.Get("prompt") == "consent"
	}
	return slices.Contains(fields(q.Get("scope")), "offline_access")
}

func ask(w http.ResponseWriter, user string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = fmt.Fprintf(w, `<!doctype html><title>Sign in</title><form method="post"><p>%s</p>`+
		`<button name="decision" value="accept">Accept</button> <button name="decision" value="decline">Decline</button></form>`, html.EscapeString(user))
}

// Visit does what a person's browser does with the address of a sign-in: it
// consents and returns where it is sent back to.
func (s *Server) Visit(ctx context.Context, address string) (*url.URL, error) {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, address, http.NoBody)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Code != http.StatusFound {
		return nil, fmt.Errorf("sign-in page answers %d: %.200s", w.Code, w.Body)
	}
	return w.Result().Location()
}
