package thread

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// A Foreign format is how another ticket system, or this one before, marked
// its subjects. Its tokens have no check code, so they are weak keys: they
// count only for somebody who takes part in the ticket.
type Foreign struct {
	// Format is text with {ref} once, and {any} for what differs from mail to
	// mail (up to 64 characters other than brackets). A ref is 1 to 32 ASCII
	// letters, digits, dots, dashes and underscores, and begins and ends with
	// a letter or digit. See [KnownFormats].
	Format string

	// Prefix is put in front of what stands for {ref}: with "rt-" the token
	// [example.com #17] names the ticket that the host has imported as rt-17.
	Prefix string
}

// KnownFormats returns the formats of some systems as they are by default, by
// their names, for a host that comes from one. The caller owns the map.
//
// Sources: Request Tracker, $rtname (any organisation); OTRS and Znuny,
// Ticket::Hook; Zammad, ticket_hook; Jira, issue keys in parentheses; GLPI;
// osTicket; Redmine, issue numbers.
func KnownFormats() map[string]string {
	return map[string]string{
		"rt":       "[{any} #{ref}]",
		"otrs":     "[Ticket#{ref}]",
		"zammad":   "[Ticket#{ref}]",
		"jira":     "({ref})",
		"glpi":     "[GLPI #{ref}]",
		"osticket": "[#{ref}]",
		"redmine":  "[{any} - {any} #{ref}]",
		"zep":      "[Ticket {ref}]",
	}
}

const (
	anyMark        = "{any}"
	foreignRef     = `([0-9A-Za-z](?:[0-9A-Za-z._-]{0,30}[0-9A-Za-z])?)`
	foreignAny     = `[^\[\](){}]{1,64}`
	maxForeign     = 16  // formats
	maxForeignText = 200 // bytes of one
	maxForeignHits = 8   // tokens of one format that are looked at in a subject
)

// A foreignFormat is a Foreign ready to be looked for.
type foreignFormat struct {
	pattern *regexp.Regexp
	prefix  string
}

func parseForeign(f Foreign) (foreignFormat, error) {
	switch {
	case strings.Count(f.Format, refMark) != 1:
		return foreignFormat{}, errors.New("needs {ref} once")
	case len(f.Format) > maxForeignText:
		return foreignFormat{}, fmt.Errorf("is longer than %d bytes", maxForeignText)
	case f.Format != oneLine(f.Format):
		return foreignFormat{}, errors.New("holds a control character or white space other than single blanks")
	}
	before, after, _ := strings.Cut(f.Format, refMark)
	if strings.Trim(strings.ReplaceAll(before, anyMark, ""), " ") == "" {
		return foreignFormat{}, errors.New("needs text in front of {ref}, by which it is found")
	}
	if f.Prefix != "" && !Ref(f.Prefix+"1").valid() {
		return foreignFormat{}, fmt.Errorf("prefix %q cannot begin a ref", f.Prefix)
	}
	end := `(?:[^0-9A-Za-z]|$)` // a number is not found inside a longer one
	if after != "" {
		end = quoteForeign(after)
	}
	pattern, err := regexp.Compile(quoteForeign(before) + foreignRef + end)
	return foreignFormat{pattern, f.Prefix}, err
}

func quoteForeign(s string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(s), regexp.QuoteMeta(anyMark), foreignAny)
}

// findForeign returns the weak keys of a subject, in the order of the formats,
// none of them a ref that is in found already.
func (r *Referencer) findForeign(found []Key, subject string) []Key {
	subject = cut(subject, maxTitle*8)
	for _, f := range r.foreign {
		for _, hit := range f.pattern.FindAllStringSubmatch(subject, maxForeignHits) {
			ref := Ref(f.prefix + hit[1])
			if ref.valid() && !hasRef(found, ref) {
				found = append(found, Key{Ref: ref, Source: Subject})
			}
		}
	}
	return found
}
