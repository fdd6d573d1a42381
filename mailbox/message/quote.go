package message

import "strings"

// maxSpans bounds how many pieces of a body are told apart. 10,000 answers
// between quoted lines are more than anybody writes.
const maxSpans = 10_000

// quotations returns the spans of body: Fresh and Quoted, and those Signature
// that hints hold. hints are the pieces that the HTML part of the mail shows,
// in order. kept is where an old mail begins that is Fresh, because it is
// forwarded or all there is; len(body) if there is none.
func quotations(body string, hints []Span, forward bool) (spans []Span, kept int) {
	q := quoteScanner{body: body, end: len(body), hints: hints, forward: forward, kept: len(body)}
	if above, _, ok := strings.Cut(body, ReplyDelimiter); ok {
		q.end = strings.LastIndexByte(above, '\n') + 1
	}
	for q.at < q.end {
		q.step()
	}
	q.add(Quoted, len(body))
	return q.spans, q.kept
}

// A quoteScanner goes through a body line by line and never back.
type quoteScanner struct {
	body    string
	end     int // where ReplyDelimiter stands, or len(body)
	hints   []Span
	forward bool

	at     int // start of the line looked at
	spans  []Span
	fresh  bool // some text was Fresh
	quoted bool // something was Quoted
	kept   int
}

// add makes the text up to end a piece of the given kind.
func (q *quoteScanner) add(kind SpanKind, end int) {
	if end <= q.at {
		return
	}
	if len(q.spans) >= maxSpans-1 {
		kind = Fresh
	}
	q.fresh = q.fresh || kind == Fresh && !blank(q.body[q.at:end])
	q.quoted = q.quoted || kind == Quoted
	q.spans = appendSpan(q.spans, Span{kind, q.at, end})
	q.at = end
}

// appendSpan appends s, or makes the last span longer if it is of its kind.
func appendSpan(spans []Span, s Span) []Span {
	if last := len(spans) - 1; last >= 0 && spans[last].Kind == s.Kind {
		spans[last].End = s.End
		return spans
	}
	return append(spans, s)
}

// rest is what is left above the delimiter.
func (q *quoteScanner) rest() string { return q.body[q.at:q.end] }

// step takes one line, or as many as belong together.
func (q *quoteScanner) step() {
	if h, ok := q.hint(q.at); ok {
		q.follow(h)
		return
	}
	line, rest := cutLine(q.rest())
	next := q.end - len(rest)
	plain := unquoted(line)
	switch {
	case q.marked(q.at):
		q.markedLines()
	case plain == "":
		q.add(Fresh, next)
	case isForwarded(plain):
		q.keep()
	case q.announcesRest(plain, rest):
		if q.wanted() {
			q.keep()
		} else {
			q.add(Quoted, q.end)
		}
	case !q.attributed(line):
		q.add(Fresh, next)
	}
}

// keep makes the old mail that begins here Fresh.
func (q *quoteScanner) keep() {
	q.kept = q.at
	q.add(Fresh, q.end)
}

// announcesRest reports whether everything from a line on is an old mail: it
// is a separator, or begins the header of a mail, perhaps below a rule.
func (q *quoteScanner) announcesRest(plain, rest string) bool {
	return isOriginal(plain) || headerBlock(q.rest()) || isRule(plain) && headerBlock(strings.TrimLeft(rest, blanks))
}

// wanted reports whether the old mail that begins here is what the sender
// wants to be read: it is forwarded, or there is nothing else.
func (q *quoteScanner) wanted() bool {
	return q.forward || !q.fresh && !q.quoted && q.end == len(q.body)
}

// attributed takes the lines that say who wrote what follows, if they are
// there: up to the quoted lines below, or with all that is left if only a mail
// program can have written them.
func (q *quoteScanner) attributed(line string) bool {
	a := readAttribution(q.rest(), line)
	if a.length == 0 {
		return false
	}
	below := q.at + a.length
	below += len(q.body[below:q.end]) - len(strings.TrimLeft(q.body[below:q.end], blanks))
	below = q.lineStart(below, q.at+a.length)
	h, hinted := q.hint(below)
	switch {
	case below < q.end && (hasMark(q.body[below:q.end]) || hinted && h.Kind == Quoted), below == q.end && q.end < len(q.body):
		q.add(Quoted, below)
	case a.sure:
		q.add(Quoted, q.end)
	default:
		return false
	}
	return true
}

// lineStart returns where the line of at begins, but not before least.
func (q *quoteScanner) lineStart(at, least int) int {
	return max(least, least+strings.LastIndexByte(q.body[least:at], '\n')+1)
}

// marked reports whether the line at is marked as quoted. Two of such lines do
// not count below unquoted text: ">From ", because mbox files hide that word
// at the start of a line (RFC 4155), and ">>> x", with which nobody's
// quotation begins, but a log or an advertisement does.
func (q *quoteScanner) marked(at int) bool {
	line := q.body[at:q.end]
	return hasMark(line) && (q.lastKind() == Quoted || !strings.HasPrefix(line, ">From ") && !strings.HasPrefix(line, ">>>"))
}

// hasMark reports whether s begins with a quote mark (RFC 3676 section 4.5).
func hasMark(s string) bool {
	return strings.HasPrefix(strings.TrimLeft(s[:min(len(s), 200)], " \t\u00a0"), ">")
}

func (q *quoteScanner) lastKind() SpanKind {
	if len(q.spans) == 0 {
		return Fresh
	}
	return q.spans[len(q.spans)-1].Kind
}

// markedLines takes lines with quote marks and the empty ones among and below
// them. A mail forwarded in this way is not cut.
func (q *quoteScanner) markedLines() {
	line, _ := cutLine(q.rest())
	if isForwarded(unquoted(line)) || q.forward && headerBlock(q.rest()) {
		q.keep()
		return
	}
	for first := true; q.at < q.end; first = false {
		line, rest := cutLine(q.rest())
		if _, hinted := q.hint(q.at); hinted && !first || !q.marked(q.at) && !blank(line) {
			return
		}
		q.add(Quoted, q.end-len(rest))
	}
}

// hint returns the hint that at stands in. Hints that end before are done.
func (q *quoteScanner) hint(at int) (Span, bool) {
	for len(q.hints) > 0 && q.hints[0].End <= q.at {
		q.hints = q.hints[1:]
	}
	if len(q.hints) > 0 && q.hints[0].Start <= at && at < q.hints[0].End {
		return q.hints[0], true
	}
	return Span{}, false
}

// follow takes what the HTML part shows as one piece.
func (q *quoteScanner) follow(h Span) {
	line, rest := cutLine(q.rest())
	plain := unquoted(line)
	if h.Kind == Quoted && (isForwarded(plain) || q.wanted() && q.announcesRest(plain, rest)) {
		q.keep()
		return
	}
	q.add(h.Kind, min(h.End, q.end))
}
