package ticketmail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A Subject is the person whose data is exported or erased. Person or an
// address is required.
type Subject struct {
	Person    escalation.PersonID // empty: nobody the Directory ever knew
	Addresses []string            // bare mail addresses; the one that the Directory has is added
	Names     []string            // as they stand in texts; the one that the Directory has is added
}

// An UnreadMail is a mail whose raw bytes could not be searched for a Subject
// to their end: they are damaged, their store does not answer, or reading them
// fails.
type UnreadMail struct {
	Ticket  TicketID    `json:",omitempty"` // empty: it is in no ticket
	Comment string      `json:",omitempty"` // that it became, there
	Key     mailbox.Key `json:",omitzero"`  // of the ledger, where it is in no ticket
}

// A quarry is a Subject, ready to be looked for.
type quarry struct {
	person    escalation.PersonID
	addresses map[string]bool // folded
	words     []string        // addresses and names
	texts     *regexp.Regexp  // finds words in what people wrote
	notes     *regexp.Regexp  // finds words and the id in what the engine wrote
}

// quarry validates a subject. That the Directory does not know the person any
// more is common; that it does not answer is an error, since a name would be
// overlooked.
func (e *Engine) quarry(ctx context.Context, who Subject) (*quarry, error) {
	if who.Person == "" && len(who.Addresses) == 0 {
		return nil, fmt.Errorf("%w: neither a person nor an address is named", ErrInvalid)
	}
	q := &quarry{person: who.Person, addresses: map[string]bool{}}
	addresses, names := slices.Clone(who.Addresses), slices.Clone(who.Names)
	if who.Person != "" {
		p, err := consulted{e.newAnswers(), false}.Person(ctx, who.Person)
		if err != nil && !errors.Is(err, escalation.ErrNotFound) {
			return nil, err
		}
		addresses, names = append(addresses, p.Address), append(names, p.Name)
	}
	for _, a := range withoutEmpty(addresses) {
		if !strings.Contains(a, "@") || strings.ContainsAny(a, " <>\r\n\t") {
			return nil, fmt.Errorf("%w: %q is no mail address", ErrInvalid, a)
		}
		q.addresses[notify.FoldAddress(a)] = true
		q.words = append(q.words, a)
		if other := notify.OtherForm(a); other != "" {
			q.words = append(q.words, other)
		}
	}
	for _, n := range names {
		if n = strings.TrimSpace(n); n != "" {
			q.words = append(q.words, n)
		}
	}
	q.compile()
	return q, nil
}

// compile makes the expressions. The longest word comes first, so that none
// leaves a part of another; blanks in a name may be a line's end in a text.
func (q *quarry) compile() {
	var alternatives []string
	for _, w := range q.words {
		for _, form := range []string{w, html.EscapeString(w)} {
			parts := strings.Fields(form)
			for i, p := range parts {
				parts[i] = regexp.QuoteMeta(p)
			}
			alternatives = append(alternatives, strings.Join(parts, `\s+`))
		}
	}
	slices.SortFunc(alternatives, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	alternatives = slices.Compact(alternatives)
	never := `[^\s\S]`
	q.texts = regexp.MustCompile(`(?i)` + cmp.Or(strings.Join(alternatives, "|"), never))
	if q.person != "" {
		alternatives = append(alternatives, `(?-i:\b`+regexp.QuoteMeta(string(q.person))+`\b)`)
	}
	q.notes = regexp.MustCompile(`(?i)` + cmp.Or(strings.Join(alternatives, "|"), never))
}

// with returns a quarry that knows further names.
func (q *quarry) with(names []string) *quarry {
	more := *q
	more.words = slices.Clip(more.words)
	for _, n := range names {
		// A single word may be anybody's: "Info", "Anna".
		if len(strings.Fields(n)) > 1 && !more.knows(n) {
			more.words = append(more.words, n)
		}
	}
	if len(more.words) == len(q.words) {
		return q
	}
	more.compile()
	return &more
}

// knows reports whether a name is among the words, in any case.
func (q *quarry) knows(name string) bool {
	return slices.ContainsFunc(q.words, func(w string) bool { return strings.EqualFold(w, name) })
}

func (q *quarry) is(id escalation.PersonID) bool { return id != "" && id == q.person }

func (q *quarry) has(address string) bool {
	return address != "" && q.addresses[notify.FoldAddress(address)]
}

// wrote reports whether a comment is the subject's.
func (q *quarry) wrote(c Comment) bool { return q.is(c.Author) || q.has(c.Sender.Address) }

// takesPart reports whether a ticket names the subject.
func (q *quarry) takesPart(k Ticket) bool {
	return q.is(k.Creator) || q.is(k.Assignee) || q.is(k.LastAssignee) || q.is(k.CustomerContact) || q.has(k.Sender.Address)
}

// gets reports whether an outgoing mail is to the subject.
func (q *quarry) gets(m notify.Mail) bool { return q.is(m.Person) || q.has(m.To.Address) }

// A glance is what a raw mail has to do with the subject.
type glance struct {
	names bool // it is from, to or about the subject
	from  bool // its From or Sender is the subject's address

	unread bool // it could not be read, or only in part
}

// withoutPanic calls fn and returns its panic as an error.
func withoutPanic(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &mailbox.PoisonError{Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
		}
	}()
	return fn()
}

// inRaw reports whether a raw mail is from, to or about the subject, as far as
// it can be read: its header, texts and the names of its files, decoded, and
// all of its bytes as they are. One that cannot be read to its end, or whose
// reading ends in a panic, is no error: others' data does not wait for it.
func (q *quarry) inRaw(ctx context.Context, blobs storage.Blobs, raw storage.Blob, limits message.Limits) (g glance, err error) {
	bytes := &searching{what: q.texts}
	msg := &message.Message{}
	err = withoutPanic(func() error {
		r, err := blobs.Open(ctx, raw)
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		content := io.TeeReader(r, bytes)
		unread := withoutPanic(func() error {
			m, err := message.Read(ctx, content, &message.Options{Limits: limits})
			if err == nil {
				msg = m
			}
			return err
		})
		_, err = io.Copy(io.Discard, content)
		return errors.Join(unread, err)
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return g, nil
	case err != nil && ctx.Err() != nil:
		return g, context.Cause(ctx)
	}
	g.unread = err != nil
	his := func(a message.Address) bool { return q.has(a.Address) }
	people := slices.Concat(msg.From, msg.Sender, msg.ReplyTo, msg.To, msg.Cc)
	texts := []string{msg.Subject, msg.Text, msg.HTML}
	for _, a := range people {
		texts = append(texts, a.Name)
	}
	for _, a := range msg.Attachments {
		texts = append(texts, a.Name)
	}
	g.from = slices.ContainsFunc(slices.Concat(msg.From, msg.Sender), his)
	g.names = bytes.found || slices.ContainsFunc(people, his) || slices.ContainsFunc(texts, q.texts.MatchString)
	return g, nil
}

// searching looks for an expression in what is written to it.
type searching struct {
	what  *regexp.Regexp
	tail  []byte
	found bool
}

func (s *searching) Write(p []byte) (int, error) {
	const overlap = 1 << 10 // more than an address or a name
	if !s.found {
		s.tail = append(s.tail, p...)
		s.found = s.what.Match(s.tail)
		s.tail = append(s.tail[:0], s.tail[max(0, len(s.tail)-overlap):]...)
	}
	return len(p), nil
}
