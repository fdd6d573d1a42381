package oauth_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

const day = 24 * time.Hour

// A mailbox that nobody polls stays signed in as long as Keep is called, with
// one request a week over all nodes, and dies without.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, &oauthtest.Options{Rotation: oauthtest.RotateOnce})
		other := r.node(t)
		for range 200 {
			for _, node := range []*oauth.Client{c, other} {
				if err := node.Keep(t.Context(), box); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(day)
		}
		if n := r.asked(); n != 1+28 {
			t.Errorf("%d requests in 200 days, want the sign-in and 28", n)
		}
		time.Sleep(91 * day)
		e := refuses(t, other, oauth.SignIn, "AADSTS700082")
		time.Sleep(time.Hour)
		checkError(t, none, c.Keep(t.Context(), box), e.Action, e.Code)
		r.signIn(t, c)
		r.token(t, other, none)
		if err := c.Keep(t.Context(), box); err != nil {
			t.Errorf("Keep after a new sign-in: %v", err)
		}
	})
}

// Polling keeps a mailbox signed in by itself.
func TestKeepIsIdleBesidePolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c := signedIn(t, nil)
		for range 30 {
			time.Sleep(12 * time.Hour)
			r.token(t, c, none)
			before := r.asked()
			if err := c.Keep(t.Context(), box); err != nil || r.asked() != before {
				t.Fatalf("Keep: %v, %d requests", err, r.asked()-before)
			}
		}
	})
}

// Nobody signed in, and what cannot be kept, is told.
func TestKeepTells(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.node(t)
		checkError(t, none, c.Keep(t.Context(), box), oauth.SignIn, oauth.CodeNotSignedIn)
		r.signIn(t, c)
		time.Sleep(8 * day)
		r.server.Next(oauthtest.Body(503, ""))
		checkError(t, none, c.Keep(t.Context(), box), oauth.Later, "HTTP 503")
	})
}

// A line is a warning without its text.
type line struct {
	About  oauth.Subject
	Left   time.Duration
	Urgent bool
}

func TestHealth(t *testing.T) {
	for name, tt := range map[string]struct {
		opts    *oauthtest.Options
		secret  time.Duration // until the client secret expires; 0: not known
		after   time.Duration // since the sign-in, unused
		want    []line
		unused  time.Duration // DiesUnused, from the sign-in
		dies    time.Duration // Dies, from the sign-in
		appOnly bool
	}{
		"fresh":                     {unused: 90 * day},
		"two years of secret":       {secret: 730 * day, unused: 90 * day},
		"secret in 30 days":         {secret: 30 * day, unused: 90 * day, want: []line{{oauth.AboutSecret, 30 * day, false}}},
		"secret in 31 days":         {secret: 31 * day, unused: 90 * day},
		"secret in 7 days":          {secret: 7 * day, unused: 90 * day, want: []line{{oauth.AboutSecret, 7 * day, true}}},
		"secret over":               {secret: 7 * day, after: 8 * day, unused: 90 * day, want: []line{{oauth.AboutSecret, -day, true}}},
		"unused for 59 days":        {after: 59 * day, unused: 90 * day},
		"unused for 60 days":        {after: 60 * day, unused: 90 * day, want: []line{{oauth.AboutUse, 30 * day, false}}},
		"unused for 83 days":        {after: 83 * day, unused: 90 * day, want: []line{{oauth.AboutUse, 7 * day, true}}},
		"both, urgent first":        {after: 61 * day, secret: 62 * day, unused: 90 * day, want: []line{{oauth.AboutSecret, day, true}, {oauth.AboutUse, 29 * day, false}}},
		"Google":                    {opts: &oauthtest.Options{Google: true}, unused: 180 * day},
		"Google unused for 150":     {opts: &oauthtest.Options{Google: true}, after: 150 * day, unused: 180 * day, want: []line{{oauth.AboutUse, 30 * day, false}}},
		"Google testing":            {opts: &oauthtest.Options{Google: true, Life: 7 * day}, unused: 180 * day, dies: 7 * day},
		"Google testing, fifth day": {opts: &oauthtest.Options{Google: true, Life: 7 * day}, after: 5 * day, unused: 180 * day, dies: 7 * day, want: []line{{oauth.AboutLife, 2 * day, false}}},
		"Google testing, over":      {opts: &oauthtest.Options{Google: true, Life: 7 * day}, after: 8 * day, unused: 180 * day, dies: 7 * day, want: []line{{oauth.AboutLife, -day, true}}},
		"app-only":                  {appOnly: true, after: 200 * day, secret: 210 * day, want: []line{{oauth.AboutSecret, 10 * day, false}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, tt.opts)
				c := r.node(t)
				begun := time.Now()
				r.change(func(a *oauth.Account) {
					if tt.secret != 0 {
						a.SecretExpires = begun.Add(tt.secret)
					}
					if tt.appOnly {
						a.Grant = oauth.AppOnly
					}
				})
				if !tt.appOnly {
					r.signIn(t, c)
				}
				time.Sleep(tt.after)
				h, err := c.Health(t.Context(), box)
				if err != nil || !h.Ready() {
					t.Fatalf("Health: %+v, %v", h, err)
				}
				var got []line
				for _, w := range h.Warnings {
					got = append(got, line{w.About, w.Left, w.Urgent})
					if w.Text == "" || !w.At.Equal(time.Now().Add(w.Left)) {
						t.Errorf("warning %+v", w)
					}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("warnings (-want +got):\n%s", diff)
				}
				for what, x := range map[string]struct {
					at   time.Time
					want time.Duration
				}{"DiesUnused": {h.DiesUnused, tt.unused}, "Dies": {h.Dies, tt.dies}} {
					if x.at.IsZero() != (x.want == 0) || x.want != 0 && !x.at.Equal(begun.Add(x.want)) {
						t.Errorf("%s = %s, want %s after the sign-in", what, x.at, x.want)
					}
				}
			})
		})
	}
}

func TestHealthBeforeAndAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		c := r.node(t)
		h, err := c.Health(t.Context(), box)
		if err != nil || h.Ready() || h.Failure.Code != oauth.CodeNotSignedIn || !h.SignedIn.IsZero() {
			t.Errorf("before: %+v, %v", h, err)
		}
		r.signIn(t, c)
		begun := time.Now()
		time.Sleep(2 * time.Hour)
		r.token(t, c, none)
		h, err = c.Health(t.Context(), box)
		if err != nil || !h.Ready() || !h.SignedIn.Equal(begun) || !h.Refreshed.Equal(time.Now()) || !h.Expires.Equal(time.Now().Add(time.Hour)) {
			t.Errorf("after: %+v, %v", h, err)
		}
		r.change(func(a *oauth.Account) { a.ClientID = "other" })
		if h, err = c.Health(t.Context(), box); err != nil || h.Failure == nil || h.Failure.Code != oauth.CodeChanged {
			t.Errorf("with another client id: %+v, %v", h, err)
		}
	})
}
