package mailbox

import "context"

// A Prober is a [Connector] that can test a mailbox step by step, for the
// administrator who sets it up. It is an optional capability.
type Prober interface {
	Connector

	// Probe tries everything that a poll needs, in order, and reports each
	// step as soon as it is known; it stops at the first that fails, except
	// that each folder is tried. It changes nothing on the server (EXAMINE,
	// no flag, no removal) and does not fetch mail. The error is that of the
	// first step that failed.
	Probe(ctx context.Context, m Mailbox, report func(Step)) error
}

// A Step is one line of a connection test.
type Step struct {
	Name  StepName
	About string   // for example the folder; may be empty
	Facts []string // what was found, for people, in English: "TLS 1.3", "certificate of mail.example until 2027-01-31"
	Err   error    // nil: it went well
	Cause string   // of Err in plain words; empty: not known
	Cure  string   // what to do about it; empty: not known
}

// A StepName says what was tried.
type StepName string

// The steps, in their order.
const (
	StepResolve      StepName = "resolve"      // the host name; Facts: addresses
	StepDial         StepName = "dial"         // the connection
	StepSecure       StepName = "secure"       // TLS; Facts: version, certificate
	StepCapabilities StepName = "capabilities" // what the server can do
	StepSignIn       StepName = "sign-in"      // About: the mechanism
	StepFolder       StepName = "folder"       // About: the folder as typed; Facts: its real name, mails, whether they may be removed
)
