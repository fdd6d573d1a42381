package notify

import (
	"strings"

	"golang.org/x/net/html"
)

// checkHTML refuses placeholders that do not stand in the text between tags.
// A value is escaped for that place and no other: in an attribute it could be
// a javascript: address, in a style or script it would be code.
//
// The tokenizer sees every placeholder as a word of the same length, so that
// its byte offsets are those of the source. A module ends with one more word:
// what follows it in a template must stand in text as well.
func checkHTML(t Template, lines []line) error {
	source := t.HTML
	masked := []byte(source)
	var places []segment
	for _, l := range lines {
		for _, s := range l {
			if !s.isLiteral() {
				copy(masked[s.offset:], strings.Repeat("x", s.length))
				places = append(places, s)
			}
		}
	}
	if isModule(t.Name) && source != "" {
		places = append(places, segment{offset: len(masked), length: 1})
		masked = append(masked, 'x')
	}
	z := html.NewTokenizer(strings.NewReader(string(masked)))
	var pos int
	var raw bool // inside an element whose text is not parsed
	for len(places) > 0 {
		kind := z.Next()
		if kind == html.ErrorToken {
			return invalidAt("HTML", source, places[0].offset, "placeholder stands outside the text")
		}
		pos += len(z.Raw())
		if kind == html.StartTagToken || kind == html.EndTagToken {
			name, _ := z.TagName()
			raw = kind == html.StartTagToken && rawText(string(name))
		}
		for len(places) > 0 && places[0].offset < pos {
			if kind != html.TextToken || raw {
				return invalidAt("HTML", source, places[0].offset, "a placeholder may stand in text between tags only, not in a tag, a comment, a style or a script")
			}
			places = places[1:]
		}
	}
	return nil
}

// rawText reports elements whose content is not text to be shown.
func rawText(name string) bool {
	switch name {
	case "script", "style", "textarea", "title", "iframe", "noembed", "noframes", "noscript", "plaintext", "xmp", "template":
		return true
	}
	return false
}
