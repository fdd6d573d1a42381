package ticketmail

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/notify"
	"example.com/ticketmail/storage"
)

// A ticketPlan is what reading a ticket has found about the person, raw mails
// included, before it is changed.
type ticketPlan struct {
	id       TicketID
	versions map[string]bool // comments that were looked at, with their versions
	raws     map[string]bool // ids of comments whose raw mail goes
	ids      map[string]bool // Message-IDs of the person's comments
	begun    bool            // the person sent the ticket
	his      map[string]bool // ids of the person's comments
}

// tells reports whether a line of history is about what the person wrote.
func (p *ticketPlan) tells(c storage.Change) bool {
	if c.Field == storage.FieldCommentText {
		return p.his[strings.TrimPrefix(c.Via, "comment ")]
	}
	return p.begun
}

// tickets does a page of tickets, each that has to do with the person in a
// transaction of its own.
func (x *erasing) tickets(ctx context.Context, after string) (next string, more bool, err error) {
	var page []TicketID
	err = x.store.View(ctx, func(r storage.Reader) error {
		page = nil
		for k, err := range r.Tickets().List(ctx, storage.TicketQuery{After: TicketID(after), Limit: pruneBatch}) {
			if err != nil {
				return err
			}
			page = append(page, k.ID)
		}
		return nil
	})
	if err != nil || len(page) == 0 {
		return after, false, err
	}
	for _, id := range page {
		if err := x.ticket(ctx, id); err != nil {
			return "", false, err
		}
	}
	return string(page[len(page)-1]), len(page) == pruneBatch, nil
}

// errReplan reports that a ticket was changed since it was read.
var errReplan = errors.New("the ticket was changed since it was read")

func (x *erasing) ticket(ctx context.Context, id TicketID) error {
	for {
		p, touched, err := x.plan(ctx, id)
		if err != nil || !touched {
			return err
		}
		err = x.prune(ctx, func(w storage.PruneWriter) error { return x.eraseTicket(ctx, w, p) })
		if !errors.Is(err, errReplan) && !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
}

// plan reads a ticket and reports whether it has to do with the person.
func (x *erasing) plan(ctx context.Context, id TicketID) (p *ticketPlan, touched bool, err error) {
	err = x.store.View(ctx, func(r storage.Reader) error {
		p = &ticketPlan{id: id, versions: map[string]bool{}, raws: map[string]bool{}, ids: map[string]bool{}, his: map[string]bool{}}
		k, err := r.Tickets().Get(ctx, id)
		if err != nil {
			return err
		}
		p.begun = x.sent(k.Sender)
		touched = x.q.takesPart(k) || x.about(p.begun).texts.MatchString(k.Subject+"\n"+k.Sender.Name)
		for c, err := range r.Tickets().Comments(ctx, id) {
			if err != nil {
				return err
			}
			if err := x.planComment(ctx, p, c, &touched); err != nil {
				return err
			}
		}
		for c, err := range r.Tickets().Changes(ctx, id, 0) {
			if err != nil {
				return err
			}
			touched = touched || x.eraseChange(&c, x.about(p.tells(c)))
		}
		return nil
	})
	return p, touched, err
}

func version(c Comment) string { return c.ID + " " + strconv.FormatInt(c.Version, 10) }

func (x *erasing) planComment(ctx context.Context, p *ticketPlan, c Comment, touched *bool) error {
	p.versions[version(c)] = true
	wrote := x.q.wrote(c)
	p.his[c.ID] = wrote
	if wrote && c.MessageID != "" {
		p.ids[c.MessageID] = true
	}
	drop := wrote || x.q.texts.MatchString(c.Text)
	if !drop && !c.Raw.IsZero() {
		g, err := x.q.inRaw(ctx, x.cfg.Blobs, c.Raw, x.cfg.Limits)
		if err != nil {
			return err
		}
		if drop = g.names; !drop && g.unread {
			x.record.unread(UnreadMail{Ticket: c.Ticket, Comment: c.ID})
		}
	}
	p.raws[c.ID] = drop
	*touched = *touched || drop || x.q.texts.MatchString(strings.Join(append([]string{c.Sender.Name, c.MessageID}, c.References...), "\n"))
	return nil
}

func (x *erasing) eraseTicket(ctx context.Context, w storage.PruneWriter, p *ticketPlan) error {
	k, err := w.Tickets().Get(ctx, p.id)
	if err != nil {
		return err
	}
	x.replace(&k.Creator, &k.Assignee, &k.LastAssignee, &k.CustomerContact)
	q := x.about(p.begun)
	x.eraseSender(&k.Sender, q)
	k.Subject = q.texts.ReplaceAllString(k.Subject, erased)
	if err := w.Tickets().Put(ctx, &k); err != nil {
		return err
	}
	x.record.Tickets++
	var comments []Comment
	for c, err := range w.Tickets().Comments(ctx, p.id) {
		if err != nil {
			return err
		}
		if !p.versions[version(c)] {
			return errReplan
		}
		comments = append(comments, c)
	}
	keys := map[mailbox.Key]bool{}
	gone := map[string]bool{} // Message-IDs of mails whose raw bytes go
	for _, c := range comments {
		if p.raws[c.ID] && c.MessageID != "" {
			gone[c.MessageID] = true
		}
		if err := x.eraseComment(ctx, w, p, c); err != nil {
			return err
		}
	}
	var changes []storage.Change
	for c, err := range w.Tickets().Changes(ctx, p.id, 0) {
		if err != nil {
			return err
		}
		if key, ok := parseKeyText(c.Via); ok {
			keys[key] = true
		}
		if x.eraseChange(&c, x.about(p.tells(c))) {
			changes = append(changes, c)
		}
	}
	for _, c := range changes {
		if err := w.ReplaceChange(ctx, c); err != nil {
			return err
		}
	}
	if err := x.eraseEntries(ctx, w, p, keys, gone, comments); err != nil {
		return err
	}
	return x.ticketMails(ctx, w, p, p.files(comments))
}

// files returns the content that goes with the files of the person's comments,
// among those of a ticket.
func (p *ticketPlan) files(comments []Comment) map[storage.Blob]bool {
	gone := map[storage.Blob]bool{}
	for _, his := range []bool{true, false} { // what is another's too stays
		for _, c := range comments {
			for _, a := range c.Attachments {
				if p.his[c.ID] == his && !a.Blob.IsZero() {
					gone[a.Blob] = his
				}
			}
		}
	}
	return gone
}

func (x *erasing) replace(ids ...*escalation.PersonID) {
	for _, id := range ids {
		if x.q.is(*id) {
			*id = x.alias()
		}
	}
}

func (x *erasing) eraseSender(a *message.Address, q *quarry) {
	if q.has(a.Address) {
		*a = message.Address{Name: string(x.alias())}
		return
	}
	a.Name = q.texts.ReplaceAllString(a.Name, erased)
}

func (x *erasing) eraseComment(ctx context.Context, w storage.PruneWriter, p *ticketPlan, c Comment) error {
	var released []storage.Blob
	if p.raws[c.ID] && !c.Raw.IsZero() {
		released = append(released, c.Raw)
		c.Raw = storage.Blob{}
	}
	q := x.about(p.his[c.ID])
	if p.his[c.ID] {
		for _, a := range c.Attachments {
			if !a.Blob.IsZero() {
				released = append(released, a.Blob)
			}
		}
		c.Attachments, c.MessageID, c.References = nil, "", nil
	}
	x.replace(&c.Author)
	x.eraseSender(&c.Sender, q)
	c.Text = q.texts.ReplaceAllString(c.Text, erased)
	c.Automatic = q.texts.ReplaceAllString(c.Automatic, erased)
	c.MessageID = x.withoutIDs(p, c.MessageID)
	for i := range c.References {
		c.References[i] = x.withoutIDs(p, c.References[i])
	}
	c.References = withoutEmpty(c.References)
	for i := range c.Attachments {
		a := &c.Attachments[i]
		a.Name, a.Display = q.texts.ReplaceAllString(a.Name, erased), q.texts.ReplaceAllString(a.Display, erased)
	}
	if err := w.Tickets().PutComment(ctx, &c); err != nil {
		return err
	}
	return w.Release(ctx, released...)
}

// withoutIDs returns a Message-ID, or "" if it is one of the person's.
func (x *erasing) withoutIDs(p *ticketPlan, id string) string {
	if p.ids[id] || x.q.texts.MatchString(id) {
		return ""
	}
	return id
}

// eraseChange takes the person out of a line of history, and reports whether
// he was in it.
func (x *erasing) eraseChange(c *storage.Change, q *quarry) bool {
	was := *c
	x.replace(&c.Actor)
	for _, s := range []*string{&c.Old, &c.New} {
		switch {
		case x.q.is(escalation.PersonID(*s)):
			*s = string(x.alias())
		case c.Field == storage.FieldCommentText || c.Field == storage.FieldSubject:
			*s = q.texts.ReplaceAllString(*s, erased)
		default:
			*s = q.notes.ReplaceAllString(*s, erased)
		}
	}
	return *c != was
}

// eraseEntries does the ledger's entries of a ticket's mails: those that the
// history names, and those with a Message-ID of a mail that goes.
func (x *erasing) eraseEntries(ctx context.Context, w storage.PruneWriter, p *ticketPlan, keys map[mailbox.Key]bool, gone map[string]bool, comments []Comment) error {
	raws, his := map[storage.Blob]bool{}, map[storage.Blob]bool{}
	for _, c := range comments {
		raws[c.Raw] = p.raws[c.ID] && !c.Raw.IsZero()
		his[c.Raw] = p.his[c.ID] && !c.Raw.IsZero()
	}
	entries, err := w.Ledger().Lookup(ctx, slices.Collect(maps.Keys(keys)))
	if err != nil {
		return err
	}
	byID, err := w.Ledger().ByMessageID(ctx, slices.Collect(maps.Keys(gone)))
	if err != nil {
		return err
	}
	done := map[mailbox.Key]bool{}
	for _, e := range append(entries, byID...) {
		if done[e.Key] || e.Ticket != p.id {
			continue
		}
		done[e.Key] = true
		q := x.about(his[e.Raw] || p.ids[e.MessageID])
		if err := x.eraseEntry(ctx, w, e, q, raws[e.Raw] || gone[e.MessageID]); err != nil {
			return err
		}
	}
	return nil
}

// eraseEntry makes a tombstone of an entry, or takes the person out of its
// reasons.
func (x *erasing) eraseEntry(ctx context.Context, w storage.PruneWriter, e mailbox.Entry, q *quarry, tombstone bool) error {
	raw, changed := e.Raw, false
	if tombstone && e.Settled() {
		if e.Outcome == mailbox.Quarantine { // nothing is left to decide about
			e.Outcome = mailbox.Record
		}
		e, changed = e.Tombstone(), true
	}
	e.Reasons = slices.Clone(e.Reasons)
	for i, r := range e.Reasons {
		if text := q.notes.ReplaceAllString(r.Text, erased); text != r.Text {
			e.Reasons[i].Text, changed = text, true
		}
	}
	if q.texts.MatchString(e.MessageID) {
		e.MessageID, changed = "", true
	}
	if !changed {
		return nil
	}
	x.record.Entries++
	if err := w.Ledger().Put(ctx, &e); err != nil || raw == e.Raw {
		return err
	}
	return w.Release(ctx, raw)
}

// ticketMails takes the person's Message-IDs and files out of the mails about
// a ticket. A mail that waits could not be sent without the content of its
// files.
func (x *erasing) ticketMails(ctx context.Context, w storage.PruneWriter, p *ticketPlan, files map[storage.Blob]bool) error {
	var changed []*notify.Mail
	for m, err := range w.Outbox().List(ctx, notify.MailQuery{Ticket: p.id}) {
		if err != nil {
			return err
		}
		was := len(m.References) + len(m.Attachments)
		m.References = slices.DeleteFunc(m.References, func(id string) bool { return p.ids[id] })
		m.Attachments = slices.DeleteFunc(m.Attachments, func(a notify.Attachment) bool { return files[a.Blob] })
		if !p.ids[m.InReplyTo] && len(m.References)+len(m.Attachments) == was {
			continue
		}
		if m.State == notify.Sending {
			return errSending
		}
		if p.ids[m.InReplyTo] {
			m.InReplyTo = ""
		}
		changed = append(changed, &m)
	}
	return w.Outbox().Put(ctx, changed...)
}

// mails does a page of the outbox.
func (x *erasing) mails(ctx context.Context, after string) (next string, more bool, err error) {
	err = x.prune(ctx, func(w storage.PruneWriter) error {
		next, more = after, false
		var gone []string
		n := 0
		page := w.Outbox().List(ctx, notify.MailQuery{After: after, Limit: pruneBatch})
		for m, err := range page {
			if err != nil {
				return err
			}
			n++
			gets := x.q.gets(m)
			his, err := x.tellsOfHis(ctx, w.Tickets(), m)
			if err != nil {
				return err
			}
			rest, changed, err := x.eraseMail(m, x.about(his))
			if err != nil {
				return err
			}
			if (gets || changed) && m.State == notify.Sending {
				return errSending
			}
			if gets {
				gone = append(gone, m.ID)
				continue
			}
			next = m.ID
			if !changed {
				continue
			}
			x.record.Mails++
			if err := w.Outbox().Put(ctx, &rest); err != nil {
				return err
			}
		}
		more = n == pruneBatch
		x.record.Mails += len(gone)
		return w.DeleteMails(ctx, gone...)
	})
	return next, more, err
}

// tellsOfHis reports whether a mail is about a ticket that the person sent, or
// about a comment of his. Both were erased before.
func (x *erasing) tellsOfHis(ctx context.Context, tickets storage.TicketReader, m notify.Mail) (bool, error) {
	if x.own == x.q || m.Ticket == "" {
		return false, nil
	}
	k, err := tickets.Get(ctx, m.Ticket)
	if err != nil || x.sent(k.Sender) {
		return err == nil, err
	}
	for c, err := range tickets.Comments(ctx, m.Ticket) {
		if err != nil {
			return false, err
		}
		if c.ID == m.Comment {
			return x.sent(c.Sender) || x.stands(c.Author), nil
		}
	}
	return false, nil
}

// errSending reports a mail to or about the person that is just being sent.
var errSending = errors.New("a mail that names the person is just being sent: resume in a minute")

// eraseMail takes the person out of a mail to somebody else. One that is done
// with loses its text, if it names him.
func (x *erasing) eraseMail(m notify.Mail, q *quarry) (notify.Mail, bool, error) {
	b, err := json.Marshal(m)
	if err != nil {
		return m, false, err
	}
	var tree any
	if err := json.Unmarshal(b, &tree); err != nil {
		return m, false, err
	}
	changed := false
	tree = q.scrub(tree, &changed)
	for _, r := range m.Reasons {
		changed = changed || q.notes.MatchString(r.Text)
	}
	if !changed {
		return m, false, nil
	}
	if m.State == notify.Sent || m.State == notify.Returned {
		return emptyMail(m), true, nil
	}
	if b, err = json.Marshal(tree); err != nil {
		return m, false, err
	}
	rest := notify.Mail{}
	if err := json.Unmarshal(b, &rest); err != nil {
		return m, false, err
	}
	rest.ID, rest.MessageID = m.ID, m.MessageID
	for i := range rest.Reasons {
		rest.Reasons[i].Text = q.notes.ReplaceAllString(rest.Reasons[i].Text, erased)
	}
	return rest, true, nil
}

// scrub replaces what names the person in all strings of a JSON value.
func (q *quarry) scrub(v any, changed *bool) any {
	switch v := v.(type) {
	case string:
		s := q.texts.ReplaceAllString(v, erased)
		*changed = *changed || s != v
		return s
	case []any:
		for i := range v {
			v[i] = q.scrub(v[i], changed)
		}
	case map[string]any:
		for k := range v {
			v[k] = q.scrub(v[k], changed)
		}
	}
	return v
}

// records and quarantine do mails that are in no comment.
func (x *erasing) records(ctx context.Context, after string) (string, bool, error) {
	return x.entries(ctx, mailbox.Record, after)
}

func (x *erasing) quarantine(ctx context.Context, after string) (string, bool, error) {
	return x.entries(ctx, mailbox.Quarantine, after)
}

func (x *erasing) entries(ctx context.Context, outcome mailbox.Outcome, after string) (next string, more bool, err error) {
	q := mailbox.LedgerQuery{Outcome: outcome, Limit: exportPage}
	if after != "" {
		q.After = &mailbox.Key{}
		if err := json.Unmarshal([]byte(after), q.After); err != nil {
			return "", false, err
		}
	}
	var page []mailbox.Entry
	err = x.store.View(ctx, func(r storage.Reader) error {
		page = nil
		for e, err := range r.Ledger().List(ctx, q) {
			if err != nil {
				return err
			}
			page = append(page, e)
		}
		return nil
	})
	if err != nil || len(page) == 0 {
		return after, false, err
	}
	for _, e := range page {
		his := x.q.texts.MatchString(e.MessageID)
		var g glance
		if !e.Raw.IsZero() {
			g, err = x.q.inRaw(ctx, x.cfg.Blobs, e.Raw, x.cfg.Limits)
			if err != nil {
				return "", false, err
			}
			if his = his || g.names; !his && g.unread {
				x.record.unread(UnreadMail{Key: e.Key})
			}
			if his && outcome == mailbox.Quarantine && !g.from {
				// Somebody else's, and nobody has seen it yet.
				his = false
				x.record.undecided(e.Key)
			}
		}
		q := x.about(g.from)
		if !his && !slices.ContainsFunc(e.Reasons, func(r mailbox.Reason) bool { return q.notes.MatchString(r.Text) }) {
			continue
		}
		if err := x.prune(ctx, func(w storage.PruneWriter) error { return x.eraseEntry(ctx, w, e, q, his) }); err != nil {
			return "", false, err
		}
	}
	b, err := json.Marshal(page[len(page)-1].Key)
	return string(b), len(page) == exportPage, err
}

// parseKeyText is the inverse of keyText, for the Via of a history's line.
func parseKeyText(s string) (k mailbox.Key, ok bool) {
	id, rest, ok := strings.Cut(s, "/")
	if !ok {
		return k, false
	}
	if uid, ok := strings.CutPrefix(rest, "/0/"); ok { // POP3, whose unique-ids may have slashes
		return mailbox.Key{Mailbox: mailbox.ID(id), UID: uid}, true
	}
	parts := strings.Split(rest, "/")
	if len(parts) < 3 {
		return k, false
	}
	validity, err := strconv.ParseUint(parts[len(parts)-2], 10, 32)
	return mailbox.Key{
		Mailbox: mailbox.ID(id), Folder: strings.Join(parts[:len(parts)-2], "/"), Validity: uint32(validity), UID: parts[len(parts)-1],
	}, err == nil
}
