package message

import (
	"regexp"
	"slices"
	"strings"
)

// blame collects the addresses that the words of a report blame, each with
// what is said about it. Addresses in own count only if no other is blamed: a
// mail to oneself came back.
func blame(said string, own []string, action string) []ReportRecipient {
	c := blamer{own: own}
	for line := range strings.Lines(said) {
		c.take(strings.TrimSpace(line))
		if len(c.found) >= maxReported {
			break
		}
	}
	if len(c.found) == 0 && len(own) > 0 {
		return blame(said, nil, action)
	}
	c.share()
	var all []ReportRecipient
	for _, f := range c.found {
		if words, ok := f.explanation(); ok || f.listed {
			r := ReportRecipient{Address: f.addr, Diagnostic: diagnosticText(words)}
			all = append(all, r.judged(action))
		}
	}
	return all
}

// A blamer reads the words of a report line by line.
type blamer struct {
	own        []string // lower case
	found      []suspect
	transcript bool     // inside the SMTP dialogue that Sendmail quotes
	before     []string // paragraph before an address, if it explains something
	paragraph  []string // under way, with no address to belong to
}

// A suspect is an address that a report may blame.
type suspect struct {
	addr       string
	form       blameForm
	paragraphs [][]string // said behind it
	ended      bool       // the paragraph under way is over
	closed     bool       // nothing more belongs to it
	listed     bool       // counts without any explanation
}

// maxExplained is how many lines may explain an address.
const maxExplained = 20

func (c *blamer) take(line string) {
	if line == "" {
		c.endParagraph()
		return
	}
	c.transcript = c.transcript || transcriptStart.MatchString(line)
	addrs, form := c.blamed(line)
	if len(addrs) > 0 && c.begins(addrs[0], form) {
		for _, addr := range addrs[:min(len(addrs), maxReported-len(c.found))] {
			c.found = append(c.found, suspect{addr: addr, form: form})
		}
		if strings.Trim(line, `<>:. "'*`) == addrs[0] {
			return
		}
	}
	current := c.current()
	if current == nil {
		c.paragraph = append(c.paragraph, line[:min(len(line), maxDiagnostic)])
		return
	}
	current.add(line)
	if current.form == inTranscript {
		current.closed = true // the next line is about another
	}
}

// begins reports whether what follows is about addr, and no longer about the
// one before: a sentence that names it only in passing does not change that.
func (c *blamer) begins(addr string, form blameForm) bool {
	if current := c.current(); current != nil && (form == inPassing || form == inTranscript && !c.transcript) {
		return false
	}
	return !slices.ContainsFunc(c.found, func(s suspect) bool { return strings.EqualFold(s.addr, addr) })
}

// current returns the suspect that further lines belong to, or nil.
func (c *blamer) current() *suspect {
	if len(c.found) == 0 || c.found[len(c.found)-1].closed {
		return nil
	}
	return &c.found[len(c.found)-1]
}

func (c *blamer) endParagraph() {
	if s := c.current(); s != nil {
		s.ended = true
		s.closed = len(s.paragraphs) > 0 && hasCode(s.paragraphs[len(s.paragraphs)-1])
	}
	if len(c.found) == 0 && explains(c.paragraph) {
		c.before = c.paragraph
	}
	c.paragraph = nil
}

// add adds a line to what is said about the suspect.
func (s *suspect) add(line string) {
	if s.ended || len(s.paragraphs) == 0 {
		s.paragraphs, s.ended = append(s.paragraphs, nil), false
	}
	last := &s.paragraphs[len(s.paragraphs)-1]
	*last = append(*last, line[:min(len(line), maxDiagnostic)])
	lines := 0
	for _, p := range s.paragraphs {
		lines += len(p)
	}
	s.closed = lines >= maxExplained
}

// explanation returns what is said about the suspect: to the end of the first
// paragraph with a code, else of the first that explains anything. ok is false
// if nothing does.
func (s *suspect) explanation() (words string, ok bool) {
	n := slices.IndexFunc(s.paragraphs, hasCode)
	if n < 0 {
		n = slices.IndexFunc(s.paragraphs, explains)
	}
	ok = n >= 0
	if !ok {
		n = len(s.paragraphs) - 1
	}
	return strings.Join(slices.Concat(s.paragraphs[:n+1]...), " "), ok
}

// isListed reports whether nothing is said about the suspect before the next
// one: a list of addresses goes on.
func (s *suspect) isListed() bool {
	return len(s.paragraphs) == 0 || len(s.paragraphs) == 1 && len(s.paragraphs[0]) == 1 && strings.HasSuffix(s.paragraphs[0][0], ",")
}

// share gives the addresses of a list what is said behind it, or before it. If
// nothing at all is explained, the addresses count as they stand.
func (c *blamer) share() {
	explained := make([]bool, len(c.found))
	for i := range c.found {
		_, explained[i] = c.found[i].explanation()
	}
	none := !slices.Contains(explained, true)
	for i := len(c.found) - 1; i >= 0; i-- {
		s := &c.found[i]
		if explained[i] || s.form == inPassing {
			continue
		}
		s.listed = none
		switch next := i + 1; {
		case next < len(c.found) && c.found[next].form >= asTarget && s.isListed():
			s.paragraphs = c.found[next].paragraphs
		case len(c.before) > 0:
			s.paragraphs = append([][]string{c.before}, s.paragraphs...)
		}
	}
}

var (
	transcriptStart = regexp.MustCompile(`(?i)transcript of session|while talking to`)
	// errorWords tell a line that explains a failure.
	errorWords = regexp.MustCompile(`(?i)unknown|n.t exist|does not exist|not found|no such|rejected|refused|quota|\bfull\b|exceed|disabled|suspended|inactive|invalid|unable to|unroute|undeliverable|not accept|denied|blocked|timed? ?out|failed|fatal|error|` +
		`expired|not recogni[sz]ed|not listed|no mx|no (host|mail)|not responding|blacklisted|giving up|doesn.t have|socket error|too (big|large)|delayed|unavailable|unrecoverable|not reachable|unbekannt`)
)

// hasCode reports whether a paragraph holds a status or reply code.
func hasCode(lines []string) bool {
	return slices.ContainsFunc(lines, func(l string) bool { return findStatus(l) != "" || replyCode(l) != "" })
}

// explains reports whether a paragraph says that something failed.
func explains(lines []string) bool {
	return hasCode(lines) || slices.ContainsFunc(lines, errorWords.MatchString)
}
