package mailbox

import "errors"

// A Diagnosis says what is behind an error and what to do about it, for the
// administrator of a mailbox. The zero value says that nothing is known beyond
// the error.
//
// Programs branch on Code, and say it in other languages by Code and Args: one
// Code always has the same Cause and Cure but for what Args put into them. All
// codes with their sentences stand in docs/diagnoses.md. Among the Args, "imap",
// "pop3" and "smtp" stand for a sentence about the usual ports of that protocol,
// and "skip-verify" for one about Mailbox.InsecureSkipVerify.
type Diagnosis struct {
	Code  string   // stable, lower case with dashes, for example "port-closed"; empty: of no code, such as those of package oauth
	Args  []string // what Cause and Cure name, for example a port and a host; may be nil
	Cause string   // in plain words, English
	Cure  string   // what to do, English; may be empty
}

// Advised is an error that knows what an administrator wants to hear. It may
// besides have a method
//
//	Diagnosis() Diagnosis
//
// that says the same with a code.
type Advised interface {
	error

	// Advice returns what is behind the error and what to do about it, in
	// plain words, English. Both are empty where that is not known.
	Advice() (cause, cure string)
}

// Advice returns that of the first [Advised] error in the tree of err, or
// nothing.
func Advice(err error) (cause, cure string) {
	if a, ok := errors.AsType[Advised](err); ok {
		return a.Advice()
	}
	return "", ""
}

// Diagnose returns what the first [Advised] error in the tree of err says, with
// its code if it has one; or the zero Diagnosis.
func Diagnose(err error) Diagnosis {
	a, ok := errors.AsType[Advised](err)
	if !ok {
		return Diagnosis{}
	}
	if x, ok := a.(interface{ Diagnosis() Diagnosis }); ok {
		return x.Diagnosis()
	}
	var x Diagnosis
	x.Cause, x.Cure = a.Advice()
	return x
}

// A Diagnoser is a [Connector] that knows what is behind the errors of its
// sessions. It is an optional capability: without it a mailbox that fails says
// its error alone.
type Diagnoser interface {
	Connector

	// Diagnose says what is behind an error that Connect, or a method of a
	// session on m, returned. It is zero where nothing is known beyond err.
	Diagnose(m Mailbox, err error) Diagnosis
}
