package thread

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxRef is the size of the longest [Ref] in bytes.
const maxRef = 64

// A Ref names a ticket as people see it: its number, for example "4711".
// It is opaque text, compared byte for byte; the store assigns it. See
// [Ref.Validate] for what it may hold. Plain ASCII survives every mailer.
type Ref string

// Validate reports what keeps r from being written into a subject and read
// back. A good ref has 1 to 64 bytes of valid UTF-8 without white space,
// control characters, invisible format characters (Unicode category Cf: zero
// width, bidirectional, soft hyphen) and "]".
func (r Ref) Validate() error {
	switch {
	case r == "":
		return errors.New("ref is empty")
	case len(r) > maxRef:
		return fmt.Errorf("ref of %d bytes is longer than %d", len(r), maxRef)
	case !utf8.ValidString(string(r)):
		return fmt.Errorf("ref %q is not valid UTF-8", string(r))
	}
	if i := strings.IndexFunc(string(r), notInRef); i >= 0 {
		c, _ := utf8.DecodeRuneInString(string(r[i:]))
		return fmt.Errorf("ref %q holds %U", string(r), c)
	}
	return nil
}

// valid is [Ref.Validate] without the words: subjects full of what looks like
// tokens ask it often.
func (r Ref) valid() bool {
	return r != "" && len(r) <= maxRef && utf8.ValidString(string(r)) && !strings.ContainsFunc(string(r), notInRef)
}

// notInRef reports whether c would make a ref ambiguous or invisible.
func notInRef(c rune) bool {
	return c == ']' || unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Cf, c)
}
