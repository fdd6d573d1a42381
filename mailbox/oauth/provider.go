package oauth

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
)

// A Style says how a provider wants to be told the client id and secret.
// There is no automatic detection: it would send every refused request twice.
type Style string

// The styles.
const (
	InParams Style = ""       // in the body of the request: Microsoft, Google
	InHeader Style = "header" // HTTP Basic (RFC 6749 section 2.3.1)
)

// A Provider says where and how a mail provider gives out tokens. The
// addresses use https; http is accepted for loopback addresses alone.
type Provider struct {
	Name      string // for people
	AuthURL   string // where a person signs in; may be empty for AppOnly and devices
	TokenURL  string // where tokens are given out
	DeviceURL string // where a device's sign-in begins (RFC 8628); empty: not possible
	// Issuer is what the answer to a sign-in may name as its issuer (RFC
	// 9207). "{tenantid}" stands for one path element. Empty: any issuer on
	// the host of AuthURL. An answer that names none is accepted.
	Issuer    string
	Style     Style
	Scopes    []string          // asked for when a person signs in
	AppScopes []string          // asked for by AppOnly; empty: not possible
	Params    map[string]string // added to the address where a person signs in
	// IdleLife is how long a refresh token lives unused, Life how long it
	// lives at all; 0: without end.
	IdleLife, Life time.Duration
}

// A Permission is what a Microsoft sign-in is for.
type Permission string

// The permissions of Microsoft's mail protocols, delegated.
const (
	IMAP Permission = "IMAP.AccessAsUser.All"
	POP  Permission = "POP.AccessAsUser.All"
	SMTP Permission = "SMTP.Send"
)

const (
	microsoftLogin   = "https://login.microsoftonline.com/"
	microsoftMail    = "https://outlook.office.com/"
	microsoftAppMail = "https://outlook.office365.com/.default"
	offlineAccess    = "offline_access"
)

// Microsoft returns Microsoft 365 for a tenant: its id or one of its domains.
// The empty tenant is "common", any account, in which AppOnly is not possible.
// Without permissions IMAP is asked for.
//
// All scopes are of one resource, outlook.office.com: with another beside it
// Microsoft refuses (AADSTS28000) or gives out a token that no mail server
// accepts.
func Microsoft(tenant string, permissions ...Permission) Provider {
	if tenant == "" {
		tenant = "common"
	}
	if len(permissions) == 0 {
		permissions = []Permission{IMAP}
	}
	base := microsoftLogin + url.PathEscape(tenant)
	p := Provider{
		Name:      "Microsoft 365",
		AuthURL:   base + "/oauth2/v2.0/authorize",
		TokenURL:  base + "/oauth2/v2.0/token",
		DeviceURL: base + "/oauth2/v2.0/devicecode",
		// The issuer names the tenant by id, whatever the request named it by.
		Issuer: microsoftLogin + "{tenantid}/v2.0",
		// A browser that is signed in already would else take that account.
		Params:   map[string]string{"prompt": "select_account"},
		IdleLife: 90 * 24 * time.Hour,
	}
	for _, x := range permissions {
		p.Scopes = append(p.Scopes, microsoftMail+string(x))
	}
	p.Scopes = append(p.Scopes, offlineAccess)
	if !slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(tenant)) {
		p.AppScopes = []string{microsoftAppMail}
	}
	return p
}

// Google returns Gmail and Google Workspace. Device sign-in is not possible:
// Google does not allow it for mail.
//
// While the app's publishing status is "Testing" a sign-in ends after seven
// days; set Life then. Google announces that end in its answer too, and what
// it announces counts.
func Google() Provider {
	return Provider{
		Name:     "Google",
		AuthURL:  "https://accounts.google.com/o/oauth2/v2/auth",
		TokenURL: "https://oauth2.googleapis.com/token",
		Issuer:   "https://accounts.google.com",
		Scopes:   []string{"https://mail.google.com/"},
		// Without both, a second consent yields no refresh token.
		Params:   map[string]string{"access_type": "offline", "prompt": "consent"},
		IdleLife: 180 * 24 * time.Hour,
	}
}

// clone returns p with nothing shared.
func (p Provider) clone() Provider {
	p.Scopes, p.AppScopes, p.Params = slices.Clone(p.Scopes), slices.Clone(p.AppScopes), maps.Clone(p.Params)
	return p
}

// validate returns the first field that cannot work, and why.
func (p Provider) validate() (field, reason string) {
	for _, a := range []struct {
		field, address string
		optional       bool
	}{{"AuthURL", p.AuthURL, true}, {"TokenURL", p.TokenURL, false}, {"DeviceURL", p.DeviceURL, true}, {"Issuer", strings.ReplaceAll(p.Issuer, tenantID, "t"), true}} {
		if a.address == "" && a.optional {
			continue
		}
		if why := badAddress(a.address); why != "" {
			return a.field, why
		}
	}
	for name := range p.Params {
		if reserved(name) {
			return "Params", "sets " + name + ", which is not free to choose"
		}
	}
	switch {
	case p.Style != InParams && p.Style != InHeader:
		return "Style", "is unknown (empty, header)"
	case p.IdleLife < 0:
		return "IdleLife", "is negative"
	case p.Life < 0:
		return "Life", "is negative"
	}
	return "", ""
}

// reserved reports whether a parameter belongs to the protocol.
func reserved(name string) bool {
	return slices.Contains([]string{
		"response_type", "client_id", "redirect_uri", "scope", "state",
		"code_challenge", "code_challenge_method", "client_secret",
	}, name)
}

// badAddress says why nothing secret must be sent to an address, or "".
func badAddress(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "":
		return "is not an absolute address"
	case u.User != nil || u.Fragment != "":
		return "must not carry a user or fragment"
	case u.Scheme == "https", u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	}
	return "must use https"
}

func loopback(host string) bool {
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.") && strings.Trim(host, "0123456789.") == ""
}

const tenantID = "{tenantid}"

// issued reports whether an answer that names iss may come from p.
func (p Provider) issued(iss string) bool {
	if p.Issuer == "" {
		want, err := url.Parse(p.AuthURL)
		got, errGot := url.Parse(iss)
		return err == nil && errGot == nil && got.Scheme == want.Scheme && got.Host == want.Host
	}
	before, after, pattern := strings.Cut(p.Issuer, tenantID)
	if !pattern {
		return iss == p.Issuer
	}
	rest, ok := strings.CutPrefix(iss, before)
	tenant, okAfter := strings.CutSuffix(rest, after)
	return ok && okAfter && tenant != "" && !strings.ContainsAny(tenant, "/?#")
}
