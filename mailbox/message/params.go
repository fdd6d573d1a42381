package message

import (
	"slices"
	"strconv"
	"strings"
)

// A parameter is one attribute of a Content-Type or Content-Disposition field.
type parameter struct {
	key      string // lower case, without the marks of RFC 2231
	value    string
	part     int  // number of a continuation (RFC 2231 section 3)
	encoded  bool // its value is percent-encoded (RFC 2231 section 4)
	extended bool // it has any mark of RFC 2231
}

// params are the parameters of a field in order.
type params struct {
	list     []parameter
	repeated bool // one was given twice; the first counts
}

// maxParams bounds the parameters of one field. Real ones have at most about
// twenty, with a very long name in continuations.
const maxParams = 200

// parseParams reads a field of the form value; key=value; ... It takes what
// mail programs write beyond RFC 2045: blanks in unquoted file names, quotes
// that do not end or stand in a name, missing semicolons, empty parameters.
func parseParams(field string) (value string, ps params) {
	field = strings.TrimLeft(field, " \t\r\n")
	end := strings.IndexAny(field, "; \t\r\n(")
	if end < 0 {
		return strings.Trim(field, `"`), ps
	}
	value = strings.Trim(field[:end], `"`)
	for rest := field[end:]; rest != "" && len(ps.list) < maxParams; {
		rest = strings.TrimLeft(rest, "; \t\r\n")
		if strings.HasPrefix(rest, "(") {
			rest = skipComment(rest)
			continue
		}
		end := strings.IndexAny(rest, "=;")
		if end < 0 {
			break
		}
		if rest[end] == ';' { // a word without a value
			rest = rest[end:]
			continue
		}
		p := newParameter(rest[:end])
		p.value, rest = paramValue(p.key, rest[end+1:])
		ps.add(p)
	}
	return value, ps
}

// newParameter reads the left side of a parameter: name, name*, name*0, name*0*.
func newParameter(key string) parameter {
	key = strings.TrimSpace(key)
	if i := strings.LastIndexAny(key, " \t"); i >= 0 {
		key = key[i+1:] // a stray word before it
	}
	p := parameter{}
	base, marks, extended := strings.Cut(key, "*")
	p.extended = extended
	p.encoded = extended && (marks == "" || strings.HasSuffix(marks, "*"))
	if n, err := strconv.Atoi(strings.TrimSuffix(marks, "*")); err == nil && n >= 0 {
		p.part = n
	}
	p.key = strings.ToLower(base)
	return p
}

// add adds p unless it is a repetition.
func (ps *params) add(p parameter) {
	for _, q := range ps.list {
		if p.key == q.key && p.part == q.part && p.extended == q.extended {
			ps.repeated = true
			return
		}
	}
	ps.list = append(ps.list, p)
}

// paramValue reads the right side of a parameter called key.
func paramValue(key, s string) (value, rest string) {
	s = strings.TrimLeft(s, " \t\r\n")
	if strings.HasPrefix(s, `"`) {
		return quotedValue(s[1:])
	}
	if strings.HasPrefix(s, "=?") { // an encoded-word may hold anything
		if i := strings.LastIndex(s, "?="); i > 0 && !strings.Contains(s[:i], ";") {
			return s[:i+2], s[i+2:]
		}
	}
	value, rest = s, ""
	if i := strings.IndexByte(s, ';'); i >= 0 {
		value, rest = s[:i], s[i:]
	}
	value = strings.TrimSpace(value)
	if key == "name" || key == "filename" {
		return value, rest // blanks belong to it
	}
	if i := strings.IndexAny(value, " \t("); i >= 0 {
		return value[:i], value[i:] + rest
	}
	return value, rest
}

// quotedValue reads up to the closing quote. A quote that nothing fitting
// follows is one that somebody forgot to escape.
func quotedValue(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' && endsValue(s[i+1:]):
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// endsValue reports whether s can follow a quoted value: nothing, a semicolon,
// a comment, or the next parameter.
func endsValue(s string) bool {
	s = strings.TrimLeft(s, " \t\r\n")
	if s == "" || s[0] == ';' || s[0] == '(' {
		return true
	}
	const longestKey = 40
	key, _, found := strings.Cut(s[:min(len(s), longestKey)], "=")
	return found && isToken(strings.TrimSpace(key))
}

// skipComment returns what follows the comment that s begins with.
func skipComment(s string) string {
	_, after, _ := strings.Cut(s, ")")
	return after
}

// get returns the value of the parameter called key, joined from its
// continuations and decoded, or "". The extended form wins over the plain one
// (RFC 6266 section 4.3).
func (ps params) get(key string) string {
	plain := ""
	var extended []parameter
	for _, p := range ps.list {
		switch {
		case p.key != key:
		case p.extended:
			extended = append(extended, p)
		case plain == "":
			plain = p.value
		}
	}
	if joined := joinExtended(extended); joined != "" {
		return joined
	}
	return plain
}

// joinExtended joins the pieces of an extended parameter. Their charset is
// stated in the first of them.
func joinExtended(pieces []parameter) string {
	if len(pieces) == 0 {
		return ""
	}
	slices.SortStableFunc(pieces, func(a, b parameter) int { return a.part - b.part })
	charset := ""
	var raw []byte
	for i, p := range pieces {
		value := p.value
		if i == 0 && p.encoded {
			if fields := strings.SplitN(value, "'", 3); len(fields) == 3 {
				charset, value = fields[0], fields[2]
			}
		}
		if p.encoded {
			raw = appendUnescaped(raw, value)
		} else {
			raw = append(raw, value...)
		}
	}
	if charset == "" {
		return string(raw)
	}
	return string(toUTF8(nil, charset, raw))
}

// appendUnescaped appends s with its percent escapes undone; wrong ones stay.
func appendUnescaped(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && hexValue[s[i+1]] > 0 && hexValue[s[i+2]] > 0 {
			dst = append(dst, (hexValue[s[i+1]]-1)<<4|(hexValue[s[i+2]]-1))
			i += 2
			continue
		}
		dst = append(dst, s[i])
	}
	return dst
}

// name returns the file name that the parameter called key states, with its
// encoded-words decoded, which RFC 2047 section 5 forbids there and all mail
// programs write.
func (ps params) name(key string) string {
	if len(ps.list) == 0 {
		return ""
	}
	return decodeHeader(ps.get(key))
}

// isToken reports whether s is a token of RFC 2045 section 5.1.
func isToken(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f || strings.IndexByte(`()<>@,;:\"/[]?=`, s[i]) >= 0 {
			return false
		}
	}
	return s != ""
}
