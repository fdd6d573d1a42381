package ticketmail

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"example.com/ticketmail/escalation"
	"example.com/ticketmail/mailbox"
	"example.com/ticketmail/mailbox/message"
	"example.com/ticketmail/mailbox/thread"
	"example.com/ticketmail/storage"
)

// An arrival is one mail between reading and commit.
type arrival struct {
	in       mailbox.Incoming
	msg      *message.Message
	raw      storage.Blob
	content  [32]byte           // fingerprint of what was decoded
	keys     []thread.Key       // marks found in it
	sender   message.Address    // the one identity it states; zero: none, or several
	person   *escalation.Person // whose address that is; nil: nobody's
	routing  Routing
	rejected *mailbox.Reason // goes to quarantine for this; nil: does not
	again    *mailbox.Entry  // the very same bytes, settled before; nil: none
	first    *firstSender    // of a mail that an employee forwards; nil: none, or not wanted
	replayed bool            // read again from quarantine, long after it came
	verdict  Verdict         // of an administrator, about a mail in quarantine
	judge    escalation.PersonID
}

// A firstSender is whoever wrote a mail that somebody forwards.
type firstSender struct {
	address message.Address
	person  *escalation.Person // nil: nobody the directory knows
}

// inbound makes tickets of the mails of one mailbox. It is the
// mailbox.Receiver of one poll.
type inbound struct {
	*Engine
	assignment mailbox.Assignment
	mailbox    mailbox.Mailbox
	routes     *routing // when the poll began
	checked    *routing // as of the last commit
	lease      *heldLease
	answers    *answers
	tenure     tenure      // of the mailbox, in a poll
	gate       *gate       // of the folder being drained; nil: the mail is from quarantine
	moved      func()      // tells the watch that there was progress
	sessions   int         // of this poll so far
	listed     bool        // a session has listed its mails
	leaving    int         // mails that stay by the last session, and are not counted if there is another
	enough     func() bool // it is another mailbox's turn; nil: never

	manyBounced bool // mail came back from too many addresses to look through

	mu      sync.Mutex
	waiting int
	stats   Report
}

var _ mailbox.Receiver[*arrival] = (*inbound)(nil)

// Receive implements [mailbox.Receiver]: one pass over the bytes, then what
// the hooks and the directory have to say, all before the transaction.
func (i *inbound) Receive(ctx context.Context, in mailbox.Incoming, body io.Reader) (*arrival, error) {
	if in.Poison {
		return i.keepUnread(ctx, in, body)
	}
	msg, err := message.Read(ctx, body, &message.Options{Limits: i.cfg.Limits, Sink: i.cfg.Blobs, Decrypter: i.cfg.Decrypter})
	if err != nil {
		return nil, err
	}
	if err := missing(in, msg.Raw); err != nil {
		return nil, err
	}
	a := &arrival{in: in, msg: msg, raw: msg.Raw, content: fingerprint(msg), sender: identity(msg)}
	if a.again = i.settledBefore(in, msg.Raw); a.again != nil {
		return a, nil
	}
	a.keys = append(i.refs.Find(msg.Subject, msg.InReplyTo, msg.References), i.refs.FindAddress(recipients(msg))...)
	a.rejected = unreadable(msg)
	if a.rejected != nil {
		return a, nil
	}
	if err := i.whoIs(ctx, a); err != nil {
		return nil, err
	}
	if err := i.askHooks(ctx, a); err != nil {
		return nil, err
	}
	return a, nil
}

// keepUnread stores a mail without looking into it.
func (i *inbound) keepUnread(ctx context.Context, in mailbox.Incoming, body io.Reader) (*arrival, error) {
	raw, err := i.stageOne(ctx, body)
	if err != nil {
		return nil, err
	}
	if err := missing(in, raw); err != nil {
		return nil, err
	}
	why := mailbox.Reason{Code: "poison", Text: fmt.Sprintf("%d attempts to read it ended badly", in.Entry.Attempts-1)}
	if how, _, _ := strings.Cut(in.Why, "\n"); how != "" {
		why.Text += ": " + how
	}
	return &arrival{in: in, msg: &message.Message{}, raw: raw, rejected: &why, again: i.settledBefore(in, raw)}, nil
}

// settledBefore returns the entry of a mail with the same bytes that was
// settled and perhaps not removed: under this UID before, or under the
// folder's UIDVALIDITY before this one.
func (i *inbound) settledBefore(in mailbox.Incoming, raw storage.Blob) *mailbox.Entry {
	if e := in.Earlier; e.Version > 0 && e.RawName() == raw {
		return &e
	}
	if i.gate == nil {
		return nil
	}
	if e, ok := i.gate.orphans[raw]; ok {
		return &e
	}
	return nil
}

// missing refuses an empty body of a mail that the server lists with a size:
// to take it for the mail would be to delete the mail unread.
func missing(in mailbox.Incoming, raw storage.Blob) error {
	if raw.Size == 0 && in.Size > 0 {
		return &mailbox.PoisonError{Err: fmt.Errorf("the server lists %d bytes and sends none", in.Size)}
	}
	return nil
}

// maxReceived is how many Received fields a mail may have before it counts as
// looping (THREATS part 3; Postfix hopcount_limit).
const maxReceived = 50

// unreadable returns why a mail cannot become a ticket at all.
func unreadable(msg *message.Message) *mailbox.Reason {
	if msg.Raw.Size == 0 {
		return &mailbox.Reason{Code: "empty", Text: "the mail has no bytes"}
	}
	if n := len(msg.Header.Values("Received")); n > maxReceived {
		return &mailbox.Reason{Code: "loop", Text: fmt.Sprintf("%d Received fields: the mail goes in circles", n)}
	}
	return nil
}

// identity returns the one sender a mail states. Several From addresses make
// none: nobody is then answered or trusted.
func identity(msg *message.Message) message.Address {
	if len(msg.From) != 1 {
		return message.Address{}
	}
	return msg.From[0]
}

// recipients returns the addresses a mail was sent to, as far as it says.
func recipients(msg *message.Message) []string {
	var all []string
	for _, a := range slices.Concat(msg.To, msg.Cc) {
		all = append(all, a.Address)
	}
	return append(all, strings.TrimSpace(msg.Header.Get("Delivered-To")))
}

func (i *inbound) whoIs(ctx context.Context, a *arrival) error {
	if a.sender.Address == "" {
		return nil
	}
	p, err := consulted{i.answers, false}.PersonByAddress(ctx, a.sender.Address)
	switch {
	case errors.Is(err, escalation.ErrNotFound):
		return nil
	case err != nil:
		return err
	case !p.Left:
		a.person = &p
	}
	return i.whoseFirst(ctx, a)
}

// whoseFirst finds out whose mail an employee forwards.
func (i *inbound) whoseFirst(ctx context.Context, a *arrival) error {
	if !i.cfg.Threading.Forwards || a.person == nil || !a.person.Internal() || !thread.IsForward(a.msg.Subject) {
		return nil
	}
	from, ok := message.ForwardedFrom(a.msg.Text)
	if !ok || i.routes.polled(from.Address) {
		return nil
	}
	first := firstSender{address: from}
	p, err := consulted{i.answers, false}.PersonByAddress(ctx, from.Address)
	switch {
	case errors.Is(err, escalation.ErrNotFound):
	case err != nil:
		return err
	case !p.Left:
		first.person = &p
	}
	a.first = &first
	return nil
}

func (i *inbound) askHooks(ctx context.Context, a *arrival) error {
	if scan := i.cfg.Hooks.Scan; scan != nil {
		for _, at := range a.msg.Attachments {
			reason, err := i.scan(ctx, at)
			if err != nil {
				return fmt.Errorf("scan attachment: %w", err)
			}
			if reason != "" {
				a.rejected = &mailbox.Reason{Code: "scan", Text: fmt.Sprintf("attachment %q: %s", at.Display, reason)}
				return nil
			}
		}
	}
	if route := i.cfg.Hooks.Route; route != nil {
		var err error
		a.routing, err = route(ctx, Inbound{Key: a.in.Key, Message: a.msg, Sender: a.person, Assignment: i.assignment})
		if err != nil {
			return fmt.Errorf("route mail: %w", err)
		}
	}
	return nil
}

func (i *inbound) scan(ctx context.Context, at message.Attachment) (string, error) {
	content, err := i.cfg.Blobs.Open(ctx, at.Blob)
	if err != nil {
		return "", err
	}
	defer func() { _ = content.Close() }()
	return i.cfg.Hooks.Scan(ctx, at, content)
}

// Commit implements [mailbox.Receiver]: everything about a batch of mails in
// one transaction, which also proves that the mailbox is still ours.
func (i *inbound) Commit(ctx context.Context, batch []*arrival) error {
	if err := i.cfg.Blobs.Sync(ctx); err != nil {
		return fmt.Errorf("make mails durable: %w", err)
	}
	for _, a := range batch {
		people := []escalation.PersonID{i.assignment.Creator, i.assignment.CustomerContact, a.routing.Assignee}
		if a.person != nil {
			people = append(people, a.person.ID)
		}
		if err := i.foresee(ctx, i.answers, cmp.Or(a.routing.Task, i.assignment.Task), people...); err != nil {
			return err
		}
	}
	var counted Report
	var settled []mailbox.Entry
	told := CommitEvent{Mailbox: i.assignment.Mailbox, Mails: len(batch)}
	err := i.commit(ctx, i.answers, told, func(t *tx) error {
		if err := i.lease.renew(ctx, t.w); err != nil {
			return err
		}
		if err := i.unchanged(ctx, t); err != nil {
			return err
		}
		if err := i.lookAhead(ctx, t, batch); err != nil {
			return err
		}
		counted, settled = Report{}, nil
		var ask error
		for _, a := range batch {
			entry, err := t.settle(ctx, a, i.assignment)
			if errors.Is(err, errAsk) { // it is run again anyway: what do the others need to know?
				ask = err
				continue
			}
			if err != nil {
				return fmt.Errorf("mail %s: %w", a.in.UID, err)
			}
			counted.count(entry)
			settled = append(settled, entry)
		}
		counted.Notified = t.sent
		return ask
	})
	if err != nil {
		return err
	}
	i.lease.extended()
	i.answers.trim()
	i.tellOf(ctx, settled...)
	i.progress(counted, 0)
	return nil
}

// unchanged makes sure that the mailbox is still what it was when the poll
// began, and the folder may still be emptied. It stands in the transaction of the work, so that a task which lost
// its mailbox gets no more tickets from it.
func (i *inbound) unchanged(ctx context.Context, t *tx) error {
	if err := i.gate.unchanged(ctx, t.w.Settings()); err != nil {
		return err
	}
	now, err := t.routes(ctx, t.w.Settings())
	if err != nil || now == i.routes || now == i.checked {
		return err
	}
	m, _ := now.find(i.mailbox.ID)
	m.Password = i.mailbox.Password // a new one serves the next session
	as, _ := now.Assignment(i.mailbox.ID)
	if as != i.assignment || m.Inactive || !sameMailbox(m, i.mailbox) {
		return ErrChanged
	}
	i.checked = now
	return nil
}

// progress adds to the counts and tells the host.
func (i *inbound) progress(done Report, waiting int) {
	i.moved()
	i.mu.Lock()
	i.stats.Add(done)
	i.waiting += waiting
	now := Progress{Mailbox: i.assignment.Mailbox, Waiting: i.waiting, Done: i.stats}
	i.mu.Unlock()
	i.poller.seen(now)
	if i.cfg.Progress != nil {
		i.cfg.Progress(now)
	}
}

// fingerprint hashes what a reader would see, so that the same mail delivered
// twice is known although each delivery added fields of its own. Of a mail that
// was cut it hashes all bytes as well: what tells it from another one may be in
// the rest.
func fingerprint(m *message.Message) [32]byte {
	h := sha256.New()
	var buf [4 << 10]byte
	part := func(s string) {
		var size [8]byte
		for i := range size {
			size[i] = byte(len(s) >> (8 * i))
		}
		h.Write(size[:])
		for len(s) > 0 { // a conversion would copy a whole body
			n := copy(buf[:], s)
			h.Write(buf[:n])
			s = s[n:]
		}
	}
	for _, a := range m.From {
		part(a.Address)
	}
	part(m.Subject)
	part(m.Date.String())
	part(m.Text)
	part(m.HTML)
	for _, a := range m.Attachments {
		part(a.Name)
		h.Write(a.Blob.SHA256[:])
	}
	if slices.ContainsFunc(m.Defects, message.Defect.Cut) {
		h.Write(m.Raw.SHA256[:])
	}
	return [32]byte(h.Sum(nil))
}
