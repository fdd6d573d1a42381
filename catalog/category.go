package catalog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
)

// The sizes a [Category] may have, in bytes.
const (
	maxID    = 64
	maxLabel = 200
)

// A Category is something tickets can be filed under (seed: Ticketkategorie).
type Category struct {
	ID       string            // short name (Kurzform): 1 to 64 bytes, never changes
	Labels   map[string]string // label (Bezeichnung) per BCP 47 tag, for example "de", "en", "fr"
	Order    int               // ascending in lists, then by ID
	Inactive bool              // keeps its assignments, is not offered for new ones
}

// Label returns the label in the first of the languages that has one, as
// [Pick] does, and the ID if no label says anything.
func (c Category) Label(languages Languages) string {
	if label := PickFunc(languages, c.Labels, blank).Value; !blank(label) {
		return label
	}
	return c.ID
}

// blank reports whether a label says nothing.
func blank(s string) bool { return strings.TrimSpace(s) == "" }

// A FieldError reports a field of a [Category] that is wrong.
type FieldError struct {
	Category string // its ID
	Field    string // "id", or a label like "labels[de]"
	Err      error
}

// Error gives the category, the field and the fault.
func (e *FieldError) Error() string {
	return fmt.Sprintf("category %q: %s: %v", e.Category, e.Field, e.Err)
}

// Unwrap returns the fault.
func (e *FieldError) Unwrap() error { return e.Err }

// Validate reports every fault of c as a [*FieldError], joined with
// [errors.Join]: an ID that is empty, longer than 64 bytes or begins or ends
// with white space; labels under something that is no BCP 47 tag, under two
// spellings of one tag, or longer than 200 bytes; control characters and
// invalid UTF-8 in any of them. An empty label is one not written yet.
func (c Category) Validate() error {
	var errs []error
	fault := func(field string, err error) {
		if err != nil {
			errs = append(errs, &FieldError{Category: c.ID, Field: field, Err: err})
		}
	}
	fault("id", checkID(c.ID))
	seen := map[language.Tag]string{}
	for _, key := range slices.Sorted(maps.Keys(c.Labels)) {
		field := "labels[" + key + "]"
		fault(field, checkText(c.Labels[key], maxLabel))
		tag, err := language.Parse(key)
		if err != nil {
			fault(field, fmt.Errorf("no BCP 47 tag: %w", err))
			continue
		}
		if other, twice := seen[tag]; twice {
			fault(field, fmt.Errorf("the same language as %q", other))
		}
		seen[tag] = key
	}
	return errors.Join(errs...)
}

func checkID(id string) error {
	switch {
	case id == "":
		return errors.New("is empty")
	case strings.TrimSpace(id) != id:
		return errors.New("begins or ends with white space")
	}
	return checkText(id, maxID)
}

func checkText(s string, size int) error {
	switch {
	case len(s) > size:
		return fmt.Errorf("has %d bytes, at most %d are allowed", len(s), size)
	case !utf8.ValidString(s):
		return errors.New("is not valid UTF-8")
	case strings.ContainsFunc(s, unicode.IsControl):
		return errors.New("holds a control character")
	}
	return nil
}
