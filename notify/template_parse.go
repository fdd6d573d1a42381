package notify

import (
	"strings"
	"unicode/utf8"
)

// parseTemplate cuts a template's text into lines and segments, and refuses
// everything that is not a placeholder of a known name which t's audience may
// see. Literal text keeps its line breaks.
func parseTemplate(name, source string, t Template) ([]line, error) {
	if len(source) > MaxTemplate {
		return nil, invalid(name, "has %d bytes, more than %d", len(source), MaxTemplate)
	}
	if !utf8.ValidString(source) || strings.ContainsRune(source, 0) {
		return nil, invalid(name, "is not valid UTF-8 text")
	}
	p := parser{name: name, source: source, template: t}
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
	placeholders int
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
	if isModule(name) {
		s.module = name
		if isModule(p.template.Name) {
			return refuse("a text module cannot take in another")
		}
		if !validModule(name) {
			return refuse("%q is no name of a text module", clip(name, 60))
		}
		return s, nil
	}
	if s.field = findField(name); s.field == nil {
		return refuse("unknown placeholder %q", clip(name, 60))
	}
	if why := s.field.hidden(p.template); why != "" {
		return refuse("placeholder %q %s", name, why)
	}
	if s.field.many && (p.name == "Subject" || isModule(p.template.Name)) {
		return refuse("placeholder %q cannot stand in a subject or a text module", name)
	}
	return s, nil
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
