package message

import (
	"strings"

	"golang.org/x/net/html"
)

// A containerMark is what the attributes of an element say about its text.
type containerMark int

const (
	noMark        containerMark = iota
	quoteMark                   // all of it is a quotation, or the line above one
	wrapperMark                 // a quotation; what follows a blockquote in it is an answer
	restMark                    // the quotation begins, and goes on to the end of the mail
	labelMark                   // so it does if the header of a mail follows
	signatureMark               // a signature
	indentMark                  // a blockquote that only indents
	forwardMark                 // a forwarded mail begins
)

// markOfName knows the names, as class, id or name of an element and in lower
// case, that mail programs give to their containers. Outlook on the web puts
// "x_" in front of foreign names, Hotmail "ecx".
func markOfName(name string) containerMark {
	for strings.HasPrefix(name, "x_") {
		name = name[2:]
	}
	name = strings.TrimPrefix(name, "ecx")
	switch name {
	case "moz-forward-container":
		return forwardMark
	case "divrplyfwdmsg": // Outlook on the web and mobile
		return restMark
	case "appendonsend": // Outlook on the web: where an add-in would write
		return labelMark
	case "gmail_quote", "gmail_quote_container", "protonmail_quote", "zmail_extra":
		return wrapperMark
	case "gmail_attr", "moz-cite-prefix", "reply-intro", // Gmail, Thunderbird, Roundcube
		"olk_src_body_section", "mac_outlook_attribution_blockquote", // Outlook for Mac
		"mail-editor-reference-message-container", "ms-outlook-mobile-reference-message", // Outlook, new ones
		"messagereplysection", "tutanota_quote", "yahoo-quoted": // Spark, Tuta, Yahoo
		return quoteMark
	}
	switch {
	case strings.Contains(name, "yahoo_quoted"), strings.HasSuffix(name, "wmi-quote"): // Yahoo, Yandex
		return quoteMark
	case strings.HasSuffix(name, "signature"), strings.HasSuffix(name, "signature_block"),
		name == "gmail_signature_prefix", name == "messagesignaturesection": // of everybody; Proton; Gmail; Spark
		return signatureMark
	}
	return noMark
}

const (
	maxNames = 500  // bytes of a class or id that are looked at
	maxLook  = 4096 // bytes of a style that are looked at
)

// readAttributes reads the attributes of the current start tag.
func readAttributes(z *html.Tokenizer, element string) containerMark {
	var mark containerMark
	var style string
	cited := false
	for more := true; more; {
		var key, val []byte
		key, val, more = z.TagAttr()
		switch string(key) {
		case "class", "id", "name":
			for name := range strings.FieldsSeq(strings.ToLower(string(val[:min(len(val), maxNames)]))) {
				mark = max(mark, markOfName(name))
				cited = cited || strings.Contains(name, "quote")
			}
		case "type":
			cited = cited || strings.EqualFold(string(val), "cite")
		case "cite":
			cited = true
		case "style":
			style = string(val[:min(len(val), maxLook)])
		}
	}
	switch {
	case element == "a" && mark == signatureMark: // a link to one
		return noMark
	case element == "blockquote" && mark != forwardMark && mark != restMark:
		return blockquoteMark(cited || mark == quoteMark, style)
	case mark == noMark && style != "" && outlookLine(style):
		return labelMark
	}
	return mark
}

// blockquoteMark tells a quotation from text that is indented, which the
// editors of mail programs use the same element for. Without a sign it is
// neither.
func blockquoteMark(cited bool, style string) containerMark {
	s := squeezed(style)
	switch {
	case cited, strings.Contains(s, "border-left") && !strings.Contains(s, "border-left:none"):
		return quoteMark
	case strings.Contains(s, "border:none"), strings.Contains(s, "border:0"):
		return indentMark
	}
	return noMark
}

// outlookLine reports whether a style draws the line that Outlook puts above
// the header of the mail it quotes, in its colours of 2007, 2013 and the
// Windows 8 mail.
func outlookLine(style string) bool {
	if !strings.Contains(strings.ToLower(style), "border-top") {
		return false
	}
	s := squeezed(style)
	for _, colour := range [...]string{"#e1e1e1", "#b5c4df", "rgb(225,225,225)", "rgb(181,196,223)", "#e5e5e5", "rgb(229,229,229)"} {
		if strings.Contains(s, colour) {
			return strings.Contains(s, "solid")
		}
	}
	return false
}

// squeezed returns a style in lower case without blanks.
func squeezed(style string) string {
	return strings.Join(strings.Fields(strings.ToLower(style)), "")
}
