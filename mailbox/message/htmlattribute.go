package message

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/net/html/atom"
)

const (
	maxStyle = 4096 // bytes of a style attribute that are looked at
	maxAlt   = 1000 // bytes of an image's description that are shown
	maxHref  = 2000 // bytes; a longer address is left out
)

// htmlAttributes are the attributes of an element that matter to its text.
type htmlAttributes struct {
	href, alt  string
	hidden     bool // by attribute or style
	spaced     bool // its style keeps blanks and line ends
	borderless bool // its style takes a border away, and gives none
	bordered   bool // a table that shows lines
	layout     bool // a table that only places things
	number     int  // of a list or an item, where counting begins; -1: not stated
}

// attributes reads the attributes of the current tag.
func (c *htmlConverter) attributes(tag atom.Atom, more bool) htmlAttributes {
	a := htmlAttributes{number: -1}
	for more {
		var key, val []byte
		key, val, more = c.z.TagAttr()
		switch string(key) {
		case "hidden":
			a.hidden = true
		case "style":
			a.readStyle(val)
		case "href":
			if tag == atom.A {
				a.href = linkAddress(val)
			}
		case "alt":
			if tag == atom.Img {
				a.alt = strings.ToValidUTF8(string(val[:min(len(val), maxAlt)]), "") // it may be cut in a character
			}
		case "border":
			a.bordered = string(val) != "0"
		case "role":
			a.layout = equalFold(val, "presentation") || equalFold(val, "none")
		case "start", "value":
			if n, err := strconv.ParseUint(string(val[:min(len(val), 20)]), 10, 20); err == nil {
				a.number = int(n)
			}
		}
	}
	return a
}

// readStyle reads what a style attribute says about showing its element. The
// preview lines of newsletters are hidden in all these ways, often at once.
// What mso-hide hides is for everybody but Outlook, and is shown.
func (a *htmlAttributes) readStyle(style []byte) {
	style = style[:min(len(style), maxStyle)]
	var flat, clipped, edge bool
	for declaration := range bytes.SplitSeq(style, []byte{';'}) {
		name, value, _ := bytes.Cut(declaration, []byte{':'})
		name = bytes.TrimSpace(name)
		if len(name) == 0 || !strings.ContainsRune("bdmovwBDMOVW", rune(name[0])) {
			continue // nearly always
		}
		value, _, _ = bytes.Cut(value, []byte{'!'})
		value = bytes.TrimSpace(value)
		switch strings.ToLower(string(name[:min(len(name), 20)])) {
		case "display":
			a.hidden = a.hidden || equalFold(value, "none")
		case "visibility":
			a.hidden = a.hidden || equalFold(value, "hidden") || equalFold(value, "collapse")
		case "opacity":
			a.hidden = a.hidden || isZero(value)
		case "max-height":
			flat = isZero(value)
		case "overflow":
			clipped = equalFold(value, "hidden")
		case "white-space":
			a.spaced = len(value) >= 3 && equalFold(value[:3], "pre") || equalFold(value, "break-spaces")
		case "border":
			a.borderless = equalFold(value, "none") || isZero(value)
		case "border-left":
			edge = !equalFold(value, "none") && !isZero(value)
		}
	}
	a.hidden = a.hidden || flat && clipped
	a.borderless = a.borderless && !edge
}

func equalFold(b []byte, word string) bool { return strings.EqualFold(string(b), word) }

// isZero reports whether a value is 0, with or without a unit.
func isZero(value []byte) bool {
	number := bytes.TrimRight(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%")
	return len(number) > 0 && number[0] == '0' && len(bytes.Trim(number, "0.")) == 0
}

// linkAddress returns a link worth showing, or "": only those a reader could
// type, nothing that is code or stays inside the mail.
func linkAddress(href []byte) string {
	if len(href) > maxHref {
		return ""
	}
	s := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf) || r == '<' || r == '>' {
			return -1
		}
		return r
	}, string(href))
	for _, scheme := range [...]string{"http://", "https://", "mailto:", "tel:", "ftp://"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			return s
		}
	}
	return ""
}

// sameLink compares a link with its text, without what readers leave out.
func sameLink(shown, href string) bool {
	bare := func(s string) string {
		s = strings.ToLower(strings.Trim(s, "<>"))
		if address, ok := strings.CutPrefix(s, "mailto:"); ok {
			s, _, _ = strings.Cut(address, "?") // a subject to begin with
		}
		for _, scheme := range [...]string{"tel:", "http://", "https://"} {
			s = strings.TrimPrefix(s, scheme)
		}
		return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
	}
	return bare(shown) == bare(href)
}
