package message

import (
	"bytes"
	"strings"
)

// isOriginalType reports whether parts of a type hold the mail that a report
// is about, or its header.
func isOriginalType(mediaType string) bool {
	switch mediaType {
	case "message/rfc822", "message/rfc822-headers", "text/rfc822-headers", "message/global", "message/global-headers":
		return true
	}
	return false
}

// originalID returns the Message-ID of the mail that a report is about: from
// the copy that came back, from a receipt's own field (RFC 8098 section
// 3.2.5), from the header quoted in the text, or, if it is a report by its
// type, from what it answers.
func originalID(parts []reportPart, h Header, text string) string {
	for _, p := range parts {
		var ids []string
		switch {
		case isOriginalType(p.mediaType):
			ids = parseIDs(headerValue(p.body, "Message-ID"))
		case p.mediaType == "message/disposition-notification":
			ids = parseIDs(headerValue(p.body, "Original-Message-ID"))
		}
		if len(ids) > 0 {
			return ids[0]
		}
	}
	if id := textID(text); id != "" {
		return id
	}
	for _, p := range parts { // with a broken boundary, the header that came back hangs on to the fields
		if isStatusType(p.mediaType) {
			if id := textID(string(p.body)); id != "" {
				return id
			}
		}
	}
	if reportType(h) == "" {
		return ""
	}
	for _, name := range [...]string{"In-Reply-To", "References"} {
		if ids := parseIDs(h.Get(name)); len(ids) > 0 {
			return ids[len(ids)-1]
		}
	}
	return ""
}

// headerValue returns the first value, at most some 4,000 bytes of it, of a
// field in the header block that body begins with.
func headerValue(body []byte, name string) string {
	const most = 4000
	inField, value := false, []byte(nil)
	for line := range bytes.Lines(bytes.TrimLeft(body, "\r\n")) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		folded := line[0] == ' ' || line[0] == '\t'
		if inField && !folded {
			break
		}
		field, rest, ok := bytes.Cut(line, []byte(":"))
		switch {
		case inField:
			value = append(value, line[:min(len(line), max(0, most-len(value)))]...)
		case !folded && ok && strings.EqualFold(string(bytes.TrimSpace(field)), name):
			inField, value = true, append(value, rest[:min(len(rest), most)]...)
		}
	}
	return strings.TrimSpace(string(value))
}

// textID finds the Message-ID of the mail whose header a report quotes.
func textID(text string) string {
	const name = "Message-ID:"
	for line := range strings.Lines(text[:min(len(text), maxReportText)]) {
		line = strings.TrimLeft(line, "> \t")
		if len(line) > len(name) && strings.EqualFold(line[:len(name)], name) {
			if ids := parseIDs(line[len(name):]); len(ids) > 0 {
				return ids[0]
			}
		}
	}
	return ""
}
