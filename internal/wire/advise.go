package wire

import (
	"fmt"
	"strings"
)

// An Advice is what is behind an error and what to do about it. Its fields are
// those of mailbox.Diagnosis, which stands on a floor above. The zero Advice
// says that nothing is known beyond the error.
type Advice struct {
	Code  string   // stable, lower case with dashes
	Args  []string // what Cause and Cure name
	Cause string   // English
	Cure  string   // English
}

// Advise returns an Advice. cause and cure are formats of the same args, by
// index ("%[1]q"), so that each may leave some out, or name them in another
// order. An arg is a text, a number, [Ports] or a [Resort].
//
// Whoever says it in another language does so by code and args. A test of the
// console therefore reads all calls and wants words for each: code, cause and
// cure are constants.
func Advise(code, cause, cure string, args ...any) Advice {
	a := Advice{Code: code, Cause: fill(cause, args), Cure: fill(cure, args)}
	for _, arg := range args {
		if c, ok := arg.(interface{ code() string }); ok {
			arg = c.code()
		}
		a.Args = append(a.Args, fmt.Sprint(arg))
	}
	return a
}

// fill is Sprintf for a format that may leave out all args.
func fill(format string, args []any) string {
	if !strings.Contains(format, "%") {
		return format
	}
	return fmt.Sprintf(format, args...)
}

// Ports are those on which servers of a protocol usually listen: "imap",
// "pop3" or "smtp". That is also what an Advice has among its Args.
type Ports string

// The usual ports.
const (
	IMAPPorts Ports = "imap"
	POP3Ports Ports = "pop3"
	SMTPPorts Ports = "smtp"
)

// String says which they are, in English.
func (p Ports) String() string {
	switch p {
	case IMAPPorts:
		return "IMAP usually listens on port 993 with TLS, and on 143 with STARTTLS"
	case POP3Ports:
		return "POP3 usually listens on port 995 with TLS, and on 110 with STARTTLS"
	case SMTPPorts:
		return "mail servers take mail from programs on port 465 with TLS and on 587 with STARTTLS; 25 is for servers among themselves"
	}
	return string(p)
}

func (p Ports) code() string { return string(p) }

// A Resort is what remains where nothing else helps against a certificate.
type Resort string

// The resorts.
const (
	NoResort  Resort = ""            // there is none
	AnyResort Resort = "skip-verify" // to accept any certificate
)

// String says it as the end of a sentence, in English.
func (r Resort) String() string {
	if r == AnyResort {
		return "; as a last resort InsecureSkipVerify accepts any certificate, and anybody in between"
	}
	return ""
}

func (r Resort) code() string { return string(r) }
