package message

import (
	"regexp"
	"slices"
	"strings"
)

// maxReportText is how much of a report in words is read; the mail that came
// back follows it.
const maxReportText = 64 << 10

var (
	failureSubject = regexp.MustCompile(`(?i)undeliver|not? (be )?delivered|deliver(y|ed)? (status|fail|problem|error|report|not|incomplete|has|attempt)|fail(ure|ed)? (notice|delivery|mail)|returned (mail|to sender|to you)|mail (delivery|system|error|could)|unzustellbar|zustellung|nicht zugestellt|remise|échec|non remis|rejected|could ?n.t be sent|can ?not send|user unknown|notification|delayed mail|warning:`)
	bracketed      = regexp.MustCompile(`<([^<>\s"]{1,250}@[^<>\s"]{1,250})>`)
	bareAddress    = regexp.MustCompile(`[\w.!#$%&'*+/=?^{|}~-]{1,64}@[\w-]+(?:\.[\w-]+)+`)
	// errorWords tell a line that explains a failure.
	errorWords = regexp.MustCompile(`(?i)unknown|does ?n.t exist|does not exist|not found|no such|rejected|refused|quota|full\b|disabled|invalid|unable to|unroute|undeliverable|not accept|denied|blocked|timed? ?out|failed|fatal|error`)
	// returnedMail begins the copy of the mail that came back.
	returnedMail = regexp.MustCompile(`(?i)^\s*-* ?(this is a copy of|below this line|original message|(start of )?returned message|message header|headers? (of|follow)|the (original|following) message (was|follows)|unsent message|return-path:|received:|message text follows)`)
)

// wordedRecipients reads the report of a mail server that states nothing in a
// form for programs: X-Failed-Recipients (Exim), and lines with an address
// and, in it or soon after it, an error (qmail, Postfix, Sendmail and kin).
func wordedRecipients(h Header, text string) []BounceRecipient {
	if !looksReported(h) {
		return nil
	}
	found := worded(text)
	for _, a := range parseAddresses(strings.Join(h.Values("X-Failed-Recipients"), ","), maxBounced) {
		if !containsAddress(found, a.Address) {
			found = append(found, BounceRecipient{Address: a.Address, Action: "failed"}.judged())
		}
	}
	return found
}

// looksReported reports whether a mail can be a delivery report: it comes from
// a mail server and its subject says so. Absence notes, which also have an
// empty return path, do not pass.
func looksReported(h Header) bool {
	if h.Get("X-Failed-Recipients") != "" {
		return true
	}
	if absenceSubject(h) != "" || strings.HasPrefix(keyword(h.Get("Auto-Submitted")), "auto-replied") && daemonSender(h) == "" {
		return false
	}
	return (daemonSender(h) != "" || nullReturnPath(h) != "") && failureSubject.MatchString(decodeHeader(h.Get("Subject")))
}

// worded collects the addresses a report in words blames, each with the words
// of its paragraph.
func worded(text string) []BounceRecipient {
	var c wordedCollector
	for line := range strings.Lines(text[:min(len(text), maxReportText)]) {
		line = strings.TrimSpace(line)
		if returnedMail.MatchString(line) || len(c.found) >= maxBounced {
			break
		}
		c.take(line)
	}
	c.end()
	return c.found
}

// A wordedCollector reads a report line by line.
type wordedCollector struct {
	found []BounceRecipient
	addr  string   // blamed last; empty: none
	words []string // said about it
}

// maxExplained is how many lines may follow an address to explain it.
const maxExplained = 8

func (c *wordedCollector) take(line string) {
	if addr := blamed(line); addr != "" && !strings.EqualFold(addr, c.addr) && !containsAddress(c.found, addr) {
		c.end()
		c.addr = addr
		if strings.Trim(line, "<>:. \t") == addr {
			return
		}
	}
	switch {
	case c.addr == "":
	case line == "" && c.explained(), len(c.words) == maxExplained:
		c.end()
	case line != "":
		c.words = append(c.words, line)
	}
}

// explained reports whether the words collected say that something failed.
func (c *wordedCollector) explained() bool {
	return slices.ContainsFunc(c.words, func(w string) bool {
		return statusCode.MatchString(w) || replyCode.MatchString(w) || errorWords.MatchString(w)
	})
}

// end adds the address blamed last, if an error was named.
func (c *wordedCollector) end() {
	if c.addr != "" && c.explained() {
		r := BounceRecipient{Address: c.addr, Diagnostic: diagnosticText(strings.Join(c.words, " "), maxDiagnostic)}.judged()
		if r.Action == "" {
			r.Action = "failed"
			r.Hard = permanent("", r.Diagnostic)
		}
		c.found = append(c.found, r)
	}
	c.addr, c.words = "", nil
}

// blamed returns the address a line of a report begins with or puts in
// brackets.
func blamed(line string) string {
	if m := bracketed.FindStringSubmatch(line); m != nil {
		return cleanAddr(m[1])
	}
	if at := bareAddress.FindStringIndex(line); at != nil && at[0] < 12 {
		return line[at[0]:at[1]]
	}
	return ""
}

func containsAddress(list []BounceRecipient, addr string) bool {
	for _, r := range list {
		if strings.EqualFold(r.Address, addr) {
			return true
		}
	}
	return false
}

// textID finds the Message-ID of the mail whose header a report quotes.
func textID(text string) string {
	text = text[:min(len(text), maxReportText)]
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(line, "> \t")
		if len(line) > 11 && strings.EqualFold(line[:11], "Message-ID:") {
			if ids := parseIDs(line[11:]); len(ids) > 0 {
				return ids[0]
			}
		}
	}
	return ""
}
