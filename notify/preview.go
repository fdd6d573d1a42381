package notify

import (
	"fmt"
	"slices"
	"strings"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
)

// A Preview is how a mail would read.
type Preview struct {
	Template string // that was taken
	Language string // it is written in
	Subject  string // without the ticket's token, which is put in front; of a text module empty
	Text     string
	HTML     string   // empty: there is none
	Warnings []string // for people: another language, a broken template, values that are empty
}

// Preview shows a template or a text module as an audience would read it in a
// language, with a real event, or with a sample if ev is nil. names gives the
// names of people; nil: a sample has its own, a real event shows ids. To see
// a template before it is saved, take the result of [Templates.With].
//
// It returns an *[InvalidError] if there is no such template for the audience.
func (t *Templates) Preview(name string, audience Audience, language string, ev *Event, names func(escalation.PersonID) string) (Preview, error) {
	languages := catalog.Wanted(language, "", "")
	c, broken := t.find([]string{name}, audience, languages)
	if c == nil {
		return Preview{}, invalid("Template", "there is none named %q for the audience %q", name, audience)
	}
	v := previewValues(name, audience, ev, names)
	v.language = c.Language
	v.words, v.templates, v.languages = wordsFor(c.Language), t, catalog.Wanted(c.Language, language, "")
	p := Preview{Template: c.Name, Language: c.Language, Subject: c.renderSubject(v), Text: c.renderText(v), HTML: c.renderHTML(v)}
	if broken != nil {
		p.Warnings = append(p.Warnings, broken.Error()+"; another one is shown")
	}
	if catalog.Pick(languages[:1], map[string]string{c.tag(): c.tag()}).Fallback {
		p.Warnings = append(p.Warnings, fmt.Sprintf("there are no words in %q, these are in %q", language, c.Language))
	}
	if empty := c.emptyFields(v); len(empty) > 0 {
		p.Warnings = append(p.Warnings, "without a value here: "+strings.Join(empty, ", "))
	}
	return p, nil
}

// previewValues are the values of an event, or of a sample that suits the
// template.
func previewValues(name string, audience Audience, ev *Event, names func(escalation.PersonID) string) *values {
	events := []*Event{ev}
	if ev == nil {
		events = samplesFor(name)
	}
	switch {
	case names == nil && ev == nil:
		names = sampleName
	case names == nil:
		names = func(id escalation.PersonID) string { return string(id) }
	}
	return &values{
		event: events[0], events: events, audience: audience, at: events[0].At,
		recipient: "Robin Keller", replyTo: "support@example.com", person: names,
		tell: (*values).changes, told: (*values).trouble,
	}
}

// emptyFields returns the fields that c names and that have no value and no
// fallback, each once.
func (c *compiled) emptyFields(v *values) []string {
	var names []string
	for _, lines := range [][]line{c.subject, c.text, c.html} {
		for _, l := range lines {
			for _, s := range l {
				if s.field != nil && s.fallback == "" && v.of(s.field) == "" && !slices.Contains(names, s.field.name) {
					names = append(names, s.field.name)
				}
			}
		}
	}
	return names
}
