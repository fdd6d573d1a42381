package notify

import (
	"strings"
)

// Limits of a template.
const (
	MaxTemplate     = 64 << 10 // bytes of each of Subject, Text and HTML
	MaxPlaceholders = 1000     // in each of them
	MaxRendered     = 1 << 20  // bytes written from each of them; values are cut to fit
)

// A Template is the words of one kind of mail for one audience in one
// language, as an administrator writes them.
//
// {{name}} stands for a value, {{name|text}} for a value or, where it is
// empty, the text. There are no conditions, loops or calls; [Fields] lists
// the names. A line of Text whose placeholders are all empty is left out.
type Template struct {
	Name     string   // the one a [Rule] names; that of a [Kind] replaces the built-in one
	Audience Audience // for whom; one for [Customer] serves [Outside] as well
	Language string   // BCP 47 tag, for example "de"
	Subject  string   // one line; the ticket's token is put in front of it
	Text     string   // plain text
	HTML     string   // optional alternative; values are escaped, and allowed between tags only
}

// Validate returns an *[InvalidError] for the first thing that cannot work,
// with line and column where it stands in a text.
func (t Template) Validate() error {
	_, err := compile(t)
	return err
}

// A compiled is a Template ready to be rendered.
type compiled struct {
	Template
	subject, text, html []line
}

// A line is one line of a template, cut at its placeholders. Text between
// placeholders has an empty field name.
type line []segment

type segment struct {
	literal  string
	field    *field // nil: literal only
	fallback string
	offset   int // of the placeholder in the source
	length   int
}

func compile(t Template) (*compiled, error) {
	c := &compiled{Template: t}
	switch {
	case t.Name == "" || len(t.Name) > 64 || strings.ContainsFunc(t.Name, isControl):
		return nil, invalid("Name", "%q must be 1 to 64 bytes without control characters", t.Name)
	case t.Audience != Staff && t.Audience != Customer && t.Audience != Outside:
		return nil, invalid("Audience", "%q is unknown (employee, customer, outside)", t.Audience)
	case strings.TrimSpace(t.Subject) == "":
		return nil, invalid("Subject", "is empty")
	case strings.TrimSpace(t.Text) == "":
		return nil, invalid("Text", "is empty")
	}
	if _, err := parseTag(t.Language); err != nil {
		return nil, invalid("Language", "%q is no BCP 47 tag", t.Language)
	}
	if at := strings.IndexFunc(t.Subject, isControl); at >= 0 {
		return nil, invalidAt("Subject", t.Subject, at, "line breaks and control characters are not allowed")
	}
	for _, part := range []struct {
		name, source string
		into         *[]line
	}{{"Subject", t.Subject, &c.subject}, {"Text", t.Text, &c.text}, {"HTML", t.HTML, &c.html}} {
		lines, err := parseTemplate(part.name, part.source, t)
		if err != nil {
			return nil, err
		}
		*part.into = lines
	}
	if err := checkHTML(t.HTML, c.html); err != nil {
		return nil, err
	}
	return c, nil
}
