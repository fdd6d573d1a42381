package oauth_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
)

// A provider whose address the policy refuses is not connected to (THREATS S12).
func TestPolicy(t *testing.T) {
	var asked atomic.Int32
	provider := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer provider.Close()
	r := newRig(t, nil)
	r.change(func(a *oauth.Account) {
		a.Grant, a.Provider.TokenURL, a.Provider.AppScopes = oauth.AppOnly, provider.URL+"/token", []string{"mail"}
	})
	for _, only := range []bool{true, false} {
		cfg := r.config(t)
		cfg.Transport, cfg.Policy = nil, mailbox.DialPolicy{PublicOnly: only}
		cfg.Store = &oauth.MemStore{}
		c, err := oauth.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Source(box).Token(t.Context(), mailbox.Secret{})
		e, ok := errors.AsType[*oauth.Error](err)
		if !ok || (e.Code == oauth.CodeAddress) != only || only && (e.Action != oauth.Fix || e.Cure == "") {
			t.Errorf("PublicOnly %t: %v", only, err)
		}
		if only && err != nil && strings.Contains(err.Error(), "loopback") {
			t.Errorf("the error tells what is wrong with the address: %v", err)
		}
		if n := asked.Load(); (n == 0) != only {
			t.Errorf("PublicOnly %t: %d requests", only, n)
		}
		c.Close()
	}
}
