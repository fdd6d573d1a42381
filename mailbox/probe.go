package mailbox

import (
	"context"
	"errors"
)

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

// A Step is one line of a connection test: of a mailbox, or of the mail exit
// (notify.Prober).
type Step struct {
	Name  StepName
	About string   // for example the folder; may be empty
	Facts []string // what was found, for people, in English: "TLS 1.3", "certificate of mail.example until 2027-01-31"
	Err   error    // nil: it went well
	Cause string   // of Err in plain words, English; empty: not known
	Cure  string   // what to do about it, English; empty: not known
	Code  string   // of Cause and Cure, as in a [Diagnosis]; may be empty
	Args  []string // what they name, as in a Diagnosis
}

// Diagnose sets Code, Args, Cause and Cure to what x says.
func (s *Step) Diagnose(x Diagnosis) {
	s.Code, s.Args, s.Cause, s.Cure = x.Code, x.Args, x.Cause, x.Cure
}

// Diagnosis returns what is behind s.Err.
func (s Step) Diagnosis() Diagnosis {
	return Diagnosis{Code: s.Code, Args: s.Args, Cause: s.Cause, Cure: s.Cure}
}

// A StepName says what was tried.
type StepName string

// The steps, in their order.
const (
	StepToken        StepName = "token"        // where an OAuth access token comes from; Facts: whose it is, until when
	StepResolve      StepName = "resolve"      // the host name; Facts: addresses
	StepDial         StepName = "dial"         // the connection
	StepSecure       StepName = "secure"       // TLS; Facts: version, certificate
	StepCapabilities StepName = "capabilities" // what the server can do
	StepSignIn       StepName = "sign-in"      // About: the mechanism
	StepFolder       StepName = "folder"       // About: the folder as typed; Facts: its real name, mails, whether they may be removed
)

// A TokenProber is a [TokenSource] that can test itself. It is an optional
// capability.
type TokenProber interface {
	TokenSource

	// ProbeToken finds out whether tokens can be had, now and when the
	// present one ends. The facts are for people, in English, and may come
	// with an error too.
	ProbeToken(ctx context.Context) (facts []string, err error)
}

// ProbeTokens tests a source of tokens and returns the step of it. One that is
// no [TokenProber] is just asked for a token.
func ProbeTokens(ctx context.Context, source TokenSource) Step {
	s := Step{Name: StepToken}
	if p, ok := source.(TokenProber); ok {
		s.Facts, s.Err = p.ProbeToken(ctx)
	} else if token, err := source.Token(ctx, Secret{}); err != nil {
		s.Err = err
	} else if token.IsZero() {
		s.Err = errors.New("the access token is empty")
	} else {
		s.Facts = []string{"an access token is there"}
	}
	if s.Err == nil {
		return s
	}
	if s.Diagnose(Diagnose(s.Err)); s.Cause == "" {
		s.Diagnose(Diagnosis{Code: "no-token", Cause: "no access token is to be had", Cure: "sign in to the provider again, or check the application's secret"})
	}
	return s
}
