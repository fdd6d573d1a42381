package message

import (
	"regexp"
	"slices"
	"strings"
)

// wordedRecipients reads the report of a mail server that states nothing in a
// part for programs. In order: fields of such a part that stand in the text,
// because the mail is broken or its server does so; addresses that the words
// blame, and X-Failed-Recipients (Exim, Gmail); fields in what came back,
// because some gateways wrap reports into reports; and if the mail that came
// back had a single recipient, that one.
func wordedRecipients(parts []reportPart, h Header, text string) []ReportRecipient {
	if !mayReport(h) {
		return nil
	}
	text = text[:min(len(text), maxReportText)]
	said, returned := cutReturned(text)
	if i := slices.IndexFunc(parts, func(p reportPart) bool { return isOriginalType(p.mediaType) }); returned == "" && i >= 0 {
		returned = string(parts[i].body)
	}
	if !looksReported(h, said, returned != "") {
		return nil
	}
	if found := statedInText(said); len(found) > 0 {
		return found
	}
	action := "failed"
	if isDelay(h, said) {
		action = "delayed"
	}
	found := blame(said, ownAddresses(h, returned), action)
	for _, a := range parseAddresses(strings.Join(h.Values("X-Failed-Recipients"), ","), maxReported) {
		if len(found) < maxReported && isRecipient(a.Address) && !containsAddress(found, a.Address) {
			found = append(found, ReportRecipient{Address: a.Address}.judged(action))
		}
	}
	if len(found) == 1 && found[0].Diagnostic == "" { // all words are about it
		found[0] = ReportRecipient{Address: found[0].Address, Diagnostic: lastWords(said)}.judged(action)
	}
	if len(found) == 0 {
		found = statedInText(returned)
	}
	if len(found) > 0 {
		return found
	}
	if to := parseAddresses(headerValue([]byte(returned), "To"), 2); len(to) == 1 && isRecipient(to[0].Address) && strings.Contains(to[0].Address, "@") {
		return []ReportRecipient{ReportRecipient{Address: to[0].Address, Diagnostic: lastWords(said)}.judged(action)}
	}
	return nil
}

// lastWords is what a report says that blames nobody by name.
func lastWords(said string) string {
	return diagnosticText(strings.Join(strings.Fields(said), " "))
}

var statedField = regexp.MustCompile(`(?mi)^[ \t]*(final-recipient|original-recipient|action|status|diagnostic-code)[ \t]*:`)

// statedInText reads the fields of a delivery status that stand in a text,
// indented or not.
func statedInText(text string) []ReportRecipient {
	first := statedField.FindStringIndex(text)
	if first == nil {
		return nil
	}
	var b strings.Builder
	for line := range strings.Lines(text[first[0]:]) {
		if statedField.MatchString(line) {
			line = strings.TrimLeft(line, " \t")
		}
		b.WriteString(line)
	}
	return statusRecipients([]byte(b.String()))
}

// ownAddresses are those that a report may name without blaming them: who
// gets it, because he sent the mail, and who sends it.
func ownAddresses(h Header, returned string) []string {
	const most = 20
	values := []string{
		h.Get("To"), h.Get("From"), h.Get("Reply-To"), h.Get("Delivered-To"), h.Get("X-Original-To"),
		headerValue([]byte(returned), "From"), headerValue([]byte(returned), "Return-Path"),
	}
	var own []string
	for _, v := range values {
		for _, a := range parseAddresses(v, most) {
			own = append(own, strings.ToLower(a.Address))
		}
	}
	return own
}

func containsAddress(list []ReportRecipient, addr string) bool {
	return slices.ContainsFunc(list, func(r ReportRecipient) bool { return strings.EqualFold(r.Address, addr) })
}
