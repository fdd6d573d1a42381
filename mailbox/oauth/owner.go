package oauth

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"

	"example.com/ticketmail/mailbox"
)

// maxOwner is how long a name may be to be shown.
const maxOwner = 256

// owner returns whom an access token says that it is for, or "". Microsoft's
// are JSON Web Tokens (RFC 7519 section 3.1), with the person in one of several
// claims, or else the application. The signature is not checked: this is for
// people, nothing is decided by it.
func owner(token mailbox.Secret) string {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims struct {
		Preferred string `json:"preferred_username"`
		UPN       string `json:"upn"`
		Unique    string `json:"unique_name"`
		Email     string `json:"email"`
		App       string `json:"app_displayname"`
	}
	if json.Unmarshal(raw, &claims) != nil {
		return ""
	}
	name := cmp.Or(claims.Preferred, claims.UPN, claims.Unique, claims.Email, claims.App)
	if len(name) > maxOwner || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return name
}
