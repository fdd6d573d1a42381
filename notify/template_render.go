package notify

import (
	"html"
	"strings"
)

// cutMark follows a value that was cut to keep a mail within [MaxRendered].
const cutMark = " […]"

// A renderer writes one part of a mail from its template.
type renderer struct {
	out    strings.Builder
	values *values
	budget int // bytes that values may still use
	html   bool
}

// renderSubject returns the subject line, clean and in one line.
func (c *compiled) renderSubject(v *values) string {
	r := newRenderer(c.subject, v, false)
	for _, l := range c.subject {
		r.line(l)
	}
	return clip(cleanLine(r.out.String()), maxSubject)
}

// maxSubject bounds the bytes of a subject, about four folded lines of what
// the longest line of RFC 5322 holds.
const maxSubject = 2000

// renderText returns the plain text, with LF line ends and one at its end.
// Lines whose placeholders are all empty are left out, and with them a blank
// line that would then follow another.
func (c *compiled) renderText(v *values) string {
	r := newRenderer(c.text, v, false)
	blank, dropped := true, false
	for _, l := range c.text {
		switch {
		case r.empty(l):
			dropped = true
			continue
		case isBlank(l) && dropped && blank:
			continue
		}
		r.line(l)
		blank, dropped = isBlank(l), false
	}
	return strings.TrimRight(r.out.String(), "\n") + "\n"
}

// renderHTML returns the HTML form, or "" if the template has none.
func (c *compiled) renderHTML(v *values) string {
	r := newRenderer(c.html, v, true)
	for _, l := range c.html {
		r.line(l)
	}
	return r.out.String()
}

// newRenderer sets the literal text of all lines aside from the budget, so
// that only values are ever cut and HTML keeps its tags.
func newRenderer(lines []line, v *values, html bool) *renderer {
	r := &renderer{values: v, html: html, budget: MaxRendered}
	for _, l := range lines {
		for _, s := range l {
			r.budget -= len(s.literal)
		}
	}
	return r
}

// empty reports whether l has placeholders and none of them has a value.
func (r *renderer) empty(l line) bool {
	found := false
	for _, s := range l {
		if s.isLiteral() {
			continue
		}
		if v, _ := r.value(s); v != "" {
			return false
		}
		found = true
	}
	return found
}

func isBlank(l line) bool {
	return len(l) == 0 || len(l) == 1 && l[0].isLiteral() && strings.TrimSpace(l[0].literal) == ""
}

func (r *renderer) line(l line) {
	for _, s := range l {
		if s.isLiteral() {
			r.out.WriteString(s.literal)
			continue
		}
		switch v, markup := r.value(s); {
		case !markup:
			r.write(v)
		case len(v) <= r.budget: // markup cannot be cut
			r.budget -= len(v)
			r.out.WriteString(v)
		}
	}
}

// value returns what s stands for, and whether that is HTML already.
func (r *renderer) value(s segment) (v string, markup bool) {
	if s.module != "" {
		v, markup = r.values.module(s.module, r.html)
	} else {
		v = r.values.of(s.field)
	}
	if v == "" {
		return s.fallback, false
	}
	return v, markup
}

// write adds a value within the budget. A byte of it takes at most six when
// escaped, which decides where one that does not fit is cut.
func (r *renderer) write(v string) {
	if len(v) > r.budget || r.html && len(v) > r.budget/6 && len(r.escape(v)) > r.budget {
		room := r.budget - len(cutMark)
		if r.html {
			room /= 6
		}
		if room <= 0 {
			return
		}
		v = clip(v, room) + cutMark
	}
	written := r.escape(v)
	r.budget -= len(written)
	r.out.WriteString(written)
}

func (r *renderer) escape(v string) string {
	if !r.html {
		return v
	}
	return strings.ReplaceAll(html.EscapeString(v), "\n", "<br>\n")
}
