package ticketmail

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
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
	read     int64           // bytes of raw mails that were looked through
}

// tells reports whether a line of history is about what the person wrote.
func (p *ticketPlan) tells(c storage.Change) bool {
	if c.Field == storage.FieldCommentText {
		return p.his[strings.TrimPrefix(c.Via, "comment ")]
	}
	return p.begun
}

// planBytes is about how many bytes of raw mails are looked through in one view
// of the store, so that none is held for long.
const planBytes = 16 << 20

// tickets does a page of tickets, each that has to do with the person in a
// transaction of its own.
func (x *erasing) tickets(ctx context.Context, after string) (next string, more bool, err error) {
	var page []*ticketPlan
	err = x.store.View(ctx, func(r storage.Reader) error {
		page, next, more = nil, after, false
		n, left := 0, int64(planBytes)
		for k, err := range r.Tickets().List(ctx, storage.TicketQuery{After: TicketID(after), Limit: pruneBatch}) {
			if err != nil {
				return err
			}
			p, touched, err := x.plan(ctx, r, k)
			if err != nil {
				return err
			}
			if touched {
				page = append(page, p)
			}
			n, next, left = n+1, string(k.ID), left-p.read
			if more = n == pruneBatch || left < 0; more {
				break
			}
		}
		return nil
	})
	if err != nil {
		return "", false, err
	}
	for _, p := range page {
		if err := x.ticket(ctx, p); err != nil {
			return "", false, err
		}
	}
	return next, more, nil
}

// errReplan reports that a ticket was changed since it was read.
var errReplan = errors.New("the ticket was changed since it was read")

func (x *erasing) ticket(ctx context.Context, p *ticketPlan) error {
	for touched := true; touched; {
		err := x.prune(ctx, func(w storage.PruneWriter) error { return x.eraseTicket(ctx, w, p) })
		if !errors.Is(err, errReplan) && !errors.Is(err, storage.ErrConflict) {
			return err
		}
		err = x.store.View(ctx, func(r storage.Reader) error {
			k, err := r.Tickets().Get(ctx, p.id)
			if err == nil {
				p, touched, err = x.plan(ctx, r, k)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// plan reads what hangs on a ticket, and reports whether that or the ticket has
// to do with the person.
func (x *erasing) plan(ctx context.Context, r storage.Reader, k Ticket) (p *ticketPlan, touched bool, err error) {
	p = &ticketPlan{id: k.ID, versions: map[string]bool{}, raws: map[string]bool{}, ids: map[string]bool{}, his: map[string]bool{}}
	p.begun = x.sent(k.Sender)
	touched = x.q.takesPart(k) || x.about(p.begun).texts.MatchString(k.Subject+"\n"+k.Sender.Name)
	for c, err := range r.Tickets().Comments(ctx, k.ID) {
		if err != nil {
			return nil, false, err
		}
		if err := x.planComment(ctx, p, c, &touched); err != nil {
			return nil, false, err
		}
	}
	for c, err := range r.Tickets().Changes(ctx, k.ID, 0) {
		if err != nil {
			return nil, false, err
		}
		touched = touched || x.eraseChange(&c, x.about(p.tells(c)))
	}
	return p, touched, nil
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
		p.read += c.Raw.Size
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
