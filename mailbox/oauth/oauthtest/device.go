package oauthtest

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// A device is a sign-in by device under way.
type device struct {
	userCode string
	signIn   *signIn
	decided  string // "": not yet; "accept", "decline"
	ends     time.Time
	polled   time.Time
}

const deviceInterval = 5 * time.Second

func fields(s string) []string { return strings.Fields(s) }

// deviceCode begins a sign-in by device (RFC 8628 section 3.1).
func (s *Server) deviceCode(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := r.ParseForm(); err != nil || !s.knows(w, r) {
		return
	}
	now := s.opts.Now()
	d := &device{
		userCode: rand.Text()[:8], ends: now.Add(15 * time.Minute),
		signIn: &signIn{user: s.opts.User, scope: r.PostForm.Get("scope"), offline: s.offline(r.PostForm), begun: now, lastUse: now},
	}
	code := s.newToken("dc")
	s.devices[code] = d
	answer(w, http.StatusOK, map[string]any{
		"device_code": code, "user_code": d.userCode, "verification_uri": s.URL + "/device",
		"verification_uri_complete": s.URL + "/device?user_code=" + d.userCode,
		"expires_in":                900, "interval": deviceInterval.Seconds(),
	})
}

// redeemDevice answers a device that polls (RFC 8628 section 3.4).
func (s *Server) redeemDevice(w http.ResponseWriter, form url.Values) {
	d, now := s.devices[form.Get("device_code")], s.opts.Now()
	switch {
	case d == nil:
		refuse(w, http.StatusBadRequest, "bad_verification_code", "AADSTS70018", "the code is not known")
	case !now.Before(d.ends):
		refuse(w, http.StatusBadRequest, "expired_token", "AADSTS70019", "the code has expired")
	case d.decided == "decline":
		refuse(w, http.StatusBadRequest, "authorization_declined", "", "the user declined")
	case d.decided == "" && now.Before(d.polled.Add(deviceInterval)):
		refuse(w, http.StatusBadRequest, "slow_down", "", "too fast")
	case d.decided == "":
		d.polled = now
		refuse(w, http.StatusBadRequest, "authorization_pending", "AADSTS70016", "not yet")
	default:
		delete(s.devices, form.Get("device_code"))
		s.give(w, d.signIn, s.newRefresh(d.signIn))
	}
}

// devicePage is where a person types the code: it consents at once.
func (s *Server) devicePage(w http.ResponseWriter, r *http.Request) {
	if err := s.Approve(r.URL.Query().Get("user_code"), ""); err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	_, _ = fmt.Fprintln(w, "You may close this page.")
}

// Approve does what a person does who types a code and consents; user may be
// empty.
func (s *Server) Approve(userCode, user string) error { return s.decide(userCode, user, "accept") }

// Decline does what a person does who types a code and declines.
func (s *Server) Decline(userCode string) error { return s.decide(userCode, "", "decline") }

func (s *Server) decide(userCode, user, decision string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.devices {
		if d.userCode == userCode && d.decided == "" {
			d.decided = decision
			d.signIn.user = cmp.Or(user, d.signIn.user)
			return nil
		}
	}
	return fmt.Errorf("user code %q is not known", userCode)
}
