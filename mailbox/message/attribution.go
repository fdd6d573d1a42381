package message

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An attribution is what mail programs write above a quotation: who wrote
// when. sure means that it can hardly be anything else; another one counts
// only above lines that are marked as quoted.
type attribution struct {
	length int // bytes of the lines it stands on; 0: there is none
	sure   bool
}

const (
	attributionLines = 4   // over which it may be wrapped
	attributionBytes = 500 // of all of them together
)

// readAttribution reads the attribution that s begins with. line is the first
// line of s.
func readAttribution(s, line string) attribution {
	if len(line) > attributionBytes || strings.IndexFunc(line, isDigitOrAt) < 0 && !hasVerb(strings.ToLower(line)) {
		return attribution{} // nearly always, and without looking further
	}
	joined, first, used := "", 0, 0
	for i := range attributionLines {
		line, rest := cutLine(s[used:])
		plain := strings.ToLower(strings.TrimLeft(unwrapped(line), "- "))
		if plain == "" || len(joined)+len(plain) > attributionBytes {
			break
		}
		joined += plain + " "
		used = len(s) - len(rest)
		switch is := judge(joined[:len(joined)-1]); {
		case is == notOne:
		case i == 0:
			return attribution{used, is == surelyOne}
		case isWrapped(joined[:len(joined)-1], first):
			return attribution{used, true}
		}
		if i == 0 {
			first = len(joined)
		}
		if rest == "" || endsInSentence(plain) {
			break
		}
	}
	return attribution{}
}

// isWrapped reports whether line, joined of lines of which the first is first
// bytes long, is one attribution from its start on, and not one below a line
// of somebody's text.
func isWrapped(line string, first int) bool {
	const shortest = 56 // bytes; nobody wraps before
	if len(line) < shortest || judge(line) != surelyOne || !timeOfDay.MatchString(line) || !fullDate.MatchString(line) {
		return false
	}
	rest := line[first:]
	return judge(rest) != surelyOne || !fullDate.MatchString(rest) && fullDate.MatchString(line[:first])
}

// endsInSentence reports whether a line ends as a sentence does. A number with
// a dot is a day.
func endsInSentence(line string) bool {
	last := line[len(line)-1]
	return strings.IndexByte("!?;:", last) >= 0 || endsInColon(line) || last == '.' && len(line) > 1 && !isDigitOrAt(rune(line[len(line)-2]))
}

// unwrapped returns a line of an attribution without what may stand around
// it. An address at its end keeps its bracket.
func unwrapped(line string) string {
	return strings.Trim(strings.TrimLeft(line, "> "), " \t\r\u00a0\u202f*")
}

func isDigitOrAt(r rune) bool { return r == '@' || r >= '0' && r <= '9' }

type judgement int

const (
	notOne judgement = iota
	perhapsOne
	surelyOne
)

var (
	timeOfDay  = regexp.MustCompile(`(?:^|[^\d.:])\d{1,2}(?:[:h時时點点]|\s?시)\s?\d\d|(?:\b(?:kl|klo|um|ore|alle|om|at|o|v)\.?|,)\s\d{1,2}\.\d\d(?:[^\d.]|$)`)
	fullDate   = regexp.MustCompile(`(?:^|[^\d.])(?:(?:19|20)\d\d(?:[^\d.]|\.\s|$)|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:[^\d.]|\.?\s|$)|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}(?:[^\d.]|\.?\s|$))`)
	someone    = regexp.MustCompile(`\S*[^\s@<>]@[^\s@<>]\S*`)
	inBrackets = regexp.MustCompile(`[<(\[]\s?[^\s<>]+@[^\s<>]+[>)\]]`)
	// addressLast ends in an address, as some programs write no word for "wrote".
	addressLast = regexp.MustCompile(`[<(\[]\s?[^\s<>]+@[^\s<>]+[>)\]]\s?[:：]$`)
	// addressOnly is how the web pages of Gmail once announced a quotation.
	addressOnly = regexp.MustCompile(`^\d{4}[/-]\d{1,2}[/-]\d{1,2} .+<[^\s<>]+@[^\s<>]+>$`)
	// told is what people write, and no mail program.
	told = regexp.MustCompile(`(?:^|[^\pL])(?:he|she|i|we|they|you|me|us|him|that|which|following|mr|mrs|ms|customer|er|sie|ich|wir|mir|uns|ihm|ihr|ihnen|folgende[sn]?|dass|herr|frau|kunde|kundin|elle|nous|monsieur|madame|él|ella|usted|lui|lei|hij|zij)(?:[^\pL]|$)`)
	// behind is an attribution that stands behind somebody's text.
	behind = regexp.MustCompile(`[!?]\s|[.:]\s(?:on|am|le|el|il|op|em|den)\s.{0,12}\d`)
	// opened begins with a date, or with a word or two above one.
	opened = regexp.MustCompile(`^(?:\d|(?:il giorno|w dniu|\pL{1,9})[.,]{0,2}\s.{0,20}\d)`)
)

// judge says whether line, in lower case and not wrapped, is an attribution.
func judge(line string) judgement {
	colon, last := endsInColon(line), endsInVerb(line)
	if !colon && !last && !(line[0] == '2' && addressOnly.MatchString(line)) || behind.MatchString(line) {
		return notOne
	}
	when, dated := timeOfDay.MatchString(line), fullDate.MatchString(line)
	if !colon {
		switch {
		case when && dated && inBrackets.MatchString(line) && opened.MatchString(line) && last:
			return surelyOne
		case when && dated, !last:
			return perhapsOne
		}
		return notOne
	}
	who, verb := someone.MatchString(line), last || hasVerb(line)
	if !verb && !(when && dated) || !when && !dated && !who && !last {
		return notOne
	}
	own := strings.TrimSuffix(strings.TrimRight(line, ": "), "folgendes geschrieben") // Yahoo's word, and a person's too
	if told.MatchString(someone.ReplaceAllString(own, "")) {
		return perhapsOne
	}
	byProgram := when && dated && addressLast.MatchString(line) ||
		verb && (when || dated) && inBrackets.MatchString(line) ||
		last && (when && dated || who && (when || dated)) && opened.MatchString(line)
	if byProgram {
		return surelyOne
	}
	return perhapsOne
}

// verbs say "wrote" in the languages of mail programs, in lower case.
var verbs = []string{
	"wrote", "writes", "schrieb", "geschrieben", "schreibt", "a écrit", "écrit", "escribió", "ha scritto", "scritto", "schreef", "geschreven",
	"napisał", "napisała", "napisana przez", "pisze", "escreveu", "napsal", "napsala", "píše", "skrev", "skriver", "kirjoitti",
	"написал", "написала", "пишет", "yazdı", "写道", "寫道", "のメール", "書きました", "작성", "님이 작성", "님이 씀",
}

// hasVerb reports whether a line in lower case holds one of verbs as a word.
func hasVerb(line string) bool {
	for _, v := range verbs {
		if i := strings.Index(line, v); i >= 0 && isWord(line, i, i+len(v)) {
			return true
		}
	}
	return false
}

// endsInVerb reports whether nothing but a colon and an ending as in
// "napisał(a)" follows one of verbs.
func endsInVerb(line string) bool {
	line = strings.TrimRight(line, ":： \u00a0\u202f")
	line = strings.TrimSuffix(strings.TrimSuffix(line, "(a)"), "(а)")
	for _, v := range verbs {
		if strings.HasSuffix(line, v) && isWord(line, len(line)-len(v), len(line)) {
			return true
		}
	}
	return false
}

// isWord reports whether no letter stands around line[start:end]. Writing
// without blanks between words knows no such border.
func isWord(line string, start, end int) bool {
	first, _ := utf8.DecodeRuneInString(line[start:])
	if first >= 0x2E80 {
		return true
	}
	above, _ := utf8.DecodeLastRuneInString(line[:start])
	below, _ := utf8.DecodeRuneInString(line[end:])
	return !unicode.IsLetter(above) && !unicode.IsLetter(below)
}
