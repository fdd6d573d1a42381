package notify

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseTemplate cuts a template's text into lines and segments, and refuses
// everything that is not a placeholder of a known name which t's audience may
// see. Literal text keeps its line breaks.
func parseTemplate(name, source string, t Template, own vocabulary) ([]line, error) {
	if len(source) > MaxTemplate {
		return nil, invalid(name, "has %d bytes, more than %d", len(source), MaxTemplate)
	}
	if !utf8.ValidString(source) || strings.ContainsRune(source, 0) {
		return nil, invalid(name, "is not valid UTF-8 text")
	}
	p := parser{name: name, source: source, template: t, vocabulary: own}
	var lines []line
	for start := 0; start < len(source); {
		end := len(source)
		if nl := strings.IndexByte(source[start:], '\n'); nl >= 0 {
			end = start + nl + 1
		}
		l, err := p.line(start, end)
		if err != nil {
			return nil, err
		}
		lines = append(lines, l)
		start = end
	}
	return lines, nil
}

type parser struct {
	name, source string
	template     Template
	vocabulary   vocabulary
	placeholders int
	modules      int
}

// line parses source[start:end].
func (p *parser) line(start, end int) (line, error) {
	var l line
	for start < end {
		open := strings.Index(p.source[start:end], "{{")
		if open < 0 {
			return append(l, segment{literal: p.source[start:end]}), nil
		}
		open += start
		if open > start {
			l = append(l, segment{literal: p.source[start:open]})
		}
		s, err := p.placeholder(open, end)
		if err != nil {
			return nil, err
		}
		l = append(l, s)
		start = open + s.length
	}
	return l, nil
}

// placeholder parses the placeholder that opens at source[open] and must
// close before end.
func (p *parser) placeholder(open, end int) (segment, error) {
	refuse := func(format string, args ...any) (segment, error) {
		return segment{}, invalidAt(p.name, p.source, open, format, args...)
	}
	if p.placeholders++; p.placeholders > MaxPlaceholders {
		return refuse("more than %d placeholders", MaxPlaceholders)
	}
	inner, _, closed := strings.Cut(p.source[open+2:end], "}}")
	if !closed {
		return refuse("placeholder is not closed by }} on its line")
	}
	if strings.Contains(inner, "{{") {
		return refuse("placeholder inside a placeholder")
	}
	name, fallback, _ := strings.Cut(inner, "|")
	name = strings.TrimSpace(name)
	s := segment{fallback: fallback, offset: open, length: len(inner) + 4}
	var why string
	if isModule(name) {
		s.module, why = name, p.refuseModule(name)
	} else {
		s.field = p.vocabulary.find(name)
		why = p.refuseField(s.field, name)
	}
	if why != "" {
		return refuse("%s", why)
	}
	return s, nil
}

// refuseModule returns why the template may not take in a module, or "".
func (p *parser) refuseModule(name string) string {
	p.modules++
	switch {
	case isModule(p.template.Name):
		return "a text module cannot take in another"
	case !validModule(name):
		return fmt.Sprintf("%q is no name of a text module", clip(name, 60))
	case p.modules > MaxModules:
		return fmt.Sprintf("more than %d text modules", MaxModules)
	}
	return ""
}

// refuseField returns why the template may not name a field, or "".
func (p *parser) refuseField(f *field, name string) string {
	if f == nil {
		return fmt.Sprintf("unknown placeholder %q", clip(name, 60))
	}
	if why := f.hidden(p.template); why != "" {
		return fmt.Sprintf("placeholder %q %s", name, why)
	}
	if (f.many || f.block) && (p.name == "Subject" || isModule(p.template.Name)) {
		return fmt.Sprintf("placeholder %q cannot stand in a subject or a text module", name)
	}
	return ""
}

// clip shortens s to at most n bytes, at the end of a character.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
