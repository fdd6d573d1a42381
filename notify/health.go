package notify

import (
	"time"

	"example.com/ticketmail/escalation"
)

// What happens to a mailbox and not to a ticket. It is told to employees only,
// by mails that belong to no ticket: without a token in the subject, and with
// no Reply-To. Their rules are made by [HealthRule].
const (
	MailboxFailing   Kind = "mailbox_failing"   // it has not been polled for some time
	MailboxRecovered Kind = "mailbox_recovered" // it works again
	SignInExpiring   Kind = "sign_in_expiring"  // it will fail: a sign-in or client secret ends
)

// OfMailbox reports whether k is about a mailbox and not about a ticket.
func (k Kind) OfMailbox() bool {
	return k == MailboxFailing || k == MailboxRecovered || k == SignInExpiring
}

// HealthRule returns the rule of a kind that is about a mailbox: active, for
// the administrators. A ticket's roles have nobody there, and Delay and Attach
// mean nothing: nothing waits while mail does.
func HealthRule(k Kind) Rule {
	return Rule{Kind: k, Active: true, Roles: []Role{GroupRole(escalation.Administrators)}}
}

// A MailboxView is what notifications may know of a mailbox. What a server said
// is not in it: it might hold what nobody should read in a mail.
type MailboxView struct {
	ID      string
	Name    string // empty: ID
	Address string // may be empty
	Server  string
	Folder  string    // that the trouble is about; empty: none, or all
	Trouble Trouble   // what is wrong, or will be
	Since   time.Time // when it began to fail
	Until   time.Time // of SignInExpiring: when it ends
}

// A Trouble is what is wrong with a mailbox. In mails it is the text module
// "module:trouble." and the word: its cause and cure in the reader's language,
// which administrators may write as they like.
type Trouble string

// The troubles that have words of their own. Any other is told of with those
// of TroubleOther.
const (
	TroublePassword    Trouble = "password"     // the server refuses user and password
	TroubleSignIn      Trouble = "sign_in"      // a person has to sign in again
	TroubleOAuth       Trouble = "oauth"        // the app registration is wrong
	TroubleProvider    Trouble = "provider"     // the provider gives no token for now
	TroubleSecret      Trouble = "secret"       // the stored password cannot be opened
	TroubleName        Trouble = "name"         // the server's name is unknown
	TroubleUnreachable Trouble = "unreachable"  // the server does not answer
	TroubleCertificate Trouble = "certificate"  // its certificate is not valid
	TroubleFolder      Trouble = "folder"       // a folder is not there
	TroubleReadOnly    Trouble = "read_only"    // mails cannot be removed from a folder
	TroubleKeep        Trouble = "keep"         // mails cannot be kept on this server
	TroubleConsent     Trouble = "consent"      // a folder holds mail already
	TroubleBusy        Trouble = "busy"         // the server turns us away for now
	TroubleStalled     Trouble = "stalled"      // a poll came to nothing
	TroubleOther       Trouble = "other"        // something else: the log has it
	TroubleSecretEnds  Trouble = "secret_ends"  // the client secret expires
	TroubleSignInEnds  Trouble = "sign_in_ends" // the sign-in ends
	TroubleUnused      Trouble = "unused"       // the sign-in ends because it is not used
)

// troubleModule begins the names of the modules about troubles.
const troubleModule = modulePrefix + "trouble."

// mailbox returns the mailbox of the event; none where there is none.
func (v *values) mailbox() MailboxView {
	if v.event.Mailbox == nil {
		return MailboxView{}
	}
	return *v.event.Mailbox
}

// trouble returns what is wrong with the mailbox, in the words of a module.
func (v *values) trouble() string {
	what := v.mailbox().Trouble
	if what == "" {
		return ""
	}
	if words, _ := v.module(troubleModule+string(what), false); words != "" {
		return words
	}
	words, _ := v.module(troubleModule+string(TroubleOther), false)
	return words
}

// day returns a day in the zone mails are written for; "" of the zero time.
func (v *values) day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return v.words.date(at.In(v.at.Location()))
}
