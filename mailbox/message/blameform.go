package message

import (
	"regexp"
	"slices"
	"strings"
)

// A blameForm is how a line of a report names an address.
type blameForm uint8

const (
	inPassing    blameForm = iota // somewhere in a sentence
	asTarget                      // behind words such as "recipient:" or "delivered to"
	inTranscript                  // "550 5.1.1 <user@host>... text"
	atStart                       // the line begins with it
)

var (
	anyAddress = regexp.MustCompile(`<([^<>\s"]{1,250}@[^<>\s"]{1,250})>|[\pL\pN.!#$%&'*+/=?^_{|}~-]{1,64}@[\pL\pN_-]+(?:\.[\pL\pN_-]+)+`)
	// fieldLine is a line of the quoted header of the mail that came back.
	fieldLine = regexp.MustCompile(`(?i)^[\s>*]*(to|from|cc|bcc|sender|reply-to|return-path|subject|date|sent|message-id|envelope-from|x-[a-z-]+|an|von|betreff|gesendet)\s*:`)
	// notBlamed stands before addresses that are named for another reason.
	notBlamed = regexp.MustCompile(`(?i)(\b(from|sender|contact|by|cc|reply-to|return-path|support|help|message-id|id|dear|hello|hi|hallo|bonjour|hola|references|in-reply-to|mailto)|(write|send (an )?(e-?)?mail) to|F)[\s:=<\["'(]*$`)
	// targets stand before addresses that a mail did not reach.
	targets    = regexp.MustCompile(`(?i)\b(recipients?|address(es)?|users?|user ?id|mailbox|account|to)\b[^@<>]{0,20}$`)
	transcript = regexp.MustCompile(`^[45]\d\d[ -]([45]\.\d\.\d+ )?<?$`)
)

// blamed returns the addresses that a line blames, and how. Of several the one
// in the strongest form counts, else the first, with those that are listed
// right behind it.
func (c *blamer) blamed(line string) (addrs []string, form blameForm) {
	const most, nearby = 50, 200 // addresses of one line; bytes before one
	if !strings.Contains(line, "@") || fieldLine.MatchString(line) {
		return nil, 0
	}
	end := -1 // of the address taken last
	for _, m := range anyAddress.FindAllStringSubmatchIndex(line, most) {
		found, before := line[m[0]:m[1]], line[max(0, m[0]-nearby):m[0]]
		if m[2] >= 0 {
			found = line[m[2]:m[3]]
		}
		found = cleanAddr(strings.Trim(found, `.'*_-`))
		if notBlamed.MatchString(before) || slices.Contains(c.own, strings.ToLower(found)) || !isRecipient(found) {
			continue
		}
		f := formOf(before, line[m[1]:])
		switch {
		case len(addrs) == 0 || f > form:
			addrs, form = []string{found}, f
		case end >= 0 && form != inPassing && isSeparator(line[end:m[0]]):
			addrs = append(addrs, found)
		default:
			continue
		}
		end = m[1]
	}
	return addrs, form
}

// isSeparator reports whether s stands between the addresses of a list.
func isSeparator(s string) bool { return strings.Contains(s, ",") && strings.Trim(s, " ,<>\"'") == "" }

// formOf tells how an address between two pieces of a line is named.
func formOf(before, behind string) blameForm {
	switch {
	case strings.Trim(before, " \t<\"'*•>-([") == "":
		return atStart
	case transcript.MatchString(before) && strings.HasPrefix(strings.TrimLeft(behind, ">"), "..."):
		return inTranscript
	case targets.MatchString(before):
		return asTarget
	}
	return inPassing
}
