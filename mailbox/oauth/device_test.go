package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/ticketmail/mailbox/oauth"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

func TestDevice(t *testing.T) {
	for name, tt := range map[string]struct {
		decide func(t *testing.T, r *rig, d *oauth.Device)
		faults []oauthtest.Fault
		action oauth.Action // empty: signed in
		code   string
		after  time.Duration // when Wait returns
	}{
		"approved at once": {
			decide: func(t *testing.T, r *rig, d *oauth.Device) { approve(t, r, d) },
			after:  5 * time.Second,
		},
		"approved later": {
			decide: func(t *testing.T, r *rig, d *oauth.Device) { time.Sleep(62 * time.Second); approve(t, r, d) },
			after:  65 * time.Second,
		},
		"told to slow down": {
			decide: func(t *testing.T, r *rig, d *oauth.Device) { time.Sleep(6 * time.Second); approve(t, r, d) },
			faults: []oauthtest.Fault{oauthtest.Refused(400, "slow_down", "")},
			after:  15 * time.Second, // 5, then 10 more
		},
		"throttled": {
			decide: func(t *testing.T, r *rig, d *oauth.Device) { approve(t, r, d) },
			faults: []oauthtest.Fault{oauthtest.Throttled("120")},
			after:  125 * time.Second,
		},
		"declined": {
			decide: func(t *testing.T, r *rig, d *oauth.Device) {
				if err := r.server.Decline(d.UserCode); err != nil {
					t.Error(err)
				}
			},
			action: oauth.SignIn, code: "authorization_declined", after: 5 * time.Second,
		},
		"forgotten": {action: oauth.SignIn, code: "expired_token", after: 15 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				c := r.node(t)
				d, err := c.Device(t.Context(), box)
				if err != nil || d.UserCode == "" || d.URL != r.server.URL+"/device" || !d.Ends.Equal(time.Now().Add(15*time.Minute)) {
					t.Fatalf("Device = %+v, %v", d, err)
				}
				if text := fmt.Sprintf("%v %+v %#v", d, d, *d); strings.Contains(text, "dc-") {
					t.Errorf("the device code is printed: %s", text)
				}
				r.server.Next(tt.faults...)
				begun := time.Now()
				if tt.decide != nil {
					go tt.decide(t, r, d)
				}
				err = d.Wait(t.Context())
				if took := time.Since(begun); took != tt.after {
					t.Errorf("Wait took %s, want %s", took, tt.after)
				}
				if tt.action == "" {
					if err != nil {
						t.Fatal(err)
					}
					r.token(t, c, none)
					return
				}
				checkError(t, none, err, tt.action, tt.code)
			})
		})
	}
}

func approve(t *testing.T, r *rig, d *oauth.Device) {
	t.Helper()
	if err := r.server.Approve(d.UserCode, ""); err != nil {
		t.Error(err)
	}
}

func TestDeviceEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, nil)
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		d, err := r.node(t).Device(ctx, box)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait: %v, want the end of ctx", err)
		}
	})
}

func TestNoDevice(t *testing.T) {
	r := newRig(t, &oauthtest.Options{Google: true})
	_, err := r.node(t).Device(t.Context(), box)
	checkError(t, none, err, oauth.Fix, oauth.CodeSettings)

	r = newRig(t, nil)
	r.server.SetSecret("new")
	_, err = r.node(t).Device(t.Context(), box)
	checkError(t, none, err, oauth.Fix, "AADSTS7000215")
}

func TestDeviceAnswers(t *testing.T) {
	for name, body := range map[string]string{
		"no user code":  `{"device_code":"d","verification_uri":"https://x/"}`,
		"no address":    `{"device_code":"d","user_code":"U"}`,
		"script":        `{"device_code":"d","user_code":"U","verification_uri":"javascript:alert(1)"}`,
		"plain http":    `{"device_code":"d","user_code":"U","verification_uri":"http://example.com/"}`,
		"terminal code": `{"device_code":"d","user_code":"\u001b[2J","verification_uri":"https://x/"}`,
		"a token":       `{"access_token":"a","token_type":"Bearer"}`,
	} {
		if d, e := oauth.ParseDevice(http.StatusOK, nil, []byte(body), now); e == nil || e.Code != oauth.CodeBadAnswer {
			t.Errorf("%s: %+v, %v; want it refused", name, d, e)
		}
	}
}

// TestDeviceAllowed: whoever may not sign a mailbox in any more does not finish
// it, and nothing is kept, also if that is known only after the provider gave
// tokens.
func TestDeviceAllowed(t *testing.T) {
	gone := errors.New("may not any more")
	for name, tt := range map[string]struct {
		refuse int // the question from which on it is refused; 0: never
		asked  int // of the provider
		want   error
	}{
		"always":                {0, 2, nil},
		"before the first":      {1, 0, gone},
		"between two questions": {2, 1, gone},
		"before it is kept":     {3, 2, gone},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, nil)
				c := r.node(t)
				d, err := c.Device(t.Context(), box)
				if err != nil {
					t.Fatal(err)
				}
				before := len(r.server.Requests())
				n := 0
				d.Allowed = func(context.Context) error {
					if n++; tt.refuse > 0 && n >= tt.refuse {
						return gone
					}
					return nil
				}
				go func() {
					time.Sleep(7 * time.Second) // the first question comes after 5, the next after 10
					approve(t, r, d)
				}()
				if err := d.Wait(t.Context()); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
					t.Errorf("Wait = %v, want %v", err, tt.want)
				}
				time.Sleep(7 * time.Second) // until he has decided in any case
				if got := len(r.server.Requests()) - before; got != tt.asked {
					t.Errorf("the provider was asked %d times, want %d", got, tt.asked)
				}
				h, err := c.Health(t.Context(), box)
				if err != nil || h.SignedIn.IsZero() == (tt.want == nil) {
					t.Errorf("health = %+v, %v", h, err)
				}
			})
		})
	}
}
