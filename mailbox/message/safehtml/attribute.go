package safehtml

import (
	"slices"
	"strings"

	"golang.org/x/net/html/atom"
)

// attributes writes the attributes of the current tag, if more says that there
// are any, and those that are the output's own. It reports whether the element
// is worth writing.
func (s *sanitizer) attributes(tag, original atom.Atom, more bool) bool {
	var given addresses
	var seen uint32 // indexes into rules: of an attribute given twice the first counts
	s.style = s.style[:0]
	for more {
		var key, value []byte
		key, value, more = s.z.TagAttr()
		switch {
		case original == atom.Body && string(key) == "bgcolor":
			s.style = appendStyle(nil, "background-color:"+string(value)+";"+string(s.style))
		case original == atom.Body && string(key) == "text":
			s.style = appendStyle(nil, "color:"+string(value)+";"+string(s.style))
		case tag == atom.A && string(key) == "href", tag == atom.Img && (string(key) == "src" || string(key) == "alt"):
			given.note(string(key), value)
		default:
			i := slices.IndexFunc(rules, func(r rule) bool { return r.name == string(key) })
			if i < 0 || seen&(1<<i) != 0 {
				continue
			}
			seen |= 1 << i
			if i == styleRule {
				s.style = appendStyle(s.style, string(value))
			} else if v := rules[i].value(string(value[:min(len(value), maxValue)])); v != "" {
				s.attribute(rules[i].name, v)
			}
		}
	}
	if len(s.style) > 0 {
		s.attribute("style", string(s.style))
	}
	switch tag {
	case atom.A:
		s.link(given)
	case atom.Img:
		return s.image(given)
	}
	return true
}

// maxValue bounds an attribute that is neither an address nor a style, in bytes.
const maxValue = 1000

// A rule says which values of an attribute are written. All of them are
// harmless on any element.
type rule struct {
	name  string
	value func(string) string // returns what is written, or "" for nothing
}

// styleRule is the index of the style attribute in rules.
const styleRule = 0

var rules = []rule{
	styleRule: {"style", nil}, // see appendStyle
	{"align", func(v string) string {
		return oneOf(v, "left", "right", "center", "middle", "justify", "top", "bottom")
	}},
	{"bgcolor", lower(colour)},
	{"border", number},
	{"cellpadding", number},
	{"cellspacing", number},
	{"color", lower(colour)},
	{"colspan", number},
	{"dir", func(v string) string { return oneOf(v, "ltr", "rtl", "auto") }},
	{"face", fonts},
	{"height", size},
	{"lang", func(v string) string { return onlyOf(v, 35, isLetterOrDigit, "-") }},
	{"nowrap", func(string) string { return "nowrap" }},
	{"rowspan", number},
	{"size", func(v string) string { return onlyOf(v, 3, isDigit, "+-") }},
	{"start", number},
	{"title", func(v string) string { return strings.ToValidUTF8(v, "") }}, // it may have been cut
	{"type", func(v string) string {
		if len(v) == 1 {
			return onlyOf(v, 1, nil, "1aAiI")
		}
		return oneOf(v, "disc", "circle", "square")
	}},
	{"valign", func(v string) string { return oneOf(v, "top", "middle", "bottom", "baseline") }},
	{"value", number},
	{"width", size},
}

// lower makes a rule for values in lower case one for those as written.
func lower(value func(string) string) func(string) string {
	return func(v string) string { return value(strings.ToLower(strings.TrimSpace(v))) }
}

// oneOf returns v in lower case if it is one of the words, else "".
func oneOf(v string, words ...string) string {
	v = strings.ToLower(strings.TrimSpace(v))
	if slices.Contains(words, v) {
		return v
	}
	return ""
}

// onlyOf returns v without blanks around it if it has at most that many bytes
// and consists of those that is accepts and of those of others, else "".
func onlyOf(v string, most int, is func(byte) bool, others string) string {
	v = strings.TrimSpace(v)
	if len(v) > most {
		return ""
	}
	for i := range len(v) {
		if (is == nil || !is(v[i])) && strings.IndexByte(others, v[i]) < 0 {
			return ""
		}
	}
	return v
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isHexDigit(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isLetterOrDigit(c byte) bool { return isLetter(c) || isDigit(c) }

// number accepts whole numbers of up to four digits. Tables of a million
// columns are no tables.
func number(v string) string { return onlyOf(v, 4, isDigit, "") }

// size accepts a number of pixels or percent.
func size(v string) string {
	v = strings.TrimSuffix(strings.TrimSpace(v), "px")
	if n, ok := strings.CutSuffix(v, "%"); ok && number(n) != "" {
		return v
	}
	return number(v)
}
