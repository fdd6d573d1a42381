package message

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// statusRecipients reads the body of a message/delivery-status part: blocks of
// fields, the first about the mail, the others about a recipient each. Blank
// lines between blocks are often missing or doubled, so a recipient also
// begins where a field comes for the second time.
func statusRecipients(body []byte) []ReportRecipient {
	var all []ReportRecipient
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
		if len(all) >= maxReported {
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

const maxStatusField = 4096 // bytes

func (b *statusBlock) set(name, value string) {
	b.last = b.field(name)
	if b.last != nil {
		*b.last = value[:min(len(value), maxStatusField)]
	}
}

// more adds a folded line to the last field.
func (b *statusBlock) more(line []byte) {
	if b.last != nil && len(*b.last)+len(line) < maxStatusField {
		*b.last += " " + string(bytes.TrimSpace(line))
	}
}

// appendTo adds the recipient the block describes, if it does. The address is
// the one the mail was sent to, if the report knows it: forwarding may have
// changed it on the way.
func (b *statusBlock) appendTo(all []ReportRecipient) []ReportRecipient {
	addr := typedAddress(b.original)
	if !strings.Contains(addr, "@") {
		if final := typedAddress(b.final); final != "" {
			addr = final
		}
	}
	if !isRecipient(addr) {
		return all
	}
	kind, diagnostic, ok := strings.Cut(b.diagnostic, ";")
	if !ok || strings.ContainsAny(kind, " \t") {
		diagnostic = b.diagnostic
	}
	return append(all, ReportRecipient{
		Address:    addr,
		Status:     findStatus(withoutComments(b.status)),
		Action:     keyword(b.action),
		Diagnostic: diagnosticText(diagnostic),
	}.judged("failed"))
}

// typedAddress reads "rfc822; user@host" (RFC 3464 section 2.1.2) and "utf-8;
// user@host" (RFC 6533 section 3), with or without the type and with brackets
// or not.
func typedAddress(value string) string {
	kind, rest, ok := strings.Cut(value, ";")
	if ok && !strings.ContainsAny(kind, "@<") {
		value = rest
		if strings.EqualFold(strings.TrimSpace(kind), "utf-8") {
			value = utf8Address(value)
		}
	}
	value = strings.TrimSpace(withoutComments(value))
	if i := strings.IndexByte(value, '<'); i >= 0 {
		value, _ = angleText(value[i:])
	}
	addr, _ := angleAddr(value)
	return addr
}

var embeddedRune = regexp.MustCompile(`\\x\{[0-9A-Fa-f]{1,6}\}`)

// utf8Address decodes the characters that a utf-8-addr-xtext address writes as
// \x{HEX} for servers that do not know UTF-8 (RFC 6533 section 3).
func utf8Address(addr string) string {
	return embeddedRune.ReplaceAllStringFunc(addr, func(s string) string {
		n, err := strconv.ParseInt(s[3:len(s)-1], 16, 32)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return ""
		}
		return string(rune(n))
	})
}

const maxDiagnostic = 1000 // bytes

// diagnosticText decodes what a server said and cuts it to about maxDiagnostic
// bytes.
func diagnosticText(s string) string {
	return decodeHeader(strings.ToValidUTF8(s[:min(len(s), maxDiagnostic)], ""))
}
