package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"example.com/ticketmail/mailbox"
)

// A Grant says who signs in.
type Grant string

// The grants.
const (
	Person  Grant = ""         // a person, once, with a browser or another device
	AppOnly Grant = "app-only" // the application itself; nobody
)

// An Account says how one mailbox signs in.
type Account struct {
	Mailbox       mailbox.ID
	Provider      Provider
	Grant         Grant
	ClientID      string         // seed: OAuth Id
	ClientSecret  mailbox.Secret // seed: OAuth Secret; empty only for public clients
	SecretExpires time.Time      // as the provider's portal says; zero: not known, so nobody is warned
	Login         string         // suggested to the person who signs in, usually an address; may be empty
	// Generation tells accounts of one mailbox apart that came one after the
	// other, however much they are alike. Tokens and sign-ins of another
	// generation count for nothing, on every node and from memory too. Accounts
	// that let a mailbox move to another mail server give it a new one with each
	// account they make, random and at most 64 bytes; empty: they are all one.
	Generation string
}

// Validate returns a [*mailbox.FieldError] for the first field that cannot work.
func (a Account) Validate() error {
	if field, reason := a.Provider.validate(); field != "" {
		return &mailbox.FieldError{Field: "Provider." + field, Reason: reason}
	}
	field, reason := a.flaw()
	if field == "" {
		return nil
	}
	return &mailbox.FieldError{Field: field, Reason: reason}
}

const maxGeneration = 64 // bytes

func (a Account) flaw() (field, reason string) {
	switch {
	case a.Mailbox == "":
		return "Mailbox", "is missing"
	case a.ClientID == "":
		return "ClientID", "is missing"
	case a.Grant != Person && a.Grant != AppOnly:
		return "Grant", fmt.Sprintf("%q is unknown (empty, app-only)", a.Grant)
	case a.Grant == AppOnly && a.ClientSecret.IsZero():
		return "ClientSecret", "is missing: app-only has nothing else to prove itself"
	case a.Grant == AppOnly && len(a.Provider.AppScopes) == 0:
		return "Provider.AppScopes", "is empty: the provider knows no app-only sign-in (Microsoft: name the tenant, not common)"
	case a.Grant == Person && len(a.Provider.Scopes) == 0:
		return "Provider.Scopes", "is empty"
	case a.Grant == Person && a.Provider.AuthURL == "" && a.Provider.DeviceURL == "":
		return "Provider.AuthURL", "is empty, and DeviceURL too: nobody can sign in"
	case len(a.Generation) > maxGeneration:
		return "Generation", fmt.Sprintf("has more than %d bytes", maxGeneration)
	}
	return "", ""
}

// fingerprint tells whether what is sent to the provider has been changed
// since. It is kept sealed, for it depends on the secret.
func (a Account) fingerprint() string {
	all := []any{a.Provider, a.Grant, a.ClientID, a.ClientSecret.Reveal()}
	if a.Generation != "" { // so that those without stay what they were
		all = append(all, a.Generation)
	}
	b, _ := json.Marshal(all) // strings, maps and numbers: cannot fail
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:12])
}

// Accounts returns how a mailbox signs in, or [ErrUnknown]. It is asked for
// every token, also one in memory, and every sign-in, so that changed settings
// count at once, and may be called concurrently.
type Accounts func(ctx context.Context, id mailbox.ID) (Account, error)

// ErrUnknown reports a mailbox that does not sign in with OAuth.
var ErrUnknown = errors.New("mailbox has no OAuth settings")

// Static returns Accounts that never change. Of two with one mailbox the
// first counts.
func Static(accounts ...Account) Accounts {
	own := make([]Account, len(accounts))
	for i, a := range accounts {
		a.Provider = a.Provider.clone()
		own[i] = a
	}
	return func(_ context.Context, id mailbox.ID) (Account, error) {
		for _, a := range own {
			if a.Mailbox == id {
				a.Provider = a.Provider.clone()
				return a, nil
			}
		}
		return Account{}, ErrUnknown
	}
}
