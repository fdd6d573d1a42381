package message

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// A body collects the texts of a mail and makes its text view of them.
type body struct {
	texts   []bodyText
	hasHTML bool
	plain   int    // bytes of plain text so far
	full    bool   // the plain text was cut
	charset string // of the first text that states one
}

// A bodyText is the text of one part in UTF-8 with LF line ends.
type bodyText struct {
	text        string
	html        bool
	cut         bool // more of it is missing behind its end
	alternative int  // number of the multipart/alternative around it; 0: none
}

// room returns how many bytes a further text may have.
func (b *body) room(kind leafKind, limit int) int {
	if kind == htmlLeaf {
		return limit
	}
	return max(0, limit-b.plain)
}

// add adds the content of l.
func (b *body) add(l *leaf) {
	isHTML := l.kind == htmlLeaf
	if !isHTML && b.full || isBlankText(l.buf) {
		return
	}
	charset := l.head.charset
	if isHTML && lookupCharset(charset).kind == kindUnknown {
		charset = metaCharset(l.buf)
	}
	if b.charset == "" {
		b.charset = charset
	}
	text := decodeText(charset, l.buf)
	if !isHTML && l.head.flowed {
		text = unflow(text, l.head.delSp)
	}
	if !isHTML {
		text = withoutArmor(text)
	}
	if l.cut {
		text = strings.TrimRight(text, "\uFFFD") // perhaps inside a character
		if isHTML {
			text = withoutOpenTag(text)
		}
		text += cutMark
	}
	if isHTML {
		b.hasHTML = true
	} else {
		b.plain += len(l.buf)
		b.full = l.cut
	}
	b.texts = append(b.texts, bodyText{text, isHTML, l.cut, l.alternative})
}

// readable returns the value of a header field in UTF-8 if it holds bytes of
// the charset that the text is in. No standard allows them, and mail programs
// that send them use one charset for everything.
func (b *body) readable(field string) string {
	if b.charset == "" || utf8.ValidString(field) {
		return field
	}
	if cs := lookupCharset(b.charset); cs.kind == kindSingle || cs.kind == kindMulti {
		return string(decodeCharset(nil, cs, []byte(field)))
	}
	return field
}

// addPacked adds the text of a message found in a file, if the mail has none
// of its own.
func (b *body) addPacked(plain, html string) {
	if len(b.texts) > 0 {
		return
	}
	if text := cleanText([]byte(plain)); !isBlankText([]byte(text)) {
		b.plain += len(text)
		b.texts = append(b.texts, bodyText{text: text})
	}
	if html = cleanText([]byte(html)); !isBlankText([]byte(html)) {
		b.hasHTML = true
		b.texts = append(b.texts, bodyText{text: html, html: true})
	}
}

// views returns the text and the HTML of the mail, each of at most limit
// bytes. Plain texts are set one below the other. The HTML counts as text
// where nothing says the same in plain text: it stands in an alternative
// without any, or before or without any plain text.
func (b *body) views(limit int, missing bool) (text, html string) {
	var pieces []string
	for i, t := range b.texts {
		switch {
		case !t.html:
			pieces = append(pieces, t.text)
		case b.htmlIsText(i):
			pieces = append(pieces, t.readable())
			fallthrough
		default:
			html = cutView(t.text, limit)
		}
	}
	if missing {
		pieces = append(pieces, cutMark)
	}
	if len(pieces) == 1 {
		return cutView(pieces[0], limit), html
	}
	for i, p := range pieces {
		pieces[i] = strings.Trim(p, "\n")
	}
	return cutView(strings.Join(pieces, "\n\n"), limit), html
}

// readable returns the text of HTML. That something is missing is said in any
// case: the mark in the HTML may stand where nothing is shown.
func (t bodyText) readable() string {
	text := strings.TrimSpace(HTMLToText(t.text))
	if t.cut && !strings.HasSuffix(text, cutMark) {
		text += cutMark
	}
	return text
}

// withoutOpenTag cuts off a tag that does not end, which would swallow what is
// put behind it.
func withoutOpenTag(html string) string {
	if i := strings.LastIndexByte(html, '<'); i > strings.LastIndexByte(html, '>') {
		return html[:i]
	}
	return html
}

// htmlIsText reports whether the HTML at index is needed to read the mail.
func (b *body) htmlIsText(index int) bool {
	alternative := b.texts[index].alternative
	for i, t := range b.texts {
		if t.html {
			continue
		}
		if alternative == 0 && i < index || alternative != 0 && t.alternative == alternative {
			return false
		}
	}
	return true
}

// decodeText turns the content of a part into UTF-8 with LF line ends.
func decodeText(charset string, data []byte) string {
	if !isUTF8(charset) || bytes.IndexByte(data, 0) >= 0 || !utf8.Valid(data) {
		data = toUTF8(make([]byte, 0, len(data)+len(data)/8), charset, data)
	}
	return cleanText(data)
}

// cleanText makes a string of UTF-8 without byte order mark and with LF line
// ends.
func cleanText(data []byte) string {
	data = bytes.TrimPrefix(data, []byte("\uFEFF"))
	if bytes.IndexByte(data, '\r') < 0 {
		return string(data)
	}
	data = bytes.ReplaceAll(data, []byte("\r\n"), lf)
	return string(bytes.ReplaceAll(data, []byte("\r"), lf))
}

// isUTF8 reports whether valid UTF-8 is surely meant as such in charset.
func isUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8") || strings.EqualFold(charset, "us-ascii")
}

// isBlankText reports whether there is nothing to read in b.
func isBlankText(b []byte) bool {
	return len(bytes.Trim(b, " \t\r\n\x00\u00a0")) == 0
}

// cutView cuts s to at most limit bytes, with a mark at its end if something
// is missing.
func cutView(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	end := max(0, limit-len(cutMark))
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + cutMark
}
