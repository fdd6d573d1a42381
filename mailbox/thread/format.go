package thread

import (
	"errors"
	"fmt"
	"strings"
)

const (
	refMark  = "{ref}"
	codeMark = "{code}"
)

// A format is a parsed [Options.Format]: literal text around a ref and,
// in either order, a check code.
type format struct {
	before, middle, after string
	hasCode               bool
	codeFirst             bool
}

// parseFormat reads a format and says what is wrong with it.
func parseFormat(s string) (format, error) {
	switch refs, codes := strings.Count(s, refMark), strings.Count(s, codeMark); {
	case refs != 1:
		return format{}, fmt.Errorf("holds {ref} %d times, needs it once", refs)
	case codes > 1:
		return format{}, fmt.Errorf("holds {code} %d times, may hold it once", codes)
	case s != oneLine(s):
		return format{}, errors.New("holds a control or bidirectional character, white space other than single blanks, white space at an end, or invalid UTF-8")
	}
	f := format{hasCode: strings.Contains(s, codeMark)}
	first, second := refMark, codeMark
	if f.hasCode && strings.Index(s, codeMark) < strings.Index(s, refMark) {
		first, second, f.codeFirst = codeMark, refMark, true
	}
	f.before, f.after, _ = strings.Cut(s, first)
	if f.hasCode {
		f.middle, f.after, _ = strings.Cut(f.after, second)
	}
	switch {
	case f.before == "":
		return format{}, errors.New("needs text in front, by which the token is found")
	case f.after == "":
		return format{}, errors.New("needs text behind, which ends the token")
	}
	return f, nil
}

// write returns the token of ref. c is ignored by a format without {code}.
func (f format) write(ref Ref, c string) string {
	switch {
	case !f.hasCode:
		return f.before + string(ref) + f.after
	case f.codeFirst:
		return f.before + c + f.middle + string(ref) + f.after
	}
	return f.before + string(ref) + f.middle + c + f.after
}

// split takes apart what stands between before and after. ok says that it has
// the shape of a token, not that its code verifies.
func (f format) split(inner string) (ref Ref, c string, ok bool) {
	if f.hasCode {
		if inner, c, ok = f.cutCode(inner); !ok {
			return "", "", false
		}
	}
	ref = Ref(inner)
	return ref, c, f.writable(ref)
}

// cutCode removes the check code and the literal text beside it from inner.
// It is what a candidate is held against first, and costs a few bytes.
func (f format) cutCode(inner string) (rest, c string, ok bool) {
	at := len(inner) - codeLen
	if at < len(f.middle) {
		return "", "", false
	}
	if f.codeFirst {
		c = inner[:codeLen]
		rest, ok = strings.CutPrefix(inner[codeLen:], f.middle)
	} else {
		c = inner[at:]
		rest, ok = strings.CutSuffix(inner[:at], f.middle)
	}
	return rest, c, ok && isCode(c)
}

// writable reports whether a token of ref can be read back. Without a code
// nothing but the literals tells where a token begins and ends, so the ref
// must not hold them.
func (f format) writable(ref Ref) bool {
	if !ref.valid() {
		return false
	}
	return f.hasCode || !strings.Contains(string(ref), f.before) && !strings.Contains(string(ref), f.after)
}

// maxInner is the size of the longest text between before and after.
func (f format) maxInner() int {
	if !f.hasCode {
		return maxRef
	}
	return maxRef + len(f.middle) + codeLen
}
