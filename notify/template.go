package notify

import (
	"strings"
)

// Limits of a template.
const (
	MaxTemplate     = 64 << 10 // bytes of each of Subject, Text and HTML
	MaxPlaceholders = 1000     // in each of them
	MaxModules      = 20       // of these placeholders, for text modules
	MaxRendered     = 1 << 20  // bytes written from each of them; values are cut to fit
)

// A Template is the words of one kind of mail for one audience in one
// language, as an administrator writes them.
//
// {{name}} stands for a value, {{name|text}} for a value or, where it is
// empty, the text. There are no conditions, loops or calls; [Fields] lists
// the names. A line of Text whose placeholders are all empty is left out.
//
// A template whose name begins with "module:" is a text module: a block
// without a subject that other templates take in as {{module:name}}, in the
// language of the mail. A module may not take in another. The modules named
// "module:change." and a [Kind] are what {{changes}} says of an event,
// "module:change.other" is for kinds that have none.
//
// The template [Several] is for mails that tell of several events. Its Text,
// and its HTML if it has one, hold {{changes}} exactly once.
type Template struct {
	Name     string   `json:"name"`              // the one a [Rule] names; that of a [Kind] replaces the built-in one
	Audience Audience `json:"audience"`          // for whom; one for [Customer] serves [Outside] as well
	Language string   `json:"language"`          // BCP 47 tag, for example "de"
	Subject  string   `json:"subject,omitempty"` // one line; the ticket's token is put in front of it
	Text     string   `json:"text"`              // plain text
	HTML     string   `json:"html,omitempty"`    // optional alternative; values are escaped, and allowed between tags only
}

// Several is the name of the template for mails that tell of several events.
const Several = "several"

// Validate returns an *[InvalidError] for the first thing that cannot work,
// with line and column where it stands in a text. Whether the modules and the
// host's values it names exist is known to [Templates.With] only, so that a
// template with such values is refused here.
func (t Template) Validate() error {
	_, err := compile(t, nil)
	return err
}

// A compiled is a Template ready to be rendered.
type compiled struct {
	Template
	subject, text, html []line
}

// A line is one line of a template, cut at its placeholders.
type line []segment

// A segment is literal text, or a placeholder for a field or a module.
type segment struct {
	literal  string
	field    *field
	module   string // name with its prefix
	fallback string
	offset   int // of the placeholder in the source
	length   int
}

func (s segment) isLiteral() bool { return s.field == nil && s.module == "" }

func compile(t Template, own vocabulary) (*compiled, error) {
	c := &compiled{Template: t}
	if err := checkName(t); err != nil {
		return nil, err
	}
	switch {
	case t.Audience != Staff && t.Audience != Customer && t.Audience != Outside:
		return nil, invalid("Audience", "%q is unknown (employee, customer, outside)", t.Audience)
	case strings.TrimSpace(t.Subject) == "" && !isModule(t.Name):
		return nil, invalid("Subject", "is empty")
	case t.Subject != "" && isModule(t.Name):
		return nil, invalid("Subject", "a text module has none")
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
		lines, err := parseTemplate(part.name, part.source, t, own)
		if err != nil {
			return nil, err
		}
		*part.into = lines
	}
	if err := checkHTML(t, c.html); err != nil {
		return nil, err
	}
	if t.Name == Several {
		return c, c.checkSeveral()
	}
	return c, nil
}

// checkSeveral refuses words for several events that do not tell of them in
// one place: what is told later is put in there.
func (c *compiled) checkSeveral() error {
	if n := count(c.text, "changes"); n != 1 {
		return invalid("Text", "needs {{changes}} exactly once, has it %d times", n)
	}
	if n := count(c.html, "changes"); n != 1 && c.HTML != "" {
		return invalid("HTML", "needs {{changes}} exactly once, has it %d times", n)
	}
	return nil
}

// count returns how often lines name a field.
func count(lines []line, name string) int {
	n := 0
	for _, l := range lines {
		for _, s := range l {
			if s.field != nil && s.field.name == name {
				n++
			}
		}
	}
	return n
}
