package message

import (
	"regexp"
	"strings"
)

// judged completes an entry: with a known action, with a status out of the
// words where the field says less, and with whether the address is lost for
// good. otherwise is the action where nothing tells: failed or delayed.
//
// Lost is an address that does not exist, or whose host does not. A full
// mailbox, a policy or a size limit is a failure of this mail only, even where
// a server hides it behind a status of class 5.1: the words decide, and the
// status where they say nothing.
func (r ReportRecipient) judged(otherwise string) ReportRecipient {
	cause, known := causeOf(r.Diagnostic)
	stated := r.Status
	if stated == "" || strings.HasSuffix(stated, ".0.0") {
		if s := diagnosticStatus(r.Diagnostic); s != "" && s[0] != '2' && (stated == "" || s[0] == stated[0]) {
			r.Status = s
		}
	}
	switch r.Action {
	case "failed", "delayed", "delivered", "relayed", "expanded":
	default:
		r.Action = actionOf(stated, otherwise)
	}
	if r.Status == "" {
		r.Status = r.derivedStatus(cause.detail)
	}
	if r.Action == "failed" && strings.HasPrefix(r.Status, "5") {
		r.Hard = permanentStatus(r.Status)
		if known {
			r.Hard = cause.hard && !elsewhere(r.Status)
		}
	}
	return r
}

// actionOf tells what a status says about delivery. Class 4 is a delay where
// a field for programs states it; in words, servers give it for mails that
// they have given up.
func actionOf(status, otherwise string) string {
	switch {
	case strings.HasPrefix(status, "2"):
		return "delivered"
	case strings.HasPrefix(status, "4"):
		return "delayed"
	}
	return otherwise
}

// derivedStatus makes a status of a reply code and of the words. Without
// either it says the class alone.
func (r ReportRecipient) derivedStatus(detail string) string {
	class := "5"
	switch r.Action {
	case "delivered", "relayed", "expanded":
		return "2.0.0"
	case "delayed":
		class = "4"
	}
	if code := replyCode(r.Diagnostic); code != "" {
		class = code[:1]
	}
	if detail == "" {
		detail = "0.0"
	}
	return class + "." + detail
}

// permanentStatus reports whether a status of class 5 says that the address or
// its host does not exist.
func permanentStatus(status string) bool {
	switch status {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4":
		return true
	}
	return false
}

// elsewhere reports whether a status of class 5 puts the cause elsewhere than
// in a missing address: in the sender, in a mailbox that exists, or in a
// policy. Of these, 5.2.1 is none: many servers send it for unknown users.
func elsewhere(status string) bool {
	switch status {
	case "5.1.7", "5.1.8", "5.2.0", "5.2.2", "5.2.3", "5.2.4":
		return true
	}
	return strings.HasPrefix(status, "5.7.")
}

var statusCode = regexp.MustCompile(`\b([245]\.[0-7]\.\d{1,3})(?:[^\d.]|\.?$|\.\D)`) // RFC 3463

// findStatus returns the first status code in s. An IP address or a version
// is none.
func findStatus(s string) string {
	if m := statusCode.FindStringSubmatchIndex(s); m != nil && (m[2] == 0 || s[m[2]-1] != '.') {
		return s[m[2]:m[3]]
	}
	return ""
}

var repliedStatus = regexp.MustCompile(`\b[245]\d\d[- ]['"(#]*([245]\.[0-7]\.\d{1,3}\b)`)

// diagnosticStatus returns the status code in a server's words: rather one
// behind a reply code than one that another server has put before it.
func diagnosticStatus(s string) string {
	if m := repliedStatus.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return findStatus(s)
}

var replyPattern = regexp.MustCompile(`(?:^|[\s:;'"(<\[#])([45][0-5]\d)(?:[-\s:;,.)'"]|$)`) // RFC 5321 section 4.2

// replyCode returns the first reply code in s, or "".
func replyCode(s string) string {
	if m := replyPattern.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}
