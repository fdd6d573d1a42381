package oauthtest

import (
	"cmp"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/oauth"
)

// A Rotation says what a refresh does to its refresh token.
type Rotation string

// The rotations.
const (
	Rotate     Rotation = ""     // a new one comes, the old one works on: Microsoft
	RotateOnce Rotation = "once" // a new one comes, the old one is dead, and using it ends the sign-in (RFC 9700 section 4.14.2)
	NoRotation Rotation = "none" // it stays: Google
)

// Options says how a [Server] behaves. The zero value is like Microsoft.
type Options struct {
	ClientID     string   // default "app"
	ClientSecret string   // default "app-secret-7Qx"; "-": a public client, without
	RedirectURIs []string // registered; empty: https://tickets.example/oauth
	User         string   // who signs in where no login_hint says; default support@example.com
	Google       bool     // refresh tokens only with access_type=offline and prompt=consent; they stay and live 180 days
	Rotation     Rotation
	TokenLife    time.Duration // of access tokens; default one hour
	IdleLife     time.Duration // of unused refresh tokens; default 90 days
	Life         time.Duration // of a sign-in, told as refresh_token_expires_in; 0: without end
	Issuer       string        // told in answers to sign-ins (RFC 9207); empty: none is
	Ask          bool          // /authorize shows a page with buttons instead of consenting at once
	Now          func() time.Time
}

// Defaults of [Options].
const (
	DefaultClientID     = "app"
	DefaultClientSecret = "app-secret-7Qx"
	DefaultRedirectURI  = "https://tickets.example/oauth"
	DefaultUser         = "support@example.com"
)

// A Server is the provider. Its methods are safe for concurrent use.
type Server struct {
	URL string // without a slash at the end

	opts    Options
	mux     *http.ServeMux
	network *httptest.Server // nil: none
	journal journal

	mu      sync.Mutex
	secret  string
	codes   map[string]*signIn
	refresh map[string]*signIn // by refresh token; several of one sign-in
	spent   map[string]bool    // refresh tokens that RotateOnce replaced
	access  map[string]accessToken
	devices map[string]*device // by device code
	faults  []Fault
	always  Fault
	serial  int
}

// A signIn is what a person consented to.
type signIn struct {
	user, scope    string
	redirect       string
	challenge      string // of PKCE
	offline        bool   // a refresh token comes with it
	redeemed       bool
	revoked        bool
	begun, lastUse time.Time
}

type accessToken struct {
	user, scope string
	ends        time.Time
	from        *signIn // nil: app-only
}

// New returns a provider without a network: requests have to go through
// [Server.Transport].
func New(opts *Options) *Server {
	s := &Server{
		URL: "https://login.example.test", codes: map[string]*signIn{}, refresh: map[string]*signIn{},
		spent: map[string]bool{}, access: map[string]accessToken{}, devices: map[string]*device{},
	}
	if opts != nil {
		s.opts = *opts
	}
	o := &s.opts
	o.ClientID = cmp.Or(o.ClientID, DefaultClientID)
	o.User = cmp.Or(o.User, DefaultUser)
	s.secret = strings.TrimPrefix(cmp.Or(o.ClientSecret, DefaultClientSecret), "-")
	if len(o.RedirectURIs) == 0 {
		o.RedirectURIs = []string{DefaultRedirectURI}
	}
	o.TokenLife = cmp.Or(o.TokenLife, time.Hour)
	if o.Google {
		o.Rotation, o.IdleLife = NoRotation, cmp.Or(o.IdleLife, 180*24*time.Hour)
	}
	o.IdleLife = cmp.Or(o.IdleLife, 90*24*time.Hour)
	if o.Now == nil {
		o.Now = time.Now
	}
	s.mux = s.routes()
	return s
}

// Start returns a provider that listens on loopback, without TLS, until Close.
func Start(opts *Options) *Server {
	s := New(opts)
	s.network = httptest.NewServer(s)
	s.URL = s.network.URL
	return s
}

// Close ends listening.
func (s *Server) Close() {
	if s.network != nil {
		s.network.Close()
	}
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /authorize", s.authorize)
	mux.Handle("POST /token", s.counted(http.HandlerFunc(s.token)))
	mux.HandleFunc("POST /devicecode", s.deviceCode)
	mux.HandleFunc("GET /device", s.devicePage)
	mux.HandleFunc("POST /introspect", s.introspect)
	mux.HandleFunc("GET /tokeninfo", s.introspect)
	return mux
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Provider returns the addresses and scopes of the server.
func (s *Server) Provider() oauth.Provider {
	p := oauth.Microsoft("example.com")
	if s.opts.Google {
		p = oauth.Google()
	} else {
		p.DeviceURL = s.URL + "/devicecode"
	}
	p.Name, p.AuthURL, p.TokenURL, p.Issuer = "oauthtest", s.URL+"/authorize", s.URL+"/token", s.opts.Issuer
	p.IdleLife = s.opts.IdleLife
	return p
}

// Account returns an account of the server that works.
func (s *Server) Account(id mailbox.ID) oauth.Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return oauth.Account{Mailbox: id, Provider: s.Provider(), ClientID: s.opts.ClientID, ClientSecret: mailbox.NewSecret(s.secret)}
}

// SetSecret changes the client secret, as an administrator does at the
// provider.
func (s *Server) SetSecret(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secret = secret
}

// Revoke ends all sign-ins of a user; access tokens are dead at once.
func (s *Server) Revoke(user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, all := range []map[string]*signIn{s.codes, s.refresh} {
		for _, x := range all {
			x.revoked = x.revoked || x.user == user
		}
	}
}

// RevokeAccess makes mail servers refuse all access tokens given out so far.
func (s *Server) RevokeAccess() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// AnyUser is the user of an app-only token.
const AnyUser = "*"

// User returns whose mailbox an access token opens now.
func (s *Server) User(token string) (user string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[token]
	if !ok || !s.opts.Now().Before(t.ends) || t.from != nil && t.from.revoked {
		return "", false
	}
	return t.user, true
}
