package message

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// signatures returns spans with the signatures of body taken out of what was
// Fresh: at its end, and at the end of the last text above a quotation. A mail
// that has nothing else keeps its signature as text, and so does an old mail
// that is Fresh and begins at kept.
func signatures(body string, spans []Span, kept int) []Span {
	starts := make(map[int]int) // index of a span -> where its signature begins
	left := false               // some text is no signature
	for i := len(spans) - 1; i >= 0 && !left; i-- {
		s := spans[i]
		text := body[s.Start:s.End]
		if s.Kind != Fresh || blank(text) {
			continue
		}
		if s.End > kept {
			left = true
			break
		}
		at := signatureStart(text)
		starts[i] = s.Start + at
		left = !blank(text[:at])
	}
	quoted := false
	var out []Span
	for i, s := range spans {
		at, ok := starts[i]
		quoted = quoted || s.Kind == Quoted
		if !ok {
			out = appendSpan(out, s)
			continue
		}
		if at > s.Start {
			out = appendSpan(out, Span{Fresh, s.Start, at})
		}
		if at < s.End {
			out = appendSpan(out, Span{Signature, at, s.End})
		}
	}
	if left || quoted || len(body) == 0 {
		return out
	}
	return []Span{{Fresh, 0, len(body)}}
}

// signatureLines is how many lines above its end a text is searched for a
// signature, with the legal words that some companies put there.
const signatureLines = 40

// signatureStart returns where the signature begins that ends text, or
// len(text).
func signatureStart(text string) int {
	const most = 5 // signatures and footers below each other
	end := len(text)
	for range most {
		tail := lastLines(strings.TrimRight(text[:end], blanks), signatureLines)
		at := len(tail.text)
		for _, find := range [...]func(lastText) int{listFooter, delimited, programFooter, dashedName} {
			at = min(at, find(tail))
		}
		if at == len(tail.text) {
			break
		}
		end = tail.offset + at
	}
	if blank(text[end:]) {
		return len(text)
	}
	return end
}

// A lastText is the end of a text and the starts of its lines, first line
// first.
type lastText struct {
	text   string
	offset int // of text in the whole
	starts []int
}

// lastLines returns the last n lines of text.
func lastLines(text string, n int) lastText {
	at := len(text)
	var starts []int
	for range n {
		if at == 0 && len(starts) > 0 {
			break
		}
		at = strings.LastIndexByte(text[:max(at-1, 0)], '\n') + 1
		starts = append(starts, at)
	}
	slices.Reverse(starts)
	for i := range starts {
		starts[i] -= at
	}
	return lastText{text[at:], at, starts}
}

// line returns the i-th line without its end.
func (l lastText) line(i int) string {
	line, _ := cutLine(l.text[l.starts[i]:])
	return line
}

// delimited finds the line "-- " of RFC 3676 section 4.3. Without its blank,
// which some programs drop, it must be the only one of its kind and stand
// near the end.
func delimited(l lastText) int {
	const mostLines = 15
	short, count := len(l.text), 0
	for i, start := range l.starts {
		switch strings.TrimRight(l.line(i), "\r") {
		case "-- ", "--\u00a0":
			return start
		case "--":
			count++
			if len(l.starts)-i <= mostLines {
				short = start
			}
		}
	}
	if count != 1 {
		return len(l.text)
	}
	return short
}

// listFooter finds what mailing lists add: a rule of underscores with a few
// lines that hold a link or an address.
func listFooter(l lastText) int {
	const mostLines = 8
	for i := max(0, len(l.starts)-mostLines); i < len(l.starts); i++ {
		line := strings.TrimSpace(l.line(i))
		below := strings.ToLower(l.text[l.starts[i]:])
		if len(line) >= 20 && strings.Trim(line, "_") == "" &&
			len(below) < 1000 && containsAny(below, []string{"mailing list", "http://", "https://", "unsubscribe"}) {
			return l.starts[i]
		}
	}
	return len(l.text)
}

// programFooter finds the line that a mail program or a telephone adds.
func programFooter(l lastText) int {
	if last := len(l.starts) - 1; last >= 0 && isProgramFooter(l.line(last)) {
		return l.starts[last]
	}
	return len(l.text)
}

var nameAlone = regexp.MustCompile(`^(?:-|-- ?|[—–] ?)\p{Lu}[\pL.'’]*(?: \p{Lu}[\pL.'’-]*){0,3}$`)

// dashedName finds "-Joe Doe" or "-- Joe Doe" in a paragraph of its own,
// unless it may be the last point of a list.
func dashedName(l lastText) int {
	last := len(l.starts) - 1
	if last < 2 || !nameAlone.MatchString(strings.TrimSpace(l.line(last))) || !blank(l.line(last-1)) {
		return len(l.text)
	}
	above := last - 2
	for above > 0 && blank(l.line(above)) {
		above--
	}
	if strings.HasPrefix(strings.TrimLeftFunc(l.line(above), unicode.IsSpace), "-") {
		return len(l.text)
	}
	return l.starts[last]
}
