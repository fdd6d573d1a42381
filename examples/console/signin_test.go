package main

import (
	"strings"
	"testing"

	"example.com/ticketmail/examples/internal/axe"
	"example.com/ticketmail/examples/internal/browser"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth/oauthtest"
)

// TestSignIn: an administrator enters a mailbox with OAuth, copies the redirect
// URI, is led to the provider and back, and sees that the mailbox is signed in;
// or he sees why it is not.
func TestSignIn(t *testing.T) {
	d, address := start(t)
	redirect := address + "/oauth"
	provider := oauthtest.Start(&oauthtest.Options{RedirectURIs: []string{redirect}, Ask: true})
	t.Cleanup(provider.Close)
	w := browser.Open(t)
	w.AllowClipboard()
	for _, tt := range []struct {
		tag, copied, with, not, signedIn, failed, declined, secret, again string
	}{
		{"de", "Kopiert", "Bei OAuth anmelden", "noch nicht", "Die Mailbox ist angemeldet", "Die Anmeldung ist nicht gelungen", "Zustimmung abgelehnt", "Der Clientschlüssel ist falsch", "Anbieter noch einmal fragen"},
		{"en", "Copied", "Sign in with OAuth", "not yet", "The mailbox is signed in", "The sign-in did not succeed", "declined", "The client secret is wrong", "Ask the provider again"},
		{"fr", "Copié", "Se connecter à OAuth", "pas encore", "La boîte est connectée", "La connexion a échoué", "a refusé", "Le secret client est erroné", "Redemander au fournisseur"},
	} {
		t.Run(tt.tag, func(t *testing.T) {
			w := w.In(t)
			speak(w, address, tt.tag)
			id := mailbox.ID("oauth-" + tt.tag)
			newOAuthBox(w, address, id, provider)
			if got := w.Text("#redirect"); got != redirect {
				t.Errorf("the redirect URI to register is %q, want %q", got, redirect)
			}
			w.Click("[data-copy=redirect]")
			w.Until("the copy", func() bool { return w.Text("[data-copy=redirect]") == tt.copied })
			if got := browser.Eval[string](w, "window.read = '', navigator.clipboard.readText().then(t => window.read = t), ''"); got != "" {
				t.Error(got)
			}
			w.Until("what was copied", func() bool { return browser.Eval[string](w, "window.read") == redirect })

			const button = "section[aria-labelledby=oauth] form[action$='/oauth'] button"
			if got := w.Text("section[aria-labelledby=oauth]"); !strings.Contains(got, tt.with) || !strings.Contains(got, tt.not) || !browser.Eval[bool](w, `!!document.querySelector("`+button+` svg")`) {
				t.Errorf("before the sign-in stands: %s", got)
			}

			// The person declines.
			atProvider(t, w, button, provider)
			w.Press("button[value=decline]")
			if got := w.Text("main"); !strings.Contains(got, tt.failed) || !strings.Contains(got, tt.declined) {
				t.Errorf("after declining stands: %s", got)
			}
			if got := browser.Eval[string](w, `document.querySelector("[role=alert]").lang`); got != "" {
				t.Errorf("why is said in %q", got)
			}
			axe.Check(t, w, "the page of a sign-in that failed")
			w.Press("main p a") // back to the mailbox

			// The provider does not know the secret.
			provider.SetSecret("changed")
			atProvider(t, w, button, provider)
			w.Press("button[value=accept]")
			if got := w.Text("main"); !strings.Contains(got, tt.failed) || !strings.Contains(got, tt.secret) {
				t.Errorf("with a wrong secret stands: %s", got)
			}
			w.Press("main p a")
			if got := w.Text("section[aria-labelledby=oauth]"); !strings.Contains(got, tt.again) {
				t.Errorf("after a refusal stands: %s", got)
			}
			provider.SetSecret(oauthtest.DefaultClientSecret)
			w.Press("button[value=retry]")

			// All is well.
			atProvider(t, w, button, provider)
			w.Press("button[value=accept]")
			if got := w.Text("main > [role=status]"); !strings.Contains(got, tt.signedIn) {
				t.Errorf("after the sign-in stands: %s", got)
			}
			if got := w.Text("section[aria-labelledby=oauth]"); strings.Contains(got, tt.not) || !strings.Contains(got, "26") {
				t.Errorf("after the sign-in stands: %s", got)
			}
			token, err := d.engine.OAuth().Source(id).Token(t.Context(), mailbox.Secret{})
			if err != nil {
				t.Fatal(err)
			}
			if who, ok := provider.User(token.Reveal()); !ok || who != oauthtest.DefaultUser {
				t.Errorf("the token opens the mailbox of %q, %t", who, ok)
			}
		})
	}
}

// newOAuthBox enters a mailbox that signs in with the provider.
func newOAuthBox(w *browser.Window, address string, id mailbox.ID, provider *oauthtest.Server) {
	p := provider.Provider()
	w.Go(address + "/mailboxes/edit")
	for _, pair := range [][2]string{
		{"new", string(id)}, {"own", "on"}, {"host", "imap.erp.example"}, {"signin", "other"}, {"user", oauthtest.DefaultUser}, {"auth-url", p.AuthURL}, {"token-url", p.TokenURL},
		{"device-url", p.DeviceURL}, {"scopes", strings.Join(p.Scopes, " ")}, {"client", oauthtest.DefaultClientID}, {"secret", oauthtest.DefaultClientSecret}, {"folders", "INBOX." + string(id)},
	} {
		w.Put(pair[0], pair[1])
	}
	w.Press("main form button.main")
}

// atProvider follows a button to the provider's page.
func atProvider(t *testing.T, w *browser.Window, button string, provider *oauthtest.Server) {
	t.Helper()
	w.Leave(button, "button[value=accept]")
	at := browser.Eval[string](w, "location.href")
	if !strings.HasPrefix(at, provider.URL+"/authorize?") || !strings.Contains(w.Text("body"), oauthtest.DefaultUser) {
		t.Fatalf("not the provider's page: %s", at)
	}
}

// TestSignInOnDevice: the page shows address and code, and says what has come of
// it as soon as the person has decided on another device.
func TestSignInOnDevice(t *testing.T) {
	t.Parallel() // the provider is asked every five seconds only
	d, address := start(t)
	provider := oauthtest.Start(nil)
	t.Cleanup(provider.Close)
	w := browser.Open(t)
	for _, tt := range []struct {
		tag, title, end string
		decide          func(code string) error
	}{
		{"de", "auf einem anderen Gerät anmelden", "Die Mailbox ist angemeldet", func(code string) error { return provider.Approve(code, "") }},
		{"en", "in on another device", "The sign-in did not succeed", provider.Decline},
		{"fr", "sur un autre appareil", "", nil},
	} {
		t.Run(tt.tag, func(t *testing.T) {
			w := w.In(t)
			speak(w, address, tt.tag)
			id := mailbox.ID("device-" + tt.tag)
			newOAuthBox(w, address, id, provider)
			w.Click("form[action*='/mailboxes/device'] button")
			w.Until("the code", func() bool { return browser.Eval[bool](w, `!!document.getElementById("code")`) })
			if got := w.Text("main"); !strings.Contains(got, tt.title) || !strings.Contains(got, provider.URL+"/device") {
				t.Errorf("the page says: %s", got)
			}
			axe.Check(t, w, "the page of a sign-in on another device")
			if tt.decide == nil { // he goes away: the page ends with the test
				return
			}
			if err := tt.decide(w.Text("#code")); err != nil {
				t.Fatal(err)
			}
			w.Until("the end", func() bool { return browser.Eval[bool](w, `!!document.getElementById("end")`) })
			if got := w.Text("#end"); !strings.Contains(got, tt.end) {
				t.Errorf("at the end stands: %s", got)
			}
			_, err := d.engine.OAuth().Source(id).Token(t.Context(), mailbox.Secret{})
			if signedIn := err == nil; signedIn != (tt.tag == "de") {
				t.Errorf("signed in: %t, %v", signedIn, err)
			}
			w.Press("#end a")
		})
	}
}
