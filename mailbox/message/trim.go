package message

import (
	"slices"
	"strings"
)

// ReplyDelimiter is a line that a host may put above the text of its mails.
// What stands below it in a reply is the host's; it is the surest mark there is.
const ReplyDelimiter = "##- Bitte oberhalb dieser Zeile antworten -##"

// A SpanKind says what a [Span] is.
type SpanKind int

// The kinds of spans.
const (
	Fresh     SpanKind = iota // written for this mail, and whatever is not surely something else
	Quoted                    // taken over from an earlier mail, with the lines that announce it
	Signature                 // a signature, or the footer of a mail program or a mailing list
)

// String returns the name of the kind in lower case.
func (k SpanKind) String() string {
	switch k {
	case Fresh:
		return "fresh"
	case Quoted:
		return "quoted"
	case Signature:
		return "signature"
	}
	return "unknown"
}

// A Span is the piece of a body from the byte Start up to the byte End, in
// whole lines.
type Span struct {
	Kind       SpanKind
	Start, End int
}

// Trimmed is a body and what its pieces are. Nothing of it is changed or lost.
type Trimmed struct {
	Body string
	// Spans cover Body from its first to its last byte, in order and without
	// gaps. None is empty, and neighbours differ in kind. At most a few thousand
	// are told apart; what follows them is Fresh.
	Spans []Span
}

// TrimOptions is what else is known of a mail whose body is trimmed.
type TrimOptions struct {
	// HTML is the HTML part that says the same as the body, if there is one
	// ([Message.HTML]). The containers in which mail programs put quotations and
	// signatures then show where these begin.
	HTML string
	// Forward says that the mail forwards another one, as its subject tells
	// (thread.IsForward). Below a header as Outlook writes it stands then what the
	// sender wants to be read, and not an old mail.
	Forward bool
}

// Trim tells the new text of a mail from what it quotes and from signatures.
//
// body is UTF-8 with LF line ends, as [Message.Text] is. A nil opts means that
// nothing else is known. It never fails, and what it does not surely know
// stays Fresh.
//
// A quotation is what stands below [ReplyDelimiter]; lines with "> " (RFC 3676
// section 4.5) and the line above them that says who wrote when, wrapped or
// not; what follows such a line with an address, a separator such as
// "-----Original Message-----", or a block of From:, Sent:, To:, Subject:, as
// mail programs write them in cs, da, de, en, es, fi, fr, it, ja, ko, nl, no,
// pl, pt, ru, sv, tr and zh; and the containers of the HTML part. Answers
// between quoted lines are Fresh, and so is a forwarded mail from its marker
// ("---------- Forwarded message ---------") on.
//
// A signature is what follows a line "-- " (RFC 3676 section 4.3), a line such
// as "Sent from my iPhone", or a container of the HTML part, at the end of the
// new text or of the body. A closing with a name below it is Fresh: nothing
// tells it surely from the text.
//
// The time is linear in the sizes of body and HTML.
func Trim(body string, opts *TrimOptions) Trimmed {
	if opts == nil {
		opts = new(TrimOptions)
	}
	sections, cut := outlineHTML(opts.HTML)
	spans, kept := quotations(body, locate(body, sections, cut), opts.Forward)
	if !hasFresh(body, spans) {
		spans, kept = quotations(body, nil, opts.Forward) // a mail that was written inside of a container
	}
	return Trimmed{Body: body, Spans: signatures(body, spans, kept)}
}

// hasFresh reports whether there is something to read in a Fresh span.
func hasFresh(body string, spans []Span) bool {
	return slices.ContainsFunc(spans, func(s Span) bool { return s.Kind == Fresh && !blank(body[s.Start:s.End]) })
}

// Text returns the text to show: without signatures, and without quotations
// but for those that are answered in between, which the answers need to be
// understood. A single quotation above all of the new text is not shown. White
// space around the text is removed; empty means that there is no new text.
func (t Trimmed) Text() string {
	last, quotes, above := -1, 0, 0 // above: quotations above the last new text
	leading := false                // the first quotation has nothing new above it
	for i, s := range t.Spans {
		switch {
		case s.Kind == Quoted:
			leading = leading || last < 0
			quotes++
		case s.Kind == Fresh && !blank(t.Body[s.Start:s.End]):
			last, above = i, quotes
		}
	}
	answered := above > 1 || !leading
	var b strings.Builder
	for _, s := range t.Spans[:last+1] {
		if s.Kind == Fresh || s.Kind == Quoted && answered {
			b.WriteString(t.Body[s.Start:s.End])
		}
	}
	return trimLines(b.String())
}
