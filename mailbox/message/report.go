package message

import (
	"slices"
	"strings"
)

// A Report is what a mail says about another one that was sent before, in the
// name of a mail system. Its Kind comes first: only a report of failed
// delivery is a bounce.
type Report struct {
	Kind ReportKind
	// Recipients are whom a delivery report (failed, delayed or delivered) is
	// about, at most 500, not all with the same outcome; at least one of them
	// has that of Kind. Other reports have none.
	Recipients []ReportRecipient
	OriginalID string // Message-ID of the mail reported about; may be empty
}

// A ReportKind says what a [Report] tells.
type ReportKind string

// The kinds of reports.
const (
	ReportFailed    ReportKind = "failed"    // some recipient will not get the mail
	ReportDelayed   ReportKind = "delayed"   // none has failed, but some has yet to get it: a warning, delivery goes on
	ReportDelivered ReportKind = "delivered" // all got it, or it was handed on to where no reports come from
	ReportRead      ReportKind = "read"      // what a reader, or his program, did with it (RFC 8098)
	ReportAbuse     ReportKind = "abuse"     // somebody complains about it: a feedback report (RFC 5965)
)

// A ReportRecipient is one recipient of the mail that a [Report] is about.
type ReportRecipient struct {
	Address    string // without control characters, at most 998 bytes; may hold no @
	Status     string // RFC 3463, for example "5.1.1"; derived from the words where the report states none; may be empty
	Action     string // failed, delayed, delivered, relayed, expanded
	Hard       bool   // failed, and whatever is sent to the address will: it or its host does not exist
	Diagnostic string // the remote server's words, at most some 1,000 bytes
}

// maxReported is how many recipients of one report are kept.
const maxReported = 500

// isRecipient reports whether addr, which is clean, can be a recipient's
// address or the name of a local mailbox.
func isRecipient(addr string) bool {
	const longest = 998 // bytes; of RFC 5321 section 4.5.3.1.3 it is 254
	return addr != "" && addr[0] != '@' && len(addr) <= longest
}

// A reportPart is a part of a mail that may belong to a report.
type reportPart struct {
	mediaType string // lower case
	body      []byte // decoded, its beginning
}

// reportFrom reads what a mail says about another one, or returns nil if it
// says nothing of the kind.
//
// The parts made for it count in mails that come from mail systems, not in a
// person's mail that has somebody's report attached. Complaints and receipts
// are told first, so that nothing in them can be taken for a failure. Without
// recipients in a part for programs (RFC 3464, RFC 6533), those count that a
// server's report blames in its words.
//
// isAutomatic tells what automatic found: most mails need no further look.
func reportFrom(parts []reportPart, h Header, text string, isAutomatic bool) *Report {
	if !isAutomatic && len(parts) == 0 && !isRobot(h) {
		return nil
	}
	r := findReport(parts, h, text)
	if r != nil && r.OriginalID == "" {
		r.OriginalID = originalID(parts, h, text)
	}
	return r
}

func findReport(parts []reportPart, h Header, text string) *Report {
	if kind := otherReport(parts, h); kind != "" {
		return &Report{Kind: kind}
	}
	found := explained(partRecipients(parts, h), text)
	if len(found) == 0 {
		if n := jsonNotice(h, text); n != nil {
			return n
		}
		found = wordedRecipients(parts, h, text)
	}
	if len(found) == 0 {
		return nil
	}
	return &Report{Kind: kindOf(found), Recipients: found}
}

// otherReport finds the reports that are not about delivery: by the type of
// the whole mail (RFC 6522), or by a part.
func otherReport(parts []reportPart, h Header) ReportKind {
	switch reportType(h) {
	case "feedback-report":
		return ReportAbuse
	case "disposition-notification":
		return ReportRead
	}
	if len(parts) == 0 || answersOrForwards(h) {
		return ""
	}
	for _, p := range parts {
		switch {
		case p.mediaType == "message/feedback-report" && isServerMail(h), isComplaint(p):
			return ReportAbuse
		case p.mediaType == "message/disposition-notification" && isServerMail(h):
			return ReportRead
		}
	}
	return ""
}

// isComplaint knows the complaints that Microsoft's feedback loop sends
// without a part for programs: the mail that they attach begins with a field
// of theirs.
func isComplaint(p reportPart) bool {
	return p.mediaType == "message/rfc822" && headerValue(p.body, "X-HmXmrOriginalRecipient") != ""
}

// partRecipients collects what the parts for programs say, if the mail is a
// mail system's.
func partRecipients(parts []reportPart, h Header) []ReportRecipient {
	var all []ReportRecipient
	for _, p := range parts {
		if isStatusType(p.mediaType) && len(all) < maxReported && isServerMail(h) {
			all = append(all, statusRecipients(p.body)...)
		}
	}
	return all[:min(len(all), maxReported)]
}

// explained adds what the words of the report say about recipients of whom the
// part for programs says nothing but the outcome.
func explained(recipients []ReportRecipient, text string) []ReportRecipient {
	bare := func(r ReportRecipient) bool { return r.Diagnostic == "" && r.Action == "failed" }
	if !slices.ContainsFunc(recipients, bare) {
		return recipients
	}
	said, _ := cutReturned(text[:min(len(text), maxReportText)])
	words := make(map[string]string)
	for _, b := range blame(said, nil, "failed") {
		words[strings.ToLower(b.Address)] = b.Diagnostic
	}
	for i, r := range recipients {
		if said := words[strings.ToLower(r.Address)]; bare(r) && said != "" {
			r.Diagnostic = said
			recipients[i] = r.judged("failed")
		}
	}
	return recipients
}

// isStatusType reports whether parts of a type state the outcome for each
// recipient. PowerMTA and others have put an x before the registered name.
func isStatusType(mediaType string) bool {
	switch mediaType {
	case "message/delivery-status", "message/global-delivery-status", "message/xdelivery-status", "message/x-delivery-status":
		return true
	}
	return false
}

// kindOf tells the kind of a delivery report by its worst outcome.
func kindOf(recipients []ReportRecipient) ReportKind {
	has := func(action string) bool {
		return slices.ContainsFunc(recipients, func(r ReportRecipient) bool { return r.Action == action })
	}
	switch {
	case has("failed"):
		return ReportFailed
	case has("delayed"):
		return ReportDelayed
	}
	return ReportDelivered
}

// reportType returns the report-type of a multipart/report in lower case,
// "unknown" if it states none, and "" if the mail is none (RFC 6522).
func reportType(h Header) string {
	const report = "multipart/report"
	field := strings.TrimLeft(h.Get("Content-Type"), " \t\"")
	if len(field) < len(report) || !strings.EqualFold(field[:len(report)], report) {
		return ""
	}
	_, ps := parseParams(field)
	if t := strings.ToLower(ps.get("report-type")); t != "" {
		return t
	}
	return "unknown"
}

// isServerMail reports whether a mail presents itself as sent by a mail
// system, so that the report in it is its own.
func isServerMail(h Header) bool {
	if reportType(h) != "" || h.Get("X-Failed-Recipients") != "" {
		return true
	}
	if answersOrForwards(h) {
		return false
	}
	return daemonSender(h) != "" || nullReturnPath(h) != "" || autoSubmitted(h) != "" || isRobot(h)
}
