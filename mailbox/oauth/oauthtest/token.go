package oauthtest

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// token is the token address.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := r.ParseForm(); err != nil {
		refuse(w, http.StatusBadRequest, "invalid_request", "AADSTS90014", "the body is no form")
		return
	}
	if !s.knows(w, r) {
		return
	}
	switch r.PostForm.Get("grant_type") {
	case "authorization_code":
		s.redeem(w, r.PostForm)
	case "refresh_token":
		s.refreshed(w, r.PostForm)
	case "client_credentials":
		s.appOnly(w, r.PostForm)
	case "urn:ietf:params:oauth:grant-type:device_code":
		s.redeemDevice(w, r.PostForm)
	default:
		refuse(w, http.StatusBadRequest, "unsupported_grant_type", "AADSTS70003", "the grant is not offered")
	}
}

// knows checks client id and secret, in the body or the header.
func (s *Server) knows(w http.ResponseWriter, r *http.Request) bool {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		id, _ = url.QueryUnescape(user)
		secret, _ = url.QueryUnescape(password)
	}
	switch {
	case id != s.opts.ClientID:
		refuse(w, http.StatusBadRequest, "unauthorized_client", "AADSTS700016", "the application was not found")
	case secret == "" && s.secret != "":
		refuse(w, http.StatusUnauthorized, "invalid_client", "AADSTS7000218", "the body must contain client_assertion or client_secret")
	case secret != s.secret:
		// A hostile provider repeats what it was sent.
		refuse(w, http.StatusUnauthorized, "invalid_client", "AADSTS7000215", "invalid client secret "+secret)
	default:
		return true
	}
	return false
}

// redeem turns a code into tokens.
func (s *Server) redeem(w http.ResponseWriter, form url.Values) {
	x := s.codes[form.Get("code")]
	verifier := sha256.Sum256([]byte(form.Get("code_verifier")))
	now := s.opts.Now()
	switch {
	case x == nil:
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS70000", "the code is not known")
	case x.redeemed:
		x.revoked = true // RFC 6749 section 4.1.2
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS54005", "the code was redeemed already")
	case now.After(x.begun.Add(10 * time.Minute)):
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS70008", "the code has expired")
	case form.Get("redirect_uri") != x.redirect:
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS50011", "the redirect URI is another")
	case x.challenge != base64.RawURLEncoding.EncodeToString(verifier[:]):
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS501481", "the verifier does not match the challenge")
	default:
		x.redeemed = true
		s.give(w, x, s.newRefresh(x))
	}
}

// refreshed answers a refresh.
func (s *Server) refreshed(w http.ResponseWriter, form url.Values) {
	old := form.Get("refresh_token")
	x, now := s.refresh[old], s.opts.Now()
	switch {
	case x == nil:
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS70000", "the token "+old+" is not known")
	case s.spent[old]:
		x.revoked = true // RFC 9700 section 4.14.2: it may have been stolen
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS70000", "the token was used already")
	case x.revoked:
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS50173", "the grant was revoked")
	case now.After(x.lastUse.Add(s.opts.IdleLife)):
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS700082", "the token has expired due to inactivity")
	case s.opts.Life > 0 && now.After(x.begun.Add(s.opts.Life)):
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS70008", "the token has expired")
	case form.Has("scope") && resources(form.Get("scope")) > 1:
		refuse(w, http.StatusBadRequest, "invalid_grant", "AADSTS28000", "several resources")
	default:
		next := ""
		if s.opts.Rotation != NoRotation {
			next = s.newRefresh(x)
			s.spent[old] = s.opts.Rotation == RotateOnce
		}
		s.give(w, x, next)
	}
}

// appOnly answers the application itself.
func (s *Server) appOnly(w http.ResponseWriter, form url.Values) {
	if !strings.HasSuffix(form.Get("scope"), "/.default") {
		refuse(w, http.StatusBadRequest, "invalid_scope", "AADSTS1002012", "the scope must end in /.default")
		return
	}
	token := s.newToken("at")
	s.access[token] = accessToken{AnyUser, form.Get("scope"), s.opts.Now().Add(s.opts.TokenLife), nil}
	answer(w, http.StatusOK, map[string]any{"token_type": "Bearer", "expires_in": s.opts.TokenLife.Seconds(), "access_token": token})
}

// newRefresh returns a further refresh token of a sign-in, or "".
func (s *Server) newRefresh(x *signIn) string {
	if !x.offline {
		return ""
	}
	token := s.newToken("rt")
	s.refresh[token] = x
	return token
}

// give answers with tokens of a sign-in; refresh may be empty.
func (s *Server) give(w http.ResponseWriter, x *signIn, refresh string) {
	now := s.opts.Now()
	x.lastUse = now
	token := s.newToken("at")
	s.access[token] = accessToken{x.user, x.scope, now.Add(s.opts.TokenLife), x}
	body := map[string]any{
		"token_type": "Bearer", "access_token": token, "expires_in": s.opts.TokenLife.Seconds(),
		"scope": strings.ReplaceAll(x.scope, " offline_access", ""), // as Microsoft does
	}
	if refresh != "" {
		body["refresh_token"] = refresh
	}
	if s.opts.Life > 0 {
		body["refresh_token_expires_in"] = x.begun.Add(s.opts.Life).Sub(now).Seconds()
	}
	answer(w, http.StatusOK, body)
}

// newToken returns a token nobody guesses, with a number for people.
func (s *Server) newToken(kind string) string {
	s.serial++
	return fmt.Sprintf("%s-%d-%s", kind, s.serial, rand.Text())
}

// resources counts the resources that scopes belong to.
func resources(scope string) int {
	hosts := map[string]bool{}
	for x := range strings.FieldsSeq(scope) {
		switch u, err := url.Parse(x); {
		case err == nil && u.Host != "":
			hosts[u.Host] = true
		case !strings.Contains("offline_access openid profile email", x):
			hosts["graph.microsoft.com"] = true // a bare name is Graph's
		}
	}
	return len(hosts)
}

// refuse answers as Microsoft does.
func refuse(w http.ResponseWriter, status int, code, aadsts, text string) {
	const id = "00000000-0000-4000-8000-000000000000"
	body := map[string]any{
		"error": code, "error_description": cmp.Or(aadsts, code) + ": " + text + "\r\nTrace ID: " + id, "correlation_id": id, "trace_id": id,
	}
	var number int64
	if _, err := fmt.Sscanf(aadsts, "AADSTS%d", &number); err == nil {
		body["error_codes"] = []int64{number}
	}
	answer(w, status, body)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // nobody is left to be told
}
