package message

import (
	"bytes"
	"regexp"
	"strings"
)

// maxBounced is how many recipients of one report are kept.
const maxBounced = 500

// A reportPart is a part of a mail that may belong to a delivery report.
type reportPart struct {
	mediaType string // lower case
	body      []byte // decoded
}

// bounceFrom reads what a mail says about the delivery of another one, or
// returns nil if it says nothing of the kind.
//
// The recipients come from the parts made for it (RFC 3464, RFC 6533); without
// one, from what the words of a mail server's report say. Not every entry is
// a failure: its Action tells, and complaints (RFC 5965) and read receipts
// (RFC 8098) give none at all.
func bounceFrom(parts []reportPart, h Header, text string) *Bounce {
	b := &Bounce{}
	for _, p := range parts {
		switch p.mediaType {
		case "message/delivery-status", "message/global-delivery-status":
			b.Recipients = append(b.Recipients, statusRecipients(p.body)...)
		case "message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global", "message/global-headers":
			if b.OriginalID == "" {
				b.OriginalID = headerID(p.body)
			}
		case "message/feedback-report", "message/disposition-notification":
			return nil
		}
	}
	if len(b.Recipients) == 0 {
		b.Recipients = wordedRecipients(h, text)
		if b.OriginalID == "" {
			b.OriginalID = textID(text)
		}
	}
	if len(b.Recipients) == 0 {
		return nil
	}
	b.Recipients = b.Recipients[:min(len(b.Recipients), maxBounced)]
	return b
}

// statusRecipients reads the body of a message/delivery-status part: blocks of
// fields, the first about the mail, the others about a recipient each. Blank
// lines between blocks are often missing or doubled, so a recipient also
// begins where a field comes for the second time.
func statusRecipients(body []byte) []BounceRecipient {
	var all []BounceRecipient
	var block statusBlock
	for line := range bytes.Lines(body) {
		line = bytes.TrimRight(line, "\r\n")
		name, value, ok := bytes.Cut(line, []byte(":"))
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			all, block = block.appendTo(all), statusBlock{}
		case line[0] == ' ' || line[0] == '\t':
			block.more(line)
		case ok:
			field := strings.ToLower(string(bytes.TrimSpace(name)))
			if block.has(field) {
				all, block = block.appendTo(all), statusBlock{}
			}
			block.set(field, string(bytes.TrimSpace(value)))
		}
		if len(all) >= maxBounced {
			return all
		}
	}
	return block.appendTo(all)
}

// A statusBlock holds the fields of a recipient that matter.
type statusBlock struct {
	final, original, action, status, diagnostic string
	last                                        *string // to which a folded line belongs
}

func (b *statusBlock) field(name string) *string {
	switch name {
	case "final-recipient":
		return &b.final
	case "original-recipient":
		return &b.original
	case "action":
		return &b.action
	case "status":
		return &b.status
	case "diagnostic-code":
		return &b.diagnostic
	}
	return nil
}

// has reports whether a recipient's field that can stand only once is known.
func (b *statusBlock) has(name string) bool {
	f := b.field(name)
	return f != nil && *f != ""
}

func (b *statusBlock) set(name, value string) {
	b.last = b.field(name)
	if b.last != nil {
		*b.last = value
	}
}

// more adds a folded line to the last field.
func (b *statusBlock) more(line []byte) {
	const most = 4096
	if b.last != nil && len(*b.last)+len(line) < most {
		*b.last += " " + string(bytes.TrimSpace(line))
	}
}

// appendTo adds the recipient the block describes, if it does. The address is
// the one the mail was sent to, if the report knows it: forwarding may have
// changed it on the way.
func (b *statusBlock) appendTo(all []BounceRecipient) []BounceRecipient {
	addr := typedAddress(b.original)
	if !strings.Contains(addr, "@") {
		if final := typedAddress(b.final); final != "" {
			addr = final
		}
	}
	if addr == "" {
		return all
	}
	_, diagnostic, ok := strings.Cut(b.diagnostic, ";")
	if !ok {
		diagnostic = b.diagnostic
	}
	r := BounceRecipient{
		Address:    addr,
		Status:     statusCode.FindString(withoutComments(b.status)),
		Action:     keyword(b.action),
		Diagnostic: diagnosticText(diagnostic, maxDiagnostic),
	}
	return append(all, r.judged())
}

// typedAddress reads "rfc822; user@host" (RFC 3464 section 2.1.2), with or
// without the type and with brackets or not.
func typedAddress(value string) string {
	if kind, rest, ok := strings.Cut(value, ";"); ok && !strings.ContainsAny(kind, "@<") {
		value = rest
	}
	value = strings.TrimSpace(withoutComments(value))
	if i := strings.IndexByte(value, '<'); i >= 0 {
		value, _ = angleText(value[i:])
	}
	addr, _ := angleAddr(value)
	return addr
}

const maxDiagnostic = 1000 // bytes

// diagnosticText decodes what a server said and cuts it to about most bytes.
func diagnosticText(s string, most int) string {
	return decodeHeader(strings.ToValidUTF8(s[:min(len(s), most)], ""))
}

var (
	statusCode = regexp.MustCompile(`\b[245]\.\d{1,3}\.\d{1,3}\b`) // RFC 3463
	replyCode  = regexp.MustCompile(`\b[45][0-5]\d\b`)             // RFC 5321 section 4.2
	// otherCause are the words for failures that are not the address's fault.
	otherCause = regexp.MustCompile(`(?i)quota|(mailbox|inbox|disk) (is |has )?(full|exceeded)|spam|block|policy|blacklist|reputation|too many|rate limit|relay|access denied|disabled|suspended|inactive|throttl`)
	// noSuchUser are the words for an address that does not exist, in the
	// diagnostics of the corpus.
	noSuchUser = regexp.MustCompile(`(?i)user.{0,40}(unknown|not found|doesn.t exist|does not exist|doesn.t have)|unknown (user|recipient|address|or illegal|local)|no such (user|recipient|mailbox|address|person|account|local)|` +
		`(recipient|address|mailbox|account|user) .{0,80}(not found|unknown|invalid|does ?n.t exist|does not exist|not exist|unavailable: no such|no longer)|invalid (recipient|mailbox|address|user)|bad (destination|address)|` +
		`not a valid (mailbox|recipient|user)|no (mailbox|account) (here|by that|with that)|not listed in|nosuchuser|host (unknown|not found|or domain name not found)|unrouteable|unable to route|name service error`)
)

// judged completes an entry: a status out of the diagnostic where the field
// says less, and whether the address is lost for good.
func (r BounceRecipient) judged() BounceRecipient {
	if r.Status == "" || strings.HasSuffix(r.Status, ".0.0") {
		if s := statusCode.FindString(r.Diagnostic); s != "" && s[0] != '2' && (r.Status == "" || s[0] == r.Status[0]) {
			r.Status = s
		}
	}
	if code := replyCode.FindString(r.Diagnostic); r.Status == "" && code != "" {
		r.Status = code[:1] + ".0.0"
	}
	if r.Action == "" && r.Status != "" {
		r.Action = actionOf(r.Status)
	}
	r.Hard = r.Action == "failed" && permanent(r.Status, r.Diagnostic)
	return r
}

func actionOf(status string) string {
	switch status[0] {
	case '2':
		return "delivered"
	case '4':
		return "delayed"
	}
	return "failed"
}

// permanent reports whether a failure will repeat whatever is sent to the
// address: it does not exist, or its host does not. A full mailbox, a policy
// or a size limit is a failure of this mail only, even where a server hides it
// behind a status of class 5.1.
func permanent(status, diagnostic string) bool {
	if otherCause.MatchString(diagnostic) {
		return false
	}
	switch {
	case status == "5.1.0", status == "4.1.1":
	case status == "5.1.7", status == "5.1.8": // about the sender's address
		return false
	case strings.HasPrefix(status, "5.1."), status == "5.4.4":
		return true
	case status == "", strings.HasPrefix(status, "5.0."), strings.HasPrefix(status, "5.4."), strings.HasPrefix(status, "5.5."):
	default:
		return false
	}
	return noSuchUser.MatchString(diagnostic)
}

// headerID returns the Message-ID in the header block body begins with.
func headerID(body []byte) string {
	inField, value := false, ""
	for line := range bytes.Lines(bytes.TrimLeft(body, "\r\n")) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		folded := line[0] == ' ' || line[0] == '\t'
		if inField && !folded {
			break
		}
		name, rest, ok := bytes.Cut(line, []byte(":"))
		switch {
		case inField && len(value) <= maxIDSize:
			value += string(line)
		case !folded && ok && strings.EqualFold(string(bytes.TrimSpace(name)), "Message-ID"):
			inField, value = true, string(rest)
		}
	}
	if ids := parseIDs(value); len(ids) > 0 {
		return ids[0]
	}
	return ""
}
