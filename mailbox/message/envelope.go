package message

import (
	"strings"
	"unicode/utf8"
)

// finish fills the fields of the message that come from what was read.
func (w *walker) finish() {
	m, h := w.msg, w.msg.Header
	m.Subject = w.subject(h)
	w.addresses()
	m.Date = parseDate(h.Get("Date"))
	if ids := parseIDs(h.Get("Message-ID")); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	m.InReplyTo = w.ids(h.Values("In-Reply-To"))
	m.References = w.ids(h.Values("References"))
	m.Text, m.HTML = w.body.views(w.opts.Limits.Text, w.missing)
	m.Automatic = automatic(h)
	m.Report = reportFrom(w.reports, h, m.Text, m.Automatic != "")
	if m.Report != nil && m.Automatic == "" { // no mark, but nobody writes such a mail by hand
		m.Automatic = "report: " + string(m.Report.Kind)
	}
}

// subject decodes the first Subject field.
func (w *walker) subject(h Header) string {
	subjects := h.Values("Subject")
	if len(subjects) == 0 {
		return ""
	}
	if len(subjects) > 1 {
		w.defect("subject-repeated", "mail has several subjects, the first counts", nil)
	}
	s := strings.Join(strings.Fields(decodeHeader(w.body.readable(subjects[0]))), " ")
	if utf8.RuneCountInString(s) <= w.opts.Limits.Subject {
		return s
	}
	w.defect("subject-too-long", "subject is cut", nil)
	runes := []rune(s)
	keep := max(0, w.opts.Limits.Subject-utf8.RuneCountInString(cutMark))
	return string(runes[:keep]) + cutMark
}

// addresses reads the address fields; all of them share one limit.
func (w *walker) addresses() {
	m, left := w.msg, w.opts.Limits.Addresses
	for _, f := range []struct {
		name string
		to   *[]Address
	}{
		{"From", &m.From}, {"Sender", &m.Sender}, {"Reply-To", &m.ReplyTo}, {"To", &m.To}, {"Cc", &m.Cc},
	} {
		for _, field := range m.Header {
			if !strings.EqualFold(field.Name, f.name) {
				continue
			}
			found := parseAddresses(w.body.readable(field.Value), left+1)
			if len(found) > left {
				w.defect("too-many-addresses", "addresses are left out of "+f.name, nil)
				found = found[:left]
			}
			left -= len(found)
			*f.to = append(*f.to, found...)
		}
	}
}

// ids reads the Message-IDs of fields. Of too many it keeps the first and the
// last ones: they begin the thread and are nearest to the mail.
func (w *walker) ids(values []string) []string {
	var ids []string
	for _, v := range values {
		ids = append(ids, parseIDs(v)...)
	}
	over := len(ids) - w.opts.Limits.References
	if over <= 0 {
		return ids
	}
	w.defect("too-many-references", "references are left out", nil)
	half := w.opts.Limits.References / 2
	return append(ids[:half:half], ids[half+over:]...)
}
