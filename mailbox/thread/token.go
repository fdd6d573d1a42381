package thread

import "strings"

// maxGuesses is how many check codes of one subject are verified. Nobody
// writes that many tokens, and one mail must not try thousands of codes.
const maxGuesses = 64

// Token returns the token of a ticket, for example "[Ticket#4711-K7Q2PX9D]".
// A ref that [Ref.Validate] refuses has no token: the result is "". So has,
// in a format without {code}, a ref that holds the format's own text.
func (r *Referencer) Token(ref Ref) string {
	if !r.format.writable(ref) {
		return ""
	}
	return r.format.write(ref, code(r.keys[0], ref))
}

// FindSubject returns the keys found in a decoded, unfolded reply subject, in
// order, each ref once. A token whose check code does not verify is no key.
// Tokens of [Options.Foreign] formats come last, as weak keys. At most 64
// check codes are tried; the time is linear in the subject.
func (r *Referencer) FindSubject(subject string) []Key {
	var found []Key
	for _, t := range r.tokens(subject) {
		if !hasRef(found, t.ref) {
			found = append(found, Key{Ref: t.ref, Source: Subject, Strong: r.format.hasCode})
		}
	}
	return r.findForeign(found, subject)
}

// A token is a place in a subject: subject[start:end] names ref.
type token struct {
	ref        Ref
	start, end int
}

// tokens finds our tokens in s, left to right, none overlapping.
func (r *Referencer) tokens(s string) []token {
	var found []token
	guesses := maxGuesses
	for pos := 0; guesses > 0; {
		i := strings.Index(s[pos:], r.format.before)
		if i < 0 {
			break
		}
		start := pos + i
		ref, size := r.tokenAt(s[start:], &guesses)
		if size == 0 {
			pos = start + 1
			continue
		}
		pos = start + size
		found = append(found, token{ref, start, pos})
		if !r.format.hasCode {
			guesses--
		}
	}
	return found
}

// tokenAt reads the token that s begins with and returns its size, 0 if there
// is none. A ref may hold the text that ends a token, so with a code every
// end within reach is tried; without one the first end counts.
func (r *Referencer) tokenAt(s string, guesses *int) (Ref, int) {
	f := r.format
	inner := s[len(f.before):]
	inner = inner[:min(len(inner), f.maxInner()+len(f.after))]
	for end := 0; *guesses > 0; end++ {
		i := strings.Index(inner[end:], f.after)
		if i < 0 {
			break
		}
		end += i
		ref, c, ok := f.split(inner[:end])
		switch {
		case !f.hasCode && !ok:
			return "", 0
		case f.hasCode && ok:
			*guesses--
			ok = r.keys.verifies(ref, c)
		}
		if ok {
			return ref, len(f.before) + end + len(f.after)
		}
	}
	return "", 0
}
