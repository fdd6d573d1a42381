package oauthtest

import (
	"fmt"
	"net/http"
	"strings"
)

// introspect tells a mail server whose token it was given (RFC 7662); as GET
// with access_token it is Google's tokeninfo. An app-only token is told as that
// of Options.User.
func (s *Server) introspect(w http.ResponseWriter, r *http.Request) {
	token := r.FormValue("token")
	if token == "" {
		token = r.FormValue("access_token")
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	user, ok := s.User(token)
	if !ok {
		answer(w, http.StatusOK, map[string]any{"active": false})
		return
	}
	if user == AnyUser {
		user = s.opts.User
	}
	s.mu.Lock()
	t := s.access[token]
	s.mu.Unlock()
	answer(w, http.StatusOK, map[string]any{
		"active": true, "username": user, "scope": t.scope, "client_id": s.opts.ClientID, "exp": t.ends.Unix(),
	})
}

// Dovecot returns the file that the args of Dovecot 2.3's oauth2 passdb name:
// it accepts the tokens of this server, each for its user.
func (s *Server) Dovecot() string {
	return fmt.Sprintf(`introspection_url = %s/introspect
introspection_mode = post
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
`, s.URL)
}
