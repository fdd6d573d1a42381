package mailbox

import "context"

// An Auth says how a mailbox is signed in to.
type Auth string

// The ways to sign in. All but the last two take the password.
//
// CRAM-MD5 and SCRAM are not among them. The SASL library below knows neither
// (go-sasl as of 2024-10), and they protect a password where TLS already does:
// without [TLS] or [STARTTLS] the mails would still go in plain text, past
// anybody on the way. CRAM-MD5 (RFC 2195) makes a server keep passwords that can
// be read. SCRAM (RFC 5802, 7677) would bring three modules to every embedder
// (xdg-go/scram, stringprep, pbkdf2), for servers that offer no PLAIN even
// inside TLS; the connection test says what a server offers.
const (
	AuthAuto        Auth = ""            // the best that the server offers: with Tokens OAUTHBEARER or XOAUTH2, else PLAIN, LOGIN or the protocol's own command
	AuthPlain       Auth = "plain"       // SASL PLAIN (RFC 4616)
	AuthLogin       Auth = "login"       // the protocol's own: IMAP LOGIN, POP3 USER and PASS
	AuthXOAuth2     Auth = "xoauth2"     // as Microsoft and Google document it
	AuthOAuthBearer Auth = "oauthbearer" // RFC 7628
)

// OAuth reports whether a takes a token in place of a password.
func (a Auth) OAuth() bool { return a == AuthXOAuth2 || a == AuthOAuthBearer }

// TakesToken reports whether m is signed in to with a token of Tokens, and not
// with Password.
func (m Mailbox) TakesToken() bool { return m.Auth.OAuth() || m.Auth == AuthAuto && m.Tokens != nil }

// A TokenSource gives out OAuth 2.0 access tokens for one mailbox.
//
// Implementations are safe for concurrent use and return promptly when ctx is
// done. mailbox/oauth has one.
type TokenSource interface {
	// Token returns a token that should be valid now. refused is the token
	// that a server has just refused, so that a new one is fetched although
	// the old one has not expired; the zero Secret: none was.
	Token(ctx context.Context, refused Secret) (Secret, error)
}

// TokenSourceFunc lets an ordinary function act as a [TokenSource].
type TokenSourceFunc func(ctx context.Context, refused Secret) (Secret, error)

// Token calls f.
func (f TokenSourceFunc) Token(ctx context.Context, refused Secret) (Secret, error) {
	return f(ctx, refused)
}

var _ TokenSource = TokenSourceFunc(nil)
