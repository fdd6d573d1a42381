package message

import "strings"

const (
	maxIDs    = 1000 // kept of one field: the first and the last half
	maxIDSize = 998  // bytes; a longer one cannot have been written on one line (RFC 5322 section 2.1.1)
)

// parseIDs returns the Message-IDs of a Message-ID, In-Reply-To or References
// field without their angle brackets, in order.
//
// What stands between brackets is an id, whatever it looks like; blanks and
// control characters that folding left in it are removed. Where there are no
// brackets, words with an @ count, and so does a single word without one.
// Comments, and the phrases some programs write before the id, are passed
// over. Empty ids are left out: they would match each other.
func parseIDs(raw string) []string {
	if strings.Contains(raw, "=?") { // some gateways encode the whole field
		raw = decodeHeader(raw)
	}
	ids := bracketedIDs(raw)
	if len(ids) == 0 {
		ids = bareIDs(raw)
	}
	if len(ids) > maxIDs {
		ids = append(ids[:maxIDs/2:maxIDs/2], ids[len(ids)-maxIDs/2:]...)
	}
	return ids
}

// bracketedIDs collects what stands between < and >. A second < before the >
// begins anew: the first id was not closed.
func bracketedIDs(raw string) []string {
	var ids []string
	for {
		open := strings.IndexByte(raw, '<')
		if open < 0 {
			return ids
		}
		raw = raw[open+1:]
		end := strings.IndexAny(raw, "<>")
		if end < 0 {
			end = len(raw)
		}
		ids = appendID(ids, raw[:end])
		raw = strings.TrimPrefix(raw[end:], ">")
	}
}

// bareIDs collects the words that look like ids of a field without brackets.
func bareIDs(raw string) []string {
	words := strings.FieldsFunc(withoutComments(raw), func(r rune) bool {
		return r <= ' ' || strings.ContainsRune(",;<>", r)
	})
	if len(words) == 1 {
		return appendID(nil, words[0])
	}
	var ids []string
	for _, w := range words {
		if strings.Contains(w, "@") {
			ids = appendID(ids, w)
		}
	}
	return ids
}

func appendID(ids []string, id string) []string {
	if len(id) > 2*maxIDSize {
		return ids
	}
	id = strings.ReplaceAll(decodeHeader(id), " ", "")
	if id == "" || len(id) > maxIDSize {
		return ids
	}
	return append(ids, id)
}

// withoutComments returns s with each comment (RFC 5322 section 3.2.2)
// replaced by a blank. An opening parenthesis that nothing closes, and all
// that follow it, stand for themselves.
func withoutComments(s string) string {
	if !strings.Contains(s, "(") {
		return s
	}
	var b strings.Builder
	for s != "" {
		open := strings.IndexByte(s, '(')
		if open < 0 {
			break
		}
		n := commentLen(s[open:])
		if n == 0 {
			break
		}
		b.WriteString(s[:open])
		b.WriteByte(' ')
		s = s[open+n:]
	}
	return b.String() + s
}

// commentLen returns the length of the comment s begins with, nested ones
// included, or 0 if it is not closed.
func commentLen(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}
