package notify

import (
	"slices"
	"strings"
)

// A Digest is what a mail keeps while later mails may be joined to it: the
// words of the template [Several] around what it tells of.
type Digest struct {
	Key  string `json:"key,omitempty"` // of the ticket and the recipient; empty: nothing is joined
	Text Frame  `json:"text,omitzero"`
	HTML Frame  `json:"html,omitzero"` // zero: the template has no HTML
}

// A Frame is a text in three parts.
type Frame struct {
	Head    string `json:"head,omitempty"`
	Changes string `json:"changes,omitempty"` // what the mail tells of, in order
	Foot    string `json:"foot,omitempty"`
}

func (f Frame) String() string { return f.Head + f.Changes + f.Foot }

// newDigest renders the template once around a mark and once what it stands for.
func newDigest(key string, t *compiled, v *values) Digest {
	framed := *v
	framed.frame, framed.known, framed.modules = true, nil, nil
	d := Digest{Key: key}
	d.Text.Head, d.Text.Foot, _ = strings.Cut(t.renderText(&framed), changesMark)
	d.Text.Changes = v.of(findField("changes"))
	if t.HTML != "" {
		d.HTML.Head, d.HTML.Foot, _ = strings.Cut(t.renderHTML(&framed), changesMark)
		d.HTML.Changes = (&renderer{html: true}).escape(d.Text.Changes)
	}
	return d
}

// Merge joins a later mail about a ticket to one to the same recipient that
// still waits, so that ten changes in a minute are one mail. It returns the
// waiting mail with the words of [Several] about both, to be put in its
// place, and true; or the waiting mail as it is and false, and the later one
// is to be put on its own.
//
// The waiting mail keeps its ID, Message-ID, Due and Version, and what it
// answers; it takes the later one's ticket data, Date and Language, and the
// references and reasons of both.
//
// The caller looks for the waiting mail, by ticket and Digest.Key, in the
// transaction in which it puts the later one; of several it takes the first
// that joins. A mail of a rule without Delay joins nothing: it is on its way at
// once, before what waits.
//
// Mails are joined only if both were planned with a [Rule.Delay] for the same
// ticket, recipient, audience, addresses and language, the first was never
// attempted, and the sum is not over [MaxRendered]. The files of both go along,
// each content once; where they are over [MaxAttach] the mails stay two, so
// that none is left out. What is internal joins only what is internal already:
// by its Message-ID an answer would otherwise be public.
func Merge(waiting, later Mail) (Mail, bool) {
	if !mergeable(waiting, later) {
		return waiting, false
	}
	m := waiting
	m.Digest.Text = joinFrames(waiting.Digest.Text, later.Digest.Text, "\n\n")
	m.Text = m.Digest.Text.String()
	m.Digest.HTML, m.HTML = Frame{}, ""
	if waiting.Digest.HTML != (Frame{}) && later.Digest.HTML != (Frame{}) {
		m.Digest.HTML = joinFrames(waiting.Digest.HTML, later.Digest.HTML, "<br>\n<br>\n")
		m.HTML = m.Digest.HTML.String()
	}
	files, whole := unite(waiting.Attachments, later.Attachments)
	if len(m.Text) > MaxRendered || len(m.HTML) > MaxRendered || !whole {
		return waiting, false
	}
	m.Attachments = files
	m.Template = Several
	if m.Comment == "" {
		m.Comment = later.Comment
	}
	if later.Date.After(m.Date) {
		m.Date = later.Date
	}
	m.Reasons = union(waiting.Reasons, later.Reasons)
	m.References = union(waiting.References, later.References)
	m.Causes = joinCauses(waiting.Causes, later.Causes)
	return m, true
}

// maxMerged bounds reasons and references: a References field of some dozen
// ids is all that mail programs use.
const maxMerged = 50

// mergeable reports whether two mails may become one.
func mergeable(waiting, later Mail) bool {
	switch {
	case waiting.Digest.Key == "" || waiting.Digest.Key != later.Digest.Key || waiting.ID == later.ID:
		return false
	case waiting.State != Waiting || later.State != Waiting || waiting.Attempts > 0 || later.Attempts > 0:
		return false // it may be out already, and a repeat is the same mail
	case later.Internal && !waiting.Internal:
		return false
	}
	return waiting.Ticket == later.Ticket && waiting.Person == later.Person && waiting.Audience == later.Audience &&
		waiting.Language == later.Language && waiting.From == later.From && waiting.ReplyTo == later.ReplyTo &&
		FoldAddress(waiting.To.Address) == FoldAddress(later.To.Address)
}

func joinFrames(a, b Frame, between string) Frame {
	return Frame{Head: b.Head, Changes: a.Changes + between + b.Changes, Foot: b.Foot}
}

// joinCauses returns the events of both, each once.
func joinCauses(a, b []Cause) []Cause {
	all := slices.Clone(a)
	for _, c := range b {
		if !slices.ContainsFunc(all, func(o Cause) bool { return o.Event == c.Event }) {
			all = append(all, c)
		}
	}
	return all
}

// union returns a and what of b is not in it, at most maxMerged.
func union[T comparable](a, b []T) []T {
	all := slices.Clone(a)
	for _, v := range b {
		if !slices.Contains(all, v) && len(all) < maxMerged {
			all = append(all, v)
		}
	}
	return all
}
