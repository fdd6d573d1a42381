package message

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// locate returns where in text the sections stand that are not simply Fresh.
// One whose beginning or end is not surely found is left out.
func locate(text string, sections []outlineSection, cut bool) []Span {
	const mostMisses = 8 // then text is another one
	if !slices.ContainsFunc(sections, func(s outlineSection) bool { return s.kind != Fresh || s.indented }) {
		return nil
	}
	l := indexText(text)
	starts := make([]int, len(sections)+1) // offsets in text; -1: not found
	if starts[len(sections)] = len(text); cut {
		starts[len(sections)] = -1
	}
	at, misses := 0, 0
	for i, s := range sections {
		starts[i] = -1
		var above []byte
		if i > 0 {
			above = sections[i-1].tail
		}
		if misses > mostMisses {
			continue
		}
		if line, ok := l.find(s.head, above, at, i == 0); ok {
			starts[i], at = l.lines[line].offset, l.lines[line].letters+1
		} else {
			misses++
		}
	}
	return l.spans(sections, starts)
}

// spans makes spans of the sections whose start and end are known.
func (l *lettersOfText) spans(sections []outlineSection, starts []int) []Span {
	var spans []Span
	floor := 0
	for i, s := range sections {
		start, end := starts[i], starts[i+1]
		if start < floor || end <= start || s.kind == Fresh && !s.indented {
			continue
		}
		if s.kind != Fresh {
			start = l.withRule(start, floor)
		}
		spans = append(spans, Span{s.kind, start, end})
		floor = end
	}
	return spans
}

// lettersOfText are the letters and digits of a text and the lines that have
// any.
type lettersOfText struct {
	text    string
	letters []byte
	lines   []letterLine
}

// A letterLine is where a line begins, in the text and in its letters.
type letterLine struct{ offset, letters int }

// addedLink is what plain text says of a link or a picture that HTML shows
// otherwise.
var addedLink = regexp.MustCompile(`[<\[](?:https?|mailto|tel|cid|image):[^>\]]*[>\]]`)

func indexText(text string) lettersOfText {
	l := lettersOfText{text: text}
	for at := 0; at < len(text); {
		line, rest := cutLine(text[at:])
		had := len(l.letters)
		if strings.ContainsAny(line, "<[") {
			line = addedLink.ReplaceAllLiteralString(line, "")
		}
		l.letters = appendLetters(l.letters, []byte(line), len(line))
		if len(l.letters) > had {
			l.lines = append(l.lines, letterLine{at, had})
		}
		at = len(text) - len(rest)
	}
	return l
}

// find returns the first line from at on that begins with head and has above
// directly before it, or, if a link in the text has come in between, the only
// one that begins with a head long enough to be no accident. first says that
// nothing stands above.
func (l *lettersOfText) find(head, above []byte, at int, first bool) (line int, ok bool) {
	const mostTries, fewest, long = 32, 8, 16
	found, count := 0, 0
	for range mostTries {
		i := bytes.Index(l.letters[min(at, len(l.letters)):], head)
		if i < 0 {
			break
		}
		i += at
		at = i + 1
		n, ok := slices.BinarySearchFunc(l.lines, i, func(line letterLine, i int) int { return line.letters - i })
		if !ok {
			continue
		}
		if first && i == 0 || !first && len(head)+len(above) >= fewest && bytes.HasSuffix(l.letters[:i], above) {
			return n, true
		}
		found = n
		count++
	}
	return found, count == 1 && len(head) >= long
}

// withRule returns where the rule or the dashes begin that stand above the
// line at start, or start. floor is as far up as it looks.
func (l *lettersOfText) withRule(start, floor int) int {
	above := strings.TrimRight(l.text[floor:start], blanks)
	if above == "" {
		return start
	}
	at := strings.LastIndexByte(above, '\n') + 1
	if line := unquoted(above[at:]); line != "" && !hasLetters([]byte(line)) && strings.Trim(line, ruleMarks+" ") == "" {
		return floor + at
	}
	return start
}
