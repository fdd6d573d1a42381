package notify

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
)

// A Value is something that a host tells of an event of its own, for
// placeholders such as {{value.hours}}. It is written as the recipient's
// language writes it. The zero value is no value: its placeholder is empty.
type Value struct {
	text     string
	number   *float64
	decimals int
	at       time.Time
	staff    bool
}

// TextValue returns a text, shown as it is.
func TextValue(s string) Value { return Value{text: s} }

// NumberValue returns a number, shown with so many digits behind the decimal
// sign and the separators of the recipient's language.
func NumberValue(n float64, decimals int) Value { return Value{number: &n, decimals: decimals} }

// TimeValue returns a point in time, shown as date and time of day in the
// zone that mails are written for ([Planner.Zone], ticketmail.Config.Zone).
func TimeValue(t time.Time) Value { return Value{at: t} }

// ForStaff returns v such that it does not exist for customers and outside
// addresses, whatever their templates say.
func (v Value) ForStaff() Value {
	v.staff = true
	return v
}

// written returns the value as it stands in a mail.
func (v Value) written(m *values) string {
	switch {
	case v.staff && m.audience != Staff:
		return ""
	case v.number != nil:
		tag, _ := language.Parse(m.language) // of a template, hence checked
		return message.NewPrinter(tag).Sprint(number.Decimal(*v.number, number.Scale(v.decimals)))
	case !v.at.IsZero():
		return m.written(v.at)
	}
	return v.text
}

// A storedValue is how a Value stands in JSON.
type storedValue struct {
	Text     string    `json:"text,omitempty"`
	Number   *float64  `json:"number,omitempty"`
	Decimals int       `json:"decimals,omitempty"`
	Time     time.Time `json:"time,omitzero"`
	Staff    bool      `json:"staff,omitempty"`
}

// MarshalJSON writes a form that UnmarshalJSON reads back.
func (v Value) MarshalJSON() ([]byte, error) {
	return json.Marshal(storedValue{v.text, v.number, v.decimals, v.at, v.staff})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(b []byte) error {
	var s storedValue
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	*v = Value{s.Text, s.Number, s.Decimals, s.Time, s.Staff}
	return nil
}

// valuePrefix begins the placeholders of a host.
const valuePrefix = "value."

// hostField returns the field of a placeholder that a host declares.
func hostField(f Field) (field, error) {
	name, ok := strings.CutPrefix(f.Name, valuePrefix)
	if !ok || name == "" || len(name) > 60 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return field{}, invalid("Name", "%q must be value. and 1 to 60 of a-z, 0-9 and underscore", f.Name)
	}
	return field{name: f.Name, about: f.About, staff: f.Staff, value: func(v *values) string { return v.event.Values[name].written(v) }}, nil
}

// WithValues returns t with further placeholders, for the values that events
// of a host bring ([Event.Values]). Their names begin with "value.". Templates
// that name them are added afterwards, with [Templates.With] or
// [Templates.Load]. It returns an *[InvalidError] for a name that cannot be,
// or comes twice.
func (t *Templates) WithValues(fields ...Field) (*Templates, error) {
	next := t.clone()
	for i, f := range fields {
		own, err := hostField(f)
		if err == nil && next.vocabulary.find(f.Name) != nil {
			err = invalid("Name", "%q comes twice", f.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("fields[%d]: %w", i, err)
		}
		next.vocabulary = append(slices.Clip(next.vocabulary), &own)
	}
	return next, nil
}

// Fields returns all values that templates of t can name: those of [Fields],
// then the host's.
func (t *Templates) Fields() []Field {
	all := Fields()
	if t != nil {
		for _, f := range t.vocabulary {
			all = append(all, Field{Name: f.name, About: f.about, Staff: f.staff})
		}
	}
	return all
}

// A vocabulary are the fields that a host adds.
type vocabulary []*field

// find returns a field by its name, ours or the host's, or nil.
func (own vocabulary) find(name string) *field {
	for _, f := range own {
		if f.name == name {
			return f
		}
	}
	return findField(name)
}
