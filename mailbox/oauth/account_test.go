package oauth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
)

func TestMicrosoft(t *testing.T) {
	for name, tt := range map[string]struct {
		tenant      string
		permissions []oauth.Permission
		scopes      string
		appOnly     bool
		path        string
	}{
		"any":       {"", nil, "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", false, "common"},
		"one":       {"example.com", []oauth.Permission{oauth.POP}, "https://outlook.office.com/POP.AccessAsUser.All offline_access", true, "example.com"},
		"all":       {"7d0c", []oauth.Permission{oauth.IMAP, oauth.SMTP}, "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access", true, "7d0c"},
		"companies": {"organizations", nil, "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", false, "organizations"},
		"hostile":   {"../evil?", nil, "https://outlook.office.com/IMAP.AccessAsUser.All offline_access", true, "..%2Fevil%3F"},
	} {
		t.Run(name, func(t *testing.T) {
			p := oauth.Microsoft(tt.tenant, tt.permissions...)
			if got := strings.Join(p.Scopes, " "); got != tt.scopes {
				t.Errorf("scopes %q, want %q", got, tt.scopes)
			}
			if want := "https://login.microsoftonline.com/" + tt.path + "/oauth2/v2.0/token"; p.TokenURL != want {
				t.Errorf("TokenURL %q, want %q", p.TokenURL, want)
			}
			if got := len(p.AppScopes) > 0; got != tt.appOnly {
				t.Errorf("app-only possible = %t, want %t", got, tt.appOnly)
			}
		})
	}
}

func TestGoogle(t *testing.T) {
	p := oauth.Google()
	if diff := cmp.Diff(map[string]string{"access_type": "offline", "prompt": "consent"}, p.Params); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"https://mail.google.com/"}, p.Scopes); diff != "" {
		t.Error(diff)
	}
}

func TestAccountValidate(t *testing.T) {
	good := oauth.Account{Mailbox: box, Provider: oauth.Microsoft("example.com"), ClientID: "id", ClientSecret: mailbox.NewSecret("s")}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	google := good
	google.Provider = oauth.Google()
	other := good
	other.Provider = oauth.Provider{AuthURL: "https://id.example/auth", TokenURL: "http://127.0.0.1:8080/token", Scopes: []string{"mail"}, Style: oauth.InHeader}
	for _, a := range []oauth.Account{google, other} {
		if err := a.Validate(); err != nil {
			t.Error(err)
		}
	}
	for field, spoil := range map[string]func(*oauth.Account){
		"Mailbox":             func(a *oauth.Account) { a.Mailbox = "" },
		"ClientID":            func(a *oauth.Account) { a.ClientID = "" },
		"Generation":          func(a *oauth.Account) { a.Generation = strings.Repeat("g", 65) },
		"Grant":               func(a *oauth.Account) { a.Grant = "password" },
		"ClientSecret":        func(a *oauth.Account) { a.Grant, a.ClientSecret = oauth.AppOnly, mailbox.Secret{} },
		"Provider.AppScopes":  func(a *oauth.Account) { a.Grant, a.Provider = oauth.AppOnly, oauth.Microsoft("") },
		"Provider.Scopes":     func(a *oauth.Account) { a.Provider.Scopes = nil },
		"Provider.AuthURL":    func(a *oauth.Account) { a.Provider.AuthURL, a.Provider.DeviceURL = "", "" },
		"Provider.TokenURL":   func(a *oauth.Account) { a.Provider.TokenURL = "http://id.example/token" },
		"Provider.DeviceURL":  func(a *oauth.Account) { a.Provider.DeviceURL = "https://user@id.example/" },
		"Provider.Issuer":     func(a *oauth.Account) { a.Provider.Issuer = "issuer" },
		"Provider.Params":     func(a *oauth.Account) { a.Provider.Params = map[string]string{"state": "x"} },
		"Provider.Style":      func(a *oauth.Account) { a.Provider.Style = "auto" },
		"Provider.IdleLife":   func(a *oauth.Account) { a.Provider.IdleLife = -time.Second },
		"Provider.Life":       func(a *oauth.Account) { a.Provider.Life = -time.Second },
		"Provider.TokenURL ":  func(a *oauth.Account) { a.Provider.TokenURL = "" },
		"Provider.TokenURL  ": func(a *oauth.Account) { a.Provider.TokenURL = "http://127.evil.example/token" },
	} {
		a := good
		spoil(&a)
		err := a.Validate()
		if e, ok := errors.AsType[*mailbox.FieldError](err); !ok || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v, want a *FieldError for it", field, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	r := newRig(t, nil)
	for field, spoil := range map[string]func(*oauth.Config){
		"Accounts":      func(cfg *oauth.Config) { cfg.Accounts = nil },
		"Store":         func(cfg *oauth.Config) { cfg.Store = nil },
		"Sealer":        func(cfg *oauth.Config) { cfg.Sealer = nil },
		"Timeout":       func(cfg *oauth.Config) { cfg.Timeout = -1 },
		"RedirectURI":   func(cfg *oauth.Config) { cfg.RedirectURI = "http://tickets.example/oauth" },
		"RedirectURI ":  func(cfg *oauth.Config) { cfg.RedirectURI = "/oauth" },
		"RedirectURI  ": func(cfg *oauth.Config) { cfg.RedirectURI = "https://tickets.example/oauth#x" },
	} {
		cfg := r.config(t)
		spoil(&cfg)
		_, err := oauth.New(cfg)
		if e, ok := errors.AsType[*mailbox.FieldError](err); !ok || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v, want a *FieldError for it", field, err)
		}
	}
	if _, err := r.node(t).Handler(oauth.Web{}); err == nil {
		t.Error("a Handler without Session was made")
	}
}

// Who may have sent an answer (RFC 9207), seen through the sign-in.
func TestIssuers(t *testing.T) {
	for name, tt := range map[string]struct {
		issuer, told string
		ok           bool
	}{
		"same":             {"https://a.example", "https://a.example", true},
		"slash":            {"https://a.example", "https://a.example/", false},
		"tenant":           {"https://a.example/{tenantid}/v2.0", "https://a.example/7d0c-11/v2.0", true},
		"tenant and path":  {"https://a.example/{tenantid}/v2.0", "https://a.example/x/y/v2.0", false},
		"no tenant":        {"https://a.example/{tenantid}/v2.0", "https://a.example//v2.0", false},
		"other host":       {"https://a.example/{tenantid}/v2.0", "https://b.example/x/v2.0", false},
		"by host":          {"", "https://login.example.test/any", true},
		"by host, http":    {"", "http://login.example.test/any", false},
		"by host, another": {"", "https://evil.example", false},
		"by host, user":    {"", "https://login.example.test@evil.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			r.change(func(a *oauth.Account) { a.Provider.Issuer = tt.issuer })
			c := r.node(t)
			q := r.visit(t, c, "session")
			q.Set("iss", tt.told)
			_, err := c.Finish(t.Context(), q, "session")
			if (err == nil) != tt.ok || err != nil && !errors.Is(err, oauth.ErrIssuer) {
				t.Errorf("Finish: %v, want ok = %t", err, tt.ok)
			}
		})
	}
}
