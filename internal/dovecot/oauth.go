package dovecot

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TokenFor returns the access token that signs in as a user.
func TokenFor(user string) string { return "good-" + user }

// LongTokenFor returns one that is as long as Microsoft's are.
func LongTokenFor(user string) string { return TokenFor(user) + "~" + strings.Repeat("long", 500) }

// introspection starts what Dovecot asks about tokens (RFC 7662), and returns
// its URL.
func introspection(t testing.TB) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, good := strings.CutPrefix(r.FormValue("token"), TokenFor(""))
		user, _, _ = strings.Cut(user, "~")
		answer := map[string]any{"active": good}
		if good {
			answer["username"] = user
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// oauth returns the mechanisms and the passdb for tokens.
func (s *Server) oauth() (mechanisms, passdb string, err error) {
	if s.introspect == "" {
		return "", "", nil
	}
	file := filepath.Join(s.dir, "oauth2.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, introspects, s.introspect), 0o644); err != nil {
		return "", "", err
	}
	return "xoauth2 oauthbearer", fmt.Sprintf("passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = %s\n}", file), nil
}

const introspects = `introspection_mode = post
introspection_url = %s/
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 50000
`
