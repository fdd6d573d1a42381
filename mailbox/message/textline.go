package message

import (
	"strings"
	"unicode/utf8"
)

// blanks are the characters that do not make a line worth reading.
const blanks = " \t\r\n\u00a0\u200b"

// blank reports whether there is nothing to read in s.
func blank(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf {
			return strings.TrimLeft(s[i:], blanks) == ""
		} else if c > ' ' {
			return false
		}
	}
	return true
}

// cutLine returns the first line of s without its end, and the rest.
func cutLine(s string) (line, rest string) {
	line, rest, _ = strings.Cut(s, "\n")
	return line, rest
}

// unquoted returns a line without quote marks, emphasis and blanks around it.
func unquoted(line string) string {
	for line != "" && !inner(line[0]) {
		line = line[1:]
	}
	for line != "" && !inner(line[len(line)-1]) {
		line = line[:len(line)-1]
	}
	if line == "" || line[0] < utf8.RuneSelf && line[len(line)-1] < utf8.RuneSelf {
		return line // nearly always, and much faster than what follows
	}
	return strings.Trim(line, "> \t\r\u00a0*")
}

func inner(c byte) bool { return c != '>' && c != ' ' && c != '\t' && c != '\r' && c != '*' }

// trimLines removes empty lines above s and white space below it.
func trimLines(s string) string {
	s = strings.TrimRight(s, blanks)
	for {
		line, rest, more := strings.Cut(s, "\n")
		if !more || !blank(line) {
			return s
		}
		s = rest
	}
}

// containsAny reports whether s holds one of the words.
func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}
