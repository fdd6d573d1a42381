package pop3box

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"example.com/ticketmail/mailbox"
)

// A reply is a status line (RFC 1939 section 3), or a challenge (RFC 5034).
type reply struct {
	text    string   // behind the status
	more    bool     // a challenge
	refusal *refusal // -ERR; nil: +OK
}

// errNoPOP3 does not say what the server said: it may be any service, of which
// nobody should learn through us (THREATS H68).
var errNoPOP3 = errors.New("the server does not speak POP3")

func parseReply(line []byte) (reply, error) {
	status, text, _ := bytes.Cut(line, []byte(" "))
	switch strings.ToUpper(string(status)) {
	case "+OK":
		return reply{text: string(text)}, nil
	case "+":
		return reply{text: string(text), more: true}, nil
	case "-ERR":
		return reply{refusal: newRefusal(string(text))}, nil
	}
	return reply{}, errNoPOP3
}

// A refusal is a negative answer of the server, after which the connection
// goes on.
type refusal struct {
	code string // of RFC 2449, upper case; empty: none
	text string // with the code
}

func newRefusal(text string) *refusal {
	r := &refusal{text: text}
	if rest, ok := strings.CutPrefix(text, "["); ok {
		if code, _, ok := strings.Cut(rest, "]"); ok {
			r.code = strings.ToUpper(code)
		}
	}
	return r
}

const maxSaid = 300 // bytes of what the server said, in an error

func (r *refusal) Error() string {
	return fmt.Sprintf("the server says %q", "-ERR "+r.text[:min(len(r.text), maxSaid)])
}

// later reports whether a refusal says nothing about the request: the same may
// work in a while (RFC 2449 section 8, RFC 3206).
func (r *refusal) later() bool {
	switch r.code {
	case "IN-USE", "LOGIN-DELAY", "SYS/TEMP":
		return true
	}
	return false
}

// Is makes such a refusal a mailbox.ErrLater.
func (r *refusal) Is(target error) bool { return target == mailbox.ErrLater && r.later() }

// refused returns the answer of the server that err is, or nil if it is none.
func refused(err error) *refusal {
	r, _ := errors.AsType[*refusal](err)
	return r
}
