package notify

import (
	"cmp"
	"strings"
	"time"

	"example.com/ticketmail/catalog"
	"example.com/ticketmail/escalation"
)

// values are what one mail's placeholders stand for.
type values struct {
	event     *Event
	events    []*Event // all that the mail tells of, in order
	audience  Audience
	words     words
	language  string    // of the mail
	at        time.Time // in the zone mails are written for
	recipient string
	replyTo   string
	person    func(escalation.PersonID) string
	templates *Templates
	languages catalog.Languages         // of modules, that of the mail first
	tell      func(*values) string      // (*values).changes; not by its name, because modules have fields too
	told      func(*values) string      // (*values).trouble, for the same reason
	frame     bool                      // {{changes}} is changesMark
	known     map[*field]string         // values asked for before
	modules   map[moduleForm]moduleText // rendered before
}

// of returns a field's value, with LF line ends and without control
// characters. Templates cannot be saved with fields their audience may not
// see; this is the second lock on the same door.
func (v *values) of(f *field) string {
	if v.audience != Staff && f.staff {
		return ""
	}
	if f.many && v.frame {
		return changesMark
	}
	if known, ok := v.known[f]; ok {
		return known
	}
	if v.known == nil {
		v.known = map[*field]string{}
	}
	value := f.value(v)
	if len(value) > MaxRendered {
		value = clip(value, MaxRendered-len(cutMark)) + cutMark
	}
	v.known[f] = cleanText(value)
	return v.known[f]
}

// shown returns how somebody is called. Employees see an address or id where
// there is no name; for others that is nothing to see, and neither is an
// address that stands in place of a name.
func (v *values) shown(name, address string, id escalation.PersonID) string {
	if v.audience == Staff {
		return cmp.Or(name, address, string(id))
	}
	if strings.Contains(name, "@") {
		return ""
	}
	return name
}

// written returns when a comment was written, in the zone mails are written
// for; "" of the zero time.
func (v *values) written(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	at = at.In(v.at.Location())
	return v.words.date(at) + " " + at.Format("15:04")
}

// comment returns the comment as this audience may see it.
func (v *values) comment() CommentView {
	if v.event.Comment == nil || !visible(v.event, v.audience) {
		return CommentView{}
	}
	return *v.event.Comment
}

// visible reports whether the comment of an event exists for an audience.
func visible(ev *Event, a Audience) bool {
	return a == Staff || !internal(*ev) && (ev.Comment == nil || !ev.Comment.Internal)
}

// cleanText makes s fit for a mail's text: valid UTF-8, LF line ends, no
// control characters but line feed and tab. Separators of lines and
// paragraphs and directional marks are text here.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\ufffd")
	if strings.IndexByte(s, '\r') >= 0 {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (r < ' ' || 0x7f <= r && r <= 0x9f) {
			return -1
		}
		return r
	}, s)
}
