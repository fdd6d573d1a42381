package notify

import (
	"fmt"
	"strings"
)

// An InvalidError reports a rule, a template or an envelope that is refused,
// and where it is wrong.
type InvalidError struct {
	Field        string // for example "Addresses[0]" or "Text"
	Line, Column int    // in a template, from 1, in characters; 0: not a place in a text
	Reason       string // for people
}

// Error returns field, place and reason.
func (e *InvalidError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%s: %s", e.Field, e.Reason)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Field, e.Line, e.Column, e.Reason)
}

// invalid returns an InvalidError that is about a field as a whole.
func invalid(field, format string, args ...any) *InvalidError {
	return &InvalidError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

// invalidAt returns an InvalidError for the byte offset pos of text.
func invalidAt(field, text string, pos int, format string, args ...any) *InvalidError {
	e := invalid(field, format, args...)
	before := text[:pos]
	e.Line = strings.Count(before, "\n") + 1
	e.Column = len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return e
}
